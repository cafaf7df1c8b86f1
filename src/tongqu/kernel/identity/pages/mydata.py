"""My data (D23): what is held, from where, on which ground, how long; who read it; a copy; consents; requests."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotFound, Text
from tongqu.kernel.acts.ports import PortMissing
from tongqu.kernel.identity import consents, holders, operations, queries, queries_rights
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.holders import Datum, Record, Section, Subject
from tongqu.kernel.identity.models import Consent, DataCopy
from tongqu.kernel.identity.ports import RequestDesk
from tongqu.kernel.identity.queries_rights import Assessment
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.law import grounds, register
from tongqu.kernel.law.words import said
from tongqu.kernel.law.words import source as cited
from tongqu.kernel.ui.pages import flash, idempotency_key, page

SOURCES: dict[str, Text] = {
    "typed": gettext_lazy("您填写"), "helper": gettext_lazy("窗口代填"), "register": gettext_lazy("登记核验"),
    "prefilled": gettext_lazy("部门登记信息预填"), "licence": gettext_lazy("证照"), "made": gettext_lazy("平台形成"),
    "observed": gettext_lazy("使用时记录"),
}  # fmt: skip
LONGEST = 2000
ABOUT = 200


def fresh(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The visitor has entered the password or a code again a short time ago; else he is asked to, and comes back."""

    @functools.wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return view(request, *args, **kwargs)
        back = request.get_full_path() if request.method == "GET" else reverse("my_data_copy")
        flash(request, _("为了保护您的信息，请再验证一次身份。"), "info")
        return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': back})}")

    return call


# --- what is held ----------------------------------------------------------------------------------------------------


@page(login=PASSWORD)
@never_cache
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Every category: what for, on which ground, how long, how much. One query a category and 9 more."""
    subject = queries_rights.access_own(actor_of(request))
    rows = [_card(one.section, one.count) for one in queries_rights.outline(subject)]
    context = {
        "name": subject.name,
        "full": [row for row in rows if row["count"]],
        "empty": [row for row in rows if not row["count"]],
        "read_by_others": queries_rights.reading_count(subject),
    }
    return render(request, "identity/mydata/overview.html", context)


@page(login=PASSWORD)
@never_cache
@require_GET
@in_hand()
def section(request: HttpRequest, code: str) -> HttpResponse:
    """One category, record by record, each value with where it came from."""
    subject = queries_rights.access_own(actor_of(request))
    _holder, found = queries_rights.section(code)
    page_of_it = queries_rights.records(subject, code, after=request.GET.get("after"))
    context = {
        "section": _card(found, 0), "records": [_drawn(row) for row in page_of_it.rows], "page": page_of_it,
        "withdrawable": code == "consents", "revealing": code in {"identity", "contacts", "accounts"},
    }  # fmt: skip
    return render(request, "identity/mydata/section.html", context)


@page(login=PASSWORD)
@never_cache
@require_GET
@fresh
def whole_numbers(request: HttpRequest) -> HttpResponse:
    """One's identifiers and contacts in full, after proving oneself again. Each is a reading of its own, on record."""
    actor = actor_of(request)
    subject = queries_rights.access_own(actor)
    if subject.party_id is None:
        raise NotFound()
    view = queries.access_party(actor, subject.party_id, purpose="my data")
    rows = [
        {"label": n.label, "value": queries.reveal(actor, view.id, n.kind, purpose="reveal")}
        for n in (*view.identifiers, *view.contacts)
    ]
    return render(request, "identity/mydata/numbers.html", {"rows": rows})


@page(login=PASSWORD)
@never_cache
@require_GET
def readings(request: HttpRequest) -> HttpResponse:
    """Who read it and why, refused tries as well. 6 queries."""
    subject = queries_rights.access_own(actor_of(request))
    own = request.GET.get("own") == "1"
    found = queries_rights.readings(subject, own=own, after=request.GET.get("after"))
    return render(request, "identity/mydata/readings.html", {"page": found, "own": own})


def _card(section: Section, count: int) -> dict[str, Any]:
    return {
        "code": section.code, "title": section.title, "why": section.why, "kept": section.kept, "count": count,
        "basis": [{"rule": r, "source": cited(register.rule(r)), "says": said(register.rule(r).summary)}
                  for r in section.basis],
    }  # fmt: skip


def _drawn(row: Record) -> dict[str, Any]:
    return {
        "row": row, "facts": [_fact(one) for one in row.data], "parts": [_drawn(part) for part in row.children],
        "rule": cited(register.rule(row.rule)) if row.rule and register.latest(row.rule) else "",
        "rule_id": row.rule,
    }  # fmt: skip


def _fact(one: Datum) -> dict[str, Any]:
    origin = str(one.source_name) or str(SOURCES.get(one.source, one.source))
    note = _("来源：%(origin)s") % {"origin": origin} if one.source != "made" else ""
    if note and one.as_of:
        note = _("%(note)s，截至%(day)s") % {"note": note, "day": one.as_of}
    fact: dict[str, Any] = {"label": one.label, "value": one.value, "note": note}
    if one.corrects:
        fact["action_url"] = f"{reverse('my_data_request', args=['correct'])}?{urlencode({'about': one.corrects})}"
        fact["action_label"] = _("有误")
    return fact


# --- a copy ----------------------------------------------------------------------------------------------------------


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """GET: how it stands. POST: ask for one, after proving oneself again."""
    if request.method == "POST":
        return _ask_copy(request)
    subject = queries_rights.access_own(actor_of(request))
    rows = queries_rights.copies(subject)
    waiting = [row for row in rows if row.state in {DataCopy.State.WAITING, DataCopy.State.MAKING}]
    context = {
        "rows": [_copy_row(row) for row in rows], "waiting": bool(waiting), "days": settings.TQ_COPY_DAYS,
        "fresh": did_recently_reauthenticate(request),
    }  # fmt: skip
    return render(request, "identity/mydata/copy.html", context)


@fresh
def _ask_copy(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    subject = queries_rights.access_own(actor)
    operations.ask_copy(actor, party_id=subject.party_id, key=idempotency_key(request))
    flash(request, _("已开始制作，完成后可以在这里下载。"))
    return redirect("my_data_copy")


def _copy_row(row: DataCopy) -> dict[str, Any]:
    percent = 100 * row.done // row.total if row.total else 0
    return {"row": row, "label": DataCopy.State(row.state).label, "percent": percent, "ready": row.state == "ready"}


@page(login=PASSWORD)
@never_cache
@require_GET
@fresh
def download(request: HttpRequest, copy_id: UUID) -> HttpResponse:
    """The finished copy. Each download is on record."""
    actor = actor_of(request)
    row = queries_rights.own_copy(queries_rights.access_own(actor), copy_id)
    data = operations.take_copy(actor, copy_id=row.id)
    name = f"my-data-{row.ready_at:%Y%m%d}.zip"
    return HttpResponse(
        data, content_type="application/zip",
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )  # fmt: skip


# --- consent ---------------------------------------------------------------------------------------------------------


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """GET asks, saying what follows; POST withdraws."""
    actor = actor_of(request)
    subject = queries_rights.access_own(actor)
    mine = Q(party_id__in=subject.parties) | Q(guardian_id__in=subject.parties)
    row = Consent.objects.filter(mine, id=consent_id).first()
    if row is None:
        raise NotFound()
    back = reverse("my_data_section", args=["consents"])
    if request.method == "POST":
        operations.withdraw_consent(
            actor, party_id=row.party_id, kind=row.kind, about=(row.about_kind, row.about_id),
            key=idempotency_key(request),
        )  # fmt: skip
        flash(request, _("已撤回同意。"))
        return HttpResponseRedirect(back)
    kind = consents.KINDS[row.kind]
    context = {
        "title": _("撤回同意：%(kind)s") % {"kind": kind.title}, "text": kind.after, "action": request.path,
        "label": _("撤回同意"), "cancel_url": back, "danger": True,
    }  # fmt: skip
    return render(request, "ui/confirm.html", context)


# --- requests --------------------------------------------------------------------------------------------------------

KINDS = ("correct", "erase", "object")


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
@in_hand()
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask to have something corrected, to be erased, or to have a machine's act looked at by a person: a case."""
    if kind not in KINDS:
        raise NotFound()
    if request.method == "POST":
        return _file(request, kind)
    return _form(request, kind, {"about": request.GET.get("about", "")}, {})


@ask.invalid
def ask_again(request: HttpRequest, error: Invalid, kind: str) -> HttpResponse:
    return _form(request, kind, request.POST, dict(error.fields))


def _file(request: HttpRequest, kind: str) -> HttpResponse:
    actor = actor_of(request)
    subject = queries_rights.access_own(actor)
    values = {name: request.POST.get(name, "").strip() for name in ("about", "wrong", "right", "reason")}
    _check(kind, values, request)
    if found := _found(subject, values["about"]):  # whoever handles it reads words, not our mark
        values["about"] = f"{found['label']}：{found['value']}［{values['about']}］"[:ABOUT]
    uploads = [(file.name or "file", file.read()) for file in request.FILES.getlist("proof")]
    desk = _desk()
    case_id = desk.file(
        actor, key=idempotency_key(request), kind=kind, values=values, uploads=uploads,
        e_service=request.POST.get("e_service") == "yes",
    )  # fmt: skip
    flash(request, _("请求已提交，办理进度可以在这里查看。"))
    return HttpResponseRedirect(desk.link(case_id))


def _check(kind: str, values: dict[str, str], request: HttpRequest) -> None:
    needed = {"correct": ("about", "wrong", "right"), "erase": ("reason",), "object": ("about", "reason")}[kind]
    labels = {"about": _("哪一项"), "wrong": _("现在的内容"), "right": _("正确的内容"), "reason": _("理由")}
    wrong: dict[str, Any] = {
        name: _("请填写“%(field)s”") % {"field": labels[name]} for name in needed if not values[name]
    }
    wrong |= {
        name: _("不能超过%(most)d个字") % {"most": most}
        for name, text in values.items()
        if len(text) > (most := ABOUT if name == "about" else LONGEST)
    }
    if kind == "erase" and request.POST.get("understood") != "yes":
        wrong["understood"] = _("请确认您已经知道删除后不能恢复")
    if wrong:
        raise Invalid(code="incomplete", fields=wrong)


def _form(request: HttpRequest, kind: str, given: Any, errors: dict[str, Any]) -> HttpResponse:
    subject = queries_rights.access_own(actor_of(request))
    context: dict[str, Any] = {"kind": kind, "given": given, "errors": errors, "limit": settings.TQ_UPLOAD_LIMIT}
    agreed = _("我同意以电子方式送达答复书，进入我在本平台的账号即为送达")
    context["agree"] = [{"value": "yes", "label": agreed}]
    if kind == "erase":
        context["assessment"] = _told(queries_rights.assess(subject))
        context["understood"] = [{"value": "yes", "label": _("我知道删除后不能恢复，账号同时停用")}]
    if kind in {"correct", "object"}:
        context["found"] = _found(subject, given.get("about", ""))
    return render(request, f"identity/mydata/{kind}.html", context)


def _found(subject: Subject, about: str) -> dict[str, Any] | None:
    """What the page shows for the value somebody wants corrected; None where the mark names none of his."""
    for holder in holders.holders():
        if (found := holder.find(subject, about)) is not None:
            return {"label": str(found.label), "value": found.value, "source": str(found.source_name)}
    return None


def _told(found: Assessment) -> dict[str, Any]:
    def line(h: Any) -> dict[str, Any]:
        known = grounds.ground(h.ground)
        return {"what": h.what, "text": said(known.text), "source": known.source, "until": h.until}

    return {
        "answer": found.answer,
        "blocking": [line(h) for h in found.blocking],
        "kept": [line(h) for h in found.kept],
    }


def _desk() -> RequestDesk:
    try:
        return ports.adapter(RequestDesk)  # type: ignore[type-abstract]
    except PortMissing:
        raise NotFound() from None
