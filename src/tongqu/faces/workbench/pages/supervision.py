"""Supervision: what is nearly over or overdue, saying why, and how early a unit wants to be warned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongqu.faces.workbench import card_words, exporting
from tongqu.faces.workbench.pages.export import as_file
from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.cases import supervision
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import SupervisionCard, WarningDays
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page
from tongqu.kernel.ui.templatetags.ui import day

words = forms.text
TABS = {"": lambda: _("全部"), "red": lambda: _("红牌"), "yellow": lambda: _("黄牌"), "closed": lambda: _("已销号")}


@page(supervision.READ, login=PASSWORD)
def cards(request: HttpRequest) -> HttpResponse:
    """The cards of the cases that one may read. One query."""
    tab = request.GET.get("tab", "")
    level, state = _shown(tab)
    found = supervision.cards(request.actor, level=level, state=state, after=request.GET.get("after"))  # type: ignore[attr-defined]
    context = {
        "page": found, "tab": tab,
        "tabs": [{"key": key, "label": label(), "url": f"?tab={key}" if key else "?"} for key, label in TABS.items()],
        "columns": [{"label": one} for one in (_("办件"), _("牌"), _("期限"), _("最后一天"), _("说明"))],
        "rows": [_row(request, card) for card in found.rows], "may_set": _may_set(request),
    }  # fmt: skip
    return render(request, "workbench/supervision.html", context)


def _shown(tab: str) -> tuple[str, str]:
    """The level and the state of the cards under a tab."""
    return (tab, "open") if tab in {"", *supervision.LEVELS} else ("", "closed")


@require_POST
@page(supervision.READ, login=PASSWORD)
def export(request: HttpRequest) -> HttpResponseBase:
    """The cards under a tab as a file, for the meeting where overruns are gone through. A query for each 200."""
    level, state = _shown(request.POST.get("tab", ""))
    actor = request.actor  # type: ignore[attr-defined]
    groups = supervision.every_card(actor, level=level, state=state, most=exporting.MOST + 1)
    return as_file(request, exporting.Limited(_lines(actor, groups), _columns()))


def _columns() -> exporting.Columns:
    headings = (
        _("办件编号"), _("事项"), _("承办单位"), _("牌"), _("期限"), _("依据"), _("最后一天"), _("对外承诺"), _("情况"),
        _("办结时间"), _("说明"),
    )  # fmt: skip
    return exporting.Columns(_("期限督办"), headings, (22, 24, 24, 8, 22, 16, 17, 17, 22, 17, 60))


def _lines(actor: Actor, groups: Iterable[Sequence[SupervisionCard]]) -> Iterator[list[exporting.Cell]]:
    for group in groups:
        exporting.note_readings(actor, [card.case for card in group])
        for card in group:
            yield [
                card.case.case_no or "", words(card.case.title), words(card.case.unit_name),
                _("红牌") if card.level == "red" else _("黄牌"), card_words.clock(card), card.rule.partition("@")[0],
                exporting.local(card.due_at), exporting.local(card.promised_due_at), card_words.late(card),
                exporting.local(card.closed_at), card.explanation,
            ]  # fmt: skip


def _row(request: HttpRequest, card: SupervisionCard) -> dict[str, Any]:
    case = card.case
    return {
        "url": reverse("workbench:card", args=[card.id]),
        "cells": [
            f"{case.case_no or ''} {words(case.title)} · {words(case.unit_name)}", card_words.level(card),
            card_words.clock(card), f"{day(card.due_at)} {card_words.late(card)}", card.explanation[:60] or "—",
        ],
    }  # fmt: skip


@page(supervision.READ, login=PASSWORD, restores=True)
def card(request: HttpRequest, card_id: UUID) -> HttpResponse:
    """One card; the unit says why it is late. One query."""
    row = SupervisionCard.objects.select_related("case").filter(id=card_id).first()
    actor = request.actor  # type: ignore[attr-defined]
    if row is None or not actor.may(supervision.READ, scope_of(row.case)):
        raise NotFound()
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            seen = request.POST.get("version", "")
            supervision.explain_overdue(
                actor, key=idempotency_key(request), card_id=card_id, text=request.POST.get("text", ""),
                expected_version=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else -1,
            )  # fmt: skip
            flash(request, _("说明已记录，申请人可以看到"))
            return redirect("workbench:card", card_id=card_id)
        except (Invalid, Conflict) as error:
            errors = dict(error.fields) or {"": error.message}
    text = request.POST.get("text", row.explanation)
    field = forms.single("text", _("超期的原因（告知申请人）"), "textarea", value=text, error=errors.get("text", ""))
    context = {
        "row": row, "level": card_words.level(row), "late": card_words.late(row), "field": field, "errors": errors,
        "title": words(row.case.title), "unit": words(row.case.unit_name),
        "clock": card_words.clock(row),
        "may_explain": supervision.is_late(row, now()) and actor.may(supervision.EXPLAIN, scope_of(row.case)),
    }  # fmt: skip
    return render(request, "workbench/card.html", context, status=422 if errors else 200)


def _may_set(request: HttpRequest) -> bool:
    units: frozenset[UUID] | None = request.actor.units_for(supervision.SET)  # type: ignore[attr-defined]
    return units != frozenset()


@page(supervision.SET, login=PASSWORD, restores=True)
def warnings(request: HttpRequest) -> HttpResponse:
    """From how many working days before the last day one is warned, by item, for the units one leads."""
    actor = request.actor  # type: ignore[attr-defined]
    units = _units(request)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            _set(request, units)
            return redirect("workbench:warnings")
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
    items = {row.code: words(packages.version(row.id).title) for row in packages.published()}
    held = [
        row for row in WarningDays.objects.filter(tenant_id=actor.tenant_id).order_by("item_code", "id")
        if "" in units or row.unit_id is None or str(row.unit_id) in units
    ]  # fmt: skip
    names = directory.units(row.unit_id for row in held if row.unit_id)
    context = {
        "fields": _fields(request, units, items, errors), "errors": errors, "default": supervision.SOON,
        "rows": [
            {"item": items.get(row.item_code, row.item_code) or _("所有事项"),
             "unit": names[row.unit_id].name if row.unit_id else _("所有单位"), "days": row.days}
            for row in held
        ],
    }  # fmt: skip
    return render(request, "workbench/warnings.html", context, status=422 if errors else 200)


def _units(request: HttpRequest) -> dict[str, str]:
    """{id: name} of the units for which one may set it; "": everywhere."""
    held: frozenset[UUID] | None = request.actor.units_for(supervision.SET)  # type: ignore[attr-defined]
    if held is None:
        return {"": _("所有单位")}
    return {str(unit_id): view.name for unit_id, view in directory.units(held).items()}


def _set(request: HttpRequest, units: dict[str, str]) -> None:
    unit, item, days = (request.POST.get(name, "").strip() for name in ("unit", "item", "days"))
    if unit not in units:
        raise Invalid(fields={"unit": _("请选择单位")})
    known = {"", *(row.code for row in packages.published())}
    if item not in known:
        raise Invalid(fields={"item": _("请选择事项")})
    if days and not (days.isascii() and days.isdigit() and len(days) < 4):
        raise Invalid(fields={"days": _("请填写0至%(most)d之间的整数") % {"most": supervision.MOST_DAYS}})
    supervision.set_warning_days(
        request.actor, key=idempotency_key(request), item_code=item, unit_id=UUID(unit) if unit else None,  # type: ignore[attr-defined]
        days=int(days) if days else None,
    )  # fmt: skip
    flash(request, _("已设定"))


def _fields(
    request: HttpRequest, units: dict[str, str], items: dict[str, str], errors: dict[str, Any]
) -> list[forms.Field]:
    data = request.POST
    first = next(iter(units), "")

    def one(name: str, label: str, widget: str, value: str = "", **more: Any) -> forms.Field:
        return forms.single(name, label, widget, value=data.get(name, value), error=errors.get(name, ""), **more)

    every = [{"value": "", "label": _("所有事项")}]
    return [
        one("unit", _("单位"), "select", first, options=[{"value": k, "label": v} for k, v in units.items()]),
        one("item", _("事项"), "select", options=every + [{"value": k, "label": v} for k, v in items.items()]),
        one("days", _("提前几个工作日"), "text", width="short", optional=True,
            help=_("不填则按更大范围的设定，都没有设定的提前%(n)d个工作日") % {"n": supervision.SOON}),
    ]  # fmt: skip
