"""One's own cases: the list, one case with its dates explained, what may be done now, files and papers."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services import drafting, queries
from tongqu.domains.services.applying import own_case, parties_for
from tongqu.domains.services.pages import downloads
from tongqu.domains.services.pages.acting import act_page
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.queries import CaseView, my_cases
from tongqu.kernel.identity.queries import parties_of
from tongqu.kernel.records import queries as records
from tongqu.kernel.ui.pages import flash, idempotency_key, page


@page(login=PASSWORD)
def mine(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    found = my_cases(actor, parties=parties_for(actor), after=request.GET.get("after"))
    return render(request, "services/mine.html", {"page": found, "cards": [queries.card(r.case) for r in found.rows]})


@page(login=PASSWORD)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    view = own_case(request, case_id, purpose="own_case")
    if not view.is_applicant:
        raise NotFound()
    if view.case.state == "draft":
        return redirect(drafting.next_page(view))
    return render(request, "services/case.html", queries.case_context(view))


@page(login=PASSWORD, restores=True)
def do(request: HttpRequest, case_id: UUID, action: str) -> HttpResponse:
    """Any act that the procedure offers the applicant: supply, withdraw, rate. Drawn from the offer."""
    view = own_case(request, case_id, purpose=action)
    return act_page(
        request, view, action, template="services/do.html", onward=reverse("services:case", args=[case_id]),
        periods=partial(queries.periods_met, view, action),  # asked when it is drawn
    )  # fmt: skip


@page(login=PASSWORD)
def service(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """How the papers of a case are served; POST agrees to electronic service, or takes that back (`_do`: withdraw)."""
    view = own_case(request, case_id, purpose="own_case")
    if request.method != "POST":
        agreement = queries.agreement_of(view)
        if agreement is None:
            raise NotFound()
        return render(request, "services/agreement.html", {"case": view.case, "agreement": agreement})
    key = idempotency_key(request)
    if request.POST.get("_do") == "withdraw":
        cases.withdraw_from_service(view.actor, key=key, case_id=case_id)
        flash(request, _("已撤回。以后的文书改为窗口领取或者邮寄；已经送达的仍然有效。"))
    else:
        cases.agree_to_service(view.actor, key=key, case_id=case_id)
        flash(request, _("已同意。本件的文书进入您的账号就是送达，请留意消息。"))
    return redirect("services:service", case_id=case_id)


@page(login=PASSWORD)
def file(request: HttpRequest, case_id: UUID, material_id: UUID) -> HttpResponse:
    return downloads.material(own_case(request, case_id, purpose="material"), material_id)


@page(login=PASSWORD)
def licence(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return downloads.licence(own_case(request, case_id, purpose="document"))


@page(login=PASSWORD)
def paper(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """A paper as PDF; the first time the applicant's side reads it goes on record beside its service."""
    view = own_case(request, case_id, purpose="document")
    response = downloads.paper(view, document_id)
    if view.is_applicant and view.actor.kind == "person" and _unread(view, document_id):
        cases.open_paper(view.actor, case_id=case_id, document_id=document_id)
    return response


def _unread(view: CaseView, document_id: UUID) -> bool:
    return any(d.document_id == document_id and d.service and not d.opened_at for d in view.documents)


@page(login=PASSWORD)
def licences(request: HttpRequest) -> HttpResponse:
    """Licences of those for whom the visitor may do everything; a narrow mandate sees them on the cases it reaches."""
    actor = request.actor  # type: ignore[attr-defined]
    standings = parties_of(actor)
    held = records.licences_of(actor.tenant_id, list({s.party_id for s in standings if s.items is None}))
    renewals = queries.renewals_of(held, standings)
    cards = [queries.licence_card(one) | {"renewal": renewals.get(one.id)} for one in held]
    return render(request, "services/licences.html", {"licences": cards})
