"""One work list, one case page, and every act drawn from what the procedure offers this actor now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.domains.services.pages.cases import download
from tongqu.faces.workbench import queries
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.queries import Worklist, access_case, my_checks, state_counts, worklist
from tongqu.kernel.records import queries as records
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted


@page("cases.read", login=PASSWORD)
def worklist_page(request: HttpRequest) -> HttpResponse:
    actor = request.actor  # type: ignore[attr-defined]
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
    errors: dict[str, Any] = {}
    if request.method == "POST":
        sent = {
            n: request.POST.getlist(n) for n in request.POST if not n.startswith("_") and n != "csrfmiddlewaretoken"
        }
        uploads = [
            Upload(name, f.name or "file", f.read()) for name in request.FILES for f in request.FILES.getlist(name)
        ]
        version = request.POST.get("_version", "")
        try:
            cases.act(
                request.actor,
                key=idempotency_key(request),
                case_id=case_id,
                action=action,
                inputs=sent,  # type: ignore[attr-defined]
                uploads=uploads,
                expected_version=int(version) if version.isdigit() else None,
            )
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
        else:
            flash(request, _("已完成：%(what)s") % {"what": forms.text(view.procedure.actions[action].name)})
            return redirect("workbench:case", case_id=case_id)
    if view.has_passed(action):
        flash(request, _("办件现在是“%(state)s”，不能进行这一操作") % {"state": forms.text(view.state.name)}, "info")
        return redirect("workbench:case", case_id=case_id)
    offer = view.offer(action)
    definition = view.form(offer.action)
    data = posted(request)
    fields = forms.all_fields(definition)
    values = (
        forms.typed(definition, data)
        if data is not None
        else {n: f["initial"] for n, f in fields.items() if "initial" in f}
    )
    context = {
        "view": view,
        "offer": offer,
        "errors": errors,
        "sections": forms.build(definition, values, errors),
        "has_files": any(f["widget"] == "file" for f in fields.values()),
        "summary": queries.summary_of(view),
    }
    return render(request, "workbench/do.html", context, status=422 if errors else 200)


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
    view = access_case(request.actor, case_id=case_id, purpose="material")  # type: ignore[attr-defined]
    material = view.case.materials.filter(id=material_id).first()
    if material is None:
        raise NotFound()
    blob, data = records.blob(view.case.tenant_id, material.blob_id)
    return download(data, blob.media_type, material.filename)


@page("cases.read", login=PASSWORD)
def paper(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    view = access_case(request.actor, case_id=case_id, purpose="document")  # type: ignore[attr-defined]
    if document_id not in {d.document_id for d in view.documents} | {view.licence_document_id}:
        raise NotFound()
    document, pdf = records.document_pdf(view.case.tenant_id, document_id)
    return download(pdf, "application/pdf", f"{forms.text(document.title)}.pdf")
