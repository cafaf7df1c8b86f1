"""Classes of characters: ranges, categories, blocks, negation, subtraction."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field

from tongqu.foundation.feel.patterns.blocks import BLOCKS

Test = Callable[[str], bool]
_KEPT = 4096

CATEGORIES = frozenset(
    [
        "L",
        "Lu",
        "Ll",
        "Lt",
        "Lm",
        "Lo",
        "M",
        "Mn",
        "Mc",
        "Me",
        "N",
        "Nd",
        "Nl",
        "No",
        "P",
        "Pc",
        "Pd",
        "Ps",
        "Pe",
        "Pi",
        "Pf",
        "Po",
        "Z",
        "Zs",
        "Zl",
        "Zp",
        "S",
        "Sm",
        "Sc",
        "Sk",
        "So",
        "C",
        "Cc",
        "Cf",
        "Co",
        "Cn",
    ]
)
# XML 1.0 (fourth edition on): the characters with which a name starts, and those within it.
_NAME_START = (
    (":", ":"), ("A", "Z"), ("_", "_"), ("a", "z"), ("\u00c0", "\u00d6"), ("\u00d8", "\u00f6"), ("\u00f8", "\u02ff"),
    ("\u0370", "\u037d"), ("\u037f", "\u1fff"), ("\u200c", "\u200d"), ("\u2070", "\u218f"), ("\u2c00", "\u2fef"),
    ("\u3001", "\ud7ff"), ("\uf900", "\ufdcf"), ("\ufdf0", "\ufffd"), ("\U00010000", "\U000effff"),
)  # fmt: skip
_NAME = (
    *_NAME_START, ("-", "."), ("0", "9"), ("\u00b7", "\u00b7"), ("\u0300", "\u036f"), ("\u203f", "\u2040"),
)  # fmt: skip


@dataclass(slots=True)
class CharSet:
    """Characters in any of the ranges or passing any of the tests; negated, less another set, whatever the case."""

    ranges: tuple[tuple[str, str], ...] = ()
    tests: tuple[Test, ...] = ()
    negated: bool = False
    minus: CharSet | None = None
    any_case: bool = False
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def has(self, char: str) -> bool:
        known = self._known.get(char)
        if known is None:
            known = self._has(char)
            if len(self._known) < _KEPT:
                self._known[char] = known
        return known

    def _has(self, char: str) -> bool:
        forms = cases(char) if self.any_case else (char,)
        held = any(self._named(one) for one in forms) is not self.negated
        return held and not (self.minus is not None and self.minus.has(char))

    def _named(self, char: str) -> bool:
        return any(low <= char <= high for low, high in self.ranges) or any(test(char) for test in self.tests)


def cases(char: str) -> tuple[str, ...]:
    """The character in all its cases, single characters only."""
    forms = {char, char.lower(), char.upper(), char.casefold(), char.title()}
    forms |= {one.upper() for one in forms} | {one.lower() for one in forms}
    return tuple(one for one in forms if len(one) == 1)


def one_char(char: str, any_case: bool) -> CharSet:
    return CharSet(((char, char),), any_case=any_case)


def category(name: str) -> Test | None:
    """`L`, `Lu`, `IsBasicLatin`; None for one that does not exist."""
    if name.startswith("Is"):
        block = BLOCKS.get(name[2:])
        if block is None:
            return None
        low, high = chr(block[0]), chr(block[1])
        return lambda char: low <= char <= high
    if name not in CATEGORIES:
        return None
    return lambda char: unicodedata.category(char).startswith(name)


def _word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


SHORT: dict[str, CharSet] = {
    "s": CharSet(((" ", " "), ("\t", "\n"), ("\r", "\r"))),
    "i": CharSet(_NAME_START),
    "c": CharSet(_NAME),
    "d": CharSet(tests=(lambda char: unicodedata.category(char) == "Nd",)),
    "w": CharSet(tests=(_word,)),
}
NEWLINES = CharSet((("\n", "\n"), ("\r", "\r")), negated=True)
EVERYTHING = CharSet(negated=True)


def short(letter: str) -> CharSet | None:
    """`\\d` and its kin, and their opposites in capitals; None for another letter."""
    found = SHORT.get(letter.lower())
    if found is None or letter.islower():
        return found
    return CharSet(found.ranges, found.tests, True)
