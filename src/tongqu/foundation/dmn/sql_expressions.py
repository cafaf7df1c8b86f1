"""FEEL expressions over the columns of Parquet files as SQL: each node one `Said`, as `column_expressions` has lanes.

What is covered: facts by their path, constants, `+ - * /`, comparisons, `and`, `or`, `if`, `between`, `in`, `min`,
`max`, `not`, texts put together. Anything else raises NotSql.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.foundation.dmn import sql_lanes as sq
from tongqu.foundation.dmn.analysis import constant
from tongqu.foundation.dmn.column_expressions import MOST_FACTS
from tongqu.foundation.dmn.plan import InputPlan, Plan, Recipe, path_of
from tongqu.foundation.dmn.sql_lanes import NotSql, Said
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.compiling import INPUT
from tongqu.foundation.feel.types import Type
from tongqu.foundation.feel.values import Range, Unknown

WIDTHS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19, "UTINYINT": 3, "USMALLINT": 5, "UINTEGER": 10,
          "UBIGINT": 20, "HUGEINT": 39, "UHUGEINT": 39}  # fmt: skip
KINDS = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date"}
NARROW = 10  # digits up to which a type is taken at its word, rather than asking for its largest value
LONGEST = 200_000  # characters of one expression's SQL


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@dataclass(slots=True)
class Writer:
    """`columns`: path of the fact → name of the column; `types`: name of the column → its type in SQL; `digits`: how
    many digits a column's values have at most; `missing`: what NULL is, "null" or "unknown"."""

    columns: Mapping[str, str]
    types: Mapping[str, str]
    digits: Callable[[str, int], int]
    missing: str
    facts: dict[str, int] = field(default_factory=dict)

    def needs(self, bits: int) -> Unknown:
        return Unknown(frozenset(name for name, bit in self.facts.items() if bits >> bit & 1))

    def said(self, node: n.Node) -> Said:
        """Raises NotSql."""
        path = path_of(node)
        if path is not None:
            return self.fact(".".join(path))
        known, value = constant(node)
        if known:
            if any(isinstance(one, n.Name) and self._has(one.name) for one in n.walk(node)):
                raise NotSql("事实与函数同名 a fact is called as a function is")
            return sq.constant(value)
        work = _NODES.get(type(node))
        if work is None:
            raise NotSql("这种算式 this kind of expression")
        found: Said = work(self, node)
        if max(len(found.sql), len(found.null or ""), len(found.unknown or "")) > LONGEST:
            raise NotSql("算式太长 an expression that is too long")
        return found

    def fact(self, path: str) -> Said:
        """Raises NotSql."""
        if any(one.startswith(f"{path}.") or path.startswith(f"{one}.") for one in self.columns):
            raise NotSql(f"“{path}”是一组事实或者其中一部分 is a group of facts or a part of one")
        name = self.columns.get(path)
        if name is None:
            return sq.nulls(str(self._bit(path)))
        at, kind, width, scale = quoted(name), *self._type(name)
        sql = f"{at}::DECIMAL({width}, {scale})" if kind == "number" else at
        if self.missing == "unknown":
            return Said(kind, sql, width, scale, None, f"(CASE WHEN {at} IS NULL THEN {self._bit(path)} ELSE 0 END)")
        return Said(kind, sql, width, scale, f"({at} IS NULL)")

    def typed(self, said: Said, wanted: Type | None) -> Said:
        """As a type wants it: null for a value of another. Raises NotSql for a type that is not plain."""
        if wanted is None:
            return said
        if wanted.name not in ("number", "string", "boolean", "date") or wanted.allowed is not None:
            raise NotSql(f"类型“{wanted}”有限制 the type is limited")
        return said if said.kind in (wanted.name, "null") else sq.nulls(said.unknown)

    def input(self, one: InputPlan) -> Said:
        """Raises NotSql."""
        said = self.said(one.node) if one.node is not None else self.fact(one.path)
        return self.typed(said, one.wanted)

    def recipe(self, plan: Plan, recipe: Recipe) -> Said:
        """What a computed outcome is. Raises NotSql."""
        if recipe.how == "alone":
            raise NotSql("合起来的结果 results put together")
        parts = [self.typed(self.said(plan.outputs[rule]), plan.wanted) for rule in recipe.rules]
        if recipe.how == "one":
            return sq.whole(parts[0])
        if recipe.how in ("any", "first"):
            bits = [
                one.unknown for one in (self.input(plan.inputs[n]) for n in recipe.waits) if one.unknown is not None
            ]
            return sq.agreed([sq.whole(one) for one in parts], f"({' | '.join(bits)})" if bits else None)
        if recipe.how in ("MIN", "MAX"):
            return _without_unknown(sq.extreme(parts, greatest=recipe.how == "MAX"))
        total = parts[0] if parts[0].kind == "number" else sq.nulls(parts[0].unknown)
        for part in parts[1:]:
            both = sq.either(total.unknown, part.unknown, "|")
            total = sq.arithmetic("+", total, part) if part.kind == "number" else sq.nulls(both)
        return _without_unknown(sq.whole(total))

    def _has(self, root: str) -> bool:
        return any(name == root or name.startswith(f"{root}.") for name in self.columns)

    def _bit(self, path: str) -> int:
        place = self.facts.setdefault(path, len(self.facts))
        if place >= MOST_FACTS:
            raise NotSql("未知的事实太多 too many facts that are unknown")
        return 1 << place

    def _type(self, name: str) -> tuple[str, int, int]:
        told = self.types.get(name)
        if told is None:
            raise NotSql(f"“{name}”: 没有这一列 no such column")
        if told in KINDS:
            return KINDS[told], 0, 0
        decimal = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", told)
        width, scale = (int(decimal[1]), int(decimal[2])) if decimal else (WIDTHS.get(told, 0), 0)
        if not width:
            raise NotSql(f"“{name}”: {told}")
        if width > NARROW:
            width = max(scale, 1, min(width, self.digits(name, scale)))
        if width > sq.MOST_WIDTH:
            raise NotSql(f"“{name}”: 超过{sq.MOST_WIDTH}位 more than {sq.MOST_WIDTH} digits")
        return "number", width, scale


def _without_unknown(said: Said) -> Said:
    """As an aggregation takes what is unknown: there is no number, so the result is null."""
    if said.unknown is None:
        return said
    return Said(said.kind, said.sql, said.width, said.scale, sq.either(said.null, f"({said.unknown} <> 0)"))


# --- nodes -----------------------------------------------------------------------------------------------------------


def _binary(on: Writer, node: n.Binary) -> Said:
    sign = node.sign
    if sign not in ("and", "or", "=", "!=", "+", "-", "*", "/", "<", "<=", ">", ">="):
        raise NotSql(f"“{sign}”")
    a, b = on.said(node.left), on.said(node.right)
    if sign in ("and", "or"):
        return sq.connective(a, b, settles=sign == "or")
    if sign in ("=", "!="):
        return sq.equal(a, b) if sign == "=" else sq.opposite(sq.equal(a, b))
    return sq.arithmetic(sign, a, b) if sign in "+-*/" else sq.compare(sign, a, b)


def _between(on: Writer, node: n.Between) -> Said:
    value = on.said(node.value)
    low, high = sq.compare(">=", value, on.said(node.low)), sq.compare("<=", value, on.said(node.high))
    return sq.connective(low, high, settles=False)


def _in(on: Writer, node: n.In) -> Said:
    value, found = on.said(node.value), sq.constant(False)
    for test in node.tests:
        if not isinstance(test, n.Test) or n.mentions(test.operand, INPUT):
            raise NotSql("这种 in this kind of in")
        found = sq.connective(found, _test(on, value, test), settles=True)
    return found


def _test(on: Writer, value: Said, test: n.Test) -> Said:
    if test.sign in ("<", "<=", ">", ">="):
        return sq.compare(test.sign, value, on.said(test.operand))
    if test.sign == "":
        known, operand = constant(test.operand)
        if known and isinstance(operand, Range | list):
            return sq.member(value, operand)
    same = sq.equal(value, on.said(test.operand))
    return sq.opposite(same) if test.sign == "!=" else same


def _call(on: Writer, node: n.Call) -> Said:
    called = node.function.name if isinstance(node.function, n.Name) else ""
    if node.names is not None or on._has(called) or called not in ("min", "max", "not") or not node.arguments:
        raise NotSql(f"函数“{called}” the function “{called}”")
    arguments = [on.said(one) for one in node.arguments]
    if called != "not":
        return sq.extreme(arguments, greatest=called == "max")
    (own,) = arguments if len(arguments) == 1 else (sq.constant(None),)
    return sq.opposite(own) if own.kind == "boolean" else sq.nulls(own.unknown)


_NODES: dict[type[n.Node], Callable[[Writer, Any], Said]] = {
    n.Unary: lambda on, node: sq.negated(on.said(node.operand)), n.Binary: _binary, n.Between: _between, n.In: _in,
    n.If: lambda on, node: sq.chosen(on.said(node.condition), on.said(node.then), on.said(node.otherwise)),
    n.Call: _call,
}  # fmt: skip
