"""What every tenant-owned row has. Other rooms' rows are named by plain id, never by a foreign key."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import models

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now


def default_tenant() -> UUID:
    return UUID(settings.TQ_TENANT_ID)


class TenantRow(models.Model):
    """A UUIDv7 key, an immutable tenant (the shard key, part of each unique key) and when it was made."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant_id = models.UUIDField(default=default_tenant, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        abstract = True


class VersionedRow(TenantRow):
    """A row that operations change: `version` is what a caller expects it to be."""

    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
