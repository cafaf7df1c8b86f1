"""What a value has without being a context: the parts of dates, times, durations and ranges (DMN 1.5, table 65)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.running import Run
from tongqu.foundation.feel.temporal import (
    DAY,
    NANOS,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    seconds_of,
)
from tongqu.foundation.feel.values import Partial, Range, Unknown, kind


def reach(run: Run, span: Span, value: Any, name: str) -> Any:
    """`value.name`; of a list, of each of its items."""
    if isinstance(value, dict):
        if name in value:
            return value[name]
        if type(value) is Partial:
            return value.missing(name)
        return run.note("no-member", span, kind="context", name=name)
    if type(value) is list:
        run.tick(span, len(value))
        return [reach(run, span, item, name) for item in value]
    if value is None or type(value) is Unknown:
        return value
    return property_of(run, span, value, name)


def property_of(run: Run, span: Span, value: Any, name: str) -> Any:
    found = PROPERTIES.get(type(value), {}).get(name)
    if found is None:
        return run.note("no-member", span, kind=kind(value), name=name)
    return found(value)


def _part(amount: int, below: int, above: int | None = None) -> Decimal:
    """So many whole units of `below`, less the whole ones of `above`; negative for a negative duration."""
    whole = abs(amount) // below if above is None else abs(amount) % above // below
    return Decimal(-whole if amount < 0 and whole else whole)


def _seconds(value: DaysTime) -> Decimal:
    within = seconds_of(abs(value.nanos) % (60 * NANOS))
    return -within if value.nanos < 0 and within else within


def _zone(value: Time, offset: int | None) -> DaysTime | None:
    return DaysTime(offset * NANOS) if offset is not None else None


def _name_of(value: Time) -> str | None:
    return value.zone.name or None if value.zone else None


_DATE: dict[str, Callable[[Date], Any]] = {
    "year": lambda d: Decimal(d.year),
    "month": lambda d: Decimal(d.month),
    "day": lambda d: Decimal(d.day),
    "weekday": lambda d: Decimal(d.weekday),
}
_TIME: dict[str, Callable[[Time], Any]] = {
    "hour": lambda t: Decimal(t.hour),
    "minute": lambda t: Decimal(t.minute),
    "second": lambda t: Decimal(t.second) + seconds_of(t.nanos),
    "time offset": lambda t: _zone(t, t.offset),
    "timezone": _name_of,
}


def _of_date(part: Callable[[Date], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: part(moment.date)


def _of_time(part: Callable[[Time], Any]) -> Callable[[DateTime], Any]:
    return lambda moment: part(moment.time)


PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: {**_DATE},
    Time: {**_TIME},
    DateTime: {
        **{name: _of_date(of) for name, of in _DATE.items()},
        **{name: _of_time(of) for name, of in _TIME.items()},
        "time offset": lambda dt: _zone(dt.time, dt.offset),
    },
    YearsMonths: {"years": lambda d: _part(d.months, 12), "months": lambda d: _part(d.months, 1, 12)},
    DaysTime: {
        "days": lambda d: _part(d.nanos, DAY),
        "hours": lambda d: _part(d.nanos, 3600 * NANOS, DAY),
        "minutes": lambda d: _part(d.nanos, 60 * NANOS, 3600 * NANOS),
        "seconds": _seconds,
    },
    Range: {
        "start": lambda r: r.start,
        "end": lambda r: r.end,
        "start included": lambda r: r.start_included,
        "end included": lambda r: r.end_included,
    },
}
