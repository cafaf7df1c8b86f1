"""A table's result as one expression over the fields, so that a form may use it and its page can follow it.

A form shows and requires fields while somebody types. The page's script follows expressions and knows nothing of
tables; so the name of a result in `show` or `required` is replaced by what the table says, written as `if … then …
else`. Only tables of one rule at a time (UNIQUE, FIRST, ANY), with plain cells, can be written so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.feel import nodes
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.reading import read_expression, read_tests
from tongqu.kernel.packages.tables import PackageTables

PLAIN = ("UNIQUE", "FIRST", "ANY")
MOST = 20_000  # characters


class NotPlain(ValueError):
    """The table cannot be written as an expression; `table` is its name."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(table)


def inlined(text: str, tables: PackageTables) -> str:
    """The expression with the results of tables in it written out. Raises NotPlain; FeelError for no expression."""
    places = {
        (one.span.start, one.span.end): one.name
        for one in nodes.walk(read_expression(text, tables.names))
        if isinstance(one, nodes.Name) and one.name in tables.given
    }
    for (start, end), name in sorted(places.items(), reverse=True):
        text = f"{text[:start]}({_written(name, tables)}){text[end:]}"
        if len(text) > MOST:
            raise NotPlain(tables.given[name].table)
    return text


def form_with(form: Mapping[str, Any], tables: PackageTables) -> dict[str, Any]:
    """The form with all its conditions written out. Raises NotPlain, FeelError."""

    def field(one: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(one)
        if "show" in found:
            found["show"] = condition(found["show"])
        if isinstance(required := found.get("required"), Mapping):
            found["required"] = {**required, "when": condition(required["when"])}
        return found

    def condition(when: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**when, "feel": inlined(when["feel"], tables)} if "feel" in when else when

    def section(one: Mapping[str, Any]) -> dict[str, Any]:
        return {**one, "fields": [field(each) for each in one["fields"]]}

    pages = [{**page, "sections": [section(one) for one in page["sections"]]} for page in form["pages"]]
    return {**form, "pages": pages}


def _written(name: str, tables: PackageTables) -> str:
    given = tables.given[name]
    held = tables.by_name[given.table]
    table = held.table
    if table.hit_policy not in PLAIN or given.table in tables.circle:
        raise NotPlain(given.table)
    n = held.gives.index(given)
    default = table.outputs[n].default.strip()
    text = inlined(default, tables) if default else "null"
    for rule in reversed(table.rules):
        tests = [
            t for i, cell in zip(table.inputs, rule.tests, strict=True) if (t := _test(i, cell, tables, held.name))
        ]
        result = rule.outputs[n].strip()
        result = inlined(result, tables) if result not in ("", "-") else "null"
        text = f"if {' and '.join(tests) or 'true'} then ({result}) else ({text})"
    return text


def _test(head: m.Input, cell: str, tables: PackageTables, table: str) -> str:
    """One cell as a condition; "" for one that lets everything through."""
    if cell.strip() in ("", "-"):
        return ""
    try:
        tests = read_tests(cell, tables.names)
    except FeelError:
        raise NotPlain(table) from None
    if any(isinstance(one, nodes.Name) for one in nodes.walk(tests)):
        raise NotPlain(table)
    value = f"({inlined(head.expression, tables)})"
    if tests.negated:
        inner = cell.strip().removeprefix("not").strip()
        return f"not({value} in {inner})"
    return f"({value} in ({cell}))"
