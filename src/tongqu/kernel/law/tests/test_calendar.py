"""The two loaded years, day by day where the notices say something, and what lies beyond them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tongqu.kernel.law import register
from tongqu.kernel.law.datafiles import BadFile
from tongqu.kernel.law.rules import Calendar

REST_2025 = """01-01 01-28 01-29 01-30 01-31 02-01 02-02 02-03 02-04 04-04 04-05 04-06 05-01 05-02 05-03 05-04 05-05
05-31 06-01 06-02 10-01 10-02 10-03 10-04 10-05 10-06 10-07 10-08"""
WORK_2025 = "01-26 02-08 04-27 09-28 10-11"
REST_2026 = """01-01 01-02 01-03 02-15 02-16 02-17 02-18 02-19 02-20 02-21 02-22 02-23 04-04 04-05 04-06 05-01 05-02
05-03 05-04 05-05 06-19 06-20 06-21 09-25 09-26 09-27 10-01 10-02 10-03 10-04 10-05 10-06 10-07"""
WORK_2026 = "01-04 02-14 02-28 05-09 09-20 10-10"


@pytest.mark.parametrize(
    ("year", "rest", "work"), [(2025, REST_2025, WORK_2025), (2026, REST_2026, WORK_2026)], ids=["2025", "2026"]
)
def test_each_day_of_a_loaded_year(year: int, rest: str, work: str) -> None:
    calendar = register.calendar()
    resting = {date.fromisoformat(f"{year}-{d}") for d in rest.split()}
    worked = {date.fromisoformat(f"{year}-{d}") for d in work.split()}
    day = date(year, 1, 1)
    while day.year == year:
        expected = day in worked or (day.weekday() < 5 and day not in resting)
        assert calendar.is_working(day) is expected, day
        day += timedelta(days=1)


def test_a_normal_year_has_as_many_working_days_as_the_state_promises() -> None:
    # 365 days, 104 or 105 weekend days, 13 days of public holidays
    calendar = register.calendar()
    assert calendar.working_between(date(2024, 12, 31), date(2025, 12, 31)) == 248
    assert calendar.working_between(date(2025, 12, 31), date(2026, 12, 31)) == 248


def test_kinds_are_named() -> None:
    calendar = register.calendar()
    assert calendar.kind(date(2026, 2, 17)).name == {"zh-Hans": "春节", "en": "Spring Festival"}
    assert calendar.kind(date(2026, 2, 14)).code == "makeup"
    assert calendar.kind(date(2026, 3, 7)).code == "weekend"
    assert calendar.kind(date(2026, 3, 9)).code == "workday"


def test_beyond_the_loaded_years_weekends_alone_count_and_nothing_is_known() -> None:
    calendar = register.calendar()
    assert calendar.last_year == 2026
    assert calendar.is_working(date(2027, 10, 1))  # a Friday, and a holiday that no notice has set yet
    a, b = date(2025, 3, 1).toordinal(), date(2026, 12, 31).toordinal()
    assert calendar.known(a, b)
    assert not calendar.known(a, b + 1)
    assert not calendar.known(date(2003, 12, 31).toordinal(), a)


def test_a_gap_between_loaded_years_is_unknown() -> None:
    years = register.calendar().years
    gap = Calendar([years[2026]])
    assert not gap.known(date(2025, 12, 31).toordinal(), date(2026, 1, 2).toordinal())


def test_outside_2000_to_2099_is_refused() -> None:
    with pytest.raises(ValueError, match="2000"):
        register.calendar().working_upto(date(1999, 12, 31).toordinal())
    with pytest.raises(ValueError, match="2000"):
        register.calendar().working_from(date(2100, 1, 1).toordinal())


GOOD = """schema: tongqu/calendar/1
year: 2031
notice: 示例通知
issued: 2030-11-01
trust: M
holidays:
  - {name: {zh-Hans: 元旦, en: New Year's Day}, from: 2031-01-01, to: 2031-01-01}
workdays: [2031-01-04]
"""


def test_a_year_can_be_loaded(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(register, "_calendar", register.calendar())
    (tmp_path / "2031.yaml").write_text(GOOD)
    register.take_year(register.read_year(tmp_path / "2031.yaml"))
    assert {2025, 2026, 2031} <= set(register.calendar().years) and 2030 not in register.calendar().years
    assert not register.calendar().is_working(date(2031, 1, 1))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("2031-01-04]", "2031-01-06]"), "周六或者周日"),
        (("2031-01-04]", "2032-01-03]"), "不在2031年之内"),
        (("to: 2031-01-01", "to: 2030-12-31"), "早于开始"),
        (("from: 2031-01-01, to: 2031-01-01", "from: 2031-01-04, to: 2031-01-05"), "既放假又上班"),
        (("year: 2031", "year: 一"), "整数"),
        (("trust: M", "trust: X"), "可选值"),
    ],
)
def test_a_wrong_year_is_refused_in_plain_words(tmp_path, change, said) -> None:
    (tmp_path / "year.yaml").write_text(GOOD.replace(*change))
    before = register.calendar()
    with pytest.raises(BadFile) as refused:
        register.take_year(register.read_year(tmp_path / "year.yaml"))
    assert said in str(refused.value)
    assert "year.yaml" in str(refused.value)
    assert register.calendar() is before
