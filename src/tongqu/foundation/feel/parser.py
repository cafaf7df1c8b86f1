"""From text to tree: FEEL's grammar (DMN 1.5, 10.3.1.2) by recursive descent.

Names may hold blanks and signs, so that what a name is depends on which names are known: the longest known one wins.
Raises FeelError, with the place and plain words.
"""

from __future__ import annotations

from decimal import Decimal, DecimalException

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel import scanning
from tongqu.foundation.feel.reading_temporal import read_any
from tongqu.foundation.feel.scanning import Names, one_spaced
from tongqu.foundation.feel.type_reading import TypeReader
from tongqu.foundation.feel.types import Type
from tongqu.foundation.feel.values import number

COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
_PRECEDENCE = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6}


class Parser(TypeReader):
    """Expressions and unary tests at the cursor."""

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
            one = self.tried("test", lambda: self.test(alone=True))
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
        self.counted()
        start = self.skip()
        node = self.primary()
        while True:
            self.counted()
            self.skip()
            here = self.text[self.position : self.position + 1]
            if here == "." and self.text[self.position + 1 : self.position + 2] != ".":
                self.position += 1
                node = n.Path(self.span(start), node, self.member())
            elif here == "[":
                filtered = self.tried("filter", lambda node=node: self.filter(start, node))  # type: ignore[misc]
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
            return n.Literal(self.span(start), self.number(found.group(), start))
        return self.worded(start)

    def number(self, text: str, start: int) -> Decimal:
        try:
            return number(text)
        except DecimalException:
            raise self.error("out-of-range", start) from None

    def worded(self, start: int) -> n.Node:
        """What begins with a word: a keyword's expression, or a name."""
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.sees_word(word) and self.name_at(start, min_length=len(word)) is None:
                self.position += len(word)
                return n.Literal(self.span(start), value)
        for word, read in (
            ("if", self.conditional), ("for", self.iteration), ("some", self.quantified), ("every", self.quantified),
        ):  # fmt: skip
            if self.sees_word(word) and self.name_at(start, min_length=len(word)) is None:
                return read(start)
        if self.sees_word("function") and self.text[start + 8 :].lstrip().startswith("("):
            return self.definition(start)
        name = self.name()
        return n.Name(self.span(start), name)

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
            if here == "[" and self.sees("]"):
                leading = self.open_range_first()
                if leading is None:
                    self.wants("]")
                    return n.ListNode(self.span(start), ())
                return self.list_from(start, leading)
            with self.scope(()):
                first = self.expression()
            if self.takes(".."):
                return self.range(start, here, first)
            if here == "(":
                self.wants(")")
                return first
            if here == "]":
                raise self.error("expected", wanted="“..”", found=self.found())
            return self.list_from(start, first)

    def list_from(self, start: int, first: n.Node) -> n.Node:
        items = [first]
        while self.takes(","):
            items.append(self.expression())
        self.wants("]")
        return n.ListNode(self.span(start), tuple(items))

    def open_range_first(self) -> n.Node | None:
        """`]1..5[` as a list's first item, where `[]` alone would be the empty list."""

        def read() -> n.Node:
            item = self.bracket(self.position, "]")
            if not self.sees(",") and not self.sees("]"):
                raise self.error("expected", wanted="“]”", found=self.found())
            return item

        return self.tried("range", read)

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
        keys: set[str] = set()
        with self.deeper(), self.scope(()) as names:
            while not self.sees("}"):
                if entries:
                    self.wants(",")
                key = self.key()
                if key in keys:
                    raise self.error("duplicate-key", name=key)
                keys.add(key)
                self.wants(":")
                entries.append((key, self.expression()))
                names.add(key)
                self.keys.add(key)
        self.wants("}")
        return n.ContextNode(self.span(start), tuple(entries))

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
            self.counted()
            name = self.run()
            parameters.append((name, self.type() if self.takes(":") else None))
        self.wants(")")
        if self.sees_word("external"):
            raise self.error("external")
        with self.deeper(), self.scope([name for name, _type in parameters]):
            body = self.expression()
        return n.FunctionNode(self.span(start), tuple(parameters), body)

    # --- unary tests --------------------------------------------------------------------------------------------

    def unary_tests(self) -> n.Tests:
        """The whole of a decision table's cell."""
        start = self.skip()
        if self.text[start:].strip() in ("-", ""):
            self.position = len(self.text)
            return n.Tests(self.span(start), ())
        negated = self.tried("not", lambda: self.negated_tests(start))
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
