"""A pattern as it is used: matching, finding, replacing, splitting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tongqu.foundation.feel.patterns.automaton import Automaton
from tongqu.foundation.feel.patterns.errors import PatternError, PatternTooLarge
from tongqu.foundation.feel.patterns.matching import Simulation, Slots
from tongqu.foundation.feel.patterns.program import Program
from tongqu.foundation.feel.patterns.reading import Node, Reader, Row, literal
from tongqu.foundation.feel.patterns.trying import Trial

STEPS = 150_000
EARNED = 16  # steps for each character left behind
MOST_CHARACTERS = 20_000


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
        """None for a group that took no part. Raises IndexError for one that is not there."""
        begin, end = self.slots[2 * number], self.slots[2 * number + 1]
        return None if begin is None or end is None else self.text[begin:end]

    def length(self, number: int) -> int:
        """Of what a group took part with; 0 for one that took none."""
        begin, end = self.slots[2 * number], self.slots[2 * number + 1]
        return 0 if begin is None or end is None else end - begin


class Pattern:
    """Compiled, and safe to share. `groups`: how many it has.

    `steps` is what one call may use up; beyond that it raises PatternTooCostly. A match earns some of it back, by the
    text it leaves behind: so a long text may have any number of matches, and the steps for all are in proportion to it.
    """

    def __init__(self, text: str, flags: str) -> None:
        if set(flags) - set("smixq"):
            raise PatternError("flag")
        if len(text) > MOST_CHARACTERS:
            raise PatternTooLarge
        self.literal = "q" in flags
        self.any_case, self.lines = "i" in flags, "m" in flags and not self.literal
        self.groups, self.refers = 0, False
        if self.literal:
            node: Node = Row(tuple(literal(char, self.any_case) for char in text))
        else:
            reader = Reader(text, flags)
            node = reader.read()
            self.groups, self.refers = reader.groups, reader.refers
        self.program = Program(node, self.groups, refers=self.refers)
        self.automaton = Automaton(self.program, lines=self.lines)

    @cached_property
    def matches_empty(self) -> bool:
        """Whether it matches the text of no characters."""
        return self.is_match("")

    def is_match(self, text: str, steps: int = STEPS) -> bool:
        """Whether it matches anywhere in the text."""
        if self.program.whole:
            return self.program.prefix in text
        if self.refers:
            return self._search(text, steps).search(0) is not None
        return self.automaton.matches(text, steps)

    def finditer(self, text: str, steps: int = STEPS) -> Iterator[Match]:
        """All matches from left to right, none within another."""
        if self.program.whole and self.program.prefix:
            yield from self._texts(text)
            return
        search, at = self._search(text, steps), 0
        while at <= len(text) and (slots := search.search(at)) is not None:
            found = Match(text, slots)
            yield found
            search.steps = min(steps, search.steps + EARNED * (found.end - at))
            at = found.end if found.end > found.start else found.end + 1

    def _texts(self, text: str) -> Iterator[Match]:
        """All matches of a pattern that is one text, and nothing else."""
        said = self.program.prefix
        at = text.find(said)
        while at >= 0:
            yield Match(text, (at, at + len(said)))
            at = text.find(said, at + len(said))

    def _search(self, text: str, steps: int) -> Simulation | Trial:
        if self.refers:
            return Trial(self.program, text, lines=self.lines, any_case=self.any_case, steps=steps)
        return Simulation(self.program, text, lines=self.lines, steps=steps)

    def replace(
        self, text: str, replacement: str, steps: int = STEPS, grown: Callable[[int], None] | None = None
    ) -> str:
        """Each match by the replacement: `$1` is what a group matched, `$0` all (5.6.4). With the flag q it is a text.

        `grown` is told how long the result gets before each match is replaced, and may stop it by raising. Raises
        PatternError for a replacement that cannot be read, and where the pattern matches nothing at all."""
        if len(replacement) > MOST_CHARACTERS:
            raise PatternTooLarge
        parts = [replacement] if self.literal else self._replacement(replacement)
        if self.matches_empty:
            raise PatternError("matches-empty")
        written: list[str] = []
        at = length = 0
        for found in self.finditer(text, steps):
            if grown is not None:
                length += found.start - at + sum(len(p) if isinstance(p, str) else found.length(p) for p in parts)
                grown(length)
            written.append(text[at : found.start])
            written += [part if isinstance(part, str) else found.group(part) or "" for part in parts]
            at = found.end
        return "".join(written) + text[at:]

    def _replacement(self, text: str) -> list[str | int]:
        """Texts and numbers of groups in turn; a number beyond the groups stands for nothing."""
        parts: list[str | int] = []
        said, at = "", 0
        while at < len(text):
            if text[at] == "$":
                number, at = self._group_number(text, at)
                parts += [said, number if number <= self.groups else ""]
                said = ""
                continue
            if text[at] == "\\":
                at += 1
                if text[at : at + 1] not in ("\\", "$"):
                    raise PatternError("replacement", at - 1)
            said += text[at]
            at += 1
        return [*parts, said]

    def _group_number(self, text: str, at: int) -> tuple[int, int]:
        """The longest number of a group that is there, one digit at least; and where it ends."""
        number, end = 0, at + 1
        while end < len(text) and text[end] in "0123456789":
            longer = 10 * number + int(text[end])
            if end > at + 1 and longer > self.groups:
                break
            number, end = longer, end + 1
        if end == at + 1:
            raise PatternError("replacement", at)
        return number, end

    def split(self, text: str, steps: int = STEPS) -> list[str]:
        """All that stands between the matches. Raises as `pieces` does."""
        return list(self.pieces(text, steps))

    def pieces(self, text: str, steps: int = STEPS) -> Iterator[str]:
        """What stands between the matches, one after another. Raises PatternError where the pattern matches nothing at
        all."""
        if self.matches_empty:
            raise PatternError("matches-empty")
        at = 0
        for found in self.finditer(text, steps):
            yield text[at : found.start]
            at = found.end
        yield text[at:]


@lru_cache(maxsize=512)
def compile_pattern(pattern: str, flags: str = "") -> Pattern:
    """Raises PatternError."""
    return Pattern(pattern, flags)
