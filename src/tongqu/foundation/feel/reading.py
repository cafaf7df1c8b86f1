"""Reading expressions, cells and types: what the rest of the platform calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeVar

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.parser import Parser
from tongqu.foundation.feel.scanning import Names
from tongqu.foundation.feel.types import Type

MOST_LEVELS = 200
T = TypeVar("T")
Types = Mapping[str, Type] | Callable[[str], Type | None]
NO_TYPES: Types = MappingProxyType({})
BUILTIN_NAMES = Names(BUILTINS)


@lru_cache(maxsize=128)
def _known(names: tuple[str, ...]) -> Names:
    """Shared by the many cells of a table: readers add to scopes of their own only."""
    return Names(names)


def _members(members: Iterable[str]) -> Names:
    return members if isinstance(members, Names) else Names(members)


def read_expression(
    text: str, names: Iterable[str] = (), *, members: Iterable[str] = (), types: Types = NO_TYPES, where: str = ""
) -> n.Node:
    """The tree of an expression. Raises FeelError with the place and plain words.

    `names`: what the expression may use beside built-in functions; `members`: entries of contexts, needed where their
    names hold blanks or signs (`Names` where many texts are read); `types`: named types for `instance of`.
    """
    parser = Parser(text, (BUILTIN_NAMES, _known(tuple(names))), _members(members), types, where)

    def read() -> n.Node:
        node = parser.expression()
        parser.ends()
        return node

    return _flat(parser, read)


def _flat(parser: Parser, read: Callable[[], T]) -> T:
    """What is read, if it can be compiled: a long row of operators or calls nests as brackets do. Raises FeelError."""
    try:
        node = read()
    except RecursionError:
        raise parser.error("too-deep", 0, most=MOST_LEVELS) from None
    if parser.parts > MOST_LEVELS and isinstance(node, n.Node) and n.depth(node) > MOST_LEVELS:
        raise parser.error("too-deep", 0, most=MOST_LEVELS)
    return node


def read_tests(
    text: str, names: Iterable[str] = (), *, members: Iterable[str] = (), types: Types = NO_TYPES, where: str = ""
) -> n.Tests:
    """The tests of a decision table's cell; `-` and nothing at all: everything. Raises FeelError."""
    parser = Parser(text, (BUILTIN_NAMES, _known((*names, "?"))), _members(members), types, where)
    return _flat(parser, parser.unary_tests)


def read_type(text: str, *, types: Types = NO_TYPES, where: str = "") -> Type:
    """A type by its text. Raises FeelError."""
    parser = Parser(text, (), Names(), types, where)

    def read() -> Type:
        found = parser.type()
        parser.ends()
        return found

    return _flat(parser, read)
