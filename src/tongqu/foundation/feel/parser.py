"""From text to tree: FEEL's grammar (DMN 1.5, 10.3.1.2) by recursive descent.

Names may hold blanks and signs, so that what a name is depends on which names are known: the longest known one wins.
Raises FeelError, with the place and plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel import scanning
from tongqu.foundation.feel.diagnostics import FeelError, Span, diagnostic
from tongqu.foundation.feel.reading_temporal import read_any
from tongqu.foundation.feel.scanning import KEYWORDS, Names, one_spaced, unescaped
from tongqu.foundation.feel.types import SIMPLE, Type
from tongqu.foundation.feel.values import number

MOST_DEPTH = 60
MOST_LENGTH = 200_000
COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
_PRECEDENCE = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6}


class Parser:
    """One text being read. `names`: what may be used; `members`: names that contexts have, for paths and filters."""

    def __init__(
        self, text: str, names: Sequence[Names], members: Names,
        types: Mapping[str, Type] | Callable[[str], Type | None], where: str = "",
    ) -> None:  # fmt: skip
        self.text, self.where, self.position, self.depth = text, where, 0, 0
        self.scopes: list[Names] = [*names]
        self.members, self.types = members, types
        self.keys = Names()  # of contexts in this text: members, too
        self.in_filter = 0
        if len(text) > MOST_LENGTH:
            raise self.error("too-long", most=MOST_LENGTH)

    # --- the ground ---------------------------------------------------------------------------------------------

    def error(self, code: str, start: int | None = None, end: int | None = None, **facts: object) -> FeelError:
        first = self.position if start is None else start
        last = end if end is not None else max(first + 1, self.position)
        return FeelError(diagnostic(code, Span(first, last, self.where), **facts))

    def span(self, start: int) -> Span:
        return Span(start, self.position, self.where)

    def skip(self) -> int:
        found = scanning.SKIP.match(self.text, self.position)
        self.position = found.end() if found else self.position
        return self.position

    def found(self) -> str:
        """What stands here, for an error."""
        rest = self.text[self.position : self.position + 20].split("\n")[0]
        return f"“{rest}”" if rest else "结尾 (end)"

    def sees(self, sign: str) -> bool:
        self.skip()
        return self.text.startswith(sign, self.position)

    def takes(self, sign: str) -> bool:
        if self.sees(sign):
            self.position += len(sign)
            return True
        return False

    def wants(self, sign: str) -> None:
        if not self.takes(sign):
            raise self.error("expected", wanted=f"“{sign}”", found=self.found())

    def sees_word(self, word: str) -> bool:
        self.skip()
        end = self.position + len(word)
        return self.text.startswith(word, self.position) and not scanning.PART_CHAR.match(self.text, end)

    def takes_word(self, word: str) -> bool:
        if self.sees_word(word):
            self.position += len(word)
            return True
        return False

    def wants_word(self, word: str) -> None:
        if not self.takes_word(word):
            raise self.error("expected", wanted=f"“{word}”", found=self.found())

    def ends(self) -> None:
        self.skip()
        if self.position < len(self.text):
            raise self.error("syntax", end=len(self.text), found=self.found())

    @contextmanager
    def deeper(self) -> Any:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self.error("too-deep", most=MOST_DEPTH)
        yield
        self.depth -= 1

    @contextmanager
    def scope(self, names: Iterable[str]) -> Any:
        self.scopes.append(Names(names))
        yield self.scopes[-1]
        self.scopes.pop()

    def tried(self, read: Callable[[], n.Node]) -> n.Node | None:
        """What `read` reads here, or None and the position as it was."""
        kept = self.position, self.depth, len(self.scopes), self.in_filter
        try:
            return read()
        except FeelError as error:
            if error.problem.code == "too-deep":
                raise
            self.position, self.depth, length, self.in_filter = kept
            del self.scopes[length:]
            return None

    # --- expressions --------------------------------------------------------------------------------------------

    def expression(self) -> n.Node:
        with self.deeper():
            return self.operation(0)

    def operation(self, least: int) -> n.Node:
        """Operators by precedence, each to the left."""
        start = self.skip()
        left = self.negation()
        while True:
            if least <= 3 and (compared := self.comparison(start, left)) is not None:
                left = compared
                continue
            sign = self.operator()
            if sign is None or _PRECEDENCE[sign] < least:
                return left
            self.position += len(sign)
            right = self.operation(_PRECEDENCE[sign] + 1)
            left = n.Binary(self.span(start), sign, left, right)

    def operator(self) -> str | None:
        self.skip()
        for sign in ("**", "+", "-", "*", "/"):
            if self.text.startswith(sign, self.position):
                return sign
        return next((word for word in ("and", "or") if self.sees_word(word)), None)

    def comparison(self, start: int, left: n.Node) -> n.Node | None:
        """`= != < <= > >= between in` after their left side; None where none of them follows."""
        self.skip()
        for sign in COMPARISONS:
            if self.text.startswith(sign, self.position):
                self.position += len(sign)
                right = self.operation(4)
                return n.Binary(self.span(start), sign, left, right)
        if self.takes_word("between"):
            low = self.operation(4)
            self.wants_word("and")
            high = self.operation(4)
            return n.Between(self.span(start), left, low, high)
        if self.takes_word("in"):
            tests = self.in_tests()
            return n.In(self.span(start), left, tests)
        return None

    def in_tests(self) -> tuple[n.Node, ...]:
        """After `in`: one test, or several in parentheses."""
        kept = self.skip()
        if self.sees("("):
            one = self.tried(lambda: self.test(alone=True))
            if one is not None:
                return (one,)
            self.position = kept
            self.wants("(")
            found = self.tests_in_a_row()
            self.wants(")")
            return tuple(found)
        return (self.test(alone=True),)

    def negation(self) -> n.Node:
        start = self.skip()
        if self.text.startswith("-", start):
            self.position += 1
            with self.deeper():
                operand = self.negation()
            return n.Unary(self.span(start), operand)
        return self.postfix()

    def postfix(self) -> n.Node:
        """Paths, filters, calls and `instance of` after a primary expression."""
        start = self.skip()
        node = self.primary()
        while True:
            self.skip()
            here = self.text[self.position : self.position + 1]
            if here == "." and self.text[self.position + 1 : self.position + 2] != ".":
                self.position += 1
                node = n.Path(self.span(start), node, self.member())
            elif here == "[":
                filtered = self.tried(lambda node=node: self.filter(start, node))  # type: ignore[misc]
                if filtered is None:
                    return node  # the open end of a range: `]1..5[`
                node = filtered
            elif here == "(":
                node = self.call(start, node)
            elif self.sees_word("instance"):
                self.position += len("instance")
                self.wants_word("of")
                node = n.InstanceOf(self.span(start), node, self.type())
            else:
                return node

    def filter(self, start: int, node: n.Node) -> n.Node:
        self.wants("[")
        self.in_filter += 1
        with self.scope(["item"]):
            condition = self.expression()
        self.in_filter -= 1
        self.wants("]")
        return n.Filter(self.span(start), node, condition)

    def call(self, start: int, node: n.Node) -> n.Node:
        self.wants("(")
        arguments: list[n.Node] = []
        names: list[str] = []
        while not self.sees(")"):
            if arguments:
                self.wants(",")
            self.skip()
            named = scanning.ARGUMENT_NAME.match(self.text, self.position)
            if named is not None and (names or not arguments):
                self.position = named.end()
                names.append(one_spaced(named.group(1)))
            elif names:
                raise self.error("expected", wanted="“名称：” name:", found=self.found())
            arguments.append(self.expression())
        self.wants(")")
        return n.Call(self.span(start), node, tuple(arguments), tuple(names) if names else None)

    # --- primary expressions ------------------------------------------------------------------------------------

    def primary(self) -> n.Node:
        start = self.skip()
        here = self.text[start : start + 1]
        if here == '"':
            return n.Literal(*self.string(start))
        if here == "@":
            return self.at_literal(start)
        if here in "([]" and here:
            return self.bracket(start, here)
        if here == "{":
            return self.context(start)
        if here == "?":
            self.position += 1
            return n.Name(self.span(start), "?")
        found = scanning.NUMBER.match(self.text, start)
        if found:
            self.position = found.end()
            if self.text.startswith(".", found.end()) and not self.text.startswith("..", found.end()):
                raise self.error("syntax", found=self.found())
            return n.Literal(self.span(start), number(found.group()))
        return self.worded(start)

    def worded(self, start: int) -> n.Node:
        """What begins with a word: a keyword's expression, or a name."""
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.sees_word(word) and self.name_at(start, min_length=len(word)) is None:
                self.position += len(word)
                return n.Literal(self.span(start), value)
        for word, read in (
            ("if", self.conditional), ("for", self.iteration), ("some", self.quantified), ("every", self.quantified),
        ):  # fmt: skip
            if self.sees_word(word):
                return read(start)
        if self.sees_word("function") and self.text[start + 8 :].lstrip().startswith("("):
            return self.definition(start)
        name = self.name()
        return n.Name(self.span(start), name)

    def string(self, start: int) -> tuple[Span, str]:
        found = scanning.STRING.match(self.text, start)
        if found is None:
            raise self.error("unfinished-text", end=len(self.text))
        self.position = found.end()
        return self.span(start), unescaped(found.group(1))

    def at_literal(self, start: int) -> n.Node:
        self.position += 1
        if not self.text.startswith('"', self.position):
            raise self.error("expected", wanted='“"”', found=self.found())
        _span, text = self.string(self.position)
        value = read_any(text)
        if value is None:
            raise self.error("bad-literal", start, text=text)
        return n.Literal(self.span(start), value)

    def bracket(self, start: int, here: str) -> n.Node:
        """A range, a list, or an expression in parentheses."""
        self.position += 1
        with self.deeper():
            if here == "(":
                for sign in COMPARISONS:
                    if self.takes(sign):
                        return self.one_sided(start, sign)
            if here == "[" and self.takes("]"):
                return n.ListNode(self.span(start), ())
            with self.scope(()):
                first = self.expression()
            if self.takes(".."):
                return self.range(start, here, first)
            if here == "(":
                self.wants(")")
                return first
            if here == "]":
                raise self.error("expected", wanted="“..”", found=self.found())
            items = [first]
            while self.takes(","):
                items.append(self.expression())
            self.wants("]")
            return n.ListNode(self.span(start), tuple(items))

    def range(self, start: int, opening: str, first: n.Node) -> n.Node:
        last = self.expression()
        self.skip()
        closing = self.text[self.position : self.position + 1]
        if closing not in (")", "]", "["):
            raise self.error("expected", wanted="“]”", found=self.found())
        self.position += 1
        return n.RangeNode(self.span(start), first, last, opening == "[", closing == "]")

    def one_sided(self, start: int, sign: str) -> n.Node:
        """`(< 5)` as a range."""
        end = self.expression()
        self.wants(")")
        span = self.span(start)
        if sign in ("=", "!="):
            return n.RangeNode(span, end, end, sign == "=", sign == "=", sign)
        if sign in ("<", "<="):
            return n.RangeNode(span, None, end, False, sign == "<=", sign)
        return n.RangeNode(span, end, None, sign == ">=", False, sign)

    def context(self, start: int) -> n.Node:
        self.wants("{")
        entries: list[tuple[str, n.Node]] = []
        with self.deeper(), self.scope(()) as names:
            while not self.sees("}"):
                if entries:
                    self.wants(",")
                key = self.key()
                if any(key == one for one, _value in entries):
                    raise self.error("duplicate-key", name=key)
                self.wants(":")
                entries.append((key, self.expression()))
                names.add(key)
                self.keys.add(key)
        self.wants("}")
        return n.ContextNode(self.span(start), tuple(entries))

    def key(self) -> str:
        start = self.skip()
        if self.text.startswith('"', start):
            return self.string(start)[1]
        found = scanning.KEY.match(self.text, start)
        if found is None or not found.group(1).strip():
            raise self.error("expected", wanted="名称 a name", found=self.found())
        self.position = found.end(1)
        return one_spaced(found.group(1))

    # --- keywords' expressions ----------------------------------------------------------------------------------

    def conditional(self, start: int) -> n.Node:
        self.wants_word("if")
        condition = self.expression()
        self.wants_word("then")
        then = self.expression()
        self.wants_word("else")
        return n.If(self.span(start), condition, then, self.expression())

    def iteration(self, start: int) -> n.Node:
        self.wants_word("for")
        with self.scope(()) as names:
            domains = self.domains(names)
            self.wants_word("return")
            names.add("partial")
            result = self.expression()
        return n.For(self.span(start), domains, result)

    def quantified(self, start: int) -> n.Node:
        every = self.takes_word("every")
        if not every:
            self.wants_word("some")
        with self.scope(()) as names:
            domains = self.domains(names)
            self.wants_word("satisfies")
            condition = self.expression()
        return n.Quantified(self.span(start), every, domains, condition)

    def domains(self, names: Names) -> tuple[n.Domain, ...]:
        found: list[n.Domain] = []
        while not found or self.takes(","):
            start = self.skip()
            name = self.run()
            self.wants_word("in")
            source = self.expression()
            end = self.expression() if self.takes("..") else None
            found.append(n.Domain(self.span(start), name, source, end))
            names.add(name)
        return tuple(found)

    def definition(self, start: int) -> n.Node:
        self.wants_word("function")
        self.wants("(")
        parameters: list[tuple[str, Type | None]] = []
        while not self.sees(")"):
            if parameters:
                self.wants(",")
            name = self.run()
            parameters.append((name, self.type() if self.takes(":") else None))
        self.wants(")")
        if self.sees_word("external"):
            raise self.error("external")
        with self.deeper(), self.scope([name for name, _type in parameters]):
            body = self.expression()
        return n.FunctionNode(self.span(start), tuple(parameters), body)

    # --- names --------------------------------------------------------------------------------------------------

    def name_at(self, position: int, *, min_length: int = 0) -> tuple[str, int] | None:
        """The longest known name here that is longer than `min_length`."""
        sources = [*self.scopes, self.members, self.keys] if self.in_filter else self.scopes
        found = [one for names in sources if (one := names.at(self.text, position))]
        best = max(found, key=lambda one: one[1], default=None)
        return best if best is not None and best[1] - position > min_length else None

    def name(self) -> str:
        """A name in an expression: the longest known one, unless a word that is none goes on from it."""
        start = self.skip()
        known = self.name_at(start)
        if known is not None:
            name, end = known
            gap = scanning.SKIP.match(self.text, end)
            after = gap.end() if gap else end
            more = scanning.IDENTIFIER.match(self.text, after) if after > end else None
            if more is None or more.group() in KEYWORDS:
                self.position = end
                return name
        return self.run()

    def run(self) -> str:
        """Words one after another up to a keyword, as one name."""
        words: list[str] = []
        end = self.position
        while True:
            start = self.skip()
            found = scanning.IDENTIFIER.match(self.text, start)
            if found is None or found.group() in KEYWORDS:
                break
            words.append(found.group())
            end = self.position = found.end()
        if not words:
            raise self.error("expected", wanted="名称 a name", found=self.found())
        self.position = end
        return " ".join(words)

    def member(self) -> str:
        """What stands after a dot."""
        start = self.skip()
        both = (self.members.at(self.text, start), self.keys.at(self.text, start))
        known = max((one for one in both if one is not None), key=lambda one: one[1], default=None)
        plain = scanning.IDENTIFIER.match(self.text, start)
        if known is not None and (plain is None or known[1] >= plain.end()):
            self.position = known[1]
            return known[0]
        return self.run()

    # --- unary tests --------------------------------------------------------------------------------------------

    def unary_tests(self) -> n.Tests:
        """The whole of a decision table's cell."""
        start = self.skip()
        if self.text[start:].strip() in ("-", ""):
            self.position = len(self.text)
            return n.Tests(self.span(start), ())
        negated = self.tried(lambda: self.negated_tests(start))
        if isinstance(negated, n.Tests):
            return negated
        tests = self.tests_in_a_row()
        self.ends()
        return n.Tests(self.span(start), tuple(tests))

    def negated_tests(self, start: int) -> n.Tests:
        self.wants_word("not")
        self.wants("(")
        tests = self.tests_in_a_row()
        self.wants(")")
        self.ends()
        return n.Tests(self.span(start), tuple(tests), True)

    def tests_in_a_row(self) -> list[n.Test]:
        tests = [self.test()]
        while self.takes(","):
            tests.append(self.test())
        return tests

    def test(self, *, alone: bool = False) -> n.Test:
        """A comparison without its left side, or an expression; `alone`: after `in` without parentheses."""
        start = self.skip()
        for sign in COMPARISONS:
            if self.takes(sign):
                operand = self.operation(4)
                return n.Test(self.span(start), sign, operand)
        operand = self.operation(4) if alone else self.expression()
        return n.Test(self.span(start), "", operand)

    # --- types --------------------------------------------------------------------------------------------------

    def type(self) -> Type:
        start = self.skip()
        for name in ("list", "range", "context", "function"):
            if self.sees_word(name) and self.text[start + len(name) :].lstrip().startswith("<"):
                self.position += len(name)
                self.wants("<")
                return getattr(self, f"_{name}_type")()  # type: ignore[no-any-return]
        return self.named_type(start)

    def named_type(self, start: int) -> Type:
        names = Names(SIMPLE)
        known = names.at(self.text, start)
        custom = self._custom_type(start)
        if custom is not None and (known is None or custom[1] >= known[1]):
            self.position = custom[1]
            return custom[0]
        if known is None:
            raise self.error("unknown-type", name=self.run())
        self.position = known[1]
        return SIMPLE[known[0]]

    def _custom_type(self, start: int) -> tuple[Type, int] | None:
        if callable(self.types):
            words = self.tried_run()
            if words is None:
                return None
            text, end = words
            self.position = start
            found = self.types(text)
            return (found, end) if found is not None else None
        best = Names(self.types).at(self.text, start)
        return (self.types[best[0]], best[1]) if best else None

    def tried_run(self) -> tuple[str, int] | None:
        """A type's name with its dots, and where it ends."""
        kept = self.position
        try:
            parts = [self.run()]
            while self.text.startswith(".", self.position) and not self.text.startswith("..", self.position):
                self.position += 1
                parts.append(self.run())
            return ".".join(parts), self.position
        except FeelError:
            self.position = kept
            return None

    def _list_type(self) -> Type:
        of = self.type()
        self.wants(">")
        return Type("list", of=of)

    def _range_type(self) -> Type:
        of = self.type()
        self.wants(">")
        return Type("range", of=of)

    def _context_type(self) -> Type:
        fields: dict[str, Type] = {}
        while not fields or self.takes(","):
            name = self.key()
            self.wants(":")
            fields[name] = self.type()
        self.wants(">")
        return Type("context", fields=fields)

    def _function_type(self) -> Type:
        parameters: list[Type] = []
        while not self.sees(">"):
            if parameters:
                self.wants(",")
            parameters.append(self.type())
        self.wants(">")
        self.wants("->")
        return Type("function", parameters=tuple(parameters), result=self.type())
