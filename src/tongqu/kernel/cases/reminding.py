"""Telling the holder of a licence, once, that the time to renew it has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Q

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.cases import definition, renewing
from tongqu.kernel.notices.operations import tell
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.models import ELicence

BATCH = 500
FAR = timedelta(days=366)  # no window opens earlier than a year before expiry; later ones wait for their day


def items_that_renew(tenant_id: UUID | None = None) -> list[Package]:
    """The items in effect that renew a licence. One query, and one more for each version new to this process."""
    every = (packages.version(row.id) for row in packages.published(tenant_id=tenant_id))
    return [one for one in every if renewing.spec_of(one) is not None]


def remind_all(tenant_id: UUID | None = None) -> int:
    """Put on record for each licence whose window has opened and whose holder was not told; answers with how many."""
    tenant = tenant_id or default_tenant()
    return sum(_remind_for(tenant, package) for package in items_that_renew(tenant))


def _remind_for(tenant: UUID, package: Package) -> int:
    """Soonest to expire first; the first whose window would be open nowhere yet ends it."""
    on, told, after = today().date(), 0, Q()
    waiting = ELicence.objects.filter(
        tenant_id=tenant, licence_type=definition.licence_type(package), state="valid", renewal_told_at=None,
        valid_to__gte=on, valid_to__lte=on + FAR,
    ).order_by("valid_to", "id")  # fmt: skip
    while batch := list(waiting.filter(after)[:BATCH]):
        regions = renewing.regions_of(package, batch)
        for licence in batch:
            expiry = licence.valid_to
            if expiry is None or not renewing.open_somewhere(package, expiry, on):
                return told
            window = renewing.window(package, expiry, regions.get(licence.id, ""))
            if window.opens > on:
                continue
            records.note_renewal_open(
                Actor.system(tenant), licence_id=licence.id, item=package.code, closes=window.closes,
                key=f"renewal-open:{licence.id}",
            )  # fmt: skip
            told += 1
        after = Q(valid_to__gt=batch[-1].valid_to) | Q(valid_to=batch[-1].valid_to, id__gt=batch[-1].id)
    return told


@subscribe("cases.renewals_open", ["records.renewal_open"])
def tell_holders(events: Sequence[Event]) -> None:
    """In the site and by message, in the holder's language."""
    held = ELicence.objects.in_bulk([e.subject_id for e in events])
    for event in events:
        licence = held[event.subject_id]
        title = packages.current(event.body["item"], tenant_id=event.tenant_id).title
        tell(
            Actor.system(event.tenant_id), cause=event.id, party_ids=[licence.holder_id],
            template="licence_renewal_opens", subject=("licence", licence.id), url="/my/licences",
            params={
                "number": licence.number, "item": dict(title), "expires": event.body["expires"],
                "closes": event.body["closes"],
            },
            channels=("site", "sms"),
        )  # fmt: skip
