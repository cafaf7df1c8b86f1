"""Document numbers 发文字号: by unit and year, as 清市监许受〔2026〕12号, without a gap. Patterns are data.

The series is everything in the number but the serial, so two kinds with the same words share one series and no number
can come twice. The serial is taken in the transaction that makes the document and is given back with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import UUIDField
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.acts.statements import fetch_values
from tongqu.kernel.records.models import DocumentSeries

PATTERN = "{agency}{word}〔{year}〕{serial}号"
MOST = 60  # characters of a whole number
_PLACE = re.compile(r"\{([a-z0-9]+)\}")
_SERIAL = re.compile(r"\{serial([3-6])?\}")
_APART = re.compile(r"[^\d{}]\{serial[3-6]?\}(?:[^\d{]|$)")  # or 12 and 1+2 would look alike
_WORD = re.compile(r"[\w·（）()-]{1,20}")
PLACES = ("agency", "word", "year", "serial", "serial3", "serial4", "serial5", "serial6")
_HOLE = "\0"

_TAKE = """INSERT INTO records_documentseries (id, tenant_id, created_at, unit_id, series, next_no)
VALUES (%s, %s, %s, %s, %s, 2)
ON CONFLICT (tenant_id, unit_id, series) DO UPDATE SET next_no = records_documentseries.next_no + 1
RETURNING next_no - 1"""


@dataclass(frozen=True, slots=True)
class Style:
    """How a unit numbers one kind: the organ's word (清市监), the kind's word (许受) and the pattern.

    `seal`: the words in its special seal, empty where the kind's own stand.
    """

    agency: str
    word: str
    pattern: str = PATTERN
    seal: str = ""

    def series(self, year: int) -> str:
        """The number with a hole where the serial goes: what is counted together."""
        known = {"agency": self.agency, "word": self.word, "year": str(year)}
        text = _SERIAL.sub(_HOLE, self.pattern)
        return _PLACE.sub(lambda found: known[found[1]], text)

    def shared(self, year: int) -> str:
        """The name of the series in the table."""
        return self.series(year).replace(_HOLE, "#")

    def number(self, year: int, serial: int) -> str:
        digits = _SERIAL.search(self.pattern)
        width = int(digits[1] or 1) if digits else 1
        return self.series(year).replace(_HOLE, f"{serial:0{width}d}")


def pattern_fault(pattern: str) -> Text | None:
    """What is wrong with a pattern and how to mend it."""
    if len(pattern) > MOST:
        return _("样式太长，最多%(most)s字") % {"most": MOST}
    if unknown := [name for name in re.findall(r"\{([^{}]*)\}", pattern) if name not in PLACES]:
        return _("{%(name)s} 不能用在文号里，可以用：%(names)s") % {
            "name": unknown[0][:20], "names": "、".join(f"{{{p}}}" for p in PLACES),
        }  # fmt: skip
    rest = _PLACE.sub("", pattern)
    if "{" in rest or "}" in rest or not rest.isprintable():
        return _("花括号没有成对，或者含有无法显示的字符")
    if len(_SERIAL.findall(pattern)) != 1:
        return _("样式里必须有且只有一个顺序号 {serial}")
    if not _APART.search(pattern):
        return _("顺序号的前后要有文字或者括号隔开，例如“〕{serial}号”，否则数字会连在一起")
    if "{year}" not in pattern or "{word}" not in pattern:
        return _("文号按年度和文书种类编，样式里必须有 {year} 和 {word}")
    return None


def word_fault(word: str) -> Text | None:
    """What is wrong with the word of an organ or of a kind."""
    return None if _WORD.fullmatch(word) else _("代字只能用汉字、字母和数字，最多20个字")


def seal_fault(words: str) -> Text | None:
    """What is wrong with the words in a special seal: it must say which special seal it is."""
    if not _WORD.fullmatch(words):
        return _("印章名称只能用汉字、字母、数字和括号，最多20个字")
    return None if "专用章" in words else _("专用印章的名称里要有“专用章”三个字")


def next_of(tenant_id: UUID, unit_id: UUID, style: Style, year: int) -> int:
    """The serial that comes next in this series. One query."""
    series = style.shared(year)
    found = fetch_values(DocumentSeries, ("next_no",), tenant_id=tenant_id, unit_id=unit_id, series=series)
    return found[0][0] if found else 1


def begin_at(tenant_id: UUID, unit_id: UUID, style: Style, year: int, serial: int) -> bool:
    """Let the series go on at `serial`; False where it has come further already. In the caller's transaction."""
    series = style.shared(year)
    row, made = DocumentSeries.objects.select_for_update().get_or_create(
        tenant_id=tenant_id, unit_id=unit_id, series=series, defaults={"next_no": serial, "created_at": now()}
    )
    if not made and row.next_no > serial:
        return False
    DocumentSeries.objects.filter(id=row.id).update(next_no=serial)
    return True


def take(tenant_id: UUID, unit_id: UUID, style: Style, on: date) -> str:
    """The next number of a unit's series in the year of `on`; another taker waits until this transaction ends. One
    query."""
    uuids = UUIDField()
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE,
            [
                uuids.get_db_prep_value(uuid7(), connection),
                uuids.get_db_prep_value(tenant_id, connection),
                connection.ops.adapt_datetimefield_value(now()),
                uuids.get_db_prep_value(unit_id, connection),
                style.shared(on.year),
            ],
        )
        return style.number(on.year, int(cursor.fetchone()[0]))


def likely_next(tenant_id: UUID, unit_id: UUID, style: Style, on: date) -> str:
    """The number that `take` would give now. Somebody else may have it by the time one is taken. One query."""
    return style.number(on.year, next_of(tenant_id, unit_id, style, on.year))
