"""The day book and the shift: what a window did today, and handing it over."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services.counter import daybook, queries, shifts, workbook
from tongqu.domains.services.counter.filing import at_window
from tongqu.domains.services.counter.models import Handover
from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.directory.queries import staff_of, unit
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, page

VERB = "cases.receive"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _actor(request: HttpRequest) -> Actor:
    return actor_of(request)  # the actor itself: `request.actor` is drawn lazily


def _unit(actor: Actor) -> UUID:
    found = queries.unit_of(actor)
    if found is None:
        raise NotPermitted(_("您不属于任何窗口单位"))
    return found


def _asked(request: HttpRequest) -> tuple[daybook.Book, str, str]:
    """(the book, the clerk asked for, what is wrong with the day)."""
    actor, error = _actor(request), ""
    try:
        day = date.fromisoformat(request.GET["day"]) if request.GET.get("day") else today().date()
    except ValueError:
        day, error = today().date(), _("日期写法有误，现在显示的是今天")
    who = request.GET.get("clerk", "me")
    clerk = actor.account_id if who == "me" else None
    if who not in {"me", "all"}:
        try:
            clerk = UUID(who)
        except ValueError:
            who, clerk = "me", actor.account_id
    return daybook.access_book(actor, unit_id=_unit(actor), day=day, clerk_id=clerk), who, error


@page(VERB, login=PASSWORD)
def book(request: HttpRequest) -> HttpResponse:
    found, who, error = _asked(request)
    names = workbook.group_names()
    mine = _actor(request).account_id
    clerks = [{"value": "me", "label": _("我")}, {"value": "all", "label": _("整个窗口")}]
    clerks += [{"value": str(key), "label": name} for key, name in sorted(found.clerks.items()) if key != mine]
    columns = [{"label": text} for text in workbook.heads()]
    rows = [
        {
            "url": f"/desk/cases/{line.case_id}" if line.case_no else "",
            "cells": [
                line.at.astimezone().strftime("%H:%M"), line.clerk, workbook.said(line), line.case_no, line.applicant,
                forms.text(line.item),
            ],
        }
        for line in found.lines
    ]  # fmt: skip
    context = {
        "book": found, "rows": rows, "columns": columns, "who": who, "query": request.GET.urlencode(),
        "totals": [{"label": text, "value": found.groups.get(name, 0)} for name, text in names.items()],
        "day_field": forms.single("day", _("日期"), "date", value=found.day.isoformat(), error=error),
        "clerk_field": forms.single("clerk", _("人员"), "select", value=who, options=clerks, width="middle"),
    }  # fmt: skip
    return render(request, "services/counter/daybook.html", context)


@page(VERB, login=PASSWORD)
def excel(request: HttpRequest) -> HttpResponse:
    found, _who, _error = _asked(request)
    title = f"{unit(_unit(_actor(request))).name} {found.day.isoformat()}"
    response = HttpResponse(workbook.of(found, title=title), content_type=EXCEL)
    response.headers["Content-Disposition"] = f'attachment; filename="daybook-{found.day.isoformat()}.xlsx"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


# --- shifts ----------------------------------------------------------------------------------------------------------


@page(VERB, login=PASSWORD)
def shift(request: HttpRequest) -> HttpResponse:
    """Begin a shift, or see what is open and hand it over."""
    actor, errors = _actor(request), {}
    unit_id = _unit(actor)
    if request.method == "POST":
        try:
            return _change(request, actor, unit_id)
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
    now = shifts.current_shift(actor)
    colleagues = [h for h in staff_of(unit_id, "window_clerk") if h.account_id != actor.account_id]
    names = account_names({h.account_id for h in colleagues})
    mine = Handover.objects.filter(tenant_id=actor.tenant_id, taker_id=actor.account_id, answered_at=None)
    given = Handover.objects.filter(tenant_id=actor.tenant_id, giver_id=actor.account_id).order_by("-signed_at")
    things = shifts.open_things(actor, unit_id)
    context = {
        "shift": now, "errors": errors, "things": [(t, KINDS[t.kind](), _place(t.kind, t.ref_id)) for t in things],
        "window_field": forms.single("window", _("窗口号"), value=request.POST.get("window", ""), width="short",
                                     error=errors.get("window")),
        "taker_field": forms.single(
            "taker", _("交给"), "select", value=request.POST.get("taker", ""), width="middle",
            error=errors.get("taker"), optional=not things,
            options=[{"value": str(key), "label": name} for key, name in names.items()],
        ),
        "note_field": forms.single("note", _("要交代的话"), "textarea", value=request.POST.get("note", ""),
                                   optional=True, error=errors.get("note")),
        "to_answer": mine.order_by("signed_at"), "given": given[:10],
    }  # fmt: skip
    return render(request, "services/counter/shift.html", context, status=422 if errors else 200)


KINDS = {
    "draft": lambda: _("未完成的收件"), "paper": lambda: _("等待送达的文书"), "original": lambda: _("暂存的原件"),
}  # fmt: skip


def _place(kind: str, ref_id: UUID) -> str:
    """Where such a thing is brought to its end; "" for an original, which is given back from the list itself."""
    match kind:
        case "draft":
            return reverse("services:counter_filing", args=[ref_id])
        case "paper":
            return queries.served_at(ref_id)
    return ""


def _change(request: HttpRequest, actor: Actor, unit_id: UUID) -> HttpResponse:
    clerk = at_window(actor)
    if request.POST.get("_do") == "open":
        shifts.open_shift(clerk, unit_id=unit_id, window=request.POST.get("window", ""))
        flash(request, _("已上班"))
        return redirect("services:counter")
    taker = request.POST.get("taker", "")
    try:
        taker_id = UUID(taker) if taker else None
    except ValueError:
        raise Invalid(_("请选择接班的同事"), field="taker") from None
    now = shifts.current_shift(actor)
    if now is None:
        raise Invalid(_("您现在不在班上"))
    made = shifts.close_shift(clerk, shift_id=now.id, taker_id=taker_id, note=request.POST.get("note", ""))
    flash(request, _("已交班"))
    if made["handover_id"]:
        return redirect("services:counter_handover", handover_id=made["handover_id"])
    return redirect("services:counter_shift")


@page(VERB, login=PASSWORD)
def handover(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """The list: the taker answers it line by line; both may print it."""
    actor = _actor(request)
    row = shifts.access_handover(actor, handover_id)
    errors = {}
    if request.method == "POST":
        answers = {
            name[6:]: {"state": state, "remark": request.POST.get(f"remark_{name[6:]}", "")}
            for name, state in request.POST.items()
            if name.startswith("state_") and state
        }
        if request.POST.get("_do") == "rest":
            waiting = row.lines.filter(state="waiting").values_list("id", flat=True)
            answers = {str(one): {"state": "confirmed", "remark": ""} for one in waiting} | answers
        try:
            left = shifts.answer_lines(at_window(actor), handover_id=row.id, answers=answers)["waiting"]
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已确认") if not left else _("已记下，还有 %(n)s 项没有答复") % {"n": left})
            return redirect("services:counter_handover", handover_id=row.id)
    names = account_names([row.giver_id, row.taker_id])
    lines = [
        {"line": line, "kind": KINDS[line.kind](), "url": _place(line.kind, line.ref_id),
         "chosen": request.POST.get(f"state_{line.id}", ""),
         "error": errors.get(f"remark_{line.id}") or errors.get(str(line.id)),
         "remark": request.POST.get(f"remark_{line.id}", line.remark)}
        for line in row.lines.order_by("id")
    ]  # fmt: skip
    context = {
        "row": row, "lines": lines, "errors": errors, "giver": names.get(row.giver_id, ""),
        "taker": names.get(row.taker_id, ""),
        "to_answer": row.taker_id == actor.account_id and any(one["line"].state == "waiting" for one in lines),
    }  # fmt: skip
    return render(request, "services/counter/handover.html", context, status=422 if errors else 200)
