"""A FEEL value for each of many rows, and FEEL's operators on them: what `feel.operators` does, row for row.

A row that whole numbers of 64 bits cannot hold exactly is marked `alone`, to be decided by itself. A lane of one row
stands for a value that is the same in all. What has no lane raises NotColumns, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from tongqu.foundation.dmn import decimals as dec
from tongqu.foundation.dmn.vectors import MOST
from tongqu.foundation.feel.temporal import Date

KINDS: dict[type, str] = {Decimal: "number", Date: "date", bool: "boolean", str: "string"}
QUOTIENT = 6  # digits after the point that a quotient is kept with
SAFE_DIVISOR, SAFE_QUOTIENT = 10**14, 10**17  # within them, 34 digits never round a quotient onto a neighbour


class NotColumns(ValueError):
    """An expression that cannot be computed over columns; `zh`, `en` say which part of it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Lane:
    """`kind`: number (`data` / 10**`scale`, or decimals), date (days since 1970), boolean, string (places in `values`),
    null.

    `null`, `alone`: flags; `unknown`: a bit for each fact that a row still needs, and such a row is not null.
    `more`: rows whose number lies between `data` and the next, at no whole number of the scale.
    """

    kind: str
    data: Any
    scale: int = 0
    values: tuple[str, ...] = ()
    null: Any = None
    unknown: Any = None
    alone: Any = None
    more: Any = None

    def absent(self, rows: int) -> Any:
        """The rows that are null or unknown."""
        if self.kind == "null":
            return np.ones(rows, bool)
        found = either(self.null, None if self.unknown is None else self.unknown != 0)
        return np.zeros(rows, bool) if found is None else np.broadcast_to(found, (rows,))


def either(one: Any, other: Any) -> Any:
    """Flags or bits of both."""
    if one is None:
        return other
    return one if other is None else one | other


def constant_lane(value: Any) -> Lane:
    """Raises NotColumns."""
    if value is None:
        return nulls(None, None)
    if type(value) is bool:
        return Lane("boolean", np.array([value]))
    if type(value) is str:
        return Lane("string", np.zeros(1, np.int32), values=(value,))
    if type(value) is Date:
        return Lane("date", np.array([value.number], np.int64))
    if type(value) is Decimal and value.is_finite():
        scale = max(0, -int(value.as_tuple().exponent))
        whole = int(value.scaleb(scale)) if scale <= 18 and value.adjusted() < 19 else MOST + 1
        if abs(whole) <= MOST:
            return Lane("number", np.array([whole], np.int64), scale)
    raise NotColumns(f"“{value}”不能成列", f"no column holds “{value}”")


def nulls(unknown: Any, alone: Any) -> Lane:
    return Lane("null", np.zeros(1, np.int64), unknown=unknown, alone=alone)


def known_null(lane: Lane) -> Any:
    """Null where not unknown; None for nowhere."""
    if lane.kind != "null":
        return lane.null
    return np.array([True]) if lane.unknown is None else lane.unknown == 0


def _both(a: Lane, b: Lane) -> tuple[Any, Any, Any]:
    """Null, unknown and alone of what needs both."""
    unknown = either(a.unknown, b.unknown)
    null = either(known_null(a), known_null(b))
    if null is not None and unknown is not None:
        null = null & (unknown == 0)
    return null, unknown, either(a.alone, b.alone)


def settled(lane: Lane) -> Lane:
    """Without numbers between two whole ones: such rows are decided alone."""
    return lane if lane.more is None else replace(lane, alone=either(lane.alone, lane.more), more=None)


# --- numbers ---------------------------------------------------------------------------------------------------------


def largest(data: Any) -> int:
    return max(int(data.max()), -int(data.min()), 0) if data.size else 0


def rescaled(lane: Lane, scale: int) -> Lane:
    """At a larger scale."""
    if scale == lane.scale or dec.is_decimal(lane.data):
        return lane
    lane = settled(lane)
    data, over = _times(
        lane.data, np.array([10 ** (scale - lane.scale)], np.int64) if scale - lane.scale < 19 else None
    )
    return replace(lane, data=data, scale=scale, alone=either(lane.alone, over))


def _times(a: Any, b: Any) -> tuple[Any, Any]:
    """The product, and where it may not fit."""
    if b is None:
        return np.zeros_like(a), a != 0
    if largest(a) * largest(b) <= MOST:
        return a * b, None
    over = np.abs(a.astype(np.float64)) * np.abs(b.astype(np.float64)) > MOST * 0.99
    return np.where(over, 0, a) * np.where(over, 0, b), over


def as_decimals(lane: Lane) -> Lane:
    lane = settled(lane)
    return lane if dec.is_decimal(lane.data) else replace(lane, data=dec.of_whole(lane.data, lane.scale), scale=0)


def aligned(a: Lane, b: Lane) -> tuple[Lane, Lane]:
    if dec.is_decimal(a.data) or dec.is_decimal(b.data):
        return as_decimals(a), as_decimals(b)
    scale = max(a.scale, b.scale)
    return rescaled(a, scale), rescaled(b, scale)


def negated_number(a: Lane) -> Lane:
    if a.kind == "number":
        a = settled(a)
        return replace(a, data=dec.negated(a.data) if dec.is_decimal(a.data) else -a.data)
    return nulls(a.unknown, a.alone)


def arithmetic(sign: str, a: Lane, b: Lane) -> Lane:
    """`+ - * /`. Raises NotColumns."""
    if a.kind == b.kind and ((a.kind == "string" and sign == "+") or (a.kind == "date" and sign == "-")):
        raise NotColumns(f"“{sign}”不是在数字之间", f"“{sign}” not between numbers")
    null, unknown, alone = _both(a, b)
    if a.kind != "number" or b.kind != "number":
        return nulls(unknown, alone)
    a, b = settled(a), settled(b)
    if dec.is_decimal(a.data) or dec.is_decimal(b.data):
        data, beyond = dec.computed(sign, as_decimals(a).data, as_decimals(b).data)
        if beyond is not None and unknown is not None:
            beyond = beyond & (unknown == 0)
        return Lane("number", data, 0, (), either(null, beyond), unknown, either(a.alone, b.alone))
    if sign == "/":
        return _quotient(a, b, null, unknown)
    if sign == "*":
        data, over = _times(a.data, b.data)
        scale = a.scale + b.scale
    else:
        a, b = aligned(a, b)
        data, over = _sum(a.data, b.data if sign == "+" else -b.data)
        scale = a.scale
    if scale > 18:
        raise NotColumns("小数位太多", "too many digits after the point")
    return Lane("number", data, scale, (), null, unknown, either(either(a.alone, b.alone), over))


def _sum(a: Any, b: Any) -> tuple[Any, Any]:
    if largest(a) + largest(b) <= MOST:
        return a + b, None
    found = a + b  # at most twice 2**62 each way: it wraps by no more than its sign
    return found, (np.abs(found.astype(np.float64)) > MOST * 0.99) | (((a ^ found) & (b ^ found)) < 0)


def _quotient(a: Lane, b: Lane, null: Any, unknown: Any) -> Lane:
    scale = max(QUOTIENT, a.scale)
    zero = b.data == 0
    if (steps := scale + b.scale - a.scale) > 18:
        raise NotColumns("小数位太多", "too many digits after the point")
    above, over = _times(a.data, np.array([10**steps], np.int64))
    below = np.where(zero, 1, b.data)
    data, rest = np.divmod(above, below)
    more = rest != 0
    if largest(below) > SAFE_DIVISOR or largest(data) > SAFE_QUOTIENT:
        over = either(over, more & ((np.abs(below) > SAFE_DIVISOR) | (np.abs(data) > SAFE_QUOTIENT)))
    if unknown is not None:
        zero = zero & (unknown == 0)
    alone = either(either(a.alone, b.alone), over)
    return Lane("number", data, scale, (), either(null, zero), unknown, alone, more if more.any() else None)


def extreme(lanes: Sequence[Lane], *, greatest: bool) -> Lane:
    """`min` and `max`, all of them; null where any has no order. Raises NotColumns."""
    best = lanes[0]
    if any(lane.kind == "string" for lane in lanes):
        raise NotColumns("文字的 min、max", "min and max of texts")
    for other in lanes[1:]:
        null, unknown, alone = _both(best, other)
        if best.kind != other.kind or best.kind not in ("number", "date"):
            best = nulls(unknown, alone)
            continue
        best, other = aligned(settled(best), settled(other))
        data = np.maximum(best.data, other.data) if greatest else np.minimum(best.data, other.data)
        best = Lane(best.kind, data, best.scale, (), null, unknown, either(best.alone, other.alone))
    return best if best.kind in ("number", "date") else nulls(best.unknown, best.alone)


# --- comparison ------------------------------------------------------------------------------------------------------


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b,
}  # fmt: skip


def compare(sign: str, a: Lane, b: Lane) -> Lane:
    """`< <= > >=`."""
    null, unknown, alone = _both(a, b)
    if a.kind != b.kind or a.kind in ("boolean", "null"):
        return nulls(unknown, alone)
    data, alone = _ordered(sign, a, b)
    return Lane("boolean", data, 0, (), null, unknown, alone)


def equal(a: Lane, b: Lane) -> Lane:
    """`=`: null is equal to null alone, and values of different kinds give null."""
    _null, unknown, alone = _both(a, b)
    left, right = known_null(a), known_null(b)
    null: Any = None
    if a.kind == b.kind and a.kind != "null":
        data, alone = _ordered("=", a, b)
    else:
        data = np.zeros(1, bool)
        if "null" not in (a.kind, b.kind):
            null = np.array([True])
    if left is not None or right is not None:
        left = np.array([False]) if left is None else left
        right = np.array([False]) if right is None else right
        data = np.where(left | right, left & right, data)
        null = None if null is None else ~(left | right)
    if null is not None and unknown is not None:
        null = null & (unknown == 0)
    return Lane("boolean", data, 0, (), null, unknown, alone)


def _ordered(sign: str, a: Lane, b: Lane) -> tuple[Any, Any]:
    """Whether the sign holds between values of one kind, and the rows that must be decided alone."""
    if a.kind == "string":
        a, b = _ranked(a, b)
    if a.kind == "number":
        a, b = aligned(a, b)
    work = _SIGNS[sign]
    found, alone = work(a.data, b.data), either(a.alone, b.alone)
    if a.more is None and b.more is None:
        return found, alone
    left = np.array([False]) if a.more is None else a.more
    right = np.array([False]) if b.more is None else b.more
    level = a.data == b.data
    return np.where(level, work(left, right), found), either(alone, level & left & right)


def _ranked(a: Lane, b: Lane) -> tuple[Lane, Lane]:
    """Texts by their place in one sorted list."""
    places = {value: n for n, value in enumerate(sorted({*a.values, *b.values}))}
    return _placed(a, places), _placed(b, places)


def _placed(lane: Lane, places: dict[str, int]) -> Lane:
    table = np.array([places[value] for value in lane.values] or [0], np.int32)
    return replace(lane, data=table[lane.data], values=tuple(places))


# --- true and false --------------------------------------------------------------------------------------------------


def opposite(a: Lane) -> Lane:
    return a if a.kind == "null" else replace(a, data=~a.data)


def connective(a: Lane, b: Lane, *, settles: bool) -> Lane:
    """`and` (settled by false), `or` (settled by true); unknown goes before null."""
    (own, never), (other, neither) = _truth(a, settles), _truth(b, settles)
    settled_ = own | other
    unknown = either(a.unknown, b.unknown)
    if unknown is not None:
        unknown = np.where(settled_, 0, unknown)
    null = ~(settled_ | (never & neither))
    if unknown is not None:
        null = null & (unknown == 0)
    alone = None
    if a.alone is not None or b.alone is not None:
        first = np.array([False]) if a.alone is None else a.alone
        second = np.array([False]) if b.alone is None else b.alone
        alone = (first & ~(other & ~second)) | (second & ~(own & ~first))
    return Lane("boolean", settled_ if settles else ~settled_, 0, (), null, unknown, alone)


def _truth(lane: Lane, settles: bool) -> tuple[Any, Any]:
    """Where it settles, and where it is the other truth value."""
    if lane.kind != "boolean":
        return np.array([False]), np.array([False])
    yes, no = (lane.data, ~lane.data) if settles else (~lane.data, lane.data)
    absent = either(lane.null, None if lane.unknown is None else lane.unknown != 0)
    return (yes, no) if absent is None else (yes & ~absent, no & ~absent)


def chosen(condition: Lane, then: Lane, otherwise: Lane) -> Lane:
    """`if`: both ways where the condition is unknown. Raises NotColumns for ways of different kinds."""
    then, otherwise = alike(then, otherwise)
    yes, _no = _truth(condition, True)
    found = picked(yes, then, otherwise)
    alone = either(found.alone, condition.alone)
    if condition.unknown is None:
        return replace(found, alone=alone)
    open_ = condition.unknown != 0
    same = equal(then, otherwise)
    agree = same.data if same.unknown is None else same.data & (same.unknown == 0)
    if same.null is not None:
        agree = agree & ~same.null
    either_way = picked(agree, then, replace(then, null=None, unknown=either(condition.unknown, same.unknown)))
    found = picked(open_, either_way, found)
    if same.alone is not None:
        alone = either(alone, open_ & same.alone)
    return replace(found, alone=either(found.alone, alone))


def agreed(lanes: Sequence[Lane], waits: Any) -> Lane:
    """The first where all others are equal to it; else unknown by these bits, or null."""
    first, agree, alone = lanes[0], np.ones(1, bool), None
    for other in lanes[1:]:
        same = equal(other, first)
        agree = agree & same.data
        for flags in (same.null, None if same.unknown is None else same.unknown != 0):
            agree = agree if flags is None else agree & ~flags
        alone = either(alone, same.alone)
    rest = replace(first, null=np.array([waits is None]), unknown=waits)
    found = picked(agree, first, rest)
    return replace(found, alone=either(found.alone, alone))


def alike(a: Lane, b: Lane) -> tuple[Lane, Lane]:
    """Both as lanes of one kind, scale and list of texts. Raises NotColumns."""
    if a.kind == "null" and b.kind == "null":
        return a, b
    if a.kind == "null":
        return _empty_like(a, b), b
    if b.kind == "null":
        return a, _empty_like(b, a)
    if a.kind != b.kind:
        raise NotColumns("结果有几种类型", "results of several types")
    if a.kind == "string":
        return _ranked(a, b)
    return aligned(a, b) if a.kind == "number" else (a, b)


def _empty_like(a: Lane, b: Lane) -> Lane:
    return replace(b, data=np.zeros(1, b.data.dtype), values=b.values or (("",) if b.kind == "string" else ()),
                   null=known_null(a), unknown=a.unknown, alone=a.alone, more=None)  # fmt: skip


def picked(flags: Any, a: Lane, b: Lane) -> Lane:
    """Rows of one where flagged, else of the other; both alike."""

    def part(one: Any, other: Any, nothing: Any) -> Any:
        if one is None and other is None:
            return None
        return np.where(flags, nothing if one is None else one, nothing if other is None else other)

    values = a.values if len(a.values) >= len(b.values) else b.values
    return Lane(a.kind, np.where(flags, a.data, b.data), a.scale, values, part(a.null, b.null, False),
                part(a.unknown, b.unknown, 0), part(a.alone, b.alone, False), part(a.more, b.more, False))  # fmt: skip
