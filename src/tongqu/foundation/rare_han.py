"""Rare Han as they arrive: private code points of old systems given their assigned ones, and what rare characters are
made of, for those who cannot type them.

    settle("\\ue863")        ("䶮", (Settled("\\ue863", "䶮"),))
    components("𬭎")         "金宏"
    spelled("独孤𬭎")         "独孤金宏"

Before GB 18030-2022 fourteen Han, ten vertical marks and, in GBK, eighty characters in all lay at private code points
(U+E815 … U+E864, U+E78D … U+E796). Registers and input methods of those years still send them. GB 18030-2022 moved
eighteen of the twenty-four that GB 18030-2005 had left there; the other six have code points of extension B.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path


def _table(name: str) -> dict[str, str]:
    """The pairs of data/<name>.txt."""
    lines = (Path(__file__).with_name("data") / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


PRIVATE = {chr(int(point, 16)): assigned for point, assigned in _table("gbk-private").items()}
# Radicals that stand for a Han character of their own look the same and compare differently (pasted from
# dictionaries).
_RADICALS = {
    chr(code): unicodedata.normalize("NFKC", chr(code)) for code in chain(range(0x2F00, 0x2FD6), (0x2E9F, 0x2EF3))
}
_SETTLED = {**PRIVATE, **_RADICALS}


@dataclass(frozen=True, slots=True)
class Settled:
    """One character that was replaced by the one it stands for."""

    found: str
    put: str

    @property
    def private(self) -> bool:
        """Whether it lay at a private code point; else it was a radical or a compatibility form of the same look."""
        return is_private(self.found)


def settle(text: str) -> tuple[str, tuple[Settled, ...]]:
    """The text with assigned code points for known private ones, radicals and compatibility ideographs, and what was
    replaced, each once, in order. Private code points that nobody knows stay."""
    replaced: dict[str, str] = {}
    out = []
    for char in text:
        put = _SETTLED.get(char) or _unified(char)
        if put != char:
            replaced[char] = put
        out.append(put)
    return "".join(out), tuple(Settled(found, put) for found, put in replaced.items())


def is_private(char: str) -> bool:
    """Whether a code point is private: shown differently, or not at all, on each machine."""
    return unicodedata.category(char) == "Co"


def _unified(char: str) -> str:
    """A compatibility ideograph's unified one (U+F92C 郎 → U+90CE 郎); the twelve unified ones among them stay."""
    if 0xF900 <= ord(char) <= 0xFAFF or 0x2F800 <= ord(char) <= 0x2FA1F:
        return unicodedata.normalize("NFC", char)
    return char


# --- components ------------------------------------------------------------------------------------------------------

# People spell a character they cannot type: 钅宏, 金宏, ⿰钅宏.
_COMPONENTS = _table("components")
_SIDES = str.maketrans(_table("sides"))


def components(char: str) -> str:
    """What a rare character is made of, side forms as whole words; "" where it is not known here."""
    return _COMPONENTS.get(char, "")


def spelled(text: str) -> str:
    """The text with each rare character spelled by its components; itself when there is none."""
    return "".join(_COMPONENTS.get(char, char) for char in text)


def as_spelled(typed: str) -> str:
    """How `spelled` would write components somebody typed: no description marks (⿰), brackets or side forms."""
    return "".join(
        char for char in typed.translate(_SIDES) if not (0x2FF0 <= ord(char) <= 0x2FFF or char in "()（）[]{}+")
    )


@cache
def known() -> frozenset[str]:
    """The characters whose components are known."""
    return frozenset(_COMPONENTS)
