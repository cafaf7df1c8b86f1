"""What can be done here, what it takes, and which way in: for everybody, without signing in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongqu.domains.services import queries
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import NextQuestion, next_step
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import page

TENANT = UUID(settings.TQ_TENANT_ID)


@page()
def index(request: HttpRequest) -> HttpResponse:
    """Every item that can be applied for. One query."""
    return render(request, "services/index.html", {"items": queries.items()})


@page()
def guide(request: HttpRequest, code: str) -> HttpResponse:
    package = packages.current(code)
    return render(request, "services/guide.html", queries.guide_of(package, region_code=settings.TQ_REGION))


@page()
def triage(request: HttpRequest, code: str) -> HttpResponse:
    """One question at a time; the answers so far travel in the address, so that the back button works."""
    package = packages.current(code)
    if package.triage is None:
        return _straight_in(request, package)
    answers = {name: value for name, value in request.GET.items() if name != "q"}
    adopted = packages.adopted(code, settings.TQ_REGION)
    errors: dict[str, str] = {}
    step = next_step(package, answers, adopted=adopted)
    context: dict[str, Any] = {"package": package, "asked": queries.answered(package, answers, step.asked, adopted)}
    if isinstance(step, NextQuestion):
        if "q" in request.GET and request.GET["q"] == step.id and step.id not in answers:
            errors[step.id] = _("请选择一个答案")
        options = [{"value": a.value, "label": forms.text(a.label), "hint": forms.text(a.hint)} for a in step.answers]
        field = forms.single(
            step.id,
            forms.text(step.title),
            "radio",
            help=forms.text(step.help),
            options=options,
            error=errors.get(step.id, ""),
        )
        context |= {"question": step, "field": field, "errors": errors}
        return render(request, "services/triage.html", context)
    kept = {name: answers[name] for name in step.asked}
    context |= {"outcome": step, "answers": kept, "basis": queries.basis_of(package, step.basis)}
    if step.may_apply and request.actor.kind == "person":  # type: ignore[attr-defined]
        context |= queries.way_in(request.actor, package)  # type: ignore[attr-defined]
    return render(request, "services/outcome.html", context)


def _straight_in(request: HttpRequest, package: Package) -> HttpResponse:
    """An item that asks nothing beforehand: in whose name, and start."""
    person = request.actor.kind == "person"  # type: ignore[attr-defined]
    found = queries.way_in(request.actor, package) if person else {}  # type: ignore[attr-defined]
    return render(request, "services/straight_in.html", {"package": package, **found})
