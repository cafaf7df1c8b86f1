"""From the tree to a program: a list of instructions, bounded in length, and what is known of where it can begin."""

from __future__ import annotations

from tongqu.foundation.feel.patterns.classes import EVERYTHING, CharSet, Known
from tongqu.foundation.feel.patterns.errors import PatternTooCostly, PatternTooLarge
from tongqu.foundation.feel.patterns.reading import Again, Char, Chars, Edge, Either, Group, Node, Repeat, Row

MOST = 5000
_MOST_STARTS = 8
CHAR, SET, DONE, SPLIT, JUMP, SAVE, EDGE, AGAIN, TURN, MOVED = range(10)


class Program:
    """The instructions, side by side: `ops[pc]` is one, the other lists hold what it takes.

    CHAR a character, SET a set; SPLIT and JUMP the places to go on at; SAVE a slot; EDGE a sign. Only programs with
    back-references have AGAIN (a group), TURN (a slot: a turn of a loop begins here) and MOVED (a slot, and where to go
    on when the turn matched nothing). Raises PatternTooLarge.
    """

    def __init__(self, node: Node, groups: int, *, refers: bool = False) -> None:
        self.ops: list[int] = []
        self.chars: list[str] = []
        self.sets: list[CharSet] = []
        self.firsts: list[int] = []
        self.seconds: list[int] = []
        self.slots = self.registers = 2 * groups + 2
        self.refers = refers
        self.put(SAVE, 0)
        self.write(node)
        self.put(SAVE, 1)
        self.put(DONE)
        self.edged = EDGE in self.ops
        self.prefix = self._prefix()
        self.starts = self._starts()
        self.whole = groups == 0 and len(self.ops) == len(self.prefix) + 3  # it is one text, and nothing else

    def put(self, op: int, first: int = 0, second: int = 0, *, char: str = "", held: CharSet = EVERYTHING) -> int:
        """Its place."""
        if len(self.ops) >= MOST:
            raise PatternTooLarge
        for column, value in ((self.ops, op), (self.firsts, first), (self.seconds, second)):
            column.append(value)
        self.chars.append(char)
        self.sets.append(held)
        return len(self.ops) - 1

    def write(self, node: Node) -> None:
        if isinstance(node, Char):
            self.put(CHAR, char=node.char)
        elif isinstance(node, Chars):
            self.put(SET, held=node.set)
        elif isinstance(node, Edge):
            self.put(EDGE, char=node.sign)
        elif isinstance(node, Row):
            for part in node.parts:
                self.write(part)
        elif isinstance(node, Either):
            self._either(node)
        elif isinstance(node, Group):
            self.put(SAVE, 2 * node.number)
            self.write(node.part)
            self.put(SAVE, 2 * node.number + 1)
        elif isinstance(node, Again):
            self.put(AGAIN, node.number)
        else:
            assert isinstance(node, Repeat)
            self._repeat(node)

    def _either(self, node: Either) -> None:
        ends: list[int] = []
        for way in node.ways[:-1]:
            split = self._split()
            self.write(way)
            ends.append(self.put(JUMP))
            self.seconds[split] = len(self.ops)
        self.write(node.ways[-1])
        for end in ends:
            self.firsts[end] = len(self.ops)

    def _repeat(self, node: Repeat) -> None:
        loop = node.most is None
        for _n in range(node.least - loop):
            self.write(node.part)
        splits = []
        if loop and not node.least:
            splits.append(self._split())
        if loop:
            splits.append(self._turns(node.part))
        for _n in range((node.most or 0) - node.least):
            splits.append(self._split())
            self.write(node.part)
        self._join(splits, node.greedy)

    def _turns(self, part: Node) -> int:
        """The part, and the split after it that leads back: `x+`, of which `x*` is the half that may be left out.

        So the ways through a part that can match nothing come in the order in which trying them would find them.
        """
        begin, guard, slot = len(self.ops), -1, self.registers
        guarded = self.refers and may_be_empty(part)
        if guarded:  # tried way by way, such a loop would never end
            self.registers += 1
            self.put(TURN, slot)
        self.write(part)
        if guarded:
            guard = self.put(MOVED, slot)
        split = self.put(SPLIT, begin)
        if guarded:
            self.seconds[guard] = split + 1
        return split

    def _split(self) -> int:
        place = self.put(SPLIT)
        self.firsts[place] = place + 1
        return place

    def _join(self, splits: list[int], greedy: bool) -> None:
        """The way round each part leads here; greedy tries the part first."""
        for place in splits:
            self.seconds[place] = len(self.ops)
            if not greedy:
                self.firsts[place], self.seconds[place] = self.seconds[place], self.firsts[place]

    # --- where a match can begin --------------------------------------------------------------------------------------

    def _prefix(self) -> str:
        """The text with which every match begins."""
        end = 1
        while self.ops[end] == CHAR:
            end += 1
        return "".join(self.chars[1:end])

    def _starts(self) -> Known | None:
        """The characters with which a match can begin; None where it can begin without one, or sets are too many."""
        waiting, seen = [0], set[int]()
        while waiting:
            pc = waiting.pop()
            if pc in seen:
                continue
            seen.add(pc)
            op = self.ops[pc]
            if op in (DONE, AGAIN):
                return None
            if op == SPLIT:
                waiting += [self.firsts[pc], self.seconds[pc]]
            elif op not in (CHAR, SET):
                waiting.append(self.firsts[pc] if op == JUMP else pc + 1)
        singles = frozenset(self.chars[pc] for pc in seen if self.ops[pc] == CHAR)
        known = [self.sets[pc].known for pc in seen if self.ops[pc] == SET]
        if len(known) > _MOST_STARTS:
            return None
        weight = 1 + sum(one.weight for one in known)
        return Known(lambda char: char in singles or any(one[char] for one in known), weight)

    def begins_with_text(self) -> bool:
        """Whether it can match at the beginning of the text only, the flag m aside."""
        return self.ops[1] == EDGE and self.chars[1] == "^"

    def skip(self, text: str, at: int, steps: int) -> tuple[int, int]:
        """The next place where a match can begin, beyond the text where there is none; and what finding it cost.

        Raises PatternTooCostly where that is more than `steps`.
        """
        if self.prefix:
            place = text.find(self.prefix, at)
            return len(text) + 1 if place < 0 else place, 0
        if self.starts is None:
            return at, 0
        starts, cost = self.starts, 0
        while at < len(text):
            char = text[at]
            if char not in starts:
                cost += starts.weight
                if cost > steps:
                    raise PatternTooCostly
            if starts[char]:
                return at, cost
            at += 1
        return len(text) + 1, cost


def may_be_empty(node: Node) -> bool:
    """Whether it can match nothing."""
    if isinstance(node, Row):
        return all(map(may_be_empty, node.parts))
    if isinstance(node, Either):
        return any(map(may_be_empty, node.ways))
    if isinstance(node, Repeat):
        return not node.least or may_be_empty(node.part)
    if isinstance(node, Group):
        return may_be_empty(node.part)
    return not isinstance(node, Char | Chars)
