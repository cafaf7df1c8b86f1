"""One work list, one case page, and every act drawn from what the procedure offers this actor now."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services.pages import downloads
from tongqu.domains.services.pages.acting import act_page
from tongqu.faces.workbench import filters, listing, queries
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import NotFound, NotPermitted
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.cases.models import CaseUnit
from tongqu.kernel.cases.operations import assigning
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.worklist import state_counts, worklist
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, page


@page()
def front(request: HttpRequest) -> HttpResponse:
    """The first page of a process that serves the staff alone."""
    return redirect(settings.TQ_STAFF_HOME)


@page(login=PASSWORD)
def worklist_page(request: HttpRequest) -> HttpResponse:
    """The staff's first page: the work list; for staff without cases, what they have instead.

    Without anything in the address it opens with the default view. Wrong filters list nothing and say what is wrong.
    """
    actor = request.actor  # type: ignore[attr-defined]
    if actor.units_for("cases.read") == frozenset():
        if not actor.is_staff:
            raise NotPermitted()
        return redirect("workbench:audit") if actor.may("audit.read") else render(request, "workbench/no_cases.html")
    views = listing.views_of(actor)
    if not request.GET and (chosen := listing.default_of(views, actor)):
        return redirect(f"{request.path}?{chosen.query or 'all=1'}")
    choices = listing.choices_for(actor)
    asked = filters.read(request.GET, choices)
    found: Page[CaseUnit] = Page([], None)
    if not asked.errors:
        found = worklist(actor, asked.wanted, after=request.GET.get("after"))
    context = listing.context(
        actor, asked, found, state_counts(actor), choices, views, select_all=request.GET.get("select") == "all"
    )
    return render(request, "workbench/list.html", context, status=422 if asked.errors else 200)


@page("cases.read", login=PASSWORD)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    view = access_case(request.actor, case_id=case_id, purpose="desk")  # type: ignore[attr-defined]
    return render(request, "workbench/case.html", queries.case_context(view))


@page("cases.take", login=PASSWORD)
def take(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take the case, or give it back. A GET leads to the case."""
    onward = reverse("workbench:case", args=[case_id])
    if request.method == "POST":
        if request.POST.get("_do") == "give_back":
            assigning.give_back(request.actor, case_id=case_id)  # type: ignore[attr-defined]
            flash(request, _("已退回，单位里的人都可以认领"))
        else:
            assigning.take(request.actor, case_id=case_id)  # type: ignore[attr-defined]
            flash(request, _("已认领，可以在“我认领的”里找到"))
    return redirect(onward)


@page("cases.read", login=PASSWORD, restores=True)
def do(request: HttpRequest, case_id: UUID, action: str) -> HttpResponse:
    view = access_case(request.actor, case_id=case_id, purpose=action)  # type: ignore[attr-defined]
    return act_page(
        request, view, action, template="workbench/do.html", onward=reverse("workbench:case", args=[case_id]),
        summary=queries.summary_of(view), extended=queries.extended_by(view, action),
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
