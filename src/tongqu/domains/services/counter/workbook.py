"""The day book as an Excel file. Everything is written as text: nothing typed by anybody becomes a formula."""

from __future__ import annotations

import io

import xlsxwriter
from django.utils.translation import gettext as _

from tongqu.domains.services.counter.daybook import Book, Line
from tongqu.kernel.ui import forms

WIDTHS = (8, 12, 26, 24, 30, 34)


def of(book: Book, *, title: str) -> bytes:
    """One sheet: a heading row, a line each, totals below."""
    out = io.BytesIO()
    workbook = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = workbook.add_worksheet(_("窗口日志"))
    bold = workbook.add_format({"bold": True, "bottom": 1})
    sheet.write_string(0, 0, title, workbook.add_format({"bold": True, "font_size": 14}))
    for column, (text, width) in enumerate(zip(heads(), WIDTHS, strict=True)):
        sheet.write_string(1, column, text, bold)
        sheet.set_column(column, column, width)
    for at, line in enumerate(book.lines, 2):
        cells = [
            line.at.astimezone().strftime("%H:%M"), line.clerk, said(line), line.case_no, line.applicant,
            forms.text(line.item),
        ]  # fmt: skip
        for column, text in enumerate(cells):
            sheet.write_string(at, column, text)
    last = len(book.lines) + 3
    for at, (name, text) in enumerate(group_names().items(), last):
        sheet.write_string(at, 0, text, bold)
        sheet.write_number(at, 1, book.groups.get(name, 0))
    sheet.freeze_panes(2, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    workbook.close()
    return out.getvalue()


def said(line: Line) -> str:
    """What a line tells, with the paper it is about."""
    return (
        _("%(what)s：%(paper)s") % {"what": line.sentence, "paper": forms.text(line.paper)}
        if line.paper
        else str(line.sentence)
    )


def heads() -> list[str]:
    return [_("时间"), _("人员"), _("事由"), _("办件编号"), _("申请人"), _("事项")]


def group_names() -> dict[str, str]:
    return {"took": _("收进"), "gave": _("发出"), "told": _("告知"), "other": _("其他")}
