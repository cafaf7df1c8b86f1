"""What must hold for every period, start and pause; and agreement with a naive oracle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.law import register
from tongqu.kernel.law.explaining import explain
from tongqu.kernel.law.rules import Extension, Pause, due
from tongqu.kernel.law.tests import oracle

CALENDAR = register.calendar()


@dataclass(frozen=True)
class Some:
    quantity: int
    unit: str = "day"
    day_type: str = "working"
    direction: str = "after"
    rolls: bool = True
    ends: str = "day"


moments = st.datetimes(datetime(2024, 11, 1), datetime(2027, 2, 1), timezones=st.just(UTC))
working = st.builds(Some, quantity=st.integers(0, 60))
days = st.builds(Some, quantity=st.integers(0, 120), day_type=st.just("calendar"), rolls=st.booleans())
months = st.builds(
    Some, quantity=st.integers(0, 14), unit=st.sampled_from(["month", "year"]), day_type=st.just("calendar"),
    rolls=st.booleans(),
)  # fmt: skip
hours = st.builds(
    Some, quantity=st.integers(0, 200), unit=st.sampled_from(["minute", "hour"]), day_type=st.just("hour")
)  # fmt: skip
office = st.builds(Some, quantity=st.integers(0, 80), unit=st.just("hour"), day_type=st.just("working"))
dated = st.one_of(working, days, months)
periods = st.one_of(dated, hours, office)


@st.composite
def pause_lists(draw) -> list[Pause]:
    found = []
    for _ in range(draw(st.integers(0, 3))):
        start = draw(moments)
        length = draw(st.timedeltas(timedelta(0), timedelta(days=25)))
        found.append(Pause("pause.hearing", start, start + length))
    return found


def end(period, start, pauses=(), **more):
    return due(period, start, pauses=pauses, calendar=CALENDAR, **more)


@given(dated, moments, pause_lists())
def test_agrees_with_the_oracle(period, start, pauses) -> None:
    found = end(period, start, pauses)
    assert found.last_day == oracle.last_day(period, start, pauses, CALENDAR)
    assert found.at == oracle.last_instant(found.last_day)


@given(periods, moments, pause_lists(), moments, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_pausing_never_makes_it_earlier(period, start, pauses, at, length) -> None:
    assert end(period, start, [*pauses, Pause("x", at, at + length)]).at >= end(period, start, pauses).at


@given(periods, moments, moments, st.timedeltas(timedelta(0), timedelta(days=40)), st.floats(0, 1))
def test_one_pause_cut_in_two_is_the_same(period, start, at, length, cut) -> None:
    middle = at + length * cut
    halves = [Pause("x", at, middle), Pause("y", middle, at + length)]
    assert end(period, start, halves) == end(period, start, [Pause("x", at, at + length)])


@given(periods, moments, pause_lists())
def test_the_order_of_pauses_does_not_matter(period, start, pauses) -> None:
    assert end(period, start, list(reversed(pauses))) == end(period, start, pauses)


@given(st.one_of(working, days, hours), moments, st.timedeltas(timedelta(0), timedelta(days=60)), pause_lists())
def test_a_later_start_never_ends_earlier(period, start, later, pauses) -> None:
    assert end(period, start + later, pauses).at >= end(period, start, pauses).at


@given(months, moments, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_a_later_start_never_ends_earlier_in_months(period, start, later) -> None:
    assert end(period, start + later).at >= end(period, start).at


@given(periods, moments, pause_lists(), st.integers(1, 20))
def test_more_never_ends_earlier_and_an_extension_is_more(period, start, pauses, more) -> None:
    longer = Some(period.quantity + more, period.unit, period.day_type, period.direction, period.rolls)
    extension = Extension("L7", more, period.unit, "head", "复杂", start)
    assert end(longer, start, pauses).at >= end(period, start, pauses).at
    assert end(period, start, pauses, extensions=[extension]) == end(longer, start, pauses)


@given(dated, moments, pause_lists())
def test_the_last_day_is_never_a_rest_day(period, start, pauses) -> None:
    if period.rolls and period.quantity:
        assert CALENDAR.is_working(end(period, start, pauses).last_day)


@given(dated, moments, pause_lists())
def test_the_last_day_is_never_paused(period, start, pauses) -> None:
    if period.quantity:
        assert not any(oracle.touched(end(period, start, pauses).last_day, p) for p in pauses)


@given(dated, moments)
def test_only_the_day_of_the_start_counts_not_its_hour(period, start) -> None:
    local = start.astimezone(oracle.CHINA)
    morning = local.replace(hour=0, minute=0, second=0, microsecond=0)
    evening = local.replace(hour=23, minute=59, second=59, microsecond=999999)
    assert end(period, morning) == end(period, evening) == end(period, start)


@given(working, moments)
def test_provisional_exactly_when_a_day_that_was_looked_at_is_unknown(period, start) -> None:
    found = end(period, start)
    first = start.astimezone(oracle.CHINA).date() + timedelta(days=1)
    looked = [first + timedelta(days=n) for n in range((found.last_day - first).days + 1)]
    assert found.provisional is any(day.year not in CALENDAR.years for day in looked)


@given(dated, moments, pause_lists())
def test_the_explanation_counts_to_the_same_day(period, start, pauses) -> None:
    found = explain(period, start, pauses=pauses, calendar=CALENDAR)
    assert found.days[0].reason_code == "start"
    assert found.days[-1].date == found.due.last_day
    numbers = [day.number for day in found.days if day.counted]
    assert numbers == list(range(1, len(numbers) + 1))
    if period.unit == "day":
        assert len(numbers) == period.quantity
    assert all(b.date - a.date == timedelta(days=1) for a, b in zip(found.days, found.days[1:], strict=False))
    assert sum((s.last - s.first).days + 1 for s in found.stretches) == len(found.days)


@given(st.one_of(working, days, hours), moments, moments, st.timedeltas(timedelta(0), timedelta(days=40)))
def test_an_open_pause_counts_to_the_day_asked(period, start, at, waited) -> None:
    found = end(period, start, [Pause("x", at)], as_of=at + waited)
    assert found.paused
    assert found.at >= end(period, start).at
    assert found.at <= end(period, start, [Pause("x", at)], as_of=at + waited + timedelta(days=3)).at


def test_hours_stop_for_exactly_as_long_as_the_pause() -> None:
    start = datetime(2026, 3, 2, 1, tzinfo=UTC)
    pause = Pause("x", start + timedelta(hours=2), start + timedelta(hours=5, minutes=30))
    assert end(Some(24, "hour", "hour"), start, [pause]).at == start + timedelta(hours=27, minutes=30)
    before = Pause("x", start - timedelta(hours=9), start + timedelta(hours=1))
    assert end(Some(24, "hour", "hour"), start, [before]).at == start + timedelta(hours=25)
    late = Pause("x", start + timedelta(hours=24), start + timedelta(hours=30))
    assert end(Some(24, "hour", "hour"), start, [late]).at == start + timedelta(hours=24)


def test_what_is_refused() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    for wrong in (
        lambda: end(Some(5), start.replace(tzinfo=None)),
        lambda: end(Some(None), start),  # type: ignore[arg-type]
        lambda: end(Some(5), start, extensions=[Extension("L7", 1, "month", "", "", start)]),
        lambda: end(Some(5, direction="before"), start, [Pause("x", start, start)]),
        lambda: end(Some(5, "hour", "hour", "before"), start),
        lambda: end(Some(5, "hour", "working", "before"), start),
        lambda: end(Some(5, "minute", "hour", "before"), start),
        lambda: end(Some(5, "person", "calendar"), start),
        lambda: end(Some(30_000), start),
    ):
        with pytest.raises(ValueError):
            wrong()


@given(months, moments)
def test_months_before_are_the_same_day_of_an_earlier_month_or_the_last_one(period, event) -> None:
    back = Some(period.quantity, period.unit, "calendar", "before")
    day, found = event.astimezone(oracle.CHINA).date(), end(back, event)
    months_back = period.quantity * (12 if period.unit == "year" else 1)
    assert (day.year * 12 + day.month) - (found.last_day.year * 12 + found.last_day.month) == months_back
    assert found.last_day.day == day.day or (found.last_day + timedelta(days=1)).day == 1
    notes = explain(back, event, calendar=CALENDAR).days
    assert notes[0].reason_code == "event" and notes[-1].date == found.last_day
