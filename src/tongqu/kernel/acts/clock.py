"""The one clock. All code takes time from `now()`; only tests and the demonstration may set it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
_frozen: ContextVar[datetime | None] = ContextVar("tongqu_now", default=None)
_cached: tuple[int, timedelta] = (-1, timedelta(0))


def now() -> datetime:
    """The present as an aware UTC datetime."""
    if frozen := _frozen.get():
        return frozen
    return datetime.now(UTC) + _demo_offset()


def today() -> datetime:
    """The present in Asia/Shanghai, for calendar questions."""
    return now().astimezone(SHANGHAI)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """For tests: inside, `now()` is this moment."""
    if moment.tzinfo is None:
        raise ValueError("an aware datetime is needed")
    token = _frozen.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.reset(token)


def set_demo_offset(offset: timedelta) -> None:
    """For the demonstration: shift the clock of every process that shares this data folder."""
    if settings.TQ_CLOCK_FILE is None:
        raise RuntimeError("the clock can be moved in the demonstration only")
    temporary = settings.TQ_CLOCK_FILE.with_suffix(".new")
    temporary.write_text(json.dumps({"seconds": offset.total_seconds()}))
    temporary.replace(settings.TQ_CLOCK_FILE)


def demo_offset() -> timedelta:
    return _demo_offset()


def _demo_offset() -> timedelta:
    """Read from the file that all processes of a demonstration share; one stat() a call."""
    global _cached
    if settings.TQ_CLOCK_FILE is None:
        return timedelta(0)
    try:
        stamp = settings.TQ_CLOCK_FILE.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta(0)
    if _cached[0] != stamp:
        seconds = json.loads(settings.TQ_CLOCK_FILE.read_text())["seconds"]
        _cached = (stamp, timedelta(seconds=seconds))
    return _cached[1]
