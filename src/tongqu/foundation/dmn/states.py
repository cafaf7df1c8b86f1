"""The state that each row's value has in an input of a plan: which segment or choice, null, or unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from tongqu.foundation.dmn.analysis import Choices, Segments, key
from tongqu.foundation.dmn.decimals import is_decimal
from tongqu.foundation.dmn.lanes import KINDS, Lane, either
from tongqu.foundation.dmn.plan import InputPlan
from tongqu.foundation.dmn.vectors import MOST, Coded, Codes, Days, Flags, Mixed, Numbers, Vector
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Unknown

FEW = 12  # points that are compared one by one rather than searched for
SMALL = 1 << 16


def small(most: int) -> Any:
    return np.uint8 if most < 255 else np.uint16 if most < 65_535 else np.int32


def states(one: InputPlan, column: Vector) -> Codes:
    """The state of each row in this input."""
    kind = small(one.count)
    if isinstance(column, Coded):
        table = np.array([_state_of(one, value) for value in column.values], kind)
        return table[column.codes]
    if isinstance(column, Mixed):
        found = states(one, column.plain())
        for place, own in enumerate(column.computed):
            found = np.where(column.here(place), states(one, own), found)
        return found
    part = column.data
    if isinstance(one.lookup, Choices):
        found = np.full(len(part), one.parts[-1], kind)  # of no type that is named; else decided alone
    else:
        found = np.array(one.parts, kind)[_segments(one.lookup, column, part)]
    for flags, state in ((column.null, one.null), (column.unknown, one.unknown)):
        if flags is not None:
            found[flags.astype(bool)] = state
    return found


def states_of_lane(one: InputPlan, lane: Lane, rows: int) -> tuple[Codes, Flags | None]:
    """The states of a computed input, and the rows that must be decided alone."""
    kind, odd = small(one.count), lane.alone
    if isinstance(one.lookup, Segments) and lane.kind == KINDS.get(one.lookup.kind):
        numbers = lane.kind == "number"
        segments = _segments(one.lookup, Numbers(lane.data, lane.scale) if numbers else Days(lane.data), lane.data)
        if lane.more is not None:  # between one whole number and the next: past the point it would be at
            segments = segments + (lane.more & (segments & 1 == 1))
            if any(-int(point.as_tuple().exponent) > lane.scale for point in one.lookup.keys):
                odd = either(odd, lane.more)
        found = np.array(one.parts, kind)[segments]
    elif isinstance(one.lookup, Choices) and lane.kind == KINDS.get(one.lookup.kind):
        values: tuple[Any, ...] = lane.values if lane.kind == "string" else (False, True)
        table = np.array([_state_of(one, value) for value in values] or [0], kind)
        found = table[lane.data.astype(np.int32)]
    else:
        found = np.full(rows, one.parts[-1], kind)
        if lane.kind != "null" and _names_something(one):
            odd = either(odd, ~lane.absent(rows))
    if found.shape != (rows,):
        found = np.broadcast_to(found, (rows,)).copy()
    if lane.kind == "null":
        found[:] = one.null
    elif lane.null is not None:
        found[np.broadcast_to(lane.null, (rows,))] = one.null
    if lane.unknown is not None:
        found[np.broadcast_to(lane.unknown != 0, (rows,))] = one.unknown
    return found, odd


def _segments(lookup: Segments, column: Numbers | Days, part: Codes) -> Codes:
    """The number of the segment of each value; by a table where the values lie close together."""
    if is_decimal(part):
        return _compared(lookup, part)
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


def _compared(lookup: Segments, part: Any) -> Codes:
    found = np.zeros(len(part), np.int32)
    for point in lookup.keys:
        found += (part >= point).astype(bool)
        found += (part > point).astype(bool)
    return found


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
    beyond = MOST + 1
    clipped = [[max(-beyond, min(beyond, whole)) for whole in wholes] for wholes in (at, after)]
    return np.array(clipped[0], np.int64), np.array(clipped[1], np.int64)


def placed(one: InputPlan, values: Any) -> tuple[Codes, Flags]:
    """The states of values that no column holds, and which of them are not looked up as they are."""
    odd = np.array([not _fits(one, type(value)) for value in values.tolist()], bool)
    found = np.zeros(len(values), small(one.count))
    known = values[~odd]
    if isinstance(one.lookup, Segments) and one.lookup.kind is Decimal:
        found[~odd] = np.array(one.parts, small(one.count))[_compared(one.lookup, known)]
    else:
        found[~odd] = [_state_of(one, value) for value in known.tolist()]
    return found, odd


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


def alone(one: InputPlan, column: Vector) -> Any:
    """Rows whose value the column or the lookup does not hold."""
    if isinstance(column, Coded):
        if not _names_something(one):
            return None
        odd = [v is not None and type(v) is not Unknown and not _fits(one, type(v)) for v in column.values]
        return np.array(odd)[column.codes] if any(odd) else None
    if isinstance(column, Mixed):
        found = alone(one, column.plain())
        for place, own in enumerate(column.computed):
            theirs = alone(one, own)
            found = either(found, None if theirs is None else theirs & column.here(place))
        return found
    wanted = Decimal if isinstance(column, Numbers) else Date
    if not _fits(one, wanted) and _names_something(one):
        held = np.ones(len(column.data), bool)
        for flags in (column.null, column.unknown):
            if flags is not None:
                held &= ~flags.astype(bool)
        return held
    return column.alone if isinstance(column, Numbers) else None


def _fits(one: InputPlan, kind: type) -> bool:
    """Whether values of this type are looked up as they are."""
    return kind is one.lookup.kind and (one.wanted is None or one.wanted.name == KINDS.get(kind))


def _names_something(one: InputPlan) -> bool:
    """Whether the lookup or the input's type tells any values apart; if not, their type does not matter."""
    if one.wanted is not None:
        return True
    return bool(one.values) if isinstance(one.lookup, Choices) else bool(one.lookup.points)
