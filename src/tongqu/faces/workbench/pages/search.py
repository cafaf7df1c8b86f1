"""One box for everything a clerk may see."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongqu.faces.workbench import searching
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.ui.pages import page


@page("cases.read", login=PASSWORD)
def search(request: HttpRequest) -> HttpResponse:
    """GET `q`. What is found stands in the read log, once for each case shown."""
    text = request.GET.get("q", "")
    return render(request, "workbench/search.html", searching.context(request.actor, text))  # type: ignore[attr-defined]
