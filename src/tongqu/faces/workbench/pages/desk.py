"""One work list, one case page, and every act drawn from what the procedure offers this actor now."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from tongqu.domains.services.pages import downloads
from tongqu.domains.services.pages.acting import act_page
from tongqu.faces.workbench import queries
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import NotFound, NotPermitted
from tongqu.kernel.cases.queries import Worklist, access_case, my_checks, state_counts, worklist
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import page


@page()
def front(request: HttpRequest) -> HttpResponse:
    """The first page of a process that serves the staff alone."""
    return redirect(settings.TQ_STAFF_HOME)


@page(login=PASSWORD)
def worklist_page(request: HttpRequest) -> HttpResponse:
    """The staff's first page: the work list; for staff without cases, what they have instead."""
    actor = request.actor  # type: ignore[attr-defined]
    if actor.units_for("cases.read") == frozenset():
        if not actor.is_staff:
            raise NotPermitted()
        return redirect("workbench:audit") if actor.may("audit.read") else render(request, "workbench/no_cases.html")
    state, number = request.GET.get("state", ""), request.GET.get("number", "").strip()
    wanted = Worklist(state=state, number=number, ended=request.GET.get("ended") == "1")
    found = worklist(actor, wanted, after=request.GET.get("after"))
    context = queries.worklist_context(found, wanted, state_counts(actor))
    return render(request, "workbench/list.html", context)


@page("cases.record_check", login=PASSWORD)
def checks(request: HttpRequest) -> HttpResponse:
    rows = my_checks(request.actor)  # type: ignore[attr-defined]
    return render(request, "workbench/checks.html", {"cards": [queries.check_card(row) for row in rows]})


@page("cases.read", login=PASSWORD)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    view = access_case(request.actor, case_id=case_id, purpose="desk")  # type: ignore[attr-defined]
    return render(request, "workbench/case.html", queries.case_context(view))


@page("cases.read", login=PASSWORD, restores=True)
def do(request: HttpRequest, case_id: UUID, action: str) -> HttpResponse:
    view = access_case(request.actor, case_id=case_id, purpose=action)  # type: ignore[attr-defined]
    return act_page(
        request, view, action, template="workbench/do.html", onward=reverse("workbench:case", args=[case_id]),
        summary=queries.summary_of(view),
    )  # fmt: skip


@page("cases.read", login=PASSWORD)
def reveal(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """One masked value in full. Asking (GET) shows nothing; confirming (POST) does, and stands in the read log."""
    purpose = f"reveal:{name}" if request.method == "POST" else "desk"
    view = access_case(request.actor, case_id=case_id, purpose=purpose)  # type: ignore[attr-defined]
    field = view.package.fields.get(name)
    if field is None or name not in view.facts.values:
        raise NotFound()
    context = {
        "view": view,
        "label": forms.text(field["label"]),
        "value": view.facts.values[name] if request.method == "POST" else "",
    }
    return render(request, "workbench/reveal.html", context)


@page("cases.read", login=PASSWORD)
def file(request: HttpRequest, case_id: UUID, material_id: UUID) -> HttpResponse:
    return downloads.material(access_case(request.actor, case_id=case_id, purpose="material"), material_id)  # type: ignore[attr-defined]


@page("cases.read", login=PASSWORD)
def paper(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    return downloads.paper(access_case(request.actor, case_id=case_id, purpose="document"), document_id)  # type: ignore[attr-defined]
