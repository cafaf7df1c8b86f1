"""Fields outside any definition: a search box, a reason, a login form of the library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms as django_forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from tongqu.kernel.ui.forms.drawing import Field, Group, Option, field_id

_WIDGETS: tuple[tuple[type[django_forms.Widget], str], ...] = (
    (django_forms.PasswordInput, "password"),
    (django_forms.EmailInput, "email"),
    (django_forms.NumberInput, "number"),
    (django_forms.DateInput, "date"),
    (django_forms.FileInput, "file"),
    (django_forms.Textarea, "textarea"),
    (django_forms.CheckboxInput, "checkboxes"),
    (django_forms.CheckboxSelectMultiple, "checkboxes"),
    (django_forms.RadioSelect, "radio"),
    (django_forms.Select, "select"),
)


def single(
    name: str,
    label: str,
    widget: str = "text",
    *,
    value: Any = "",
    help: str = "",
    error: Any = "",
    optional: bool = False,
    options: Iterable[Mapping[str, Any]] = (),
    unit: str = "",
    width: str = "",
    autocomplete: str = "",
    accept: str = "",
    multiple: bool = False,
    capture: str = "",
    max_bytes: int | None = None,
) -> Field:
    """A field made by hand. `options`: [{value, label, hint?}]; `error`: a text or a list of texts."""
    chosen = {str(v) for v in value} if isinstance(value, (list, tuple, set)) else {"" if value is None else str(value)}
    rows = [
        Option(
            str(o["value"]), str(o["label"]), f"{field_id(name)}-{n}", str(o.get("hint", "")), str(o["value"]) in chosen
        )
        for n, o in enumerate(options, 1)
    ]
    return Field(
        name=name, label=label, widget=widget, id=field_id(name),
        value="" if value is None or isinstance(value, (list, tuple, set)) else str(value),
        help=help, error=_first(error), optional=_("（选填）") if optional else "", required=not optional, options=rows,
        groups=[Group("", rows)] if widget == "select" else [], unit=unit,
        width=width or {"number": "short", "date": "short", "phone": "middle"}.get(widget, ""),
        autocomplete=autocomplete or ("tel" if widget == "phone" else ""),
        accept=accept, multiple=multiple, capture=capture, max_bytes=max_bytes,
    )  # fmt: skip


def from_bound(bound: BoundField) -> Field:
    """A Django form's field as ours. Its widget decides how it looks; a lone checkbox becomes a group of one."""
    widget = bound.field.widget
    kind = next((ours for theirs, ours in _WIDGETS if isinstance(widget, theirs)), "text")
    value = bound.value()
    options: list[dict[str, Any]] = []
    if isinstance(widget, django_forms.CheckboxInput):
        options, value = [{"value": "on", "label": bound.label}], ["on"] if value else []
    elif isinstance(widget, (django_forms.Select, django_forms.RadioSelect, django_forms.CheckboxSelectMultiple)):
        options = [{"value": v, "label": label} for v, label in widget.choices if v not in ("", None)]
    return single(
        bound.html_name, str(bound.label), kind, value=value, help=str(bound.help_text or ""),
        error=list(bound.errors), optional=not bound.field.required, options=options,
        autocomplete=str(widget.attrs.get("autocomplete", "")),
    )  # fmt: skip


def _first(error: Any) -> str:
    if isinstance(error, (list, tuple)):
        return str(error[0]) if error else ""
    return str(error or "")
