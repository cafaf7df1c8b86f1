"""Functions of numbers (DMN 1.5, 10.3.4.5)."""

from __future__ import annotations

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
)
from typing import Any

from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.temporal import DaysTime, YearsMonths
from tongqu.foundation.feel.values import EXACT

LEAST_SCALE, MOST_SCALE = -6111, 6176
_WIDE = Context(prec=12_400, Emin=-13_000, Emax=13_000)


def rounded(call: Calling, value: Decimal, scale: Decimal, how: str) -> Decimal | None:
    """To so many places after the point (before it, where negative)."""
    places = int(scale)
    if not LEAST_SCALE <= places <= MOST_SCALE:
        return call.fail("小数位数超出范围", "the scale is out of range")
    try:
        exact = value.quantize(Decimal(1).scaleb(-places, _WIDE), rounding=how, context=_WIDE)
    except ArithmeticError:
        return call.fail("结果超出范围", "the result is out of range")
    return EXACT.plus(exact)


def _rounding(name: str, how: str, *, scaled: bool) -> None:
    def with_scale(call: Calling, n: Decimal, scale: Decimal) -> Decimal | None:
        return rounded(call, n, scale, how)

    def whole(call: Calling, n: Decimal) -> Decimal | None:
        return rounded(call, n, Decimal(0), how)

    if not scaled:
        builtin(name, "n: number")(whole)
    builtin(name, "n: number", "scale: number")(with_scale)


_rounding("decimal", ROUND_HALF_EVEN, scaled=True)
_rounding("floor", ROUND_FLOOR, scaled=False)
_rounding("ceiling", ROUND_CEILING, scaled=False)
_rounding("round up", ROUND_UP, scaled=True)
_rounding("round down", ROUND_DOWN, scaled=True)
_rounding("round half up", ROUND_HALF_UP, scaled=True)
_rounding("round half down", ROUND_HALF_DOWN, scaled=True)


@builtin("abs", "n: number|days and time duration|years and months duration")
def absolute(call: Calling, n: Any) -> Any:
    if type(n) is DaysTime:
        return DaysTime(abs(n.nanos))
    return YearsMonths(abs(n.months)) if type(n) is YearsMonths else EXACT.abs(n)


@builtin("modulo", "dividend: number", "divisor: number")
def modulo(call: Calling, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """dividend - divisor * floor(dividend / divisor): with the sign of the divisor."""
    if not divisor:
        call.run.note("divide-by-zero", call.span)
        return None
    rest = _WIDE.remainder(dividend, divisor)
    if rest and (rest < 0) != (divisor < 0):
        rest = _WIDE.add(rest, divisor)
    return EXACT.plus(rest)


@builtin("sqrt", "number: number")
def sqrt(call: Calling, number: Decimal) -> Decimal | None:
    return EXACT.sqrt(number) if number >= 0 else call.fail("负数没有平方根", "a negative number has no root")


@builtin("log", "number: number")
def log(call: Calling, number: Decimal) -> Decimal | None:
    return EXACT.ln(number) if number > 0 else call.fail("只有正数有对数", "only positive numbers have a logarithm")


@builtin("exp", "number: number")
def exp(call: Calling, number: Decimal) -> Decimal | None:
    return EXACT.exp(number)


@builtin("odd", "number: number")
def odd(call: Calling, number: Decimal) -> bool:
    return abs(_WIDE.remainder(number, Decimal(2))) == 1


@builtin("even", "number: number")
def even(call: Calling, number: Decimal) -> bool:
    return _WIDE.remainder(number, Decimal(2)) == 0
