"""Decisions to grant are public and may be consulted (行政许可法第40条)."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongqu.domains.services import queries
from tongqu.kernel.cases.queries import PublicCase, public_case, public_decisions
from tongqu.kernel.ui.pages import page

TENANT = UUID(settings.TQ_TENANT_ID)


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
