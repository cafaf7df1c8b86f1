"""A pattern as it is used: matching, finding, replacing, splitting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tongqu.foundation.feel.patterns.classes import one_char
from tongqu.foundation.feel.patterns.errors import PatternError
from tongqu.foundation.feel.patterns.matching import Simulation, Slots
from tongqu.foundation.feel.patterns.program import Step, program_of
from tongqu.foundation.feel.patterns.reading import Chars, Node, Reader, Row
from tongqu.foundation.feel.patterns.trying import Trial

STEPS = 150_000
TRIES = 50_000


@dataclass(frozen=True, slots=True)
class Match:
    """Where in the text, and what each group took part with."""

    text: str
    slots: Slots

    @property
    def start(self) -> int:
        return self.slots[0] or 0

    @property
    def end(self) -> int:
        return self.slots[1] or 0

    def group(self, number: int = 0) -> str | None:
        begin, end = self.slots[2 * number], self.slots[2 * number + 1]
        return None if begin is None or end is None else self.text[begin:end]


class Pattern:
    """Compiled, and safe to share. Raises PatternTooCostly where a text takes too long."""

    def __init__(self, text: str, flags: str) -> None:
        if set(flags) - set("smixq"):
            raise PatternError("flag")
        self.literal = "q" in flags
        self.any_case, self.lines = "i" in flags, "m" in flags
        if self.literal:
            self.node: Node = Row(tuple(Chars(one_char(char, self.any_case)) for char in text))
            self.groups, refers = 0, False
        else:
            reader = Reader(text, flags)
            self.node = reader.read()
            self.groups, refers = reader.groups, reader.refers
        self.program: list[Step] | None = None if refers else program_of(self.node)
        self.matches_empty = self.is_match("")

    def is_match(self, text: str) -> bool:
        """Whether it matches anywhere in the text."""
        if self.program is None:
            return self._find(text, 0) is not None
        return Simulation(self.program, text, lines=self.lines, slots=0, steps=STEPS).matches()

    def finditer(self, text: str) -> Iterator[Match]:
        """All matches from left to right, none within another."""
        at = 0
        while at <= len(text):
            slots = self._find(text, at)
            if slots is None:
                return
            found = Match(text, slots)
            yield found
            at = found.end if found.end > found.start else found.end + 1

    def _find(self, text: str, start: int) -> Slots | None:
        slots = 2 * self.groups + 2
        if self.program is None:
            trial = Trial(self.node, text, lines=self.lines, any_case=self.any_case, slots=slots, steps=TRIES)
            return trial.search(start)
        return Simulation(self.program, text, lines=self.lines, slots=slots, steps=STEPS).search(start)

    def replace(self, text: str, replacement: str) -> str:
        """Raises PatternError for a replacement that cannot be read, and where the pattern matches nothing at all."""
        parts = [replacement] if self.literal else self._replacement(replacement)
        if self.matches_empty:
            raise PatternError("matches-empty")
        written: list[str] = []
        at = 0
        for found in self.finditer(text):
            written.append(text[at : found.start])
            written += [part if isinstance(part, str) else found.group(part) or "" for part in parts]
            at = found.end
        return "".join(written) + text[at:]

    def _replacement(self, text: str) -> list[str | int]:
        """Texts and numbers of groups; a number beyond the groups stands for nothing."""
        parts: list[str | int] = []
        at = 0
        while at < len(text):
            char, after = text[at], text[at + 1 : at + 2]
            if char == "\\":
                if after not in ("\\", "$"):
                    raise PatternError("replacement", at)
                parts.append(after)
                at += 2
            elif char == "$":
                number, at = self._group_number(text, at)
                parts.append(number if number <= self.groups else "")
            else:
                parts.append(char)
                at += 1
        return parts

    def _group_number(self, text: str, at: int) -> tuple[int, int]:
        """The longest number of a group that is there; one digit at least."""
        end = at + 1
        while end < len(text) and text[end] in "0123456789":
            if end > at + 1 and int(text[at + 1 : end + 1]) > self.groups:
                break
            end += 1
        if end == at + 1:
            raise PatternError("replacement", at)
        return int(text[at + 1 : end]), end

    def split(self, text: str) -> list[str]:
        """What stands between the matches. Raises PatternError where the pattern matches nothing at all."""
        if self.matches_empty:
            raise PatternError("matches-empty")
        parts: list[str] = []
        at = 0
        for found in self.finditer(text):
            parts.append(text[at : found.start])
            at = found.end
        return [*parts, text[at:]]


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """Raises PatternError."""
    return Pattern(pattern, flags)
