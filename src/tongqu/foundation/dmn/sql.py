"""Decisions over a Parquet file or any table, as SQL for DuckDB: the same look-ups as `columns.py`, larger than memory.

`outcome_sql(plan)` is one SQL expression that gives the number of the outcome. Needs the extra `columns`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tongqu.foundation.dmn.analysis import Choices, Segments
from tongqu.foundation.dmn.plan import InputPlan, Plan
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import plain

MOST_DIGITS = 15  # a double holds any such number exactly enough to be told from the next


class NotSql(ValueError):
    """A value of the table that SQL cannot compare exactly."""


def outcome_sql(plan: Plan, columns: Mapping[str, str], *, missing: str = "null") -> str:
    """The outcome's number for a row. `columns`: path of the fact → name of the column; one that is not there is
    unknown, and so is what is NULL with `missing="unknown"`."""
    state = ""
    for number, one in enumerate(plan.inputs):
        own = _state(one, columns.get(one.path), missing)
        state = own if not number else f"{_list(plan.merges[number - 1])}[1 + {state} * {one.count} + {own}]"
    return f"{_list(plan.outcome)}[1 + {state or '0'}]"


def _list(values: Sequence[int]) -> str:
    return f"[{', '.join(map(str, values))}]"


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
    source: Path | str, plans: Mapping[str, Plan], columns: Mapping[str, str], *, missing: str = "null",
    memory: str = "3GB", threads: int = 2,
) -> list[Counted]:  # fmt: skip
    """For each table how often each outcome occurs among the rows of a Parquet file, in one pass."""
    import duckdb

    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    found: list[Counted] = []
    select = ", ".join(f"{outcome_sql(plan, columns, missing=missing)}::INTEGER AS t{n}"
                       for n, plan in enumerate(plans.values()))  # fmt: skip
    sums = ", ".join(
        f"count(*) FILTER (WHERE t{n} = {code})" for n, plan in enumerate(plans.values())
        for code in range(len(plan.outcomes))
    )  # fmt: skip
    row = link.execute(f"SELECT {sums} FROM (SELECT {select} FROM {_source(source)})").fetchone()  # noqa: S608
    numbers = iter(row or ())
    for label, plan in plans.items():
        counts = [(value, int(next(numbers))) for value in plan.outcomes]
        found.append(Counted(label, tuple((value, count) for value, count in counts if count)))
    return found


def write_outcomes(
    source: Path | str, target: Path, plans: Mapping[str, Plan], columns: Mapping[str, str], *, key: str,
    missing: str = "null", memory: str = "3GB", threads: int = 2,
) -> int:  # fmt: skip
    """A Parquet file with the key and each table's outcome number; answers with how many rows."""
    import duckdb

    link = duckdb.connect(config={"memory_limit": memory, "threads": threads})
    select = ", ".join(
        f"{outcome_sql(plan, columns, missing=missing)}::SMALLINT AS {quoted(label)}" for label, plan in plans.items()
    )
    query = f"SELECT {quoted(key)}, {select} FROM {_source(source)}"  # noqa: S608
    link.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet)")
    row = link.execute(f"SELECT count(*) FROM {_source(target)}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _source(source: Path | str) -> str:
    return f"read_parquet({literal(str(source))})"
