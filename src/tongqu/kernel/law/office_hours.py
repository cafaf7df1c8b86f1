"""Time counted in the hours in which offices are open: periods of working hours, and days that end at the close (T2).

The hours are a setting of the node (`TQ_OFFICE_HOURS`), the same on every working day. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Protocol

Span = tuple[time, time]
Stretch = tuple[datetime, datetime]


class Days(Protocol):
    """What is needed of a calendar."""

    @property
    def hours(self) -> Sequence[Span]: ...
    def working_from(self, ordinal: int) -> int: ...


def read(text: str) -> tuple[Span, ...]:
    """“09:00-12:00,13:30-17:30” as spans. Raises ValueError unless each ends after it begins, in order."""
    try:
        ends = [tuple(time.fromisoformat(one.strip()) for one in part.split("-")) for part in text.split(",")]
        spans = [(first, last) for first, last in ends]
    except ValueError:
        raise ValueError(f"office hours are written 09:00-12:00,13:30-17:30, not {text!r}") from None
    flat = [moment for span in spans for moment in span]
    if any(a >= b for a, b in pairwise(flat)):
        raise ValueError(f"office hours must follow each other: {text!r}")
    return tuple(spans)


USUAL = read("09:00-12:00,13:30-17:30")


def said(spans: Iterable[Span]) -> str:
    """9:00–12:00 and 13:30–17:30, for people."""
    return " ".join(f"{a.hour}:{a:%M}–{b.hour}:{b:%M}" for a, b in spans)


def close(day: date, calendar: Days, zone: object) -> datetime:
    """When offices close on this day."""
    return datetime.combine(day, calendar.hours[-1][1], zone)  # type: ignore[arg-type]


def later(start: datetime, hours: int, stopped: Iterable[Stretch], calendar: Days) -> datetime:
    """`hours` of office time after `start` (in local time); `stopped` stretches are not counted. A moment at which an
    office closes is the end of that stretch, not the beginning of the next. Raises ValueError beyond the calendar."""
    left = timedelta(hours=hours)
    if not left:
        return start
    pauses = sorted(stopped)
    for begin, end in _open(start, calendar):
        for a, b in _without(begin, end, pauses):
            if b - a >= left:
                return a + left
            left -= b - a
    raise AssertionError("the calendar ends with ValueError")


def _open(start: datetime, calendar: Days) -> Iterator[Stretch]:
    """Every stretch in which offices are open, from `start` on."""
    day = start.toordinal()
    while True:
        day = calendar.working_from(day)
        for opens, closes in calendar.hours:
            a = datetime.combine(date.fromordinal(day), opens, start.tzinfo)
            b = datetime.combine(date.fromordinal(day), closes, start.tzinfo)
            if b > start:
                yield max(a, start), b
        day += 1


def _without(begin: datetime, end: datetime, pauses: list[Stretch]) -> Iterator[Stretch]:
    """What is left of a stretch outside the pauses (in order of their beginnings)."""
    for first, last in pauses:
        if last <= begin or first >= end:
            continue
        if first > begin:
            yield begin, first
        begin = max(begin, last)
        if begin >= end:
            return
    yield begin, end
