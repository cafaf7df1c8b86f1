"""Characters and names: what a FEEL text is made of (DMN 1.5, grammar rules 27 to 33 and 61)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

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
ARGUMENT_NAME = re.compile(rf"([{START}][{PART} \t\n\r./'+*\-]*):")
KEY = re.compile(r'([^"{}\[\]():,]+):')
_PAIR = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(rf"\\({_PAIR}|u[0-9a-fA-F]{{4}}|U[0-9a-fA-F]{{6}}|.)", re.DOTALL)
SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: no text that can be written down
_WORD = re.compile(rf"([{SPACES}]+)|[{PART}]+|.", re.DOTALL)
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
    return _ESCAPE.sub(_plain, text) if "\\" in text else text


_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


def _plain(found: re.Match[str]) -> str:
    """One escape. Half of a pair of surrogates is no character, and stands for itself."""
    code = found.group(1)
    if len(code) > 7:
        high, low = int(code[1:5], 16), int(code[7:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if len(code) > 1:
        value = int(code[1:], 16)
        return chr(value) if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else found.group()
    return _PLAIN.get(code, found.group())


def one_spaced(name: str) -> str:
    """A name with one blank where it has any number of them."""
    return _SPACE_RUN.sub(" ", name.strip())


class Names:
    """Names that an expression may use, found at a place in the text by the longest match, whose words follow one
    another as they do in the name: apart by blanks where it has one."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._all: dict[str, None] = {}
        self._tree: dict[str, Any] = {}  # word → words that may follow it; under "" the name that ends there
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        name = one_spaced(name)
        if not name or name in self._all:
            return
        self._all[name] = None
        place = self._tree
        for word in _WORD.finditer(name):
            place = place.setdefault(word.group(), {})
        place[""] = name

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def at(self, text: str, position: int) -> tuple[str, int] | None:
        """The longest name here, and where it ends."""
        place, end, best = self._tree, position, None
        while (word := _WORD.match(text, end)) is not None:
            following = place.get(" " if word.lastindex else word.group())
            if following is None:
                break
            place, end = following, word.end()
            if "" in place:
                best = place[""], end
        return best


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that somebody who wrote this one probably meant."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return found[0] if found else None
