"""Checks of the decision tables: names, types and values that the form knows, what each table gives, and no circle.

Gaps, overlaps, rules that never fire and cells of a wrong type are found by `dmn.checks`; what is found there as an
error stops publication, the rest is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from tongqu.foundation.dmn.checks import Finding, check_table
from tongqu.foundation.dmn.grid import SheetError
from tongqu.foundation.dmn.tables import RULE_ID
from tongqu.foundation.feel import nodes
from tongqu.foundation.feel.diagnostics import Diagnostic, FeelError, LimitExceeded
from tongqu.foundation.feel.evaluating import compile_expression
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.reading import read_expression
from tongqu.foundation.feel.types import SIMPLE, conforms
from tongqu.kernel.packages.content import Content
from tongqu.kernel.packages.names import kinds_in, private_in, values_of
from tongqu.kernel.packages.rules.expressions import SAMPLES, compared
from tongqu.kernel.packages.tables import NO_TYPES, SIMPLE_TYPES, PackageTable, PackageTables, read_all, texts
from tongqu.kernel.packages.wording import Problem, problem

OUTPUT_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
MOST_CELLS = 40_000  # of all tables of a package
CLOCKS = frozenset({"now", "today"})  # what a table says today it must say tomorrow


def tables_in(content: Content) -> PackageTables | None:
    """The tables of content whose sheets can be read; None where one cannot, or where there is too much of them."""
    if _cells(content) > MOST_CELLS:
        return None
    try:
        return read_all(content.get("tables", {}), kinds_in(content["form"]), values_of(content["form"]))
    except SheetError:
        return None


def _cells(content: Content) -> int:
    return sum(len(row) for rows in content.get("tables", {}).values() for row in rows)


def problems(content: Content, tables: PackageTables | None) -> Iterator[Problem]:
    """What stands in the way of publishing. `tables` as `tables_in` gives them."""
    if _cells(content) > MOST_CELLS:
        yield problem("tables", "$", "large-tables", most=MOST_CELLS)
        return
    if tables is None:
        yield from _unreadable(content)
        return
    yield from _name_problems(content, tables)
    if tables.circle:
        yield problem("tables", "$", "table-circle", names="、".join(tables.circle))
    kinds = {**kinds_in(content["form"]), **tables.kinds}
    choices = {**values_of(content["form"]), **{name: one.values for name, one in tables.given.items()}}
    private = private_in(content["form"])
    for table in tables.by_name.values():
        yield from _table_problems(table, tables, kinds, choices, private)


def warnings(content: Content) -> Iterator[Problem]:
    """What may be published and should be looked at: cases no rule is for, cells that cannot be judged, rows that
    name no legal basis, headings in one language."""
    tables = tables_in(content)
    for table in tables.by_name.values() if tables else ():
        for found in _found(table, tables.names if tables else ()):
            if found.severity != "error":
                yield _said(table.name, found)
        silent = [str(n) for n, rule in enumerate(table.table.rules, 1) if not any(rule.annotations)]
        if silent:
            yield problem(f"tables/{table.name}", "$", "table-no-basis", rules="、".join(silent))
        heads = [table.table.name, *(i.label for i in table.table.inputs), *(o.label for o in table.table.outputs)]
        if single := next((head for head in heads if "|" not in head and "｜" not in head), None):
            yield problem(f"tables/{table.name}", "$", "table-one-language", head=single)


def _unreadable(content: Content) -> Iterator[Problem]:
    """Sheets that came as content and not as files, which are read before."""
    for name, rows in content["tables"].items():
        try:
            read_all({name: rows}, {}, {})
        except SheetError as error:
            yield problem(f"tables/{name}", error.cell, "table-sheet", zh=error.zh, en=error.en)


def _name_problems(content: Content, tables: PackageTables) -> Iterator[Problem]:
    taken = dict.fromkeys(values_of(content["form"]), "form.yaml")
    for table in tables.by_name.values():
        file = f"tables/{table.name}"
        for one in table.gives:
            if OUTPUT_NAME.fullmatch(one.name) is None:
                yield problem(file, "$", "table-output-name", name=one.name)
            elif one.name in taken:
                yield problem(file, "$", "table-output-taken", name=one.name, where=taken[one.name])
            taken.setdefault(one.name, file)


def _table_problems(
    table: PackageTable, tables: PackageTables, kinds: Mapping[str, str], choices: Mapping[str, frozenset[str] | None],
    private: frozenset[str],
) -> Iterator[Problem]:  # fmt: skip
    file = f"tables/{table.name}"
    if not table.table.rules:
        yield problem(file, "$", "table-empty")
    for n, one in enumerate(table.table.outputs):
        if one.type_ref not in SIMPLE_TYPES or (table.lists and one.type_ref != "string"):
            wanted = "string" if table.lists else "、".join(SIMPLE_TYPES)
            yield problem(file, "$", "table-output-type", name=table.gives[n].name, wanted=wanted)
    if table.table.aggregation and len(table.gives) > 1:
        yield problem(file, "$", "table-one-output")
    for n, head in enumerate(table.table.inputs, 1):
        yield from _input_problems(file, n, head, kinds, choices)
    yield from _strange_names(file, table, tables.names)
    yield from (problem(file, "$", "table-private", name=name) for name in sorted(table.uses & private))
    yield from (_said(table.name, found) for found in _found(table, tables.names) if found.severity == "error")


def _found(table: PackageTable, names: tuple[str, ...]) -> list[Finding]:
    return check_table(table.table, names, types=NO_TYPES)


def _said(name: str, found: Finding) -> Problem:
    return problem(f"tables/{name}", "$", "table-finding", zh=found.zh, en=found.en)


def _input_problems(
    file: str, n: int, head: Any, kinds: Mapping[str, str], choices: Mapping[str, frozenset[str] | None]
) -> Iterator[Problem]:
    """A head that cannot be read, has another type than it says, or whose values the form does not have."""
    try:
        expression = compile_expression(head.expression, sorted(kinds))
        answer = expression.evaluate({name: SAMPLES[kind] for name, kind in kinds.items()})
    except (FeelError, LimitExceeded) as error:
        yield _at_head(file, n, error.problem)
        return
    yield from (_at_head(file, n, note) for note in answer.notes)
    wanted = SIMPLE.get(head.type_ref)
    if not answer.notes and head.type_ref and wanted and not conforms(answer.value, wanted, limited=False):
        yield problem(file, "$", "table-input-type", column=n, name=head.expression.strip(), wanted=head.type_ref)
    named = [*compared(expression.node), *((head.expression.strip(), value) for value in _listed(head.values))]
    for name, value in named:
        can_be = choices.get(name)
        if can_be is not None and value not in can_be:
            yield problem(file, "$", "never", name=name, value=value)


def _at_head(file: str, n: int, wrong: Diagnostic) -> Problem:
    return problem(file, "$", "table-head", column=n, at=str(wrong.span.start + 1), zh=wrong.zh, en=wrong.en)


def _listed(text: str) -> list[Any]:
    """The plain values of a row of values."""
    try:
        node = read_expression(f"[{text}]")
    except FeelError:
        return []
    items = node.items if isinstance(node, nodes.ListNode) else ()
    return [one.value for one in items if isinstance(one, nodes.Literal)]


def _strange_names(file: str, table: PackageTable, names: tuple[str, ...]) -> Iterator[Problem]:
    """Names in cells that nothing has, and what would make a table say another thing on another day."""
    told: set[str] = set()
    for (rule, column), node in texts(table.table, names):
        if isinstance(node, FeelError):
            continue  # a finding of the cell, or a problem of the head
        bound = {
            d.name for one in nodes.walk(node) if isinstance(one, nodes.Quantified | nodes.For) for d in one.domains
        }
        for one in nodes.walk(node):
            if not isinstance(one, nodes.Name) or one.name in told or one.name in bound or one.name == "?":
                continue
            if one.name in CLOCKS:
                told.add(one.name)
                yield problem(file, "$", "table-clock", name=one.name, at=_place(rule, column))
            elif one.name not in names and one.name not in BUILTINS:
                told.add(one.name)
                yield problem(file, "$", "table-strange-name", name=one.name, at=_place(rule, column))


def _place(rule: int, column: int) -> str:
    facts = {"rule": rule, "column": column}
    return (_("第%(rule)s条第%(column)s列") if rule else _("第%(column)s列")) % facts


def cited(tables: PackageTables | None) -> Iterator[tuple[str, str]]:
    """(file, id) of each rule of the register that a note names."""
    for table in tables.by_name.values() if tables else ():
        words = " ".join(note for rule in table.table.rules for note in rule.annotations)
        yield from ((f"tables/{table.name}", rule_id) for rule_id in dict.fromkeys(RULE_ID.findall(words)))
