"""What a cell of a decision table says when it is simple: values and intervals, or all but these.

Most cells are. For them a table can be checked, decided by looking up rather than by trying each rule, and run over
columns. A cell that is not simple (`None` here) is evaluated as the expression it is.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.compiling import compile_node
from tongqu.foundation.feel.nodes import walk
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.temporal import Date, DaysTime, YearsMonths
from tongqu.foundation.feel.values import Range

_PLAIN_CALLS = {"date", "time", "date and time", "duration", "number"}
ORDERED = (Decimal, Date, DaysTime, YearsMonths)
_NODES = (n.Literal, n.Unary, n.RangeNode, n.ListNode)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, None for an open end; one value is `[v..v]`."""

    low: Any
    high: Any
    low_in: bool = True
    high_in: bool = True

    @property
    def is_value(self) -> bool:
        return self.low_in and self.high_in and self.low is not None and self.low == self.high


@dataclass(frozen=True, slots=True)
class Simple:
    """Any of the values (null among them) and intervals, or, negated, anything else. Neither: everything."""

    values: tuple[Any, ...] = ()
    intervals: tuple[Interval, ...] = ()
    negated: bool = False
    everything: bool = False


EVERYTHING = Simple(everything=True)


def simple(tests: n.Tests) -> Simple | None:
    """The cell as values and intervals; None for one that is not simple."""
    if not tests.tests:
        return EVERYTHING
    values: list[Any] = []
    intervals: list[Interval] = []
    negated = tests.negated
    for test in tests.tests:
        known, operand = constant(test.operand)
        if not known:
            return None
        if test.sign == "!=":
            if len(tests.tests) > 1 or tests.negated or isinstance(operand, list | Range):
                return None
            return Simple((operand,), negated=True)
        if not _put(test.sign, operand, values, intervals):
            return None
    return Simple(tuple(values), tuple(intervals), negated)


def _put(sign: str, operand: Any, values: list[Any], intervals: list[Interval]) -> bool:
    """Add one test; False for one that is not simple."""
    if sign in ("<", "<="):
        intervals.append(Interval(None, operand, False, sign == "<="))
        return type(operand) in ORDERED
    if sign in (">", ">="):
        intervals.append(Interval(operand, None, sign == ">=", False))
        return type(operand) in ORDERED
    if type(operand) is Range and not sign:
        return _put_range(operand, values, intervals)
    if type(operand) is list and not sign:
        return all(not isinstance(item, list) and _put("", item, values, intervals) for item in operand)
    if operand is None or type(operand) in (str, bool):
        values.append(operand)
        return True
    if type(operand) in ORDERED:
        values.append(operand)
        return True
    return False


def _put_range(operand: Range, values: list[Any], intervals: list[Interval]) -> bool:
    if operand.sign == "=":
        return _put("=", operand.start, values, intervals)
    if operand.sign == "!=":
        return False
    low, high = operand.start, operand.end
    if not operand.sign and (low is None or high is None):
        return False
    intervals.append(Interval(low, high, operand.start_included, operand.end_included))
    return type(high if low is None else low) in ORDERED


def constant(node: n.Node) -> tuple[bool, Any]:
    """Whether the node is the same whatever the facts are, and its value then."""
    for one in walk(node):
        if isinstance(one, n.Call):
            if not (isinstance(one.function, n.Name) and one.function.name in _PLAIN_CALLS):
                return False, None
        elif isinstance(one, n.Name):
            if one.name not in _PLAIN_CALLS:
                return False, None
        elif not isinstance(one, _NODES):
            return False, None
    run = Run()
    value = compile_node(node)(Frame({}, run))
    return (False, None) if run.notes else (True, value)


# --- a column cut into segments --------------------------------------------------------------------------------------


def key(value: Any) -> Any:
    """A number by which values of one ordered kind are sorted; the value itself where it is a number."""
    if type(value) is Decimal:
        return value
    if type(value) is Date:
        return value.number
    return value.nanos if type(value) is DaysTime else value.months


@dataclass(frozen=True, slots=True)
class Segments:
    """An ordered column cut at its `points`: before the first, at it, between it and the second, … after the last.

    Segment 2i is the gap before point i, 2i + 1 the point itself. `masks[s]`: a bit for each rule that holds there;
    `null_mask` for null. `kind`: the type of the points.
    """

    kind: type
    points: tuple[Any, ...]
    keys: tuple[Any, ...]
    masks: tuple[int, ...]
    null_mask: int

    def mask(self, value: Any) -> int:
        where = key(value)
        at = bisect_left(self.keys, where)
        exact = at < len(self.keys) and self.keys[at] == where
        return self.masks[2 * at + 1 if exact else 2 * at]


@dataclass(frozen=True, slots=True)
class Choices:
    """A column of single values. `other`: the mask for a value that no cell names."""

    kind: type
    masks: dict[Any, int]
    other: int
    null_mask: int

    def mask(self, value: Any) -> int:
        return self.masks.get(value, self.other)


Column = Segments | Choices


def column(cells: Sequence[Simple | None]) -> Column | None:
    """The column's lookup; None where a cell is not simple, or the cells are of several kinds."""
    if any(cell is None for cell in cells):
        return None
    known = [cell for cell in cells if cell is not None]
    kinds = {type(v) for v in _values(known) if v is not None}
    if len(kinds) > 1:
        return None
    kind = next(iter(kinds), str)
    if kind in ORDERED:
        return _segments(kind, known)
    return _choices(kind, known) if not any(cell.intervals for cell in known) else None


def _values(cells: Iterable[Simple]) -> Iterable[Any]:
    for cell in cells:
        yield from cell.values
        for one in cell.intervals:
            yield from (end for end in (one.low, one.high) if end is not None)


def _null_mask(cells: Sequence[Simple]) -> int:
    """Null is equal to null alone, and comparing it gives null, which is no match either way round."""
    mask = 0
    for bit, cell in enumerate(cells):
        holds = None in cell.values
        compared = bool(cell.intervals) and not holds
        if cell.everything or (holds is not cell.negated and not compared):
            mask |= 1 << bit
    return mask


def _segments(kind: type, cells: Sequence[Simple]) -> Segments:
    points = sorted({key(v): v for v in _values(cells) if v is not None}.items())
    keys, values = tuple(k for k, _v in points), tuple(v for _k, v in points)
    masks = [0] * (2 * len(keys) + 1)
    always = 0
    for bit, cell in enumerate(cells):
        if cell.everything:
            always |= 1 << bit
            continue
        held = _held(cell, keys)
        for segment in (set(range(len(masks))) - held) if cell.negated else held:
            masks[segment] |= 1 << bit
    masks = [mask | always for mask in masks]
    return Segments(kind, values, keys, tuple(masks), _null_mask(cells))


def _held(cell: Simple, keys: Sequence[Any]) -> set[int]:
    """The segments that the cell's values and intervals cover."""
    held = {2 * bisect_left(keys, key(v)) + 1 for v in cell.values if v is not None}
    for one in cell.intervals:
        first = 0 if one.low is None else 2 * bisect_left(keys, key(one.low)) + (1 if one.low_in else 2)
        last = 2 * len(keys) if one.high is None else 2 * bisect_left(keys, key(one.high)) + (1 if one.high_in else 0)
        held.update(range(first, last + 1))
    return held


def _choices(kind: type, cells: Sequence[Simple]) -> Choices:
    values = {v for v in _values(cells) if v is not None}
    masks = {}
    for value in values:
        masks[value] = sum(
            1 << bit for bit, cell in enumerate(cells) if cell.everything or (value in cell.values) is not cell.negated
        )
    other = sum(1 << bit for bit, cell in enumerate(cells) if cell.everything or cell.negated)
    return Choices(kind, masks, other, _null_mask(cells))
