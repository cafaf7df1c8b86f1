"""The queue of unfinished filings, shifts of a window, what is handed over, the day book's lines."""

from __future__ import annotations

from django.db import models

from tongqu.kernel.acts.rows import TenantRow, VersionedRow


class Filing(VersionedRow):
    """One filing at a counter. The case holds what was typed; here is what the queue is served from."""

    case_id = models.UUIDField()
    queue_no = models.CharField(max_length=20)  # of the unit and the day: 0302-007
    unit_id = models.UUIDField()
    clerk_id = models.UUIDField()  # who has it in hand; the case's helper says the same
    person_id = models.UUIDField()  # who stands there or calls
    applicant_name = models.CharField(max_length=200)
    item_code = models.CharField(max_length=60)
    item_title = models.JSONField()
    channel = models.CharField(max_length=10)  # counter | phone
    state = models.CharField(max_length=10, default="open")  # open | submitted | dropped
    touched_at = models.DateTimeField()
    code_hash = models.CharField(max_length=64, blank=True)  # of the code sent to a caller's telephone
    code_until = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    codes_sent = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "case_id"], name="filing_case_once")]
        indexes = [
            models.Index(fields=["tenant_id", "unit_id", "state", "-touched_at", "-id"], name="filing_queue"),
            models.Index(fields=["tenant_id", "clerk_id", "state"], name="filing_clerk"),
        ]


class Shift(VersionedRow):
    """A clerk at a window, from opening to closing."""

    unit_id = models.UUIDField()
    clerk_id = models.UUIDField()
    window = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "clerk_id"], condition=models.Q(closed_at=None), name="shift_open_once"
            )
        ]
        indexes = [models.Index(fields=["tenant_id", "unit_id", "-opened_at"], name="shift_unit")]


class Handover(VersionedRow):
    """交接: what one clerk leaves to another at the end of a shift, line by line."""

    shift_id = models.UUIDField()
    unit_id = models.UUIDField()
    giver_id = models.UUIDField()
    taker_id = models.UUIDField()
    window = models.CharField(max_length=40)
    note = models.CharField(max_length=500, blank=True)
    signed_at = models.DateTimeField()  # by the giver
    answered_at = models.DateTimeField(null=True)  # by the taker, every line

    class Meta:
        indexes = [
            models.Index(fields=["tenant_id", "taker_id", "answered_at"], name="handover_taker"),
            models.Index(fields=["tenant_id", "unit_id", "-signed_at"], name="handover_unit"),
        ]


class HandoverLine(TenantRow):
    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="lines")
    kind = models.CharField(max_length=10)  # draft | paper | original
    ref_id = models.UUIDField()  # the filing, the case or the held original
    text = models.CharField(max_length=300)
    state = models.CharField(max_length=10, default="waiting")  # waiting | confirmed | disputed
    remark = models.CharField(max_length=300, blank=True)


class HeldOriginal(VersionedRow):
    """An original that the window keeps for a while, and whose hands it is in."""

    unit_id = models.UUIDField()
    holder_id = models.UUIDField()
    filing_id = models.UUIDField()
    what = models.CharField(max_length=100)
    taken_at = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant_id", "unit_id", "returned_at"], name="original_unit")]


class DayLine(TenantRow):
    """A line of the day book, made from one event; made anew from the events at any time (`daybook.rebuild`)."""

    event_id = models.UUIDField()
    unit_id = models.UUIDField()
    clerk_id = models.UUIDField()
    day = models.DateField()
    at = models.DateTimeField()
    what = models.CharField(max_length=40)  # the event's kind
    group = models.CharField(max_length=10)  # took | gave | told | other
    case_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant_id", "event_id"], name="day_line_once")]
        indexes = [models.Index(fields=["tenant_id", "unit_id", "day", "at", "id"], name="day_line_day")]
