"""Filling in a draft page by page: where to go on, and two tabs that say different things.

A page carries the version of the draft it was drawn from and a mark of the answers it showed. What came in meanwhile
on other pages, or as files, is no conflict; other answers to the same questions are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from tongqu.foundation.canonical import digest
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.packages.package import Package
from tongqu.kernel.ui import forms, kept

VERSION, BASE = "_version", "_base"


def fields_of(package: Package, page_id: str) -> list[str]:
    """The names that one fills in on a page."""
    return [n for n, f in forms.all_fields(package.form, page_id).items() if "prefill" not in f]


def base_of(view: CaseView, page_id: str) -> str:
    """A mark of the answers a page shows."""
    return _mark(view, page_id, view.facts.values)


def base_after(view: CaseView, page_id: str, version: int) -> str:
    """The mark of what is stored now, after saving as this version. Two queries, none when nothing changed."""
    if version == view.case.version:
        return base_of(view, page_id)
    return _mark(view, page_id, definition.plain_values(Case.objects.get(id=view.case.id)))


def _mark(view: CaseView, page_id: str, values: Mapping[str, Any]) -> str:
    return digest({name: _plain(values.get(name)) for name in fields_of(view.package, page_id)})[:16]


def conflict(view: CaseView, page_id: str, wanted: Mapping[str, Any], data: QueryDict) -> list[str]:
    """The fields that somebody has answered otherwise since the page was drawn; [] when it may be saved.

    A page that says no version (a program, an old page) is taken as drawn from what is stored.
    """
    drawn, base = data.get(VERSION, ""), data.get(BASE, "")
    if not drawn or drawn == str(view.case.version) or base == base_of(view, page_id):
        return []
    saved = view.facts.values
    return [name for name, value in wanted.items() if _plain(value) != _plain(saved.get(name))]


def conflict_context(view: CaseView, page_id: str, differing: list[str], data: QueryDict) -> dict[str, Any]:
    """Both answers to each of these questions, in words, and what was typed to send again."""
    typed = forms.typed(view.package.form, data, page=page_id)
    saved = view.facts.values
    rows = [
        {
            "label": forms.text(view.package.fields[name]["label"]),
            "saved": definition.shown_value(view.package, name, saved.get(name)),
            "typed": definition.shown_value(view.package, name, typed.get(name)),
        }
        for name in differing
    ]
    again = [(name, value) for name, value in kept.fields_of(data) if name not in {VERSION, BASE, kept.OWNER}]
    return {
        "view": view,
        "rows": rows,
        "again": [*again, (VERSION, str(view.case.version)), (BASE, base_of(view, page_id))],
        "page_url": reverse("services:form", args=[view.case.id, page_id]),
    }


def next_page(view: CaseView) -> str:
    """Where filling in goes on: the first page with something missing or wrong, the files, or the last look."""
    wrong = set(view.facts.form_errors)
    for page_id in forms.page_ids(view.package.form):
        if wrong & set(forms.all_fields(view.package.form, page_id)):
            return reverse("services:form", args=[view.case.id, page_id])
    if view.facts.missing_materials:
        return reverse("services:materials", args=[view.case.id])
    return reverse("services:check", args=[view.case.id])


def _plain(value: Any) -> Any:
    """An empty answer is none, however it is kept."""
    if value in (None, "", []):
        return None
    return [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
