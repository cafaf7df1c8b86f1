"""A second, naive opinion on due dates: it walks day by day and knows nothing of indexes. For tests only."""

from __future__ import annotations

import calendar as months
from datetime import UTC, date, datetime, time, timedelta

from tongqu.kernel.law.rules import CHINA, Calendar, Pause, Period

ONE = timedelta(days=1)


def touched(day: date, pause: Pause) -> bool:
    """Whether any instant of the Shanghai day lies in the pause (which holds its start, not its end)."""
    midnight = datetime.combine(day, time(), CHINA)
    return pause.end is not None and pause.start < pause.end and pause.start < midnight + ONE and pause.end > midnight


def works(day: date, calendar: Calendar) -> bool:
    year = calendar.years.get(day.year)
    if year:
        if day in year.workdays:
            return True
        if any(h.start <= day <= h.end for h in year.holidays):
            return False
    return day.weekday() < 5


def last_day(period: Period, start: datetime, pauses: list[Pause], calendar: Calendar) -> date:
    day = start.astimezone(CHINA).date()
    left = period.quantity or 0
    working = period.day_type == "working"
    if period.unit in {"month", "year"}:
        end = day
        for _ in range(left * (12 if period.unit == "year" else 1)):
            year, month = (end.year, end.month + 1) if end.month < 12 else (end.year + 1, 1)
            end = date(year, month, 1)
        end = date(end.year, end.month, min(day.day, months.monthrange(end.year, end.month)[1]))
        left = (end - day).days
    while left:
        day += ONE
        if any(touched(day, p) for p in pauses) or (working and not works(day, calendar)):
            continue
        left -= 1
    if period.rolls and not working:
        while not works(day, calendar) or (day != start.astimezone(CHINA).date() and _rolling(day, pauses)):
            day += ONE
    return day


def _rolling(day: date, pauses: list[Pause]) -> bool:
    return any(touched(day, p) for p in pauses)


def last_instant(day: date) -> datetime:
    return (datetime.combine(day + ONE, time(), CHINA) - timedelta(microseconds=1)).astimezone(UTC)
