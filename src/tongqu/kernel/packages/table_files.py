"""The folder `tables/` of a package: each file one decision table, read as rows of text cells and nothing else.

`visit.csv` or `visit.xlsx` is the table `visit`. What is kept is the table in its plain form, so that the same table
has the same hash whichever kind of file it came from. A cell that a spreadsheet would compute is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

from tongqu.foundation.dmn.grid import SheetError, from_grid, letters, to_grid
from tongqu.foundation.dmn.sheets import rows_of_csv, rows_of_xlsx
from tongqu.kernel.packages.wording import Problem, problem

Grid = list[list[str]]
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
SUFFIXES = frozenset({".csv", ".xlsx"})
MOST_TABLES, MOST_ROWS, MOST_COLUMNS, MOST_CELL = 50, 520, 40, 2000
MOST_BYTES, MOST_UNPACKED = 512 * 1024, 16 * 1024 * 1024
COMPUTED = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula
NOTE = ("备注", "note")


def read_tables(folder: Path, problems: list[Problem]) -> dict[str, Grid]:
    """{name of the table: its rows} as far as the files can be read; what cannot goes among the problems."""
    found: dict[str, Grid] = {}
    for path in sorted(folder.iterdir()):
        file = f"tables/{path.name}"
        if path.name.startswith((".", "~$")):  # what systems and open spreadsheets leave behind
            continue
        if path.is_symlink() or not path.is_file() or path.suffix not in SUFFIXES:
            problems.append(problem(file, "$", "strange-table"))
        elif NAME.fullmatch(path.stem) is None:
            problems.append(problem(file, "$", "table-name", name=path.stem))
        elif path.stem in found:
            problems.append(problem(file, "$", "table-twice", name=path.stem))
        elif len(found) >= MOST_TABLES:
            problems.append(problem("tables", "$", "many-tables", most=MOST_TABLES))
            break
        else:
            grid = _read(path, file, problems)
            found |= {path.stem: grid} if grid is not None else {}
    return found


def _read(path: Path, file: str, problems: list[Problem]) -> Grid | None:
    if path.stat().st_size > MOST_BYTES:
        problems.append(problem(file, "$", "large-table", most=MOST_BYTES // 1024))
        return None
    try:
        data = path.read_bytes()
        rows = rows_of_csv(data) if path.suffix == ".csv" else rows_of_xlsx(data, most_unpacked=MOST_UNPACKED)
        _small_enough(rows)
        _nothing_computed(rows)
        return to_grid(from_grid(rows))
    except SheetError as error:
        problems.append(problem(file, error.cell, "table-sheet", zh=error.zh, en=error.en))
        return None


def _small_enough(rows: Grid) -> None:
    """Raises SheetError."""
    if len(rows) > MOST_ROWS:
        raise SheetError(MOST_ROWS, 0, f"最多{MOST_ROWS}行", f"{MOST_ROWS} rows at most")
    for n, row in enumerate(rows):
        width = max((c + 1 for c, cell in enumerate(row) if cell.strip()), default=0)
        if width > MOST_COLUMNS:
            raise SheetError(n, MOST_COLUMNS, f"最多到{letters(MOST_COLUMNS - 1)}列", f"{MOST_COLUMNS} columns at most")
        for c, cell in enumerate(row):
            if len(cell) > MOST_CELL:
                raise SheetError(n, c, f"一格最多{MOST_CELL}个字", f"{MOST_CELL} characters at most in a cell")


def _nothing_computed(rows: Grid) -> None:
    """A cell that whoever opens the file in a spreadsheet would set off. Raises SheetError.

    `-`, `-5` and `@"2026-01-01"` are conditions and results; in notes nothing may begin so.
    """
    kinds = next((row for row in rows if row and row[0].strip().casefold() in ("列", "column", "列 column")), [])
    notes = {c for c, said in enumerate(kinds) if any(word in said.casefold() for word in NOTE)}
    for n, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell.startswith("=") or (c in notes and len(cell) > 1 and cell.startswith(COMPUTED)):
                zh, en = "这一格会被当作公式，请在前面加一个空格", "would be taken for a formula: begin with a blank"
                raise SheetError(n, c, zh, en)
