"""A decision table turned into look-ups: how numpy and SQL decide many cases at once, just as the table decides one.

Each input's value falls into one of a few states (a segment, a choice, null, unknown). States of several inputs are put
together two by two, and those that leave the same rules are one; each last state has its outcome, which the table's own
hit policy gives. So both ways agree on every case, unknown ones included, or there is no plan at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from tongqu.foundation.dmn.analysis import Column, Segments, column, constant, simple
from tongqu.foundation.dmn.tables import CompiledTable
from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.types import ANY, Type
from tongqu.foundation.feel.values import Unknown

MOST_STATES = 200_000
WHOLE = -1  # stands for a rule's number where there is but one expression
PLAIN_TYPES = ("number", "string", "boolean", "date")


class Outcomes:
    """The distinct outcomes, alike only where they are written alike."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values, self._lock = list(values), Lock()
        self._places = {self._key(value): place for place, value in reversed(list(enumerate(values)))}

    @staticmethod
    def _key(value: Any) -> Any:
        return (Unknown, value.needs) if type(value) is Unknown else (type(value), repr(value))

    def place(self, value: Any) -> int:
        with self._lock:
            found: int = self._places.setdefault(self._key(value), len(self.values))
            if found == len(self.values):
                self.values.append(value)
            return found


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

    path: str  # of an expression, its text
    lookup: Column
    values: tuple[Any, ...]
    parts: tuple[int, ...]
    null: int
    unknown: int
    count: int
    node: n.Node | None = None  # of an input that is more than a plain fact
    wanted: Type | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """An outcome that is computed in each row, by the outputs of `rules` (0: the default). `how`: "one"; SUM, MIN, MAX;
    "any": the first, null unless all are equal to it; "first": the same, else unknown, as the inputs `waits` are;
    "alone": by the table itself, row by row."""

    how: str
    rules: tuple[int, ...]
    waits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An outcome that is unknown: the inputs that it waits for."""

    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`merges[i][state * inputs[i + 1].count + next]` is the state of inputs 0 to i + 1; `outcome[state]`: a number in
    `outcomes`, the distinct answers: values, or a `Recipe` where it is computed. `waiting`: the inputs that an unknown
    one waits for, by its place. `outputs`: what each rule gives, by its number, 0 for the default."""

    label: str
    inputs: tuple[InputPlan, ...]
    merges: tuple[tuple[int, ...], ...]
    outcome: tuple[int, ...]
    outcomes: tuple[Any, ...]
    waiting: dict[int, tuple[int, ...]] = field(default_factory=dict)
    outputs: dict[int, n.Node] = field(default_factory=dict)
    wanted: Type | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every input is a fact and every outcome a value."""
        facts = all(one.node is None and one.wanted is None for one in self.inputs)
        return facts and not any(isinstance(one, Recipe) for one in self.outcomes)


@dataclass(frozen=True, slots=True)
class State:
    """The rules that the inputs so far leave, and which of these inputs are unknown; `wrong`: one has a value that it
    may not have."""

    mask: int
    unknown: frozenset[int] = frozenset()
    wrong: bool = False


def plan_of(table: CompiledTable) -> Plan:
    """Raises NoPlan."""
    computed, outputs = _outputs(table)
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
    distinct = Outcomes(())
    outcome = tuple(distinct.place(_outcome(table, state, computed)) for state in states)
    outcomes = distinct.values
    waiting = {place: one.inputs for place, one in enumerate(outcomes) if isinstance(one, Waiting)}
    for place, waits in waiting.items():
        outcomes[place] = Unknown(frozenset(inputs[number].path for number in waits))
    wanted = _type(table, table.table.outputs[0].type_ref) if len(table.table.outputs) == 1 else None
    return Plan(table.table.label, tuple(inputs), tuple(merges), outcome, tuple(outcomes), waiting, outputs, wanted)


def expression_plan(label: str, node: n.Node) -> Plan:
    """An expression by itself, as a table without inputs."""
    known, value = constant(node)
    if known:
        return Plan(label, (), (), (0,), (value,))
    return Plan(label, (), (), (0,), (Recipe("one", (WHOLE,)),), outputs={WHOLE: node})


def _outputs(table: CompiledTable) -> tuple[frozenset[int], dict[int, n.Node]]:
    """The rules whose outputs are computed (0: the default), and each rule's output where there is one."""
    texts = {row.number: table.table.rules[row.number - 1].outputs for row in table.rows}
    if table.defaults is not None:
        texts[0] = tuple(one.default for one in table.table.outputs)
    computed, outputs = set(), {}
    for number, cells in texts.items():
        nodes = [_read(table, text if text.strip() not in ("", "-") else "null") for text in cells]
        if any(node is None or not constant(node)[0] for node in nodes):
            computed.add(number)
        if len(nodes) == 1 and nodes[0] is not None:
            outputs[number] = nodes[0]
    return frozenset(computed), outputs


def _read(table: CompiledTable, text: str) -> n.Node | None:
    """As the table itself read it."""
    scope = table.scope
    try:
        if scope is None:
            return read_expression(text)
        return read_expression(text, scope.names, members=scope.members, types=scope.types)
    except FeelError:
        return None


def _type(table: CompiledTable, name: str) -> Type | None:
    found = table.scope.types(name) if name and table.scope is not None else None
    return None if found is None or (found == ANY and found.allowed is None) else found


# --- one input -------------------------------------------------------------------------------------------------------


def _input(table: CompiledTable, number: int) -> tuple[InputPlan, list[State]]:
    one = table.table.inputs[number]
    node, text = _read(table, one.expression), one.expression.strip()
    if node is None:
        raise NoPlan(f"条件“{text}”读不懂", f"the input “{text}” cannot be read")
    wanted_type = _type(table, one.type_ref)
    if wanted_type is not None and (wanted_type.name not in PLAIN_TYPES or wanted_type.allowed is not None):
        raise NoPlan(f"条件“{text}”的类型有限制", f"the type of the input “{text}” is limited")
    path = path_of(node)
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
    plain = ".".join(path) if path is not None else text
    own = None if path is not None else node
    plan = InputPlan(plain, lookup, values, tuple(parts), null, unknown, len(distinct), own, wanted_type)
    return plan, distinct


def path_of(node: n.Node) -> tuple[str, ...] | None:
    """The fact that a node is, by its path; None for an expression, and for what may be a built-in function."""
    names: list[str] = []
    while isinstance(node, n.Path):
        names.append(node.name)
        node = node.value
    if not isinstance(node, n.Name) or node.name in BUILTINS:
        return None
    return (node.name, *reversed(names))


def _lookup(table: CompiledTable, number: int) -> tuple[Column, bool]:
    """The input's lookup, with one bit more where its values are limited."""
    limited = table.input_values[number] is not None
    found = table.columns[number]
    if limited and found is not None:
        try:
            cells = [simple(read_tests(rule.tests[number])) for rule in table.table.rules]
            cells.append(simple(read_tests(table.table.inputs[number].values)))
            found = column(cells)
        except FeelError:
            found = None
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


def _outcome(table: CompiledTable, state: State, computed: frozenset[int]) -> Any:
    """A value, `Waiting`, or a `Recipe`."""
    if state.wrong:
        return None
    matched, open_ = [], []
    for row in table.rows:
        if not state.mask >> (row.number - 1) & 1:
            continue
        waiting = [str(column_) for column_, _cell in row.cells if column_ in state.unknown]
        if waiting:
            open_.append((row, Unknown(frozenset(waiting))))
        else:
            matched.append(row)
    waits = {row.number: sorted(map(int, needs.needs)) for row, needs in open_}
    recipe = _recipe(table, [row.number for row in matched], waits, computed)
    if recipe is not None:
        return recipe
    value = table.policy(table, Frame({}, Run()), matched, open_)
    return Waiting(tuple(sorted(map(int, value.needs)))) if type(value) is Unknown else value


def _recipe(
    table: CompiledTable, matched: list[int], open_: Mapping[int, list[int]], computed: frozenset[int]
) -> Recipe | None:
    """How an outcome is computed; None where it is the same in each row. `open_`: the inputs that a rule waits for."""
    hit, how = table.table.hit_policy, table.table.aggregation
    if not computed or (how == "COUNT" and matched):
        return None
    if open_ and (hit not in ("UNIQUE", "FIRST", "ANY") or not matched):
        return None
    one = len(table.table.outputs) == 1
    if not matched:
        return Recipe("one" if one else "alone", (0,)) if 0 in computed else None
    if hit == "UNIQUE" and len(matched) > 1:
        return None
    used = matched[:1] if hit in ("UNIQUE", "FIRST") else matched
    before = [number for number in open_ if number < matched[0]] if hit == "FIRST" else []
    if not computed & {*used, *before}:
        return None
    if how and one:
        return Recipe(how, tuple(used))
    if before and one:
        return Recipe("first", (*used, *before), tuple(sorted({number for rule in before for number in open_[rule]})))
    if hit == "ANY" and one and len(used) > 1:
        return Recipe("any", tuple(used))
    listed = hit in ("COLLECT", "RULE ORDER", "OUTPUT ORDER")
    return Recipe("one" if one and len(used) == 1 and not before and not listed else "alone", tuple(used))
