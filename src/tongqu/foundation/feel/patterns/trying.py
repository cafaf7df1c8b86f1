"""Patterns with back-references, tried way by way within a budget: no simulation can match them in linear time."""

from __future__ import annotations

from tongqu.foundation.feel.patterns.classes import cases
from tongqu.foundation.feel.patterns.errors import PatternTooCostly
from tongqu.foundation.feel.patterns.matching import Slots, edge
from tongqu.foundation.feel.patterns.program import (
    AGAIN,
    CHAR,
    DONE,
    EDGE,
    JUMP,
    MOVED,
    SAVE,
    SET,
    SPLIT,
    TURN,
    Program,
)


class Trial:
    """One text being searched. `steps`: what is left of the budget, for all searches together."""

    def __init__(self, program: Program, text: str, *, lines: bool, any_case: bool, steps: int) -> None:
        self.program, self.text, self.lines, self.any_case, self.steps = program, text, lines, any_case, steps
        self.slots: list[int | None] = [None] * program.registers
        self.waiting: list[tuple[int, int | None]] = []  # ways not tried yet; below 0: what a slot held before

    def search(self, start: int) -> Slots | None:
        """The leftmost match from `start` on, by priority; None where there is none. Raises PatternTooCostly."""
        self.slots = [None] * self.program.registers
        begin = self._skip(start)
        while begin <= len(self.text):
            if self._begins(begin):
                return tuple(self.slots[: self.program.slots])
            begin = self._skip(begin + 1)
        return None

    def _skip(self, at: int) -> int:
        place, cost = self.program.skip(self.text, at, self.steps)
        self._spend(cost)
        return place

    def _begins(self, begin: int) -> bool:
        """Whether a match begins there; where none does, all slots are left as they were."""
        self.waiting = [(0, begin)]
        while self.waiting:
            pc, at = self.waiting.pop()
            if pc < 0:
                self.slots[~pc] = at
            elif at is not None and self._goes(pc, at):
                return True
        return False

    def _goes(self, pc: int, at: int) -> bool:
        """One way to where it ends: whether that is the end of the program."""
        ops, firsts, text = self.program.ops, self.program.firsts, self.text
        while ops[pc] != DONE:
            self._spend(1)
            op = ops[pc]
            if op in (CHAR, SET):
                if not self._takes(pc, text[at : at + 1]):
                    return False
                at += 1
                pc += 1
            elif op == SPLIT:
                self.waiting.append((self.program.seconds[pc], at))
                pc = firsts[pc]
            elif op == JUMP:
                pc = firsts[pc]
            elif op in (SAVE, TURN):
                self._save(firsts[pc], at)
                pc += 1
            elif op == MOVED:
                pc = pc + 1 if self.slots[firsts[pc]] != at else self.program.seconds[pc]
            elif op == EDGE:
                if not edge(self.program.chars[pc], text[at - 1 : at], text[at : at + 1], self.lines):
                    return False
                pc += 1
            else:
                assert op == AGAIN
                length = self._again(firsts[pc], at)
                if length is None:
                    return False
                at += length
                pc += 1
        return True

    def _takes(self, pc: int, char: str) -> bool:
        if self.program.ops[pc] == CHAR:
            return self.program.chars[pc] == char
        known = self.program.sets[pc].known
        if char and char not in known:
            self._spend(known.weight)
        return char != "" and known[char]

    def _save(self, slot: int, at: int) -> None:
        self.waiting.append((~slot, self.slots[slot]))
        self.slots[slot] = at

    def _again(self, group: int, at: int) -> int | None:
        """How long what the group matched is, where it stands here again; a group that took no part matched ""."""
        begin, end = self.slots[2 * group], self.slots[2 * group + 1]
        if begin is None or end is None:
            return 0
        said, here = self.text[begin:end], self.text[at : at + end - begin]
        self._spend(len(said) if self.any_case else len(said) >> 5)
        if said == here or (self.any_case and len(said) == len(here) and all(map(alike, said, here))):
            return len(said)
        return None

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise PatternTooCostly


def alike(one: str, other: str) -> bool:
    return one == other or other in cases(one)
