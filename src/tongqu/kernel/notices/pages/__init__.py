"""Pages: the reader's messages, and the demonstration's outbox."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.law import register
from tongqu.kernel.notices import operations, queries
from tongqu.kernel.notices.service_queries import announced
from tongqu.kernel.ui.pages import flash, page


@never_cache
@require_GET
@page(login=PASSWORD)
def mine(request: HttpRequest) -> HttpResponse:
    """Everything the reader has been told. 2 queries."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.my_notices(actor, after=request.GET.get("after"))
    return render(request, "notices/mine.html", {"page": found, "unread": queries.unread_count(actor)})


@never_cache
@require_GET
@page(login=PASSWORD)
def one(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """One message; opening it puts on record that it was read. 2 queries, 5 the first time."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    shown = queries.access_notice(actor, notice_id)
    if shown.read_at is None:
        operations.read_notice(actor, notice_id=notice_id)
    return render(request, "notices/one.html", {"notice": shown})


@require_POST
@page(login=PASSWORD)
def read_all(request: HttpRequest) -> HttpResponse:
    operations.read_all(request.actor)  # type: ignore[attr-defined]
    flash(request, _("已全部标为已读。"))
    return redirect("my_notices")


@never_cache
@require_GET
@page()
def announcements(request: HttpRequest) -> HttpResponse:
    """Public notices by which documents are served (SV7), while their period runs. 1 query.

    They name the recipient, because a notice that nobody can recognise serves nobody; search engines are asked to stay
    away, and when the period is over the notice is gone.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = announced(actor.tenant_id, today().date(), after=request.GET.get("after"))
    response = render(request, "notices/announcements.html", {"page": found, "rule": register.rule("SV7")})
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_GET
@page()
def outbox(request: HttpRequest) -> HttpResponse:
    """The demonstration's phones: every SMS that would have been sent. 1 query."""
    if not settings.TQ_DEMO:
        raise Http404
    return render(request, "notices/outbox.html", {"page": queries.demo_outbox(after=request.GET.get("after"))})
