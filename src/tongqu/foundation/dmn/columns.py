"""Decisions over columns with numpy: one answer for each row, the same as the table gives that row alone.

Needs the extra `columns`. A column is an array; numbers are kept exact as whole numbers of a scale (cents, say), and
rows whose numbers cannot be are decided one by one, as is everything for which a table has no plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from tongqu.foundation.dmn.analysis import Choices, Segments, key
from tongqu.foundation.dmn.plan import InputPlan, NoPlan, Plan, place_of, plan_of
from tongqu.foundation.dmn.tables import CompiledTable
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.temporal import Date, of_day_number
from tongqu.foundation.feel.values import Unknown, number

Codes = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
EPOCH = "datetime64[D]"
SCALES = (2, 4, 6)
FEW = 12  # points that are compared one by one rather than searched for
CHUNK = 1 << 19
SMALL = 1 << 16


@dataclass(frozen=True, slots=True)
class Numbers:
    """Exact numbers: `data` / 10**`scale`. `alone`: rows that cannot be kept so, with their own values in `given`."""

    data: Codes
    scale: int = 0
    null: Flags | None = None
    unknown: Flags | None = None
    alone: Flags | None = None
    given: Any = None

    def value(self, row: int) -> Any:
        if self.unknown is not None and self.unknown[row]:
            return UNKNOWN
        if self.null is not None and self.null[row]:
            return None
        if self.alone is not None and self.alone[row]:
            return number(float(self.given[row]))
        return Decimal(int(self.data[row])).scaleb(-self.scale)


@dataclass(frozen=True, slots=True)
class Days:
    """Dates as days since 1970."""

    data: Codes
    null: Flags | None = None
    unknown: Flags | None = None

    def value(self, row: int) -> Any:
        if self.unknown is not None and self.unknown[row]:
            return UNKNOWN
        if self.null is not None and self.null[row]:
            return None
        return Date(*of_day_number(int(self.data[row])))


@dataclass(frozen=True, slots=True)
class Coded:
    """A value of `values` for each row, by its number; null and unknown are values among them."""

    codes: Codes
    values: tuple[Any, ...]

    def value(self, row: int) -> Any:
        return self.values[int(self.codes[row])]


UNKNOWN = Unknown(frozenset())
Vector = Numbers | Days | Coded


def vector(values: Any, *, unknown: Flags | None = None) -> Vector:
    """An array as a column: whole numbers, floats (NaN: null), booleans, days (NaT: null), else any values by code.

    `unknown` marks rows whose value nobody knows. Arrow arrays are taken by their `to_numpy`.
    """
    if isinstance(values, Numbers | Days | Coded):
        return values
    if hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy(zero_copy_only=False)
    found = np.asarray(values)
    if found.dtype.kind in "iu":
        return Numbers(found, 0, None, unknown)
    if found.dtype.kind == "f":
        return _floats(found, unknown)
    if found.dtype.kind == "M":
        days = found.astype(EPOCH)
        return Days(days.astype(np.int64), np.isnat(days), unknown)
    return _coded(found, unknown)


def _floats(found: Any, unknown: Flags | None) -> Numbers:
    """At a scale at which all are exact, cents first; the rest are decided alone."""
    null = np.isnan(found)
    clean = np.where(null, 0.0, found) if null.any() else found
    for scale in SCALES:
        scaled = np.rint(clean * 10.0**scale)
        inexact = scaled / 10.0**scale != clean
        inexact |= np.abs(scaled) > 2.0**50
        some = bool(inexact.any())
        if not some or scale == SCALES[-1]:
            data = (np.where(inexact, 0, scaled) if some else scaled).astype(np.int64)
            return Numbers(data, scale, null if null.any() else None, unknown, inexact if some else None, found)
    raise AssertionError


def _coded(found: Any, unknown: Flags | None) -> Coded:
    places: dict[Any, int] = {}
    values: list[Any] = []
    codes = np.empty(len(found), np.int32)
    for row, value in enumerate(found.tolist()):
        kept = (type(value), value) if not isinstance(value, list | dict) else (type(value), repr(value))
        place = places.get(kept)
        if place is None:
            place = places[kept] = len(values)
            values.append(number(value) if isinstance(value, int | float) and not isinstance(value, bool) else value)
        codes[row] = place
    if unknown is not None:
        codes = np.where(unknown, len(values), codes)
        values.append(UNKNOWN)
    return Coded(codes, tuple(values))


# --- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """`outcomes[codes[row]]` is a row's answer. `alone`: rows decided one by one, and `why`."""

    codes: Codes
    outcomes: tuple[Any, ...]
    alone: int = 0
    why: tuple[str, ...] = ()

    def value(self, row: int) -> Any:
        return self.outcomes[int(self.codes[row])]

    def counts(self) -> list[tuple[Any, int]]:
        """Each outcome with how many rows have it."""
        found = np.bincount(self.codes, minlength=len(self.outcomes))
        return [(value, int(count)) for value, count in zip(self.outcomes, found, strict=True) if count]

    def coded(self) -> Coded:
        """As a column for another table."""
        return Coded(self.codes, self.outcomes)


@dataclass(slots=True)
class ColumnTable:
    """A compiled table ready to decide columns."""

    table: CompiledTable
    plan: Plan | None = None
    why: str = ""
    _arrays: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self.plan = plan_of(self.table)
        except NoPlan as error:
            self.why = str(error)
            return
        sizes = [one.count for one in self.plan.inputs]
        self._arrays = [np.array(merge, _small(max(merge, default=0))) for merge in self.plan.merges]
        self._arrays.append(np.array(self.plan.outcome, _small(len(self.plan.outcomes))))
        assert all(sizes)

    def decide(self, facts: Mapping[str, Any], *, threads: int = 2) -> Answers:
        """An answer for each row. `facts`: columns by the path of the fact; one that is not there is unknown to all."""
        columns = {name: vector(values) for name, values in facts.items()}
        rows = max((len(_data(one)) for one in columns.values()), default=0)
        if self.plan is None:
            return self._all_alone(columns, rows)
        codes = np.empty(rows, self._arrays[-1].dtype)
        starts = range(0, rows, CHUNK)

        def work(start: int) -> None:
            codes[start : start + CHUNK] = self._chunk(columns, start, min(start + CHUNK, rows))

        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, starts))
        else:
            for start in starts:
                work(start)
        return self._with_alone(columns, codes)

    def _chunk(self, columns: Mapping[str, Vector], start: int, end: int) -> Codes:
        assert self.plan is not None
        states = [_states(one, columns.get(one.path), start, end) for one in self.plan.inputs]
        return self.looked_up(states, end - start)

    def looked_up(self, states: Sequence[Codes], rows: int) -> Codes:
        """The outcome's number for each row, by the state of each input."""
        assert self.plan is not None
        state: Any = None
        for number_, (one, own) in enumerate(zip(self.plan.inputs, states, strict=True)):
            state = own if state is None else self._arrays[number_ - 1][state.astype(np.int32) * one.count + own]
        if state is None:
            state = np.zeros(rows, np.int8)
        found: Codes = self._arrays[-1][state]
        return found

    # --- rows by themselves -----------------------------------------------------------------------------------------

    def _with_alone(self, columns: Mapping[str, Vector], codes: Codes) -> Answers:
        assert self.plan is not None
        alone: Any = None
        for one in self.plan.inputs:
            found = columns.get(one.path)
            flags = _alone(one, found)
            alone = flags if alone is None else alone | flags if flags is not None else alone
        outcomes = list(self.plan.outcomes)
        if alone is None or not alone.any():
            return Answers(codes, tuple(outcomes))
        rows = np.flatnonzero(alone)
        wide = codes.astype(np.int32)
        for row in rows.tolist():
            wide[row] = place_of(self._one(columns, row), outcomes)
        return Answers(
            wide, tuple(outcomes), len(rows), ("数字或者类型不能精确成列 values that no column holds exactly",)
        )

    def _all_alone(self, columns: Mapping[str, Vector], rows: int) -> Answers:
        outcomes: list[Any] = []
        codes = np.array([place_of(self._one(columns, row), outcomes) for row in range(rows)], np.int32)
        return Answers(codes, tuple(outcomes), rows, (self.why,))

    def _one(self, columns: Mapping[str, Vector], row: int) -> Any:
        return self.table.work(Frame(facts_of(columns, row), Run()))


def facts_of(columns: Mapping[str, Vector], row: int) -> dict[str, Any]:
    """One row's facts as the engine takes them: paths as contexts, what is unknown by its own name."""
    from tongqu.foundation.feel.values import Partial

    facts = Partial()
    for path, column in columns.items():
        value = column.value(row)
        if isinstance(value, Unknown):
            value = Unknown(frozenset([path]))
        *spaces, name = path.split(".")
        into: dict[str, Any] = facts
        at = ""
        for space in spaces:
            at = f"{at}.{space}" if at else space
            into = into.setdefault(space, Partial({}, at))
        into[name] = value
    return facts


# --- from values to states -------------------------------------------------------------------------------------------


def _data(column: Vector) -> Codes:
    return column.codes if isinstance(column, Coded) else column.data


def _small(most: int) -> Any:
    return np.uint8 if most < 255 else np.uint16 if most < 65_535 else np.int32


def _states(one: InputPlan, column: Vector | None, start: int, end: int) -> Codes:
    """The state of each row of the chunk in this input."""
    kind = _small(one.count)
    if column is None:
        return np.full(end - start, one.unknown, kind)
    if isinstance(column, Coded):
        table = np.array([_state_of(one, value) for value in column.values], kind)
        return table[column.codes[start:end]]
    part = column.data[start:end]
    if isinstance(one.lookup, Choices):
        states = np.full(end - start, one.parts[-1], kind)  # of no type that is named; else decided alone
    else:
        states = np.array(one.parts, kind)[_segments(one.lookup, column, part)]
    for flags, state in ((column.null, one.null), (column.unknown, one.unknown)):
        if flags is not None:
            states[flags[start:end]] = state
    return states


def _segments(lookup: Segments, column: Numbers | Days, part: Codes) -> Codes:
    """The number of the segment of each value; by a table where the values lie close together."""
    scale = column.scale if isinstance(column, Numbers) else 0
    at, after = _cuts(lookup, scale)
    if len(part) > 4 * SMALL and part.size:
        low, high = int(part.min()), int(part.max())
        if high - low < SMALL:
            row = np.arange(low, high + 1)
            table = (np.searchsorted(at, row, "right") + np.searchsorted(after, row, "right")).astype(np.int16)
            return table[part - low]
    if len(at) <= FEW:
        found = np.zeros(len(part), np.uint8)
        for first, second in zip(at.tolist(), after.tolist(), strict=True):
            found += part >= first
            found += part >= second
        return found
    return np.searchsorted(at, part, "right") + np.searchsorted(after, part, "right")


def _cuts(lookup: Segments, scale: int) -> tuple[Codes, Codes]:
    """For each point the first whole number at or after it, and the first one after it.

    A value's segment is how many of both lie at or before it: two for each point passed, one for a point it is at.
    """
    at: list[int] = []
    after: list[int] = []
    for point in lookup.keys:
        scaled = Decimal(point).scaleb(scale)
        whole = int(scaled.to_integral_value(rounding="ROUND_CEILING"))
        at.append(whole)
        after.append(whole + 1 if whole == scaled else whole)
    return np.array(at, np.int64), np.array(after, np.int64)


def _state_of(one: InputPlan, value: Any) -> int:
    """The state of one value; of another type than the column's, anything (such rows are decided alone)."""
    if type(value) is Unknown:
        return one.unknown
    if value is None:
        return one.null
    if type(value) is not one.lookup.kind:
        return one.parts[-1]
    if isinstance(one.lookup, Choices):
        place = one.values.index(value) if value in one.lookup.masks else len(one.values)
        return one.parts[place]
    keys, where = one.lookup.keys, key(value)
    at = sum(bool(k < where) for k in keys)
    return one.parts[2 * at + int(at < len(keys) and bool(keys[at] == where))]


def _alone(one: InputPlan, column: Vector | None) -> Any:
    """Rows whose value the column or the lookup does not hold."""
    if column is None:
        return None
    if isinstance(column, Coded):
        if not _names_something(one):
            return None
        odd = [v is not None and type(v) is not Unknown and type(v) is not one.lookup.kind for v in column.values]
        return np.array(odd)[column.codes] if any(odd) else None
    wanted = Decimal if isinstance(column, Numbers) else Date
    if one.lookup.kind is not wanted and _names_something(one):
        held = np.ones(len(column.data), bool)
        for flags in (column.null, column.unknown):
            if flags is not None:
                held &= ~flags
        return held
    return column.alone if isinstance(column, Numbers) else None


def _names_something(one: InputPlan) -> bool:
    """Whether the lookup tells any values apart; if not, their type does not matter."""
    return bool(one.values) if isinstance(one.lookup, Choices) else bool(one.lookup.points)
