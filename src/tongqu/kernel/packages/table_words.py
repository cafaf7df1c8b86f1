"""A package's tables in the words of its form, for people: names of options for their codes, 是 and 否, one language.

A heading or note is written `中文 | English` in the sheet; each reader gets his half.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from tongqu.foundation.conditions import names_in, wanted
from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.html import Link, to_html
from tongqu.foundation.dmn.tables import Fired
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.values import Unknown
from tongqu.kernel.packages.package import Package, text_in
from tongqu.kernel.packages.rules.situations import tables_of
from tongqu.kernel.packages.tables import Decided, Given
from tongqu.kernel.standards.register import code_set, element
from tongqu.kernel.ui import languages

QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
HALVES = re.compile(r"\s*[|｜]\s*")
Words = Mapping[str, str]  # code → what people call it


@dataclass(frozen=True, slots=True)
class ShownTable:
    """One table as a page draws it. `came_to`: (heading, words) of each result, of a case; `open`: names of answers
    that are still needed; `faults`: why it could not be worked out; `cites`: the rules that the fired rows name."""

    name: str
    title: str
    html: str
    came_to: tuple[tuple[str, str], ...] = ()
    open: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()


def shown(package: Package, *, link: Link | None = None) -> list[ShownTable]:
    """Every table of the package, for its guide."""
    found = []
    for name, one in tables_of(package).by_name.items():
        table = _worded(package, one.table)
        found.append(ShownTable(name, table.name, to_html(table, language=languages.tag(), link=link)))
    return found


def shown_decided(package: Package, decided: Decided, *, link: Link | None = None) -> ShownTable:
    """A table with the rules that fired in a case marked, and what it came to."""
    table = _worded(package, decided.table.table)
    fired = decided.fired and _worded_fired(package, decided, decided.fired, table)
    labels = [one.label or one.name for one in table.outputs]
    results = [_result(package, decided, given) for given in decided.table.gives]
    return ShownTable(
        decided.table.name, table.name, to_html(table, fired, language=languages.tag(), link=link),
        tuple(zip(labels, results, strict=True)), tuple(_label(package, name) for name in decided.needs),
        tuple(note.en if languages.english() else languages.ours(note.zh) for note in decided.notes), decided.cites,
    )  # fmt: skip


def reasons(package: Package, decisions: Iterable[Decided], when: Any) -> list[str]:
    """Why a condition over results of tables holds: the first note of each rule that fired for it, for the reader."""
    tables, found = tables_of(package), list[str]()
    for one in decisions:
        for condition in when if isinstance(when, list | tuple) else [when] if when else ():
            asked = names_in(condition, tables.kinds)
            codes = QUOTED.findall(condition["feel"]) if "feel" in condition else wanted(condition)
            for n, given in enumerate(one.table.gives):
                if given.name in asked:
                    found += _notes(one, n, codes if one.table.lists else None)
    return list(dict.fromkeys(_half(note) for note in found if note))


def _notes(one: Decided, n: int, codes: Sequence[str] | None) -> Iterator[str]:
    """The first notes of the rules that fired; with `codes`, of those whose result is one of them."""
    for number in one.fired.matched if one.fired else ():
        rule = one.table.table.rules[number - 1]
        if rule.annotations and (codes is None or set(QUOTED.findall(rule.outputs[n])) & set(codes)):
            yield rule.annotations[0]


def _worded(package: Package, table: m.Table) -> m.Table:
    columns = [_words_of(package, one.expression) for one in table.inputs]
    results = _result_words(package)
    rules = tuple(
        m.Rule(
            tuple(_cell(text, words) for text, words in zip(rule.tests, columns, strict=True)),
            tuple(_cell(text, results) if text.strip() not in ("", "-") else "" for text in rule.outputs),
            tuple(_half(text) for text in rule.annotations),
        )
        for rule in table.rules
    )
    return replace(
        table, name=_half(table.name), label=_half(table.label), rules=rules,
        inputs=tuple(replace(one, label=_half(one.label)) for one in table.inputs),
        outputs=tuple(replace(one, label=_half(one.label)) for one in table.outputs),
        annotations=tuple(_half(one) for one in table.annotations),
    )  # fmt: skip


def _worded_fired(package: Package, decided: Decided, fired: Fired, table: m.Table) -> Fired:
    inputs = tuple(
        (shown.label or shown.expression, _value(value, _words_of(package, one.expression)))
        for (_name, value), one, shown in zip(fired.inputs, decided.table.table.inputs, table.inputs, strict=True)
    )
    results = [_result(package, decided, given) for given in decided.table.gives]
    labels = [f"{one.label or one.name}{_('：')}" for one in table.outputs] if len(results) > 1 else [""]
    words = "；".join(f"{label}{result}" for label, result in zip(labels, results, strict=True))
    return replace(fired, inputs=inputs, result=words if languages.tag() != "en" else words.replace("；", "; "))


def _result(package: Package, decided: Decided, given: Given) -> str:
    value = decided.results[given.name]
    if type(value) is Unknown:
        certain = decided.certain.get(given.name)
        return f"{_value(certain, _result_words(package))}…" if certain else _("还不知道")
    return str(_value(value, _result_words(package)))


def _value(value: Any, words: Words) -> Any:
    """A FEEL value in words; what is unknown stays so, for the drawing to say."""
    if type(value) is Unknown:
        return value
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value is None or value == []:
        return _("没有")
    if isinstance(value, list):
        return _("、").join(str(_value(one, words)) for one in value)
    return words.get(value, value) if isinstance(value, str) else said(value)


def _cell(text: str, words: Words) -> str:
    """A cell with the codes in it as people call them."""
    if text.strip() in ("", "-"):
        return _("不限")
    if text.strip() in ("true", "false"):
        return str(_value(text.strip() == "true", words))
    return QUOTED.sub(lambda found: words.get(found[1], found[1]), text).replace(", ", _("、"))


def _half(text: str) -> str:
    chinese, *english = HALVES.split(text, maxsplit=1)
    return english[0] if english and languages.english() else languages.ours(chinese)


def _words_of(package: Package, expression: str) -> dict[str, str]:
    """What the values of the fields that an expression names are called."""
    found: dict[str, str] = {}
    for name in re.findall(r"[a-z_][a-z0-9_]*", expression):
        found |= _options(package, name)
    return found


def _options(package: Package, name: str) -> dict[str, str]:
    if (field := package.fields.get(name)) and "options" in field:
        return {one["value"]: text_in(one["label"], languages.tag()) for one in field["options"]}
    if name == "filed_by":
        return {"self": _("申请人自己"), "agent": _("代理人")}
    coded = "party_kind" if name == "applicant_kind" else _code_set_of(package, name)
    if coded:
        return {one.value: languages.said(one.name) for one in code_set(coded).items}
    given = tables_of(package).given.get(name)
    return _result_words(package) if given else {}


def _code_set_of(package: Package, name: str) -> str | None:
    derived = next((one for one in package.form.get("derived", ()) if one["name"] == name), None)
    return element(derived["element"]).code_set if derived else None


def _result_words(package: Package) -> dict[str, str]:
    """Results that are codes of the package: of materials, and of points to check."""
    found = {one["code"]: text_in(one["title"], languages.tag()) for one in package.content["materials"]["materials"]}
    for group in (package.site_check or {}).get("groups", ()):
        found |= {one["code"]: text_in(one["title"], languages.tag()) for one in group["points"]}
    return found


_FACTS = {"filed_by": lambda: _("谁来申请"), "applicant_kind": lambda: _("申请人是哪一类")}


def _label(package: Package, name: str) -> str:
    """What an answer that is missing is called on the form."""
    field = package.fields.get(name)
    return text_in(field["label"], languages.tag()) if field else _FACTS[name]() if name in _FACTS else name
