"""The form's data as standard JSON Schema 2020-12, so that any renderer or client can draw and check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.kernel.packages.package import Package, text_in
from tongqu.kernel.packages.rules.fields import fields_of
from tongqu.kernel.standards.register import Element, element

_INTEGER, _DECIMAL = r"^-?(0|[1-9][0-9]*)$", r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"


def form_json_schema(package: Package, *, language: str = "zh-Hans") -> dict[str, Any]:
    """Schema of {field name: value}. `show` and `required` become if/then, those in FEEL stand under `x-show` and
    `x-required` as they are written; the data element stands under `x-element`, a pre-filled field is `readOnly`.
    Numbers are decimal strings, as stored. The server's own check stays the authority (characters, identifiers and
    number bounds go beyond what the schema says)."""
    fields = list(fields_of(package.form))
    clauses = [clause for field in fields for clause in _clauses(field)]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tongqu:form:{package.code}:{package.version}",
        "title": text_in(package.title, language),
        "type": "object",
        "additionalProperties": False,
        "properties": {field["name"]: _property(field, language) for field in fields},
    }
    if always := [field["name"] for field in fields if field.get("required") is True and "show" not in field]:
        schema["required"] = always
    if clauses:
        schema["allOf"] = clauses
    return schema


def _property(field: Mapping[str, Any], language: str) -> dict[str, Any]:
    what = element(field["element"])
    found: dict[str, Any] = {"title": text_in(field["label"], language)}
    found |= {"x-element": what.code, "x-widget": field["widget"]}
    if "help" in field:
        found["description"] = text_in(field["help"], language)
    if "prefill" in field:
        found["readOnly"] = True
    required = field.get("required", False)
    for key, when in (
        ("show", field.get("show")),
        ("required", None if required in (True, False) else required["when"]),
    ):
        if when is not None and "feel" in when:
            found[f"x-{key}"] = when["feel"]
    return {**found, **_type(field, what, language)}


def _type(field: Mapping[str, Any], what: Element, language: str) -> dict[str, Any]:
    options = [{"const": one["value"], "title": text_in(one["label"], language)} for one in field.get("options", ())]
    if field["widget"] == "checkboxes":
        return {"type": "array", "uniqueItems": True, "minItems": 1, "items": {"oneOf": options}}
    if options:
        return {"oneOf": options}
    if field["widget"] == "number":
        return {"type": "string", "pattern": _INTEGER if what.type == "integer" else _DECIMAL}
    if field["widget"] == "date":
        return {"type": "string", "format": "date"}
    if field["widget"] == "region":
        return {"type": "string", "pattern": "^[1-9][0-9]{11}$"}
    lengths = [length for length in (field.get("max_length"), what.max_length) if length]
    return {"type": "string", "minLength": 1, **({"maxLength": min(lengths)} if lengths else {})}


def _clauses(field: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A hidden field may not be there; a needed one must be."""
    name, required, show = field["name"], field.get("required", False), field.get("show")
    clauses: list[dict[str, Any]] = []
    if show and "feel" not in show:
        clause: dict[str, Any] = {"if": _if(show), "else": {"properties": {name: False}}}
        if required is True:
            clause["then"] = {"required": [name]}
        clauses.append(clause)
    if required not in (True, False) and not any("feel" in one for one in (required["when"], show or {})):
        tests = [_if(required["when"]), *([_if(show)] if show else [])]
        clauses.append({"if": {"allOf": tests}, "then": {"required": [name]}})
    return clauses


def _if(when: Mapping[str, Any]) -> dict[str, Any]:
    wanted = when["in"] if "in" in when else [when["equals"]]
    value = {"enum": list(wanted)}
    matches = {"anyOf": [value, {"type": "array", "contains": value}]}
    return {"required": [when["field"]], "properties": {when["field"]: matches}}
