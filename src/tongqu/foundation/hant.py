"""繁體: our own sentences in traditional characters, and traditional questions in simplified ones.

OpenCC converts; `hant.yaml` beside this file, read by people, decides where one simplified character stands for
several. Only sentences of the house and its definitions are converted. What somebody entered (names, firms, addresses,
free text) is shown as it was entered: whoever calls this for such a text is wrong.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import opencc
import yaml

_REVIEWED = Path(__file__).with_name("hant.yaml")
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What people decided. `usual` and `words` map simplified to traditional, `forms` traditional to traditional."""

    forms: Mapping[str, str]
    usual: Mapping[str, str]
    words: Mapping[str, str]
    several: frozenset[str]


@functools.cache
def reviewed() -> Reviewed:
    raw = yaml.safe_load(_REVIEWED.read_text(encoding="utf-8"))
    return Reviewed(raw["forms"], raw["usual"], raw["words"], frozenset("".join(raw["several"].split())))


@functools.lru_cache(maxsize=20_000)
def traditional(text: str) -> str:
    """The sentence in traditional characters, as long as it was."""
    made = list(_whole(text))
    for found in _words().finditer(text):
        made[found.start() : found.end()] = reviewed().words[found[0]]
    return "".join(made)


def _whole(text: str) -> str:
    """What OpenCC makes of it, in our forms; character by character where its phrases would change the length."""
    if text.isascii():
        return text
    made = str(_opencc("s2t").convert(text))
    if len(made) != len(text):
        made = "".join(_opencc("s2t").convert(character) for character in text)
    return made.translate(_forms())


@functools.cache
def _forms() -> dict[int, str]:
    return {ord(a): b for a, b in reviewed().forms.items()}


@functools.cache
def _words() -> re.Pattern[str]:
    """The reviewed words, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(reviewed().words, key=len, reverse=True))))


def _opencc(table: str) -> opencc.OpenCC:
    with _lock:
        return _loaded(table)


@functools.cache
def _loaded(table: str) -> opencc.OpenCC:
    return opencc.OpenCC(table)


@functools.lru_cache(maxsize=2_000)
def simplified(text: str) -> str:
    """A question typed in traditional characters, as the index knows it. Simplified text stays as it is."""
    return text if text.isascii() else _opencc("t2s").convert(text)


def unreviewed(text: str) -> Iterator[tuple[str, str]]:
    """Where nobody has decided yet: (the character with what stands around it, what it would become)."""
    made, covered = traditional(text), set[int]()
    for found in _words().finditer(text):
        covered.update(range(found.start(), found.end()))
    for at, character in enumerate(text):
        if at in covered or character not in reviewed().several:
            continue
        if made[at] != reviewed().usual.get(character):
            yield text[max(0, at - 4) : at + 5].replace("\n", " "), made[at]
