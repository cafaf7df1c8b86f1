"""What the services room does when a package is published: make the item findable."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.search.operations import index


@subscribe("services.index", ["packages.version_published"])
def index_items(events: Sequence[Event]) -> None:
    for event in events:
        index_item(event.tenant_id, event.subject_id)


def index_item(tenant_id: UUID, version_id: UUID) -> None:
    """Put an item under its title, its summary, its everyday words and the questions people ask."""
    package = packages.version(version_id)
    index(
        Actor.system(tenant_id),
        kind="service",
        ref=package.code,
        title=dict(package.title),
        url=f"/services/{package.code}",
        body=dict(package.content["package"]["summary"]),
        keywords=package.content["package"].get("keywords", ()),
        boost=5,
    )
