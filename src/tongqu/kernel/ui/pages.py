"""How a page meets people's mistakes: expected errors become pages that say what happened and what to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongqu.kernel.acts.errors import TongquError


def answer(request: HttpRequest, error: TongquError) -> HttpResponse:
    """The page for an expected error."""
    return render(request, "ui/errors/expected.html", {"error": error}, status=error.status)
