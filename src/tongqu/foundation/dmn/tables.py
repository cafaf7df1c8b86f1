"""Decision tables: hit policies, aggregations, defaults; what fired and why (DMN 1.5, 8).

Three-valued: a cell that needs a fact nobody has given leaves its rule open. The table's answer is then unknown unless
the rules that are certain settle it, and `Run.needs` counts how many open rules each missing fact stands in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.analysis import EVERYTHING, Column, Simple, column, simple
from tongqu.foundation.dmn.boxed import Scope, nothing, text_work, typed
from tongqu.foundation.feel import nodes
from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.compiling import Work, compile_node, compile_tests
from tongqu.foundation.feel.diagnostics import Diagnostic, FeelError, Span
from tongqu.foundation.feel.functions.statistics import greatest, least, total
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.types import Type
from tongqu.foundation.feel.values import Unknown, unknown

Cell = Callable[[Frame, Any], Any]
RULE_ID = re.compile(r"(?<![A-Za-z0-9])[A-Z]{1,4}[0-9]{1,3}(?:\.[a-z_]+)?(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    cells: tuple[tuple[int, Cell], ...]  # (input, test); cells that let everything through are left out
    outputs: tuple[Work, ...]
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fired:
    """What a table did, for its trace: the inputs' values, the rules that matched, those left open, the result."""

    table: str
    inputs: tuple[tuple[str, Any], ...]
    matched: tuple[int, ...]
    open: tuple[int, ...]
    result: Any
    annotations: tuple[tuple[str, ...], ...] = ()

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of the rule register that the matched rules' remarks name (`L7`, `FB2`), in their order."""
        words = " ".join(text for row in self.annotations for text in row)
        return tuple(dict.fromkeys(RULE_ID.findall(words)))


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A table ready to decide. `work(frame)` gives its result."""

    table: m.Table
    inputs: tuple[Work, ...]
    input_values: tuple[Cell | None, ...]
    rows: tuple[Row, ...]
    defaults: tuple[Work, ...] | None
    order: tuple[tuple[Any, ...] | None, ...]  # each output's values, the highest priority first
    span: Span
    policy: Callable[..., Any] = field(repr=False)
    columns: tuple[Column | None, ...] = ()  # how each input is looked up; None: its cells are tried one by one
    all_rules: int = 0
    scope: Scope | None = field(default=None, repr=False)  # with what its texts were read

    def work(self, frame: Frame) -> Any:
        run = frame.run
        values = [one(frame) for one in self.inputs]
        for value, test in zip(values, self.input_values, strict=True):
            if test is not None and type(value) is not Unknown and value is not None and test(frame, value) is not True:
                run.note("not-allowed", self.span, value=value)
                return None
        matched, open_ = self.matching(frame, values)
        result = self.policy(self, frame, matched, open_)
        if run.trace is not None:
            self._trace(run, values, matched, open_, result)
        return result

    def matching(self, frame: Frame, values: Sequence[Any]) -> tuple[list[Row], list[tuple[Row, Unknown]]]:
        """The rules that match for certain, and those that may, with what they wait for."""
        mask = self.looked_up(values)
        if mask is not None:
            return [self.rows[bit] for bit in _bits(mask)], []
        matched: list[Row] = []
        open_: list[tuple[Row, Unknown]] = []
        for row in self.rows:
            waiting: list[Any] = []
            for number, cell in row.cells:
                answer = cell(frame, values[number])
                if answer is not True:
                    if type(answer) is not Unknown:
                        break
                    waiting.append(answer)
            else:
                needs = unknown(waiting)
                if needs is None:
                    matched.append(row)
                else:
                    open_.append((row, needs))
        for _row, needs in open_:
            frame.run.needs.update(needs.needs)
        return matched, open_

    def looked_up(self, values: Sequence[Any]) -> int | None:
        """A bit for each rule that matches, by looking up; None where a column or a value calls for more."""
        mask = self.all_rules
        for value, lookup in zip(values, self.columns, strict=True):
            if lookup is None:
                return None
            if type(value) is lookup.kind:
                mask &= lookup.mask(value)
            elif value is None:
                mask &= lookup.null_mask
            else:
                return None
            if not mask:
                return 0
        return mask

    def result(self, frame: Frame, works: Sequence[Work]) -> Any:
        """One row's outputs: a value, or a context where there are several."""
        outputs = self.table.outputs
        if len(outputs) == 1:
            return works[0](frame)
        return {o.name: work(frame) for o, work in zip(outputs, works, strict=True)}

    def default(self, frame: Frame) -> Any:
        if self.defaults is None:
            frame.run.note("no-rule", self.span)
            return None
        return self.result(frame, self.defaults)

    def _trace(self, run: Run, values: Sequence[Any], matched: list[Row], open_: Any, result: Any) -> None:
        names = [i.label or i.expression.strip() for i in self.table.inputs]
        if run.trace is not None:
            run.trace.append(
                Fired(
                    self.table.label, tuple(zip(names, values, strict=True)), tuple(r.number for r in matched),
                    tuple(r.number for r, _needs in open_), result, tuple(r.annotations for r in matched),
                )
            )  # fmt: skip


Open = list[tuple[Row, Unknown]]


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _needs(open_: Open) -> Unknown | None:
    return unknown([needs for _row, needs in open_])


# --- hit policies ----------------------------------------------------------------------------------------------------


def _unique(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    if len(matched) > 1:
        frame.run.note("overlap", table.span, rules=", ".join(str(r.number) for r in matched))
        return None
    if matched:
        return table.result(frame, matched[0].outputs)
    return _needs(open_) or table.default(frame)


def _first(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    number = matched[0].number if matched else None
    before = [(r, needs) for r, needs in open_ if number is None or r.number < number]
    if not before:
        return table.result(frame, matched[0].outputs) if matched else table.default(frame)
    if not matched:
        return _needs(before)
    certain = table.result(frame, matched[0].outputs)
    others = [table.result(frame, r.outputs) for r, _needs in before]
    return certain if all(op.equal(one, certain) is True for one in others) else _needs(before)


def _any(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    if not matched:
        return _needs(open_) or table.default(frame)
    results = [table.result(frame, r.outputs) for r in matched]
    if any(op.equal(one, results[0]) is not True for one in results[1:]):
        frame.run.note("no-agreement", table.span, rules=", ".join(str(r.number) for r in matched))
        return None
    return results[0]


def _all(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    """RULE ORDER, and COLLECT without an aggregation: every result, in the order of the rules."""
    if open_:
        return _needs(open_)
    if not matched and table.defaults is not None:
        return table.default(frame)
    return [table.result(frame, r.outputs) for r in matched]


def _priority(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    if open_:
        return _needs(open_)
    if not matched:
        return table.default(frame)
    return _sorted(table, frame, matched)[0]


def _output_order(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
    if open_:
        return _needs(open_)
    if not matched:
        return table.default(frame) if table.defaults is not None else []
    return _sorted(table, frame, matched)


def _sorted(table: CompiledTable, frame: Frame, matched: list[Row]) -> list[Any]:
    """The results by the priority of their outputs' values, from the first output on."""
    keyed: list[tuple[list[int], Any]] = []
    for row in matched:
        values = [work(frame) for work in row.outputs]
        keyed.append((_ranks(table, frame, values), values))
    keyed.sort(key=lambda one: one[0])
    outputs = table.table.outputs
    if len(outputs) == 1:
        return [values[0] for _ranks, values in keyed]
    return [dict(zip([o.name for o in outputs], values, strict=True)) for _ranks, values in keyed]


def _ranks(table: CompiledTable, frame: Frame, values: list[Any]) -> list[int]:
    ranks: list[int] = []
    for value, order in zip(values, table.order, strict=True):
        if order is None:
            continue
        rank = next((n for n, one in enumerate(order) if op.equal(one, value) is True), len(order))
        if rank == len(order):
            frame.run.note("not-listed", table.span, value=value)
        ranks.append(rank)
    return ranks


def _aggregated(how: str) -> Callable[..., Any]:
    def policy(table: CompiledTable, frame: Frame, matched: list[Row], open_: Open) -> Any:
        if open_:
            return _needs(open_)
        if not matched and table.defaults is not None:
            return table.default(frame)
        results = [table.result(frame, r.outputs) for r in matched]
        if how == "COUNT":
            return Decimal(len(results))
        if not results:
            return None
        call = Calling(frame.run, table.span, how.lower())
        return {"SUM": total, "MIN": least, "MAX": greatest}[how](call, results)

    return policy


_POLICIES: dict[str, Callable[..., Any]] = {
    "UNIQUE": _unique, "FIRST": _first, "ANY": _any, "PRIORITY": _priority, "RULE ORDER": _all,
    "OUTPUT ORDER": _output_order, "COLLECT": _all,
}  # fmt: skip


# --- compiling -------------------------------------------------------------------------------------------------------


def compile_table(table: m.Table, scope: Scope) -> CompiledTable:
    """Cells that cannot be read are put among the scope's problems, and match nothing."""
    inputs = tuple(_input(one, scope, table.label) for one in table.inputs)
    values = tuple(_Read(one.values, scope, f"{table.label} {one.expression}").cell() for one in table.inputs)
    read = [[_Read(text, scope, f"{table.label} {n}.{c}") for c, text in enumerate(rule.tests, 1)]
            for n, rule in enumerate(table.rules, 1)]  # fmt: skip
    rows = tuple(
        _row(n, rule, cells, table, scope) for n, (rule, cells) in enumerate(zip(table.rules, read, strict=True), 1)
    )
    columns = tuple(column([row[n].simple() for row in read]) for n in range(len(table.inputs)))
    defaults = None
    if any(o.default.strip() for o in table.outputs):
        defaults = tuple(_output(o.default, o, scope, table.label) for o in table.outputs)
    summed = table.aggregation and table.hit_policy == "COLLECT"
    policy = _aggregated(table.aggregation) if summed else _POLICIES[table.hit_policy]
    order = tuple(_order(o, scope) for o in table.outputs)
    span, all_rules = Span(0, 0, table.label), (1 << len(rows)) - 1
    return CompiledTable(table, inputs, values, rows, defaults, order, span, policy, columns, all_rules, scope)


class _Read:
    """One cell, read once for its test and for its lookup."""

    def __init__(self, text: str, scope: Scope, where: str) -> None:
        self.everything = text.strip() in ("", "-")
        self.tests: nodes.Tests | None = None
        self.problem: Diagnostic | None = None
        if not self.everything:
            try:
                tests = read_tests(text, scope.names, members=scope.members, types=scope.types, where=where)
                self.tests = _settled(tests, scope) if scope.constants else tests
            except FeelError as error:
                self.problem = error.problem
                scope.problems.append(error.problem)

    def cell(self) -> Cell | None:
        """Its test; None for everything."""
        if self.tests is not None:
            return compile_tests(self.tests)
        problem = self.problem
        if problem is None:
            return None

        def unreadable(frame: Frame, value: Any) -> None:
            frame.run.notes.append(problem)

        return unreadable

    def simple(self) -> Simple | None:
        return EVERYTHING if self.everything else simple(self.tests) if self.tests is not None else None


def _settled(tests: nodes.Tests, scope: Scope) -> nodes.Tests:
    """The tests with the values of constants in the place of their names."""

    def change(node: nodes.Node) -> nodes.Node | None:
        if not isinstance(node, nodes.Name) or node.name not in scope.constants:
            return None
        return nodes.Literal(node.span, scope.constants[node.name])

    found = nodes.rewritten(tests, change)
    assert isinstance(found, nodes.Tests)
    return found


def _input(one: m.Input, scope: Scope, label: str) -> Work:
    work = text_work(one.expression, scope, f"{label} {one.expression}")
    return typed(work, scope.type_of(one.type_ref, label), label) if one.type_ref else work


def _row(number: int, rule: m.Rule, cells: Sequence[_Read], table: m.Table, scope: Scope) -> Row:
    where = f"{table.label} {number}"
    tests = [(c, one.cell()) for c, one in enumerate(cells)]
    outputs = tuple(
        _output(text, o, scope, f"{where}.{len(rule.tests) + c}")
        for c, (text, o) in enumerate(zip(rule.outputs, table.outputs, strict=True), 1)
    )
    return Row(number, tuple((c, test) for c, test in tests if test is not None), outputs, rule.annotations)


def _output(text: str, output: m.Output, scope: Scope, where: str) -> Work:
    work = text_work(text, scope, where) if text.strip() not in ("", "-") else nothing
    wanted: Type = scope.type_of(output.type_ref, where)
    return typed(work, wanted, where) if output.type_ref else work


def _order(output: m.Output, scope: Scope) -> tuple[Any, ...] | None:
    """The output's values in the order they are listed; None where none are."""
    text = output.values
    if not text.strip():
        return None
    try:
        node = read_expression(f"[{text}]", scope.names)
    except FeelError as error:
        scope.problems.append(error.problem)
        return None
    found = compile_node(node)(Frame({}, Run()))
    return tuple(found) if isinstance(found, list) else None
