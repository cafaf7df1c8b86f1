"""The schedules that this worker holds: taken under a lease, run when due, given back at the end.

A lease is kept from one run to the next, so that a schedule of each second costs no write each second.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.jobs import moments, registry
from tongqu.kernel.jobs.models import Schedule
from tongqu.kernel.jobs.queue import describe
from tongqu.kernel.jobs.rules import backoff, next_daily

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
QUICK = 30  # schedules that come round sooner than this many seconds write their times at the heartbeat only
LONGEST_PAUSE = 60.0  # seconds between the runs of an interval schedule that keeps failing


@dataclass(slots=True)
class Held:
    """A schedule under our lease. `due` is monotonic seconds for an interval; a daily one has `next_at` instead."""

    declared: registry.ScheduledFunction
    token: UUID
    lease_until: datetime
    due: float
    next_at: datetime | None
    failures: int
    running: bool = False
    started_at: datetime | None = None

    @property
    def quick(self) -> bool:
        return (self.declared.seconds or 86400) < QUICK

    @property
    def went_quickly(self) -> bool:
        return self.quick and self.started_at is not None and not self.running and not self.failures

    def is_due(self) -> bool:
        if self.running or moments.real() >= self.lease_until:
            return False
        if self.declared.daily_at is None:
            return time.monotonic() >= self.due
        return _daily_due(self.next_at)


class Timetable:
    """Which schedules are ours. Used by the dispatcher, the heartbeat and the runners; each change under one lock."""

    def __init__(self, worker: str) -> None:
        self.worker = worker
        self._held: dict[str, Held] = {}
        self._lock = threading.Lock()

    def take_free(self) -> None:
        """Take every declared schedule that nobody holds. One query if there is nothing to take."""
        wanted = {n: d for n, d in registry.all_schedules().items() if n not in self._held}
        if not wanted:
            return
        free = Q(lease_until=None) | Q(lease_until__lt=moments.real())
        known = set(Schedule.objects.filter(name__in=wanted).values_list("name", flat=True))
        if missing := [name for name in wanted if name not in known]:
            Schedule.objects.bulk_create([Schedule(name=name) for name in missing], ignore_conflicts=True)
        if not Schedule.objects.filter(free, name__in=wanted).exists():
            return
        with transaction.atomic():
            rows = list(Schedule.objects.select_for_update(skip_locked=True).filter(free, name__in=wanted))
            taken = moments.real() + LEASE
            for row in rows:
                row.token, row.worker, row.lease_until = uuid7(), self.worker, taken
                if row.next_at is None and (at := wanted[row.name].daily_at):
                    row.next_at = next_daily(at, moments.business(), timezone.get_default_timezone())
            Schedule.objects.bulk_update(rows, ["token", "worker", "lease_until", "next_at"])
        with self._lock:
            for row in rows:
                self._held[row.name] = _held(wanted[row.name], row)

    def start_due(self) -> list[Held]:
        """Those that are due now, marked as running."""
        with self._lock:
            due = [held for held in self._held.values() if held.is_due()]
            for held in due:
                held.running, held.started_at = True, moments.real()
        return due

    def run(self, held: Held) -> None:
        """Run one schedule and write down how it went. An error is logged; it is tried again after a growing wait."""
        error: Exception | None = None
        try:
            held.declared()
        except Exception as caught:
            error = caught
            log.exception("schedule %s failed", held.declared.name)
        recovered = held.failures and not error
        held.failures = held.failures + 1 if error else 0
        wait = backoff(held.failures, random.random()) if error else timedelta(0)  # noqa: S311  # spread only
        if held.declared.daily_at:
            held.next_at = next_daily(held.declared.daily_at, moments.business(), timezone.get_default_timezone())
            if error:
                held.next_at = min(held.next_at, moments.business() + wait)
        else:
            pause = max(held.declared.seconds or 0, min(wait.total_seconds(), LONGEST_PAUSE))
            held.due = time.monotonic() + pause
            held.next_at = moments.real() + timedelta(seconds=pause)
        try:
            if error or recovered or not held.quick:
                self._write(held, error)
        finally:
            held.running = False

    def renew(self) -> None:
        """The heartbeat: prolong the leases; forget those that another worker has taken meanwhile."""
        with self._lock:
            ours = {held.token: held for held in self._held.values()}
        if not ours:
            return
        until = moments.real() + LEASE
        with transaction.atomic():
            Schedule.objects.filter(token__in=ours).update(lease_until=until)
            still = {t for t in Schedule.objects.filter(token__in=ours).values_list("token", flat=True) if t}
            went = [token for token in still if ours[token].went_quickly]
            now = moments.real()
            Schedule.objects.filter(token__in=went).update(last_started_at=now, last_finished_at=now)
        with self._lock:
            for token, held in ours.items():
                if token in still:
                    held.lease_until = until
                else:
                    self._held.pop(held.declared.name, None)

    def give_back(self) -> None:
        """At the end: let another worker have them at once."""
        with self._lock:
            tokens = [held.token for held in self._held.values() if not held.running]
            self._held.clear()
        Schedule.objects.filter(token__in=tokens).update(lease_until=None)

    def _write(self, held: Held, error: Exception | None) -> None:
        kind, message, where = describe(error) if error else ("", "", "")
        Schedule.objects.filter(name=held.declared.name, token=held.token).update(
            next_at=held.next_at, last_started_at=held.started_at, last_finished_at=moments.real(),
            failures=held.failures, error_class=kind, error_message=message, error_where=where,
        )  # fmt: skip


def _held(declared: registry.ScheduledFunction, row: Schedule) -> Held:
    wait = 0.0
    if declared.seconds and row.next_at:
        wait = max(0.0, min((row.next_at - moments.real()).total_seconds(), declared.seconds))
    assert row.token is not None and row.lease_until is not None
    return Held(declared, row.token, row.lease_until, time.monotonic() + wait, row.next_at, row.failures)


def _daily_due(next_at: datetime | None) -> bool:
    """Due when its time has come; also when it lies more than a day ahead, because the clock was moved back."""
    now = moments.business()
    return next_at is None or now >= next_at or next_at - now > timedelta(days=1, hours=1)


def run_all_once(at: datetime) -> int:
    """For tests and the command line: each interval schedule once, each daily one that is due at `at`.

    Inside a test's transaction a failing schedule is rolled back alone; otherwise none is wrapped in one.
    """
    count = 0
    for name, declared in registry.all_schedules().items():
        if declared.daily_at:
            row, _ = Schedule.objects.get_or_create(name=name)
            zone = timezone.get_default_timezone()
            if row.next_at is None:
                row.next_at = next_daily(declared.daily_at, moments.business(), zone)
            due = at >= row.next_at
            if due:
                row.next_at = next_daily(declared.daily_at, at, zone)
            row.save(update_fields=["next_at"])
            if not due:
                continue
        try:
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                declared()
        except Exception:
            log.exception("schedule %s failed", name)
        count += 1
    return count
