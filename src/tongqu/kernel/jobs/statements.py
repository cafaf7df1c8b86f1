"""The statements that every job costs, in plain SQL: through the ORM each takes longer to put together than to run.

All work on both databases. `queue.py` says when; what they write is in `models.Job`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Field

from tongqu.kernel.jobs.models import Job
from tongqu.kernel.jobs.rules import Lane

_MINE = "id = %s AND token = %s AND state = 'running'"
_LOCK = f"SELECT 1 FROM jobs_job WHERE {_MINE}"  # noqa: S608  # no value in it
_FINISH = f"""UPDATE jobs_job SET state = 'done', finished_at = %s, answer = %s, token = NULL, lease_until = NULL,
error_class = '', error_message = '', error_where = '' WHERE {_MINE} AND NOT again"""  # noqa: S608

# each lane's jobs are looked for apart: many in one keep none in another waiting
_DUE = "state = 'ready' AND lane = %s AND run_after <= %s"
_ENDED = "state = 'running' AND lane = %s AND lease_until < %s"
_READY = f"SELECT * FROM jobs_job WHERE {_DUE} ORDER BY priority DESC, run_after, id LIMIT %s"  # noqa: S608
_LOST = f"SELECT * FROM jobs_job WHERE {_ENDED} ORDER BY lease_until LIMIT %s"  # noqa: S608

CLAIMED = (
    "state", "attempts", "token", "worker", "workers", "started_at", "heartbeat", "first_started_at", "lease_until",
)  # fmt: skip


def anything_due(lane: Lane, at: datetime) -> bool:
    """Whether a job waits in this lane that may run by then. One query."""
    return _any(_DUE, lane.value, _value("run_after", at))


def any_lease_ended(lane: Lane, at: datetime) -> bool:
    """Whether a job runs in this lane whose lease has ended by then. One query."""
    return _any(_ENDED, lane.value, _value("lease_until", at))


def ready(lane: Lane, at: datetime, limit: int) -> list[Job]:
    """Up to so many waiting jobs of this lane that may run by then, the next first, locked where rows are locked."""
    return _rows(_READY, lane.value, _value("run_after", at), limit)


def lost(lane: Lane, at: datetime, limit: int) -> list[Job]:
    """Up to so many running jobs of this lane whose lease has ended by then, the oldest first, locked likewise."""
    return _rows(_LOST, lane.value, _value("lease_until", at), limit)


def write_claim(rows: Sequence[Job]) -> None:
    """Write the columns in CLAIMED, which are the same for all of these."""
    changes = ", ".join(f"{name} = %s" for name in CLAIMED)
    marks = ", ".join(["%s"] * len(rows))
    given = [_value(name, getattr(rows[0], name)) for name in CLAIMED] + [_value("id", row.id) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE jobs_job SET {changes} WHERE id IN ({marks})", given)  # noqa: S608  # no value in it


def insert(row: Job) -> bool:
    """Write a new job. False, and nothing is written, when an unfinished one has its unique key."""
    fields = _fields()
    with connection.cursor() as cursor:
        cursor.execute(_insertion(), [_prepared(field, getattr(row, field.attname)) for field in fields])
        written = bool(cursor.rowcount == 1)
    if written:
        row._state.adding, row._state.db = False, connection.alias
    return written


def insert_many(rows: Sequence[Job]) -> None:
    """Write new jobs that have no unique key, all of them or none."""
    if not rows:
        return
    fields = _fields()
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.executemany(
            _insertion(), [[_prepared(field, getattr(row, field.attname)) for field in fields] for row in rows]
        )


def lock(row: Job) -> bool:
    """Lock the row until the transaction ends, where the database locks rows. False when the lease is not ours now."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK + (" FOR UPDATE" if connection.features.has_select_for_update else ""), _mine(row))
        return cursor.fetchone() is not None


def finish(row: Job, *, at: datetime, answer: Any) -> bool:
    """Mark the job done. False, and nothing is written, when its lease is no longer ours or it was asked for again."""
    with connection.cursor() as cursor:
        cursor.execute(_FINISH, [_value("finished_at", at), _value("answer", answer), *_mine(row)])
        return bool(cursor.rowcount == 1)


def _any(which: str, *values: Any) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM jobs_job WHERE {which} LIMIT 1", values)  # noqa: S608  # no value in it
        return cursor.fetchone() is not None


def _rows(query: str, *values: Any) -> list[Job]:
    """Rows that nobody else has locked. SQLite has the whole database locked by now."""
    locking = " FOR UPDATE SKIP LOCKED" if connection.features.has_select_for_update_skip_locked else ""
    return list(Job.objects.raw(query + locking, values))


@cache
def _insertion() -> str:
    columns = [str(field.column) for field in _fields()]
    marks = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO jobs_job ({', '.join(columns)}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608


@cache
def _fields() -> tuple[Field[Any, Any], ...]:
    return tuple(Job._meta.concrete_fields)


def _mine(row: Job) -> list[Any]:
    return [_value("id", row.id), _value("token", row.token)]


def _value(name: str, value: Any) -> Any:
    return _prepared(Job._meta.get_field(name), value)


def _prepared(field: Any, value: Any) -> Any:
    return field.get_db_prep_save(value, connection)
