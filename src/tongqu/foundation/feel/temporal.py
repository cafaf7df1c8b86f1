"""Dates, times and durations as FEEL has them: any year to nine digits, nanoseconds, offsets and named zones.

Source: DMN 1.5, 10.3.2.3.4 to 10.3.2.3.9. Python's own types stop at the year 9999 and at microseconds.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC as UTC_ZONE
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

NANOS = 1_000_000_000
DAY = 86_400 * NANOS
MOST_YEARS = 999_999_999


class Zone(NamedTuple):
    """A zone as it was written: an offset from UTC in seconds, or the name of one (`Asia/Shanghai`)."""

    offset: int | None
    name: str = ""


UTC = Zone(0)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31, for any year."""
    return monthrange(2000 if is_leap(year) else 2001, month)[1]


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the proleptic Gregorian calendar."""
    y = year - (month <= 2)
    era, of_era = divmod(y, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def of_day_number(number: int) -> tuple[int, int, int]:
    """The inverse of `day_number`."""
    era, of_era = divmod(number + 719_468, 146_097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day


@dataclass(frozen=True, slots=True)
class Date:
    """A day. Raises ValueError for one that does not exist."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if abs(self.year) > MOST_YEARS or not 1 <= self.month <= 12:
            raise ValueError("no such month or year")
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise ValueError("no such day")

    @property
    def number(self) -> int:
        return day_number(self.year, self.month, self.day)

    @property
    def weekday(self) -> int:
        """1 Monday to 7 Sunday."""
        return (self.number + 3) % 7 + 1

    @property
    def of_year(self) -> int:
        return self.number - day_number(self.year, 1, 1) + 1

    @property
    def week_of_year(self) -> int:
        """By ISO 8601."""
        thursday = self.number - (self.number + 3) % 7 + 3
        year = of_day_number(thursday)[0]
        return (thursday - day_number(year, 1, 1)) // 7 + 1

    def plus_months(self, months: int) -> Date:
        """The corresponding day, else the last one of that month."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Date(year, month + 1, min(self.day, days_in_month(year, month + 1)))

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day; `zone` None: local. Raises ValueError for one that does not exist."""

    hour: int
    minute: int
    second: int
    nanos: int = 0
    zone: Zone | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60 and 0 <= self.second < 60 and 0 <= self.nanos < NANOS):
            raise ValueError("no such time")

    @property
    def of_day(self) -> int:
        """Nanoseconds since midnight."""
        return ((self.hour * 60 + self.minute) * 60 + self.second) * NANOS + self.nanos

    @property
    def offset(self) -> int | None:
        """Seconds from UTC; of a named zone the one without a date: as on the first of January 1970."""
        return offset_at(self.zone, 0)

    def __str__(self) -> str:
        fraction = f".{self.nanos:09d}".rstrip("0") if self.nanos else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{zone_text(self.zone)}"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A date with a time of day, which carries the zone."""

    date: Date
    time: Time

    @property
    def local(self) -> int:
        """Nanoseconds since 1970-01-01T00:00 on the clock of its zone."""
        return self.date.number * DAY + self.time.of_day

    @property
    def offset(self) -> int | None:
        return offset_at(self.time.zone, self.local)

    @property
    def instant(self) -> int:
        """Nanoseconds since 1970 in UTC; a local one is taken as it stands."""
        return self.local - (self.offset or 0) * NANOS

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True)
class YearsMonths:
    """A years and months duration, in months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.months < 0 else ''}P{text}"


@dataclass(frozen=True, slots=True)
class DaysTime:
    """A days and time duration, in nanoseconds."""

    nanos: int

    def __str__(self) -> str:
        days, rest = divmod(abs(self.nanos), DAY)
        hours, rest = divmod(rest, 3600 * NANOS)
        minutes, rest = divmod(rest, 60 * NANOS)
        seconds, nanos = divmod(rest, NANOS)
        part = f"{seconds}" + (f".{nanos:09d}".rstrip("0") if nanos else "")
        time = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
        time += f"{part}S" if seconds or nanos else ""
        text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
        return f"{'-' if self.nanos < 0 else ''}P{text or 'T0S'}"


Temporal = Date | Time | DateTime
Duration = YearsMonths | DaysTime


def zone_text(zone: Zone | None) -> str:
    """As it is written after a time: ``, `Z`, `+08:00`, `@Asia/Shanghai`."""
    if zone is None:
        return ""
    if zone.offset is None:
        return f"@{zone.name}"
    if zone.offset == 0:
        return "Z"
    hours, rest = divmod(abs(zone.offset), 3600)
    minutes, seconds = divmod(rest, 60)
    tail = f":{seconds:02d}" if seconds else ""
    return f"{'-' if zone.offset < 0 else '+'}{hours:02d}:{minutes:02d}{tail}"


@lru_cache(maxsize=256)
def zone_info(name: str) -> ZoneInfo | None:
    """The named zone of the IANA database; None for one that is not there."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return None


def offset_at(zone: Zone | None, local: int) -> int | None:
    """Seconds from UTC in the zone at a local moment (nanoseconds since 1970); None for no zone."""
    if zone is None or zone.offset is not None:
        return zone.offset if zone else None
    info = zone_info(zone.name)
    if info is None:
        return None
    seconds = local // NANOS
    near = datetime(1970, 1, 1) + timedelta(seconds=seconds) if abs(seconds) < 60_000_000_000 else datetime(9998, 1, 1)
    found = near.replace(tzinfo=info).utcoffset()
    return round(found.total_seconds()) if found is not None else None


def of_instant(instant: int, zone: Zone | None) -> DateTime:
    """The date and time in the zone at so many nanoseconds since 1970 in UTC (of no zone: on its own clock).

    Raises ValueError out of range."""
    if zone is None or zone.offset is not None:
        return of_local(instant + (zone.offset or 0 if zone else 0) * NANOS, zone)
    info, seconds = zone_info(zone.name), instant // NANOS
    near = datetime(1970, 1, 1) + timedelta(seconds=seconds) if abs(seconds) < 60_000_000_000 else datetime(9998, 1, 1)
    offset = near.replace(tzinfo=UTC_ZONE).astimezone(info).utcoffset()
    return of_local(instant + round(offset.total_seconds() if offset else 0) * NANOS, zone)


def of_local(local: int, zone: Zone | None) -> DateTime:
    """The date and time at so many nanoseconds since 1970 on the clock of the zone. Raises ValueError out of range."""
    days, of_day = divmod(local, DAY)
    return DateTime(Date(*of_day_number(days)), of_nanos(of_day, zone))


def of_nanos(of_day: int, zone: Zone | None) -> Time:
    seconds, nanos = divmod(of_day, NANOS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return Time(hour, minute, second, nanos, zone)


def of_python(moment: datetime) -> DateTime:
    """An aware or local moment of Python's."""
    offset = moment.utcoffset()
    zone = None if offset is None else Zone(round(offset.total_seconds()))
    time = Time(moment.hour, moment.minute, moment.second, moment.microsecond * 1000, zone)
    return DateTime(Date(moment.year, moment.month, moment.day), time)


def now_here() -> DateTime:
    """In the zone of this process: `today()` is a day of the place where it is asked."""
    return of_python(datetime.now().astimezone())


def seconds_of(nanos: int) -> Decimal:
    """Exactly."""
    return Decimal(nanos).scaleb(-9) if nanos % NANOS else Decimal(nanos // NANOS)
