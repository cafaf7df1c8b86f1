"""Events, their outbox, idempotency keys and the read log."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import TenantRow


class Event(TenantRow):
    """One change of one subject. Written once, in the operation's own transaction, and never changed.

    `body` carries ids and codes only; personal values go under `sealed` as {party, commitment, box}.
    """

    recorded_at = models.DateTimeField(default=now)
    effective_at = models.DateTimeField(default=now)
    actor = models.JSONField()
    kind = models.CharField(max_length=80)
    schema_version = models.PositiveSmallIntegerField(default=1)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    subject_version = models.PositiveIntegerField(default=1)
    cause = models.UUIDField(null=True)
    rule = models.CharField(max_length=60, null=True)
    body = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    sealed = models.JSONField(null=True)

    created_at = None  # type: ignore[assignment]  # recorded_at says it

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "subject_kind", "subject_id", "id"], name="event_subject")]


class Outbox(models.Model):
    """An event not yet handed to its subscribers; the relay deletes the row in the transaction that handed it on."""

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.DO_NOTHING)

    def __str__(self) -> str:
        return str(self.event_id)


class IdempotencyKey(TenantRow):
    """Same key and body: the same answer. Other body: refused."""

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    verb = models.CharField(max_length=80)
    body_digest = models.CharField(max_length=64)
    answer = models.JSONField(null=True, encoder=DjangoJSONEncoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "owner", "key"], name="idempotency_key_once")]


class ReadLog(TenantRow):
    """Who read whose personal content, when and why; also who was refused."""

    actor = models.JSONField()
    account_id = models.UUIDField(null=True)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    subject_text = models.CharField(max_length=80, blank=True)
    party_id = models.UUIDField(null=True)
    purpose = models.CharField(max_length=80)
    refused = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "party_id", "-id"], name="readlog_party"),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id", "-id"], name="readlog_subject"),
        ]


class SharedValue(models.Model):
    """A count or short note that all web processes share, for minutes; see `shared_cache.py`. No event, no history."""

    name = models.CharField(max_length=48, primary_key=True)
    value = models.TextField()
    expires_at = models.FloatField(db_index=True)  # seconds since 1970

    def __str__(self) -> str:
        return self.name
