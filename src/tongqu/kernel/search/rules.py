"""From text to terms, and from a question to a plan of what to look up. Pure.

Both are taken in simplified characters, so that 開飯館 finds 开饭馆 and the other way round.

A plan is one or more readings of the question. A reading is a row of slots, each of which a document may fill with one
of several terms: 食品 itself, its sound; for Latin letters also a longer word that begins so, or one a slip away.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from uuid import UUID

import yaml

from tongqu.foundation import han, hant

EDITION = 3  # raise it when the terms of a text change: everything is then indexed anew
QUESTION_LENGTH = 100  # characters that are looked at; nobody types more by hand
SLOTS = 24  # in all readings together
READINGS = 3
TERM_LENGTH = 40
BODY_LENGTH = 3000

# weights of a posting: the whole question in the body answers it better than a third of it in the title
TITLE, KEYWORD, BODY = 10, 8, 5

SOUND, BEGINS, SLIP, EVERYDAY, SYLLABLES = 0.5, 0.9, 0.4, 0.95, 0.9
CHARACTER = 0.2  # what a single character of a longer run counts for
SLIP_FROM = 5  # letters; in shorter words a slip is usually another word


@dataclass(frozen=True, slots=True)
class Slot:
    """Terms that may fill it, with how well each does (0 … 1); `begins` is the start of longer terms that do."""

    terms: Mapping[str, float]
    begins: str = ""
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to take the question; `worth` is how sure we are of it."""

    slots: tuple[Slot, ...]
    worth: float = 1.0

    @property
    def weight(self) -> float:
        return sum(slot.weight for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Plan:
    readings: tuple[Reading, ...]
    text: str  # the question, folded

    def __bool__(self) -> bool:
        return bool(self.readings)


# --- indexing --------------------------------------------------------------------------------------------------------


def postings(titles: Iterable[str], keywords: Iterable[str] = (), bodies: Iterable[str] = ()) -> dict[str, int]:
    """Each term of a document with the greatest weight it has anywhere."""
    found: dict[str, int] = {}
    for texts, weight, read in ((bodies, BODY, han.words), (keywords, KEYWORD, han.terms), (titles, TITLE, han.terms)):
        for text in texts:
            for term in read(hant.simplified(clean(text, BODY_LENGTH))):
                if len(term) <= TERM_LENGTH:
                    found[term] = max(weight, found.get(term, 0))
    return found


def clean(text: str, length: int) -> str:
    """At most `length` characters, without what no database can store (lone surrogates)."""
    return text[:length].encode("utf-8", "ignore").decode("utf-8")


def held_at(verb: str, unit_id: UUID) -> str:
    """The audience of what is for those who hold a right at a unit."""
    return f"{verb}@{unit_id}"


# --- asking ----------------------------------------------------------------------------------------------------------


def plan(question: str) -> Plan:
    """How to look the question up; falsy when there is nothing in it to look for."""
    text = han.fold(hant.simplified(clean(question, QUESTION_LENGTH)))
    asked = _without_fillers(text)
    readings = [Reading(tuple(_slots(asked)))]
    readings += [Reading(tuple(_slots(other)), EVERYDAY) for other in _in_catalogue_words(asked)]
    if spelled := _by_syllables(asked):
        readings.append(Reading(tuple(spelled), SYLLABLES))
    kept, room = [], SLOTS
    for reading in [r for r in readings if r.slots][:READINGS]:
        slots = reading.slots[:room]
        if slots:
            kept.append(Reading(slots, reading.worth))
            room -= len(slots)
    return Plan(tuple(kept), text)


def _slots(text: str) -> list[Slot]:
    """The slots of a text, pairs of characters before single ones, so that a cut loses the least."""
    pairs, characters = [], []
    for run, is_han in _runs(text):
        if not is_han:
            if len(run) <= TERM_LENGTH:
                pairs.append(_word(run))
        elif len(run) == 1:
            pairs.append(Slot({run: 1.0}))
        else:
            sounds = han.pinyin(run)
            for at in range(len(run) - 1):
                pairs.append(Slot({run[at : at + 2]: 1.0, "".join(sounds[at : at + 2]): SOUND}))
            characters += [Slot({character: 1.0}, weight=CHARACTER) for character in dict.fromkeys(run)]
    return pairs + characters


def _word(word: str) -> Slot:
    terms = {word: 1.0}
    if word.isascii() and word.isalpha() and SLIP_FROM <= len(word) <= 20:
        terms |= dict.fromkeys(slips(word), SLIP)
    return Slot(terms, begins=word if len(word) > 1 else "")


def slips(word: str) -> set[str]:
    """Lower-case words one slip away: a letter left out, doubled into another, replaced, or two exchanged."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    left_out = {head + tail[1:] for head, tail in cuts if tail}
    exchanged = {head + tail[1] + tail[0] + tail[2:] for head, tail in cuts if len(tail) > 1}
    replaced = {head + letter + tail[1:] for head, tail in cuts if tail for letter in ascii_lowercase}
    put_in = {head + letter + tail for head, tail in cuts for letter in ascii_lowercase}
    return (left_out | exchanged | replaced | put_in) - {word}


# --- pinyin typed without blanks -------------------------------------------------------------------------------------

_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ong|ing|iao|ian|uai|uan|ai|ei|ao|ou|an|en|er|ia|ie|iu|in|ua|uo|ui|un|ue|ve|[aeiouv])"
)


def syllables(word: str) -> list[str]:
    """The word as the fewest pinyin syllables, [] when it is not pinyin."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is None or not _SYLLABLE.fullmatch(word, start, end):
                continue
            here = best[end]
            if here is None or len(before) + 1 < len(here):
                best[end] = [*before, word[start:end]]
    return best[len(word)] or []


def _by_syllables(text: str) -> list[Slot]:
    """`jingyingxuke`: the joined neighbours of a long pinyin word, for a reading of its own."""
    spelled: list[Slot] = []
    for run, is_han in _runs(text):
        if not is_han and run.isascii() and run.isalpha() and len(run) <= TERM_LENGTH:
            parts = syllables(run)
            if len(parts) > 2:
                spelled += [Slot({"".join(parts[at : at + 2]): 1.0}) for at in range(len(parts) - 1)]
    return spelled


# --- everyday words --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Words:
    everyday: dict[str, str] = field(default_factory=dict)  # what people say → what the catalogue says
    typed: dict[str, str] = field(default_factory=dict)  # its pinyin and initials → what people say
    fillers: list[str] = field(default_factory=list)


def add_words(path: Path) -> None:
    """Take the everyday words and fillers of a file. Rooms and packages may add their own at start-up."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    words = _words()
    for formal, said in (raw.get("everyday") or {}).items():
        words.everyday.update({han.fold(one): han.fold(formal) for one in said})
    words.fillers = sorted({*words.fillers, *(raw.get("fillers") or [])}, key=len, reverse=True)
    words.typed.clear()


@functools.cache
def _words() -> _Words:
    return _Words()


def _typed() -> dict[str, str]:
    words = _words()
    if not words.typed:
        for said in words.everyday:
            for typed in ("".join(han.pinyin(said)), han.initials(said)):
                if len(typed) > 2:
                    words.typed.setdefault(typed, said)
    return words.typed


def _in_catalogue_words(text: str) -> list[str]:
    """The question with an everyday word in it replaced by the catalogue's, for each of the two longest found."""
    words, together = _words(), text.replace(" ", "")
    for run, is_han in _runs(text):
        if not is_han and (said := _typed().get(run)):
            together = together.replace(run, said)
    found = sorted((said for said in words.everyday if said in together), key=len, reverse=True)
    formal: dict[str, str] = {}
    for said in found:
        formal.setdefault(words.everyday[said], said)
    return [_without_fillers(together.replace(said, f" {name} ")) for name, said in list(formal.items())[:2]]


def _without_fillers(text: str) -> str:
    rest = text
    for filler in _words().fillers:
        rest = rest.replace(filler, " ")
    return rest if any(True for _ in _runs(rest)) else text


_RUNS = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")


def _runs(text: str) -> Iterable[tuple[str, bool]]:
    """(run, is it Han) of a folded text, as `han` cuts it."""
    for piece in _RUNS.findall(text):
        at = 0
        for match in _HAN.finditer(piece):
            if match.start() > at:
                yield piece[at : match.start()], False
            yield match.group(), True
            at = match.end()
        if at < len(piece):
            yield piece[at:], False
