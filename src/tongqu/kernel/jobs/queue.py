"""The queue's verbs on the job table: put, claim, settle. Everything here is one short transaction.

PostgreSQL: `SKIP LOCKED`. SQLite: every transaction is IMMEDIATE, so a claim is alone by itself.
"""

from __future__ import annotations

import json
import random
import traceback
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import F

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.jobs import moments, registry, statements
from tongqu.kernel.jobs.models import UNFINISHED, Job, State
from tongqu.kernel.jobs.rules import Lane, backoff, redact


class LeaseLost(RuntimeError):
    """The job was taken over by another worker; whatever this one did in its transaction is rolled back."""


class WorkerLost(RuntimeError):
    """Recorded when a job's last attempt ended with its worker."""


# --- put ---------------------------------------------------------------------------------------------------------


def put(declared: registry.JobFunction[Any, Any], kwargs: dict[str, Any]) -> UUID:
    """One job row in the caller's transaction; see `JobFunction.enqueue`."""
    row = _row(declared, kwargs, key=declared.key_of(kwargs))
    if not statements.insert(row):
        row = _asked_for_already(row)
    _wake_after_commit()
    return row.id


def put_many(declared: registry.JobFunction[Any, Any], many: Sequence[dict[str, Any]]) -> list[UUID]:
    """Several jobs in one insert."""
    if declared.unique is not None:
        raise TypeError(f"{declared.name}: jobs with a unique key are put one by one")
    rows = [_row(declared, kwargs, key=None) for kwargs in many]
    statements.insert_many(rows)
    _wake_after_commit()
    return [row.id for row in rows]


def put_row(row: Job) -> Job:
    """A row made elsewhere (the Django Tasks backend)."""
    row.save(force_insert=True)
    _wake_after_commit()
    return row


def _row(declared: registry.JobFunction[Any, Any], kwargs: dict[str, Any], *, key: str | None) -> Job:
    declared.check(kwargs)
    row_id = uuid7()
    return Job(
        id=row_id,
        message_id=row_id,
        kind=declared.name,
        args=json.loads(json.dumps(kwargs)),
        priority=declared.priority,
        run_after=declared.run_after or moments.business(),
        unique_key=key,
        max_attempts=declared.attempts,
        lane=declared.lane.value,
        lease_seconds=declared.lease_seconds,
    )


def _asked_for_already(row: Job) -> Job:
    """The unfinished job that has this row's key; the row itself if that one has finished meanwhile."""
    with transaction.atomic():
        while True:
            same = Job.objects.filter(kind=row.kind, unique_key=row.unique_key, state__in=UNFINISHED)
            # locked until the caller commits: a waiting job cannot start before it can see what the caller wrote
            if known := same.select_for_update().first():
                if known.state == State.RUNNING and not known.again:
                    same.update(again=True)
                return known
            if statements.insert(row):
                return row


def _wake_after_commit() -> None:
    if registry.someone_listens():
        transaction.on_commit(registry.wake)


# --- claim -------------------------------------------------------------------------------------------------------


def anything_due(at: datetime | None = None, *, lane: Lane) -> bool:
    """Whether a claim would find something; a plain read, so that an idle worker takes no lock. One or two queries."""
    due = at or moments.business()
    return statements.anything_due(lane, due) or statements.any_lease_ended(lane, moments.real())


def claim(
    worker: str, *, limit: int = 1, at: datetime | None = None, lane: Lane | None = None, ended: bool = True
) -> list[Job]:
    """Take up to `limit` jobs that are due: `attempts` goes up, a lease starts. A read and mostly one update.

    `lane`: only its jobs; of all, by default, the next in their common order, a read more for each lane.
    `ended`: look for jobs whose lease has ended as well, a read more. One whose attempts are used up becomes failed.
    """
    due = at or moments.business()
    lanes = tuple(Lane) if lane is None else (lane,)
    with transaction.atomic():
        lost = [row for one in lanes for row in _lost(one, limit)][:limit] if ended else []
        ready: list[Job] = []
        if room := limit - len(lost):
            ready = [row for one in lanes for row in statements.ready(one, due, room)]
            ready.sort(key=lambda row: (-row.priority, row.run_after, row.id))
        taken = lost + ready[:room]
        if taken:
            _take(taken, worker, uuid7(), moments.real())
    return taken


def _lost(lane: Lane, limit: int) -> list[Job]:
    """Jobs whose lease ended, to be taken again; those that have no attempt left are marked as failed, unless somebody
    asked for them meanwhile: nobody else will do what he asked."""
    rows = statements.lost(lane, moments.real(), limit)
    for row in list(rows):
        if row.again:
            row.again, row.attempts = False, 0
            row.save(update_fields=["again"])
        elif row.attempts >= row.max_attempts:
            rows.remove(row)
            _to_failed(row, WorkerLost("the worker ended before the job did"))
    return rows


def _take(rows: Sequence[Job], worker: str, token: UUID, at: datetime) -> None:
    """Write down that this worker has them; jobs that are alike in what is written, as new ones are, in one update."""
    alike: dict[str, list[Job]] = {}
    for row in rows:
        row.state, row.token, row.worker = State.RUNNING, token, worker
        row.attempts += 1
        row.workers = [*row.workers, worker][-20:]
        row.started_at = row.heartbeat = at
        row.first_started_at = row.first_started_at or at
        row.lease_until = at + timedelta(seconds=row.lease_seconds)
        alike.setdefault(repr([getattr(row, name) for name in statements.CLAIMED]), []).append(row)
    for same in alike.values():
        statements.write_claim(same)


def _locked(rows: models.QuerySet[Job]) -> models.QuerySet[Job]:
    """Rows under a lock that no one else holds. SQLite has the whole database locked by now."""
    return rows.select_for_update(skip_locked=True)


# --- run and settle ----------------------------------------------------------------------------------------------


def current(row: Job) -> registry.CurrentJob:
    return registry.CurrentJob(row.id, row.message_id, row.kind, row.attempts, row.max_attempts)


def run_inside(row: Job, call: Callable[[], Any]) -> None:
    """Run a plain job in the transaction that marks it done. Raises what it raises, or LeaseLost; then nothing is."""
    with transaction.atomic(), registry.running(current(row)):
        _hold(row)
        _to_done(row, call())


def run_outside(row: Job, call: Callable[[], Any]) -> None:
    """Run a job that talks to the world, then mark it done if it is still ours, with what it has to write then. Raises
    what that raises, or LeaseLost."""
    settle(row, outside_part(row, call))


def outside_part(row: Job, call: Callable[[], Any]) -> Any:
    """What such a job does before its transaction; the answer is for `settle`.

    One that waited here beyond its lease, while the machine slept or the database was away, is not begun unless it is
    ours: another worker may have told the world already. Raises LeaseLost.
    """
    if row.lease_until is not None and row.lease_until < moments.real():
        with transaction.atomic():
            _hold(row)
    with registry.running(current(row)):
        return call()


def settle(row: Job, answer: Any) -> None:
    """Mark it done, with what it has to write. Raises what that raises, or LeaseLost; then nothing is written."""
    with transaction.atomic(), registry.running(current(row)):
        if isinstance(answer, registry.Afterwards):
            _hold(row)
            answer = answer.call()
        _to_done(row, answer)


def settle_together(ended: Iterable[tuple[Job, Any]], not_settled: Callable[[Job, Exception], None]) -> None:
    """Settle several in one transaction, each by itself: of one that fails only what `not_settled` writes stays."""
    with transaction.atomic():
        for row, answer in ended:
            try:
                settle(row, answer)
            except Exception as error:
                not_settled(row, error)


def fail(row: Job, error: BaseException) -> None:
    """Try again later, or give up: the state becomes ready with a wait, or failed. Silent if the lease is lost."""
    with transaction.atomic():
        try:
            mine = _fence(row)
        except LeaseLost:
            return
        if mine.attempts >= mine.max_attempts and not mine.again:
            _to_failed(mine, error)
            return
        mine.state = State.READY
        mine.run_after = moments.business() + backoff(mine.attempts, random.random())  # noqa: S311  # spread only
        if mine.again:
            mine.again, mine.attempts = False, 0
        _note(mine, error)
        _release(mine)
        mine.save()


def give_back(row: Job) -> None:
    """Return a claimed job that was not begun, as if it had not been claimed."""
    Job.objects.filter(id=row.id, token=row.token).update(
        state=State.READY, attempts=F("attempts") - 1, token=None, lease_until=None, again=False
    )


def keep(rows: Sequence[Job]) -> None:
    """The heartbeat: prolong these leases. A row locked by its own transaction is skipped; nobody can take that one.

    By id as well, since jobs that were claimed together have one token: one whose end could not be written down is held
    no more, though its like still run.
    """
    now, ids, tokens = moments.real(), [row.id for row in rows], {row.token for row in rows}
    with transaction.atomic():
        mine = Job.objects.filter(id__in=ids, token__in=tokens, state=State.RUNNING)
        kept = {row.id: now + timedelta(seconds=row.lease_seconds) for row in _locked(mine)}
        for row_id, until in kept.items():
            Job.objects.filter(id=row_id).update(heartbeat=now, lease_until=until)
    for row in rows:
        row.lease_until = kept.get(row.id, row.lease_until)


def _hold(row: Job) -> None:
    """Lock the row of a running job to the end of the transaction. Raises LeaseLost."""
    if not statements.lock(row):
        raise LeaseLost(str(row.id))


def _fence(row: Job) -> Job:
    try:
        return Job.objects.select_for_update().get(id=row.id, token=row.token, state=State.RUNNING)
    except Job.DoesNotExist:
        raise LeaseLost(str(row.id)) from None


def _to_done(row: Job, answer: Any) -> None:
    """One statement, unless it was asked for again while it ran, itself perhaps having asked. Raises LeaseLost."""
    if statements.finish(row, at=moments.real(), answer=json.loads(json.dumps(answer))):
        return
    mine = _fence(row)  # still ours: then it was asked for again
    mine.again, mine.state, mine.attempts, mine.run_after = False, State.READY, 0, moments.business()
    mine.error_class = mine.error_message = mine.error_where = ""
    _release(mine)
    mine.save()


def _to_failed(row: Job, error: BaseException) -> None:
    row.state, row.finished_at = State.FAILED, moments.real()
    _note(row, error)
    _release(row)
    row.save()


def _release(row: Job) -> None:
    row.token = row.lease_until = None


def _note(row: Job, error: BaseException) -> None:
    row.error_class, row.error_message, row.error_where = describe(error)


def describe(error: BaseException) -> tuple[str, str, str]:
    """Class, redacted message, and the innermost place of an error. Never its values."""
    kind = type(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename.rpartition('tongqu/')[2]}:{frames[-1].lineno} {frames[-1].name}" if frames else ""
    return f"{kind.__module__}.{kind.__qualname__}"[:200], redact(str(error)), where[-200:]


# --- what people do with failed jobs -------------------------------------------------------------------------------


def run_again(job_id: UUID) -> bool:
    """Give a failed or abandoned job all its attempts again, under the same message id. False if it is not one.

    Callers ask for permission: see `acts.operations.rerun_job`. A unique key stays free if a newer job took it.
    """
    with transaction.atomic():
        row = Job.objects.select_for_update().filter(id=job_id, state__in=[State.FAILED, State.ABANDONED]).first()
        if row is None:
            return False
        taken = Job.objects.filter(kind=row.kind, unique_key=row.unique_key, state__in=UNFINISHED).exists()
        if row.unique_key is not None and taken:
            return False
        row.state, row.attempts, row.run_after, row.finished_at = State.READY, 0, moments.business(), None
        row.save()
    _wake_after_commit()
    return True


def run_all_again(kind: str, *, most: int) -> list[UUID]:
    """`run_again` for up to so many failed jobs of a kind, the oldest first; which ones. Callers ask for permission."""
    with transaction.atomic():
        failed = Job.objects.filter(kind=kind, state=State.FAILED).order_by("id").values_list("id", flat=True)
        return [job_id for job_id in list(failed[:most]) if run_again(job_id)]


def abandon(job_id: UUID) -> bool:
    """Lay a failed job aside for good. False if it is not failed. Callers ask for permission."""
    return bool(Job.objects.filter(id=job_id, state=State.FAILED).update(state=State.ABANDONED))


def release_of(worker: str) -> int:
    """End the leases of a worker that is known to be dead, so that its work goes on at once."""
    return Job.objects.filter(state=State.RUNNING, worker=worker).update(lease_until=moments.real())


def purge(older_than: timedelta) -> int:
    """Delete finished jobs of the past; failed ones stay until a person has looked at them."""
    return Job.objects.filter(state=State.DONE, finished_at__lt=moments.real() - older_than).delete()[0]
