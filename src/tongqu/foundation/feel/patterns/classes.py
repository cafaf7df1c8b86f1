"""Classes of characters: ranges, categories, blocks, negation, subtraction."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from tongqu.foundation.feel.patterns.blocks import BLOCKS

Test = Callable[[str], bool]
Range = tuple[str, str]
_KEPT = 256

CATEGORIES = frozenset(
    "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co Cn".split()  # noqa: SIM905
)
# XML 1.0 (fifth edition): the characters with which a name starts, and those within it.
_NAME_START = (
    (":", ":"), ("A", "Z"), ("_", "_"), ("a", "z"), ("\u00c0", "\u00d6"), ("\u00d8", "\u00f6"), ("\u00f8", "\u02ff"),
    ("\u0370", "\u037d"), ("\u037f", "\u1fff"), ("\u200c", "\u200d"), ("\u2070", "\u218f"), ("\u2c00", "\u2fef"),
    ("\u3001", "\ud7ff"), ("\uf900", "\ufdcf"), ("\ufdf0", "\ufffd"), ("\U00010000", "\U000effff"),
)  # fmt: skip
_NAME = (
    *_NAME_START, ("-", "."), ("0", "9"), ("\u00b7", "\u00b7"), ("\u0300", "\u036f"), ("\u203f", "\u2040"),
)  # fmt: skip


class Known(dict[str, bool]):
    """Character → whether it is in: answers once found are looked up, the first few hundred of them.

    `weight`: what finding an answer costs, in steps of a search; each search pays it for what is not kept.
    """

    def __init__(self, test: Test, weight: int) -> None:
        super().__init__()
        self.test, self.weight = test, weight

    def __missing__(self, char: str) -> bool:
        known = self.test(char)
        if len(self) < _KEPT:
            self[char] = known
        return known


@dataclass(slots=True, eq=False)
class CharSet:
    """Characters in any of the ranges or passing any of the tests; negated, less another set.

    With `any_case`, a character is in a range when one of its cases is; the tests are not touched by it: `\\p{Lu}`
    stays upper case (XPath and XQuery Functions and Operators 3.1, 5.6.1.1).
    """

    ranges: tuple[Range, ...] = ()
    tests: tuple[Test, ...] = ()
    tests_weigh: int = 0
    negated: bool = False
    minus: CharSet | None = None
    any_case: bool = False
    known: Known = field(init=False, repr=False)
    _lows: list[str] = field(init=False, repr=False)
    _highs: list[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        cases_looked_at = 8 if self.any_case else 0
        below = self.minus.known.weight if self.minus is not None else 0
        self.known = Known(self._has, 1 + self.tests_weigh + cases_looked_at + below)
        merged = merge(self.ranges)
        self._lows, self._highs = [low for low, _high in merged], [high for _low, high in merged]

    def has(self, char: str) -> bool:
        return self.known[char]

    def _has(self, char: str) -> bool:
        forms = cases(char) if self.any_case else (char,)
        held = any(map(self._ranged, forms)) or any(test(char) for test in self.tests)
        return held is not self.negated and not (self.minus is not None and self.minus.has(char))

    def _ranged(self, char: str) -> bool:
        place = bisect_right(self._lows, char)
        return place > 0 and char <= self._highs[place - 1]


def merge(ranges: tuple[Range, ...]) -> list[Range]:
    """Sorted, none overlapping another."""
    merged: list[Range] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return merged


def together(sets: Iterable[CharSet]) -> list[CharSet]:
    """Those that are nothing but ranges as one: so that a class of a hundred blocks is one look-up."""
    plain: list[CharSet] = []
    others: list[CharSet] = []
    for one in sets:
        (others if one.negated or one.tests or one.minus or one.any_case else plain).append(one)
    return [*others, CharSet(tuple(held for one in plain for held in one.ranges))] if plain else others


# Where there are characters with cases: to look at all of them would take a third of an expression's time.
_CASED = (
    (0x0000, 0x3000), (0xA640, 0xABC0), (0xFB00, 0xFB20), (0xFF20, 0xFF60), (0x10400, 0x10600), (0x10C80, 0x10D90),
    (0x118A0, 0x118E0), (0x16E40, 0x16ED0), (0x1E900, 0x1E944),
)  # fmt: skip


@lru_cache(maxsize=1)
def _alike() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """What a character is in lower case → all that are the same there; and in upper case."""
    lower: dict[str, set[str]] = defaultdict(set)
    upper: dict[str, set[str]] = defaultdict(set)
    for first, beyond in _CASED:
        for char in map(chr, range(first, beyond)):
            forms = {char, char.lower(), char.upper()}
            if len(forms) > 1:
                for form in forms:
                    lower[form.lower()].add(form)
                    upper[form.upper()].add(form)
    return dict(lower), dict(upper)


def cases(char: str) -> tuple[str, ...]:
    """All its cases, itself among them: single characters that are the same in lower or in upper case (5.6.1.1)."""
    lower, upper = _alike()
    forms = {char, *lower.get(char.lower(), ()), *upper.get(char.upper(), ())}
    return tuple(sorted(form for form in forms if len(form) == 1))


@lru_cache(maxsize=1024)
def category(name: str, negated: bool) -> CharSet | None:
    """`L`, `Lu`, `IsBasicLatin`; None for one that does not exist."""
    if name.startswith("Is"):
        block = BLOCKS.get(name[2:])
        return CharSet(((chr(block[0]), chr(block[1])),), negated=negated) if block else None
    if name not in CATEGORIES:
        return None
    return CharSet(tests=(lambda char: unicodedata.category(char).startswith(name),), tests_weigh=2, negated=negated)


def _word(char: str) -> bool:
    return unicodedata.category(char)[0] not in "PZC"


def _digit(char: str) -> bool:
    return unicodedata.category(char) == "Nd"


_SHORT = {
    "s": CharSet(((" ", " "), ("\t", "\n"), ("\r", "\r"))),
    "i": CharSet(_NAME_START),
    "c": CharSet(_NAME),
    "d": CharSet(tests=(_digit,), tests_weigh=2),
    "w": CharSet(tests=(_word,), tests_weigh=2),
}
SHORT: dict[str, CharSet] = {
    **_SHORT,
    **{letter.upper(): CharSet(one.ranges, one.tests, one.tests_weigh, negated=True) for letter, one in _SHORT.items()},
}  # `\d` and its kin, and their opposites in capitals
NEWLINES = CharSet((("\n", "\n"), ("\r", "\r")), negated=True)
EVERYTHING = CharSet(negated=True)
