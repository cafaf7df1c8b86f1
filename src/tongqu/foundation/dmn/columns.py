"""Decisions over columns with numpy: one answer for each row, the same as the table gives that row alone.

Needs the extra `columns`. Rows whose numbers no column holds exactly are decided one by one, as is everything for which
a table has no plan or an expression no lane; the answer says how many and why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tongqu.foundation.dmn import lanes as la
from tongqu.foundation.dmn.column_expressions import Facts, Part, as_typed, paths_in
from tongqu.foundation.dmn.lanes import Lane, NotColumns
from tongqu.foundation.dmn.plan import NoPlan, Outcomes, Plan, Recipe, plan_of
from tongqu.foundation.dmn.states import alone, small, states, states_of_lane
from tongqu.foundation.dmn.tables import CompiledTable
from tongqu.foundation.dmn.vectors import Coded, Codes, Days, Flags, Numbers, Vector, facts_of, length, vector
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.values import Unknown

__all__ = ["Answers", "Codes", "Coded", "ColumnTable", "Days", "Numbers", "facts_of", "vector"]
CHUNK = 1 << 19
INEXACT = "数字或者类型不能精确成列 values that no column holds exactly"


@dataclass(frozen=True, slots=True)
class Computed:
    """Stands among the outcomes for a value that is in `Answers.computed`, at this place."""

    place: int


@dataclass(frozen=True, slots=True)
class Answers:
    """`outcomes[codes[row]]` is a row's answer, or, where that is `Computed`, what this column says. `alone`: how many
    rows were decided one by one, and `why`."""

    codes: Codes
    outcomes: tuple[Any, ...]
    alone: int = 0
    why: tuple[str, ...] = ()
    computed: tuple[Numbers | Days, ...] = ()

    def value(self, row: int) -> Any:
        found = self.outcomes[int(self.codes[row])]
        return self.computed[found.place].value(row) if isinstance(found, Computed) else found

    def counts(self) -> list[tuple[Any, int]]:
        """Each outcome with how many rows have it."""
        return [(value, count) for value, count, _rows in self._distinct()]

    def coded(self) -> Coded:
        """As a column for another table."""
        if not self.computed:
            return Coded(self.codes, self.outcomes)
        codes = np.zeros(len(self.codes), np.int32)
        values: list[Any] = []
        for value, _count, rows in self._distinct():
            codes[rows] = len(values)
            values.append(value)
        return Coded(codes, tuple(values))

    def _distinct(self) -> list[tuple[Any, int, Any]]:
        found: list[tuple[Any, int, Any]] = []
        counts = np.bincount(self.codes, minlength=len(self.outcomes))
        for code, value in enumerate(self.outcomes):
            if not isinstance(value, Computed):
                if counts[code]:
                    found.append((value, int(counts[code]), self.codes == code if self.computed else None))
                continue
            rows = np.flatnonzero(self.codes == code)
            if not len(rows):
                continue
            column = self.computed[value.place]
            _each, firsts, which = np.unique(column.data[rows], return_index=True, return_inverse=True)
            parts = np.split(rows[np.argsort(which, kind="stable")], np.cumsum(np.bincount(which))[:-1])
            found += [(column.value(int(rows[f])), len(p), p) for f, p in zip(firsts, parts, strict=True)]
        return found


@dataclass(slots=True)
class ColumnTable:
    """A compiled table ready to decide columns."""

    table: CompiledTable
    plan: Plan | None = None
    why: str = ""
    _arrays: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        try:
            self.plan = plan_of(self.table)
        except NoPlan as error:
            self.why = str(error)
            return
        self._arrays = [np.array(merge, small(max(merge, default=0))) for merge in self.plan.merges]
        self._arrays.append(np.array(self.plan.outcome, small(len(self.plan.outcomes))))

    def decide(self, facts: Mapping[str, Any], *, threads: int = 2) -> Answers:
        """An answer for each row. `facts`: columns by the path of the fact; one that is not there is unknown to all."""
        columns = {name: vector(values) for name, values in facts.items()}
        rows = max((length(one) for one in columns.values()), default=0)
        if self.plan is None:
            return self._one_by_one(columns, rows, self.why)
        try:
            work = _Deciding(self, self.plan, Facts(columns, rows, self._paths()))
        except NotColumns as error:
            return self._one_by_one(columns, rows, str(error))
        return work.decided(threads)

    def looked_up(self, states: Sequence[Codes], rows: int) -> Codes:
        """The outcome's number for each row, by the state of each input."""
        assert self.plan is not None
        state: Any = None
        for number_, (one, own) in enumerate(zip(self.plan.inputs, states, strict=True)):
            state = own if state is None else self._arrays[number_ - 1][state.astype(np.int32) * one.count + own]
        if state is None:
            state = np.zeros(rows, np.int8)
        found: Codes = self._arrays[-1][state]
        return found

    def one(self, columns: Mapping[str, Vector], row: int) -> Any:
        """The table's own answer for a row."""
        return self.table.work(Frame(facts_of(columns, row), Run()))

    def _paths(self) -> list[tuple[str, ...]]:
        assert self.plan is not None
        paths = [tuple(one.path.split(".")) for one in self.plan.inputs if one.node is None]
        nodes = [*(one.node for one in self.plan.inputs if one.node is not None), *self.plan.outputs.values()]
        return [*paths, *(path for node in nodes for path in paths_in(node))]

    def _one_by_one(self, columns: Mapping[str, Vector], rows: int, why: str) -> Answers:
        outcomes = Outcomes(())
        codes = np.array([outcomes.place(self.one(columns, row)) for row in range(rows)], np.int32)
        return Answers(codes, tuple(outcomes.values), rows, (why,))


class _Deciding:
    """One table over one set of columns. Raises NotColumns for an input that cannot be computed."""

    def __init__(self, table: ColumnTable, plan: Plan, facts: Facts) -> None:
        self.table, self.plan, self.facts = table, plan, facts
        self.outcomes = Outcomes(plan.outcomes)
        self.why: dict[str, None] = {}
        self.inexact = False
        self.columns = [None if one.node is not None else facts.find(tuple(one.path.split("."))) for one in plan.inputs]
        self.alone = np.zeros(facts.rows, bool)
        nothing = Part(facts, slice(0, 0), 0)
        for number in range(len(plan.inputs)):
            self._input(number, nothing)
        self.recipes = {place: one for place, one in enumerate(plan.outcomes) if isinstance(one, Recipe)}
        self.reasons: dict[Recipe, NotColumns] = {}
        self.scale, self.numbers, self.days = 0, False, False
        self.odd = {place for place, one in self.recipes.items() if not self._possible(one, nothing)}
        self.special = np.zeros(len(plan.outcomes), bool)
        self.special[[*self.recipes, *(place for place, ones in plan.waiting.items() if self._own_needs(ones))]] = True
        self.null = self.outcomes.place(None) if self.recipes else 0
        self.places = (self.outcomes.place(Computed(0)), self.outcomes.place(Computed(1))) if self.recipes else (0, 0)
        self.data = [np.zeros(facts.rows if used else 0, np.int64) for used in (self.numbers, self.days)]

    def decided(self, threads: int) -> Answers:
        rows = self.facts.rows
        codes = np.empty(rows, np.int32 if self.special.any() else small(len(self.plan.outcomes)))
        starts = range(0, rows, CHUNK)

        def work(start: int) -> None:
            end = min(start + CHUNK, rows)
            self._chunk(codes[start:end], start, end)

        if threads > 1 and len(starts) > 1:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, starts))
        else:
            for start in starts:
                work(start)
        left = np.flatnonzero(self.alone)
        if len(left):
            codes = codes.astype(np.int32)
            if self.inexact or not self.why:
                self.why.setdefault(INEXACT)
        for row in left.tolist():
            codes[row] = self.outcomes.place(self.table.one(self.facts.columns, row))
        computed = (Numbers(self.data[0], self.scale), Days(self.data[1])) if self.recipes else ()
        return Answers(codes, tuple(self.outcomes.values), len(left), tuple(self.why), computed)

    def _own_needs(self, numbers: Sequence[int]) -> bool:
        """Whether what an unknown input still needs differs from row to row, or is not the fact itself."""
        for column in (self.columns[number] for number in numbers):
            if column is None:
                return True
            if isinstance(column, Coded) and any(type(v) is Unknown and v.needs for v in column.values):
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
        self.numbers, self.days = self.numbers or lane.kind == "number", self.days or lane.kind == "date"
        self.scale = max(self.scale, lane.scale)
        return True

    def _tell(self, recipe: Recipe) -> None:
        which, error = "、".join(str(rule) for rule in recipe.rules), self.reasons[recipe]
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

    def _chunk(self, codes: Any, start: int, end: int) -> None:
        part, found = Part(self.facts, slice(start, end), end - start), []
        for number, (one, column) in enumerate(zip(self.plan.inputs, self.columns, strict=True)):
            if column is not None:
                found.append(states(one, column, start, end))
                continue
            own, odd = states_of_lane(one, self._input(number, part), end - start)
            found.append(own)
            self._leave(slice(start, end), odd)
        codes[:] = self.table.looked_up(found, end - start)
        self._leave_facts(start, end)
        if not self.special.any():
            return
        rows = np.flatnonzero(self.special[codes])
        kinds = codes[rows]
        for place in np.unique(kinds).tolist():
            chosen = rows[kinds == place]
            own_part = Part(self.facts, chosen + start, len(chosen))
            if place in self.recipes:
                self._compute(place, own_part, codes, chosen, start)
            else:
                bits = self._bits(self.plan.waiting[place], own_part)
                codes[chosen] = self._placed_needs(bits)

    def _leave(self, rows: Any, odd: Flags | None) -> None:
        if odd is not None and odd.any():
            self.alone[rows] |= odd
            self.inexact = True

    def _leave_facts(self, start: int, end: int) -> None:
        for one, column in zip(self.plan.inputs, self.columns, strict=True):
            odd = alone(one, _sliced(column, start, end)) if column is not None else None
            self._leave(slice(start, end), odd)

    def _bits(self, numbers: Sequence[int], part: Part) -> Any:
        found = np.zeros(part.size, np.int64)
        for number in numbers:
            column = self.columns[number]
            if isinstance(column, Coded):
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
        if recipe.how == "one":
            return lanes[0]
        if recipe.how in ("MIN", "MAX"):
            return _without_unknown(la.extreme(lanes, greatest=recipe.how == "MAX"))
        total = lanes[0] if lanes[0].kind == "number" else la.nulls(lanes[0].unknown, lanes[0].alone)
        for lane in lanes[1:]:
            total = la.arithmetic("+", total, lane) if lane.kind == "number" else la.nulls(
                la.either(total.unknown, lane.unknown), la.either(total.alone, lane.alone))  # fmt: skip
        return _without_unknown(total)

    def _compute(self, place: int, part: Part, codes: Any, chosen: Any, start: int) -> None:
        if place in self.odd:
            self.alone[part.rows] = True
            self._tell(self.recipes[place])
            return
        lane = la.settled(self._cooked(self.recipes[place], part))
        if lane.kind == "number":
            lane = la.rescaled(lane, self.scale)
        if lane.kind in ("number", "date"):
            which = int(lane.kind == "date")
            self.data[which][part.rows] = lane.data
            own: Any = np.full(part.size, self.places[which], np.int32)
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


def _without_unknown(lane: Lane) -> Lane:
    """As an aggregation takes what is unknown: there is no number, so the result is null."""
    if lane.unknown is None:
        return lane
    null = la.either(lane.null, lane.unknown != 0)
    return Lane(lane.kind, lane.data, lane.scale, lane.values, null, None, lane.alone, lane.more)


def _sliced(column: Vector, start: int, end: int) -> Vector:
    def part(flags: Any) -> Any:
        return None if flags is None else flags[start:end]

    if isinstance(column, Coded):
        return Coded(column.codes[start:end], column.values)
    if isinstance(column, Days):
        return Days(column.data[start:end], part(column.null), part(column.unknown))
    return Numbers(column.data[start:end], column.scale, part(column.null), part(column.unknown), part(column.alone))
