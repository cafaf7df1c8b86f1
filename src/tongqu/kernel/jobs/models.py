"""The job table and the schedules. Infrastructure of the node, not of a tenant: a job names its tenant in `args`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.jobs import moments
from tongqu.kernel.jobs.rules import Lane


class State(models.TextChoices):
    """Where a job stands. READY and RUNNING are unfinished; FAILED has used up its attempts and waits for a person."""

    READY = "ready", _("等待执行")
    RUNNING = "running", _("正在执行")
    DONE = "done", _("已完成")
    FAILED = "failed", _("执行失败")
    ABANDONED = "abandoned", _("已放弃")


UNFINISHED = (State.READY, State.RUNNING)


class Job(models.Model):
    """One piece of work. `token` is the fence: only the claim that wrote it may settle the job."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message_id = models.UUIDField(default=uuid7, editable=False)
    kind = models.CharField(max_length=200)
    queue = models.CharField(max_length=40, default="default")
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    priority = models.SmallIntegerField(default=0)
    run_after = models.DateTimeField()
    unique_key = models.CharField(max_length=200, null=True)
    # asked for again while running: what it read may be older than what the asker wrote, so it runs once more
    again = models.BooleanField(default=False)

    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=5)
    lane = models.CharField(max_length=10, default=Lane.PLAIN)  # a Lane
    lease_seconds = models.PositiveIntegerField(default=60)
    lease_until = models.DateTimeField(null=True)
    heartbeat = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    worker = models.CharField(max_length=120, blank=True)  # who holds it, or held it last
    workers = models.JSONField(default=list)  # one for each attempt, the last twenty

    created_at = models.DateTimeField(default=moments.real, editable=False)
    first_started_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    error_class = models.CharField(max_length=200, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    error_where = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "unique_key"],
                condition=Q(state__in=UNFINISHED, unique_key__isnull=False),
                name="job_unique_while_unfinished",
            )
        ]
        indexes = [
            models.Index(fields=["lane", "run_after"], condition=Q(state=State.READY), name="job_due"),
            models.Index(
                F("lane"), F("priority").desc(), "run_after", "id", condition=Q(state=State.READY), name="job_next"
            ),
            models.Index(fields=["lease_until"], condition=Q(state=State.RUNNING), name="job_leased"),
            models.Index(fields=["-id"], condition=Q(state=State.FAILED), name="job_failed"),
            models.Index(fields=["finished_at"], condition=Q(state=State.DONE), name="job_purge"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.state}"

    @property
    def outside(self) -> bool:
        """Whether it runs outside a transaction, at least once."""
        return self.lane != Lane.PLAIN


class Schedule(models.Model):
    """Work that comes round. The worker that holds the lease runs it; another takes over when the lease ends."""

    name = models.CharField(max_length=80, primary_key=True)
    next_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    token = models.UUIDField(null=True)
    last_started_at = models.DateTimeField(null=True)
    last_finished_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    error_class = models.CharField(max_length=200, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    error_where = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name
