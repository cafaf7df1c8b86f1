"""A condition as a tree that the page's script follows while somebody types (`work` in ui/conditions.js).

Prefix form, in plain JSON: `["and", [">=", ["name", "area", "number"], ["value", 500]], …]`. It covers comparison, and,
or, not, if, in, between, + - *, count and list contains; the server, which decides, knows all of FEEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tongqu.foundation.conditions import Condition, compiled, typed, wanted
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.temporal import Date

Tree = list[Any]
_SIGNS = frozenset({"and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*"})
_FUNCTIONS = {"not": ("not", 1), "count": ("count", 1), "list contains": ("contains", 2)}


class _NotOnPage(Exception):
    pass


def tree_of(condition: Condition, kinds: Mapping[str, str], fixed: Mapping[str, Any] | None = None) -> Tree | None:
    """The tree; None where the page cannot follow the condition. `kinds` as `conditions.kinds_of` gives them; `fixed`:
    stored values of fields that this page cannot change. Raises FeelError for what cannot be read."""
    grow = _Growing(kinds, fixed or {})
    if "feel" not in condition:
        return ["any", grow.name(condition["field"], "list"), list(wanted(condition))]
    try:
        return grow.tree(compiled(condition["feel"], tuple(sorted(kinds))).node)
    except _NotOnPage:
        return None


class _Growing:
    def __init__(self, kinds: Mapping[str, str], fixed: Mapping[str, Any]) -> None:
        self.kinds, self.fixed = kinds, fixed

    def name(self, name: str, kind: str) -> Tree:
        return ["value", _plain(typed(self.fixed[name], kind))] if name in self.fixed else ["name", name, kind]

    def tree(self, node: n.Node) -> Tree:
        match node:
            case n.Literal(value=value):
                return ["value", _plain(value)]
            case n.ListNode(items=items):
                return ["value", [self._literal(one) for one in items]]
            case n.Name(name=name) if name in self.kinds:
                return self.name(name, self.kinds[name])
            case n.Unary(operand=operand):
                return ["-", ["value", 0], self.tree(operand)]
            case n.Binary(sign=sign, left=left, right=right) if sign in _SIGNS:
                return [sign, self.tree(left), self.tree(right)]
            case n.Between(value=value, low=low, high=high):
                at = self.tree(value)
                return ["and", [">=", at, self.tree(low)], ["<=", at, self.tree(high)]]
            case n.If(condition=condition, then=then, otherwise=otherwise):
                return ["if", self.tree(condition), self.tree(then), self.tree(otherwise)]
            case n.In(value=value, tests=tests):
                return _joined("or", [self._test(self.tree(value), test) for test in tests])
            case n.Call(function=n.Name(name=name), arguments=arguments, names=None):
                return self._call(name, arguments)
        raise _NotOnPage

    @staticmethod
    def _literal(node: n.Node) -> Any:
        if isinstance(node, n.Literal):
            return _plain(node.value)
        raise _NotOnPage

    def _call(self, name: str, arguments: tuple[n.Node, ...]) -> Tree:
        if name == "date" and len(arguments) == 1 and isinstance(arguments[0], n.Literal):
            return ["value", _plain(typed(arguments[0].value, "date"))]
        sign, most = _FUNCTIONS.get(name, ("", -1))
        if len(arguments) != most:
            raise _NotOnPage
        return [sign, *map(self.tree, arguments)]

    def _test(self, value: Tree, test: n.Node) -> Tree:
        match test:
            case n.Test(sign=sign, operand=operand) if sign in _SIGNS:
                return [sign, value, self.tree(operand)]
            case n.Test(sign="", operand=n.ListNode(items=items)):
                return _joined("or", [["=", value, self.tree(one)] for one in items])
            case n.Test(sign="", operand=n.RangeNode(start=start, end=end) as within):
                ends = [
                    *([[">=" if within.start_included else ">", value, self.tree(start)]] if start else ()),
                    *([["<=" if within.end_included else "<", value, self.tree(end)]] if end else ()),
                ]
                return _joined("and", ends)
            case n.Test(sign="", operand=n.Literal() as operand):
                return ["=", value, self.tree(operand)]
        raise _NotOnPage


def _joined(sign: str, trees: list[Tree]) -> Tree:
    if not trees:
        raise _NotOnPage
    whole, *rest = trees
    for one in rest:
        whole = [sign, whole, one]
    return whole


def _plain(value: Any) -> Any:
    """A value as JSON has it; a date is a text that sorts as dates do."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Date):
        return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list):
        return [_plain(one) for one in value]
    raise _NotOnPage
