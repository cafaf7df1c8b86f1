"""From tree to closures: an expression is compiled once and evaluated often. No `eval`: each node becomes a function.

`compile_node(node)` gives `work(frame)`; `compile_tests(tests)` gives `work(frame, value)` for a cell of a table.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.calling import invoke
from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.iterating import expanded, filtered, for_each, quantified
from tongqu.foundation.feel.nodes import mentions, walk
from tongqu.foundation.feel.properties import reach
from tongqu.foundation.feel.running import MISSING, Frame, Run
from tongqu.foundation.feel.types import instance_of
from tongqu.foundation.feel.values import EXACT, Function, Parameter, Range, Unknown, kind, unknown

Work = Callable[[Frame], Any]
INPUT = "?"


def compile_node(node: n.Node) -> Work:
    return _COMPILERS[type(node)](node)


# --- values and names ------------------------------------------------------------------------------------------------


def _literal(node: n.Literal) -> Work:
    value = node.value
    return lambda frame: value


def _name(node: n.Name) -> Work:
    name, span = node.name, node.span
    builtin = BUILTINS.get(name)

    def work(frame: Frame) -> Any:
        value = frame.find(name)
        return frame.lacks(name, span) if value is MISSING else value

    def own_or_builtin(frame: Frame) -> Any:
        value = frame.find(name, open_=False)
        return builtin if value is MISSING else value

    return work if builtin is None else own_or_builtin


def _list(node: n.ListNode) -> Work:
    items = tuple(compile_node(item) for item in node.items)
    return lambda frame: [item(frame) for item in items]


def _context(node: n.ContextNode) -> Work:
    entries = tuple((name, compile_node(value)) for name, value in node.entries)

    def work(frame: Frame) -> Any:
        found: dict[str, Any] = {}
        inner = Frame(found, frame.run, frame)
        for name, value in entries:
            found[name] = value(inner)
        return found

    return work


def _range(node: n.RangeNode) -> Work:
    if node.sign in ("=", "!=") and node.start is not None:
        return _equal_to(compile_node(node.start), node)
    start = compile_node(node.start) if node.start is not None else None
    end = compile_node(node.end) if node.end is not None else None
    span, start_in, end_in, sign = node.span, node.start_included, node.end_included, node.sign

    def work(frame: Frame) -> Any:
        low = start(frame) if start is not None else None
        high = end(frame) if end is not None else None
        if open_ := unknown((low, high)):
            return open_
        for given, value in ((start, low), (end, high)):
            if given is not None and value is not None and op.order(value, value) is None:
                return frame.run.note("bad-range", span)
        if low is not None and high is not None and op.order(low, high) is None:
            return frame.run.note("bad-range", span)
        if (start is not None and low is None) and (end is not None and high is None):
            return frame.run.note("bad-range", span)
        return Range(low, high, start_in and low is not None, end_in and high is not None, sign)

    return work


def _equal_to(operand: Work, node: n.RangeNode) -> Work:
    def work(frame: Frame) -> Any:
        value = operand(frame)
        if type(value) is Unknown:
            return value
        return Range(value, value, node.start_included, node.end_included, node.sign)

    return work


# --- operators -------------------------------------------------------------------------------------------------------


def _unary(node: n.Unary) -> Work:
    operand, span = compile_node(node.operand), node.span
    return lambda frame: op.negate(frame.run, span, operand(frame))


_EXACT = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply}
_ARITHMETIC: dict[str, Callable[[Run, Span, Any, Any], Any]] = {
    "+": op.add, "-": op.subtract, "*": op.multiply, "/": op.divide, "**": op.power,
}  # fmt: skip


def _binary(node: n.Binary) -> Work:
    left, right, sign, span = compile_node(node.left), compile_node(node.right), node.sign, node.span
    if sign == "and":
        return _connective(left, right, span, settles=False)
    if sign == "or":
        return _connective(left, right, span, settles=True)
    if sign in ("=", "!="):
        return _equality(left, right, span, negated=sign == "!=")
    if sign in _EXACT:
        return _numbers_first(left, right, span, sign)
    if sign in _ARITHMETIC:
        slow = _ARITHMETIC[sign]
        return lambda frame: slow(frame.run, span, left(frame), right(frame))
    return lambda frame: op.compare(frame.run, span, sign, left(frame), right(frame))


def _numbers_first(left: Work, right: Work, span: Span, sign: str) -> Work:
    fast, slow = _EXACT[sign], _ARITHMETIC[sign]

    def work(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        if type(a) is Decimal and type(b) is Decimal:
            try:
                return fast(a, b)
            except DecimalException:
                return frame.run.note("out-of-range", span)
        return slow(frame.run, span, a, b)

    return work


def _equality(left: Work, right: Work, span: Span, *, negated: bool) -> Work:
    def work(frame: Frame) -> Any:
        a, b = left(frame), right(frame)
        answer = op.equal(a, b)
        if answer is None:
            return frame.run.note("not-comparable", span, left=kind(a), right=kind(b))
        return _negated(answer) if negated else answer

    return work


def _connective(left: Work, right: Work, span: Span, *, settles: bool) -> Work:
    """`and` (settled by false) and `or` (settled by true); the right side is not asked where the left one settles."""
    neutral = not settles

    def work(frame: Frame) -> Any:
        a = left(frame)
        if a is settles:
            return settles
        b = right(frame)
        if b is settles:
            return settles
        if a is neutral and b is neutral:
            return neutral
        return _three_valued(frame.run, span, a, b)

    return work


def _three_valued(run: Run, span: Span, a: Any, b: Any) -> Any:
    """What neither side settled: unknown, or null; a value that is no boolean is told of."""
    for value in (a, b):
        if value is not None and type(value) not in (bool, Unknown):
            run.note("not-boolean", span, kind=kind(value))
    return unknown((a, b))


def _between(node: n.Between) -> Work:
    value, low, high, span = compile_node(node.value), compile_node(node.low), compile_node(node.high), node.span

    def work(frame: Frame) -> Any:
        one = value(frame)
        return op.conjunction([
            op.compare(frame.run, span, ">=", one, low(frame)), op.compare(frame.run, span, "<=", one, high(frame)),
        ])  # fmt: skip

    return work


def _in(node: n.In) -> Work:
    value = compile_node(node.value)
    tests = [compile_test(test, boolean=False) for test in node.tests if isinstance(test, n.Test)]

    def work(frame: Frame) -> Any:
        one = value(frame)
        return op.disjunction([test(frame, one) for test in tests])

    return work


def compile_test(test: n.Test, *, boolean: bool) -> Callable[[Frame, Any], Any]:
    """One unary test: true, false, unknown or null for a value. `boolean`: of a cell, where an expression that
    mentions `?`, or is true of another kind of input, decides by itself."""
    operand, sign, span = compile_node(test.operand), test.sign, test.span
    inner = mentions(test.operand, INPUT)
    boolean = boolean and any(isinstance(one, n.Name) for one in walk(test.operand))  # not a plain `true`

    def work(frame: Frame, value: Any) -> Any:
        at = Frame({INPUT: value}, frame.run, frame) if inner else frame
        other = operand(at)
        if sign in ("", "="):
            if inner and type(other) is bool:
                return other
            if sign == "" and boolean and other is True and type(value) is not bool and type(value) is not Unknown:
                return True
            return op.member(frame.run, span, value, other) if not sign else op.equal(value, other)
        if sign == "!=":
            return _negated(op.equal(value, other))
        return op.compare(frame.run, span, sign, value, other)

    return work


def compile_tests(tests: n.Tests) -> Callable[[Frame, Any], Any]:
    """A cell: true, false, unknown or null for an input's value."""
    if not tests.tests:
        return lambda frame, value: True
    works = [compile_test(test, boolean=True) for test in tests.tests]
    if tests.negated:
        return lambda frame, value: _negated(op.disjunction([w(frame, value) for w in works]))
    if len(works) == 1:
        return works[0]
    return lambda frame, value: op.disjunction([w(frame, value) for w in works])


def _negated(answer: Any) -> Any:
    return answer if answer is None or type(answer) is Unknown else not answer


# --- paths, filters, calls -------------------------------------------------------------------------------------------


def _path(node: n.Path) -> Work:
    value, name, span = compile_node(node.value), node.name, node.span
    return lambda frame: reach(frame.run, span, value(frame), name)


def _filter(node: n.Filter) -> Work:
    value, condition, span = compile_node(node.value), compile_node(node.condition), node.span
    return lambda frame: filtered(frame, span, value(frame), condition)


def _call(node: n.Call) -> Work:
    function, names, span = compile_node(node.function), node.names, node.span
    arguments = tuple(compile_node(argument) for argument in node.arguments)
    called = node.function.name if isinstance(node.function, n.Name) else ""

    def work(frame: Frame) -> Any:
        target = function(frame)
        values = [argument(frame) for argument in arguments]
        if target is None:
            return frame.run.note("not-a-function", span, name=called or "null")
        return invoke(frame.run, span, target, values, names)

    return work


# --- keywords' expressions -------------------------------------------------------------------------------------------


def _if(node: n.If) -> Work:
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    return conditional(condition, then, otherwise, node.span, strict=False)


def conditional(condition: Work, then: Work, otherwise: Work, span: Span, *, strict: bool) -> Work:
    """One way or the other; both, where the condition is unknown. A condition that is no boolean is told of and takes
    the other way, or gives null where it is `strict`."""

    def work(frame: Frame) -> Any:
        answer = condition(frame)
        if answer is True:
            return then(frame)
        if type(answer) is Unknown:
            return _either(answer, then(frame), otherwise(frame))
        if answer is not None and answer is not False:
            frame.run.note("not-boolean", span, kind=kind(answer))
            if strict:
                return None
        return otherwise(frame)

    return work


def _either(answer: Unknown, a: Any, b: Any) -> Any:
    """What both ways lead to, whichever is taken; else unknown."""
    if op.equal(a, b) is True:
        return a
    return unknown((answer, a, b))


def _for(node: n.For) -> Work:
    return for_each(_domains(node.domains), compile_node(node.result), node.span, mentions(node.result, "partial"))


def _quantified(node: n.Quantified) -> Work:
    return quantified(_domains(node.domains), compile_node(node.condition), node.span, settles=not node.every)


def _domains(domains: tuple[n.Domain, ...]) -> list[tuple[str, Callable[[Frame], Any]]]:
    found: list[tuple[str, Callable[[Frame], Any]]] = []
    for one in domains:
        source = compile_node(one.source)
        end = compile_node(one.end) if one.end is not None else None
        found.append((one.name, _source(source, end, one.span)))
    return found


def _source(source: Work, end: Work | None, span: Span) -> Callable[[Frame], Any]:
    if end is None:
        return lambda frame: expanded(frame.run, span, source(frame))
    last = end
    return lambda frame: expanded(frame.run, span, _steps(frame, span, source(frame), last(frame)))


def _steps(frame: Frame, span: Span, start: Any, end: Any) -> Any:
    if open_ := unknown((start, end)):
        return open_
    if start is None or end is None or op.order(start, end) is None:
        return frame.run.note("bad-range", span)
    return Range(start, end)


def _instance_of(node: n.InstanceOf) -> Work:
    value, wanted = compile_node(node.value), node.type

    def work(frame: Frame) -> Any:
        one = value(frame)
        return one if type(one) is Unknown else instance_of(one, wanted)

    return work


def _function(node: n.FunctionNode) -> Work:
    body = compile_node(node.body)
    parameters = tuple(Parameter(name, of) for name, of in node.parameters)
    names = [p.name for p in parameters]

    def work(frame: Frame) -> Any:
        def call(run: Run, span: Span, values: list[Any]) -> Any:
            return body(Frame(dict(zip(names, values, strict=True)), run, frame))

        return Function("", parameters, call)

    return work


_COMPILERS: dict[type[n.Node], Callable[[Any], Work]] = {
    n.Literal: _literal, n.Name: _name, n.ListNode: _list, n.ContextNode: _context, n.RangeNode: _range,
    n.Unary: _unary, n.Binary: _binary, n.Between: _between, n.In: _in, n.Path: _path, n.Filter: _filter,
    n.Call: _call, n.If: _if, n.For: _for, n.Quantified: _quantified, n.InstanceOf: _instance_of,
    n.FunctionNode: _function,
}  # fmt: skip
