"""The working calendar: which days are working days, and how far that is known. Pure; rule T9.

A year that has been loaded follows its notice: weekends and holidays rest, exchanged weekends work. In any other year
weekends alone count, and whatever rests on such a day is provisional.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from tongqu.kernel.law import office_hours

# Shanghai has kept UTC+8 without a change since 15 September 1991, before any clock of ours starts.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
_LAST_INSTANT = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday of a notice, both days included. `name` is a language map."""

    name: Mapping[str, str]
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """What the notice of one year says. `workdays` are the Saturdays and Sundays that are worked.

    It may speak of days of the December before, where New Year's Day joins a weekend there.
    """

    year: int
    notice: str
    issued: date | None  # None: not checked
    trust: str
    holidays: tuple[Holiday, ...]
    workdays: frozenset[date]
    trust_note: Mapping[str, str] | None = None

    @property
    def first_day(self) -> date:
        """The first day of which it says something: New Year's Day, or one in the December before."""
        return min((date(self.year, 1, 1), *(one.start for one in self.holidays), *self.workdays))


@dataclass(frozen=True, slots=True)
class DayKind:
    """`code`: workday, makeup (a worked weekend), weekend or holiday, the last with its name."""

    code: str
    working: bool
    name: Mapping[str, str] | None = None


WORKDAY, MAKEUP = DayKind("workday", True), DayKind("makeup", True)
WEEKEND = DayKind("weekend", False)


class Calendar:
    """All days from 2000 to 2099, indexed once so that counting costs the same for 1 and for 1,000 days.

    Days are given as proleptic ordinals (`date.toordinal`) where speed matters and as dates elsewhere.
    Raises ValueError for a day outside the range.
    """

    def __init__(
        self, years: Iterable[CalendarYear] = (), hours: Sequence[office_hours.Span] = office_hours.USUAL
    ) -> None:
        self.hours = tuple(hours)
        ordered = sorted(years, key=lambda y: y.year)  # a later notice goes before on days of the December before it
        self.years: dict[int, CalendarYear] = {y.year: y for y in ordered}
        self._special: dict[int, DayKind] = {}
        for year in self.years.values():
            for holiday in year.holidays:
                kind = DayKind("holiday", False, holiday.name)
                for day in range(holiday.start.toordinal(), holiday.end.toordinal() + 1):
                    self._special[day] = kind
            for worked in year.workdays:
                self._special[worked.toordinal()] = MAKEUP
        self._base = FIRST.toordinal()
        self._working = array("l")  # ordinals of working days, ascending
        self._upto = array("l")  # for each day: how many working days from FIRST to it, itself included
        for day in range(self._base, LAST.toordinal() + 1):
            special = self._special.get(day)
            if special.working if special else day % 7 not in (6, 0):  # ordinal 1 was a Monday
                self._working.append(day)
            self._upto.append(len(self._working))
        self._known = _runs(sorted(self.years))
        self._ends: dict[int, tuple[date, datetime]] = {}

    @property
    def last_year(self) -> int | None:
        """The last year loaded, or None."""
        return max(self.years, default=None)

    def kind(self, day: date | int) -> DayKind:
        ordinal = day if isinstance(day, int) else day.toordinal()
        special = self._special.get(ordinal)
        if special is not None:
            return special
        return WORKDAY if ordinal % 7 not in (6, 0) else WEEKEND

    def is_working(self, day: date | int) -> bool:
        return self.kind(day).working

    def working_upto(self, ordinal: int) -> int:
        """How many working days there are from 2000-01-01 to this day, itself included."""
        return self._upto[self._at(ordinal)]

    def working_day(self, number: int) -> int:
        """The ordinal of the working day with this number (the first is 1)."""
        if not 1 <= number <= len(self._working):
            raise ValueError("the date is outside the calendar (2000 to 2099)")
        return self._working[number - 1]

    def working_from(self, ordinal: int) -> int:
        """This day, if it is a working day, else the next one."""
        self._at(ordinal)
        return self.working_day(bisect_left(self._working, ordinal) + 1)

    def working_between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative if `last` is earlier."""
        return self.working_upto(last.toordinal()) - self.working_upto(first.toordinal())

    def close_of(self, day: date) -> datetime:
        """When offices close on this day (UTC)."""
        return office_hours.close(day, self, CHINA).astimezone(UTC)

    def known(self, first: int, last: int) -> bool:
        """Whether every day from `first` to `last` (ordinals) lies in a year that has been loaded."""
        for start, end in self._known:
            if start <= first <= end:
                return last <= end
        return False

    def end_of(self, ordinal: int) -> tuple[date, datetime]:
        """The day as a date and its last instant (24:00 in Shanghai, less a microsecond, so that it still dates it)."""
        found = self._ends.get(ordinal)
        if found is None:
            day = date.fromordinal(ordinal)
            midnight = datetime(day.year, day.month, day.day, tzinfo=CHINA)
            found = self._ends[ordinal] = (day, (midnight + _LAST_INSTANT).astimezone(UTC))
        return found

    def _at(self, ordinal: int) -> int:
        index = ordinal - self._base
        if not 0 <= index < len(self._upto):
            raise ValueError("the date is outside the calendar (2000 to 2099)")
        return index


def _runs(years: list[int]) -> list[tuple[int, int]]:
    """First and last day (ordinals) of each unbroken run of years."""
    runs: list[tuple[int, int]] = []
    for year in years:
        first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
        if runs and runs[-1][1] + 1 == first:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return runs
