"""Columns of facts: numbers as whole numbers of a scale, days, and any other values by code.

A column is an array; numbers are kept exact (cents, say), and rows whose numbers cannot be are marked `alone`.
Needs the extra `columns`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from tongqu.foundation.dmn.decimals import missing
from tongqu.foundation.feel.temporal import Date, of_day_number
from tongqu.foundation.feel.values import Partial, Unknown, number

Codes = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]
EPOCH = "datetime64[D]"
SCALES = (2, 4, 6)
MOST = 2**62  # what a column's whole numbers stay within
UNKNOWN = Unknown(frozenset())


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
            own = self.given[row]
            return own if isinstance(own, Decimal) else number(float(own))
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


@dataclass(frozen=True, slots=True)
class Computed:
    """Stands among values for the number or day that the column at this place has in the row."""

    place: int


@dataclass(frozen=True, slots=True)
class Mixed:
    """As `Coded`, and where the value is `Computed(n)`, what `computed[n]` has in the row."""

    codes: Codes
    values: tuple[Any, ...]
    computed: tuple[Numbers | Days, ...]

    def value(self, row: int) -> Any:
        found = self.values[int(self.codes[row])]
        return self.computed[found.place].value(row) if isinstance(found, Computed) else found

    def here(self, place: int) -> Flags:
        """The rows whose value is in that column."""
        found: Flags = np.array([isinstance(v, Computed) and v.place == place for v in self.values])[self.codes]
        return found

    def plain(self) -> Coded:
        """With null for what is computed."""
        return Coded(self.codes, tuple(None if isinstance(v, Computed) else v for v in self.values))


Vector = Numbers | Days | Coded | Mixed


def vector(values: Any, *, unknown: Flags | None = None) -> Vector:
    """An array as a column: whole numbers, floats (NaN: null), booleans, days (NaT: null), else any values by code.

    `unknown` marks rows whose value nobody knows. Arrow arrays are taken by their `to_numpy`.
    """
    if isinstance(values, Numbers | Days | Coded | Mixed):
        return values
    if hasattr(values, "to_numpy") and not isinstance(values, np.ndarray):
        values = values.to_numpy(zero_copy_only=False)
    found = np.asarray(values)
    if found.dtype.kind in "iu" and found.itemsize == 8 and found.size and _wide(found):
        return _coded(found, unknown)
    if found.dtype.kind in "iu":
        return Numbers(found, 0, None, unknown)
    if found.dtype.kind == "f":
        return _floats(found, unknown)
    if found.dtype.kind == "M":
        days = found.astype(EPOCH)
        return Days(days.astype(np.int64), np.isnat(days), unknown)
    return _coded(found, unknown)


def _wide(found: Any) -> bool:
    return int(found.max()) > MOST or int(found.min()) < -MOST


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


def coded(column: Vector) -> Coded:
    """With each value once; as many values as there are distinct ones."""
    if isinstance(column, Coded):
        return column
    if isinstance(column, Numbers | Days):
        column = _by_code(column)
    values: list[Any] = []
    codes = np.zeros(len(column.codes), np.int32)
    for code, value in enumerate(column.values):
        rows = np.flatnonzero(column.codes == code)
        if not isinstance(value, Computed):
            codes[rows] = len(values)
            values.append(value)
        else:
            own = column.computed[value.place]
            if isinstance(own, Numbers) and own.alone is not None:
                rows = _listed(own, rows[own.alone[rows]], codes, values, rows[~own.alone[rows]])
            if not len(rows):
                continue
            _each, firsts, which = np.unique(own.data[rows], return_index=True, return_inverse=True)
            codes[rows] = which + len(values)
            values += [own.value(int(rows[first])) for first in firsts]
    return Coded(codes, tuple(values))


def _listed(column: Numbers, alone: Any, codes: Codes, values: list[Any], others: Any) -> Any:
    """Put down the values of the rows that are alone; gives back the others."""
    places: dict[Any, int] = {}
    for row, value in zip(alone.tolist(), values_of(column, alone).tolist(), strict=True):
        place = places.setdefault(value, len(values))
        if place == len(values):
            values.append(value)
        codes[row] = place
    return others


def values_of(column: Vector, rows: Any) -> Any:
    """The values of some rows, as an array of objects."""
    found = np.empty(len(rows), object)
    if isinstance(column, Mixed):
        codes = column.codes[rows]
        values = np.empty(len(column.values), object)
        values[:] = column.values
        found[:] = values[codes]
        for place, own in enumerate(column.computed):
            here = column.here(place)[rows]
            found[here] = values_of(own, rows[here])
    elif isinstance(column, Numbers) and isinstance(column.given, np.ndarray) and column.given.dtype == object:
        found[:] = column.given[rows]
        for place in np.flatnonzero(missing(found)).tolist():
            found[place] = column.value(int(rows[place]))
    else:
        found[:] = [column.value(row) for row in rows.tolist()]
    return found


def _by_code(column: Numbers | Days) -> Mixed:
    values: list[Any] = [Computed(0), None, UNKNOWN]
    codes = np.zeros(len(column.data), np.int32)
    for flags, code in ((column.null, 1), (column.unknown, 2)):
        if flags is not None:
            codes[flags] = code
    return Mixed(codes, tuple(values), (column,))


def length(column: Vector) -> int:
    """How many rows it has."""
    return len(column.codes if isinstance(column, Coded | Mixed) else column.data)


def sliced(column: Vector, rows: slice) -> Vector:
    """Some of its rows, without what those have that are decided alone."""

    def part(flags: Any) -> Any:
        return None if flags is None else flags[rows]

    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.values)
    if isinstance(column, Mixed):
        own = tuple(cast(Numbers | Days, sliced(one, rows)) for one in column.computed)
        return Mixed(column.codes[rows], column.values, own)
    if isinstance(column, Days):
        return Days(column.data[rows], part(column.null), part(column.unknown))
    return Numbers(column.data[rows], column.scale, part(column.null), part(column.unknown), part(column.alone))


def facts_of(columns: Mapping[str, Vector], row: int) -> dict[str, Any]:
    """One row's facts as the engine takes them: paths as contexts, what is unknown by its own name."""
    facts = Partial()
    for path, column in columns.items():
        value = column.value(row)
        if type(value) is Unknown and not value.needs:
            value = Unknown(frozenset([path]))
        *spaces, name = path.split(".")
        into: dict[str, Any] = facts
        at = ""
        for space in spaces:
            at = f"{at}.{space}" if at else space
            into = into.setdefault(space, Partial({}, at))
        into[name] = value
    return facts
