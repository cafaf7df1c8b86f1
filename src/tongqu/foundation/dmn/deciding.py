"""One plan over one set of columns: the states of its inputs, look-ups, and what is computed, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tongqu.foundation.dmn import lanes as la
from tongqu.foundation.dmn.column_expressions import Facts, Part, as_typed, paths_in
from tongqu.foundation.dmn.decimals import is_decimal, missing
from tongqu.foundation.dmn.lanes import Lane, NotColumns
from tongqu.foundation.dmn.plan import WHOLE, Outcomes, Plan, Recipe
from tongqu.foundation.dmn.states import alone, placed, small, states, states_of_lane
from tongqu.foundation.dmn.vectors import (
    Coded,
    Codes,
    Computed,
    Days,
    Flags,
    Mixed,
    Numbers,
    Vector,
    coded,
    sliced,
    values_of,
)
from tongqu.foundation.feel.values import Unknown

CHUNK = 1 << 19
INEXACT = "数字或者类型不能精确成列 values that no column holds exactly"


@dataclass(frozen=True, slots=True)
class Answers:
    """`outcomes[codes[row]]` is a row's answer, or, where that is `Computed`, what this column says. `alone`: how many
    rows were decided one by one, and `why`; `decimals`: how many had numbers that 64 bits do not hold, and were
    computed in decimals."""

    codes: Codes
    outcomes: tuple[Any, ...]
    alone: int = 0
    why: tuple[str, ...] = ()
    computed: tuple[Numbers | Days, ...] = ()
    decimals: int = 0

    def value(self, row: int) -> Any:
        found = self.outcomes[int(self.codes[row])]
        return self.computed[found.place].value(row) if isinstance(found, Computed) else found

    def column(self) -> Coded | Mixed:
        """As a column for another decision."""
        used = np.bincount(self.codes, minlength=len(self.outcomes)) > 0
        values = tuple(v if here else None for v, here in zip(self.outcomes, used.tolist(), strict=True))
        if not any(isinstance(v, Computed) for v in values):
            return Coded(self.codes, values)
        return Mixed(self.codes, values, self.computed)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The columns `value` and `value_needs`: see `arrow.relation`."""
        from tongqu.foundation.dmn.arrow import relation

        return relation({"value": self.column()}).__arrow_c_stream__(requested_schema)

    def of(self, column: Vector) -> Answers:
        """The same rows decided alone, for the same reasons, with this column's values."""
        if isinstance(column, Coded):
            return replace(self, codes=column.codes, outcomes=column.values, computed=())
        assert isinstance(column, Mixed)
        return replace(self, codes=column.codes, outcomes=column.values, computed=column.computed)

    def counts(self) -> list[tuple[Any, int]]:
        """Each outcome with how many rows have it."""
        column = coded(self.column())
        counts = np.bincount(column.codes, minlength=len(column.values)).tolist()
        found: dict[Any, tuple[Any, int]] = {}
        for value, count in zip(column.values, counts, strict=True):
            if count:
                kept = (type(value), repr(value) if isinstance(value, list | dict) else value)
                found[kept] = (value, count + found.get(kept, (value, 0))[1])
        return list(found.values())


class Ready:
    """A plan with its look-ups as arrays."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._arrays = [np.array(merge, small(max(merge, default=0))) for merge in plan.merges]
        self._arrays.append(np.array(plan.outcome, small(len(plan.outcomes))))

    def looked_up(self, states: Sequence[Codes], rows: int) -> Codes:
        """The outcome's number for each row, by the state of each input."""
        state: Any = None
        for number, (one, own) in enumerate(zip(self.plan.inputs, states, strict=True)):
            state = own if state is None else self._arrays[number - 1][state.astype(np.int32) * one.count + own]
        if state is None:
            state = np.zeros(rows, np.int8)
        found: Codes = self._arrays[-1][state]
        return found

    def paths(self) -> list[tuple[str, ...]]:
        """The facts that it reads."""
        paths = [tuple(one.path.split(".")) for one in self.plan.inputs if one.node is None]
        nodes = [*(one.node for one in self.plan.inputs if one.node is not None), *self.plan.outputs.values()]
        return [*paths, *(path for node in nodes for path in paths_in(node))]

    def decided(self, facts: Facts, one: Callable[[int], Any], threads: int) -> Answers:
        """An answer for each row; `one` gives it for a row that must be decided alone. Raises NotColumns."""
        return _Deciding(self, facts, one).decided(threads)


def one_by_one(one: Callable[[int], Any], rows: int, why: str) -> Answers:
    """Every row decided alone."""
    outcomes = Outcomes(())
    codes = np.array([outcomes.place(one(row)) for row in range(rows)], np.int32)
    return Answers(codes, tuple(outcomes.values), rows, (why,))


class _Deciding:
    """One plan over one set of columns. Raises NotColumns for an input that cannot be computed."""

    def __init__(self, ready: Ready, facts: Facts, one: Callable[[int], Any]) -> None:
        self.ready, self.plan, self.facts, self.one = ready, ready.plan, facts, one
        plan = self.plan
        self.outcomes = Outcomes(plan.outcomes)
        self.why: dict[str, None] = {}
        self.inexact = False
        self.columns = [None if one.node is not None else facts.find(tuple(one.path.split("."))) for one in plan.inputs]
        self.alone = np.zeros(facts.rows, bool)
        self.given: Any = None  # results that are decimals
        nothing = Part(facts, slice(0, 0), 0)
        for number in range(len(plan.inputs)):
            self._input(number, nothing)
        self.recipes = {place: one for place, one in enumerate(plan.outcomes) if isinstance(one, Recipe)}
        self.reasons: dict[Recipe, NotColumns] = {}
        self.scale, self.kinds = 0, {"number": False, "date": False}
        self.odd = {place for place, one in self.recipes.items() if not self._possible(one, nothing)}
        self.special = np.zeros(len(plan.outcomes), bool)
        self.special[[*self.recipes, *(place for place, ones in plan.waiting.items() if self._own_needs(ones))]] = True
        self.null = self.outcomes.place(None) if self.recipes else 0
        self.data = {kind: np.zeros(facts.rows, np.int64) for kind, used in self.kinds.items() if used}
        self.places = {kind: self.outcomes.place(Computed(place)) for place, kind in enumerate(self.data)}

    def decided(self, threads: int) -> Answers:
        rows = self.facts.rows
        codes = np.empty(rows, np.int32 if self.special.any() else small(len(self.plan.outcomes)))
        starts = range(0, rows, CHUNK)

        def work(start: int) -> None:
            end = min(start + CHUNK, rows)
            self._fill(Part(self.facts, slice(start, end), end - start), codes[start:end])

        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, starts))
        else:
            for start in starts:
                work(start)
        codes, decimals = self._exactly(codes)
        left = np.flatnonzero(self.alone)
        if len(left):
            codes = codes.astype(np.int32)
            if self.inexact or not self.why:
                self.why.setdefault(INEXACT)
        for row in left.tolist():
            codes[row] = self.outcomes.place(self.one(row))
        odd = None if self.given is None else ~missing(self.given)
        computed = tuple(Numbers(d, self.scale, alone=odd, given=self.given) if k == "number" else Days(d)
                         for k, d in self.data.items())  # fmt: skip
        return Answers(codes, tuple(self.outcomes.values), len(left), tuple(self.why), computed, decimals)

    def _exactly(self, codes: Any) -> tuple[Any, int]:
        """Once more for the rows that are left, in decimals; how many these have decided."""
        left = np.flatnonzero(self.alone)
        if not len(left) or not self.inexact:
            return codes, 0
        codes, self.inexact = codes.astype(np.int32), False
        self.alone[left] = False
        for start in range(0, len(left), CHUNK):
            rows = left[start : start + CHUNK]
            own = codes[rows]
            self._fill(Part(self.facts, rows, len(rows), True), own)
            codes[rows] = own
        return codes, len(left) - int(self.alone.sum())

    def _own_needs(self, numbers: Sequence[int]) -> bool:
        """Whether what an unknown input still needs differs from row to row, or is not the fact itself."""
        for column in (self.columns[number] for number in numbers):
            if column is None:
                return True
            if isinstance(column, Coded | Mixed) and any(type(v) is Unknown and v.needs for v in column.values):
                return True
        return False

    def _possible(self, recipe: Recipe, nothing: Part) -> bool:
        """Whether a recipe can be computed, by trying it on no rows; if not, why. Notes the scale it needs."""
        if recipe.how == "alone":
            self.reasons[recipe] = NotColumns("合起来的结果", "results put together")
            return False
        try:
            lane = self._cooked(recipe, nothing)
        except NotColumns as error:
            self.reasons[recipe] = error
            return False
        if lane.kind in self.kinds:
            self.kinds[lane.kind] = True
        self.scale = max(self.scale, lane.scale)
        return True

    def _tell(self, recipe: Recipe) -> None:
        which, error = "、".join(str(rule) for rule in recipe.rules), self.reasons[recipe]
        if recipe.rules == (WHOLE,):
            self.why.setdefault(str(error))
            return
        self.why.setdefault(f"第{which}条规则的结果: {error.zh} the result of rule {which}: {error.en}")

    def _input(self, number: int, part: Part) -> Lane:
        one = self.plan.inputs[number]
        if one.node is None:
            column = self.columns[number]
            assert column is not None
            return part.fact(column) if part.size else la.nulls(None, None)
        try:
            return as_typed(part.lane(one.node), one.wanted)
        except NotColumns as error:
            raise NotColumns(f"条件“{one.path}”: {error.zh}", f"the input “{one.path}”: {error.en}") from None

    def _fill(self, part: Part, codes: Any) -> None:
        """The outcomes of some rows, and which of these rows are left."""
        found = []
        for number in range(len(self.plan.inputs)):
            own, odd = self._states(number, part)
            found.append(own)
            self._leave(part.rows, odd)
        codes[:] = self.ready.looked_up(found, part.size)
        if not self.special.any():
            return
        rows = np.flatnonzero(self.special[codes])
        kinds, within = codes[rows], isinstance(part.rows, slice)
        for place in np.unique(kinds).tolist():
            chosen = rows[kinds == place]
            numbers = chosen + part.rows.start if within else part.rows[chosen]
            own_part = Part(self.facts, numbers, len(chosen), part.exact)
            if place in self.recipes:
                self._compute(place, own_part, codes, chosen)
            else:
                codes[chosen] = self._placed_needs(self._bits(self.plan.waiting[place], own_part))

    def _states(self, number: int, part: Part) -> tuple[Codes, Flags | None]:
        """The states of an input, and the rows that have none."""
        one, column = self.plan.inputs[number], self.columns[number]
        if column is None:
            return states_of_lane(one, self._input(number, part), part.size)
        taken = sliced(column, part.rows)
        found, odd = states(one, taken), alone(one, taken)
        if part.exact and odd is not None:
            places = np.flatnonzero(odd)
            found[places], odd[places] = placed(one, values_of(column, part.rows[places]))
        return found, odd

    def _leave(self, rows: Any, odd: Flags | None) -> None:
        if odd is not None and odd.any():
            self.alone[rows] |= odd
            self.inexact = True

    def _bits(self, numbers: Sequence[int], part: Part) -> Any:
        found = np.zeros(part.size, np.int64)
        for number in numbers:
            column = self.columns[number]
            if isinstance(column, Coded | Mixed):
                found |= self.facts.unknown_bits(column)[column.codes[part.rows]]
                continue
            lane = self._input(number, part)
            if lane.unknown is not None:
                found |= lane.unknown
        return found

    def _placed_needs(self, bits: Any) -> Any:
        each, which = np.unique(bits, return_inverse=True)
        return np.array([self.outcomes.place(self.facts.needs(int(one))) for one in each], np.int32)[which]

    def _cooked(self, recipe: Recipe, part: Part) -> Lane:
        lanes = [as_typed(part.lane(self.plan.outputs[rule]), self.plan.wanted) for rule in recipe.rules]
        return cooked(recipe, lanes, self._bits(recipe.waits, part) if recipe.waits else None)

    def _compute(self, place: int, part: Part, codes: Any, chosen: Any) -> None:
        if place in self.odd:
            self.alone[part.rows] = True
            self._tell(self.recipes[place])
            return
        lane = la.settled(self._cooked(self.recipes[place], part))
        if lane.kind == "number":
            lane = la.rescaled(lane, self.scale)
        if is_decimal(lane.data):
            if self.given is None:
                self.given = np.full(self.facts.rows, None, object)
            self.given[part.rows] = lane.data
            own: Any = np.full(part.size, self.places[lane.kind], np.int32)
        elif lane.kind in ("number", "date"):
            self.data[lane.kind][part.rows] = lane.data
            own = np.full(part.size, self.places[lane.kind], np.int32)
        elif lane.kind == "null":
            own = np.full(part.size, self.null, np.int32)
        else:
            values: Sequence[Any] = lane.values if lane.kind == "string" else (False, True)
            used = np.unique(lane.data)
            table = np.zeros(len(values), np.int32)
            table[used.astype(np.int32)] = [self.outcomes.place(values[int(code)]) for code in used]
            own = np.broadcast_to(table[lane.data.astype(np.int32)], (part.size,)).copy()
        if lane.null is not None:
            own[np.broadcast_to(lane.null, (part.size,))] = self.null
        if lane.unknown is not None:
            bits = np.broadcast_to(lane.unknown, (part.size,))
            own[bits != 0] = self._placed_needs(bits[bits != 0])
        codes[chosen] = own
        self._leave(part.rows, lane.alone)


def cooked(recipe: Recipe, lanes: Sequence[Lane], waits: Any) -> Lane:
    """A computed outcome, from its rules' outputs, and the bits of the facts it waits for. Raises NotColumns."""
    if recipe.how == "one":
        return lanes[0]
    if recipe.how in ("any", "first"):
        return la.agreed(lanes, waits)
    if recipe.how in ("MIN", "MAX"):
        return _without_unknown(la.extreme(lanes, greatest=recipe.how == "MAX"))
    total = lanes[0] if lanes[0].kind == "number" else la.nulls(lanes[0].unknown, lanes[0].alone)
    for lane in lanes[1:]:
        total = la.arithmetic("+", total, lane) if lane.kind == "number" else la.nulls(
            la.either(total.unknown, lane.unknown), la.either(total.alone, lane.alone))  # fmt: skip
    return _without_unknown(total)


def _without_unknown(lane: Lane) -> Lane:
    """As an aggregation takes what is unknown: there is no number, so the result is null."""
    if lane.unknown is None:
        return lane
    null = la.either(lane.null, lane.unknown != 0)
    return Lane(lane.kind, lane.data, lane.scale, lane.values, null, None, lane.alone, lane.more)
