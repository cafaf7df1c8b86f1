"""The simulation: all ways through the program at once, one character after another (after Thompson and Pike)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from tongqu.foundation.feel.patterns.classes import Known
from tongqu.foundation.feel.patterns.errors import PatternTooCostly
from tongqu.foundation.feel.patterns.program import CHAR, DONE, JUMP, SAVE, SET, SPLIT, Program

Slots = tuple[int | None, ...]
Saved: TypeAlias = "tuple[int, int, Saved | None]"  # a slot, its place, and what was saved before
Thread = tuple[int, "Saved | None"]


class Simulation:
    """One text being searched. `steps`: what is left of the budget, for all searches together.

    A step is an instruction reached, or a part of a class that a character is tried against. What is skipped costs
    nothing beyond that: no search skips it again.
    """

    def __init__(self, program: Program, text: str, *, lines: bool, steps: int) -> None:
        self.program, self.text, self.lines, self.steps = program, text, lines, steps
        self.anchored = program.begins_with_text() and not lines
        self.marks = [0] * len(program.ops)  # the round in which an instruction was last reached
        self.round = 0

    def search(self, start: int) -> Slots | None:
        """The leftmost match from `start` on, by priority; None where there is none. Raises PatternTooCostly."""
        text, end = self.text, len(self.text)
        starts = self.program.starts
        threads: list[Thread] = []
        found: Saved | None = None
        at = start
        self.round += 1
        while threads or found is None:
            if found is None:
                begins = not threads
                if begins:
                    at = self._skip(at)
                    if at > end:
                        return None
                elif not self.anchored or not at:
                    begins = starts is None or (at < end and self._within(starts, text[at]))
                if begins:
                    self._follow(0, at, None, threads)
            ended, threads = self._advance(threads, at)
            found = ended or found
            at += 1
            if at > end:
                break
        return self._slots(found) if found else None

    def _skip(self, at: int) -> int:
        if self.anchored and at:
            return len(self.text) + 1
        place, cost = self.program.skip(self.text, at, self.steps)
        self._spend(cost)
        if place > at:
            self.round += 1
        return place

    def _advance(self, threads: Sequence[Thread], at: int) -> tuple[Saved | None, list[Thread]]:
        """What ended here, and the threads that take the character; those after one that ended have less priority."""
        ops, chars, sets = self.program.ops, self.program.chars, self.program.sets
        char = self.text[at : at + 1]
        following: list[Thread] = []
        self.round += 1
        for pc, saved in threads:
            op = ops[pc]
            if op == CHAR:
                if chars[pc] == char:
                    self._follow(pc + 1, at + 1, saved, following)
            elif op == SET:
                if char and self._within(sets[pc].known, char):
                    self._follow(pc + 1, at + 1, saved, following)
            else:
                return saved, following
        return None, following

    def _within(self, known: Known, char: str) -> bool:
        if char not in known:
            self._spend(known.weight)
        return known[char]

    def _follow(self, pc: int, at: int, saved: Saved | None, into: list[Thread]) -> None:
        """Put down every place that is reached without a character, in the order of priority."""
        program, marks, mark, reached = self.program, self.marks, self.round, 0
        ops, firsts = program.ops, program.firsts
        waiting: list[Thread] = [(pc, saved)]
        while waiting:
            pc, saved = waiting.pop()
            while marks[pc] != mark:
                marks[pc] = mark
                reached += 1
                op = ops[pc]
                if op <= DONE:
                    into.append((pc, saved))
                elif op == SPLIT:
                    waiting.append((program.seconds[pc], saved))
                    pc = firsts[pc]
                elif op == SAVE:
                    saved = (firsts[pc], at, saved)
                    pc += 1
                elif op == JUMP:
                    pc = firsts[pc]
                elif edge(program.chars[pc], self.text[at - 1 : at], self.text[at : at + 1], self.lines):
                    pc += 1
        self._spend(reached)

    def _slots(self, saved: Saved | None) -> Slots:
        """The latest place of each slot."""
        slots: list[int | None] = [None] * self.program.slots
        self._spend(len(slots) >> 5)
        while saved is not None:
            slot, at, saved = saved
            if slots[slot] is None:
                slots[slot] = at
        return tuple(slots)

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise PatternTooCostly


def edge(sign: str, before: str, after: str, lines: bool) -> bool:
    """`^` and `$` between two characters, "" for the ends of the text; with the flag m also of each line (5.6.1.1).

    A newline at the end of the text ends its line, and no other begins or ends after it.
    """
    if sign == "^":
        return not before or (lines and before == "\n" and bool(after))
    return after == "\n" if lines and (after or before == "\n") else not after
