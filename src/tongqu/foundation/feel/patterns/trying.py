"""Patterns with back-references, tried way by way within a budget: no simulation can match them in linear time."""

from __future__ import annotations

from collections.abc import Callable

from tongqu.foundation.feel.patterns.classes import cases
from tongqu.foundation.feel.patterns.errors import PatternTooCostly
from tongqu.foundation.feel.patterns.matching import Slots, edge
from tongqu.foundation.feel.patterns.reading import Again, Chars, Edge, Either, Group, Node, Repeat, Row

Goes = Callable[[int, Slots], Slots | None]


class Trial:
    """One text being searched. `steps`: what is left of the budget."""

    def __init__(self, node: Node, text: str, *, lines: bool, any_case: bool, slots: int, steps: int) -> None:
        self.node, self.text, self.lines, self.any_case, self.steps = node, text, lines, any_case, steps
        self.empty: Slots = (None,) * slots

    def search(self, start: int) -> Slots | None:
        for begin in range(start, len(self.text) + 1):
            try:
                found = self.go(self.node, begin, self.empty, lambda at, slots: (None, at, *slots[2:]))
            except RecursionError:
                raise PatternTooCostly from None
            if found is not None:
                return (begin, *found[1:])
        return None

    def go(self, node: Node, at: int, slots: Slots, then: Goes) -> Slots | None:
        """Match the node here and go on with `then`; the first way that leads to the end."""
        self.steps -= 1
        if self.steps < 0:
            raise PatternTooCostly
        if isinstance(node, Chars):
            fits = at < len(self.text) and node.set.has(self.text[at])
            return then(at + 1, slots) if fits else None
        if isinstance(node, Edge):
            return then(at, slots) if edge(node.sign, self.text, at, self.lines) else None
        if isinstance(node, Row):
            return self.row(node.parts, 0, at, slots, then)
        if isinstance(node, Either):
            ways = (self.go(way, at, slots, then) for way in node.ways)
            return next((found for found in ways if found is not None), None)
        if isinstance(node, Group):
            return self.group(node, at, slots, then)
        if isinstance(node, Again):
            return self.again(node, at, slots, then)
        assert isinstance(node, Repeat)
        return self.repeat(node, 0, at, slots, then)

    def row(self, parts: tuple[Node, ...], n: int, at: int, slots: Slots, then: Goes) -> Slots | None:
        if n == len(parts):
            return then(at, slots)
        return self.go(parts[n], at, slots, lambda end, kept: self.row(parts, n + 1, end, kept, then))

    def group(self, node: Group, at: int, slots: Slots, then: Goes) -> Slots | None:
        if not node.number:
            return self.go(node.part, at, slots, then)
        first = 2 * node.number

        def closed(end: int, kept: Slots) -> Slots | None:
            return then(end, (*kept[:first], at, end, *kept[first + 2 :]))

        return self.go(node.part, at, slots, closed)

    def again(self, node: Again, at: int, slots: Slots, then: Goes) -> Slots | None:
        begin, end = slots[2 * node.number], slots[2 * node.number + 1]
        said = self.text[begin:end] if begin is not None and end is not None else ""
        here = self.text[at : at + len(said)]
        same = len(here) == len(said) and all(map(self.alike, said, here))
        return then(at + len(said), slots) if same else None

    def alike(self, one: str, other: str) -> bool:
        return one == other or (self.any_case and other in cases(one))

    def repeat(self, node: Repeat, done: int, at: int, slots: Slots, then: Goes) -> Slots | None:
        def more() -> Slots | None:
            if node.most is not None and done >= node.most:
                return None

            def again(end: int, kept: Slots) -> Slots | None:
                if end == at and done >= node.least:
                    return None  # a turn that matches nothing leads nowhere
                return self.repeat(node, done + 1, end, kept, then)

            return self.go(node.part, at, slots, again)

        if done < node.least:
            return more()
        found = more() if node.greedy else then(at, slots)
        if found is not None:
            return found
        return then(at, slots) if node.greedy else more()
