"""What the desk keeps for its people: saved filters, and papers being put together for printing."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.rows import TenantRow


class SavedView(TenantRow):
    """A set of filters under a name. `query` is the address's canonical text; with `unit_id` the unit sees it too."""

    owner_id = models.UUIDField()
    unit_id = models.UUIDField(null=True)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=1500)
    place = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "owner_id", "name"], name="saved_view_name_once")]
        indexes = [
            models.Index(fields=["tenant_id", "owner_id", "place"], name="saved_view_owner"),
            models.Index(
                fields=["tenant_id", "unit_id"], name="saved_view_unit", condition=models.Q(unit_id__isnull=False)
            ),
        ]


class PrintBatch(TenantRow):
    """Papers of several cases as one PDF: what was asked for, how far it is, where the file lies until it expires."""

    owner_id = models.UUIDField()
    cases = models.JSONField()  # ids, in the order they are printed
    kinds = models.JSONField()  # kinds of papers; empty: all
    duplex = models.BooleanField(default=False)
    cover = models.BooleanField(default=True)
    state = models.CharField(max_length=10, default="waiting")  # waiting | running | done | empty | failed
    done = models.PositiveIntegerField(default=0)
    papers = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=list)  # [{case, why}]
    wrapped_key = models.BinaryField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "owner_id", "-id"], name="print_batch_owner")]
