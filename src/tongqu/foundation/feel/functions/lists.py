"""Functions of lists (DMN 1.5, 10.3.4.4). Positions count from 1, or from the end with negative numbers."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.values import Function, Parts, Unknown


class _Unsortable(Exception):
    """The comparing function gave no answer; `open_`: it is not known yet."""

    def __init__(self, open_: Unknown | None = None) -> None:
        super().__init__()
        self.open_ = open_


@builtin("list contains", "list: list", "element: Any", knows_unknown=True)
def list_contains(call: Calling, items: list[Any], element: Any) -> Any:
    return _true_or_false(op.disjunction([op.equal(item, element) for item in items]) if items else False)


def _true_or_false(answer: Any) -> Any:
    return False if answer is None else answer


@builtin("count", "list: list", knows_unknown=True)
def count(call: Calling, items: list[Any]) -> Decimal:
    return Decimal(len(items))


@builtin("sublist", "list: list", "start position: number", "length: number|null?")
def sublist(call: Calling, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any] | None:
    begin = _index(items, start)
    if begin is None:
        return call.fail("位置超出了列表", "the position is beyond the list")
    if length is None:
        return items[begin:]
    end = begin + int(length)
    if length < 1 or end > len(items):
        return call.fail("长度超出了列表", "the length is beyond the list")
    return items[begin:end]


def _index(items: list[Any], position: Decimal, *, more: int = 0) -> int | None:
    """From 0; None for a position that the list does not have."""
    if position != position.to_integral_value() or not position:
        return None
    index = int(position) - 1 if position > 0 else len(items) + int(position)
    return index if 0 <= index < len(items) + more else None


@builtin("append", "list: list", "item: Any*", knows_unknown=True)
def append(call: Calling, items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


@builtin("concatenate", "list: list*", knows_unknown=True)
def concatenate(call: Calling, *lists: list[Any]) -> list[Any] | None:
    if not lists:
        return call.fail("至少要一个列表", "one list at least")
    call.run.sized(call.span, sum(map(len, lists)))
    return [item for one in lists for item in one]


@builtin("insert before", "list: list", "position: number", "newItem: Any")
def insert_before(call: Calling, items: list[Any], position: Decimal, new: Any) -> list[Any] | None:
    index = _index(items, position)
    if index is None:
        return call.fail("位置超出了列表", "the position is beyond the list")
    return [*items[:index], new, *items[index:]]


@builtin("remove", "list: list", "position: number")
def remove(call: Calling, items: list[Any], position: Decimal) -> list[Any] | None:
    index = _index(items, position)
    if index is None:
        return call.fail("位置超出了列表", "the position is beyond the list")
    return [*items[:index], *items[index + 1 :]]


@builtin("list replace", "list: list", "position: number", "newItem: Any")
def replace_at(call: Calling, items: list[Any], position: Decimal, new: Any) -> list[Any] | None:
    index = _index(items, position)
    if index is None:
        return call.fail("位置超出了列表", "the position is beyond the list")
    return [*items[:index], new, *items[index + 1 :]]


@builtin("list replace", "list: list", "match: function", "newItem: Any")
def replace_matching(call: Calling, items: list[Any], match: Function, new: Any) -> Any:
    found: list[Any] = []
    for item in items:
        answer = call.call(match, item, new)
        if type(answer) is Unknown:
            return answer
        if type(answer) is not bool:
            return call.fail("判断函数要回答是或否", "the function answers true or false")
        found.append(new if answer else item)
    return found


@builtin("reverse", "list: list")
def reverse(call: Calling, items: list[Any]) -> list[Any]:
    return items[::-1]


@builtin("index of", "list: list", "match: Any", deep=True)
def index_of(call: Calling, items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(n) for n, item in enumerate(items, 1) if op.equal(item, match) is True]


@builtin("union", "list: list*", deep=True)
def union(call: Calling, *lists: list[Any]) -> list[Any] | None:
    whole = concatenate(call, *lists)
    return None if whole is None else distinct_values(call, whole)


@builtin("distinct values", "list: list", deep=True)
def distinct_values(call: Calling, items: list[Any]) -> list[Any]:
    found: list[Any] = []
    simple: set[tuple[type, Any]] = set()  # of kinds whose equal values are equal to Python, too
    others: list[Any] = []
    for item in items:
        if type(item) in (Decimal, str, bool) or item is None:
            new = (type(item), item) not in simple
            simple.add((type(item), item))
        else:
            call.run.tick(call.span, len(others))
            new = not any(op.equal(item, one) is True for one in others)
            others += [item] * new
        found += [item] * new
    return found


@builtin("flatten", "list: list")
def flatten(call: Calling, items: list[Any]) -> list[Any]:
    found: list[Any] = []
    waiting, parts = [iter(items)], Parts()
    while waiting:
        for item in waiting[-1]:
            if type(item) is list:
                parts.take(len(item))
                waiting.append(iter(item))
                break
            found.append(item)
        else:
            waiting.pop()
    return found


@builtin("sort", "list: list", "precedes: function")
def sort(call: Calling, items: list[Any], precedes: Function) -> Any:
    def before(a: Any, b: Any) -> int:
        call.run.tick(call.span)
        for one, other, answer in ((a, b, -1), (b, a, 1)):
            found = call.call(precedes, one, other)
            if type(found) is not bool:
                raise _Unsortable(found if type(found) is Unknown else None)
            if found:
                return answer
        return 0

    try:
        return sorted(items, key=cmp_to_key(before))
    except _Unsortable as error:
        return error.open_ or call.fail("比较函数要回答是或否", "the function answers true or false")


@builtin("sort", "list: list")
def sort_in_order(call: Calling, items: list[Any]) -> list[Any] | None:
    if len({type(item) for item in items}) == 1 and type(items[0]) in (Decimal, str):
        return sorted(items)

    def ordered(a: Any, b: Any) -> int:
        call.run.tick(call.span)
        way = op.order(a, b)
        if way is None:
            raise _Unsortable
        return way

    try:
        return sorted(items, key=cmp_to_key(ordered))
    except _Unsortable:
        return call.fail("这些值不能排序", "these values have no order")


@builtin("all", "list: list|null", knows_unknown=True)
@builtin("all", "b: Any*", knows_unknown=True)
def all_(call: Calling, *given: Any) -> Any:
    items = _items(given)
    return None if items is None else op.conjunction([_boolean(call, item) for item in items])


@builtin("any", "list: list|null", knows_unknown=True)
@builtin("any", "b: Any*", knows_unknown=True)
def any_(call: Calling, *given: Any) -> Any:
    items = _items(given)
    if items is None:
        return None
    return op.disjunction([_boolean(call, item) for item in items]) if items else False


def _items(given: tuple[Any, ...]) -> list[Any] | None:
    """The one list that was given, else all the arguments; None for null alone, and for nothing at all."""
    if len(given) == 1 and type(given[0]) is list:
        return list(given[0])
    return None if given in ((), (None,)) else list(given)


def _boolean(call: Calling, item: Any) -> Any:
    if item is not None and type(item) not in (bool, Unknown):
        call.fail("只能是“是”或“否”", "only true or false")
        return None
    return item
