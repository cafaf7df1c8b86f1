"""What a row of the region tree has: it belongs to the platform, not to a tenant."""

from __future__ import annotations

from django.db import models

from tongqu.foundation.uuid7 import uuid7


class ReferenceRow(models.Model):
    """Platform reference data: a UUIDv7 key and no tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    class Meta:
        abstract = True
