"""Decisions to grant are public and may be consulted (行政许可法第40条)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongqu.domains.services import queries
from tongqu.kernel.acts.errors import NotFound, TooOften
from tongqu.kernel.cases.finding import as_number
from tongqu.kernel.cases.progress import Progress
from tongqu.kernel.cases.progress import progress as case_progress
from tongqu.kernel.cases.queries import PublicCase, public_case, public_decisions
from tongqu.kernel.identity.tries import address, one_more
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import page

TENANT = UUID(settings.TQ_TENANT_ID)


@page()
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """How far a case is, by the number and the code on its receipt. Posted: the code must not stand in an address."""
    number, code = request.POST.get("number", request.GET.get("number", ""))[:60], request.POST.get("code", "")[:40]
    context: dict[str, Any] = {"errors": {}}
    if request.method == "POST":
        try:
            context |= queries.progress_context(_looked_up(request, number, code))
        except (NotFound, TooOften) as error:
            context["errors"] = {"number": str(error.message)}
            context["status"] = error.status
    context |= {
        "number_field": forms.single(
            "number", _("收件编号或者办件编号"), value=number, error=context["errors"].get("number", ""),
            help=_("印在收件回执上，可以只用数字"), autocomplete="off",
        ),
        "code_field": forms.single(
            "code", _("查询码"), value="" if context.get("found") else code, width="middle",
            help=_("8 位字母和数字，大小写、有没有横线都可以"), autocomplete="off",
        ),
    }  # fmt: skip
    return render(request, "services/progress.html", context, status=context.get("status", 200))


def _looked_up(request: HttpRequest, number: str, code: str) -> Progress:
    """Few tries for one number, not many from one address: a code is not for guessing. Raises NotFound, TooOften."""
    by_number = one_more("progress_number", as_number(number) or "none", most=10, seconds=3600)
    by_address = one_more("progress_address", address(request), most=60, seconds=600)
    if not (by_number and by_address):
        raise TooOften()
    return case_progress(request.actor, number=number, code=code)  # type: ignore[attr-defined]


@page()
def decisions(request: HttpRequest) -> HttpResponse:
    found = public_decisions(TENANT, after=request.GET.get("after"))
    return render(
        request, "services/decisions.html", {"page": found, "cards": [queries.decision_card(d) for d in found.rows]}
    )


@page()
def decision(request: HttpRequest, case_no: str) -> HttpResponse:
    found = public_case(TENANT, case_no)
    context = {
        "found": found,
        "ended": _ending(found),
        "timeline": queries.timeline_of(found.history),
    }
    return render(request, "services/decision.html", context)


def _ending(found: PublicCase) -> str:
    """How the licence ended, if it has: the latest of the acts that end one."""
    acts = (line.kind.removeprefix("cases.") for line in reversed(found.history))
    return next((queries.ENDINGS[act]()[1] for act in acts if act in queries.ENDINGS), "")
