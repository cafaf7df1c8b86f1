"""What people and attackers put into a text box, made safe to store, compare, print and show.

Removed without a word, because nobody sees them: zero-width marks, byte order marks, direction overrides and other
format characters (except the two joiners, which some scripts need). Refused: control characters, private use,
non-characters, lone surrogates, the replacement character, and stacks of combining marks.
Rare Han, compatibility ideographs and ideographic variation selectors are kept as they are: they are people's names.
"""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
_COMPATIBILITY_HAN = re.compile(r"([\uf900-\ufaff\U0002f800-\U0002fa1f])")
_SPACES = re.compile(r"[^\S\n]+")
_MANY_BLANK_LINES = re.compile(r"\n{3,}")
MOST_MARKS = 4
RAW_LIMIT = 20_000  # characters of one field that are looked at at all


class Unreadable(ValueError):
    """The text holds characters that cannot be shown or printed."""


def one_line(raw: str) -> str:
    """A line: every white space becomes one space, none at the ends. Raises Unreadable."""
    return _SPACES.sub(" ", _clean(re.sub(r"\s", " ", raw))).strip()


def many_lines(raw: str) -> str:
    """Lines kept, at most one blank between them. Raises Unreadable."""
    text = _clean(raw.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    lines = [_SPACES.sub(" ", line).rstrip() for line in text.split("\n")]
    return _MANY_BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def plain_digits(raw: str) -> str:
    """For numbers, dates and phones: full-width forms become ASCII, white space and format characters go."""
    text = unicodedata.normalize("NFKC", raw)
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


def visible(raw: str) -> str:
    """For showing back what was typed, whatever it is: only the unprintable is dropped."""
    return "".join(c for c in raw[:RAW_LIMIT] if c == "\n" or not _refused(c) and not _removed(c))


def _clean(raw: str) -> str:
    kept = "".join(c for c in raw if not _removed(c))
    marks = 0
    for c in kept:
        if c != "\n" and _refused(c):
            raise Unreadable
        marks = marks + 1 if unicodedata.category(c) in {"Mn", "Me"} and not _variation(c) else 0
        if marks > MOST_MARKS:
            raise Unreadable
    parts = _COMPATIBILITY_HAN.split(kept)
    return "".join(p if _COMPATIBILITY_HAN.fullmatch(p) else unicodedata.normalize("NFC", p) for p in parts)


def _removed(c: str) -> bool:
    return unicodedata.category(c) == "Cf" and c not in _JOINERS


def _refused(c: str) -> bool:
    if unicodedata.category(c) in {"Cc", "Co", "Cs"} or c == "\ufffd":
        return True
    code = ord(c)
    return 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE


def _variation(c: str) -> bool:
    return "\ufe00" <= c <= "\ufe0f" or "\U000e0100" <= c <= "\U000e01ef"
