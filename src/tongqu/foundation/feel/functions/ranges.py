"""How points and ranges lie to each other (DMN 1.5, table 78), and `range`, which reads one from a text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.values import Range

Relation = Callable[[Any, Any], bool]
_POINT = "number|string|date|time|date and time|days and time duration|years and months duration"


class _NoOrder(Exception):
    """Two of the values cannot be compared."""


def _way(a: Any, b: Any) -> int:
    found = op.order(a, b)
    if found is None:
        raise _NoOrder
    return found


def _relation(name: str, *parameters: str) -> Callable[[Relation], Relation]:
    """Declare one form of a relation; what cannot be compared gives null."""

    def declared(work: Relation) -> Relation:
        def answered(call: Calling, one: Any, other: Any) -> bool | None:
            try:
                return work(one, other)
            except _NoOrder:
                return call.fail("这些值不能比较", "these values have no order")

        builtin(name, *parameters)(answered)
        return work

    return declared


def _points(name: str) -> Callable[[Relation], Relation]:
    return _relation(name, f"point1: {_POINT}", f"point2: {_POINT}")


def _point_range(name: str) -> Callable[[Relation], Relation]:
    return _relation(name, f"point: {_POINT}", "range: range")


def _range_point(name: str) -> Callable[[Relation], Relation]:
    return _relation(name, "range: range", f"point: {_POINT}")


def _ranges(name: str) -> Callable[[Relation], Relation]:
    return _relation(name, "range1: range", "range2: range")


# --- ends: an open end (None) lies beyond everything -----------------------------------------------------------------


def _starts_at(r: Range, p: Any) -> int:
    """-1: the range starts before the point; 0: at it; 1: after it."""
    return -1 if r.start is None else _way(r.start, p)


def _ends_at(r: Range, p: Any) -> int:
    return 1 if r.end is None else _way(r.end, p)


def _starts(a: Range, b: Range) -> int:
    """The order of two starts, `[` before `(`."""
    if a.start is None or b.start is None:
        return (a.start is not None) - (b.start is not None)
    return _way(a.start, b.start) or b.start_included - a.start_included


def _ends(a: Range, b: Range) -> int:
    """The order of two ends, `)` before `]`."""
    if a.end is None or b.end is None:
        return (a.end is None) - (b.end is None)
    return _way(a.end, b.end) or a.end_included - b.end_included


def _holds(r: Range, p: Any) -> bool:
    low, high = _starts_at(r, p), _ends_at(r, p)
    return (low < 0 or (low == 0 and r.start_included)) and (high > 0 or (high == 0 and r.end_included))


def _all_before(a: Range, b: Range) -> bool:
    if a.end is None or b.start is None:
        return False
    way = _way(a.end, b.start)
    return way < 0 or (way == 0 and not (a.end_included and b.start_included))


# --- the relations ---------------------------------------------------------------------------------------------------


@_points("before")
def _before_points(a: Any, b: Any) -> bool:
    return _way(a, b) < 0


@_point_range("before")
def _before_range(p: Any, r: Range) -> bool:
    way = _starts_at(r, p)
    return way > 0 or (way == 0 and not r.start_included)


@_range_point("before")
def _range_before(r: Range, p: Any) -> bool:
    way = _ends_at(r, p)
    return way < 0 or (way == 0 and not r.end_included)


_ranges("before")(_all_before)


@_points("after")
def _after_points(a: Any, b: Any) -> bool:
    return _way(a, b) > 0


_relation("after", f"point: {_POINT}", "range: range")(lambda p, r: _range_before(r, p))
_relation("after", "range: range", f"point: {_POINT}")(lambda r, p: _before_range(p, r))
_ranges("after")(lambda a, b: _all_before(b, a))


@_ranges("meets")
def _meets(a: Range, b: Range) -> bool:
    if a.end is None or b.start is None:
        return False
    return bool(_way(a.end, b.start) == 0 and a.end_included and b.start_included)


_ranges("met by")(lambda a, b: _meets(b, a))


@_ranges("overlaps")
def _overlaps(a: Range, b: Range) -> bool:
    return not _all_before(a, b) and not _all_before(b, a)


@_ranges("overlaps before")
def _overlaps_before(a: Range, b: Range) -> bool:
    """Starts before the other, and ends within it."""
    return _starts(a, b) < 0 and _overlaps(a, b) and _ends(a, b) <= 0


@_ranges("overlaps after")
def _overlaps_after(a: Range, b: Range) -> bool:
    return _starts(b, a) < 0 and _overlaps(a, b) and _ends(b, a) <= 0


@_point_range("finishes")
def _point_finishes(p: Any, r: Range) -> bool:
    return r.end_included and _ends_at(r, p) == 0


@_ranges("finishes")
def _finishes(a: Range, b: Range) -> bool:
    return _ends(a, b) == 0 and _starts(b, a) <= 0


_relation("finished by", "range: range", f"point: {_POINT}")(lambda r, p: _point_finishes(p, r))
_ranges("finished by")(lambda a, b: _finishes(b, a))

_relation("includes", "range: range", f"point: {_POINT}")(_holds)


@_ranges("includes")
def _includes(a: Range, b: Range) -> bool:
    return _starts(a, b) <= 0 and _ends(b, a) <= 0


_relation("during", f"point: {_POINT}", "range: range")(lambda p, r: _holds(r, p))
_ranges("during")(lambda a, b: _includes(b, a))


@_point_range("starts")
def _point_starts(p: Any, r: Range) -> bool:
    return r.start_included and _starts_at(r, p) == 0


@_ranges("starts")
def _range_starts(a: Range, b: Range) -> bool:
    return _starts(a, b) == 0 and _ends(a, b) <= 0


_relation("started by", "range: range", f"point: {_POINT}")(lambda r, p: _point_starts(p, r))
_ranges("started by")(lambda a, b: _range_starts(b, a))


@_points("coincides")
def _coincide(a: Any, b: Any) -> bool:
    return _way(a, b) == 0


@_ranges("coincides")
def _ranges_coincide(a: Range, b: Range) -> bool:
    return _starts(a, b) == 0 and _ends(a, b) == 0


# --- range -----------------------------------------------------------------------------------------------------------

_PLAIN_CALLS = {"date", "time", "date and time", "duration"}


@builtin("range", "from: string")
def range_from_text(call: Calling, text: str) -> Range | None:
    """What the text of a range with literal ends stands for."""
    from tongqu.foundation.feel.compiling import compile_node
    from tongqu.foundation.feel.reading import read_expression
    from tongqu.foundation.feel.running import Frame

    try:
        node = read_expression(text)
    except FeelError:
        node = None
    if not isinstance(node, n.RangeNode) or not all(_is_plain(end) for end in (node.start, node.end)):
        return call.fail(f"“{text[:40]}”不是区间", f"“{text[:40]}” is no range")
    found = compile_node(node)(Frame({}, call.run))
    if type(found) is not Range or (op.order(found.start, found.end) or 0) > 0:
        return call.fail(f"“{text[:40]}”不是区间", f"“{text[:40]}” is no range")
    return found


def _is_plain(node: n.Node | None) -> bool:
    if isinstance(node, n.Unary):
        return _is_plain(node.operand)
    if isinstance(node, n.Call):
        named = isinstance(node.function, n.Name) and node.function.name in _PLAIN_CALLS
        return named and all(_is_plain(argument) for argument in node.arguments)
    return node is None or isinstance(node, n.Literal)
