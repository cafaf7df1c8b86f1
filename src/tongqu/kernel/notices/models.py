"""What somebody was told, and what became of each message that left the house."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.rows import TenantRow, VersionedRow


class Notice(TenantRow):
    """One party, or one member of staff, told one thing. The text is template, version and params: it reads the same
    in ten years. Staff are told as accounts (`account_id`), everybody else as parties."""

    party_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    template = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    params = models.JSONField(default=dict)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    url = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)
    unread = models.GeneratedField(  # what a list that begins with the unread is in order by
        expression=Q(read_at__isnull=True),  # type: ignore[arg-type]  # a condition is one
        output_field=models.BooleanField(), db_persist=True,
    )  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(party_id__isnull=False, account_id=None) | Q(party_id=None, account_id__isnull=False),
                name="notice_one_reader",
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant_id", "account_id", "-unread", "-id"], name="notice_account",
                condition=Q(account_id__isnull=False),
            ),
            models.Index(fields=["tenant_id", "party_id", "-id"], name="notice_party"),
            models.Index(fields=["tenant_id", "party_id"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="notice_subject"),
        ]  # fmt: skip


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("等待发送")
    SENT = "sent", _("已发送")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("发送失败")


class Delivery(TenantRow):
    """A notice on its way by SMS or e-mail. `message_id` is what the provider tells repeats by."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10)  # sms | email
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.QUEUED)
    message_id = models.UUIDField(default=uuid7)
    receipt = models.CharField(max_length=100, blank=True)
    failure = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant_id", "message_id"], name="delivery_message_once"),
            models.UniqueConstraint(fields=["tenant_id", "notice", "channel"], name="delivery_channel_once"),
        ]


class DemoMessage(TenantRow):
    """The demonstration's telephone network: what a phone would have shown. The number is masked before it is kept."""

    message_id = models.UUIDField()
    phone_masked = models.CharField(max_length=20)
    text = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "message_id"], name="demo_message_once")]


class Service(VersionedRow):
    """送达: one document that must be served on one party, and how it was. Ids only towards later rooms.

    `state`: due, under_way (sent, no answer yet), announced, served. `sha256` names the file exactly as it was served.
    """

    document_id = models.UUIDField()
    document_kind = models.CharField(max_length=60)
    title = models.JSONField()
    number = models.CharField(max_length=100, blank=True)
    sha256 = models.CharField(max_length=64)
    issued_on = models.DateField()
    issuer = models.CharField(max_length=200)
    unit_id = models.UUIDField()
    party_id = models.UUIDField()
    recipient = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    case_no = models.CharField(max_length=40, blank=True)
    consent = models.JSONField(null=True)  # {"by", "at", "ref"}: that the party agreed to electronic service
    state = models.CharField(max_length=10, default="due")
    mode = models.CharField(max_length=16, blank=True)
    served_on = models.DateField(null=True)
    entered_at = models.DateTimeField(null=True)  # electronic: the moment it entered the recipient's account
    opened_at = models.DateTimeField(null=True)  # the first reading by the recipient's side
    announced_on = models.DateField(null=True)
    announced_until = models.DateField(null=True)
    remedies = models.CharField(max_length=20, blank=True)  # which remedies being served opens (law.grounds), if any
    receipt_id = models.UUIDField(null=True)  # the 送达回证 that was made for it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "document_id"], name="service_document_once")]
        indexes = [
            models.Index(fields=["tenant_id", "unit_id", "state", "id"], name="service_unit_state"),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="service_subject"),
            models.Index(
                fields=["tenant_id", "-announced_on", "-id"], condition=Q(announced_on__isnull=False),
                name="service_announced",
            ),
        ]  # fmt: skip


class ServiceAttempt(TenantRow):
    """One try at serving a document, whatever came of it. Never changed: a later result is another row."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="attempts")
    mode = models.CharField(max_length=16)
    result = models.CharField(max_length=10)  # served | sent | failed | announced
    failure = models.CharField(max_length=16, blank=True)
    happened_on = models.DateField()
    details = models.JSONField(default=dict)  # receiver, relation, tracking_no … as the mode asks
    proof_id = models.UUIDField(null=True)  # a stored file
    proof_sha256 = models.CharField(max_length=64, blank=True)
    by_account = models.UUIDField(null=True)
    by_name = models.CharField(max_length=100, blank=True)
