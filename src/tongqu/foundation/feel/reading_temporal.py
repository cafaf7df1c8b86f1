"""The texts of dates, times and durations: strict, as XML Schema and DMN 1.5 (10.3.2.3) have them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from tongqu.foundation.feel.temporal import (
    DAY,
    MOST_YEARS,
    NANOS,
    UTC,
    Date,
    DateTime,
    DaysTime,
    Duration,
    Temporal,
    Time,
    YearsMonths,
    Zone,
    of_day_number,
    zone_info,
)

T = TypeVar("T")
# Anchored, with no part that can match in two ways: linear on any text.
_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,30}))?(.{0,80})", re.ASCII | re.DOTALL)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_YM = re.compile(r"(-?)P(?:([0-9]{1,12})Y)?(?:([0-9]{1,12})M)?", re.ASCII)
_DT = re.compile(
    r"(-?)P(?:([0-9]{1,18})D)?(?:T(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18})(?:\.([0-9]{0,30}))?S)?)?",
    re.ASCII,
)
MOST_OFFSET = 18 * 3600  # in real use -12 to +14 hours; what other engines accept


def read_date(text: str) -> Date | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    sign, year, month, day = found.groups()
    return _made(Date, int(f"{sign}{year}"), int(month), int(day))


def read_time(text: str) -> Time | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second, fraction, rest = found.groups()
    zone, fits = read_zone(rest)
    if not fits:
        return None
    nanos = int((fraction or "0")[:9].ljust(9, "0"))
    if _ends_day(found):
        hour = "00"
    return _made(Time, int(hour), int(minute), int(second), nanos, zone)


def _ends_day(found: re.Match[str]) -> bool:
    """24:00:00, which XML Schema has for the midnight at the end of a day, and no other time after 23."""
    hour, minute, second, fraction, _zone = found.groups()
    return (hour, minute, second, (fraction or "").strip("0")) == ("24", "00", "00", "")


def read_zone(text: str) -> tuple[Zone | None, bool]:
    """What follows a time: (zone, whether it is one). Nothing at all is no zone, and fits."""
    if not text:
        return None, True
    if text in ("Z", "z"):
        return (UTC, True) if text == "Z" else (None, False)
    if text.startswith("@"):
        name = text[1:]
        return (Zone(None, name), True) if name and zone_info(name) is not None else (None, False)
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None, False
    sign, hours, minutes, seconds = found.groups()
    if int(minutes) > 59 or int(seconds or 0) > 59:
        return None, False
    total = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return (Zone(-total if sign == "-" else total), True) if total <= MOST_OFFSET else (None, False)


def read_datetime(text: str) -> DateTime | None:
    """A date alone counts as its midnight."""
    day, mark, time = text.partition("T")
    date = read_date(day)
    if date is None:
        return None
    if not mark:
        return DateTime(date, Time(0, 0, 0))
    at = read_time(time)
    if at is None:
        return None
    found = _TIME.fullmatch(time)
    if found is not None and _ends_day(found):
        following = _made(Date, *of_day_number(date.number + 1))
        return DateTime(following, at) if following is not None else None
    return DateTime(date, at)


def read_duration(text: str) -> Duration | None:
    """Years and months, or days and time; not both."""
    found = _YM.fullmatch(text)
    if found is not None:
        sign, years, months = found.groups()
        if years is None and months is None:
            return None
        total = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-total if sign else total) if total <= MOST_YEARS * 12 else None
    found = _DT.fullmatch(text)
    if found is None or text.endswith(("T", "P")):
        return None
    sign, *parts, fraction = found.groups()
    days, hours, minutes, seconds = (int(part or 0) for part in parts)
    nanos = days * DAY + (hours * 3600 + minutes * 60 + seconds) * NANOS + int((fraction or "0")[:9].ljust(9, "0"))
    return DaysTime(-nanos if sign else nanos)


def read_any(text: str) -> Temporal | Duration | None:
    """What an at-literal `@"…"` stands for."""
    if text.lstrip("-").startswith("P"):
        return read_duration(text)
    if "T" in text and _DATE.match(text):
        return read_datetime(text)
    return read_date(text) or read_time(text)


def _made(kind: Callable[..., T], *parts: object) -> T | None:
    try:
        return kind(*parts)
    except ValueError:
        return None
