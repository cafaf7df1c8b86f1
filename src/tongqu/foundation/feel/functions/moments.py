"""Functions of the calendar and the clock (DMN 1.5, 10.3.4.9 and 10.3.4.11)."""

from __future__ import annotations

from decimal import Decimal

from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.temporal import Date, DateTime

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _day(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of year", "date: date|date and time")
def day_of_year(call: Calling, date: Date | DateTime) -> Decimal:
    return Decimal(_day(date).of_year)


@builtin("day of week", "date: date|date and time")
def day_of_week(call: Calling, date: Date | DateTime) -> str:
    return DAYS[_day(date).weekday - 1]


@builtin("month of year", "date: date|date and time")
def month_of_year(call: Calling, date: Date | DateTime) -> str:
    return MONTHS[_day(date).month - 1]


@builtin("week of year", "date: date|date and time")
def week_of_year(call: Calling, date: Date | DateTime) -> Decimal:
    return Decimal(_day(date).week_of_year)


@builtin("now")
def now(call: Calling) -> DateTime:
    return call.run.now()


@builtin("today")
def today(call: Calling) -> Date:
    return call.run.now().date
