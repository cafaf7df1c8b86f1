"""Characters and names: what a FEEL text is made of (DMN 1.5, grammar rules 27 to 33 and 61)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

SPACES = "\t\n\v\f\r \x85\xa0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"
SKIP = re.compile(rf"(?:[{SPACES}]+|//[^\n\r]*|/\*(?:[^*]|\*(?!/))*\*/)*")
START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
PART = START + r"0-9\u00b7\u0300-\u036f\u203f-\u2040"
IDENTIFIER = re.compile(rf"[{START}][{PART}]*")
PART_CHAR = re.compile(rf"[{PART}]")
NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
ARGUMENT_NAME = re.compile(rf"([{START}][{PART} \t\n\r./'+*\-]*?)[{SPACES}]*:")
KEY = re.compile(r'([^"{}\[\]():,]+?)[' + SPACES + r"]*:")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SPACE_RUN = re.compile(rf"[{SPACES}]+")

KEYWORDS = frozenset(
    [
        "and",
        "or",
        "in",
        "between",
        "if",
        "then",
        "else",
        "for",
        "return",
        "some",
        "every",
        "satisfies",
        "instance",
        "of",
        "true",
        "false",
        "null",
        "external",
    ]
)


def unescaped(text: str) -> str:
    """What a string literal stands for; an escape that FEEL does not have stands for itself, as patterns need it."""
    return _PAIR.sub(_joined, _ESCAPE.sub(_plain, text)) if "\\" in text else text


def _joined(found: re.Match[str]) -> str:
    """The one character that two surrogates stand for."""
    high, low = map(ord, found.group())
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def _plain(found: re.Match[str]) -> str:
    code = found.group(1)
    if len(code) > 1:
        value = int(code[1:], 16)
        return chr(value) if value <= 0x10FFFF else found.group()
    return _PLAIN.get(code, found.group())


def one_spaced(name: str) -> str:
    """A name with one blank where it has any number of them."""
    return _SPACE_RUN.sub(" ", name.strip())


class Names:
    """Names that an expression may use, found at a place in the text by the longest match."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._by_first: dict[str, list[str]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        name = one_spaced(name)
        row = self._by_first.setdefault(name[:1], [])
        if name and name not in row:
            row.append(name)
            row.sort(key=len, reverse=True)

    def __contains__(self, name: str) -> bool:
        return name in self._by_first.get(name[:1], ())

    def __iter__(self) -> Iterator[str]:
        for row in self._by_first.values():
            yield from row

    def at(self, text: str, position: int) -> tuple[str, int] | None:
        """The longest name here, and where it ends."""
        for name in self._by_first.get(text[position : position + 1], ()):
            if (end := _ends(name, text, position)) is not None:
                return name, end
        return None


def _ends(name: str, text: str, position: int) -> int | None:
    """Where the name ends if it stands here: its words in order, apart by blanks where the name has one."""
    end = position
    for n, word in enumerate(name.split(" ")):
        if n:
            gap = _SPACE_RUN.match(text, end)
            if gap is None:
                return None
            end = gap.end()
        if not text.startswith(word, end):
            return None
        end += len(word)
    goes_on = PART_CHAR.match(name[-1]) and PART_CHAR.match(text, end)
    return None if goes_on else end


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody who wrote this one probably meant."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return found[0] if found else None
