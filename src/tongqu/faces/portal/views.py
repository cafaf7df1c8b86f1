"""The public's home and search, drawn from what the rooms below offer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.domains.services import queries as services
from tongqu.domains.services.applying import parties_for
from tongqu.kernel.cases.queries import my_cases
from tongqu.kernel.search.queries import find
from tongqu.kernel.ui.pages import page


@page()
def home(request: HttpRequest) -> HttpResponse:
    """Staff go to their desk; everybody else finds what they came for."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.is_staff:
        return redirect("workbench:list")
    cards: list[dict[str, Any]] = []
    if actor.kind == "person":
        cards = [services.card(row.case) for row in my_cases(actor, parties=parties_for(actor), size=2).rows]
    words = [_("开饭馆"), _("食品经营许可"), "spjyxk"]
    context = {
        "hero": {"action": "/search", "words": [{"label": w, "url": f"/search?q={w}"} for w in words]},
        "services": services.items(),
        "all_url": "/services",
        "my_cases": cards,
        "my_cases_url": "/my/cases",
    }
    return render(request, "portal/home.html", context)


@page()
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")[:200].strip()
    hits = find(request.actor, text) if text else []  # type: ignore[attr-defined]
    cards = [{"title": h.title, "url": h.url, "text": h.summary, "icon": "apply"} for h in hits]
    return render(request, "portal/search.html", {"q": text, "cards": cards})
