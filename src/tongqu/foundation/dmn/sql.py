"""Decisions over Parquet files larger than memory: DuckDB finds the state of each input, the plan's look-ups the rest.

The states are SQL, worked out once for a row however many tables ask for them; see `plan.py`. So are inputs that are
expressions and outputs that are computed, where SQL says exactly what FEEL says; see `sql_lanes.py`. Needs the extra
`columns`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from tongqu.foundation.dmn import sql_lanes as sq
from tongqu.foundation.dmn.analysis import Choices, Segments
from tongqu.foundation.dmn.arrow import Bare, relation
from tongqu.foundation.dmn.columns import ColumnTable
from tongqu.foundation.dmn.deciding import Answers
from tongqu.foundation.dmn.plan import InputPlan, Outcomes, Plan, Recipe
from tongqu.foundation.dmn.sql_expressions import Writer, quoted
from tongqu.foundation.dmn.sql_lanes import NotSql, Said, literal
from tongqu.foundation.dmn.vectors import Codes, Computed, Days, Mixed, Numbers
from tongqu.foundation.feel.temporal import Date

__all__ = ["Counted", "NotSql", "Query", "count_outcomes", "write_outcomes"]
MOST_DIGITS = 15  # a double holds any such number exactly enough to be told from the next
MOST_RESULT = 18  # digits of a computed number, as a whole number of 64 bits
ROWS = 2_000_000
EPOCH = "DATE '1970-01-01'"


@dataclass(frozen=True, slots=True)
class Result:
    """A computed outcome among what is selected: the names of its value, of whether it is null, and of its needs."""

    kind: str
    scale: int
    value: str
    null: str
    needs: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A table among what is selected: the states of its inputs, its computed outcomes by place, the needs of outcomes
    whose needs are more than the inputs' names, and the scale of its numbers."""

    plan: Plan
    states: tuple[str, ...]
    results: dict[int, Result]
    waiting: dict[int, str]
    scale: int


class Query:
    """What several tables ask for, each thing once. `columns`: path of the fact → name of the column; one that is not
    there is unknown, and so is what is NULL with `missing="unknown"`. `types`: those of the columns in SQL."""

    def __init__(self, columns: Mapping[str, str], types: Mapping[str, str], digits: Any, *, missing: str) -> None:
        self._columns, self._missing, self._types = columns, missing, types
        self.writer = Writer(columns, types, digits, missing)
        self._names: dict[str, str] = {}

    def ask(self, table: ColumnTable) -> Asked:
        """Raises NotSql for a table without a plan, and for what SQL does not say exactly."""
        plan = table.plan
        if plan is None:
            raise NotSql(table.why)
        states = tuple(self._state(one) for one in plan.inputs)
        recipes = {place: self.writer.recipe(plan, one) for place, one in enumerate(plan.outcomes)
                   if isinstance(one, Recipe)}  # fmt: skip
        scale = max((said.scale for said in recipes.values() if said.kind == "number"), default=0)
        results = {place: self._result(said, scale) for place, said in recipes.items()}
        waiting = {place: self._bits([plan.inputs[one] for one in inputs]) for place, inputs in plan.waiting.items()
                   if any(plan.inputs[one].node is not None for one in inputs)}  # fmt: skip
        return Asked(plan, states, results, waiting, scale)

    def select(self) -> list[str]:
        return [f"{sql} AS {name}" for sql, name in self._names.items()]

    def _named(self, sql: str) -> str:
        return self._names.setdefault(sql, f"tq_{len(self._names)}")

    def _state(self, one: InputPlan) -> str:
        kind = "UTINYINT" if one.count < 255 else "INTEGER"
        if one.node is None and one.wanted is None:
            self._check(one)
            sql = _state(one, self._columns.get(one.path), self._missing)
        else:
            sql = sq.state(one, self.writer.input(one))
        return self._named(f"{sql}::{kind}")

    def _bits(self, inputs: Sequence[InputPlan]) -> str:
        bits = [said.unknown for said in map(self.writer.input, inputs) if said.unknown is not None]
        return self._named(f"({' | '.join(bits) or '0'})::BIGINT")

    def _result(self, said: Said, scale: int) -> Result:
        sql = said.sql
        if said.kind == "number":
            if said.width + scale - said.scale > MOST_RESULT:
                raise NotSql(f"结果可能超过{MOST_RESULT}位 a result of more than {MOST_RESULT} digits")
            sql = (
                f"coalesce(({sql}::DECIMAL({sq.WIDE}, {said.scale}) * {10**scale}::DECIMAL({scale + 1}, 0))::BIGINT, 0)"
            )
        elif said.kind == "date":
            sql = f"coalesce({sql} - {EPOCH}, 0)::BIGINT"
        else:
            sql = f"coalesce({sql}, {'FALSE' if said.kind == 'boolean' else repr('')})" if said.kind != "null" else "0"
        return Result(said.kind, scale, self._named(sql), self._named(f"({said.null or 'FALSE'})"),
                      self._named(f"({said.unknown or '0'})::BIGINT"))  # fmt: skip

    def _check(self, one: InputPlan) -> None:
        """Raises NotSql for a column of another type than the input's, which SQL would compare in its own way."""
        column = self._columns.get(one.path)
        if column is None or not (one.values if isinstance(one.lookup, Choices) else one.lookup.points):
            return
        told = self._types.get(column, "没有这一列 no such column")
        if told.partition("(")[0] not in _SQL_KINDS.get(one.lookup.kind, ()):
            raise NotSql(f"“{column}”: {told}")


def _state(one: InputPlan, column: str | None, missing: str) -> str:
    if column is None:
        return str(one.unknown)
    name = quoted(column)
    absent = one.unknown if missing == "unknown" else one.null
    cases = [f"WHEN {name} IS NULL THEN {absent}"]
    if isinstance(one.lookup, Choices):
        cases += [f"WHEN {name} = {_short(v)} THEN {s}" for v, s in zip(one.values, one.parts, strict=False)]
    else:
        cases += _segment_cases(one.lookup, one.parts, name)
    return f"(CASE {' '.join(cases)} ELSE {one.parts[-1]} END)"


def _segment_cases(lookup: Segments, parts: Sequence[int], name: str) -> list[str]:
    cases: list[str] = []
    for n, point in enumerate(lookup.points):
        said = _short(point)
        cases += [f"WHEN {name} < {said} THEN {parts[2 * n]}", f"WHEN {name} = {said} THEN {parts[2 * n + 1]}"]
    return cases


def _short(value: Any) -> str:
    """A value in SQL. Raises NotSql for one that SQL would not compare with a float as FEEL does."""
    if isinstance(value, Decimal) and len(value.as_tuple().digits) > MOST_DIGITS:
        raise NotSql(str(value))
    return literal(value)


_SQL_KINDS: dict[type, tuple[str, ...]] = {
    Decimal: ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "DECIMAL", "DOUBLE"),
    str: ("VARCHAR",), bool: ("BOOLEAN",), Date: ("DATE",),
}  # fmt: skip


# --- running ---------------------------------------------------------------------------------------------------------


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
    totals: dict[str, dict[Any, tuple[Any, int]]] = {label: {} for label in tables}
    for _keys, decided in _decided(source, tables, columns, "", missing, memory, threads):
        for label, answers in decided.items():
            for value, count in answers.counts():
                kept = (type(value), repr(value) if isinstance(value, list | dict) else value)
                before = totals[label].get(kept, (value, 0))
                totals[label][kept] = (before[0], before[1] + count)
    return [Counted(label, tuple(found.values())) for label, found in totals.items()]


def write_outcomes(
    source: Path | str, target: Path, tables: Mapping[str, ColumnTable], columns: Mapping[str, str], *, key: str,
    missing: str = "null", memory: str = "2GB", threads: int = 2,
) -> int:  # fmt: skip
    """A Parquet file with the key and, for each table, its outcome's number; of a table that computes, the value itself
    and what it still needs (see `arrow.relation`). Answers with how many rows. Raises NotSql."""
    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    rows = 0
    for keys, decided in _decided(source, tables, columns, key, missing, memory, threads):
        plain = {label: answers.codes for label, answers in decided.items() if _is_coded(tables[label])}
        others = {label: _every(answers) for label, answers in decided.items() if label not in plain}
        found = link.from_arrow(Bare(relation(others, {key: keys, **plain})))
        found.insert_into("outcomes") if rows else found.create("outcomes")
        rows += len(keys)
    link.execute(f"COPY outcomes TO {literal(str(target))} (FORMAT parquet)")
    return rows


def _is_coded(table: ColumnTable) -> bool:
    return table.plan is not None and table.plan.is_plain


def _every(answers: Answers) -> Mixed:
    """With all outcomes that may be, so that each part of the file has columns of the same types."""
    values = tuple(None if isinstance(one, Recipe) else one for one in answers.outcomes)
    return Mixed(answers.codes, values, answers.computed)


def _decided(
    source: Path | str, tables: Mapping[str, ColumnTable], columns: Mapping[str, str], key: str, missing: str,
    memory: str, threads: int,
) -> Iterator[tuple[Any, dict[str, Answers]]]:  # fmt: skip
    """Part by part: the rows' keys, and each table's answers."""
    every = f"read_parquet({literal(str(source))})"
    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    types = {row[0]: str(row[1]) for row in link.execute(f"DESCRIBE SELECT * FROM {every}").fetchall()}  # noqa: S608

    def digits(name: str, scale: int) -> int:
        at = quoted(name)
        ((least, most),) = link.execute(f"SELECT min({at}), max({at}) FROM {every}").fetchall()  # noqa: S608
        return max(len(str(abs(int(Decimal(value or 0).scaleb(scale))))) for value in (least, most))

    query = Query(columns, types, digits, missing=missing)
    asked = {label: query.ask(table) for label, table in tables.items()}
    chosen = ", ".join([*([f"{quoted(key)} AS tq_key"] if key else []), *query.select()]) or "1 AS tq_none"
    with ThreadPoolExecutor(threads) as pool:
        for file, first, last in _parts(link, str(source)):
            part = link.execute(
                f"SELECT {chosen} FROM read_parquet({literal(file)}, file_row_number = true) "  # noqa: S608
                f"WHERE file_row_number BETWEEN {first} AND {last}"
            ).fetchnumpy()
            rows = len(next(iter(part.values())))

            def work(label: str, part: Any = part, rows: int = rows) -> Answers:
                return _answers(tables[label], asked[label], query.writer, part, rows)

            yield part.get("tq_key"), dict(zip(tables, pool.map(work, tables), strict=True))


def _answers(table: ColumnTable, asked: Asked, writer: Writer, part: Mapping[str, Any], rows: int) -> Answers:
    """A table's answers, from what was selected."""
    codes = table.looked_up([np.asarray(part[name]) for name in asked.states], rows)
    if not asked.results and not asked.waiting:
        return Answers(codes, asked.plan.outcomes)
    codes, outcomes = codes.astype(np.int32), Outcomes(asked.plan.outcomes)
    kinds = [kind for kind in ("number", "date") if any(one.kind == kind for one in asked.results.values())]
    data = {kind: np.zeros(rows, np.int64) for kind in kinds}
    places = {kind: outcomes.place(Computed(place)) for place, kind in enumerate(kinds)}

    def needed(bits: Any) -> Codes:
        each, which = np.unique(bits, return_inverse=True)
        return np.array([outcomes.place(writer.needs(int(one))) for one in each], np.int32)[which]

    given = {place: np.flatnonzero(codes == place) for place in (*asked.results, *asked.waiting)}
    for place, name in asked.waiting.items():
        codes[given[place]] = needed(np.asarray(part[name])[given[place]])
    for place, one in asked.results.items():
        here = given[place]
        value, null, bits = (np.asarray(part[name])[here] for name in (one.value, one.null, one.needs))
        if one.kind in data:
            data[one.kind][here] = value
            own: Any = np.full(len(here), places[one.kind], np.int32)
        elif one.kind == "null":
            own = np.full(len(here), outcomes.place(None), np.int32)
        else:
            each, which = np.unique(value.astype(object), return_inverse=True)
            own = np.array([outcomes.place(v if one.kind == "string" else bool(v)) for v in each], np.int32)[which]
        own[null.astype(bool)] = outcomes.place(None)
        own[bits != 0] = needed(bits[bits != 0])
        codes[here] = own
    computed = tuple(Numbers(d, asked.scale) if kind == "number" else Days(d) for kind, d in data.items())
    return Answers(codes, tuple(outcomes.values), computed=computed)


def _parts(link: Any, source: str) -> Iterator[tuple[str, int, int]]:
    """Each file in parts: first and last number of its rows."""
    for (file,) in link.execute(f"SELECT file FROM glob({literal(source)}) ORDER BY file").fetchall():  # noqa: S608
        ((rows,),) = link.execute(f"SELECT count(*) FROM read_parquet({literal(file)})").fetchall()  # noqa: S608
        for first in range(0, rows, ROWS):
            yield file, first, first + ROWS - 1
