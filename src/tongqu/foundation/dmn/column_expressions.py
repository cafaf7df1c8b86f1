"""FEEL expressions over columns: each node a lane, with null and unknown as the expression gives them row by row.

What is covered: facts by their path, constants, `+ - * /`, comparisons, `and`, `or`, `if`, `between`, `in`, `min`,
`max`, `not`. Anything else raises NotColumns, and the row is left to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tongqu.foundation.dmn import decimals as dec
from tongqu.foundation.dmn import lanes as la
from tongqu.foundation.dmn.analysis import constant
from tongqu.foundation.dmn.lanes import Lane, NotColumns
from tongqu.foundation.dmn.plan import path_of
from tongqu.foundation.dmn.vectors import UNKNOWN, Coded, Computed, Days, Mixed, Numbers, Vector, values_of
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.compiling import INPUT
from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.properties import reach
from tongqu.foundation.feel.running import Run
from tongqu.foundation.feel.types import Type
from tongqu.foundation.feel.values import Range, Unknown

MOST_FACTS = 62  # bits for facts that may be unknown


def paths_in(node: n.Node) -> Iterable[tuple[str, ...]]:
    """The longest paths of facts that an expression reads."""
    found = path_of(node)
    if found is not None:
        yield found
        return
    for name in type(node).__slots__:
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, n.Node):
                yield from paths_in(one)
            elif isinstance(one, tuple) and len(one) == 2 and isinstance(one[1], n.Node):
                yield from paths_in(one[1])


class Facts:
    """Columns by the path of the fact. A path that nobody has given is unknown to all; with `open_`, only where it lies
    in one of these, else null. The bits of unknown facts are given out here, before rows are worked on."""

    def __init__(
        self, columns: Mapping[str, Vector], rows: int, wanted: Iterable[tuple[str, ...]],
        open_: Collection[str] | None = None,
    ) -> None:  # fmt: skip
        self.columns, self.rows, self._open = dict(columns), rows, open_
        self._values: dict[int, Lane] = {}
        self.names: list[frozenset[str]] = []
        self._found: dict[tuple[str, ...], Vector] = {}
        self._why: dict[tuple[str, ...], NotColumns] = {}
        self._bits: dict[int, Any] = {}
        self._facts: dict[str, int] = {}
        for path in dict.fromkeys(wanted):
            try:
                self._found[path] = self._resolved(path)
            except NotColumns as error:
                self._why[path] = error
        for path, one in self._found.items():
            self._bits[id(one)] = self._bits_of(".".join(path), one)

    def find(self, path: tuple[str, ...]) -> Vector:
        """Raises NotColumns."""
        if path in self._found:
            return self._found[path]
        raise self._why[path]

    def unknown_bits(self, column: Vector) -> Any:
        """The bits of each of its values by code; of numbers and days, those of an unknown one alone."""
        return self._bits[id(column)]

    def values(self, column: Coded | Mixed) -> Lane:
        """A lane of its distinct values, made once. Raises NotColumns."""
        found = self._values.get(id(column))
        if found is None:
            found = self._values[id(column)] = _values_lane(column.values)
        return found

    def needs(self, bits: int) -> Unknown:
        return Unknown(frozenset(name for name, bit in self._facts.items() if bits >> bit & 1))

    def has(self, root: str) -> bool:
        return any(name == root or name.startswith(f"{root}.") for name in self.columns)

    def _resolved(self, path: tuple[str, ...]) -> Vector:
        name = ".".join(path)
        inside = any(one.startswith(f"{name}.") for one in self.columns)
        for size in range(len(path), 0, -1):
            column = self.columns.get(".".join(path[:size]))
            if column is not None and not inside:
                return column if size == len(path) else self._reached(column, path, size)
        if inside:
            raise NotColumns(f"“{name}”是一组事实", f"“{name}” is a group of facts")
        known = self._open is not None and not any(name.startswith(f"{one}.") for one in self._open)
        column = self.columns[name] = Coded(np.zeros(self.rows, np.int8), (None if known else UNKNOWN,))
        return column

    def _reached(self, column: Vector, path: tuple[str, ...], size: int) -> Vector:
        """What lies within the values of a column."""
        if not isinstance(column, Coded):
            raise NotColumns(f"“{'.'.join(path)}”是日期或者数字的一部分", f"“{'.'.join(path)}” is a part of a value")
        values = []
        for value in column.values:
            if type(value) is Unknown and not value.needs:
                value = Unknown(frozenset([".".join(path[:size])]))
            for name in path[size:]:
                value = reach(Run(), Span(0, 0), value, name)
            values.append(value)
        return Coded(column.codes, tuple(values))

    def _bits_of(self, name: str, column: Vector) -> Any:
        values: Iterable[Any] = column.values if isinstance(column, Coded | Mixed) else (UNKNOWN,)
        if isinstance(column, Numbers | Days) and column.unknown is None:
            return np.zeros(1, np.int64)
        return np.array([self._mask(name, v) if type(v) is Unknown else 0 for v in values], np.int64)

    def _mask(self, name: str, value: Unknown) -> int:
        found = 0
        for one in value.needs or (name,):
            found |= 1 << self._facts.setdefault(one, len(self._facts))
        if len(self._facts) > MOST_FACTS:
            raise NotColumns("未知的事实太多", "too many facts that are unknown")
        return found


@dataclass(slots=True)
class Part:
    """Some rows: a slice of them, or their numbers. Lanes of facts are made once. `exact`: numbers are decimals."""

    facts: Facts
    rows: Any
    size: int
    exact: bool = False
    _lanes: dict[tuple[str, ...], Lane] = field(default_factory=dict)

    def lane(self, node: n.Node) -> Lane:
        """Raises NotColumns."""
        path = path_of(node)
        if path is not None:
            found = self._lanes.get(path)
            if found is None:
                found = self._lanes[path] = self.fact(self.facts.find(path))
            return found
        known, value = constant(node)
        if known:
            if any(isinstance(one, n.Name) and self.facts.has(one.name) for one in n.walk(node)):
                raise NotColumns("事实与函数同名", "a fact is called as a function is")
            return la.constant_lane(value)
        work = _NODES.get(type(node))
        if work is None:
            raise NotColumns("这种算式", "this kind of expression")
        return work(self, node)

    def fact(self, column: Vector) -> Lane:
        """A column's rows. Raises NotColumns for values of several types."""
        lane = self._whole(column)
        if not self.exact or lane.kind != "number":
            return lane
        data = dec.of_whole(lane.data, lane.scale)
        if lane.alone is not None:
            data[lane.alone] = values_of(column, self.rows[lane.alone])
        return Lane("number", data, 0, (), lane.null, lane.unknown)

    def _whole(self, column: Vector) -> Lane:
        if isinstance(column, Mixed):
            return self._mixed(column)
        if isinstance(column, Coded):
            return self._coded(column)
        unknown = null = alone = None
        if column.unknown is not None:
            unknown = np.where(column.unknown[self.rows], self.facts.unknown_bits(column)[0], 0)
        if column.null is not None:
            null = column.null[self.rows] if unknown is None else column.null[self.rows] & (unknown == 0)
        data = column.data[self.rows].astype(np.int64)
        if isinstance(column, Days):
            return Lane("date", data, 0, (), null, unknown)
        if column.alone is not None:
            alone = column.alone[self.rows]
        return Lane("number", data, column.scale, (), null, unknown, alone)

    def _coded(self, column: Coded | Mixed) -> Lane:
        codes, one = column.codes[self.rows], self.facts.values(column)
        bits = self.facts.unknown_bits(column)
        unknown = bits[codes] if bits.any() else None
        if one.kind == "null":
            return la.nulls(unknown, None)
        null = one.null[codes] if one.null is not None else None
        alone = one.alone[codes] if one.alone is not None else None
        data = codes if one.kind == "string" else one.data[codes]
        return Lane(one.kind, data, one.scale, one.values, null, unknown, alone)

    def _mixed(self, column: Mixed) -> Lane:
        found = self._coded(column)
        for place, own in enumerate(column.computed):
            theirs, found = la.alike(self._whole(own), found)
            found = la.picked(column.here(place)[self.rows], theirs, found)
        return found


def _values_lane(values: Sequence[Any]) -> Lane:
    """A lane with a row for each value, null for what is unknown or computed. Raises NotColumns."""
    known = [None if isinstance(v, Unknown | Computed) else v for v in values]
    kinds = {la.KINDS.get(type(v), "") for v in known if v is not None}
    if len(kinds) > 1 or "" in kinds:
        raise NotColumns("一列里有几种值", "a column with values of several types")
    if not kinds:
        return la.nulls(None, None)
    kind = kinds.pop()
    absent = np.array([v is None and not isinstance(own, Unknown) for v, own in zip(known, values, strict=True)])
    null = absent if absent.any() else None
    if kind == "string":
        return Lane(kind, np.arange(len(known), dtype=np.int32), 0, tuple(v or "" for v in known), null)
    if kind == "number":
        data, scale, odd = _numbers(known)
        return Lane(kind, data, scale, (), null, None, odd)
    if kind == "date":
        return Lane(kind, np.array([0 if v is None else v.number for v in known], np.int64), 0, (), null)
    return Lane(kind, np.array([bool(v) for v in known]), 0, (), null)


def _numbers(known: Sequence[Any]) -> tuple[Any, int, Any]:
    """Whole numbers, their scale, and those that cannot be kept so."""
    parts: list[Lane | None] = []
    for value in known:
        try:
            parts.append(la.constant_lane(value) if value is not None else None)
        except NotColumns:
            parts.append(None)
    scale = min(6, max((one.scale for one in parts if one is not None), default=0))
    whole, odd = np.zeros(len(parts), np.int64), np.zeros(len(parts), bool)
    for place, one in enumerate(parts):
        if one is None or one.scale > scale:
            odd[place] = known[place] is not None
            continue
        ready = la.rescaled(one, scale)
        whole[place] = ready.data[0]
        odd[place] = ready.alone is not None and bool(ready.alone[0])
    return whole, scale, odd if odd.any() else None


def as_typed(lane: Lane, wanted: Type | None) -> Lane:
    """As a type wants it: null for a value of another. Raises NotColumns for a type that is not plain."""
    if wanted is None:
        return lane
    if wanted.name not in ("number", "string", "boolean", "date") or wanted.allowed is not None:
        raise NotColumns(f"类型“{wanted}”有限制", f"the type “{wanted}” is limited")
    return lane if lane.kind in (wanted.name, "null") else la.nulls(lane.unknown, lane.alone)


# --- nodes -----------------------------------------------------------------------------------------------------------


def _unary(part: Part, node: n.Unary) -> Lane:
    return la.negated_number(part.lane(node.operand))


def _binary(part: Part, node: n.Binary) -> Lane:
    sign = node.sign
    if sign not in ("and", "or", "=", "!=", "+", "-", "*", "/", "<", "<=", ">", ">="):
        raise NotColumns(f"“{sign}”", f"“{sign}”")
    a, b = part.lane(node.left), part.lane(node.right)
    if sign in ("and", "or"):
        return la.connective(a, b, settles=sign == "or")
    if sign in ("=", "!="):
        return la.equal(a, b) if sign == "=" else la.opposite(la.equal(a, b))
    return la.arithmetic(sign, a, b) if sign in "+-*/" else la.compare(sign, a, b)


def _if(part: Part, node: n.If) -> Lane:
    return la.chosen(part.lane(node.condition), part.lane(node.then), part.lane(node.otherwise))


def _between(part: Part, node: n.Between) -> Lane:
    value = part.lane(node.value)
    low, high = la.compare(">=", value, part.lane(node.low)), la.compare("<=", value, part.lane(node.high))
    return la.connective(low, high, settles=False)


def _in(part: Part, node: n.In) -> Lane:
    value = part.lane(node.value)
    found: Lane | None = None
    for test in node.tests:
        if not isinstance(test, n.Test) or n.mentions(test.operand, INPUT):
            raise NotColumns("这种 in", "this kind of in")
        one = _test(part, value, test)
        found = la.connective(found or la.constant_lane(False), one, settles=True)
    return found or la.constant_lane(False)


def _test(part: Part, value: Lane, test: n.Test) -> Lane:
    if test.sign in ("<", "<=", ">", ">="):
        return la.compare(test.sign, value, part.lane(test.operand))
    if test.sign == "":
        known, operand = constant(test.operand)
        if known and isinstance(operand, Range | list):
            return _member(value, operand)
    same = la.equal(value, part.lane(test.operand))
    return la.opposite(same) if test.sign == "!=" else same


def _member(value: Lane, of: Range | list[Any]) -> Lane:
    if isinstance(of, list):
        found = la.constant_lane(False)
        for one in of:
            inside = _member(value, one) if isinstance(one, Range) else la.equal(value, la.constant_lane(one))
            found = la.connective(found, inside, settles=True)
        if found.null is None:
            return found
        return la.picked(found.null, la.constant_lane(False), found)
    if of.sign in ("=", "!=") or (not of.sign and (of.start is None or of.end is None)):
        raise NotColumns("这种区间", "this kind of range")
    answers = []
    if of.start is not None:
        answers.append(la.compare(">=" if of.start_included else ">", value, la.constant_lane(of.start)))
    if of.end is not None:
        answers.append(la.compare("<=" if of.end_included else "<", value, la.constant_lane(of.end)))
    if len(answers) == 1:
        return answers[0]
    return la.connective(answers[0], answers[1], settles=False)


def _call(part: Part, node: n.Call) -> Lane:
    called = node.function.name if isinstance(node.function, n.Name) else ""
    if node.names is not None or part.facts.has(called) or called not in ("min", "max", "not") or not node.arguments:
        raise NotColumns(f"函数“{called}”", f"the function “{called}”")
    arguments = [part.lane(one) for one in node.arguments]
    if called != "not":
        return la.extreme(arguments, greatest=called == "max")
    (own,) = arguments if len(arguments) == 1 else (la.constant_lane(None),)
    return la.opposite(own) if own.kind == "boolean" else la.nulls(own.unknown, own.alone)


_NODES: dict[type[n.Node], Callable[[Part, Any], Lane]] = {
    n.Unary: _unary, n.Binary: _binary, n.If: _if, n.Between: _between, n.In: _in, n.Call: _call,
}  # fmt: skip
