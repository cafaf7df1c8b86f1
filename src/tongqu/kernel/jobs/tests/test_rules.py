from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.jobs import rules

SHANGHAI = ZoneInfo("Asia/Shanghai")
chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(-5, 10_000), chances)
def test_a_wait_is_between_a_second_and_an_hour_and_a_quarter(attempt: int, chance: float) -> None:
    wait = rules.backoff(attempt, chance)
    assert timedelta(seconds=1) < wait <= timedelta(minutes=75)


def test_waits_double() -> None:
    assert [rules.backoff(n, 0.5).total_seconds() for n in (1, 2, 3, 4)] == [2, 4, 8, 16]


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)), st.times())
def test_next_daily_is_within_a_day_and_shows_the_time(after: datetime, at: time) -> None:
    moment = rules.next_daily(at, after.replace(tzinfo=UTC), SHANGHAI)
    assert timedelta(0) < moment - after.replace(tzinfo=UTC) <= timedelta(days=1)
    assert moment.astimezone(SHANGHAI).time() == at


def test_time_of_day() -> None:
    assert rules.time_of_day("02:05") == time(2, 5)


def test_redaction_keeps_the_sense_and_drops_the_person() -> None:
    text = "duplicate key 'name=张三' for 11010119900307663X at zhang@example.org\nDETAIL: Key (phone)=(13800000000)"
    kept = rules.redact(text)
    assert "duplicate key" in kept
    for personal in ("张三", "110101", "663X", "zhang", "example", "138"):
        assert personal not in kept


@given(st.text(max_size=3000))
def test_redaction_is_short_and_keeps_no_long_number(text: str) -> None:
    kept = rules.redact(text)
    assert len(kept) <= 300
    assert "\n" not in kept
    assert rules.redact("账号 6222021234567890123 余额不足") == "账号 ••• 余额不足"
