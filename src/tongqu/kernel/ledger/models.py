"""One log for each tenant: its entries, the roots of its full tiles, where it stands, and the heads signed so far."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import TenantRow, default_tenant


class LedgerEntry(models.Model):
    """Event `event_id` is entry `seq`, counted from 0. Written once.

    `leaf_hash` is the tree's; `chain` hashes the chain before it with this leaf, which pins an alteration to its entry.
    """

    event_id = models.UUIDField(primary_key=True, editable=False)
    tenant_id = models.UUIDField(default=default_tenant, editable=False)
    seq = models.BigIntegerField()
    leaf_hash = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "seq"], name="ledger_entry_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.event_id}"


class LedgerNode(TenantRow):
    """The root over a full tile: entries `position * 256**level` up to the next one, level 1 and above."""

    level = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "level", "position"], name="ledger_node_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class LedgerState(TenantRow):
    """Where a log stands. Whoever appends or signs locks this row. `origin` names the log and never changes."""

    origin = models.CharField(max_length=200, editable=False)
    size = models.BigIntegerField(default=0)
    frontier = models.TextField(default="0:")
    chain = models.BinaryField(max_length=32, default=bytes(32))
    head_size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id"], name="ledger_state_once")]

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class SignedHead(TenantRow):
    """A checkpoint of the log, signed by the node: `note` is exactly what was published."""

    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    signed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "size"], name="ledger_head_size")]

    def __str__(self) -> str:
        return f"{self.size} {bytes(self.root).hex()}"
