"""A list of the desk as a file: Excel or CSV, row by row, with nothing in it that a spreadsheet would run.

Numbers of cases are text, so that they keep their leading zeros and all their digits; moments and counts are what they
are, so that Excel can sort and reckon with them. A text that begins like a formula gets an apostrophe in CSV, where
the program that opens it would otherwise run it. Excel's own file says that it is text.
No identifiers or phone numbers are in it. Every case in it is a reading that is logged.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from tongqu.faces.workbench import listing
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.cases.operations.timing import FAR
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.worklist import Worklist, every_row
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.ui import forms

Cell = str | int | datetime | None
MOST = 10_000
CELL = 32_000  # characters that Excel holds in one
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file's sheet is called, its headings and how wide each column is, in characters."""

    title: str
    headings: Sequence[str]
    widths: Sequence[int]


def worklist_columns() -> Columns:
    return Columns(_("工作清单"), _headings(), (22, 24, 22, 28, 16, 24, 17, 17, 11, 8, 12, 17, 17))


def _headings() -> list[str]:
    return [
        _("办件编号"), _("收件编号"), _("事项"), _("申请人"), _("状态"), _("承办单位"), _("收到时间"), _("期限"),
        _("剩余工作日"), _("渠道"), _("经办人"), _("决定时间"), _("最近变化"),
    ]  # fmt: skip


def lines(actor: Actor, wanted: Worklist, *, most: int = MOST) -> Iterator[list[Cell]]:
    """The cells of each row, 200 rows a query; each reading is logged as its rows are handed out."""
    names: dict[Any, str] = {}
    moment = now()
    batch: list[CaseUnit] = []
    for row in every_row(actor, wanted, most=most):
        batch.append(row)
        if len(batch) == 200:
            yield from _batch(actor, batch, names, moment)
            batch = []
    yield from _batch(actor, batch, names, moment)


def _batch(actor: Actor, rows: list[CaseUnit], names: dict[Any, str], moment: datetime) -> Iterator[list[Cell]]:
    if not rows:
        return
    if new := {row.assignee_id for row in rows if row.assignee_id} - names.keys():
        names |= account_names(new)
    note_readings(actor, [row.case for row in rows])
    channels = listing.CHANNELS
    for row in rows:
        left = listing.days_left(row, moment) if row.is_open else None
        yield [
            row.case.case_no or "", row.case.receipt_no or "", forms.text(row.case.title), row.case.applicant_name,
            _state(row), forms.text(row.case.unit_name), local(row.received_at),
            local(row.due_at) if row.is_open and row.due_at < FAR else None, left,
            channels[row.channel]() if row.channel in channels else row.channel,
            names.get(row.assignee_id, "") if row.assignee_id else "", local(row.decided_at),
            local(row.changed_at),
        ]  # fmt: skip


def note_readings(actor: Actor, cases: Iterable[Case]) -> None:
    """Each case that leaves the platform in a file has been read, and its party can see by whom."""
    ReadLog.objects.bulk_create(
        ReadLog(
            tenant_id=actor.tenant_id, actor=actor.as_json(), account_id=actor.account_id, subject_kind="case",
            subject_id=case.id, party_id=case.applicant_id, purpose="export",
        )
        for case in cases
    )  # fmt: skip


def _state(row: CaseUnit) -> str:
    """Where the case stands, in the words of its own procedure."""
    return forms.text(procedure(row.case.procedure_code, row.case.procedure_version).states[row.state].name)


def local(value: datetime | None) -> datetime | None:
    """The clock on the wall, to the minute: what a cell holds, which knows of no time zones."""
    return value.astimezone(SHANGHAI).replace(tzinfo=None, second=0, microsecond=0) if value else None


@dataclass(slots=True)
class Limited:
    """Rows up to a limit; afterwards `count` says how many there were and `cut` whether more would have come."""

    rows: Iterable[Sequence[Cell]]
    columns: Columns
    most: int = MOST
    count: int = 0
    cut: bool = False

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        for row in self.rows:
            if self.count == self.most:
                self.cut = True
                return
            self.count += 1
            yield row

    @property
    def note(self) -> str:
        """What stands below the list."""
        said = _("共%(n)s件。") % {"n": self.count}
        if self.cut:
            said += _("一次最多导出%(most)s件，后面还有，请缩小范围分几次导出。") % {"most": self.most}
        return said


def workbook(rows: Limited) -> IO[bytes]:
    """An .xlsx in a temporary file, written row by row; at its beginning."""
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by the answer that sends it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
               "strings_to_numbers": False}  # fmt: skip
    book = xlsxwriter.Workbook(out, options)
    sheet = book.add_worksheet(rows.columns.title[:31])
    bold = book.add_format({"bold": True, "bg_color": "#E8EFEE", "bottom": 1})
    kinds = {
        str: (sheet.write_string, book.add_format({"num_format": "@"})),
        int: (sheet.write_number, book.add_format({"num_format": "0"})),
        datetime: (sheet.write_datetime, book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})),
    }
    for column, width in enumerate(rows.columns.widths):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(rows.columns.headings):
        sheet.write_string(0, column, heading, bold)
    last = 0
    for last, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            write, form = kinds[type(cell)] if cell not in ("", None) else (None, None)
            if write:
                write(last, column, clean(cell) if isinstance(cell, str) else cell, form)
    sheet.autofilter(0, 0, last, len(rows.columns.headings) - 1)
    sheet.repeat_rows(0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(last + 2, 0, rows.note)
    book.close()
    out.seek(0)
    return out


def comma_separated(rows: Limited) -> IO[bytes]:
    """A .csv in a temporary file: UTF-8 with the mark by which Excel knows it."""
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by the answer that sends it
    out.write(b"\xef\xbb\xbf" + _csv(rows.columns.headings))
    for row in rows:
        out.write(_csv([_plain(cell) for cell in row]))
    if rows.cut:
        out.write(_csv([rows.note]))
    out.seek(0)
    return out


def _plain(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return harmless(cell) if isinstance(cell, str) else "" if cell is None else str(cell)


def harmless(text: str) -> str:
    """The text, made such that no spreadsheet takes it for a formula."""
    plain = clean(text)
    return f"'{plain}" if plain.lstrip(" \u3000\ufeff\u200b").startswith(_RUNS) or plain.startswith(_RUNS) else plain


def clean(text: str) -> str:
    """Without what a cell cannot hold."""
    return "".join(c for c in text if c in "\t\n" or ord(c) >= 32).encode("utf-8", "ignore").decode("utf-8")[:CELL]


def _csv(row: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(row)
    return out.getvalue().encode()
