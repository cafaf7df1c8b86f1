"""The form of an act as JSON Schema 2020-12: the same definition that draws the page, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.kernel.cases.models import CaseDocument
from tongqu.kernel.ui import forms


def inputs_schema(form: Mapping[str, Any]) -> dict[str, Any]:
    """Schema of {field: value}, in the language in force. Files are named under `x-files`: they travel beside it."""
    fields = forms.all_fields(form).values()
    asked = [f for f in fields if f["widget"] != "file"]
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {f["name"]: _property(f) for f in asked},
    }
    if always := [f["name"] for f in asked if f.get("required") is True and "show" not in f]:
        schema["required"] = always
    if clauses := [clause for f in asked for clause in _clauses(f)]:
        schema["allOf"] = clauses
    if files := {f["name"]: _file(f) for f in fields if f["widget"] == "file"}:
        schema["x-files"] = files
    return schema


def _property(field: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"title": forms.text(field["label"]), "x-widget": field["widget"]}
    if help_ := forms.text(field.get("help")):
        found["description"] = help_
    options = [{"const": o["value"], "title": forms.text(o["label"])} for o in field.get("options", ())]
    if field["widget"] == "checkboxes":
        least = field.get("min", 1) if field.get("required") is True else 0
        return found | {"type": "array", "uniqueItems": True, "minItems": least, "items": _one_of(options)}
    if field["widget"] in {"radio", "select"}:
        return found | _one_of(options)
    if field["widget"] == "date":
        return found | {"type": "string", "format": "date"}
    longest = {"maxLength": field["max_length"]} if "max_length" in field else {}
    return found | {"type": "string"} | longest


def _one_of(options: list[dict[str, str]]) -> dict[str, Any]:
    return {"oneOf": options} if options else {"enum": []}


def _file(field: Mapping[str, Any]) -> dict[str, Any]:
    return {"title": forms.text(field["label"]), "maxItems": field.get("max_files", 1)}


def _clauses(field: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A field that is not shown may not be sent; one that is needed only sometimes must be, then."""
    clauses: list[dict[str, Any]] = []
    required, show = field.get("required", False), field.get("show")
    if show:
        clauses.append({"if": _if(show), "else": {"properties": {field["name"]: False}}})
    if isinstance(required, Mapping):
        clauses.append({"if": _if(required["when"]), "then": {"required": [field["name"]]}})
    elif required and show:
        clauses.append({"if": _if(show), "then": {"required": [field["name"]]}})
    return clauses


def _if(when: Mapping[str, Any]) -> dict[str, Any]:
    wanted = list(when["in"]) if "in" in when else [when["equals"]]
    matches = {"anyOf": [{"enum": wanted}, {"type": "array", "contains": {"enum": wanted}}]}
    return {"required": [when["field"]], "properties": {when["field"]: matches}}


def document_json(row: CaseDocument) -> dict[str, Any]:
    """A paper of a case: its number, how it was served, and until when it may be contested."""
    return {
        "id": row.document_id, "kind": row.kind, "title": forms.text(row.title), "number": row.number,
        "made_at": row.created_at, "service": row.service, "service_mode": row.service_mode,
        "served_on": row.served_on, "opened_at": row.opened_at, "remedies": row.remedies,
    }  # fmt: skip
