"""Names of people: the stored form, the order of a list, and what a name can be found by.

    read("阿依古丽.买买提").text           "阿依古丽·买买提"
    sort_key("单雄信") < sort_key("沈晓月")   Shàn before Shěn, although 单 is elsewhere read dān
    terms("独孤𬭎")    characters, pairs, spelled components, pinyin in every surname reading, initials

Names of firms are sorted and found the same way, without surname readings.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tongqu.foundation import han, rare_han
from tongqu.foundation.rare_han import Settled

LENGTH = 100  # characters
TERM_LENGTH = 60
_KEY_CHARACTERS = 24  # of a name, in its sort key: 12 ASCII characters each
KEY_LENGTH = 1 + 12 * _KEY_CHARACTERS

_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･●﹒⸱⋄", "·"))
_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_IS_HAN = re.compile(f"[{_HAN}]")
# What people type for the dot on a keyboard that has none, between two Han.
_TYPED_DOT = re.compile(f"(?<=[{_HAN}])\\s*[·.．。]\\s*(?=[{_HAN}])")
_SPACES = re.compile(r"\s+")
_ANY = re.compile("[?？*＊某□]")  # "I cannot type this one"


@functools.cache
def _surnames() -> dict[str, list[tuple[str, ...]]]:
    """{surname: for each of its characters the readings}, from data/surnames.txt."""
    lines = (Path(__file__).with_name("data") / "surnames.txt").read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines if line and not line.startswith("#"))
    return {surname: [tuple(one.split("/")) for one in spoken] for surname, *spoken in entries}


@dataclass(frozen=True, slots=True)
class Name:
    """A name in its stored form and the characters that were replaced on the way."""

    text: str
    settled: tuple[Settled, ...] = ()


class BadName(ValueError):
    """Why a text is no name. `code`: empty | too_long | characters | private.

    Where one character is to blame, `at` is which (from 1) and `point` its code point.
    """

    def __init__(self, code: str, at: int = 0, point: str = "") -> None:
        self.code, self.at, self.point = code, at, point
        super().__init__(code)


def read(text: str) -> Name:
    """A name in the one form in which it is stored: NFC, assigned code points, one kind of ·, single spaces.

    Rare Han of any extension pass. Raises BadName for what is no name: control, direction and formatting characters,
    private code points nobody knows (they show differently on each machine), marks alone.
    """
    whole, settled = rare_han.settle(text)
    whole = unicodedata.normalize("NFC", whole).translate(_DOTS)
    name = _SPACES.sub(" ", _TYPED_DOT.sub("·", _SPACES.sub(" ", whole))).strip()
    if not name:
        raise BadName("empty")
    if len(name) > LENGTH:
        raise BadName("too_long")
    for at, char in enumerate(name, start=1):
        if rare_han.is_private(char):
            raise BadName("private", at, f"U+{ord(char):04X}")
        if not _allowed(char):
            raise BadName("characters", at, f"U+{ord(char):04X}")
    if not any(char.isalnum() or _IS_HAN.match(char) or _beyond(char) for char in name):
        raise BadName("characters")
    return Name(name, settled)


def _allowed(char: str) -> bool:
    # Python's character database trails Unicode, so unassigned code points in the Han planes may be new Han.
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or _beyond(char)


def _beyond(char: str) -> bool:
    return 0x20000 <= ord(char) <= 0x3FFFD


def comparable(name: str) -> str:
    """The form to compare names by: case, width, accents, dots, hyphens, apostrophes and blanks do not count."""
    return "".join(_words(name))


def _words(name: str) -> list[str]:
    """The words of a name, folded, without accents; Han around a dot are one word."""
    text = unicodedata.normalize("NFKD", han.fold(rare_han.settle(name)[0]))
    bare = "".join(char for char in text if not unicodedata.combining(char) and char not in "'’‘`´")
    return re.split(r"[\s·.\-‐‑]+", unicodedata.normalize("NFC", bare))


# --- order -----------------------------------------------------------------------------------------------------------


def sort_key(name: str, *, person: bool = True) -> str:
    """ASCII digits and small letters, at most KEY_LENGTH, that sort as the name should whatever the collation.

    Han names by pinyin, tone and code point, character by character (surname readings for a `person`); a rare Han
    without a known reading after those that have one; then names in Latin letters; then other scripts by code point.
    """
    text = han.fold(name)
    if not text:
        return "9"
    if _IS_HAN.match(text):
        return "1" + "".join(_han_keys(text, person))
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    if plain[0].isascii() and plain[0].isalnum():
        return "2" + "".join(c if c.isascii() and c.isalnum() else "0" for c in plain)[: KEY_LENGTH - 1]
    return "3" + "".join(f"{ord(c):06x}" for c in text[:_KEY_CHARACTERS])


def _han_keys(text: str, person: bool) -> Iterable[str]:
    shown = text[: 2 * _KEY_CHARACTERS].replace("·", "").replace(" ", "")[:_KEY_CHARACTERS]
    for char, syllable in zip(shown, syllables(shown, person=person and "·" not in text), strict=True):
        yield f"{syllable:0<7}{ord(char):05x}" if syllable else f"zzzzzzz{ord(char):05x}"


def syllables(text: str, *, person: bool) -> list[str]:
    """For each character its syllable with the tone as a digit (`shan4`, ü as v), "" where no reading is known."""
    return [own[0] for own in _readings(text, person)]


@functools.lru_cache(maxsize=8192)
def _readings(text: str, person: bool) -> tuple[tuple[str, ...], ...]:
    """For each character its readings, the one to sort by first."""
    from pypinyin import Style, lazy_pinyin

    known = _surnames() if person else {}
    surname = known.get(text[:2]) or known.get(text[:1]) or []
    rest = text[len(surname) :]
    read = lazy_pinyin(
        rest, style=Style.TONE3, neutral_tone_with_five=True, errors=list  # type: ignore[arg-type]
    )  # fmt: skip
    spoken = [one.replace("ü", "v") if one[:-1].isascii() and one[-1:] in "12345" else "" for one in read]
    return (*surname, *((one,) for one in spoken))


# --- finding ---------------------------------------------------------------------------------------------------------


def terms(name: str, *, person: bool = True) -> set[str]:
    """What to index a name under: its characters and their pairs, rare ones spelled, pinyin and initials, its words.

    `=…` marks the whole name.
    """
    text = comparable(name)
    found = {f"={text}"} | _writing(text)
    for spelling in _spellings(text):
        found |= {f"={spelling}"} | _writing(spelling)
    for spoken in _spoken(text, person):
        sounds = [one[:-1] if one[-1:] in "12345" and _IS_HAN.match(char) else char for char, one in spoken]
        found |= {"".join(sounds), "".join(one[0] for one in sounds)}
    words = _words(name)
    found |= {"".join(words[at:])[:TERM_LENGTH] for at, word in enumerate(words) if not _IS_HAN.match(word)}
    return {term for term in found if 0 < len(term) <= TERM_LENGTH}


def _spellings(text: str) -> set[str]:
    """The text with rare Han spelled by their components, in both orders."""
    if not any(char in rare_han.known() for char in text):
        return set()
    turned = "".join(rare_han.components(char)[::-1] or char for char in text)
    return {rare_han.spelled(text), turned}


def _writing(text: str) -> set[str]:
    """Han characters and pairs of neighbours. (Words of other scripts are found whole, and by their beginning.)"""
    run = [char for char in text if _IS_HAN.match(char)]
    return {*run, *map("".join, itertools.pairwise(run))}


def _spoken(text: str, person: bool) -> Iterable[tuple[tuple[str, str], ...]]:
    """Each way to say a name: (character, reading); the everyday reading of a surname is one of them."""
    if not _IS_HAN.search(text):
        return
    variants = _readings(text, person)
    everyday = _readings(text, False)
    choices = [dict.fromkeys((*own, *plain)) for own, plain in zip(variants, everyday, strict=True)]
    for way in itertools.islice(itertools.product(*choices), 8):
        yield tuple((char, one or char) for char, one in zip(text, way, strict=True))


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for a name: terms of which a name should have most, beginnings of which it should have one."""

    text: str
    terms: frozenset[str]
    begins: str = ""

    def __bool__(self) -> bool:
        return bool(self.terms or self.begins)


def ask(typed: str) -> tuple[Asked, ...]:
    """How to look for what somebody typed: as written; with components spelled (独孤钅宏); without the characters he
    could not type (独孤?); as pinyin or initials. Empty for nothing to look for."""
    asked: dict[str, Asked] = {}
    typed = typed[: 2 * LENGTH].encode("utf-8", "ignore").decode()
    for way in (typed, _ANY.sub("", typed)):
        text = comparable(way)[:LENGTH]
        for spelling in (text, rare_han.as_spelled(text)):
            if spelling and spelling not in asked and (one := _asked(spelling)):
                asked[spelling] = one
    return tuple(asked.values())


def _asked(text: str) -> Asked:
    if _IS_HAN.search(text):
        return Asked(text, _wanted(text))
    whole = text[:TERM_LENGTH]
    return Asked(whole, frozenset({whole}), begins=whole if len(whole) > 1 and ord(whole[-1]) < 0xD7A4 else "")


def _wanted(text: str) -> frozenset[str]:
    run = [char for char in text if _IS_HAN.match(char)]
    pairs = set(map("".join, itertools.pairwise(run)))
    return frozenset(pairs or set(run))
