"""Who is asking: the actor of a request, built from the session once, in at most two queries.

A citizen costs none, one when acting for somebody else (the mandate is checked again on each request); a member of
staff costs two (appointments, roles granted directly). The session and the account are Django's and not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from tongqu.kernel.acts import networks
from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR, Actor, Grant
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.statements import fetch, fetch_one
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.identity import roles, rules
from tongqu.kernel.identity.models import Account, Mandate, RoleGrant

ACTING_FOR = "acting_for"  # session: the id of the mandate chosen on /acting-for
OUTSIDE = "outside"  # how the login library's records name a sign-in elsewhere
SECOND_FACTORS = {"totp", "recovery_codes", "webauthn"}


def actor_of(request: HttpRequest) -> Actor:
    """The actor of this request, built when first asked for. `request.actor` is the same, lazily."""
    known: Actor | None = getattr(request, "_tongqu_actor", None)
    if known is None:
        known = _from_request(request)
        request._tongqu_actor = known  # type: ignore[attr-defined]
    return known


def attach(request: HttpRequest) -> None:
    """Set `request.actor`. Called again after signing in or out, or choosing whom to act for, it builds it anew."""
    request._tongqu_actor = None  # type: ignore[attr-defined]
    request.actor = SimpleLazyObject(lambda: actor_of(request))  # type: ignore[attr-defined]


def actor_for(
    account: Account, *, strength: int | None = None, channel: str = "web", acting_for: UUID | None = None
) -> Actor:
    """The actor an account makes, 0 to 2 queries. `acting_for` is a mandate's id; one not in force is left out.

    `strength` None: what the password alone gives this account.
    """
    staff = account.is_staff_member
    base = Actor(
        tenant_id=account.tenant_id,
        kind="staff" if staff else "person",
        account_id=account.id,
        party_id=account.party_id,
        channel=channel,
        login_strength=password_strength(account) if strength is None else strength,
        name=account.name or account.username,
    )
    if staff:
        return _with_posts(base, account, now())
    if acting_for is not None and account.party_id is not None:
        mandate = mandate_in_force(acting_for, agent_id=account.party_id, at=now())
        if mandate is not None:
            items = mandate.scope.get("items")
            return base.acting_for(mandate.principal_id, mandate.id, None if items is None else tuple(items))
    return base


def password_strength(account: Account) -> int:
    return rules.strength(
        staff=account.is_staff_member, real_name=account.real_name_at is not None, second_factor=False
    )


def mandate_in_force(mandate_id: UUID, *, agent_id: UUID, at: datetime) -> Mandate | None:
    """The mandate, if this agent may use it at this moment; 1 query."""
    mandate = fetch_one(Mandate, id=mandate_id, agent_id=agent_id, revoked_at=None)
    if mandate is None or not rules.in_force(mandate.valid_from, mandate.valid_to, at):
        return None
    return mandate


def _from_request(request: HttpRequest) -> Actor:
    account: Any = request.user
    if not account.is_authenticated or not networks.serves_kind(account.kind):
        return Actor(tenant_id=UUID(settings.TQ_TENANT_ID))
    actor = actor_for(account, strength=_strength(request, account), acting_for=_chosen(request))
    if ACTING_FOR in request.session and actor.on_behalf_of is None:
        # Silently going on in one's own name could file a case for the wrong party.
        del request.session[ACTING_FOR]
        messages.warning(request, _("您的代理权限已终止或失效，现在以您本人的身份办理。"), fail_silently=True)
    return actor


def _strength(request: HttpRequest, account: Account) -> int:
    records = get_authentication_records(request, account)
    second = any(r.get("method") == "mfa" and r.get("type") in SECOND_FACTORS for r in records)
    told = _told_outside(records)
    return rules.strength(
        staff=account.is_staff_member,
        real_name=account.real_name_at is not None and (told is None or told >= REAL_NAME),
        second_factor=second or (told is not None and told >= TWO_FACTOR),
    )


def _told_outside(records: Iterable[Mapping[str, Any]]) -> int | None:
    """How strong the sign-in elsewhere was, where this session rests on nothing of ours; else None."""
    ways = {str(r.get("method")) for r in records} - {"mfa"}
    if ways != {OUTSIDE}:
        return None
    return max(int(r.get("strength", PASSWORD)) for r in records if r.get("method") == OUTSIDE)


def _chosen(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.session[ACTING_FOR])
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _with_posts(base: Actor, account: Account, at: datetime) -> Actor:
    held_posts = directory.appointments_of(account.id)
    grants: list[Grant] = []
    for held in held_posts:
        grants += roles.grants_of_post(held.role_codes, held.unit_id)
    for row in fetch(RoleGrant, account_id=account.id, revoked_at=None):
        if rules.in_force(row.valid_from, row.valid_to, at):
            grants += roles.grants_of(row.role, unit_id=row.unit_id, region_prefix=row.region_prefix)
    first = held_posts[0] if held_posts else None
    return replace(
        base,
        post_id=first.post_id if first else None,
        unit_id=first.unit_id if first else None,
        grants=_separated(grants),
    )


def _separated(grants: list[Grant]) -> tuple[Grant, ...]:
    """Grants without those of administrators' roles that must not meet in one person: should two ever have met, none
    of them counts."""
    held = {grant.role for grant in grants}
    clashing = {role for group in roles.book().exclusive if len(held & group) > 1 for role in held & group}
    return tuple(dict.fromkeys(grant for grant in grants if grant.role not in clashing))
