"""What a rule is, and when a period ends. Pure: values in, values out, no database and no clock of its own.

`due()` obeys the rows of `data/rules/counting.yaml`:

- T1: the day on which the period starts is not counted; hours run from the moment itself.
- T2: if the last day is a rest day the period ends on the next working day (unless the rule says `rolls: false`, as
  bans and terms of validity do). The last day ends at 24:00 in Shanghai, or when offices close (`ends: close`).
- T3: months and years end on the corresponding day, else on the last day of that month; backwards too.
- Working days: T4 to T8 say which periods; T9 and the calendar say which days.

Pauses. A pause runs from one instant to another. Every Shanghai day that it touches, in whole or in part, is not
counted (one that ends at 00:00 does not touch that day; one of no length touches none). A month or a year is first
turned into its number of days and then treated the same. Periods of hours and minutes stop for exactly as long as the
pause lasts; those of working hours run only while offices are open, on working days (`office_hours`).
An open pause counts as lasting until `as_of`; the date is then only the earliest possible one and `Due.paused` says so.
Pausing can therefore only move a date later, and cutting one pause into two that meet changes nothing.

Extensions add their quantity to the rule's, in its own unit and day type.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol

from tongqu.kernel.law import office_hours
from tongqu.kernel.law.calendar import CHINA, Calendar, CalendarYear, DayKind, Holiday

__all__ = [
    "CHINA", "Authority", "Calendar", "CalendarYear", "DayKind", "DeclaredExtension", "Due", "Extension", "Holiday",
    "Pause", "Period", "Rule", "Spans", "china_date", "due", "paused_days", "plain_days", "titled",
]  # fmt: skip

RUNNING_ON = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}  # units that run on, day and night

Spans = list[tuple[int, int]]  # first and last day (ordinals), ascending, apart from each other


@dataclass(frozen=True, slots=True)
class DeclaredExtension:
    """By how much a period may be extended, who must approve, and how often.

    `needs`: head, disclosure_head, government_head, authority.
    """

    quantity: int
    needs: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Authority:
    """Why a rule is otherwise in one region (twelve digits; places inside it are covered).

    `basis`: pilot (L35) or local. `base`: the version that it stands in for, as `L7@行政许可法-2019`.
    """

    basis: str
    region: str
    base: str
    instrument: str
    article: str
    organ: str
    issued: date
    rank: str = "normative_document"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the register, as in `schemas/rules.schema.json`. What (rule_id, version) says never changes."""

    rule_id: str
    version: str
    instrument: str
    article: str
    effective_from: date | None
    effective_to: date | None
    subject: str
    trust: str
    summary: Mapping[str, str]
    rank: str = "law"
    instrument_en: str = ""
    place: str = ""
    trust_note: Mapping[str, str] | None = None
    trigger: str | None = None
    quantity: int | None = None
    unit: str = "none"
    day_type: str | None = None
    bound: str = "at_most"
    direction: str = "after"
    rolls: bool = True
    ends: str = "day"
    on_miss: str | None = None
    on_miss_rule: str | None = None
    extension: DeclaredExtension | None = None
    paused_by: tuple[str, ...] = ()
    working_days: tuple[int, ...] = ()  # of a row on counting: just these numbers of days are working days (T5)
    specialises: tuple[str, ...] = ()
    yields_to: tuple[str, ...] = ()
    adjustable: tuple[str, ...] = ()
    part_of: str | None = None
    parts: tuple[str, ...] = ()
    package: str = ""
    digest: str = ""
    authority: Authority | None = None

    @property
    def cite(self) -> str:
        """How an event names the rule: `L7@行政许可法-2019`."""
        return f"{self.rule_id}@{self.version}"

    @property
    def source(self) -> str:
        """《中华人民共和国行政许可法》第42条第1款"""
        return titled(self.instrument, self.article)

    @property
    def is_period(self) -> bool:
        return self.quantity is not None and self.unit in {"minute", "hour", "day", "month", "year"}

    def in_force(self, on: date) -> bool:
        started = self.effective_from is None or self.effective_from <= on
        return started and (self.effective_to is None or on <= self.effective_to)

    @property
    def withdrawn(self) -> bool:
        """Whether it was ended before it began, as only one set otherwise in a region can be: never in force."""
        return bool(self.effective_from and self.effective_to and self.effective_to < self.effective_from)


class Period(Protocol):
    """What `due` needs to know: a rule has it, and so has a running clock with the numbers frozen into it."""

    @property
    def quantity(self) -> int | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def day_type(self) -> str | None: ...
    @property
    def direction(self) -> str: ...
    @property
    def rolls(self) -> bool: ...
    @property
    def ends(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Pause:
    """Time that is not counted, on a coded ground. `end` None: it still lasts."""

    ground: str
    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension that was approved: by whom, why and when."""

    rule_id: str
    quantity: int
    unit: str
    approver: str
    reason: str
    at: datetime


class Due(NamedTuple):
    """When the period ends: `at` is the last instant of `last_day` (UTC).

    `provisional`: it rests on days past the loaded calendar years, so nothing may follow from it.
    `paused`: a pause still lasts and this is only the earliest the period can end.
    """

    at: datetime
    last_day: date
    provisional: bool = False
    paused: bool = False


def due(
    period: Period,
    start: datetime,
    *,
    pauses: Iterable[Pause] = (),
    extensions: Iterable[Extension] = (),
    calendar: Calendar,
    as_of: datetime | None = None,
) -> Due:
    """The end of the period that starts at `start` (aware). See the module's docstring for how days are counted.

    Raises ValueError for a rule without a period, a naive `start`, an extension in another unit, a pause of a period
    that counts backwards, hours that do, and a date outside the calendar.
    """
    total = period.quantity
    unit = period.unit
    if total is None or start.tzinfo is None:
        raise ValueError("a rule with a quantity and an aware start are needed")
    for extension in extensions:
        if extension.unit != unit:
            raise ValueError("an extension is in the unit of its rule")
        total += extension.quantity
    stopped = list(pauses) if pauses else []
    is_open = any(p.end is None for p in stopped) if stopped else False
    if unit in RUNNING_ON and period.direction == "before":
        raise ValueError("a period that counts backwards is in days, months or years")
    if unit == "hour" and period.day_type == "working":
        return _working_hours_later(start, total, stopped, calendar, as_of)
    if unit in RUNNING_ON:
        at = _hours_later(start, RUNNING_ON[unit] * total, stopped, as_of)
        return Due(at, china_date(at), False, is_open)
    first = start.astimezone(CHINA).toordinal()
    spans = paused_days(stopped, as_of) if stopped else []
    if period.direction == "before":
        if stopped:
            raise ValueError("a period that counts backwards cannot be paused")
        return _before(period, first, total, calendar)
    if unit == "day" and period.day_type == "working":
        last = _working_days_later(first, total, spans, calendar)
        unsure = not calendar.known(first + 1, last) if last > first else False
    else:
        tentative = _days_later(first, plain_days(unit, total, first), spans)
        last = _rolled(tentative, spans, calendar) if period.rolls else tentative
        unsure = period.rolls and not calendar.known(tentative, last)
    day, at = calendar.end_of(last)
    return Due(calendar.close_of(day) if period.ends == "close" else at, day, unsure, is_open)


def titled(instrument: str, article: str) -> str:
    """As Chinese texts cite: 《中华人民共和国行政许可法》第42条, 《…规定》（国务院令第716号）第7条, GB/T 39734-2020."""
    if not instrument:
        return ""
    name, bracket, number = instrument.partition("（")
    shown = name if name.isascii() or "《" in name else f"《{name}》"
    return f"{shown}{bracket}{number}{article}"


def china_date(moment: datetime) -> date:
    """The date in Shanghai at this moment."""
    return moment.astimezone(CHINA).date()


def plain_days(unit: str, quantity: int, first: int) -> int:
    """How many days a period of days, months or years has that starts on the day `first` (T3); back if negative."""
    if unit == "day":
        return quantity
    if unit not in {"month", "year"}:
        raise ValueError(f"not a unit of time: {unit}")
    start = date.fromordinal(first)
    months = start.year * 12 + start.month - 1 + quantity * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day).toordinal() - first


def paused_days(pauses: Iterable[Pause], as_of: datetime | None = None) -> Spans:
    """The days that the pauses touch, merged. An open pause touches its first day and all to `as_of`."""
    touched: Spans = []
    for pause in pauses:
        begin = pause.start.astimezone(CHINA)
        if pause.end is None:
            until = max(pause.start, as_of or pause.start).astimezone(CHINA).toordinal()
        elif pause.end <= pause.start:
            continue
        else:
            until = (pause.end - timedelta(microseconds=1)).astimezone(CHINA).toordinal()
        touched.append((begin.toordinal(), until))
    touched.sort()
    merged: Spans = []
    for begin_day, end_day in touched:
        if merged and begin_day <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end_day))
        else:
            merged.append((begin_day, end_day))
    return merged


def _working_days_later(first: int, total: int, spans: Spans, calendar: Calendar) -> int:
    if total == 0:
        return first
    number = calendar.working_upto(first) + total
    for begin, end in spans:
        begin = max(begin, first + 1)
        if begin > calendar.working_day(number):
            break
        if end >= begin:
            number += calendar.working_upto(end) - calendar.working_upto(begin - 1)
    return calendar.working_day(number)


def _days_later(first: int, total: int, spans: Spans) -> int:
    last = first + total
    for begin, end in spans:
        begin = max(begin, first + 1)
        if begin > last:
            break
        if end >= begin:
            last += end - begin + 1
    return last


def _rolled(last: int, spans: Spans, calendar: Calendar) -> int:
    """T2: the next working day that is not paused, if `last` is a rest day."""
    moved = calendar.working_from(last)
    if moved == last:
        return last
    for begin, end in spans:
        if begin <= moved <= end:
            moved = calendar.working_from(end + 1)
    return moved


def _working_hours_later(
    start: datetime, hours: int, pauses: list[Pause], calendar: Calendar, as_of: datetime | None
) -> Due:
    stopped = [
        (p.start.astimezone(CHINA), (max(p.start, as_of or p.start) if p.end is None else p.end).astimezone(CHINA))
        for p in pauses
    ]
    begun = start.astimezone(CHINA)
    at = office_hours.later(begun, hours, stopped, calendar)
    unsure = not calendar.known(begun.toordinal(), at.toordinal())
    return Due(at.astimezone(UTC), at.date(), unsure, any(p.end is None for p in pauses))


def _hours_later(start: datetime, length: timedelta, pauses: list[Pause], as_of: datetime | None) -> datetime:
    end = start.astimezone(UTC) + length
    reached = start
    for pause in sorted(pauses, key=lambda p: p.start):
        until = pause.end if pause.end is not None else max(pause.start, as_of or pause.start)
        begin = max(pause.start, reached)
        if begin >= end:
            break
        if until > begin:
            end += until - begin
            reached = until
    return end


def _before(period: Period, event: int, total: int, calendar: Calendar) -> Due:
    """The last day on which something may be done that must be done so long before `event`, which is not counted.

    It is not moved when it is a rest day: later would be too late, and the law moves no day earlier.
    """
    if period.unit == "day" and period.day_type == "working":
        last = calendar.working_day(calendar.working_upto(event - 1) - total + 1) if total else event
        unsure = not calendar.known(last, event - 1) if total else False
    else:
        last, unsure = event + plain_days(period.unit, -total, event), False
    day, at = calendar.end_of(last)
    return Due(at, day, unsure, False)
