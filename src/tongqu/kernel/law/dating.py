"""The dates of a clock worked out from what it keeps and the calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from tongqu.kernel.law import register
from tongqu.kernel.law.calendar import Calendar
from tongqu.kernel.law.rules import Extension, Pause, Period, due


class Dated(Period, Protocol):
    """What decides a clock's dates, and the dates that it has. A clock is one; so is a row that holds no more."""

    started_at: datetime
    promise_quantity: int | None
    promise_unit: str
    due_at: datetime
    provisional: bool
    promised_due_at: datetime | None

    @property
    def pause_list(self) -> list[Pause]: ...
    @property
    def extension_list(self) -> list[Extension]: ...


class Dates(NamedTuple):
    due_at: datetime
    provisional: bool
    promised_due_at: datetime | None


def dates(clock: Dated) -> Dates:
    """Those that the clock has."""
    return Dates(clock.due_at, clock.provisional, clock.promised_due_at)


def dates_at(clock: Dated, at: datetime, *, calendar: Calendar | None = None) -> Dates:
    """Those that it should have at `at`, by the calendar as it is now unless one is given."""
    calendar, pauses = calendar or register.calendar(), clock.pause_list
    answer = due(clock, clock.started_at, pauses=pauses, extensions=clock.extension_list, calendar=calendar, as_of=at)
    promised = clock.promised_due_at
    if clock.promise_quantity is not None:
        promise = _Promise(clock.promise_quantity, clock.promise_unit, promise_days(clock))
        promised = due(promise, clock.started_at, pauses=pauses, calendar=calendar, as_of=at).at
    return Dates(answer.at, answer.provisional, promised)


def before_extension(clock: Dated, at: datetime) -> datetime:
    """When the clock would have run out if it had not been extended the last time, at `at`."""
    extensions, calendar = clock.extension_list[:-1], register.calendar()
    begun = [pause for pause in clock.pause_list if pause.start < at]
    pauses = [replace(pause, end=None) if pause.end and pause.end > at else pause for pause in begun]
    return due(clock, clock.started_at, pauses=pauses, extensions=extensions, calendar=calendar, as_of=at).at


def if_extended(clock: Dated, quantity: int, unit: str, at: datetime) -> Dates:
    """The dates it would have, extended by so much at `at`. For somebody who is about to decide that."""
    more = Extension("", quantity, unit, "", "", at)
    extensions, calendar = [*clock.extension_list, more], register.calendar()
    answer = due(clock, clock.started_at, pauses=clock.pause_list, extensions=extensions, calendar=calendar, as_of=at)
    return Dates(answer.at, answer.provisional, clock.promised_due_at)


def work_out(clock: Dated, at: datetime, *, calendar: Calendar | None = None) -> None:
    """Set the dates of a clock to those that it should have. Does not save."""
    clock.due_at, clock.provisional, clock.promised_due_at = dates_at(clock, at, calendar=calendar)


@dataclass(frozen=True, slots=True)
class _Promise:
    """The promised time as a period of its own: the same day type as the law where both are in days."""

    quantity: int
    unit: str
    day_type: str
    direction: str = "after"
    rolls: bool = True
    ends: str = "day"


def promise_days(clock: Dated) -> str:
    """The day type of the promised time."""
    if clock.promise_unit == "hour":
        return (clock.day_type or "") if clock.unit == "hour" else "hour"
    return (clock.day_type or "") if clock.promise_unit == clock.unit else "calendar"
