"""Conditions in FEEL: `when: {feel: 'area >= 500 and list contains(items, "hot_food")'}`.

Read with the types of the form's elements, and checked before publication.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from tongqu.foundation.conditions import Kinds
from tongqu.foundation.feel import nodes
from tongqu.foundation.feel.diagnostics import Diagnostic, FeelError, LimitExceeded
from tongqu.foundation.feel.evaluating import compile_expression
from tongqu.foundation.feel.temporal import Date

SAMPLES: dict[str, Any] = {
    "number": Decimal(1), "date": Date(2026, 1, 1), "list": ["x"], "string": "x", "boolean": True,
}  # fmt: skip


def problems_of(text: str, kinds: Kinds, choices: Mapping[str, frozenset[str] | None]) -> Iterator[Diagnostic | str]:
    """What cannot be read, names nobody knows, types that do not go together, and values that a field never has.

    A text says what is wrong where no place can be told.
    """
    try:
        expression = compile_expression(text, sorted(kinds))
        answer = expression.evaluate({name: SAMPLES[kind] for name, kind in kinds.items()})
    except (FeelError, LimitExceeded) as error:
        yield error.problem
        return
    yield from answer.notes
    if not answer.notes and type(answer.value) is not bool:
        yield "not-boolean"
    for name, value in compared(expression.node):
        can_be = choices.get(name)
        if can_be is not None and value not in can_be:
            yield f"{name} = {value}"


def compared(node: nodes.Node) -> Iterator[tuple[str, str]]:
    """(field, text) of each comparison of a field, or of each of its values (`some x in field satisfies …`), with a
    text."""
    each = {
        domain.name: domain.source.name
        for one in nodes.walk(node) if isinstance(one, nodes.Quantified | nodes.For)
        for domain in one.domains if isinstance(domain.source, nodes.Name)
    }  # fmt: skip
    yield from ((each.get(name, name), value) for name, value in _comparisons(node))


def _comparisons(node: nodes.Node) -> Iterator[tuple[str, str]]:
    for one in nodes.walk(node):
        if isinstance(one, nodes.Binary) and one.sign in ("=", "!="):
            yield from _pair(one.left, one.right)
            yield from _pair(one.right, one.left)
        elif isinstance(one, nodes.In):
            for test in one.tests:
                if isinstance(test, nodes.Test):
                    yield from _pair(one.value, test.operand)
        elif isinstance(one, nodes.Call) and len(one.arguments) == 2 and _calls(one, "list contains"):
            yield from _pair(*one.arguments)


def _calls(one: nodes.Call, name: str) -> bool:
    return isinstance(one.function, nodes.Name) and one.function.name == name


def _pair(field: nodes.Node, value: nodes.Node) -> Iterator[tuple[str, str]]:
    if isinstance(field, nodes.Name) and isinstance(value, nodes.Literal) and isinstance(value.value, str):
        yield field.name, value.value
