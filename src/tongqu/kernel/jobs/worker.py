"""The worker: finds due work, hands it to a few threads, keeps its leases alive.

    run(stop)        until `stop` is set: one dispatcher, one heartbeat, threads for each lane of jobs and for schedules
    run_pending()    everything that is due now, in this thread: for tests and the command line

The dispatcher looks twice a second, and at once when work is committed in this process. It only reads while nothing
is due. A worker killed at any point loses nothing: its leases end (at once, if another worker on this machine can see
that it is dead), plain jobs have rolled back, outside jobs run again under their message id.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from queue import SimpleQueue
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, connections

from tongqu.kernel.jobs import backend, liveness, moments, queue, registry, timetable
from tongqu.kernel.jobs.models import Job, Schedule
from tongqu.kernel.jobs.rules import Lane

log = logging.getLogger(__name__)

POLL = 0.5
BEAT = 4.0
GRACE = 10.0
JOB_THREADS = 3
MAKING_THREADS = 2  # one typesets or packs while another waits for the disk; each has a connection with its cache
AHEAD = 16  # jobs claimed beyond those that run: one claim serves several, and none of these threads waits for the next
TOGETHER = 0.02  # seconds in which ends of outside jobs are written in one transaction
QUICK_THREADS = 2
SLOW_THREADS = 1


def run(stop: threading.Event, *, job_threads: int = JOB_THREADS) -> None:
    """Work until `stop` is set, then finish what is running (up to 10 s) and give the rest back."""
    _Worker(job_threads).run(stop)


def run_pending(limit: int = 1000, until: datetime | None = None) -> int:
    """Run everything that is due (by `until`, else now) in this thread, schedules included; return how many jobs ran.

    What the work itself causes is run as well. A job that fails waits for its next attempt as usual.
    """
    name, ran = _name(), 0
    for turn in range(limit):
        timetable.run_all_once(until or moments.business())
        jobs = 0
        while ran < limit and (taken := queue.claim(name, at=until)):
            _run_job(taken[0])
            jobs += 1
            ran += 1
        if ran >= limit or (not jobs and turn):
            break
    return ran


def _name() -> str:
    return f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"


def _run_job(row: Job) -> None:
    """One claimed job to its end. Never raises for what the job does."""
    try:
        call = _call_of(row)
        if row.outside:
            queue.run_outside(row, call)
        else:
            queue.run_inside(row, call)
    except Exception as error:
        _not_done(row, error)


def _not_done(row: Job, error: Exception) -> None:
    """Called while the error is handled: log it, and write it down unless the job is somebody else's by now."""
    if isinstance(error, queue.LeaseLost):
        log.warning("job %s %s was taken over by another worker", row.kind, row.id)
        return
    log.exception("job %s %s failed (attempt %d of %d)", row.kind, row.id, row.attempts, row.max_attempts)
    queue.fail(row, error)


def _call_of(row: Job) -> Callable[[], Any]:
    if backend.is_task(row):
        return lambda: backend.call(row)
    declared = registry.job_named(row.kind)

    def call() -> registry.Afterwards | None:
        answer = declared.function(**row.args)
        return answer if isinstance(answer, registry.Afterwards) else None

    return call


def _somebody_waits() -> bool:
    """Whether anybody in the foreground waits for our transaction; the backend for SQLite tells."""
    return bool(getattr(connection, "somebody_waits", bool)())


class _Threads:
    """A few threads that take calls from one queue; each has its own database connection."""

    def __init__(self, name: str, threads: int) -> None:
        self.count = threads
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads = [threading.Thread(target=self._serve, name=f"{name}-{i}", daemon=True) for i in range(threads)]
        for thread in self._threads:
            thread.start()

    def put(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def end(self) -> None:
        """Say that nothing more will come."""
        for _ in self._threads:
            self._calls.put(None)

    def join(self, until: float) -> None:
        """Wait for what is running, up to this moment on the monotonic clock."""
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _serve(self) -> None:
        while call := self._calls.get():
            close_old_connections()
            try:
                call()
            except Exception:
                # the database went away while the end was written down; the lease brings the job back
                log.exception("the worker could not settle its work")
                connection.close()
        connections.close_all()


class _Worker:
    def __init__(self, job_threads: int) -> None:
        self._name = _name()
        self._wake = threading.Event()
        self._done = threading.Event()
        self._table = timetable.Timetable(self._name)
        # SQLite has one writer: plain jobs, and the ends of the others, take turns here instead of sleeping on its lock
        self._one_writer = connection.vendor == "sqlite"
        self._plain = _Threads("plain", 1 if self._one_writer else job_threads)
        self._lanes = {
            Lane.PLAIN: self._plain,
            Lane.MAKING: _Threads("making", MAKING_THREADS),
            Lane.CALLING: _Threads("calling", job_threads),
        }
        self._quick = _Threads("quick", QUICK_THREADS)
        self._slow = _Threads("slow", SLOW_THREADS)
        self._claimed: dict[UUID, Job] = {}
        self._leases_looked_at: set[Lane] = set()  # since the last beat of the heart
        self._begun: set[UUID] = set()
        self._ended: SimpleQueue[tuple[Job, Any]] = SimpleQueue()  # outside jobs of which only the end is to be written

    def run(self, stop: threading.Event) -> None:
        sign = liveness.Sign(self._name)
        unlisten = registry.listen(self._wake.set)
        heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        heart.start()
        log.info("worker %s is at work", self._name)
        trouble = 0
        try:
            while not stop.is_set():
                self._wake.clear()
                try:
                    found = self._look()
                    trouble = 0
                except DatabaseError:
                    trouble = min(trouble + 1, 10)
                    log.warning("worker %s cannot reach the database; it tries again", self._name, exc_info=True)
                    connection.close()
                    found = False
                if not found:
                    self._wake.wait(POLL * (1 + trouble))
        finally:
            unlisten()
            self._end()
            heart.join(BEAT)
            sign.take_down()
            connections.close_all()

    def _look(self) -> bool:
        """One look round: start the schedules and jobs that are due. True if more may wait."""
        for held in self._table.start_due():
            lane = self._quick if held.quick else self._slow
            lane.put(lambda held=held: self._table.run(held))  # type: ignore[misc]
        return any([self._take(lane, threads) for lane, threads in self._lanes.items()])

    def _take(self, lane: Lane, threads: _Threads) -> bool:
        """Claim what is due in a lane that has little left, whatever the others have. True if more may wait."""
        room = threads.count + AHEAD - sum(row.lane == lane for row in list(self._claimed.values()))
        if room < AHEAD // 2 or not queue.anything_due(lane=lane):
            return False
        ended = lane not in self._leases_looked_at
        self._leases_looked_at.add(lane)
        taken = queue.claim(self._name, limit=room, lane=lane, ended=ended)
        for row in taken:
            self._claimed[row.id] = row
            threads.put(lambda row=row: self._run(row))  # type: ignore[misc]
        return bool(taken)

    def _run(self, row: Job) -> None:
        """A claimed job to its end; with one writer, an outside job until only its end is to be written."""
        left_to_settle = False
        try:
            if self._done.is_set():
                queue.give_back(row)
                return
            self._begun.add(row.id)
            if row.outside and self._one_writer:
                left_to_settle = self._outside_part(row)
            else:
                _run_job(row)
        finally:
            if not left_to_settle:
                self._let_go(row)

    def _outside_part(self, row: Job) -> bool:
        try:
            answer = queue.outside_part(row, _call_of(row))
        except Exception as error:
            _not_done(row, error)
            return False
        self._ended.put((row, answer))
        self._plain.put(self._settle)
        return True

    def _settle(self) -> None:
        """Write the ends that wait, in one transaction: a commit costs as much as what most of them write."""
        if self._ended.empty():
            return  # the call for the one before this took it along
        settled: list[Job] = []
        try:
            queue.settle_together(self._waiting_to_settle(settled), _not_done)
        finally:
            for row in settled:
                self._let_go(row)

    def _waiting_to_settle(self, taken: list[Job]) -> Iterator[tuple[Job, Any]]:
        """One at least; more for a moment, as long as nobody in the foreground waits for the lock."""
        until = time.monotonic() + TOGETHER
        while not self._ended.empty():
            row, answer = self._ended.get()
            taken.append(row)
            yield row, answer
            if time.monotonic() > until or _somebody_waits():
                return

    def _let_go(self, row: Job) -> None:
        self._claimed.pop(row.id, None)
        self._begun.discard(row.id)
        self._wake.set()

    def _beat(self) -> None:
        """Every few seconds: prolong our leases, take free schedules, end the leases of dead neighbours."""
        while not self._done.is_set():
            try:
                if rows := list(self._claimed.values()):
                    queue.keep(rows)
                self._table.renew()
                for dead in liveness.the_dead():
                    queue.release_of(dead)
                    Schedule.objects.filter(worker=dead).update(lease_until=None)
                    liveness.bury(dead)
                self._table.take_free()
                self._leases_looked_at.clear()
                self._wake.set()
            except DatabaseError:
                log.warning("worker %s could not renew its leases", self._name, exc_info=True)
                connection.close()
            self._done.wait(BEAT)
        connections.close_all()

    def _end(self) -> None:
        self._done.set()
        until, others = time.monotonic() + GRACE, (self._plain, self._quick, self._slow)
        outside = [threads for threads in self._lanes.values() if threads is not self._plain]
        for lane in (*outside, self._quick, self._slow):
            lane.end()
        for lane in outside:
            lane.join(until)
        self._plain.end()  # not before: it writes the ends of the outside jobs
        for lane in others:
            lane.join(until)
        try:
            for row in list(self._claimed.values()):
                if row.id not in self._begun:
                    queue.give_back(row)
            self._table.give_back()
        except DatabaseError:
            log.warning("worker %s could not give its leases back; they will end by themselves", self._name)
