"""Checks of the form and the materials: bound to the standards, asking nothing that government can fetch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongqu.kernel.packages.content import Content, Problem
from tongqu.kernel.packages.rules.conditions import CASE_FACTS, conditions_in
from tongqu.kernel.standards.register import Element, Source, UnknownStandard, code_set, declared_source, element

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


def problems(content: Content) -> Iterator[Problem]:
    fields = list(_fields(content["form"]))
    names: set[str] = set()
    ids: set[str] = set()
    for path, one in _pages_and_sections(content["form"]):
        if one["id"] in ids:
            yield Problem("form.yaml", path, f"the id “{one['id']}” is used twice")
        ids.add(one["id"])
    known: dict[str, Mapping[str, Any]] = {}
    for path, field in fields:
        if field["name"] in names:
            yield Problem("form.yaml", path, f"the field “{field['name']}” is defined twice")
        names.add(field["name"])
        yield from _field_problems(path, field, known)
        known[field["name"]] = field
    yield from _derived_problems(content["form"], known)
    yield from _material_problems(content["materials"])


def values_of(content: Content) -> dict[str, frozenset[str] | None]:
    """{name: the values it can have, None: any} of fields, derived values and facts of the case."""
    found: dict[str, frozenset[str] | None] = dict(CASE_FACTS)
    for _path, field in _fields(content["form"]):
        found[field["name"]] = _options(field)
    for rule in content["form"].get("derived", ()):
        try:
            what = element(rule["element"])
            found[rule["name"]] = code_set(what.code_set).values if what.code_set else None
        except UnknownStandard:
            found[rule["name"]] = None
    return found


def condition_problems(
    file: str, path: str, when: Any, known: Mapping[str, frozenset[str] | None]
) -> Iterator[Problem]:
    """Conditions that name an unknown field, or a value that the field cannot have."""
    for condition in conditions_in(when):
        name = condition["field"]
        if name not in known:
            yield Problem(file, path, f"the condition names an unknown field “{name}”")
            continue
        can_be = known[name]
        for value in condition["in"] if "in" in condition else [condition["equals"]]:
            if can_be is not None and value not in can_be:
                yield Problem(file, path, f"“{name}” can never be “{value}”")


def _field_problems(path: str, field: Mapping[str, Any], earlier: Mapping[str, Any]) -> Iterator[Problem]:
    required = field.get("required", False)
    before = {name: _options(one) for name, one in earlier.items()}
    needed_when = required["when"] if isinstance(required, Mapping) else None
    for key, when in (("show", field.get("show")), ("required", needed_when)):
        yield from condition_problems("form.yaml", f"{path}.{key}", when, before)
    try:
        what = element(field["element"])
        source = declared_source(what)
    except UnknownStandard:
        yield Problem("form.yaml", f"{path}.element", f"no data element “{field['element']}” in the standards")
        return
    yield from _binding_problems(path, field, what, source)


def _binding_problems(path: str, field: Mapping[str, Any], what: Element, source: Source | None) -> Iterator[Problem]:
    if "prefill" in field:
        if field["prefill"] != field["element"]:
            yield Problem("form.yaml", f"{path}.prefill", "a field is filled from its own element")
        if source is None or not source.fetchable:
            yield Problem("form.yaml", f"{path}.prefill", f"no register declares that it holds “{what.code}”")
        return
    if source is not None and source.fetchable:
        yield Problem(
            "form.yaml", path,
            f"“{field['name']}” asks for {what.name['zh-Hans']}, which can be fetched from {source.name['zh-Hans']}; "
            "give it `prefill` instead",
            ASK_ONCE,
        )  # fmt: skip
    if field["widget"] not in _WIDGETS.get(what.type, set()):
        yield Problem("form.yaml", f"{path}.widget", f"“{field['widget']}” cannot hold the element's type {what.type}")
    if "max_length" in field and what.max_length and field["max_length"] > what.max_length:
        yield Problem("form.yaml", f"{path}.max_length", f"the element allows {what.max_length}")
    options = [one["value"] for one in field.get("options", ())]
    if len(set(options)) != len(options):
        yield Problem("form.yaml", f"{path}.options", "a value is offered twice")
    if what.code_set and (strange := sorted(set(options) - code_set(what.code_set).values)):
        yield Problem("form.yaml", f"{path}.options", f"not in the code set {what.code_set}: {', '.join(strange)}")


def _derived_problems(form: Mapping[str, Any], fields: Mapping[str, Any]) -> Iterator[Problem]:
    known = {name: _options(one) for name, one in fields.items()}
    for index, rule in enumerate(form.get("derived", ())):
        path = f"$.derived[{index}]"
        if rule["name"] in known:
            yield Problem("form.yaml", path, f"“{rule['name']}” is defined twice")
        for number, case in enumerate(rule.get("cases", ())):
            yield from condition_problems("form.yaml", f"{path}.cases[{number}]", case.get("when"), known)
            if "from" in case and case["from"] not in known:
                yield Problem("form.yaml", f"{path}.cases[{number}]", f"unknown field “{case['from']}”")
        for name in rule.get("union", ()):
            if name not in fields or fields[name]["widget"] != "checkboxes":
                yield Problem("form.yaml", f"{path}.union", f"“{name}” is not a field of several choices")
        try:
            what = element(rule["element"])
            known[rule["name"]] = code_set(what.code_set).values if what.code_set else None
        except UnknownStandard:
            yield Problem("form.yaml", f"{path}.element", f"no data element “{rule['element']}” in the standards")
            known[rule["name"]] = None


def _material_problems(file: Mapping[str, Any]) -> Iterator[Problem]:
    codes: set[str] = set()
    for index, one in enumerate(file["materials"]):
        path = f"$.materials[{index}]"
        if one["code"] in codes:
            yield Problem("materials.yaml", path, f"“{one['code']}” is defined twice")
        codes.add(one["code"])
        try:
            what = element(one["element"])
        except UnknownStandard:
            yield Problem("materials.yaml", path, f"no data element “{one['element']}” in the standards")
            continue
        source = declared_source(what)
        if what.type != "document":
            yield Problem("materials.yaml", path, f"“{what.code}” is not a document")
        if one["source"] == "upload" and source is not None and source.fetchable:
            yield Problem(
                "materials.yaml", path,
                f"“{one['code']}” asks for {what.name['zh-Hans']}, which can be fetched from {source.name['zh-Hans']}",
                ASK_ONCE,
            )  # fmt: skip
        if one["source"] == "register" and source is None:
            yield Problem("materials.yaml", path, f"no register declares that it holds “{what.code}”")


def _options(field: Mapping[str, Any]) -> frozenset[str] | None:
    return frozenset(one["value"] for one in field["options"]) if "options" in field else None


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
