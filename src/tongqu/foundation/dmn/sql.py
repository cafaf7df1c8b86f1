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

from tongqu.foundation.dmn import lanes as la
from tongqu.foundation.dmn import sql_lanes as sq
from tongqu.foundation.dmn.analysis import Choices, Segments
from tongqu.foundation.dmn.arrow import Bare, columns_of, relation
from tongqu.foundation.dmn.columns import ColumnTable
from tongqu.foundation.dmn.deciding import Answers, cooked
from tongqu.foundation.dmn.lanes import Lane
from tongqu.foundation.dmn.plan import InputPlan, Outcomes, Plan, Recipe
from tongqu.foundation.dmn.sql_expressions import Writer, quoted
from tongqu.foundation.dmn.sql_lanes import NotSql, Said, literal
from tongqu.foundation.dmn.vectors import Codes, Computed, Days, Mixed, Numbers, Vector
from tongqu.foundation.feel.temporal import Date

__all__ = ["Counted", "NotSql", "Query", "count_outcomes", "facts_in_parts", "write_outcomes"]
MOST_DIGITS = 15  # a double holds any such number exactly enough to be told from the next
MOST_RESULT = 18  # digits of a computed number, as a whole number of 64 bits
ROWS, CELLS = 2_000_000, 40_000_000  # of a part that is held in memory; cells: its rows by what is selected
EPOCH = "DATE '1970-01-01'"


@dataclass(frozen=True, slots=True)
class Output:
    """What a rule gives, among what is selected: the names of its value, of whether it is null, and of its needs."""

    kind: str
    scale: int
    value: str
    null: str
    needs: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A table among what is selected: the states of its inputs, the outputs of rules, the computed outcomes by place,
    and the needs of those that wait for more than the inputs by their names. `scale`: that of its numbers."""

    plan: Plan
    states: tuple[str, ...]
    outputs: dict[int, Output]
    recipes: dict[int, Recipe]
    waiting: dict[int, str]
    kinds: tuple[str, ...]
    scale: int

    def lane(self, rule: int, part: Mapping[str, Any], rows: Any) -> Lane:
        """A rule's output in some rows."""
        one = self.outputs[rule]
        value, null, unknown = (np.asarray(part[name])[rows] for name in (one.value, one.null, one.needs))
        if one.kind == "null":
            return la.nulls(unknown, None)
        if one.kind == "string":
            each, which = np.unique(value.astype(object), return_inverse=True)
            return Lane(one.kind, which.astype(np.int32), 0, tuple(each), null.astype(bool), unknown)
        return Lane(one.kind, value, one.scale, (), null.astype(bool), unknown)


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
        places = self._reachable(plan)
        recipes = {place: one for place, one in enumerate(plan.outcomes) if place in places and isinstance(one, Recipe)}
        results = [self.writer.recipe(plan, one) for one in recipes.values()]
        scale = max((said.scale for said in results if said.kind == "number"), default=0)
        for said in results:
            _check_width(said, scale)
        outputs = {
            rule: self._output(plan, rule) for rule in sorted({r for one in recipes.values() for r in one.rules})
        }
        waits = {place: one.waits for place, one in recipes.items() if one.waits}
        waits |= {place: inputs for place, inputs in plan.waiting.items()
                  if any(plan.inputs[one].node is not None for one in inputs)}  # fmt: skip
        waiting = {place: self._bits([plan.inputs[one] for one in inputs]) for place, inputs in waits.items()
                   if place in places}  # fmt: skip
        kinds = tuple(kind for kind in ("number", "date") if any(said.kind == kind for said in results))
        return Asked(plan, states, outputs, recipes, waiting, kinds, scale)

    def _reachable(self, plan: Plan) -> set[int]:
        """The places of the outcomes that some row may have: nothing is unknown that is always there."""
        states: set[int] = {0}
        for number, one in enumerate(plan.inputs):
            own = self._possible(one)
            merge = plan.merges[number - 1] if number else None
            states = own if merge is None else {merge[s * one.count + o] for s in states for o in own}
        return {plan.outcome[state] for state in states}

    def _possible(self, one: InputPlan) -> set[int]:
        if one.node is None and one.path not in self._columns:
            return {one.unknown}
        open_ = self._missing == "unknown" if one.node is None else self.writer.input(one).unknown is not None
        return {*one.parts, one.null, *([one.unknown] if open_ else [])}

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

    def _output(self, plan: Plan, rule: int) -> Output:
        said = sq.whole(self.writer.typed(self.writer.said(plan.outputs[rule]), plan.wanted))
        _check_width(said, said.scale)
        sql = said.sql
        if said.kind == "number":
            one = f"{10**said.scale}::DECIMAL({said.scale + 1}, 0)"
            sql = f"coalesce(({sql}::DECIMAL({sq.WIDE}, {said.scale}) * {one})::BIGINT, 0)"
        elif said.kind == "date":
            sql = f"coalesce({sql} - {EPOCH}, 0)::BIGINT"
        else:
            sql = f"coalesce({sql}, {'FALSE' if said.kind == 'boolean' else repr('')})" if said.kind != "null" else "0"
        return Output(said.kind, said.scale, self._named(sql), self._named(f"({said.null or 'FALSE'})"),
                      self._named(f"({said.unknown or '0'})::BIGINT"))  # fmt: skip

    def _check(self, one: InputPlan) -> None:
        """Raises NotSql for a column of another type than the input's, which SQL would compare in its own way."""
        column = self._columns.get(one.path)
        if column is None or not (one.values if isinstance(one.lookup, Choices) else one.lookup.points):
            return
        told = self._types.get(column, "没有这一列 no such column")
        if told.partition("(")[0] not in _SQL_KINDS.get(one.lookup.kind, ()):
            raise NotSql(f"“{column}”: {told}")


def _check_width(said: Said, scale: int) -> None:
    """Raises NotSql for what 64 bits do not hold at the scale."""
    if said.kind == "number" and said.width + scale - said.scale > MOST_RESULT:
        raise NotSql(f"结果可能超过{MOST_RESULT}位 a result of more than {MOST_RESULT} digits")


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


def facts_in_parts(
    source: Path | str, columns: Mapping[str, str], *, missing: str = "null", rows: int = ROWS, memory: str = "2GB",
    threads: int = 2,
) -> Iterator[dict[str, Vector]]:  # fmt: skip
    """The facts of Parquet files, so many rows at a time, for `ColumnTable.decide` and `ColumnModels.decide`, which
    take what SQL refuses. `columns`: path of the fact → name of the column. Raises NotArrow."""
    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    chosen = ", ".join(f"{quoted(name)} AS {quoted(path)}" for path, name in columns.items())
    for file, first, last in _parts(link, str(source), rows):
        part = link.sql(
            f"SELECT {chosen} FROM read_parquet({literal(file)}, file_row_number = true) "  # noqa: S608
            f"WHERE file_row_number BETWEEN {first} AND {last}"
        )
        yield columns_of(part, missing=missing, memory=memory, threads=threads)


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
        for file, first, last in _parts(link, str(source), min(ROWS, CELLS // max(1, len(query.select())))):
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
    if not asked.recipes and not asked.waiting:
        return Answers(codes, asked.plan.outcomes)
    codes, outcomes = codes.astype(np.int32), Outcomes(asked.plan.outcomes)
    data = {kind: np.zeros(rows, np.int64) for kind in asked.kinds}
    places = {kind: outcomes.place(Computed(place)) for place, kind in enumerate(asked.kinds)}

    def needed(bits: Any) -> Codes:
        each, which = np.unique(bits, return_inverse=True)
        return np.array([outcomes.place(writer.needs(int(one))) for one in each], np.int32)[which]

    rows_of = {place: np.flatnonzero(codes == place) for place in {*asked.recipes, *asked.waiting}}
    for place, here in rows_of.items():
        bits = np.asarray(part[asked.waiting[place]])[here] if place in asked.waiting else None
        if place not in asked.recipes:
            codes[here] = needed(bits)
            continue
        recipe = asked.recipes[place]
        lane = cooked(recipe, [asked.lane(rule, part, here) for rule in recipe.rules], bits)
        codes[here] = _placed(lane, here, data, places, outcomes, asked.scale)
        unknown = np.broadcast_to(0 if lane.unknown is None else lane.unknown, (len(here),))
        codes[here[unknown != 0]] = needed(unknown[unknown != 0])
    computed = tuple(Numbers(d, asked.scale) if kind == "number" else Days(d) for kind, d in data.items())
    return Answers(codes, tuple(outcomes.values), computed=computed)


def _placed(
    lane: Lane, rows: Any, data: dict[str, Any], places: dict[str, int], outcomes: Outcomes, scale: int
) -> Codes:
    """The outcome's number of each row; numbers and days are put into `data`."""
    if lane.alone is not None and lane.alone.any():
        raise NotSql("结果太大 a result that is too large")
    if lane.kind in data:
        data[lane.kind][rows] = la.rescaled(lane, scale).data if lane.kind == "number" else lane.data
        own: Any = np.full(len(rows), places[lane.kind], np.int32)
    elif lane.kind == "null":
        return np.full(len(rows), outcomes.place(None), np.int32)
    else:
        values: Sequence[Any] = lane.values if lane.kind == "string" else (False, True)
        own = np.array([outcomes.place(value) for value in values] or [0], np.int32)[lane.data.astype(np.int32)]
    if lane.null is not None:
        own[np.broadcast_to(lane.null, (len(rows),))] = outcomes.place(None)
    return np.asarray(own, np.int32)


def _parts(link: Any, source: str, size: int) -> Iterator[tuple[str, int, int]]:
    """Each file in parts: first and last number of its rows."""
    for (file,) in link.execute(f"SELECT file FROM glob({literal(source)}) ORDER BY file").fetchall():  # noqa: S608
        ((rows,),) = link.execute(f"SELECT count(*) FROM read_parquet({literal(file)})").fetchall()  # noqa: S608
        for first in range(0, rows, size):
            yield file, first, first + size - 1
