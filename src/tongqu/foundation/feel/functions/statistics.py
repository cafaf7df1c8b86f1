"""Functions that make one value of many (DMN 1.5, 10.3.4.4): of one list, or of any number of arguments."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.temporal import DaysTime, YearsMonths
from tongqu.foundation.feel.values import EXACT

Numbers = list[Decimal]


def _of_many(name: str) -> Callable[[Callable[[Calling, list[Any]], Any]], Callable[[Calling, list[Any]], Any]]:
    """Declare both forms: of a list, and of several arguments."""

    def declared(work: Callable[[Calling, list[Any]], Any]) -> Callable[[Calling, list[Any]], Any]:
        builtin(name, "list: list")(work)
        builtin(name, "n: Any*")(lambda call, *items: work(call, list(items)) if items else None)
        return work

    return declared


def _numbers(call: Calling, items: list[Any]) -> Numbers | None:
    if all(type(item) is Decimal for item in items):
        return items
    return call.fail("只能是数字", "only numbers")


def _extreme(call: Calling, items: list[Any], way: int) -> Any:
    if not items:
        return None
    best = items[0]
    if op.order(best, best) is None:
        return call.fail("这些值不能比较", "these values have no order")
    for item in items[1:]:
        found = op.order(item, best)
        if found is None:
            return call.fail("这些值不能比较", "these values have no order")
        if found == way:
            best = item
    return best


@_of_many("min")
def least(call: Calling, items: list[Any]) -> Any:
    return _extreme(call, items, -1)


@_of_many("max")
def greatest(call: Calling, items: list[Any]) -> Any:
    return _extreme(call, items, 1)


@_of_many("sum")
def total(call: Calling, items: list[Any]) -> Any:
    """Of numbers, or of durations of one kind."""
    if not items:
        return None
    if all(type(item) is DaysTime for item in items):
        return op.lasting(call.run, call.span, DaysTime, sum(item.nanos for item in items))
    if all(type(item) is YearsMonths for item in items):
        return op.lasting(call.run, call.span, YearsMonths, sum(item.months for item in items))
    numbers = _numbers(call, items)
    return None if numbers is None else _added(numbers)


def _added(numbers: Numbers) -> Decimal:
    answer = Decimal(0)
    for one in numbers:
        answer = EXACT.add(answer, one)
    return answer


@_of_many("mean")
def mean(call: Calling, items: list[Any]) -> Any:
    found = total(call, items)
    if type(found) is DaysTime:
        return DaysTime(found.nanos // len(items))
    if type(found) is YearsMonths:
        return YearsMonths(found.months // len(items))
    return None if found is None else EXACT.divide(found, Decimal(len(items)))


@_of_many("product")
def product(call: Calling, items: list[Any]) -> Decimal | None:
    numbers = _numbers(call, items)
    if not numbers:
        return None
    answer = Decimal(1)
    for one in numbers:
        answer = EXACT.multiply(answer, one)
    return answer


@_of_many("median")
def median(call: Calling, items: list[Any]) -> Decimal | None:
    numbers = _numbers(call, items)
    if not numbers:
        return None
    row, middle = sorted(numbers), len(numbers) // 2
    if len(row) % 2:
        return row[middle]
    return EXACT.divide(EXACT.add(row[middle - 1], row[middle]), Decimal(2))


@_of_many("stddev")
def stddev(call: Calling, items: list[Any]) -> Decimal | None:
    """Of a sample: by n - 1."""
    numbers = _numbers(call, items)
    if numbers is None or len(numbers) < 2:
        return None
    centre = EXACT.divide(_added(numbers), Decimal(len(numbers)))
    squares = [EXACT.power(EXACT.subtract(one, centre), Decimal(2)) for one in numbers]
    return EXACT.sqrt(EXACT.divide(_added(squares), Decimal(len(numbers) - 1)))


@_of_many("mode")
def mode(call: Calling, items: list[Any]) -> Numbers | None:
    """The numbers that occur most often, in ascending order."""
    numbers = _numbers(call, items)
    if numbers is None:
        return None
    often: dict[Decimal, int] = {}
    for one in numbers:
        often[one] = often.get(one, 0) + 1
    most = max(often.values(), default=0)
    return sorted(one for one, times in often.items() if times == most)
