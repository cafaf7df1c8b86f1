"""From the text of a pattern to its tree."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.foundation.feel.patterns.classes import (
    EVERYTHING,
    NEWLINES,
    CharSet,
    category,
    one_char,
    short,
)
from tongqu.foundation.feel.patterns.errors import PatternError

SPECIAL = ".\\?*+()|[]{}^$"
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}
MOST_REPEATS = 100_000
MOST_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Node:
    pass


@dataclass(frozen=True, slots=True)
class Chars(Node):
    set: CharSet


@dataclass(frozen=True, slots=True)
class Edge(Node):
    """`^` or `$`."""

    sign: str


@dataclass(frozen=True, slots=True)
class Row(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either(Node):
    ways: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat(Node):
    part: Node
    least: int
    most: int | None
    greedy: bool


@dataclass(frozen=True, slots=True)
class Group(Node):
    """`number` 0: it captures nothing."""

    part: Node
    number: int


@dataclass(frozen=True, slots=True)
class Again(Node):
    """What the group with this number matched."""

    number: int


class Reader:
    """One pattern being read."""

    def __init__(self, text: str, flags: str) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.any_case, self.dot_all, self.blank = "i" in flags, "s" in flags, "x" in flags
        self.groups = 0
        self.closed: set[int] = set()
        self.refers = False

    def read(self) -> Node:
        node = self.either()
        if self.at < len(self.text):
            raise PatternError("group", self.at)
        return node

    def peek(self) -> str:
        if self.blank:
            while self.at < len(self.text) and self.text[self.at] in " \t\n\r":
                self.at += 1
        return self.text[self.at : self.at + 1]

    def either(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise PatternError("too-large", self.at)
        ways = [self.row()]
        while self.peek() == "|":
            self.at += 1
            ways.append(self.row())
        self.depth -= 1
        return ways[0] if len(ways) == 1 else Either(tuple(ways))

    def row(self) -> Node:
        parts: list[Node] = []
        while (char := self.peek()) and char not in "|)":
            parts.append(self.quantified(self.atom(char)))
        return Row(tuple(parts))

    def quantified(self, atom: Node) -> Node:
        char, start = self.peek(), self.at
        if char and char in "?*+":
            self.at += 1
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[char]
        elif char == "{":
            least, most = self.counts()
        else:
            return atom
        if isinstance(atom, Edge):
            raise PatternError("quantifier", start)
        greedy = self.peek() != "?"
        self.at += not greedy
        if (char := self.peek()) and char in "?*+{":
            raise PatternError("quantifier", self.at)
        return Repeat(atom, least, most, greedy)

    def counts(self) -> tuple[int, int | None]:
        start = self.at
        end = self.text.find("}", start)
        inside = self.text[start + 1 : end] if end > 0 else ""
        low, comma, high = inside.partition(",")
        if not (low.isascii() and low.isdigit()) or (high and not (high.isascii() and high.isdigit())):
            raise PatternError("syntax", start)
        least = int(low)
        most = None if comma and not high else int(high) if comma else least
        if most is not None and most < least:
            raise PatternError("range", start)
        if max(least, most or 0) > MOST_REPEATS:
            raise PatternError("too-large", start)
        self.at = end + 1
        return least, most

    def atom(self, char: str) -> Node:
        start = self.at
        self.at += 1
        if char == ".":
            return Chars(EVERYTHING if self.dot_all else NEWLINES)
        if char == "(":
            return self.group(start)
        if char == "[":
            return Chars(self.chars(start))
        if char == "\\":
            return self.escape(start)
        if char in "^$":
            return Edge(char)
        if char in SPECIAL:
            raise PatternError("quantifier" if char in "?*+" else "syntax", start)
        return Chars(one_char(char, self.any_case))

    def group(self, start: int) -> Node:
        number = 0
        if self.text.startswith("?", self.at):
            if not self.text.startswith("?:", self.at):
                raise PatternError("syntax", start)
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        part = self.either()
        if self.peek() != ")":
            raise PatternError("group", start)
        self.at += 1
        self.closed.add(number)
        return Group(part, number)

    def escape(self, start: int) -> Node:
        self.peek()  # the flag x takes blanks out even here
        char = self.text[self.at : self.at + 1]
        if char.isascii() and char.isdigit() and char != "0":
            return self.again(start)
        found = self.escaped(start)
        return Chars(found if isinstance(found, CharSet) else one_char(found, self.any_case))

    def again(self, start: int) -> Node:
        digits = ""
        while (char := self.text[self.at : self.at + 1]) and char.isascii() and char.isdigit():
            if digits and int(digits + char) > self.groups:
                break
            digits += char
            self.at += 1
        if int(digits) not in self.closed:
            raise PatternError("back-reference", start)
        self.refers = True
        return Again(int(digits))

    def escaped(self, start: int) -> CharSet | str:
        """After a backslash: a class, or one character."""
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char and char in SPECIAL + "-":
            return char
        if char in _PLAIN:
            return _PLAIN[char]
        if char and char in "pP":
            return self.category(start, negated=char == "P")
        found = short(char) if char else None
        if found is None:
            raise PatternError("escape", start)
        return found

    def category(self, start: int, *, negated: bool) -> CharSet:
        end = self.text.find("}", self.at)
        if not self.text.startswith("{", self.at) or end < 0:
            raise PatternError("category", start)
        name = self.text[self.at + 1 : end]
        test = category("".join(name.split()) if self.blank else name)
        if test is None:
            raise PatternError("category", start)
        self.at = end + 1
        return CharSet(tests=(test,), negated=negated)

    # --- classes in brackets ------------------------------------------------------------------------------------------

    def chars(self, start: int) -> CharSet:
        """After `[`."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise PatternError("too-large", self.at)
        negated = self.text.startswith("^", self.at)
        self.at += negated
        ranges: list[tuple[str, str]] = []
        tests: list[CharSet] = []
        minus: CharSet | None = None
        first = self.at
        while not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise PatternError("syntax", start)
            if self.text.startswith("-[", self.at) and self.at > first:
                self.at += 2
                minus = self.chars(self.at - 1)
                if not self.text.startswith("]", self.at):
                    raise PatternError("syntax", self.at)
                break
            self.item(ranges, tests, first)
        if not ranges and not tests:
            raise PatternError("syntax", start)
        self.at += 1
        self.depth -= 1
        return CharSet(tuple(ranges), tuple(one.has for one in tests), negated, minus, self.any_case)

    def item(self, ranges: list[tuple[str, str]], tests: list[CharSet], first: int) -> None:
        """One character, one range or one class."""
        start = self.at
        low = self.single(first)
        if isinstance(low, CharSet):
            tests.append(low)
            return
        after = self.text[self.at + 1 : self.at + 2]
        if not self.text.startswith("-", self.at) or after in ("]", "[", ""):
            ranges.append((low, low))
            return
        self.at += 1
        high = self.single(first)
        if isinstance(high, CharSet):
            raise PatternError("range", start)
        if high < low:
            raise PatternError("range", start)
        ranges.append((low, high))

    def single(self, first: int) -> CharSet | str:
        start = self.at
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "\\":
            return self.escaped(start)
        if not char or char == "[":
            raise PatternError("syntax", start)
        if char == "-" and start != first and not self.text.startswith(("]", "-["), self.at):
            raise PatternError("range", start)
        return char
