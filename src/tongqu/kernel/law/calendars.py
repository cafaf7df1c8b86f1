"""The notice of a year's holidays, loaded by an administrator: read, previewed, put on record, taken by every process.

`read_notice` reads a file and `written` what was typed; `preview` says which running clocks would move; `load_notice`
puts it on record with a job that works them out again (`recounting`); `refresh` takes what another process loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.canonical import digest
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Conflict, Invalid, Text
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.law import datafiles, events, register
from tongqu.kernel.law.calendar import Calendar, CalendarYear
from tongqu.kernel.law.dating import work_out
from tongqu.kernel.law.models import CalendarNotice, Clock
from tongqu.kernel.law.rules import CHINA

VERB = "law.publish_rules"
LONGEST = 20_000  # characters of a notice
SHOWN = 20
MOST_PREVIEWED = 20_000  # clocks that a preview works out; beyond, it says “at least”

_seen: list[UUID] = []  # the notices taken; not the newest alone, which may have been on record before an older one


@dataclass(frozen=True, slots=True)
class Move:
    """One clock that would end on another day, or become certain."""

    clock: Clock
    before: datetime
    provisional_before: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` clocks would move of `looked_at`; `whole`: all were looked at. `first`: some, the soonest first."""

    year: CalendarYear
    replaces: bool
    looked_at: int
    count: int
    whole: bool
    first: tuple[Move, ...]


def read_notice(text: str) -> dict[str, Any]:
    """The document that a file holds. Raises BadFile."""
    if len(text) > LONGEST:
        raise datafiles.BadFile([datafiles.Problem(NAME, "", "", str(_("文件太大，一年的节假日安排不会有这么长")))])
    document = datafiles.parse(text, NAME)
    register.year_from(document, NAME)
    return dict(document)


def written(*, year: str, notice: str, issued: str, holidays: str, workdays: str, checked: bool) -> dict[str, Any]:
    """The document from what was typed: a holiday a line (“元旦 2027-01-01 2027-01-03”), the worked days in any order.

    Raises Invalid at the fields `year`, `notice`, `issued`, `holidays`, `workdays`.
    """
    errors: dict[str, Text] = {}
    rows = _holidays(holidays, errors)
    worked = re.split(r"[\s,，、;；]+", workdays.strip()) if workdays.strip() else []
    if bad := next((one for one in worked if not datafiles.is_day(one)), ""):
        errors["workdays"] = _("“%(text)s”不是日期，请按2027-01-31的样子填写") % {"text": bad[:30]}
    if not (year.isascii() and year.isdigit() and 2000 <= int(year[:6]) <= 2099):
        errors["year"] = _("请填写四位数的年份")
    if not notice.strip():
        errors["notice"] = _("请填写通知的名称和文号")
    if issued and not datafiles.is_day(issued):
        errors["issued"] = _("请按2027-01-31的样子填写日期")
    if errors:
        raise Invalid(fields=errors)
    document = {
        "schema": "tongqu/calendar/1", "year": int(year), "notice": notice.strip()[:200], "issued": issued or None,
        "trust": "V" if checked else "P", "holidays": rows, "workdays": sorted(set(worked)),
    }  # fmt: skip
    try:
        register.year_from(document, NAME)
    except datafiles.BadFile as error:
        raise Invalid(fields=_at_fields(error)) from None
    return document


def _holidays(text: str, errors: dict[str, Text]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number, line in enumerate((one.strip() for one in text.splitlines() if one.strip()), 1):
        found = _HOLIDAY.fullmatch(line)
        first, last = (found["first"], found["last"] or found["first"]) if found else ("", "")
        if found is None or not (datafiles.is_day(first) and datafiles.is_day(last)):
            errors["holidays"] = _(
                "第%(n)d行看不懂：请写名称、第一天、最后一天，例如 元旦 2027-01-01 2027-01-03"
            ) % {"n": number}  # fmt: skip
            return rows
        name = found["name"].strip()
        rows.append({"name": {"zh-Hans": name, "en": _ENGLISH.get(name, name)}, "from": first, "to": last})
    if not rows:
        errors["holidays"] = _("请填写放假的日期")
    return rows


def _at_fields(error: datafiles.BadFile) -> dict[str, Text]:
    fields: dict[str, Text] = {}
    for problem in error.problems:
        typed = problem.field.partition(".")[0]
        where = typed if typed in {"year", "notice", "issued", "workdays"} else "holidays"
        fields.setdefault(where, "：".join(part for part in (problem.row, problem.message) if part))
    return fields


NAME = "notice.yaml"
OPEN = (Clock.State.RUNNING, Clock.State.PAUSED)
_HOLIDAY = re.compile(r"(?P<name>\D{1,30}?)\s+(?P<first>[\d-]{10})(?:\s*[至—–~ ]\s*(?P<last>[\d-]{10}))?", re.ASCII)
_ENGLISH = {
    "元旦": "New Year's Day", "春节": "Spring Festival", "清明节": "Qingming Festival", "劳动节": "Labour Day",
    "端午节": "Dragon Boat Festival", "中秋节": "Mid-Autumn Festival", "国庆节": "National Day",
    "国庆节、中秋节": "National Day and Mid-Autumn Festival",
}  # fmt: skip


def first_day(year: int, *more: CalendarYear) -> date:
    """The first day of which any notice of this year that is on record, or one of these, says something. One query."""
    documents = CalendarNotice.objects.filter(year=year).values_list("document", flat=True)
    every = (*more, *(register.year_from(one, NAME) for one in documents))
    return min((date(year, 1, 1), *(one.first_day for one in every)))


def touched(since: date) -> Q:
    """Running clocks whose date may rest on this day or a later one."""
    first = datetime(since.year, since.month, since.day, tzinfo=CHINA)
    return Q(state__in=OPEN) & (Q(provisional=True) | Q(due_at__gte=first))


def preview(year: CalendarYear) -> Preview:
    """Work the touched clocks out with the notice, without saving. Two queries, one of at most so many rows."""
    calendar = register.with_year(year)
    rows = list(
        Clock.objects.filter(touched(first_day(year.year, year))).order_by("due_at", "id")[: MOST_PREVIEWED + 1]
    )
    moves = list(_moves(rows[:MOST_PREVIEWED], calendar, now()))
    return Preview(
        year, year.year in register.calendar().years, len(rows[:MOST_PREVIEWED]), len(moves),
        len(rows) <= MOST_PREVIEWED, tuple(moves[:SHOWN]),
    )  # fmt: skip


def _moves(rows: list[Clock], calendar: Calendar, at: datetime) -> Iterator[Move]:
    for clock in rows:
        before, uncertain, promised = clock.due_at, clock.provisional, clock.promised_due_at
        work_out(clock, at, calendar=calendar)
        if (clock.due_at, clock.provisional, clock.promised_due_at) != (before, uncertain, promised):
            yield Move(clock, before, uncertain)


@operation("law.load_notice")
def load_notice(act: Act, *, document: dict[str, Any]) -> dict[str, Any]:
    """Put the notice of a year on record; the running clocks that rest on it are then worked out again by a job.

    Returns {"notice_id", "year"}. Raises BadFile (nothing is kept), Conflict where just this is in force already.
    """
    from tongqu.kernel.law.work import recount

    act.require(VERB)
    year = register.year_from(document, NAME)
    mark = digest(document)
    if year == register.calendar().years.get(year.year):
        raise Conflict(_("%(year)d年的节假日安排已经是这样，不用再载入") % {"year": year.year}, remedy="")
    row = CalendarNotice(
        tenant_id=act.actor.tenant_id, created_at=act.at, year=year.year, document=document, digest=mark,
        loaded_by=act.actor.account_id, total=Clock.objects.filter(touched(first_day(year.year, year))).count(),
    )  # fmt: skip
    row.save(force_insert=True)
    act.emit(
        events.CALENDAR_LOADED, subject=("calendar_notice", row.id),
        body={"year": year.year, "digest": mark, "notice": year.notice, "clocks": row.total},
    )  # fmt: skip
    recount.using(unique_key=str(row.id)).enqueue(notice_id=str(row.id))
    transaction.on_commit(refresh)
    return {"notice_id": str(row.id), "year": year.year}


def refresh() -> None:
    """Take every notice loaded since this process last looked. One query while nothing is new."""
    global _seen
    found = list(CalendarNotice.objects.order_by("id").values_list("id", flat=True))
    if found == _seen:
        return
    latest: dict[int, dict[str, Any]] = dict(CalendarNotice.objects.order_by("id").values_list("year", "document"))
    for document in latest.values():
        register.take_year(register.year_from(document, NAME))
    _seen = found
