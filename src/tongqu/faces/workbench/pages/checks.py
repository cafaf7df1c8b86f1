"""The officers' check sheet, which goes on working where there is no network.

The page is an ordinary form. With its script and a service worker, whose reach is these pages alone, what is typed and
photographed stays on the phone until it can be sent, and is sent once: each draft carries the key made when it was
opened. Nothing else of the desk is kept on the device.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse

from tongqu.domains.services.pages.acting import act_page, carry_out
from tongqu.faces.workbench import queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.cases.queries import access_case, my_checks
from tongqu.kernel.ui import kept, problems
from tongqu.kernel.ui.pages import page

ACTION = "record_check"
STATIC = Path(__file__).resolve().parents[1] / "static" / "workbench"


@page("cases.record_check", login=PASSWORD)
def checks(request: HttpRequest) -> HttpResponse:
    rows = my_checks(request.actor)  # type: ignore[attr-defined]
    return render(request, "workbench/checks.html", {"cards": [queries.check_card(row) for row in rows]})


@page("cases.record_check", login=PASSWORD, restores=True)
def check(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The sheet. Its script posts the same form and asks for JSON: {"state": "synced", "case": url}."""
    view = access_case(request.actor, case_id=case_id, purpose=ACTION)  # type: ignore[attr-defined]
    onward = reverse("workbench:case", args=[case_id])
    if request.method == "POST" and problems.wants_json(request):
        carry_out(request, view, ACTION)
        return JsonResponse({"state": "synced", "case": onward})
    return act_page(
        request, view, ACTION, template="workbench/check.html", onward=onward, summary=queries.summary_of(view)
    )


@page("cases.record_check", login=PASSWORD)
def state(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Asked before sending: who is signed in, a fresh token, and whether the case still waits for the sheet.

    {"owner", "csrf", "version", "open", "key", "state": words of the case's state, "recorded": by another's hand}
    """
    view = access_case(request.actor, case_id=case_id, purpose=ACTION)  # type: ignore[attr-defined]
    offered = next((o for o in view.offers if o.action.code == ACTION), None)
    row = view.facts.check_row
    return JsonResponse(
        {
            "owner": kept.owner_tag(request), "csrf": get_token(request), "version": view.case.version,
            "open": offered is not None and offered.open, "key": str(uuid7()), "state": queries.words(view.state.name),
            "recorded": row is not None and row.state != "assigned",
        }
    )  # fmt: skip


@page("cases.record_check", login=PASSWORD)
def saved(request: HttpRequest) -> HttpResponse:
    """What this device keeps; the page itself holds nothing of any case, so that it may be kept for offline."""
    return render(request, "workbench/saved.html")


@page("cases.record_check", login=PASSWORD)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It lies beside the pages of the sheet, so that its reach cannot be wider."""
    source, version = _worker()
    response = HttpResponse(source.replace("__VERSION__", version), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _worker() -> tuple[str, str]:
    """Its source and a version that changes with it and with the page's script."""
    source = (STATIC / "check-worker.js").read_text(encoding="utf-8")
    script = (STATIC / "check.js").read_text(encoding="utf-8")
    return source, hashlib.sha256((source + script).encode()).hexdigest()[:12]
