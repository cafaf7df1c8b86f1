"""From the text of a pattern to its tree (XPath and XQuery Functions and Operators 3.1, 5.6.1)."""

from __future__ import annotations

from dataclasses import dataclass

from tongqu.foundation.feel.patterns.classes import (
    EVERYTHING,
    NEWLINES,
    SHORT,
    CharSet,
    Range,
    cases,
    category,
    together,
)
from tongqu.foundation.feel.patterns.errors import PatternError, PatternTooLarge

SPECIAL = ".\\?*+()|[]{}^$"
_PLAIN = {"n": "\n", "r": "\r", "t": "\t"}
_BLANKS = " \t\n\r"
MOST_REPEATS = 100_000
MOST_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Node:
    pass


@dataclass(frozen=True, slots=True)
class Char(Node):
    char: str


@dataclass(frozen=True, slots=True)
class Chars(Node):
    set: CharSet


@dataclass(frozen=True, slots=True)
class Edge(Node):
    """`^` or `$`."""

    sign: str


@dataclass(frozen=True, slots=True)
class Row(Node):
    """One after another; none of them is empty itself, so that what is repeated costs what it writes."""

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
    """It captures; a group that does not is its part."""

    part: Node
    number: int


@dataclass(frozen=True, slots=True)
class Again(Node):
    """What the group with this number matched."""

    number: int


NOTHING = Row(())


def literal(char: str, any_case: bool) -> Node:
    forms = cases(char) if any_case else (char,)
    return Char(char) if len(forms) == 1 else Chars(CharSet(tuple((form, form) for form in forms)))


def without_blanks(text: str) -> tuple[str, list[int]]:
    """For the flag x: the pattern without the blanks outside of brackets, and where each character stood."""
    kept: list[int] = []
    depth, escaped = 0, False
    for at, char in enumerate(text):
        if char in _BLANKS and not depth:
            continue
        kept.append(at)
        if escaped or char == "\\":
            escaped = not escaped
        else:
            depth = max(0, depth + (char == "[") - (char == "]"))
    return "".join(text[at] for at in kept), [*kept, len(text)]


class Reader:
    """One pattern being read."""

    def __init__(self, text: str, flags: str) -> None:
        self.text, self.places = text, list(range(len(text) + 1))
        if "x" in flags:
            self.text, self.places = without_blanks(text)
        self.at, self.depth = 0, 0
        self.any_case, self.dot_all = "i" in flags, "s" in flags
        self.groups = 0
        self.closed: set[int] = set()
        self.refers = False

    def wrong(self, code: str, at: int) -> PatternError:
        return PatternError(code, self.places[min(at, len(self.text))])

    def read(self) -> Node:
        node = self.either()
        if self.at < len(self.text):
            raise self.wrong("group", self.at)
        return node

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def either(self) -> Node:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise PatternTooLarge(self.places[self.at])
        ways = [self.row()]
        while self.peek() == "|":
            self.at += 1
            ways.append(self.row())
        self.depth -= 1
        return ways[0] if len(ways) == 1 else Either(tuple(ways))

    def row(self) -> Node:
        parts: list[Node] = []
        while (char := self.peek()) and char not in "|)":
            part = self.quantified(self.atom(char))
            if part != NOTHING:
                parts.append(part)
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def quantified(self, atom: Node) -> Node:
        char, start = self.peek(), self.at
        if char and char in "?*+":
            self.at += 1
            least, most = {"?": (0, 1), "*": (0, None), "+": (1, None)}[char]
        elif char == "{":
            least, most = self.counts()
        else:
            return atom
        if self.text[start - 1] in "^$" and isinstance(atom, Edge):
            raise self.wrong("quantifier", start)
        greedy = self.peek() != "?"
        self.at += not greedy
        if (char := self.peek()) and char in "?*+{":
            raise self.wrong("quantifier", self.at)
        return NOTHING if most == 0 or atom == NOTHING else Repeat(atom, least, most, greedy)

    def counts(self) -> tuple[int, int | None]:
        start = self.at
        end = self.text.find("}", start)
        low, comma, high = self.text[start + 1 : max(end, start)].partition(",")
        least = self.count(low, start)
        most = None if comma and not high else self.count(high, start) if comma else least
        if most is not None and most < least:
            raise self.wrong("range", start)
        self.at = end + 1
        return least, most

    def count(self, digits: str, start: int) -> int:
        if not (digits.isascii() and digits.isdigit()):
            raise self.wrong("syntax", start)
        digits = digits.lstrip("0")[:9]
        if int(digits or "0") > MOST_REPEATS:
            raise PatternTooLarge(self.places[start])
        return int(digits or "0")

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
            raise self.wrong("quantifier" if char in "?*+" else "syntax", start)
        return literal(char, self.any_case)

    def group(self, start: int) -> Node:
        number = 0
        if self.peek() == "?":
            if not self.text.startswith("?:", self.at):
                raise self.wrong("syntax", start)
            self.at += 2
        else:
            self.groups += 1
            number = self.groups
        part = self.either()
        if self.peek() != ")":
            raise self.wrong("group", start)
        self.at += 1
        self.closed.add(number)
        return Group(part, number) if number else part

    def escape(self, start: int) -> Node:
        char = self.peek()
        if char.isascii() and char.isdigit() and char != "0":
            return self.again(start)
        found = self.escaped(start)
        return Chars(found) if isinstance(found, CharSet) else literal(found, self.any_case)

    def again(self, start: int) -> Node:
        """The longest number of a group that began before; one digit at least."""
        number = 0
        while (char := self.peek()) and char in "0123456789":
            if number and 10 * number + int(char) > self.groups:
                break
            number = 10 * number + int(char)
            self.at += 1
        if number not in self.closed:
            raise self.wrong("back-reference", start)
        self.refers = True
        return Again(number)

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
        found = SHORT.get(char)
        if found is None:
            raise self.wrong("escape", start)
        return found

    def category(self, start: int, *, negated: bool) -> CharSet:
        end = self.text.find("}", self.at)
        if not self.text.startswith("{", self.at) or end < 0:
            raise self.wrong("category", start)
        name = self.text[self.at + 1 : end]
        found = category(name, negated)
        if found is None:
            raise self.wrong("category", start)
        self.at = end + 1
        return found

    # --- classes in brackets ------------------------------------------------------------------------------------------

    def chars(self, start: int) -> CharSet:
        """After `[`."""
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise PatternTooLarge(self.places[self.at])
        negated = self.text.startswith("^", self.at)
        self.at += negated
        ranges: list[Range] = []
        tests: dict[CharSet, None] = {}
        minus: CharSet | None = None
        first = self.at
        while not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise self.wrong("syntax", start)
            if self.text.startswith("-[", self.at) and self.at > first:
                self.at += 2
                minus = self.chars(self.at - 1)
                if not self.text.startswith("]", self.at):
                    raise self.wrong("syntax", self.at)
                break
            self.item(ranges, tests, first)
        if not ranges and not tests:
            raise self.wrong("syntax", start)
        self.at += 1
        self.depth -= 1
        any_case = self.any_case and bool(ranges)
        joined = together(tests)
        weighs = sum(one.known.weight for one in joined)
        return CharSet(tuple(ranges), tuple(one.has for one in joined), weighs, negated, minus, any_case)

    def item(self, ranges: list[Range], tests: dict[CharSet, None], first: int) -> None:
        """One character, one range or one class."""
        start = self.at
        low = self.single(first)
        if isinstance(low, CharSet):
            tests[low] = None
            return
        after = self.text[self.at + 1 : self.at + 2]
        if not self.text.startswith("-", self.at) or after in ("]", "[", ""):
            ranges.append((low, low))
            return
        self.at += 1
        high = self.single(first)
        if isinstance(high, CharSet):
            raise self.wrong("range", start)
        if high < low:
            raise self.wrong("range", start)
        ranges.append((low, high))

    def single(self, first: int) -> CharSet | str:
        start = self.at
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "\\":
            return self.escaped(start)
        if not char or char == "[":
            raise self.wrong("syntax", start)
        if char == "-" and start != first and not self.text.startswith(("]", "-["), self.at):
            raise self.wrong("range", start)
        return char
