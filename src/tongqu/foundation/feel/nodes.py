"""The tree of an expression. Each node knows where it stands in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    span: Span


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """Arithmetic negation."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """sign: + - * / ** = != < <= > >= and or"""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    """`value in tests`: any of them."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One unary test on `?`: a comparison with `operand` (sign "" : equal, contained, or true)."""

    sign: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The cell of a decision table: any of the tests, or none of them (`not(…)`). Empty: everything (`-`)."""

    tests: tuple[Test, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class RangeNode(Node):
    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool
    sign: str = ""


@dataclass(frozen=True, slots=True)
class ListNode(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextNode(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    value: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    value: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`names` are those of named arguments, else None."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Domain(Node):
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None = None


@dataclass(frozen=True, slots=True)
class For(Node):
    domains: tuple[Domain, ...]
    result: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    domains: tuple[Domain, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class FunctionNode(Node):
    parameters: tuple[tuple[str, Type | None], ...]
    body: Node


def mentions(node: Node, name: str) -> bool:
    """Whether the name is used somewhere in the tree."""
    return any(isinstance(one, Name) and one.name == name for one in walk(node))


def depth(node: Node) -> int:
    """How many levels the tree has."""
    most = 0
    waiting = [(node, 1)]
    while waiting:
        one, level = waiting.pop()
        most = max(most, level)
        waiting += [(child, level + 1) for child in below(one)]
    return most


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(below(one))


def below(node: Node) -> list[Node]:
    """The nodes right below."""
    found: list[Node] = []
    for field in type(node).__slots__:
        value = getattr(node, field)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Node):
                found.append(one)
            elif isinstance(one, tuple) and len(one) == 2 and isinstance(one[1], Node):
                found.append(one[1])
    return found


def rewritten(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with each node for which `change` gives another in its place; what stands inside a changed one, and
    expressions with names of their own (`for`, filters, functions, contexts), are left as they are."""
    found = change(node)
    if found is not None:
        return found
    if isinstance(node, For | Quantified | FunctionNode | Filter | ContextNode):
        return node

    def part(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(part(one) for one in value)
        return rewritten(value, change) if isinstance(value, Node) else value

    names = [field.name for field in fields(node)]
    return type(node)(*(part(getattr(node, name)) for name in names))


def free_names(node: Node) -> set[str]:
    """Names that the tree takes from outside: none that it gives itself anywhere, and none of a filter's condition,
    which may be members of what is filtered."""
    used: set[str] = set()
    given = {"item", "partial"}
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Name):
            used.add(one.name)
        elif isinstance(one, Domain):
            given.add(one.name)
        elif isinstance(one, ContextNode):
            given |= {name for name, _value in one.entries}
        elif isinstance(one, FunctionNode):
            given |= {name for name, _type in one.parameters}
        waiting += [one.value] if isinstance(one, Filter) else below(one)
    return used - given
