"""Functions that make a value of another (DMN 1.5, 10.3.4.1): numbers, texts, moments, durations; and `not`, `is`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel import reading_temporal as reading
from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.temporal import (
    NANOS,
    UTC,
    Date,
    DateTime,
    DaysTime,
    Duration,
    Time,
    YearsMonths,
    Zone,
)
from tongqu.foundation.feel.values import Function, Parts, Range, Unknown, number, plain

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?", re.ASCII)


@builtin("not", "negand: Any", knows_unknown=True)
def negation(call: Calling, negand: Any) -> Any:
    if type(negand) is bool:
        return not negand
    return negand if type(negand) is Unknown else None


@builtin("is", "value1: Any~", "value2: Any~", deep=True)
def is_same(call: Calling, a: Any = None, b: Any = None) -> bool:
    """The same value of the same kind, zones written alike."""
    if isinstance(a, Time | DateTime):
        return bool(a == b)
    return type(a) is type(b) and op.equal(a, b) is True


# --- numbers and texts -----------------------------------------------------------------------------------------------


@builtin("number", "from: string", "grouping separator: string|null", "decimal separator: string|null")
def number_with(call: Calling, text: str, grouping: str | None, point: str | None) -> Decimal | None:
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", "."):
        return call.fail("分隔符只能是空格、逗号或者点", "separators are blank, comma or point")
    if grouping is not None and grouping == (point or "."):
        return call.fail("两个分隔符不能一样", "the two separators differ")
    if grouping:
        text = text.replace(grouping, "")
    return number_from(call, text.replace(point, ".") if point else text)


@builtin("number", "from: string")
def number_from(call: Calling, text: str) -> Decimal | None:
    if len(text) > 7000 or not _NUMBER.fullmatch(text):
        return call.fail(f"“{text[:40]}”不是数字", f"“{text[:40]}” is no number")
    return number(text)


@builtin("string", "from: Any", deep=True)
def string(call: Calling, value: Any) -> str | None:
    text = None if value is None else said(value)
    if text is not None:
        call.run.sized(call.span, len(text), text=True)
    return text


def said(value: Any, *, inside: bool = False) -> str:
    """A value as FEEL writes it; a text alone without its quotation marks. Raises TooLarge."""
    return _said(value, inside, Parts())


def _said(value: Any, inside: bool, parts: Parts) -> str:
    if type(value) is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if inside else value
    if value is None:
        return "null"
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return plain(value)
    if type(value) is list:
        parts.take(len(value))
        return "[" + ", ".join(_said(item, True, parts) for item in value) + "]"
    if isinstance(value, dict):
        parts.take(len(value))
        return "{" + ", ".join(f"{_key(name)}: {_said(one, True, parts)}" for name, one in value.items()) + "}"
    if type(value) is Range:
        return _range(value)
    if isinstance(value, Function):
        return f"function({', '.join(p.name for p in value.parameters)})"
    if type(value) is Unknown:
        return "未知 unknown"
    return f'@"{value}"' if inside else str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[^\W\d][\w ]*", name) else said(name, inside=True)


def _range(value: Range) -> str:
    if value.sign:
        return f"({value.sign} {said(value.end if value.start is None else value.start, inside=True)})"
    opening, closing = "[" if value.start_included else "(", "]" if value.end_included else ")"
    return f"{opening}{said(value.start, inside=True)}..{said(value.end, inside=True)}{closing}"


# --- dates and times -------------------------------------------------------------------------------------------------


def _read(call: Calling, text: str, found: Any) -> Any:
    if found is None:
        call.run.note("bad-literal", call.span, text=text[:60])
    return found


@builtin("date", "from: string")
def date_from_text(call: Calling, text: str) -> Date | None:
    return _read(call, text, reading.read_date(text))  # type: ignore[no-any-return]


@builtin("date", "from: date|date and time")
def date_from_moment(call: Calling, moment: Date | DateTime) -> Date:
    return moment.date if isinstance(moment, DateTime) else moment


@builtin("date", "year: number", "month: number", "day: number")
def date_of(call: Calling, year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    if any(part != part.to_integral_value() for part in (year, month, day)):
        return call.fail("年月日是整数", "year, month and day are whole numbers")
    try:
        return Date(int(year), int(month), int(day))
    except ValueError:
        return call.fail("没有这一天", "there is no such day")


@builtin("time", "from: string")
def time_from_text(call: Calling, text: str) -> Time | None:
    return _read(call, text, reading.read_time(text))  # type: ignore[no-any-return]


@builtin("time", "from: time|date|date and time")
def time_from_moment(call: Calling, moment: Time | Date | DateTime) -> Time:
    if isinstance(moment, DateTime):
        return moment.time
    return moment if isinstance(moment, Time) else Time(0, 0, 0, 0, UTC)


@builtin("time", "hour: number", "minute: number", "second: number", "offset: days and time duration|null?")
def time_of(
    call: Calling, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None
) -> Time | None:
    if hour != int(hour) or minute != int(minute) or second < 0 or second >= 60:
        return call.fail("没有这个时间", "there is no such time")
    nanos = int((second - int(second)).scaleb(9))
    zone = None
    if offset is not None:
        zone = Zone(offset.nanos // NANOS)
        if abs(offset.nanos) > reading.MOST_OFFSET * NANOS:
            return call.fail("时差太大", "the offset is too large")
    try:
        return Time(int(hour), int(minute), int(second), nanos, zone)
    except ValueError:
        return call.fail("没有这个时间", "there is no such time")


@builtin("date and time", "from: string")
def datetime_from_text(call: Calling, text: str) -> DateTime | None:
    return _read(call, text, reading.read_datetime(text))  # type: ignore[no-any-return]


@builtin("date and time", "from: date and time|date")
def datetime_from_moment(call: Calling, moment: DateTime | Date) -> DateTime:
    return moment if isinstance(moment, DateTime) else DateTime(moment, Time(0, 0, 0, 0, UTC))


@builtin("date and time", "date: date|date and time", "time: time")
def datetime_of(call: Calling, date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@builtin("duration", "from: string")
def duration(call: Calling, text: str) -> Duration | None:
    return _read(call, text, reading.read_duration(text))  # type: ignore[no-any-return]


@builtin("duration", "from: days and time duration|years and months duration")
def same_duration(call: Calling, value: Duration) -> Duration:
    return value


@builtin("years and months duration", "from: date|date and time", "to: date|date and time")
def months_between(call: Calling, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    """Whole months from one to the other."""
    first, last = date_from_moment(call, start), date_from_moment(call, end)
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearsMonths(months)
