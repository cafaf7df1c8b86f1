"""Decision tables in CSV and Excel files, there and back. Excel is read with openpyxl, written with xlsxwriter."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.grid import MOST_COLUMNS, MOST_ROWS, SheetError, from_grid, to_grid

FORMULA = ("=", "+", "@", "-")
MOST_UNPACKED = 100 * 1024 * 1024


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
        raise SheetError(len(found), 0, "这一行读不出来", f"the row cannot be read: {error}") from None
    return found


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError(0, 0, "不是UTF-8或者GB 18030编码", "neither UTF-8 nor GB 18030")


def to_xlsx(table: m.Table) -> bytes:
    """Every cell is a text, so that nothing is turned into a number, a date or a formula."""
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
            sheet.write_string(n, c, cell, head if n < rules or c == 0 else plain)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, len(rows[0]) - 1, 24)
    sheet.freeze_panes(rules, 1)
    book.close()
    return stream.getvalue()


def from_xlsx(data: bytes) -> m.Table:
    """The first sheet, a formula as the value it had. Raises SheetError for what is no table or no workbook."""
    return from_grid([[_text(value) for value, _formula in row] for row in _cells(data, formulas=False)])


def rows_of_xlsx(data: bytes, *, most_unpacked: int = MOST_UNPACKED) -> list[list[str]]:
    """The cells of the first sheet as they are written. Raises SheetError, for a formula with its cell."""
    found: list[list[str]] = []
    for row in _cells(data, formulas=True, most_unpacked=most_unpacked):
        for column, (_value, formula) in enumerate(row):
            if formula:
                raise SheetError(len(found), column, "这一格是公式，请换成它的值", "a formula: put in its value")
        found.append([_text(value) for value, _formula in row])
    return found


def _cells(data: bytes, *, formulas: bool, most_unpacked: int = MOST_UNPACKED) -> Iterator[list[tuple[Any, bool]]]:
    """(value, whether it is a formula) of each cell, row by row."""
    import openpyxl

    _refuse_bomb(data, most_unpacked)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)
        for number, row in enumerate(book.worksheets[0].iter_rows(max_col=MOST_COLUMNS + 1)):
            if number >= MOST_ROWS:
                raise SheetError(MOST_ROWS, 0, "行数太多", "too many rows")
            yield [(cell.value, cell.data_type == "f") for cell in row]
    except SheetError:
        raise
    except Exception as error:  # whatever a broken or hostile file makes the library raise
        raise SheetError(0, 0, "不是可以读的Excel文件（.xlsx）", "no workbook that can be read (.xlsx)") from error


def _refuse_bomb(data: bytes, most: int) -> None:
    """Raises SheetError for a workbook that unpacks to more than any table needs."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(one.file_size for one in packed.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # the library says what is wrong with it
    if size > most:
        raise SheetError(0, 0, f"解开以后有{size >> 20} MB，太大", f"unpacks to {size >> 20} MB, too large")


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
    return str(cell)
