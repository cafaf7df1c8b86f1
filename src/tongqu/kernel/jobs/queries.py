"""What stands in the queue, for the operator's pages and the command line. Callers authorise: see `acts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Min

from tongqu.kernel.jobs import moments
from tongqu.kernel.jobs.models import UNFINISHED, Job, Schedule, State


@dataclass(frozen=True, slots=True)
class QueueState:
    """How many jobs are in each state, and since when the oldest due one waits."""

    counts: dict[str, int]
    oldest_due: datetime | None


def queue_state() -> QueueState:
    """2 queries."""
    unsettled = Job.objects.filter(state__in=[*UNFINISHED, State.FAILED])
    counts = dict(unsettled.values_list("state").annotate(Count("id")))
    due = Job.objects.filter(state=State.READY, run_after__lte=moments.business())
    return QueueState(counts, due.aggregate(Min("run_after"))["run_after__min"])


def failed_by_kind() -> dict[str, int]:
    """How many jobs of each kind gave up, by kind. 1 query."""
    failed = Job.objects.filter(state=State.FAILED).order_by("kind")
    return dict(failed.values_list("kind").annotate(Count("id")))


def failed_jobs(*, before: UUID | None = None, size: int = 50) -> list[Job]:
    """Those that gave up, newest first; `before` is the id of the last one seen. 1 query."""
    rows = Job.objects.filter(state=State.FAILED)
    return list((rows.filter(id__lt=before) if before else rows).order_by("-id")[:size])


def somebody_works(known: Sequence[Schedule]) -> bool:
    """Whether any worker holds one of these schedules. 0 queries."""
    now = moments.real()
    return any(row.lease_until is not None and row.lease_until > now for row in known)


def schedules() -> list[Schedule]:
    """Every schedule that has ever been held, by name. 1 query."""
    return list(Schedule.objects.order_by("name"))
