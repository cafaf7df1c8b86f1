"""Whom one acts for: oneself or a party one holds a mandate for. The choice lies in the session and is checked anew on
each request."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.identity import queries
from tongqu.kernel.identity.actors import ACTING_FOR, actor_of, attach
from tongqu.kernel.identity.pages import labels, onward
from tongqu.kernel.ui.pages import flash, page


@page(login=PASSWORD)
@require_http_methods(["GET", "POST"])
def choose(request: HttpRequest) -> HttpResponse:
    """GET shows the choice, POST `mandate` (empty: oneself) makes it and goes on to `next`. 1 or 2 queries."""
    actor = actor_of(request)
    standings = queries.parties_of(actor)
    if request.method == "GET":
        return _choice(request, actor, standings)
    wanted = request.POST.get("mandate", "")
    held = {str(s.mandate_id or ""): s for s in standings}
    if wanted not in held:
        raise Invalid(_("您不能以这一身份办理"), code="no-mandate", field="mandate")
    if wanted:
        request.session[ACTING_FOR] = wanted
    else:
        request.session.pop(ACTING_FOR, None)
    attach(request)
    flash(request, _("现在以“%(name)s”的身份办理。") % {"name": held[wanted].name})
    return HttpResponseRedirect(onward.safe(request))


@choose.invalid
def choose_again(request: HttpRequest, error: Invalid) -> HttpResponse:
    actor = actor_of(request)
    return _choice(request, actor, queries.parties_of(actor), error)


def _choice(
    request: HttpRequest, actor: Actor, standings: list[queries.Standing], error: Invalid | None = None
) -> HttpResponse:
    options = [{"value": str(s.mandate_id or ""), "label": s.name, "hint": labels.standing(s)} for s in standings]
    context = {
        "options": options,
        "chosen": str(actor.mandate_id or ""),
        "next": onward.safe(request),
        "error": error.fields.get("mandate", "") if error else "",
    }
    return render(request, "identity/acting_for.html", context)
