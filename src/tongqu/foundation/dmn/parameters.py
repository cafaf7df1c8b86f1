"""Numbers of law that change over time: each with the days it holds and where it stands; read by name, as of a day.

A decision is asked "as of" a date; its expressions read a parameter by its name (`低保标准`) and get the value of that
day, or by `parameter("低保标准", @"2025-07-01")` that of another day.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.reading_temporal import read_date
from tongqu.foundation.feel.running import Run
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.types import SIMPLE
from tongqu.foundation.feel.values import Function, Parameter, number

CALL = "parameter"
HEADS = ("name", "value", "from", "to", "source")
HEADS_ZH = ("名称", "数值", "自", "至", "依据")


class ParameterError(ValueError):
    """The table cannot be used; `row` from 1, `zh` and `en` say what is wrong."""

    def __init__(self, row: int, zh: str, en: str) -> None:
        self.row, self.zh, self.en = row, zh, en
        super().__init__(f"{row}: {zh} {en}")


@dataclass(frozen=True, slots=True)
class Dated:
    """A value that holds from a day to a day, both included; no last day: until further notice."""

    name: str
    value: Any
    first: Date
    last: Date | None
    source: str

    def holds(self, on: Date) -> bool:
        return self.first.number <= on.number and (self.last is None or on.number <= self.last.number)


class Parameters:
    """Dated values by name. Raises ParameterError for two that hold on one day, and one without a source."""

    def __init__(self, rows: Iterable[Dated]) -> None:
        self._rows: dict[str, list[Dated]] = {}
        for n, row in enumerate(rows, 1):
            if not row.source.strip():
                raise ParameterError(n, f"“{row.name}”没有写依据", f"“{row.name}” names no source")
            if row.last is not None and row.last.number < row.first.number:
                raise ParameterError(n, f"“{row.name}”的起止日期颠倒", f"“{row.name}” ends before it begins")
            for other in self._rows.setdefault(row.name, []):
                if _meet(row, other):
                    raise ParameterError(
                        n, f"“{row.name}”有两个数值在同一天有效", f"two values of “{row.name}” hold on one day"
                    )
            self._rows[row.name].append(row)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def row(self, name: str, on: Date) -> Dated | None:
        """The value that holds on the day with its source; None where none does."""
        return next((one for one in self._rows.get(name, ()) if one.holds(on)), None)

    def facts(self, on: Date) -> dict[str, Any]:
        """What expressions see as of the day: each parameter's value (null where none holds), and `parameter`."""
        found = {name: row.value if (row := self.row(name, on)) else None for name in self._rows}
        return {**found, CALL: self._function()}

    def sources(self, on: Date) -> dict[str, str]:
        return {name: row.source for name in self._rows if (row := self.row(name, on))}

    def gaps(self) -> list[tuple[str, Date, Date]]:
        """Days between two values of a parameter on which none holds: (name, last day before, first day after)."""
        found: list[tuple[str, Date, Date]] = []
        for name, rows in self._rows.items():
            ordered = sorted(rows, key=lambda row: row.first.number)
            for before, after in zip(ordered, ordered[1:], strict=False):
                if before.last is not None and before.last.number + 1 < after.first.number:
                    found.append((name, before.last, after.first))
        return found

    def _function(self) -> Function:
        def call(run: Run, span: Span, values: Sequence[Any]) -> Any:
            name, on = values
            if name is None or on is None:
                return None
            row = self.row(name, on)
            if row is None:
                run.note("argument-value", span, name=CALL, why=f"{on}没有“{name}” there is no “{name}” on {on}")
            return row.value if row else None

        parameters = (Parameter("name", SIMPLE["string"]), Parameter("on", SIMPLE["date"]))
        return Function(CALL, parameters, call)


def _meet(one: Dated, other: Dated) -> bool:
    first = max(one.first.number, other.first.number)
    ends = [row.last.number for row in (one, other) if row.last is not None]
    return not ends or first <= min(ends)


def from_rows(rows: Iterable[Mapping[str, Any]]) -> Parameters:
    """Rows of name, value, from, to, source, as texts. Raises ParameterError."""
    return Parameters(_dated(n, row) for n, row in enumerate(rows, 1))


def _dated(n: int, row: Mapping[str, Any]) -> Dated:
    first, last = read_date(str(row.get("from") or "")), None
    if first is None:
        raise ParameterError(n, "“自”应当是日期，例如2026-01-01", "“from” is a date, such as 2026-01-01")
    if row.get("to"):
        last = read_date(str(row["to"]))
        if last is None:
            raise ParameterError(n, "“至”应当是日期，例如2026-12-31", "“to” is a date, such as 2026-12-31")
    return Dated(str(row["name"]).strip(), _value(row["value"]), first, last, str(row.get("source") or ""))


def _value(text: Any) -> Any:
    if isinstance(text, int | float | Decimal) and not isinstance(text, bool):
        return number(text)
    try:
        return number(str(text).strip().replace(",", ""))
    except ArithmeticError:
        return str(text)


def from_csv(text: str) -> Parameters:
    """A sheet with the heads name, value, from, to, source, or 名称、数值、自、至、依据. Raises ParameterError."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    head = [cell.strip() for cell in rows[0]] if rows else []
    names = {zh: en for zh, en in zip(HEADS_ZH, HEADS, strict=True)} | {en: en for en in HEADS}
    columns = [names.get(cell, "") for cell in head]
    if not {"name", "value", "from", "source"} <= set(columns):
        raise ParameterError(1, "表头要有：名称、数值、自、至、依据", "the heads are: name, value, from, to, source")
    return from_rows(dict(zip(columns, (c.strip() for c in row), strict=False)) for row in rows[1:] if any(row))
