"""The decision tables of a package: what each may use, what it gives, in which order they rest on each other.

Pure, and without a package: `read_all` takes the content of `tables/` and the names of the form; `Deciding` works the
tables out for one situation, each when its result is first asked for. A fact nobody has given stays unknown and is
named; a list (COLLECT) then still says what is in it for certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.boxed import Scope
from tongqu.foundation.dmn.grid import from_grid, worded
from tongqu.foundation.dmn.item_types import Types
from tongqu.foundation.dmn.tables import CompiledTable, Fired, compile_table
from tongqu.foundation.feel import nodes
from tongqu.foundation.feel.diagnostics import Diagnostic, FeelError, LimitExceeded
from tongqu.foundation.feel.evaluating import bounded
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.foundation.feel.running import Frame, Limits, Run
from tongqu.foundation.feel.values import Unknown

Kinds = Mapping[str, str]  # name → number, string, date, boolean or list
Choices = Mapping[str, frozenset[str] | None]  # name → the values it can have, None: any
SECONDS = 0.5  # of processor time for one table
SIMPLE_TYPES = ("string", "number", "boolean", "date")
NO_TYPES = Types(m.Definitions("", ""))
_LISTS = ("COLLECT", "RULE ORDER", "OUTPUT ORDER")


@dataclass(frozen=True, slots=True)
class Given:
    """What a table gives: a name that conditions may use, its kind, and the values it can have (None: any)."""

    name: str
    kind: str
    values: frozenset[str] | None
    table: str


@dataclass(frozen=True, slots=True)
class PackageTable:
    """One table. `table` has the types and values of the form filled in; `uses`: the names it looks at."""

    name: str
    table: m.Table
    uses: frozenset[str]
    gives: tuple[Given, ...]

    @property
    def lists(self) -> bool:
        """Whether it gives lists, one value for each rule that fires."""
        return self.table.hit_policy in _LISTS and not self.table.aggregation


@dataclass(frozen=True)
class PackageTables:
    """All of a package. `circle`: tables that rest on each other in a ring; they are never worked out."""

    by_name: Mapping[str, PackageTable]
    names: tuple[str, ...]  # all that expressions may use
    circle: tuple[str, ...] = ()

    @cached_property
    def given(self) -> dict[str, Given]:
        return {one.name: one for table in self.by_name.values() for one in table.gives}

    @cached_property
    def compiled(self) -> dict[str, CompiledTable]:
        scope = Scope(self.names, (), NO_TYPES, [])
        return {name: compile_table(one.table, scope) for name, one in self.by_name.items()}

    @property
    def kinds(self) -> dict[str, str]:
        return {name: one.kind for name, one in self.given.items()}


def read_all(content: Mapping[str, Any], kinds: Kinds, choices: Choices) -> PackageTables:
    """`content`: {name: rows of cells}; `kinds`, `choices`: of the form, its derived values and the facts of the case.
    Raises SheetError for rows that are no table."""
    raw = {name: _typed(from_grid(rows), kinds, choices) for name, rows in content.items()}
    gives = {name: tuple(_gives(name, table)) for name, table in raw.items()}
    names = tuple(sorted({*kinds, *(one.name for row in gives.values() for one in row)}))
    found = {n: PackageTable(n, table, frozenset(used(table, names)), gives[n]) for n, table in raw.items()}
    return PackageTables(found, names, _circle(found))


def _typed(table: m.Table, kinds: Kinds, choices: Choices) -> m.Table:
    """With the types and values of what an input plainly names, where the sheet leaves them out."""
    inputs = tuple(_typed_input(one, kinds, choices) for one in table.inputs)
    filled = {n for n, one in enumerate(inputs) if one.type_ref != table.inputs[n].type_ref}
    rules = tuple(  # bare words count as texts in a column that turns out to be one of texts
        replace(
            rule, tests=tuple(worded(t, inputs[n].type_ref if n in filled else "") for n, t in enumerate(rule.tests))
        )
        for rule in table.rules
    )
    return replace(table, inputs=inputs, rules=rules)


def _typed_input(one: m.Input, kinds: Kinds, choices: Choices) -> m.Input:
    kind, values = kinds.get(one.expression.strip()), choices.get(one.expression.strip())
    if kind is None or kind == "list":
        return one
    listed = ", ".join(f'"{value}"' for value in sorted(values)) if values and kind == "string" else ""
    type_ref = one.type_ref or kind
    return replace(one, type_ref=type_ref, values=worded(one.values, type_ref) or listed)


def _gives(name: str, table: m.Table) -> Iterator[Given]:
    for n, one in enumerate(table.outputs):
        kind, values = one.type_ref, _values(table, n)
        if table.aggregation in ("SUM", "COUNT"):
            kind, values = "number", None
        elif table.hit_policy in _LISTS and not table.aggregation:
            kind = "list"
        if kind not in (*SIMPLE_TYPES, "list"):
            kind = "string"  # the check refuses the type
        if one.type_ref == "boolean" and kind == "boolean":
            values = frozenset({"true", "false"})
        yield Given(one.name, kind, values, name)


def _values(table: m.Table, n: int) -> frozenset[str] | None:
    """What an output of texts can be: the values listed, else those of its cells where all are plain."""
    output = table.outputs[n]
    if output.type_ref != "string":
        return None
    cells = [output.values] if output.values.strip() else [*(r.outputs[n] for r in table.rules), output.default]
    found: set[str] = set()
    for text in cells:
        if text.strip() in ("", "-"):
            continue
        try:
            node = read_expression(f"[{text}]")
        except FeelError:
            return None
        items = node.items if isinstance(node, nodes.ListNode) else ()
        if not items or not all(isinstance(i, nodes.Literal) and isinstance(i.value, str) for i in items):
            return None
        found.update(i.value for i in items if isinstance(i, nodes.Literal))
    return frozenset(found)


def used(table: m.Table, names: tuple[str, ...]) -> Iterator[str]:
    """The names that a table looks at, of those that there are; what cannot be read names nothing."""
    for _cell, node in texts(table, names):
        if isinstance(node, nodes.Node):
            yield from (one.name for one in nodes.walk(node) if isinstance(one, nodes.Name) and one.name in names)


def texts(table: m.Table, names: tuple[str, ...]) -> Iterator[tuple[tuple[int, int], nodes.Node | FeelError]]:
    """Every expression and cell of a table, read, with its (rule, column) from 1; rule 0: the head of the column."""
    first = len(table.inputs) + 1
    expressions = [((0, c), one.expression) for c, one in enumerate(table.inputs, 1)]
    expressions += [((0, c), one.default) for c, one in enumerate(table.outputs, first)]
    for n, rule in enumerate(table.rules, 1):
        expressions += [((n, c), text) for c, text in enumerate(rule.outputs, first)]
        yield from (((n, c), _read(read_tests, test, names)) for c, test in enumerate(rule.tests, 1))
    for cell, text in expressions:
        if text.strip() not in ("", "-"):
            yield cell, _read(read_expression, text, names)


def _read(reader: Any, text: str, names: tuple[str, ...]) -> nodes.Node | FeelError:
    try:
        found: nodes.Node = reader(text, names)
    except FeelError as error:
        return error
    return found


def _circle(tables: Mapping[str, PackageTable]) -> tuple[str, ...]:
    """Tables of which each rests on another of them."""
    gives = {one.name: table.name for table in tables.values() for one in table.gives}
    rests = {name: {gives[used] for used in table.uses if used in gives} for name, table in tables.items()}
    free: set[str] = set()
    while more := {name for name, on in rests.items() if name not in free and on <= free}:
        free |= more
    return tuple(sorted(set(rests) - free))


# --- deciding --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Decided:
    """What a table came to. `results`: {output: FEEL value or Unknown}; `certain`: {output: what a list holds for
    certain, whatever is still unknown}; `needs`: facts that would settle it, the most settling first."""

    table: PackageTable
    fired: Fired | None
    results: Mapping[str, Any]
    certain: Mapping[str, list[Any]]
    needs: tuple[str, ...]
    notes: tuple[Diagnostic, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """Rules that the rows which fired name."""
        return self.fired.cites if self.fired else ()


class Deciding:
    """The tables over one situation. `facts`: {name: FEEL value, or Unknown}; what is not there is null."""

    def __init__(self, tables: PackageTables, facts: Mapping[str, Any]) -> None:
        self.tables, self.facts = tables, facts
        self._done: dict[str, Decided] = {}

    def result(self, name: str) -> Any:
        """The value of a table's output: FEEL's, or Unknown. Raises KeyError for no output's name."""
        return self.decided(self.tables.given[name].table).results[name]

    def stored(self, name: str) -> Any:
        """The same as forms store values: texts and lists of texts; of an open list what is certain; else None."""
        decided = self.decided(self.tables.given[name].table)
        value = decided.results[name]
        if type(value) is Unknown:
            value = decided.certain.get(name) or None
        if value is None:
            return None
        return [_text(one) for one in value if one is not None] if isinstance(value, list) else _text(value)

    def decided(self, name: str) -> Decided:
        """One table worked out, with its trace. Raises KeyError."""
        if name not in self._done:
            self._done[name] = self._decide(self.tables.by_name[name])
        return self._done[name]

    def _decide(self, one: PackageTable) -> Decided:
        if one.name in self.tables.circle:
            raise ValueError(f"table {one.name} rests on itself")
        given = self.tables.given
        values = {name: self.result(name) if name in given else self.facts.get(name) for name in one.uses}
        run = Run(Limits(seconds=SECONDS), trace=[])
        frame = Frame(values, run)
        compiled = self.tables.compiled[one.name]
        notes: tuple[Diagnostic, ...] = ()
        try:
            value = bounded(lambda: compiled.work(frame), run)
        except LimitExceeded as error:  # the note says so on the page of the case
            value, notes = None, (error.problem,)
        fired = next((line for line in run.trace or () if isinstance(line, Fired)), None)
        needs: tuple[str, ...] = ()
        if type(value) is Unknown:
            needs = tuple(sorted(value.needs, key=lambda name: (-run.needs.get(name, 0), name)))
        certain = _certain(one, compiled, fired, frame) if needs and one.lists else {}
        return Decided(one, fired, _results(one, value), certain, needs, (*run.notes, *notes))


def _certain(one: PackageTable, compiled: CompiledTable, fired: Fired | None, frame: Frame) -> dict[str, list[Any]]:
    rows = [compiled.rows[number - 1] for number in (fired.matched if fired else ())]
    return {given.name: [row.outputs[n](frame) for row in rows] for n, given in enumerate(one.gives)}


def _results(one: PackageTable, value: Any) -> dict[str, Any]:
    names = [given.name for given in one.gives]
    if value is None or type(value) is Unknown or len(names) == 1:
        return dict.fromkeys(names, value)
    if isinstance(value, list):
        return {name: [row[name] for row in value] for name in names}
    return {name: value[name] for name in names}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else said(value)
