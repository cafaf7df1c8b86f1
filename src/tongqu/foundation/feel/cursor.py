"""A place in a text: what stands there, the names that are known there, and errors with their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel import scanning
from tongqu.foundation.feel.diagnostics import FeelError, Span, diagnostic
from tongqu.foundation.feel.scanning import KEYWORDS, Names, one_spaced, unescaped
from tongqu.foundation.feel.types import Type

MOST_DEPTH = 60
MOST_LENGTH = 100_000
MOST_PARTS = 8_000


class Cursor:
    """One text being read. `names`: what may be used; `members`: names that contexts have, for paths and filters."""

    def __init__(
        self, text: str, names: Sequence[Names], members: Names,
        types: Mapping[str, Type] | Callable[[str], Type | None], where: str = "",
    ) -> None:  # fmt: skip
        self.text, self.where, self.position, self.depth, self.parts = text, where, 0, 0, 0
        self.scopes: list[Names] = [*names]
        self.members, self.types = members, types
        self.keys = Names()  # of contexts in this text: members, too
        self.in_filter = 0
        self.failed: set[tuple[str, int, int, int]] = set()  # what was tried where and is not there
        if len(text) > MOST_LENGTH:
            raise self.error("too-long", most=MOST_LENGTH)
        if (half := scanning.SURROGATE.search(text)) is not None:
            raise self.error("syntax", half.start(), found=f"“\\u{ord(half.group()):04x}”")

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

    def counted(self) -> None:
        """One more part read: what is read again after a failed attempt counts again."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise self.error("too-many-parts", most=MOST_PARTS)

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

    def tried(self, what: str, read: Callable[[], n.Node]) -> n.Node | None:
        """What `read` reads here, or None and the position as it was. What has failed in a place is not tried there
        again: attempts within attempts would take exponential time."""
        kept = self.position, self.depth, len(self.scopes), self.in_filter
        attempt = (what, self.position, len(self.scopes), self.in_filter)
        if attempt in self.failed:
            return None
        try:
            return read()
        except FeelError as error:
            if error.problem.code in ("too-deep", "too-many-parts"):
                raise
            self.failed.add(attempt)
            self.position, self.depth, length, self.in_filter = kept
            del self.scopes[length:]
            return None

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

    def string(self, start: int) -> tuple[Span, str]:
        found = scanning.STRING.match(self.text, start)
        if found is None:
            raise self.error("unfinished-text", end=len(self.text))
        self.position = found.end()
        return self.span(start), unescaped(found.group(1))

    def key(self) -> str:
        start = self.skip()
        if self.text.startswith('"', start):
            return self.string(start)[1]
        found = scanning.KEY.match(self.text, start)
        if found is None or not found.group(1).strip():
            raise self.error("expected", wanted="名称 a name", found=self.found())
        self.position = found.end(1)
        return one_spaced(found.group(1))
