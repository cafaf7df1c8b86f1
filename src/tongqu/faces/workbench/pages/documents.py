"""The texts of papers on the desk: which kinds there are, versions, the draft, preview as PDF, publishing, numbers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongqu.faces.workbench import documents
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import Invalid, NotFound, TongquError
from tongqu.kernel.records import catalogue
from tongqu.kernel.records import operations as records
from tongqu.kernel.records import templates_in_force as texts
from tongqu.kernel.records.operations.templates import EDIT, PUBLISH, checked
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted, whole_number


def _unit(request: HttpRequest) -> UUID | None:
    return documents.scope_of(request.actor)  # type: ignore[attr-defined]


def _spec(procedure: str, kind: str) -> catalogue.Kind:
    try:
        found = catalogue.kind(procedure, kind)
    except catalogue.UnknownKind:
        raise NotFound() from None
    if not found.editable:
        raise NotFound()
    return found


@page(login=PASSWORD)
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of paper with the version in force for the reader's unit. Three queries."""
    documents.admit(request.actor)  # type: ignore[attr-defined]
    return render(request, "workbench/documents.html", documents.kinds_context(request.actor))  # type: ignore[attr-defined]


@page(login=PASSWORD)
def versions(request: HttpRequest, procedure: str, kind: str) -> HttpResponse:
    """The versions of one kind, with what changed between two; a POST begins a draft."""
    documents.admit(request.actor)  # type: ignore[attr-defined]
    spec, unit_id = _spec(procedure, kind), _unit(request)
    if request.method == "POST":
        made = records.draft_template(
            request.actor, key=idempotency_key(request), procedure=procedure, kind=kind, unit_id=unit_id,  # type: ignore[attr-defined]
            based_on=whole_number(request.POST.get("based_on", "")),
        )  # fmt: skip
        return HttpResponseRedirect(reverse("workbench:template", args=[made["template_id"]]))
    context = documents.versions_context(request.actor, spec, unit_id, request.GET.get("compare", ""))  # type: ignore[attr-defined]
    return render(request, "workbench/versions.html", context)


@page(login=PASSWORD, restores=True)
def template(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """The editor of a draft. One form, four buttons: save, preview with samples or a case, discard; and publishing."""
    actor = request.actor  # type: ignore[attr-defined]
    row = texts.access_template(actor, template_id, (EDIT, PUBLISH))
    spec = _spec(row.procedure, row.kind)
    data, errors = posted(request), {}
    if request.method == "POST":
        try:
            return _act(request, row, spec)
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
    context = documents.editor_context(actor, row, spec, data=data, errors=errors)
    return render(request, "workbench/template.html", context, status=422 if errors else 200)


def _act(request: HttpRequest, row: Any, spec: catalogue.Kind) -> HttpResponse:
    actor, data = request.actor, request.POST  # type: ignore[attr-defined]
    what = data.get("do", "save")
    expected = whole_number(data.get("_version", ""))
    if what in {"preview", "preview_case"}:
        return _preview(request, spec, data.get("title", ""), data.get("body", ""), data.get("case_no", "").strip())
    if what == "publish":
        start = _moment(data.get("effective_from", ""))
        done = records.publish_template(
            actor, key=idempotency_key(request), template_id=row.id, effective_from=start, expected_version=expected
        )
        flash(request, _("已发布第%(number)s版") % {"number": done["number"]})
        return HttpResponseRedirect(reverse("workbench:document_versions", args=[row.procedure, row.kind]))
    if what == "discard":
        records.discard_template(actor, key=idempotency_key(request), template_id=row.id, expected_version=expected)
        flash(request, _("已放弃草稿"))
        return HttpResponseRedirect(reverse("workbench:document_versions", args=[row.procedure, row.kind]))
    records.save_template(
        actor, key=idempotency_key(request), template_id=row.id, title=data.get("title", ""),
        body=data.get("body", ""), why=data.get("why", ""), expected_version=expected,
    )  # fmt: skip
    flash(request, _("草稿已保存"))
    return HttpResponseRedirect(reverse("workbench:template", args=[row.id]))


def _moment(text: str) -> datetime | None:
    """A day and time in Asia/Shanghai from the page; None: at once. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Invalid(fields={"effective_from": _("请按 2026-03-02 09:00 的样子填写")}) from None


def _preview(request: HttpRequest, spec: catalogue.Kind, title: str, body: str, case_no: str) -> HttpResponse:
    """The text as a PDF, in the browser: with invented data, or with a case that the reader may read (on record)."""
    title, body, _why = checked(spec, title=title, body=body)
    try:
        pdf = documents.preview(request.actor, spec, title=title, body=body, case_no=case_no, at=now())  # type: ignore[attr-defined]
    except Invalid:
        raise
    except TongquError as error:
        raise Invalid(fields={"case_no" if case_no else "body": error.message}) from None
    response = HttpResponse(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_POST
@page(PUBLISH, login=PASSWORD)
def cancel(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Take back a published text that is not yet in force."""
    row = texts.access_template(request.actor, template_id, (PUBLISH,))  # type: ignore[attr-defined]
    done = records.cancel_template(request.actor, key=idempotency_key(request), template_id=row.id)  # type: ignore[attr-defined]
    flash(request, _("第%(number)s版已取消，不会生效") % {"number": done["number"]})
    return HttpResponseRedirect(reverse("workbench:document_versions", args=[row.procedure, row.kind]))


def _set(request: HttpRequest, unit_id: UUID) -> None:
    data = request.POST
    procedure, _sep, kind = data.get("kind", "").partition("/")
    records.set_numbering(
        request.actor, key=idempotency_key(request), unit_id=unit_id, procedure=procedure, kind=kind,  # type: ignore[attr-defined]
        agency=data.get("agency", "").strip(), word=data.get("word", "").strip(),
        pattern=data.get("pattern", "").strip(), seal=data.get("seal", "").strip(),
    )  # fmt: skip
    flash(request, _("文号已设定"))


def _continue(request: HttpRequest, unit_id: UUID) -> None:
    data = request.POST
    procedure, _sep, kind = data.get("series", "").partition("/")
    if not kind:
        raise Invalid(fields={"series": _("请选择一种文书")})
    done = records.start_series(
        request.actor, key=idempotency_key(request), unit_id=unit_id, procedure=procedure, kind=kind,  # type: ignore[attr-defined]
        agency=documents.issuer_of(unit_id), next_no=whole_number(data.get("next_no", "")) or 0,
    )  # fmt: skip
    flash(request, _("下一份的文号是 %(number)s") % {"number": done["number"]})


@page(PUBLISH, login=PASSWORD)
def numbering(request: HttpRequest) -> HttpResponse:
    """How the reader's unit numbers its papers. A POST sets it."""
    actor, errors = request.actor, {}  # type: ignore[attr-defined]
    unit_id = documents.publishing_unit(actor)
    if request.method == "POST":
        try:
            (_continue if request.POST.get("do") == "series" else _set)(request, unit_id)
            return HttpResponseRedirect(reverse("workbench:numbering"))
        except Invalid as error:
            errors = dict(error.fields) or {"": error.message}
    context = documents.numbering_context(unit_id, data=request.POST, errors=errors)
    return render(request, "workbench/numbering.html", context, status=422 if errors else 200)
