"""The single authority on what a form accepts. The page's own checks are a courtesy; this decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.ui.forms import conditions, reading
from tongqu.kernel.ui.forms.cleaning import visible
from tongqu.kernel.ui.forms.conditions import Value
from tongqu.kernel.ui.forms.definition import Definition, all_fields, tag_of, text

Check = Callable[[str], Text | None]  # a value → what is wrong with it, or None
Choices = Mapping[str, Sequence[Mapping[str, str]]]  # field name → [{"value", "label", "group"?}]
OURS = frozenset({"csrfmiddlewaretoken", "next"})


def parse(
    definition: Definition,
    data: Mapping[str, Any],
    *,
    page: str | None = None,
    given: Mapping[str, Value] | None = None,
    choices: Choices | None = None,
    checks: Mapping[str, Check] | None = None,
    lang: str | None = None,
) -> tuple[dict[str, Value], dict[str, str]]:
    """Read `data` (a QueryDict, or a dict of str and list) → (values, errors), both by field name.

    Only asked, shown and non-empty fields of `page` (all pages if None) are in `values`: whatever was posted for a
    hidden, prefilled, file or unknown field is ignored (`unknown` names the last). Conditions on fields outside this
    page, and on prefilled ones, look in `given`. `choices` offers options that the definition cannot hold (regions);
    `checks` adds one check for each data element. Errors are sentences in `lang` (default: the language in force).
    """
    fields = all_fields(definition)
    here = all_fields(definition, page)
    given = given or {}
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    with override(_django_code(lang)):
        for name, field in here.items():
            if not asked_as_text(field):
                continue
            label = text(field["label"], lang)
            try:
                value = reading.read(
                    field, posted(data, name), label=label, unit=text(field.get("unit"), lang),
                    offered=offered(field, choices),
                )  # fmt: skip
                if value and (wrong := _element_error(field, value, checks)):
                    raise reading.Wrong(wrong)
            except reading.Wrong as error:
                errors[name] = str(error)
                continue
            if value:
                values[name] = value

        read = dict(values)
        is_shown = conditions.shown(fields, lambda on: _value(on, read, given, here))
        # Asked in two steps, so that what is hidden is dropped before anything is required.
        asked = [(name, field) for name, field in here.items() if asked_as_text(field) and is_shown(name)]
        names = {name for name, _field in asked}
        kinds = conditions.kinds_of(fields)
        values = {name: value for name, value in values.items() if name in names}
        errors = {name: error for name, error in errors.items() if name in names}
        for name, field in asked:
            if name in values or name in errors:
                continue
            if required(field, kinds, lambda on: _value(on, values, given, here), is_shown):
                errors[name] = _missing(field, text(field["label"], lang))
    return values, {name: errors[name] for name in here if name in errors}


def typed(definition: Definition, data: Mapping[str, Any], *, page: str | None = None) -> dict[str, Value]:
    """What was typed, unchecked, for a draft and for showing it again: known fields only, unprintable characters
    dropped, sizes capped. Never prefilled fields."""
    out: dict[str, Value] = {}
    for name, field in all_fields(definition, page).items():
        raw = posted(data, name)
        if not asked_as_text(field) or not raw:
            continue
        if field["widget"] == "checkboxes":
            known = set(offered(field, None))
            if chosen := list(dict.fromkeys(r for r in raw if r in known)):
                out[name] = chosen
        elif shown_back := visible(raw[-1]):
            out[name] = shown_back
    return out


def unknown(definition: Definition, data: Mapping[str, Any]) -> list[str]:
    """Names in `data` that no field of the definition has; ours (`_…`, the CSRF token, `next`) not counted."""
    known = all_fields(definition)
    return [name for name in data if name not in known and not name.startswith("_") and name not in OURS]


def posted(data: Mapping[str, Any], name: str) -> list[str]:
    """All texts posted under a name, whether `data` is a QueryDict or plain. Anything but text counts as absent."""
    raw = data.getlist(name) if hasattr(data, "getlist") else data.get(name)
    several = raw if isinstance(raw, (list, tuple)) else [raw]
    return [item for item in several if isinstance(item, str)]


def asked_as_text(field: Mapping[str, Any]) -> bool:
    """Whether the answer comes as text: not a prefilled fact, and not a file (those are in `request.FILES`)."""
    return "prefill" not in field and field["widget"] != "file"


def offered(field: Mapping[str, Any], choices: Choices | None) -> list[str]:
    """The values one may choose for a field."""
    extra = (choices or {}).get(field["name"], ())
    return [option["value"] for option in field.get("options", ())] + [choice["value"] for choice in extra]


def required(
    field: Mapping[str, Any], kinds: Mapping[str, str], value_of: Callable[[str], Value | None],
    is_shown: Callable[[str], bool],
) -> bool:  # fmt: skip
    """Whether a shown field needs a value; `kinds` as `conditions.kinds_of` gives them."""
    rule = field.get("required")
    return conditions.met(rule["when"], kinds, value_of, is_shown) if isinstance(rule, Mapping) else bool(rule)


def _value(on: str, values: Mapping[str, Value], given: Mapping[str, Value], here: Mapping[str, Any]) -> Value | None:
    if on in here and "prefill" not in here[on]:
        return values.get(on)
    return given.get(on)


def _missing(field: Mapping[str, Any], label: str) -> str:
    if field["widget"] in {"radio", "checkboxes", "select", "region"}:
        return _("请选择“%(label)s”") % {"label": label}
    return _("请填写“%(label)s”") % {"label": label}


def _element_error(field: Mapping[str, Any], value: Value, checks: Mapping[str, Check] | None) -> str:
    check = (checks or {}).get(field["element"])
    if check is None:
        return ""
    found = [check(v) for v in ([value] if isinstance(value, str) else value)]
    return next((str(text) for text in found if text), "")


def _django_code(lang: str | None) -> str:
    return tag_of(lang).lower()
