"""Decisions over Parquet files larger than memory: DuckDB finds the state of each input, the plan's look-ups the rest.

The states are SQL, worked out once for a row however many tables ask for them; see `plan.py`. Needs the extra
`columns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tongqu.foundation.dmn.analysis import Choices, Segments
from tongqu.foundation.dmn.columns import ColumnTable
from tongqu.foundation.dmn.plan import InputPlan
from tongqu.foundation.dmn.vectors import Codes
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import plain

MOST_DIGITS = 15  # a double holds any such number exactly enough to be told from the next
ROWS = 2_000_000


class NotSql(ValueError):
    """A table or a value of it that SQL cannot decide exactly."""


class Query:
    """The states that several tables ask for, each once. `columns`: path of the fact → name of the column; one that is
    not there is unknown, and so is what is NULL with `missing="unknown"`."""

    def __init__(self, columns: Mapping[str, str], *, missing: str = "null") -> None:
        self._columns, self._missing = columns, missing
        self._states: dict[str, str] = {}

    def states(self, table: ColumnTable) -> list[str]:
        """The names of the states of a table's inputs. Raises NotSql for a table without a plan."""
        if table.plan is None:
            raise NotSql(table.why)
        if not table.plan.is_plain:
            raise NotSql("有算式或者限定的类型 it has expressions or types")
        return [self._state(one) for one in table.plan.inputs]

    def select(self) -> list[str]:
        return [f"{sql} AS {name}" for sql, name in self._states.items()]

    def _state(self, one: InputPlan) -> str:
        kind = "UTINYINT" if one.count < 255 else "INTEGER"
        sql = f"{_state(one, self._columns.get(one.path), self._missing)}::{kind}"
        return self._states.setdefault(sql, f"tq_state_{len(self._states)}")


def _state(one: InputPlan, column: str | None, missing: str) -> str:
    if column is None:
        return str(one.unknown)
    name = quoted(column)
    absent = one.unknown if missing == "unknown" else one.null
    cases = [f"WHEN {name} IS NULL THEN {absent}"]
    if isinstance(one.lookup, Choices):
        cases += [f"WHEN {name} = {literal(v)} THEN {s}" for v, s in zip(one.values, one.parts, strict=False)]
    else:
        cases += _segment_cases(one.lookup, one.parts, name)
    return f"(CASE {' '.join(cases)} ELSE {one.parts[-1]} END)"


def _segment_cases(lookup: Segments, parts: Sequence[int], name: str) -> list[str]:
    cases: list[str] = []
    for n, point in enumerate(lookup.points):
        said = literal(point)
        cases += [f"WHEN {name} < {said} THEN {parts[2 * n]}", f"WHEN {name} = {said} THEN {parts[2 * n + 1]}"]
    return cases


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """A value in SQL. Raises NotSql for one that SQL would not compare as FEEL does."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > MOST_DIGITS:
            raise NotSql(plain(value))
        return plain(value)
    if isinstance(value, Date):
        return f"DATE '{value}'"
    raise NotSql(str(value))


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows have which outcome of a table."""

    label: str
    counts: tuple[tuple[Any, int], ...]


def count_outcomes(
    source: Path | str, tables: Mapping[str, ColumnTable], columns: Mapping[str, str], *, missing: str = "null",
    memory: str = "2GB", threads: int = 2,
) -> list[Counted]:  # fmt: skip
    """For each table how often each outcome occurs among the rows of Parquet files. Raises NotSql."""
    totals = {label: np.zeros(len(_outcomes(table)), np.int64) for label, table in tables.items()}
    for _keys, decided in _decided(source, tables, columns, "", missing, memory, threads):
        for label, codes in decided.items():
            totals[label] += np.bincount(codes, minlength=len(totals[label]))
    return [
        Counted(label, tuple((v, int(n)) for v, n in zip(_outcomes(table), totals[label], strict=True) if n))
        for label, table in tables.items()
    ]


def write_outcomes(
    source: Path | str, target: Path, tables: Mapping[str, ColumnTable], columns: Mapping[str, str], *, key: str,
    missing: str = "null", memory: str = "2GB", threads: int = 2,
) -> int:  # fmt: skip
    """A Parquet file with the key and each table's outcome number; answers with how many rows. Raises NotSql."""
    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    rows = 0
    for keys, decided in _decided(source, tables, columns, key, missing, memory, threads):
        found = {key: keys, **decided}  # noqa: F841 (read by name in the query)
        link.execute("INSERT INTO outcomes FROM found" if rows else "CREATE TABLE outcomes AS FROM found")
        rows += len(keys)
    link.execute(f"COPY outcomes TO {literal(str(target))} (FORMAT parquet)")
    return rows


def _outcomes(table: ColumnTable) -> tuple[Any, ...]:
    if table.plan is None or not table.plan.is_plain:
        raise NotSql(table.why or "有算式或者限定的类型 it has expressions or types")
    return table.plan.outcomes


def _decided(
    source: Path | str, tables: Mapping[str, ColumnTable], columns: Mapping[str, str], key: str, missing: str,
    memory: str, threads: int,
) -> Iterator[tuple[Any, dict[str, Codes]]]:  # fmt: skip
    """Part by part: the rows' keys, and each table's outcome numbers."""
    query = Query(columns, missing=missing)
    states = {label: query.states(table) for label, table in tables.items()}
    _check_kinds(source, tables.values(), columns)
    chosen = ", ".join([*([f"{quoted(key)} AS tq_key"] if key else []), *query.select()]) or "1 AS tq_none"
    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    with ThreadPoolExecutor(threads) as pool:
        for file, first, last in _parts(link, str(source)):
            part = link.execute(
                f"SELECT {chosen} FROM read_parquet({literal(file)}, file_row_number = true) "  # noqa: S608
                f"WHERE file_row_number BETWEEN {first} AND {last}"
            ).fetchnumpy()
            rows = len(next(iter(part.values())))

            def work(label: str, part: Any = part, rows: int = rows) -> Codes:
                return tables[label].looked_up([np.asarray(part[name]) for name in states[label]], rows)

            yield part.get("tq_key"), dict(zip(tables, pool.map(work, tables), strict=True))


_SQL_KINDS: dict[type, tuple[str, ...]] = {
    Decimal: ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "DECIMAL", "DOUBLE"),
    str: ("VARCHAR",), bool: ("BOOLEAN",), Date: ("DATE",),
}  # fmt: skip


def _check_kinds(source: Path | str, tables: Iterable[ColumnTable], columns: Mapping[str, str]) -> None:
    """Raises NotSql for a column of another type than the table's, which SQL would compare in its own way."""
    told = duckdb.execute(f"DESCRIBE SELECT * FROM read_parquet({literal(str(source))})").fetchall()  # noqa: S608
    kinds = {row[0]: str(row[1]).partition("(")[0] for row in told}
    for table in tables:
        for one in table.plan.inputs if table.plan else ():
            column = columns.get(one.path)
            named = one.values if isinstance(one.lookup, Choices) else one.lookup.points
            if column is None or not named:
                continue
            if kinds.get(column) not in _SQL_KINDS.get(one.lookup.kind, ()):
                raise NotSql(f"“{column}”: {kinds.get(column, '没有这一列 no such column')}")


def _parts(link: Any, source: str) -> Iterator[tuple[str, int, int]]:
    """Each file in parts: first and last number of its rows."""
    for (file,) in link.execute(f"SELECT file FROM glob({literal(source)}) ORDER BY file").fetchall():  # noqa: S608
        (rows,) = link.execute(f"SELECT count(*) FROM read_parquet({literal(file)})").fetchone()  # noqa: S608
        for first in range(0, rows, ROWS):
            yield file, first, first + ROWS - 1
