"""The working calendar: every year for anyone to read; loading the notice of a year for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Conflict, Invalid
from tongqu.kernel.law import calendars, register, words
from tongqu.kernel.law.calendar import CalendarYear, Holiday
from tongqu.kernel.law.models import CalendarNotice
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page
from tongqu.kernel.ui.templatetags.ui import day

FIELDS = ("year", "notice", "issued", "holidays", "workdays")


@page()
def years(request: HttpRequest) -> HttpResponse:
    """Holidays and worked weekends of each year, the latest first, with their notice. No query."""
    known = register.calendar().years
    context = {"years": [_shown(known[year]) for year in sorted(known, reverse=True)], "last": max(known, default=0)}
    return render(request, "law/calendar.html", context)


@page(calendars.VERB, login=PASSWORD, restores=True)
def load(request: HttpRequest) -> HttpResponse:
    """Type the notice of a year, see which running clocks would move, load it. One query, two more to preview."""
    typed, errors, found = request.POST, {}, None
    if request.method == "POST":
        try:
            document = _written(typed)
            if typed.get("do") == "load":
                done = calendars.load_notice(request.actor, key=idempotency_key(request), document=document)  # type: ignore[attr-defined]
                flash(request, _("已载入%(year)d年的节假日安排，期限正在重新计算") % {"year": done["year"]})
                return redirect("law:load_calendar")
            found = calendars.preview(register.year_from(document, calendars.NAME))
        except (Invalid, Conflict) as error:
            errors = dict(error.fields) or {"": error.message}
    context = {
        "fields": _fields(typed, errors), "errors": errors, "preview": found, "moves": _moves(found),
        "notices": [_progress(row) for row in CalendarNotice.objects.order_by("-id")[:20]],
        "known": _("、").join(_spans(sorted(register.calendar().years))), "columns": _columns(),
    }  # fmt: skip
    return render(request, "law/load_calendar.html", context, status=422 if errors else 200)


def _spans(years: list[int]) -> list[str]:
    """2004, 2005, 2006, 2008 as 2004–2006, 2008."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return [f"{a}–{b}" if a != b else str(a) for a, b in runs]


def _written(typed: Mapping[str, Any]) -> dict[str, Any]:
    return calendars.written(
        **{name: str(typed.get(name, "")).strip() for name in FIELDS}, checked=typed.get("checked") == "yes"
    )


def _fields(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> list[forms.Field]:
    def one(name: str, label: str, widget: str = "text", **more: Any) -> forms.Field:
        return forms.single(name, label, widget, value=typed.get(name, ""), error=errors.get(name, ""), **more)

    example = f"元旦 {today().year + 1}-01-01 {today().year + 1}-01-03"
    seen = [{"value": "yes", "label": _("已与通知原文逐条核对")}]
    return [
        one("year", _("年份"), width="short"),
        one("notice", _("通知的名称和文号"), help=_("例如 国务院办公厅关于2027年部分节假日安排的通知")),
        one("issued", _("通知日期"), "date", optional=True),
        one("holidays", _("放假"), "textarea",
            help=_("一行一个：名称、第一天、最后一天，例如 %(example)s") % {"example": example}),
        one("workdays", _("调休上班的周末"), "textarea", optional=True, help=_("日期之间用空格或者逗号隔开")),
        one("checked", _("核对"), "checkboxes", optional=True, options=seen),
    ]  # fmt: skip


def _shown(year: CalendarYear) -> dict[str, Any]:
    return {
        "year": year.year, "notice": year.notice, "issued": year.issued, "trust": words.TRUST[year.trust],
        "note": words.said(year.trust_note),
        "holidays": [{"label": words.said(h.name), "value": _span(h)} for h in year.holidays],
        "workdays": _("、").join(day(one) for one in sorted(year.workdays)),
    }  # fmt: skip


def _span(holiday: Holiday) -> str:
    return day(holiday.start) if holiday.start == holiday.end else f"{day(holiday.start)} – {day(holiday.end)}"


def _columns() -> list[dict[str, str]]:
    return [{"label": label} for label in (_("规则"), _("原来的最后一天"), _("新的最后一天"))]


def _moves(found: calendars.Preview | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    unsure = _("（暂定）")
    return [
        {
            "cells": [
                f"{move.clock.rule_id} {move.clock.name}",
                day(move.before) + (unsure if move.provisional_before else ""),
                day(move.clock.due_at) + (unsure if move.clock.provisional else ""),
            ]
        }
        for move in found.first
    ]


def _progress(row: CalendarNotice) -> dict[str, Any]:
    return {
        "year": row.year, "notice": row.document["notice"], "at": row.created_at, "checked": row.checked,
        "total": max(row.total, row.checked), "moved": row.moved, "done": row.done_at,
    }  # fmt: skip
