"""Decision tables in CSV and Excel files, there and back. Excel is read with openpyxl, written with xlsxwriter."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.grid import MOST_COLUMNS, MOST_ROWS, SheetError, from_grid, to_grid
from tongqu.foundation.dmn.workbooks import spread, unpacked
from tongqu.foundation.feel.temporal import NANOS, DaysTime

MOST_IN_CELL = 32_767
UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f]|_x[0-9A-Fa-f]{4}_"
)  # signs that a workbook's XML has no place for
FORMULA = ("=", "+", "@", "-")


def to_csv(table: m.Table) -> str:
    """With a byte order mark, so that spreadsheets read it as UTF-8; a cell that they would take for a formula begins
    with a blank, which reading takes away again."""
    stream = io.StringIO()
    rows = csv.writer(stream)
    for row in to_grid(table):
        rows.writerow([_harmless(cell) for cell in row])
    return "\ufeff" + stream.getvalue()


def _harmless(cell: str) -> str:
    return f" {cell}" if cell.startswith(FORMULA) and len(cell) > 1 else cell


def from_csv(data: str | bytes) -> m.Table:
    """UTF-8, or GB 18030 as Chinese spreadsheets write it. Raises SheetError."""
    text = data if isinstance(data, str) else _decoded(data)
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as error:
        raise SheetError(0, 0, f"不是正确的CSV：{error}", f"not well-formed CSV: {error}") from error
    return from_grid(rows)


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(0, 0, "不是UTF-8或者GB 18030编码", "neither UTF-8 nor GB 18030")


def to_xlsx(table: m.Table) -> bytes:
    """Every cell is a text, so that nothing is turned into a number, a date or a formula. Raises SheetError for a text
    that a workbook cannot hold."""
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False})
    sheet = book.add_worksheet("决策表")
    head = book.add_format({"bold": True, "bg_color": "#E7EEF0", "border": 1, "text_wrap": True, "num_format": "@"})
    plain = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
    rows = to_grid(table)
    rules = len(rows) - len(table.rules)
    for n, row in enumerate(rows):
        for c, cell in enumerate(row):
            if len(cell) > MOST_IN_CELL or UNWRITABLE.search(cell):
                raise SheetError(n, c, "Excel的单元格放不下这一格的内容", "an Excel cell cannot hold this cell's text")
            sheet.write_string(n, c, cell, head if n < rules or c == 0 else plain)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, len(rows[0]) - 1, 24)
    sheet.freeze_panes(rules, 1)
    book.close()
    return stream.getvalue()


def from_xlsx(data: bytes) -> m.Table:
    """The first sheet. Raises SheetError for what is no table, and for a file that is no workbook."""
    import openpyxl

    try:
        merged = unpacked(data)
        cells = _cells(openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0])
        formulas = _cells(openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0])
        for n, row in enumerate(formulas):
            for c, said in enumerate(row):
                if said is not None and cells[n][c] is None:
                    raise SheetError(
                        n,
                        c,
                        "公式没有算出结果，请在Excel里打开并保存",
                        "a formula without its result: open and save it in Excel",
                    )
        found = spread([[_text(cell) for cell in row] for row in cells], merged)
    except SheetError:
        raise
    except Exception as error:  # whatever a broken or hostile file makes the library raise
        raise SheetError(0, 0, "不是可以读的Excel文件（.xlsx）", "no workbook that can be read (.xlsx)") from error
    return from_grid(found)


def _cells(sheet: Any) -> list[list[Any]]:
    """The rows of a sheet, from A1 on, each of one length."""
    found: list[list[Any]] = []
    for row in sheet.iter_rows(min_row=1, min_col=1, max_col=MOST_COLUMNS + 1, values_only=True):
        found.append(list(row))
        if len(found) > MOST_ROWS:
            raise SheetError(MOST_ROWS, 0, "行数太多", "too many rows")
    return found


def _text(cell: Any) -> str:
    """A typed cell as FEEL writes the value."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return f'@"{cell:%Y-%m-%d}"' if cell.time() == time(0) else f'@"{cell:%Y-%m-%dT%H:%M:%S}"'
    if isinstance(cell, date):
        return f'@"{cell:%Y-%m-%d}"'
    if isinstance(cell, time):
        return f'@"{cell:%H:%M:%S}"'
    if isinstance(cell, timedelta):
        return f'@"{DaysTime(round(cell.total_seconds()) * NANOS)}"'
    return str(cell)
