"""One's own cases: the list, one case with its dates explained, what may be done now, files and papers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tongqu.domains.services import queries
from tongqu.domains.services.applying import own_case, parties_for
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.queries import my_cases
from tongqu.kernel.records import queries as records
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted


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
        return redirect("services:form", case_id=case_id, page_id=view.package.form["pages"][0]["id"])
    return render(request, "services/case.html", queries.case_context(view))


@page(login=PASSWORD, restores=True)
def do(request: HttpRequest, case_id: UUID, action: str) -> HttpResponse:
    """Any act that the procedure offers the applicant: supply, withdraw, rate. Drawn from the offer."""
    view = own_case(request, case_id, purpose=action)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        sent = {
            n: request.POST.getlist(n) for n in request.POST if not n.startswith("_") and n != "csrfmiddlewaretoken"
        }
        uploads = [
            Upload(name, f.name or "file", f.read()) for name in request.FILES for f in request.FILES.getlist(name)
        ]
        try:
            cases.act(
                request.actor,
                key=idempotency_key(request),
                case_id=case_id,
                action=action,
                inputs=sent,  # type: ignore[attr-defined]
                uploads=uploads,
                expected_version=_version(request),
            )
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已完成：%(what)s") % {"what": forms.text(view.procedure.actions[action].name)})
            return redirect("services:case", case_id=case_id)
    if view.has_passed(action):
        flash(request, _("办件现在是“%(state)s”，不能进行这一操作") % {"state": forms.text(view.state.name)}, "info")
        return redirect("services:case", case_id=case_id)
    offer = view.offer(action)
    definition = view.form(offer.action)
    data = posted(request)
    values = forms.typed(definition, data) if data is not None else {}
    context = {
        "view": view,
        "offer": offer,
        "errors": errors,
        "sections": forms.build(definition, values, errors),
        "has_files": any(f["widget"] == "file" for f in forms.all_fields(definition).values()),
    }
    return render(request, "services/do.html", context, status=422 if errors else 200)


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("_version", "")
    return int(given) if given.isdigit() else None


@page(login=PASSWORD)
def file(request: HttpRequest, case_id: UUID, material_id: UUID) -> HttpResponse:
    """A handed-in file, to whoever may see the case. Always as a download: nothing uploaded runs in our pages."""
    view = own_case(request, case_id, purpose="material")
    material = view.case.materials.filter(id=material_id).first()
    if material is None:
        raise NotFound()
    blob, data = records.blob(view.case.tenant_id, material.blob_id)
    return download(data, blob.media_type, material.filename)


@page(login=PASSWORD)
def paper(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    view = own_case(request, case_id, purpose="document")
    if document_id not in {d.document_id for d in view.documents} | {view.licence_document_id}:
        raise NotFound()
    document, pdf = records.document_pdf(view.case.tenant_id, document_id)
    return download(pdf, "application/pdf", f"{forms.text(document.title)}.pdf")


def download(data: bytes, media_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@page(login=PASSWORD)
def licences(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
    held = records.licences_of(actor.tenant_id, parties_for(actor))
    return render(request, "services/licences.html", {"licences": [queries.licence_card(one) for one in held]})
