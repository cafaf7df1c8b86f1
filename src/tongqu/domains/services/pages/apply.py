"""Applying: the form a page at a time, the materials, one last look, and nothing lost on the way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongqu.domains.services import applying, drafting, queries
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.operations import upper
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page, posted


@page(login=PASSWORD)
def start(request: HttpRequest, code: str) -> HttpResponse:
    """From the end of the triage to the first page of the form."""
    if request.method != "POST":
        return redirect("services:triage", code=code)
    package = packages.current(code)
    answers = {name[3:]: value for name, value in request.POST.items() if name.startswith("tq_")}
    applying.stand_for(request, request.POST.get("party", ""))
    try:
        made = applying.begin(
            request.actor,
            package,
            triage=answers,
            licence=request.POST.get("licence", ""),
            key=idempotency_key(request),
        )  # type: ignore[attr-defined]
    except Refused as refused:
        if refused.code != applying.PAST_TRIAGE:
            raise
        return redirect("services:triage", code=code)
    return redirect("services:form", case_id=made["case_id"], page_id=package.form["pages"][0]["id"])


def _draft(request: HttpRequest, case_id: UUID) -> CaseView:
    view = applying.own_case(request, case_id, purpose="draft")
    if view.case.state != "draft":
        raise Conflict(_("申请已经提交，不能再按草稿修改"))
    return view


@page(login=PASSWORD, restores=True)
def form_page(request: HttpRequest, case_id: UUID, page_id: str) -> HttpResponse:
    """One page of the form. Saving keeps what was typed, right or wrong; going on needs it right.

    Where another tab has saved other answers since this page was drawn, nothing is overwritten: both are shown (409).
    """
    view = _draft(request, case_id)
    pages = forms.page_ids(view.package.form)
    if page_id not in pages:
        raise NotFound()
    given, data = view.facts.values, posted(request)
    errors: dict[str, str] = {}
    values, version = given, view.case.version
    if data is not None:
        typed = forms.typed(view.package.form, data, page=page_id)
        here = drafting.fields_of(view.package, page_id)
        values = {**{n: v for n, v in given.items() if n not in here}, **typed}
        if request.method == "POST":
            read, errors = forms.parse(view.package.form, data, page=page_id, given=given)
            wanted = {name: read.get(name, typed.get(name, "")) for name in here}
            if differing := drafting.conflict(view, page_id, wanted, data):
                context = drafting.conflict_context(view, page_id, differing, data)
                return render(request, "services/conflict.html", context, status=409)
            version = _save(request, view, wanted)
            if data.get("_do") == "save":
                flash(request, _("草稿已保存，可以随时回来继续填写"))
                return redirect("services:mine")
            if not errors:
                following = pages[pages.index(page_id) + 1 :]
                return (
                    redirect("services:form", case_id=case_id, page_id=following[0])
                    if following
                    else redirect("services:materials", case_id=case_id)
                )
    context = queries.form_context(view, page_id, values, errors)
    context |= {"version": version, "base": drafting.base_after(view, page_id, version)}
    return render(request, "services/form.html", context, status=422 if errors else 200)


def _save(request: HttpRequest, view: CaseView, wanted: dict[str, Any]) -> int:
    """Only if nobody saved since the page was compared with what is stored. Raises Conflict."""
    saved = cases.save_draft(
        request.actor,
        case_id=view.case.id,
        values=wanted,
        expected_version=view.case.version,  # type: ignore[attr-defined]
    )
    return int(saved["version"])


@require_POST
@page(login=PASSWORD)
def autosave(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What the page's script sends while one types: {"version", "base"}; 409 where another tab has saved otherwise."""
    view = _draft(request, case_id)
    page_id = request.POST.get("_page", "")
    if page_id not in forms.page_ids(view.package.form):
        raise Invalid()
    typed = forms.typed(view.package.form, request.POST, page=page_id)
    wanted = {name: typed.get(name, "") for name in drafting.fields_of(view.package, page_id)}
    if drafting.conflict(view, page_id, wanted, request.POST):
        raise Conflict(_("这份草稿在别处改过，请刷新页面"))
    version = _save(request, view, wanted)
    return JsonResponse({"version": version, "base": drafting.base_after(view, page_id, version)})


@page(login=PASSWORD)
def materials(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What this situation calls for, and uploading it."""
    view = _draft(request, case_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        errors = _take_files(request, view)
        if not errors:
            if request.POST.get("_do") == "next":
                return redirect("services:check", case_id=case_id)
            return redirect("services:materials", case_id=case_id)
        view = _draft(request, case_id)
    context = queries.materials_context(view, errors)
    return render(request, "services/materials.html", context, status=422 if errors else 200)


def _take_files(request: HttpRequest, view: CaseView) -> dict[str, str]:
    """Keep each file that came; what is wrong with the others, by material."""
    errors: dict[str, str] = {}
    for material in view.facts.wanted:
        for file in request.FILES.getlist(material.code):
            try:
                cases.add_material(
                    request.actor,
                    case_id=view.case.id,
                    code=material.code,  # type: ignore[attr-defined]
                    upload=Upload(material.code, file.name or "file", file.read()),
                )
            except Invalid as error:
                errors[material.code] = _("%(name)s：%(why)s。%(mend)s") % {
                    "name": (file.name or "")[:60],
                    "why": error.message,
                    "mend": error.remedy,
                }
    return errors


@page(login=PASSWORD)
def remove_material(request: HttpRequest, case_id: UUID, material_id: UUID) -> HttpResponse:
    if request.method != "POST":
        return redirect("services:materials", case_id=case_id)
    cases.remove_material(request.actor, case_id=case_id, material_id=material_id)  # type: ignore[attr-defined]
    flash(request, _("已移除"))
    return redirect("services:materials", case_id=case_id)


@page(login=PASSWORD)
def check(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One last look at everything, then submit."""
    view = applying.own_case(request, case_id, purpose="draft")
    if view.case.state != "draft":
        return redirect("services:case", case_id=case_id)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            _submit(request, view)
        except Invalid as error:
            errors = dict(error.fields)
        else:
            flash(request, _("申请已提交，可以在这里查看进度"))
            return redirect("services:case", case_id=case_id)
    return render(request, "services/check.html", queries.check_context(view, errors), status=422 if errors else 200)


def _submit(request: HttpRequest, view: CaseView) -> None:
    """With the number from above, which is asked for before the transaction: it may be slow, or silent."""
    may = any(offer.action.code == "submit" and offer.open for offer in view.offers)
    asked = {name: request.POST.getlist(name) for name in _asked(view)}
    upper.bring(
        upper.fetch_before_receipt(view.case) if may else None,
        lambda brought: cases.act(
            request.actor,  # type: ignore[attr-defined]
            key=idempotency_key(request), case_id=view.case.id, action="submit", inputs=asked, brought=brought,
        ),
        judged=view.facts,
    )  # fmt: skip


def _asked(view: CaseView) -> list[str]:
    """What submitting asks: the declaration, consents."""
    return list(forms.all_fields(view.form(view.procedure.actions["submit"])))


@page(login=PASSWORD)
def drop(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Throw a draft away, after asking."""
    view = _draft(request, case_id)
    if request.method == "POST":
        cases.drop_draft(request.actor, case_id=case_id, key=idempotency_key(request))  # type: ignore[attr-defined]
        flash(request, _("草稿已删除"))
        return redirect("services:mine")
    return render(
        request,
        "ui/confirm.html",
        {
            "title": _("删除这份草稿？"),
            "text": _("填写的内容和上传的材料都会清除，不能恢复。"),
            "danger": True,
            "action": request.path,
            "label": _("删除草稿"),
            "cancel_url": "/my/cases",
            "facts": [{"label": _("事项"), "value": forms.text(view.case.title)}],
        },
    )
