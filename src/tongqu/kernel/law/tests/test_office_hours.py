"""Periods of working hours, and days that end when offices close (T2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.law import checking, office_hours, register
from tongqu.kernel.law.calendar import CHINA, Calendar
from tongqu.kernel.law.explaining import explain
from tongqu.kernel.law.rules import Pause, due

CALENDAR = Calendar(register.calendar().years.values(), office_hours.read("09:00-12:00,13:30-17:30"))


@dataclass(frozen=True)
class Hours:
    quantity: int
    unit: str = "hour"
    day_type: str = "working"
    direction: str = "after"
    rolls: bool = True
    ends: str = "day"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def end(hours: int, start: str, *pauses: tuple[str, str]) -> str:
    stopped = [Pause("pause.hearing", at(a), at(b)) for a, b in pauses]
    found = due(Hours(hours), at(start), pauses=stopped, calendar=CALENDAR)
    return f"{found.at.astimezone(CHINA):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("hours", "start", "ends"),
    [
        (1, "2026-03-02T09:00", "2026-03-02T10:00"), (3, "2026-03-02T09:00", "2026-03-02T12:00"),
        (4, "2026-03-02T09:00", "2026-03-02T14:30"), (7, "2026-03-02T09:00", "2026-03-02T17:30"),
        (8, "2026-03-02T09:00", "2026-03-03T10:00"), (2, "2026-03-02T16:30", "2026-03-03T10:00"),
        (1, "2026-03-02T12:10", "2026-03-02T14:30"), (1, "2026-03-02T20:00", "2026-03-03T10:00"),
        (1, "2026-03-06T17:00", "2026-03-09T09:30"),  # over a weekend
        (1, "2026-02-14T17:00", "2026-02-24T09:30"),  # a worked Saturday, then Spring Festival
        (1, "2026-02-14T16:00", "2026-02-14T17:00"), (0, "2026-03-07T03:00", "2026-03-07T03:00"),
        (1, "2026-03-07T03:00", "2026-03-09T10:00"),
    ],
)  # fmt: skip
def test_hours_run_while_offices_are_open_on_working_days(hours: int, start: str, ends: str) -> None:
    assert end(hours, start) == ends


@pytest.mark.parametrize(
    ("pauses", "ends"),
    [
        ((("2026-03-02T10:00", "2026-03-02T11:00"),), "2026-03-02T14:30"),
        ((("2026-03-02T12:00", "2026-03-02T13:30"),), "2026-03-02T12:00"),
        ((("2026-03-02T11:30", "2026-03-02T15:00"),), "2026-03-02T15:30"),
        ((("2026-03-02T09:00", "2026-03-03T18:00"),), "2026-03-04T12:00"),
        ((("2026-03-02T09:30", "2026-03-02T10:30"), ("2026-03-02T10:00", "2026-03-02T11:00")), "2026-03-02T15:00"),
    ],
)  # fmt: skip
def test_a_pause_stops_them_for_as_long_as_offices_were_open_in_it(
    pauses: tuple[tuple[str, str], ...], ends: str
) -> None:
    assert end(3, "2026-03-02T09:00", *pauses) == ends


moments = st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 1), timezones=st.just(CHINA))


@given(
    st.integers(0, 60),
    moments,
    st.lists(st.tuples(moments, st.timedeltas(timedelta(0), timedelta(days=9))), max_size=3),
)
def test_agrees_with_counting_minute_by_minute(
    hours: int, start: datetime, given_pauses: list[tuple[datetime, timedelta]]
) -> None:
    start = start.replace(second=0, microsecond=0)
    pauses = [
        (a.replace(second=0, microsecond=0), a.replace(second=0, microsecond=0) + timedelta(minutes=b.seconds // 60))
        for a, b in given_pauses
    ]
    found = due(
        Hours(hours), start, pauses=[Pause("pause.hearing", a, b) for a, b in pauses], calendar=CALENDAR
    )  # fmt: skip
    assert found.at.astimezone(CHINA) == _by_the_minute(hours, start, pauses)


def _by_the_minute(hours: int, moment: datetime, pauses: list[tuple[datetime, datetime]]) -> datetime:
    """The oracle: looks at each minute, and asks only which days are working days."""
    left = hours * 60
    while left:
        if not CALENDAR.is_working(moment.date()):
            moment = datetime.combine(moment.date() + timedelta(days=1), datetime.min.time(), CHINA)
            continue
        clock = moment.hour * 60 + moment.minute
        is_open = 540 <= clock < 720 or 810 <= clock < 1050
        left -= is_open and not any(a <= moment < b for a, b in pauses)
        moment += timedelta(minutes=1)
    return moment


def test_the_explanation_names_the_hours_and_the_days() -> None:
    found = explain(Hours(8), at("2026-03-06T16:00"), calendar=CALENDAR)
    assert "8个工作小时" in found.sentence_zh and "9:00–12:00 13:30–17:30" in found.sentence_zh
    assert "到2026年3月9日17:00为止" in found.sentence_zh and "周末2天" in found.sentence_zh
    assert "8 working hours" in found.sentence_en
    assert [(d.date.day, d.counted) for d in found.days] == [(6, True), (7, False), (8, False), (9, True)]


def test_a_day_may_end_when_offices_close() -> None:
    """T2: at close of business, where there are business hours."""
    period = Hours(5, unit="day", ends="close")
    found = due(period, at("2026-03-02T10:00"), calendar=CALENDAR)
    assert found.at.astimezone(CHINA) == at("2026-03-09T17:30") and found.last_day == date(2026, 3, 9)
    assert due(Hours(5, unit="day"), at("2026-03-02T10:00"), calendar=CALENDAR).last_day == found.last_day
    said = explain(period, at("2026-03-02T10:00"), calendar=CALENDAR)
    assert "17:30下班时届满" in said.sentence_zh and "when offices close" in said.sentence_en


def test_beyond_the_loaded_years_it_is_provisional() -> None:
    assert due(Hours(20), at("2026-12-30T10:00"), calendar=CALENDAR).provisional
    assert not due(Hours(5), at("2026-12-30T10:00"), calendar=CALENDAR).provisional


@pytest.mark.parametrize(
    "text", ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-17:00", "09:00", "a-b", "09:00-12:00-13:00"]
)
def test_hours_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match="office hours"):
        office_hours.read(text)


def test_what_a_rule_may_say() -> None:
    from dataclasses import replace

    rule = register.rule("L7")
    assert list(checking.period_problems(replace(rule, unit="hour", day_type="working"))) == []
    assert [f for f, _m in checking.period_problems(replace(rule, unit="hour", day_type="calendar"))] == ["day_type"]
    assert [f for f, _m in checking.period_problems(replace(rule, unit="hour", day_type="hour", ends="close"))] == [
        "ends"
    ]
    assert list(checking.period_problems(replace(rule, ends="close"))) == []
