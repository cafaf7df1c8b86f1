"""The form while it is filled: what is shown, what is needed, what follows from it, and whether the values conform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.foundation.conditions import holds
from tongqu.kernel.packages.names import kinds_in
from tongqu.kernel.packages.package import Package
from tongqu.kernel.standards.register import element
from tongqu.kernel.standards.rules import Problem, check_bounds, check_value
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.forms import conditions

Form = Mapping[str, Any]
Values = Mapping[str, Any]


def fields_of(form: Form) -> Iterator[Mapping[str, Any]]:
    """All fields in the order of the pages."""
    for page in form["pages"]:
        for section in page["sections"]:
            yield from section["fields"]


def visible_fields(package: Package, values: Values) -> list[str]:
    """Names of the fields shown, in order. A hidden field's value counts for nothing, so what depends on it is
    hidden too."""
    return [name for name, _field, _seen in _shown(package, values)]


def required_fields(package: Package, values: Values) -> set[str]:
    """Names of the shown fields that must have a value."""
    return {name for name, field, seen in _shown(package, values) if is_needed(field, seen, package)}


def prefilled(package: Package) -> dict[str, str]:
    """{field name: element} of the fields that the FactSource port fills."""
    return {field["name"]: field["prefill"] for field in fields_of(package.form) if "prefill" in field}


_KINDS: dict[str, tuple[dict[str, str], dict[str, str]]] = {}  # by the package's hash


def kinds_of(package: Package) -> dict[str, str]:
    """What may stand in the package's expressions, with its kind; worked out once for each version."""
    return _kinds(package)[0]


def field_kinds_of(package: Package) -> dict[str, str]:
    """The same for conditions of the form, which see its fields as the page does."""
    return _kinds(package)[1]


def _kinds(package: Package) -> tuple[dict[str, str], dict[str, str]]:
    """Of all expressions, and of those of the form, which see its fields as the page does."""
    found = _KINDS.get(package.hash)
    if found is None:
        if len(_KINDS) > 500:
            _KINDS.clear()
        fields = forms.all_fields(package.form)
        found = kinds_in(package.form), conditions.kinds_of(fields)
        _KINDS[package.hash] = found
    return found


def effective(package: Package, values: Values, facts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The values that count: shown fields that have one, the derived values, and the facts of the case (CASE_FACTS).
    Whatever else was posted is gone."""
    shown = {name: values[name] for name, _field, _seen in _shown(package, values) if _given(values.get(name))}
    return {**shown, **_derive(package.form, shown, kinds_of(package)), **(facts or {})}


def derived_values(package: Package, values: Values) -> dict[str, Any]:
    """The derived values alone."""
    shown = {name: values[name] for name, _field, _seen in _shown(package, values) if _given(values.get(name))}
    return _derive(package.form, shown, kinds_of(package))


def check_values(package: Package, values: Values, *, complete: bool = True) -> dict[str, Problem]:
    """{field name: problem} over the shown fields. `complete`: needed fields must have a value; a draft need not."""
    found: dict[str, Problem] = {}
    for name, field, seen in _shown(package, values):
        value = values.get(name)
        if not _given(value):
            if complete and is_needed(field, seen, package):
                found[name] = Problem("missing", _("请填写这一项"))
        elif problem := _check_field(field, value):
            found[name] = problem
    return found


def _check_field(field: Mapping[str, Any], value: Any) -> Problem | None:
    if options := field.get("options"):
        offered = {option["value"] for option in options}
        chosen = value if isinstance(value, list | tuple) else [value]
        if isinstance(value, list | tuple) != (field["widget"] == "checkboxes") or not set(chosen) <= offered:
            return Problem("not-offered", _("请从列出的选项中选择"))
    if "max_length" in field and len(str(value)) > field["max_length"]:
        return Problem("too-long", _("最多填写 %(max)s 个字") % {"max": field["max_length"]})
    if problem := check_value(element(field["element"]), value):
        return problem
    if field["widget"] == "number":
        bounds = [Decimal(str(field[name])) if name in field else None for name in ("min", "max")]
        return check_bounds(Decimal(str(value)), *bounds)
    return None


def _shown(package: Package, values: Values) -> Iterator[tuple[str, Mapping[str, Any], dict[str, Any]]]:
    """(name, field, the values of the fields shown so far) of each shown field; `show` looks only backwards."""
    seen: dict[str, Any] = {}
    for field in fields_of(package.form):
        if holds(field.get("show"), seen, _kinds(package)[1]):
            seen[field["name"]] = values.get(field["name"])
            yield field["name"], field, seen


def is_needed(field: Mapping[str, Any], seen: Mapping[str, Any], package: Package) -> bool:
    """Whether a shown field must have a value, given those of the fields shown before it."""
    required = field.get("required", False)
    return required is True or (required is not False and holds(required["when"], seen, _kinds(package)[1]))


def _given(value: Any) -> bool:
    return value is not None and value not in ("", [], ())


def _derive(form: Form, values: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    known = dict(values)
    derived: dict[str, Any] = {}
    for rule in form.get("derived", ()):
        value: Any = None
        if "union" in rule:
            chosen = [one for name in rule["union"] for one in known.get(name) or ()]
            value = list(dict.fromkeys(chosen))
        else:
            case = next((one for one in rule["cases"] if holds(one.get("when"), known, kinds)), None)
            if case:
                value = case["value"] if "value" in case else known.get(case["from"])
        if _given(value):
            known[rule["name"]] = derived[rule["name"]] = value
    return derived
