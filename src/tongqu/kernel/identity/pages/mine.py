"""The account's own page: who one is here, how one signed in, whom one may act for and who may act for one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tongqu.kernel.acts.actor import PASSWORD, Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.identity import numbers, operations, queries, roles, rules
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import Mandate
from tongqu.kernel.identity.operations.accounts import phone_of
from tongqu.kernel.identity.outside.settings import providers
from tongqu.kernel.identity.pages import labels, onward
from tongqu.kernel.ui.pages import flash, page


@page(login=PASSWORD)
@never_cache
@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """At most 8 queries."""
    actor, user = actor_of(request), _account(request)
    party = queries.access_party(actor, actor.party_id, purpose="own account") if actor.party_id else None
    mandates = queries.mandates_of(party.id) if party else []
    context = {
        "facts": _facts(user, actor),
        "numbers": [{"label": n.label, "value": n.masked} for n in party.identifiers] if party else [],
        "ended_numbers": [
            {"label": n.label, "value": n.masked, "until": n.valid_to, "why": n.ended_because}
            for n in (party.former_identifiers if party else ())
        ],
        "other_names": queries.names_of(party.id) if party else [],
        "stands_for_other": actor.on_behalf_of is not None,
        "verified": user.real_name_at is not None,
        "citizen": not user.is_staff_member,
        "roles": sorted(roles.role(code).label for code in actor.roles),
        "held": [_row(m, m.principal.name) for m in mandates if party and m.agent_id == party.id],
        "given": [_row(m, m.agent.name) for m in mandates if party and m.principal_id == party.id],
        "second_factor": is_mfa_enabled(user),
        "has_password": user.has_usable_password(),
        "elsewhere": _elsewhere(user),
    }
    return render(request, "identity/account.html", context)


def _elsewhere(user: Any) -> list[dict[str, Any]]:
    """Logins elsewhere that open this account, also of a provider that is no longer trusted. 1 query, where any is."""
    if user.is_staff_member or not (known := {one.code: one.label for one in providers()}):
        return []
    return [
        {"id": row.id, "label": known.get(row.provider, row.provider), "since": row.created_at}
        for row in user.outside_logins.order_by("id")
    ]


@page(login=PASSWORD)
@require_POST
def revoke(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """End a mandate given or held."""
    operations.revoke_mandate(actor_of(request), mandate_id=mandate_id)
    flash(request, _("代理关系已终止。"))
    return HttpResponseRedirect(reverse("my_account"))


@require_GET
def forgotten(request: HttpRequest) -> HttpResponse:
    """What to do about a forgotten password: there is no e-mail to send a link to."""
    return render(request, "identity/forgotten.html")


@page()
@require_GET
def stronger(request: HttpRequest) -> HttpResponse:
    """An act asked for a stronger login than this one: go to whatever makes it stronger, then on to `next`. At most 2
    queries."""
    user: Any = request.user
    onto = urlencode({"next": onward.safe(request)})
    if not user.is_authenticated:
        way = "account_login"
    elif not user.is_staff_member and user.real_name_at is None:
        way = "real_name"
    else:
        way = _second_factor_page(user)
    return HttpResponseRedirect(f"{reverse(way)}?{onto}")


def _second_factor_page(user: Any) -> str:
    if is_mfa_enabled(user, [Authenticator.Type.TOTP]):
        return "mfa_reauthenticate"
    return "mfa_reauthenticate_webauthn" if is_mfa_enabled(user, [Authenticator.Type.WEBAUTHN]) else "mfa_index"


def _account(request: HttpRequest) -> Any:
    return request.user


def _facts(user: Any, actor: Actor) -> list[dict[str, Any]]:
    phone = phone_of(user)
    rows = [
        {"label": _("姓名"), "value": user.name},
        {"label": _("登录名"), "value": user.username},
        {"label": _("本次登录"), "value": labels.STRENGTHS.get(actor.login_strength, "")},
    ]
    if not user.is_staff_member:
        rows.insert(
            2,
            {
                "label": _("手机号码"),
                "value": numbers.masked("phone", phone) if phone else "",
                "action_url": reverse("account_change_phone"),
                "action_label": _("更换"),
            },
        )
    return rows


def _row(mandate: Mandate, other: str) -> dict[str, Any]:
    at = now()
    running = mandate.revoked_at is None and rules.in_force(mandate.valid_from, mandate.valid_to, at)
    return {
        "id": mandate.id,
        "name": other,
        "kind": labels.MANDATE_KINDS.get(mandate.kind, mandate.kind),
        "valid_from": mandate.valid_from,
        "valid_to": mandate.revoked_at or mandate.valid_to,
        "running": running,
        "revocable": running and mandate.kind not in rules.HEADS and mandate.kind != "guardian",
    }
