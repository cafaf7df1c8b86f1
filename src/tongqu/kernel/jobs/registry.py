"""How work is declared and asked for.

    @job("notices.send_sms", attempts=8, lane=Lane.CALLING)
    def send_sms(*, delivery_id: str) -> None: ...

    send_sms.enqueue(delivery_id=str(id))                                     # in the caller's transaction
    send_sms.using(run_after=tomorrow, unique_key=str(id)).enqueue(delivery_id=str(id))

    @every("law.sweep", seconds=5)
    def sweep() -> None: ...

A plain job runs inside the transaction that marks it done: a crash means that nothing happened and it runs again, so
its effect in our database happens exactly once. It must be short, and must not talk to the world. A job in another
lane runs outside a transaction and may run more than once; its receiver tells repeats by `current_job().message_id`,
which stays the same. What it has to write down in the end it gives back as `Afterwards`: that is done in the
transaction that marks the job done, so exactly once. `Lane.CALLING` is for jobs that talk to the world, `Lane.MAKING`
for those that take a while on this machine: neither keeps the other waiting. A schedule runs in one worker at a time,
outside a transaction.

Arguments are plain JSON and hold ids and codes, never personal values: the table is not encrypted.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from functools import cache
from typing import Any, Generic, ParamSpec, TypeVar
from uuid import UUID

from tongqu.kernel.jobs.rules import Lane, time_of_day

P = ParamSpec("P")
R = TypeVar("R")
Key = str | Callable[..., str] | None


class UnknownJob(LookupError):
    """A row names a job that no room of this version declares."""


@dataclass(frozen=True, slots=True)
class CurrentJob:
    """What a running job may know of itself."""

    id: UUID
    message_id: UUID
    kind: str
    attempt: int
    max_attempts: int

    @property
    def is_last_attempt(self) -> bool:
        return self.attempt >= self.max_attempts


_current: ContextVar[CurrentJob] = ContextVar("tongqu_job")


def current_job() -> CurrentJob:
    """The job that is running. Raises LookupError outside one."""
    return _current.get()


@contextmanager
def running(job: CurrentJob) -> Iterator[None]:
    """Inside, `current_job()` is this one: for the worker, and for tests that call a job's function."""
    token = _current.set(job)
    try:
        yield
    finally:
        _current.reset(token)


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What an outside job gives back for the transaction that marks it done."""

    call: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class JobFunction(Generic[P, R]):
    """A declared job. Calling it runs the function here and now; `enqueue` leaves it to the worker."""

    name: str
    function: Callable[P, R]
    attempts: int = 5
    unique: Key = None
    lane: Lane = Lane.PLAIN
    lease_seconds: int = 60
    priority: int = 0
    run_after: datetime | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        answer = self.function(*args, **kwargs)
        if isinstance(answer, Afterwards):
            answer.call()
        return answer

    def using(
        self, *, run_after: datetime | None = None, priority: int | None = None, unique_key: Key = None
    ) -> JobFunction[P, R]:
        """The same job, to be enqueued later, sooner than others (-100 … 100, high first), or once while unfinished."""
        return replace(
            self,
            run_after=run_after or self.run_after,
            priority=self.priority if priority is None else priority,
            unique=unique_key or self.unique,
        )

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> UUID:
        """Write the job in the caller's transaction and return its id.

        With a unique key, an unfinished job of this key is returned instead; one that is running will run once more,
        because what it read may be older than what the caller has just written. Raises TypeError for arguments that
        the function does not take or JSON cannot hold.
        """
        from tongqu.kernel.jobs import queue

        if args:
            raise TypeError(f"{self.name}: keyword arguments only")
        return queue.put(self, dict(kwargs))

    def enqueue_many(self, many: Iterable[dict[str, Any]]) -> list[UUID]:
        """As `enqueue` for each, in one insert; for jobs without a unique key."""
        from tongqu.kernel.jobs import queue

        return queue.put_many(self, list(many))

    def key_of(self, kwargs: dict[str, Any]) -> str | None:
        """The unique key for these arguments: a text with {argument} places, or a function of them."""
        if callable(self.unique):
            return self.unique(**kwargs)
        return self.unique.format(**kwargs) if self.unique else None

    def check(self, kwargs: dict[str, Any]) -> None:
        _signature(self.function).bind(**kwargs)


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


@dataclass(frozen=True, slots=True)
class ScheduledFunction:
    """A declared schedule: each `seconds`, or once a day at a time in the house's time zone."""

    name: str
    function: Callable[[], object]
    seconds: float | None = None
    daily_at: time | None = None

    def __call__(self) -> None:
        self.function()


_jobs: dict[str, JobFunction[Any, Any]] = {}
_schedules: dict[str, ScheduledFunction] = {}


def job(
    name: str,
    *,
    attempts: int = 5,
    unique: Key = None,
    lane: Lane = Lane.PLAIN,
    lease_seconds: int = 60,
) -> Callable[[Callable[P, R]], JobFunction[P, R]]:
    """Declare a function of keyword arguments as the job `room.name`. See the module's docstring."""

    def declare(function: Callable[P, R]) -> JobFunction[P, R]:
        declared = JobFunction(name, function, attempts, unique, lane, lease_seconds)
        known = _jobs.setdefault(name, declared)
        if known.function is not function and known.function.__module__ != function.__module__:
            raise ValueError(f"job declared twice: {name}")
        _jobs[name] = declared
        return declared

    return declare


def every(
    name: str, *, seconds: float | None = None, daily_at: str | None = None
) -> Callable[[Callable[[], object]], ScheduledFunction]:
    """Declare a function as a schedule: `seconds=5`, or `daily_at="02:00"`. Exactly one of the two."""
    if (seconds is None) == (daily_at is None):
        raise ValueError(f"{name}: say either seconds or daily_at")

    def declare(function: Callable[[], object]) -> ScheduledFunction:
        declared = ScheduledFunction(name, function, seconds, time_of_day(daily_at) if daily_at else None)
        _schedules[name] = declared
        return declared

    return declare


def job_named(name: str) -> JobFunction[Any, Any]:
    try:
        return _jobs[name]
    except KeyError:
        raise UnknownJob(name) from None


def all_schedules() -> dict[str, ScheduledFunction]:
    return dict(_schedules)


@dataclass(slots=True)
class _Listeners:
    """Workers of this process that want to hear at once of new work."""

    calls: list[Callable[[], None]] = field(default_factory=list)


_listeners = _Listeners()


def listen(call: Callable[[], None]) -> Callable[[], None]:
    """Call `call` whenever work is committed in this process; returns how to stop it."""
    _listeners.calls.append(call)
    return lambda: _listeners.calls.remove(call)


def someone_listens() -> bool:
    return bool(_listeners.calls)


def wake() -> None:
    """Tell the workers of this process that there may be work."""
    for call in list(_listeners.calls):
        call()
