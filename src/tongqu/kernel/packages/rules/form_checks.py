"""Checks of the form and the materials: bound to the standards, asking nothing that government can fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongqu.foundation.conditions import conditions_in, expressions_in, used
from tongqu.foundation.feel.diagnostics import Diagnostic
from tongqu.kernel.packages.content import Content
from tongqu.kernel.packages.inlining import NotPlain, inlined
from tongqu.kernel.packages.names import kinds_in, options_of
from tongqu.kernel.packages.package import text_in
from tongqu.kernel.packages.rules.expressions import problems_of
from tongqu.kernel.packages.tables import PackageTables
from tongqu.kernel.packages.wording import Problem, problem
from tongqu.kernel.standards.register import Element, Source, UnknownStandard, code_set, declared_source, element
from tongqu.kernel.ui.forms.conditions import kinds_of
from tongqu.kernel.ui.forms.on_page import tree_of

_WRONG = {"not-boolean": ("条件的结果应当是“是”或“否”", "a condition is true or false")}
ASK_ONCE = "L21"  # 国务院令第716号 第7条: what sharing can get may not be asked of the applicant
_WIDGETS = {
    "text": {"text", "phone"},
    "long_text": {"textarea"},
    "integer": {"number"},
    "decimal": {"number"},
    "date": {"date"},
    "region": {"region"},
    "code": {"radio", "select"},
    "codes": {"checkboxes"},
}


def problems(content: Content, tables: PackageTables | None) -> Iterator[Problem]:
    """`tables`: those of the package; None where they cannot be read."""
    fields = list(_fields(content["form"]))
    names: set[str] = set()
    ids: set[str] = set()
    for path, one in _pages_and_sections(content["form"]):
        if one["id"] in ids:
            yield problem("form.yaml", path, "twice", name=one["id"])
        ids.add(one["id"])
    known: dict[str, Mapping[str, Any]] = {}
    for path, field in fields:
        if field["name"] in names:
            yield problem("form.yaml", path, "twice", name=field["name"])
        names.add(field["name"])
        yield from _field_problems(path, field, known, tables)
        known[field["name"]] = field
    yield from _derived_problems(content["form"], known)
    yield from _material_problems(content["materials"])


TYPED = {"text", "phone", "textarea", "number", "date", "region", "file"}
FEW = 3  # a choice among so few explains itself


def warnings(content: Content) -> Iterator[Problem]:
    """What does not stand in the way of publishing and should be mended all the same: a field of a kind that people
    ask about, without a word of help. What is typed needs one, and a choice among many whose options say nothing."""
    for path, field in _fields(content["form"]):
        options = field.get("options", ())
        silent = len(options) > FEW and not any(option.get("hint") for option in options)
        if "prefill" not in field and "help" not in field and (field["widget"] in TYPED or silent):
            yield problem("form.yaml", path, "no-help", name=field["name"])


def condition_problems(
    file: str, path: str, when: Any, known: Mapping[str, frozenset[str] | None], kinds: Mapping[str, str] | None = None
) -> Iterator[Problem]:
    """Conditions that name an unknown field, or a value that the field cannot have; expressions that cannot be read
    or whose types do not go together. `kinds`: of what may stand in an expression."""
    for text in expressions_in(when):
        for wrong in problems_of(text, {k: v for k, v in (kinds or {}).items() if k in known}, known):
            yield problem(file, path, "expression", **_told(wrong))
    for condition in conditions_in(when):
        name = condition["field"]
        if name not in known:
            yield problem(file, path, "unknown-field", name=name)
            continue
        can_be = known[name]
        for value in condition["in"] if "in" in condition else [condition["equals"]]:
            if can_be is not None and value not in can_be:
                yield problem(file, path, "never", name=name, value=value)


def _told(wrong: Diagnostic | str) -> dict[str, str]:
    if isinstance(wrong, Diagnostic):
        return {"zh": wrong.zh, "en": wrong.en, "at": str(wrong.span.start + 1)}
    zh, en = _WRONG.get(wrong, (f"“{wrong}”不可能成立", f"“{wrong}” is never so"))
    return {"zh": zh, "en": en, "at": "1"}


def _field_problems(
    path: str, field: Mapping[str, Any], earlier: Mapping[str, Any], tables: PackageTables | None
) -> Iterator[Problem]:
    required = field.get("required", False)
    before = {name: options_of(one) for name, one in earlier.items()}
    needed_when = required["when"] if isinstance(required, Mapping) else None
    kinds = kinds_of(earlier)
    for key, when in (("show", field.get("show")), ("required", needed_when)):
        yield from _on_page_problems(f"{path}.{key}", when, before, kinds, tables)
    try:
        what = element(field["element"])
        source = declared_source(what)
    except UnknownStandard:
        yield problem("form.yaml", f"{path}.element", "unknown-element", name=field["element"])
        return
    yield from _binding_problems(path, field, what, source)


def _on_page_problems(
    path: str, when: Any, before: Mapping[str, Any], kinds: Mapping[str, str], tables: PackageTables | None
) -> Iterator[Problem]:  # fmt: skip
    """A condition of a form sees the fields before it, and what tables make of those; the page's script follows it."""
    given = {name: one.values for name, one in tables.given.items()} if tables else {}
    of_both = {**kinds, **(tables.kinds if tables else {})}
    plain = when is not None and "feel" not in when  # may not name a table: it says itself in a field's own words
    found = list(condition_problems("form.yaml", path, when, before if plain else {**before, **given}, of_both))
    yield from found
    if found or when is None:
        return
    if tables and "feel" in when and _used(when["feel"], tables) & set(given):
        try:
            when = {**when, "feel": inlined(when["feel"], tables)}
        except NotPlain as error:
            yield problem("form.yaml", path, "table-not-plain", name=error.table)
            return
        if later := _used(when["feel"], tables) - set(before):
            yield problem("form.yaml", path, "table-looks-later", names="、".join(sorted(later)))
            return
    if tree_of(when, kinds) is None:
        yield problem("form.yaml", path, "not-on-page")


def _used(text: str, tables: PackageTables) -> set[str]:
    """The names of the package that an expression mentions."""
    return set(used(text, tables.names))


def _binding_problems(path: str, field: Mapping[str, Any], what: Element, source: Source | None) -> Iterator[Problem]:
    if "prefill" in field:
        if field["prefill"] != field["element"]:
            yield problem("form.yaml", f"{path}.prefill", "prefill-other")
        if source is None or not source.fetchable:
            yield problem("form.yaml", f"{path}.prefill", "no-register", name=what.code)
        return
    if source is not None and source.fetchable:
        yield _ask_once("form.yaml", path, field["name"], what, source)
    if field["widget"] not in _WIDGETS.get(what.type, set()):
        yield problem("form.yaml", f"{path}.widget", "widget", widget=field["widget"], type=what.type)
    if "max_length" in field and what.max_length and field["max_length"] > what.max_length:
        yield problem("form.yaml", f"{path}.max_length", "too-long", max=what.max_length)
    options = [one["value"] for one in field.get("options", ())]
    if len(set(options)) != len(options):
        twice = next(one for one in options if options.count(one) > 1)
        yield problem("form.yaml", f"{path}.options", "twice", name=twice)
    if what.code_set and (strange := sorted(set(options) - code_set(what.code_set).values)):
        yield problem("form.yaml", f"{path}.options", "not-in-code-set", set=what.code_set, values="、".join(strange))


def _derived_problems(form: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[Problem]:
    known = {name: options_of(one) for name, one in fields.items()}
    kinds = kinds_in(form)
    for index, rule in enumerate(form.get("derived", ())):
        path = f"$.derived[{index}]"
        if rule["name"] in known:
            yield problem("form.yaml", path, "twice", name=rule["name"])
        for number, case in enumerate(rule.get("cases", ())):
            yield from condition_problems("form.yaml", f"{path}.cases[{number}]", case.get("when"), known, kinds)
            if "from" in case and case["from"] not in known:
                yield problem("form.yaml", f"{path}.cases[{number}]", "unknown-field", name=case["from"])
        for name in rule.get("union", ()):
            if name not in fields or fields[name]["widget"] != "checkboxes":
                yield problem("form.yaml", f"{path}.union", "not-several", name=name)
        try:
            what = element(rule["element"])
            known[rule["name"]] = code_set(what.code_set).values if what.code_set else None
        except UnknownStandard:
            yield problem("form.yaml", f"{path}.element", "unknown-element", name=rule["element"])
            known[rule["name"]] = None


def _material_problems(file: Mapping[str, Any]) -> Iterator[Problem]:
    codes: set[str] = set()
    for index, one in enumerate(file["materials"]):
        path = f"$.materials[{index}]"
        if one["code"] in codes:
            yield problem("materials.yaml", path, "twice", name=one["code"])
        codes.add(one["code"])
        try:
            what = element(one["element"])
        except UnknownStandard:
            yield problem("materials.yaml", path, "unknown-element", name=one["element"])
            continue
        source = declared_source(what)
        if what.type != "document":
            yield problem("materials.yaml", path, "not-document", name=what.code)
        if one["source"] == "upload" and source is not None and source.fetchable:
            yield _ask_once("materials.yaml", path, one["code"], what, source)
        if one["source"] == "register" and source is None:
            yield problem("materials.yaml", path, "no-register", name=what.code)


def _ask_once(file: str, path: str, name: str, what: Element, source: Source) -> Problem:
    names = {"name": name, "what": text_in(what.name), "source": text_in(source.name)}
    return problem(file, path, "ask-once", rule=ASK_ONCE, **names)


def _pages_and_sections(form: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for p, page in enumerate(form["pages"]):
        yield f"$.pages[{p}]", page
        for s, section in enumerate(page["sections"]):
            yield f"$.pages[{p}].sections[{s}]", section


def _fields(form: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for p, page in enumerate(form["pages"]):
        for s, section in enumerate(page["sections"]):
            for f, field in enumerate(section["fields"]):
                yield f"$.pages[{p}].sections[{s}].fields[{f}]", field
