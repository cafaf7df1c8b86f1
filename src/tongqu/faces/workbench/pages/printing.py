"""Printing: all papers of one case, or chosen papers of many cases as one PDF."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from tongqu.faces.workbench import operations as desk
from tongqu.faces.workbench import printing, prints, work
from tongqu.faces.workbench.models import PrintBatch
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.cases.documents import kinds
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page

AT_ONCE = 5  # cases that are put together while one waits
STATES = {
    "waiting": lambda: _("正在合并"), "running": lambda: _("正在合并"), "done": lambda: _("做好了"),
    "empty": lambda: _("没有可打印的文书"), "failed": lambda: _("没有做成"),
}  # fmt: skip


@page("cases.read", login=PASSWORD)
def case_papers(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """All papers of one case in one PDF; `?duplex=1` begins each on a fresh sheet."""
    view = access_case(request.actor, case_id=case_id, purpose="print")  # type: ignore[attr-defined]
    data = printing.case_papers(view, duplex=request.GET.get("duplex") == "1")
    return _pdf(data, f"{view.case.case_no or _('文书')}.pdf")


@page("cases.read", login=PASSWORD)
def choose(request: HttpRequest) -> HttpResponse:
    """GET with the cases chosen in the list: which papers, and how. POST asks for them."""
    source = request.POST if request.method == "POST" else request.GET
    chosen = _cases(source.getlist("case"))
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            made = desk.ask_print(
                request.actor,  # type: ignore[attr-defined]
                key=idempotency_key(request), cases=[str(one) for one in chosen],
                kinds=[kind for kind in source.getlist("kind") if kind in _kinds()],
                duplex=source.get("duplex") == "yes", cover=source.get("cover") == "yes",
            )  # fmt: skip
        except Invalid as error:
            errors = {name: str(text) for name, text in error.fields.items()}
        else:
            return _begin(UUID(made["batch_id"]), len(chosen))
    if not chosen and request.method != "POST":
        return render(request, "workbench/print.html", {"chosen": chosen, "recent": _recent(request)})
    if len(chosen) > desk.MOST_CASES:
        errors = {"case": _("一次最多合并打印%(most)s件") % {"most": desk.MOST_CASES}}
    asked = request.method == "POST"
    context = {
        "chosen": chosen,
        "kinds": printing.kinds_of(request.actor, chosen[: desk.MOST_CASES]),  # type: ignore[attr-defined]
        "errors": errors, "recent": _recent(request), "ticked": source.getlist("kind"),
        "duplex": source.get("duplex") == "yes", "cover": not asked or source.get("cover") == "yes",
    }  # fmt: skip
    return render(request, "workbench/print.html", context, status=422 if errors else 200)


def _begin(batch_id: UUID, count: int) -> HttpResponse:
    """A few are made at once; more go to the worker."""
    if count <= AT_ONCE:
        work.make(PrintBatch.objects.get(id=batch_id))
    else:
        work.make_print.using(unique_key=str(batch_id)).enqueue(batch_id=str(batch_id))
    return redirect("workbench:batch", batch_id=batch_id)


@page("cases.read", login=PASSWORD)
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """How far a print is; it renews itself until it is done."""
    found = _mine(request, batch_id)
    again = f"{reverse('workbench:print')}?{urlencode({'case': found.cases}, doseq=True)}"
    response = render(request, "workbench/batch.html", {"batch": found, "total": len(found.cases), "again": again})
    if found.state in {"waiting", "running"}:
        response.headers["Refresh"] = "2"
    return response


@page("cases.read", login=PASSWORD)
def fetch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    found = _mine(request, batch_id)
    if found.state != "done" or found.wrapped_key is None:
        flash(request, _("还没有做好"), "info")
        return redirect("workbench:batch", batch_id=batch_id)
    name = _("合并打印 %(day)s.pdf") % {"day": found.created_at.astimezone().strftime("%Y-%m-%d %H%M")}
    return _pdf(prints.get(found.id, bytes(found.wrapped_key)), name)


def _mine(request: HttpRequest, batch_id: UUID) -> PrintBatch:
    """One's own and not expired, else NotFound."""
    found = _own(request).filter(id=batch_id).first()
    if found is None:
        raise NotFound(_("找不到这次打印，可能已经过期"), remedy=_("请回到工作清单重新勾选"))
    return found


def _own(request: HttpRequest) -> QuerySet[PrintBatch]:
    actor = request.actor  # type: ignore[attr-defined]
    return PrintBatch.objects.filter(tenant_id=actor.tenant_id, owner_id=actor.account_id, expires_at__gt=now())


def _recent(request: HttpRequest) -> list[dict[str, Any]]:
    """What one asked for and may still fetch, latest first: who leaves the page of a long print finds it again."""
    return [
        {"batch": row, "count": len(row.cases), "state": STATES[row.state]()}
        for row in _own(request).order_by("-id")[:10]
    ]


def _cases(texts: list[str]) -> list[UUID]:
    """Ids in the order of the list, each once; what is no id is left out."""
    found: dict[UUID, None] = {}
    for text in texts[:1000]:
        try:
            found[UUID(text)] = None
        except ValueError:
            continue
    return list(found)


def _kinds() -> dict[str, str]:
    """{kind: title} of the papers that cases may have."""
    return {paper.kind: forms.text(paper.name) for paper in kinds().values()} | {printing.LICENCE: _("许可证")}


def _pdf(data: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
