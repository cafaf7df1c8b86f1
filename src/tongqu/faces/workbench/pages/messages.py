"""What the platform tells its staff: cards so far. One's own messages only; opening one leads to what it is about."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.errors import NotFound, NotPermitted
from tongqu.kernel.cases import supervision
from tongqu.kernel.notices import operations, queries
from tongqu.kernel.ui.pages import flash, page


@never_cache
@require_GET
@page(login=PASSWORD)
def inbox(request: HttpRequest) -> HttpResponse:
    """One's own messages, the unread first. 1 query beside those for one's rights."""
    actor, after = _staff(request), request.GET.get("after", "")
    found = queries.staff_messages(actor, after=after or None)
    context: dict[str, Any] = {
        "page": found, "after": after, "unread": request.user.unread,  # type: ignore[union-attr]
        "may_supervise": actor.units_for(supervision.READ) != frozenset(),
    }  # fmt: skip
    return render(request, "workbench/messages.html", context)


@never_cache
@require_GET
@page(login=PASSWORD)
def onward(request: HttpRequest, notice_id: UUID) -> HttpResponse:
    """To what a message is about, which puts on record that it was read. 1 query, more the first time."""
    actor = _staff(request)
    message = queries.access_notice(actor, notice_id)
    if message.read_at is None:
        operations.read_notice(actor, notice_id=notice_id)
    return redirect(message.url or reverse("workbench:messages"))


@require_POST
@page(login=PASSWORD)
def read(request: HttpRequest) -> HttpResponse:
    """One message (`id`) or all of them are marked as read; back to the page of the list where one was."""
    actor, chosen = _staff(request), request.POST.get("id", "")
    if not chosen:
        operations.read_all(actor)
        flash(request, _("已全部标为已读。"))
        return redirect("workbench:messages")
    try:
        operations.read_notice(actor, notice_id=UUID(chosen))
    except ValueError:
        raise NotFound() from None
    after = request.POST.get("after", "")
    return redirect(reverse("workbench:messages") + (f"?{urlencode({'after': after})}" if after else ""))


def _staff(request: HttpRequest) -> Actor:
    """Raises NotPermitted for who is not staff."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_staff:
        raise NotPermitted()
    return actor
