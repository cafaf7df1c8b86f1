"""Columns as a type wants them: what does not fit becomes null, row by row, as `as_type` does with one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, overload

import numpy as np

from tongqu.foundation.dmn.lanes import KINDS, NotColumns
from tongqu.foundation.dmn.vectors import UNKNOWN, Coded, Computed, Days, Flags, Mixed, Numbers, Vector, coded
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.types import ANY, Type, coerced, conforms
from tongqu.foundation.feel.values import Unknown


def converted(column: Vector, wanted: Type) -> tuple[Vector, Flags | None]:
    """The column as the type wants it, and the rows that fit; None for all."""
    if wanted == ANY and wanted.allowed is None:
        return column, None
    if _suits(column, wanted):
        return column, None
    if isinstance(column, Mixed) and all(_plainly(one, wanted) for one in column.computed):
        found, fits = _each(column.plain(), lambda value: coerced(value, wanted))
        values = [v if isinstance(v, Computed) else other for v, other in zip(column.values, found.values, strict=True)]
        return Mixed(column.codes, tuple(values), column.computed), fits
    return _each(coded(column), lambda value: coerced(value, wanted))


def _suits(column: Vector, wanted: Type) -> bool:
    """Whether no value of the column can be of another type, as its own type says."""
    return isinstance(column, Numbers | Days) and _plainly(column, wanted)


def _plainly(column: Numbers | Days, wanted: Type) -> bool:
    kind = KINDS[Date] if isinstance(column, Days) else "number"
    return wanted.allowed is None and wanted.name in (kind, "Any")


def _each(column: Coded, work: Callable[[Any], tuple[Any, bool]]) -> tuple[Coded, Flags | None]:
    pairs = [work(value) for value in column.values]
    fits = np.array([fit for _value, fit in pairs], bool)
    return Coded(column.codes, tuple(value for value, _fit in pairs)), None if fits.all() else fits[column.codes]


def fitting(parts: Mapping[str, Vector], wanted: Type) -> Flags | None:
    """The rows in which facts given by their parts make up a context of the type; None for all. Raises NotColumns."""
    if wanted == ANY and wanted.allowed is None:
        return None
    if wanted.name != "context" or wanted.allowed is not None:
        raise NotColumns(f"类型“{wanted}”不是由几项组成的", f"the type “{wanted}” is not one of parts")
    found: Flags | None = None
    for name, of in (wanted.fields or {}).items():
        inner = {path[len(name) + 1 :]: one for path, one in parts.items() if path.startswith(f"{name}.")}
        if name in parts:
            own = _conforming(parts[name], of)
        elif inner:
            own = fitting(inner, of)
        else:
            own = np.zeros(1, bool)
        if own is not None:
            found = own if found is None else found & own
    return found


def _conforming(column: Vector, of: Type) -> Flags | None:
    return None if _suits(column, of) else _each(coded(column), lambda value: (value, conforms(value, of)))[1]


@overload
def nulled(column: Vector, kept: Flags) -> Coded | Mixed: ...
@overload
def nulled(column: Vector, kept: Flags | None) -> Vector: ...
def nulled(column: Vector, kept: Flags | None) -> Vector:
    """Null except in the rows that are kept."""
    if kept is None:
        return column
    if isinstance(column, Numbers | Days):
        column = Mixed(_codes(column), (Computed(0), None, UNKNOWN), (_bare(column),))
    codes = np.where(kept, column.codes.astype(np.int32), len(column.values))
    values = (*column.values, None)
    return Mixed(codes, values, column.computed) if isinstance(column, Mixed) else Coded(codes, values)


def named(column: Vector, path: str) -> Vector:
    """With its unknown values naming the fact that they are, so that it may go by another name."""
    needs = Unknown(frozenset([path]))
    if isinstance(column, Numbers | Days):
        if column.unknown is None:
            return column
        return Mixed(_codes(column), (Computed(0), None, needs), (_bare(column),))
    values = tuple(needs if type(v) is Unknown and not v.needs else v for v in column.values)
    return Mixed(column.codes, values, column.computed) if isinstance(column, Mixed) else Coded(column.codes, values)


def _codes(column: Numbers | Days) -> Any:
    """0 for what it has, 1 for null, 2 for unknown."""
    codes = np.zeros(len(column.data), np.int32)
    for flags, code in ((column.null, 1), (column.unknown, 2)):
        if flags is not None:
            codes[flags.astype(bool)] = code
    return codes


def _bare(column: Numbers | Days) -> Numbers | Days:
    """Without null and unknown."""
    if isinstance(column, Days):
        return Days(column.data)
    return Numbers(column.data, column.scale, None, None, column.alone, column.given)
