"""A decision table turned into look-ups: how numpy and SQL decide many cases at once, just as the table decides one.

Each input's value falls into one of a few states (a segment, a choice, null, unknown). States of several inputs are put
together two by two, and those that leave the same rules are one; each last state has its outcome, which the table's own
hit policy gives. So both ways agree on every case, unknown ones included, or there is no plan at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tongqu.foundation.dmn.analysis import Column, Segments, column, simple
from tongqu.foundation.dmn.tables import CompiledTable
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.values import Unknown

MOST_STATES = 200_000


class NoPlan(ValueError):
    """The table cannot be looked up; `zh`, `en` say which part of it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class InputPlan:
    """One input: the path of the fact (`applicant.age`), its lookup, and the state of each part of the lookup.

    `parts`: by segment, or by choice in the order of `values` and then everything else.
    """

    path: str
    lookup: Column
    values: tuple[Any, ...]
    parts: tuple[int, ...]
    null: int
    unknown: int
    count: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`merges[i][state * inputs[i + 1].count + next]` is the state of inputs 0 to i + 1; `outcome[state]`: a number in
    `outcomes`, the distinct answers."""

    label: str
    inputs: tuple[InputPlan, ...]
    merges: tuple[tuple[int, ...], ...]
    outcome: tuple[int, ...]
    outcomes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class State:
    """The rules that the inputs so far leave, and which of these inputs are unknown; `wrong`: one has a value that it
    may not have."""

    mask: int
    unknown: frozenset[int] = frozenset()
    wrong: bool = False


def plan_of(table: CompiledTable) -> Plan:
    """Raises NoPlan."""
    for row in table.rows:
        for work, text in zip(row.outputs, table.table.rules[row.number - 1].outputs, strict=True):
            if not _is_constant(text, work):
                raise NoPlan(f"第{row.number}条规则的结果是算式", f"the result of rule {row.number} is computed")
    inputs: list[InputPlan] = []
    states: list[State] = [State(table.all_rules)]
    merges: list[tuple[int, ...]] = []
    for number in range(len(table.inputs)):
        plan, own = _input(table, number)
        inputs.append(plan)
        states, merge = _merged(states, own)
        if number:
            merges.append(merge)
        else:
            states = [states[merge[n]] for n in range(len(own))]
    outcomes: list[Any] = []
    outcome = tuple(_outcome(table, state, inputs, outcomes) for state in states)
    return Plan(table.table.label, tuple(inputs), tuple(merges), outcome, tuple(outcomes))


def _is_constant(text: str, work: Callable[[Frame], Any]) -> bool:
    from tongqu.foundation.dmn.analysis import constant

    if text.strip() in ("", "-"):
        return True
    try:
        return constant(read_expression(text))[0]
    except FeelError:
        return False


# --- one input -------------------------------------------------------------------------------------------------------


def _input(table: CompiledTable, number: int) -> tuple[InputPlan, list[State]]:
    one = table.table.inputs[number]
    path = _path(one.expression)
    if path is None:
        raise NoPlan(f"条件“{one.expression.strip()}”是算式", f"the input “{one.expression.strip()}” is computed")
    lookup, extra = _lookup(table, number)
    wanted = 1 << len(table.rows)

    def state(mask: int) -> State:
        return State(mask & (wanted - 1), wrong=extra and not mask & wanted)

    if isinstance(lookup, Segments):
        values: tuple[Any, ...] = ()
        found = [state(mask) for mask in lookup.masks]
    else:
        values = tuple(lookup.masks)
        found = [*(state(lookup.masks[value]) for value in values), state(lookup.other)]
    found.append(State(lookup.null_mask & (wanted - 1)))
    found.append(State(wanted - 1, frozenset([number])))
    distinct = list(dict.fromkeys(found))
    places = {one_state: place for place, one_state in enumerate(distinct)}
    *parts, null, unknown = (places[one_state] for one_state in found)
    return InputPlan(path, lookup, values, tuple(parts), null, unknown, len(distinct)), distinct


def _path(text: str) -> str | None:
    """The fact that an input is, by its path; None for an expression."""
    try:
        node = read_expression(text)
    except FeelError:
        return None
    names: list[str] = []
    while isinstance(node, n.Path):
        names.append(node.name)
        node = node.value
    return ".".join([node.name, *reversed(names)]) if isinstance(node, n.Name) else None


def _lookup(table: CompiledTable, number: int) -> tuple[Column, bool]:
    """The input's lookup, with one bit more where its values are limited."""
    cells = [simple(read_tests(rule.tests[number])) for rule in table.table.rules]
    limited = table.input_values[number] is not None
    if limited:
        cells.append(simple(read_tests(table.table.inputs[number].values)))
    found = column(cells)
    if found is None:
        name = table.table.inputs[number].expression.strip()
        raise NoPlan(f"条件“{name}”有算式或者几种类型", f"the input “{name}” has expressions or several types")
    return found, limited


# --- putting together ------------------------------------------------------------------------------------------------


def _merged(states: Sequence[State], own: Sequence[State]) -> tuple[list[State], tuple[int, ...]]:
    """The states of both together, and which one each pair leads to. Raises NoPlan."""
    places: dict[State, int] = {}
    merge: list[int] = []
    for one in states:
        for other in own:
            both = State(one.mask & other.mask, one.unknown | other.unknown, one.wrong or other.wrong)
            if both.wrong:
                both = State(0, frozenset(), True)
            elif not both.mask:
                both = State(0)
            merge.append(places.setdefault(both, len(places)))
    if len(places) > MOST_STATES or len(merge) > 20 * MOST_STATES:
        raise NoPlan("条件的组合太多", "too many combinations of inputs")
    return list(places), tuple(merge)


def _outcome(table: CompiledTable, state: State, inputs: Sequence[InputPlan], outcomes: list[Any]) -> int:
    if state.wrong:
        return place_of(None, outcomes)
    matched, open_ = [], []
    for row in table.rows:
        if not state.mask >> (row.number - 1) & 1:
            continue
        waiting = [inputs[column_].path for column_, _cell in row.cells if column_ in state.unknown]
        if waiting:
            open_.append((row, Unknown(frozenset(waiting))))
        else:
            matched.append(row)
    return place_of(table.policy(table, Frame({}, Run()), matched, open_), outcomes)


def place_of(value: Any, outcomes: list[Any]) -> int:
    """Its place among the distinct outcomes: alike only where they are written alike."""
    for place, one in enumerate(outcomes):
        if type(one) is type(value) and repr(one) == repr(value):
            return place
    outcomes.append(value)
    return len(outcomes) - 1
