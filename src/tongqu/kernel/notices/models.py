"""What somebody was told, and what became of each message that left the house."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.rows import TenantRow


class Notice(TenantRow):
    """One party told one thing. The text is template, version and params: it reads the same in ten years."""

    party_id = models.UUIDField()
    template = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    params = models.JSONField(default=dict)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    url = models.CharField(max_length=200, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "party_id", "-id"], name="notice_party"),
            models.Index(fields=["tenant_id", "party_id"], condition=Q(read_at=None), name="notice_unread"),
            models.Index(fields=["tenant_id", "subject_kind", "subject_id"], name="notice_subject"),
        ]


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
