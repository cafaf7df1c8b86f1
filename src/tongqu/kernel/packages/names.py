"""What the conditions and tables of a package may name: fields, derived values, facts of the case; kinds and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tongqu.kernel.standards.register import UnknownStandard, code_set, element

# What the case itself knows, beside the form. Materials and parameters may depend on it; a form may not.
CASE_FACTS: dict[str, frozenset[str]] = {
    "filed_by": frozenset({"self", "agent"}),
    "applicant_kind": frozenset({"person", "sole_trader", "firm", "branch", "public_body"}),
}
KINDS = {"integer": "number", "decimal": "number", "date": "date", "codes": "list"}  # all else is a text


def kinds_in(form: Mapping[str, Any]) -> dict[str, str]:
    """{name: number, string, date or list} of fields, derived values and the facts of the case."""
    found = dict.fromkeys(CASE_FACTS, "string")
    found |= {field["name"]: _kind(field["element"]) for field in _fields(form)}
    return found | {rule["name"]: _kind(rule["element"]) for rule in form.get("derived", ())}


def values_of(form: Mapping[str, Any]) -> dict[str, frozenset[str] | None]:
    """{name: the values it can have, None: any} of fields, derived values and facts of the case."""
    found: dict[str, frozenset[str] | None] = dict(CASE_FACTS)
    found |= {field["name"]: options_of(field) for field in _fields(form)}
    for rule in form.get("derived", ()):
        try:
            what = element(rule["element"])
            found[rule["name"]] = code_set(what.code_set).values if what.code_set else None
        except UnknownStandard:
            found[rule["name"]] = None
    return found


def options_of(field: Mapping[str, Any]) -> frozenset[str] | None:
    """The values that a field offers; None where it takes any."""
    return frozenset(one["value"] for one in field["options"]) if "options" in field else None


def private_in(form: Mapping[str, Any]) -> frozenset[str]:
    """Fields whose values are shown masked: no rule may look at them, for its trace would show them."""
    return frozenset(field["name"] for field in _fields(form) if _is_phone(field["element"]))


def _is_phone(code: str) -> bool:
    try:
        return element(code).check == "phone"
    except UnknownStandard:
        return False


def _fields(form: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for page in form["pages"]:
        for section in page["sections"]:
            yield from section["fields"]


def _kind(code: str) -> str:
    try:
        return KINDS.get(element(code).type, "string")
    except UnknownStandard:
        return "string"
