"""From the tree to a program for the simulation: a list of instructions, bounded in length."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongqu.foundation.feel.patterns.classes import CharSet
from tongqu.foundation.feel.patterns.errors import PatternTooLarge
from tongqu.foundation.feel.patterns.reading import Chars, Edge, Either, Group, Node, Repeat, Row

MOST = 5000
CHAR, SPLIT, JUMP, SAVE, EDGE, DONE = range(6)


@dataclass(slots=True)
class Step:
    """`op` with what it takes: a set (CHAR), one or two places to go on at, a slot (SAVE), a sign (EDGE)."""

    op: int
    set: CharSet | None = None
    first: int = 0
    second: int = 0
    sign: str = ""


@dataclass(slots=True)
class Program:
    steps: list[Step] = field(default_factory=list)

    def put(self, step: Step) -> int:
        """Its place. Raises PatternTooLarge."""
        if len(self.steps) >= MOST:
            raise PatternTooLarge
        self.steps.append(step)
        return len(self.steps) - 1

    def write(self, node: Node) -> None:
        if isinstance(node, Chars):
            self.put(Step(CHAR, set=node.set))
        elif isinstance(node, Edge):
            self.put(Step(EDGE, sign=node.sign))
        elif isinstance(node, Row):
            for part in node.parts:
                self.write(part)
        elif isinstance(node, Either):
            self._either(node)
        elif isinstance(node, Group):
            self._group(node)
        elif isinstance(node, Repeat):
            self._repeat(node)
        else:
            raise TypeError(node)

    def _either(self, node: Either) -> None:
        ends: list[int] = []
        for way in node.ways[:-1]:
            split = self.put(Step(SPLIT))
            self.steps[split].first = len(self.steps)
            self.write(way)
            ends.append(self.put(Step(JUMP)))
            self.steps[split].second = len(self.steps)
        self.write(node.ways[-1])
        for end in ends:
            self.steps[end].first = len(self.steps)

    def _group(self, node: Group) -> None:
        if node.number:
            self.put(Step(SAVE, first=2 * node.number))
        self.write(node.part)
        if node.number:
            self.put(Step(SAVE, first=2 * node.number + 1))

    def _repeat(self, node: Repeat) -> None:
        for _n in range(node.least):
            self.write(node.part)
        if node.most is None:
            split = self._split()
            self.write(node.part)
            self.put(Step(JUMP, first=split))
            self._join([split], node.greedy)
            return
        splits = []
        for _n in range(node.most - node.least):
            splits.append(self._split())
            self.write(node.part)
        self._join(splits, node.greedy)

    def _split(self) -> int:
        place = self.put(Step(SPLIT))
        self.steps[place].first = place + 1
        return place

    def _join(self, splits: list[int], greedy: bool) -> None:
        """The way round each part leads here; greedy tries the part first."""
        for place in splits:
            step = self.steps[place]
            step.second = len(self.steps)
            if not greedy:
                step.first, step.second = step.second, step.first


def program_of(node: Node) -> list[Step]:
    program = Program()
    program.put(Step(SAVE, first=0))
    program.write(node)
    program.put(Step(SAVE, first=1))
    program.put(Step(DONE))
    return program.steps
