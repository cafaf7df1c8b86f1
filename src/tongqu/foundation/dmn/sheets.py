"""Decision tables in CSV and Excel files, there and back. Excel is read with openpyxl, written with xlsxwriter."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.grid import MOST_COLUMNS, MOST_ROWS, SheetError, from_grid, to_grid
from tongqu.foundation.dmn.workbooks import MOST_UNPACKED, Area, spread, unpacked
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
    return from_grid(rows_of_csv(data))


def rows_of_csv(data: str | bytes) -> list[list[str]]:
    """The cells as they are written. Raises SheetError."""
    text = data if isinstance(data, str) else _decoded(data)
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
            found.append(row)
            if len(found) > MOST_ROWS:
                raise SheetError(MOST_ROWS, 0, "行数太多", "too many rows")
    except csv.Error as error:
        raise SheetError(len(found), 0, f"不是正确的CSV：{error}", f"not well-formed CSV: {error}") from error
    return found


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
    """The first sheet, a formula as the value it had. Raises SheetError for what is no table, and for a file that is no
    workbook."""
    merged, cells, formulas = _read(data, MOST_UNPACKED)
    for n, c in formulas:
        if cells[n][c] is None:
            zh, en = (
                "公式没有算出结果，请在Excel里打开并保存",
                "a formula without its result: open and save it in Excel",
            )
            raise SheetError(n, c, zh, en)
    return from_grid(_texts(cells, merged))


def rows_of_xlsx(data: bytes, *, most_unpacked: int = MOST_UNPACKED) -> list[list[str]]:
    """The cells of the first sheet as they are written. Raises SheetError, for a formula with its cell."""
    merged, cells, formulas = _read(data, most_unpacked)
    for n, c in formulas:
        raise SheetError(n, c, "这一格是公式，请换成它的值", "a formula: put in its value")
    return _texts(cells, merged)


def _texts(cells: list[list[Any]], merged: list[Area]) -> list[list[str]]:
    return spread([[_text(cell) for cell in row] for row in cells], merged)


def _read(data: bytes, most_unpacked: int) -> tuple[list[Area], list[list[Any]], list[tuple[int, int]]]:
    """The first sheet: its merged cells, its values from A1 on, and where the formulas are. Raises SheetError."""
    try:
        merged = unpacked(data, most_unpacked)
        cells = [[cell.value for cell in row] for row in _rows(data, data_only=True)]
        formulas = [
            (n, c) for n, row in enumerate(_rows(data, data_only=False)) for c, cell in enumerate(row)
            if cell.data_type == "f"
        ]  # fmt: skip
    except SheetError:
        raise
    except Exception as error:  # whatever a broken or hostile file makes the library raise
        raise SheetError(0, 0, "不是可以读的Excel文件（.xlsx）", "no workbook that can be read (.xlsx)") from error
    return merged, cells, formulas


def _rows(data: bytes, *, data_only: bool) -> Iterator[Any]:
    """The rows of the first sheet from A1 on, each of one length."""
    import openpyxl

    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=data_only).worksheets[0]
    for number, row in enumerate(sheet.iter_rows(min_row=1, min_col=1, max_col=MOST_COLUMNS + 1)):
        if number >= MOST_ROWS:
            raise SheetError(MOST_ROWS, 0, "行数太多", "too many rows")
        yield row


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
