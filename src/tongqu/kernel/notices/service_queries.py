"""Reads of service, each scoped to the units in which the reader may serve, or to what everybody may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.notices.models import Service, ServiceAttempt

WAITING = ("due", "under_way", "announced")


def services_about(tenant_id: UUID, subject: tuple[str, UUID]) -> list[Service]:
    """Everything to be served or served in a matter, oldest first, with its attempts. Two queries.

    Who may see the matter is the caller's question.
    """
    rows = Service.objects.filter(tenant_id=tenant_id, subject_kind=subject[0], subject_id=subject[1])
    attempts = Prefetch("attempts", ServiceAttempt.objects.order_by("id"), to_attr="tries")
    return list(rows.prefetch_related(attempts).order_by("id"))


def waiting(actor: Actor, verb: str, *, state: str = "", after: str | None = None, size: int = 50) -> Page[Service]:
    """What is yet to be served in the units where the actor may do so, oldest first. One query, scoped in it."""
    rows: QuerySet[Service] = Service.objects.filter(
        tenant_id=actor.tenant_id, state__in=[state] if state in WAITING else WAITING
    )
    places = actor.places_for(verb)
    if (
        None,
        "",
    ) not in places:  # a right that is limited to a region names no unit to scope by, so it gives nothing here
        rows = rows.filter(unit_id__in=[unit for unit, region in places if unit and not region])
    return page_of(rows, order=("id",), after=after, size=size)


def unserved(tenant_id: UUID, unit_id: UUID, *, most: int = 500) -> list[Service]:
    """What a unit must still serve or has on its way, oldest first: each needs somebody. One query."""
    rows = Service.objects.filter(tenant_id=tenant_id, unit_id=unit_id, state__in=("due", "under_way"))
    return list(rows.order_by("id")[:most])


def announced(tenant_id: UUID, today: date, *, after: str | None = None, size: int = 20) -> Page[Service]:
    """Public notices whose period runs today, latest first: what everybody may see. One query."""
    rows = Service.objects.filter(
        tenant_id=tenant_id, state="announced", announced_on__isnull=False, announced_until__gte=today
    )
    return page_of(rows, order=("-announced_on", "-id"), after=after, size=size)


def service_of(tenant_id: UUID, document_ids: Iterable[UUID]) -> dict[UUID, Service]:
    """{document: its service}. One query."""
    rows = Service.objects.filter(tenant_id=tenant_id, document_id__in=list(document_ids))
    return {row.document_id: row for row in rows}
