"""Serving papers from the desk: what waits, one case's papers with their tries, recording a try, the 送达回证."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.faces.workbench import serving
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload, scope_of
from tongqu.kernel.cases.operations.serving import SERVE
from tongqu.kernel.cases.queries import CaseView, access_case
from tongqu.kernel.identity.queries import account_of
from tongqu.kernel.notices.service_queries import services_about, waiting
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted


@page(SERVE, login=PASSWORD)
def waiting_page(request: HttpRequest) -> HttpResponse:
    """What is yet to be served in the clerk's units, oldest first. One query."""
    state = request.GET.get("state", "")
    found = waiting(request.actor, SERVE, state=state, after=request.GET.get("after"))  # type: ignore[attr-defined]
    return render(request, "workbench/services.html", serving.waiting_context(found, state))


@page(SERVE, login=PASSWORD, restores=True)
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The papers of a case with their service; a POST records one try for those chosen."""
    view = _served_here(request, case_id)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            done = _record(request, view)
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, serving.DONE[done["result"]]())
            return HttpResponseRedirect(reverse("workbench:service", args=[case_id]))
    rows = services_about(view.case.tenant_id, ("case", view.case.id))
    data = posted(request)
    chosen = data.getlist("documents") if data is not None else request.GET.getlist("document")
    context = serving.case_context(view, rows, data=data, chosen=chosen, errors=errors)
    return render(request, "workbench/service.html", context, status=422 if errors else 200)


def _served_here(request: HttpRequest, case_id: UUID) -> CaseView:
    """A case whose papers the reader serves. Raises NotFound, NotPermitted."""
    view = access_case(request.actor, case_id=case_id, purpose="service")  # type: ignore[attr-defined]
    if not view.actor.may(SERVE, scope_of(view.case)):
        raise NotPermitted()
    return view


def _record(request: HttpRequest, view: CaseView) -> dict[str, Any]:
    documents = []
    for text in request.POST.getlist("documents"):
        try:
            documents.append(UUID(text))
        except ValueError:
            raise Invalid(fields={"documents": _("请从列表中选择文书")}) from None
    ours = {"documents", "csrfmiddlewaretoken"}
    sent = {n: request.POST.getlist(n) for n in request.POST if not n.startswith("_") and n not in ours}
    uploads = [Upload(name, f.name or "file", f.read()) for name in request.FILES for f in request.FILES.getlist(name)]
    done: dict[str, Any] = cases.serve(
        view.actor, key=idempotency_key(request), case_id=view.case.id, documents=documents, inputs=sent,
        uploads=uploads,
    )  # fmt: skip
    return done


@page(SERVE, login=PASSWORD)
def receipt(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    """Make the 送达回证 of a paper (POST), and on to its PDF."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("workbench:service", args=[case_id]))
    made = cases.make_service_receipt(request.actor, case_id=case_id, document_id=document_id)  # type: ignore[attr-defined]
    return HttpResponseRedirect(reverse("workbench:paper", args=[case_id, made["document_id"]]))


@page(SERVE, login=PASSWORD, restores=True)
def agreement(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Enter that the applicant has agreed to electronic service, on a statement he has signed."""
    view = _served_here(request, case_id)
    errors: dict[str, Any] = {}
    data = posted(request) or {}
    if request.method == "POST":
        try:
            done = cases.agree_to_service(
                view.actor, key=idempotency_key(request), case_id=case_id, statement=data.get("statement", "")
            )
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已登记同意，%(count)s 份待送达的文书已进入申请人账号") % {"count": done["served"]})
            return HttpResponseRedirect(reverse("workbench:service", args=[case_id]))
    context = {
        "case": view.case,
        "errors": errors,
        "has_account": account_of(view.case.applicant_id) is not None or view.case.agent_id is not None,
        "statement_field": forms.single(
            "statement", _("送达地址确认书"), value=data.get("statement", ""), error=errors.get("statement", ""),
            help=_("申请人签名的确认书的编号，或者存放在哪里"),
        ),
    }  # fmt: skip
    return render(request, "workbench/agreement.html", context, status=422 if errors else 200)
