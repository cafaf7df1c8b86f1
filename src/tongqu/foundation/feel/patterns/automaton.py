"""Whether there is a match at all: sets of places as states, made when a text first needs them and kept while few."""

from __future__ import annotations

from tongqu.foundation.feel.patterns.errors import PatternTooCostly
from tongqu.foundation.feel.patterns.matching import edge
from tongqu.foundation.feel.patterns.program import CHAR, DONE, EDGE, JUMP, SET, SPLIT, Program

MOST_KEPT = 20_000


class State:
    """Places before the next character; `before`: the character before, as far as anchors can tell it from others."""

    __slots__ = ("before", "onward", "places")

    def __init__(self, places: frozenset[int], before: str) -> None:
        self.places, self.before = places, before
        self.onward: dict[str, State] = {}


MATCHED = State(frozenset(), "")


class Automaton:
    """Of one program, shared by all texts and threads: what two of them find at once is the same."""

    def __init__(self, program: Program, *, lines: bool) -> None:
        self.program, self.lines = program, lines
        self.always = frozenset[int]() if program.begins_with_text() and not lines else frozenset([0])
        self.states: dict[tuple[frozenset[int], str], State] = {}
        self.kept = 0

    def matches(self, text: str, steps: int) -> bool:
        """A step is an instruction reached for a state not known yet; known states cost nothing.

        Raises PatternTooCostly.
        """
        at, cost = self.program.skip(text, 0, steps)
        steps -= cost
        if at > len(text):
            return False
        state = self._state(frozenset([0]), text[at - 1 : at])
        for char in text[at:] if at else text:
            following = state.onward.get(char)
            if following is None:
                following, cost = self._onward(state, char, steps)
                steps -= cost
                if steps < 0:
                    raise PatternTooCostly
            if following is MATCHED:
                return True
            if not following.places:
                return False
            state = following
        return self._onward(state, "", steps)[0] is MATCHED

    def _state(self, places: frozenset[int], before: str) -> State:
        if not self.program.edged:
            before = ""
        elif before and not (self.lines and before == "\n"):
            before = "x"
        state = self.states.get((places, before))
        if state is None:
            self._keep(len(places))
            state = self.states[places, before] = State(places, before)
        return state

    def _keep(self, cells: int) -> None:
        self.kept += 1 + cells
        if self.kept > MOST_KEPT:
            self.states, self.kept = {}, 0

    def _onward(self, state: State, char: str, steps: int) -> tuple[State, int]:
        """The state after the character, "" for the end of the text; and what it cost: instructions and classes."""
        reached, following = self._reached(state, char), MATCHED
        if reached is None:
            cost = len(self.program.ops)
        else:
            cost = len(reached) + self._learning(reached, char)
            if cost > steps:
                raise PatternTooCostly
            taken = frozenset(pc + 1 for pc in reached if self._takes(pc, char))
            following = self._state(taken | self.always, char)
        self._keep(0)
        state.onward[char] = following
        return following, cost

    def _learning(self, reached: set[int], char: str) -> int:
        """What the classes cost that have to be asked about the character."""
        program = self.program
        sets = (program.sets[pc].known for pc in reached if char and program.ops[pc] == SET)
        return sum(known.weight for known in sets if char not in known)

    def _takes(self, pc: int, char: str) -> bool:
        op = self.program.ops[pc]
        if op == CHAR:
            return self.program.chars[pc] == char
        return op == SET and char != "" and self.program.sets[pc].known[char]

    def _reached(self, state: State, char: str) -> set[int] | None:
        """All places that are reached before the character; None where the end is among them."""
        program, waiting, reached = self.program, list(state.places), set[int]()
        while waiting:
            pc = waiting.pop()
            if pc in reached:
                continue
            reached.add(pc)
            op = program.ops[pc]
            if op == DONE:
                return None
            if op == SPLIT:
                waiting += [program.firsts[pc], program.seconds[pc]]
            elif op == JUMP:
                waiting.append(program.firsts[pc])
            elif op > SET and (op != EDGE or edge(program.chars[pc], state.before, char, self.lines)):
                waiting.append(pc + 1)
        return reached
