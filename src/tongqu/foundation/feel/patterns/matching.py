"""The simulation: all ways through the program at once, one character after another."""

from __future__ import annotations

from collections.abc import Sequence

from tongqu.foundation.feel.patterns.errors import PatternTooCostly
from tongqu.foundation.feel.patterns.program import CHAR, EDGE, JUMP, SAVE, SPLIT, Step

Slots = tuple[int | None, ...]
Thread = tuple[int, Slots]


class Simulation:
    """One text being searched. `steps`: what is left of the budget."""

    def __init__(self, program: Sequence[Step], text: str, *, lines: bool, slots: int, steps: int) -> None:
        self.program, self.text, self.lines, self.steps = program, text, lines, steps
        self.empty: Slots = (None,) * slots

    def search(self, start: int) -> Slots | None:
        """The leftmost match from `start` on, by priority; None where there is none."""
        threads: list[Thread] = []
        found: Slots | None = None
        at = start
        while True:
            if found is None:
                seen = {pc for pc, _slots in threads}
                self._follow(0, at, self.empty, threads, seen)
            if not threads:
                return found
            char = self.text[at : at + 1]
            following: list[Thread] = []
            reached: set[int] = set()
            for pc, slots in threads:
                step = self.program[pc]
                if step.op != CHAR:  # DONE: threads after this one have less priority
                    found = slots
                    break
                if char and step.set is not None and step.set.has(char):
                    self._follow(pc + 1, at + 1, slots, following, reached)
            threads = following
            if not char:
                return found
            at += 1

    def matches(self) -> bool:
        """Whether there is a match anywhere: no places are kept, and the first one ends it."""
        live: set[int] = set()
        for at in range(len(self.text) + 1):
            reached: list[Thread] = []
            seen: set[int] = set()
            for pc in live:
                self._follow(pc, at, (), reached, seen)
            self._follow(0, at, (), reached, seen)
            char = self.text[at : at + 1]
            live = set()
            for pc, _slots in reached:
                step = self.program[pc]
                if step.op != CHAR:
                    return True
                if char and step.set is not None and step.set.has(char):
                    live.add(pc + 1)
        return False

    def _follow(self, pc: int, at: int, slots: Slots, into: list[Thread], seen: set[int]) -> None:
        """Put down every place that is reached without a character, in the order of priority."""
        waiting: list[Thread] = [(pc, slots)]
        while waiting:
            pc, slots = waiting.pop()
            if pc in seen:
                continue
            seen.add(pc)
            self.steps -= 1
            if self.steps < 0:
                raise PatternTooCostly
            step = self.program[pc]
            if step.op == SPLIT:
                waiting += [(step.second, slots), (step.first, slots)]
            elif step.op == JUMP:
                waiting.append((step.first, slots))
            elif step.op == SAVE:
                if slots:
                    slots = (*slots[: step.first], at, *slots[step.first + 1 :])
                waiting.append((pc + 1, slots))
            elif step.op == EDGE:
                if edge(step.sign, self.text, at, self.lines):
                    waiting.append((pc + 1, slots))
            else:
                into.append((pc, slots))


def edge(sign: str, text: str, at: int, lines: bool) -> bool:
    """`^` and `$`: of the whole text, or with the flag m of each line."""
    if sign == "^":
        return at == 0 or (lines and at < len(text) and text[at - 1] == "\n")
    return at == len(text) or (lines and text[at] == "\n")
