"""Another's opinion on due dates: numpy's business-day functions, given the same calendar, on 120,000 random cases.

The product does not use numpy: two programs that agree by chance on so many cases are not to be expected.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from tongqu.kernel.law import register
from tongqu.kernel.law.rules import CHINA, Rule, due

CASES = 120_000
FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)


def days_off() -> np.ndarray:
    """Every day that is not worked: weekends that nobody exchanged, and holidays. Weekdays alone would not do, since
    numpy knows no worked Saturday."""
    off = []
    for year in register.calendar().years.values():
        held = {h.start + timedelta(days=n) for h in year.holidays for n in range((h.end - h.start).days + 1)}
        day = date(year.year, 1, 1)
        while day.year == year.year:
            if day in held or (day.weekday() >= 5 and day not in year.workdays):
                off.append(day)
            day += timedelta(days=1)
    return np.array(sorted(off), dtype="datetime64[D]")


def rule(unit: str, day_type: str, quantity: int) -> Rule:
    return Rule(
        "ZZ1", "v", "i", "", None, None, "organ", "V", {}, trigger="t", quantity=quantity, unit=unit, day_type=day_type
    )


def ours(day_type: str, starts: np.ndarray, amounts: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """The last day of each period, begun at any second of its day in Shanghai."""
    calendar = register.calendar()
    rules = {n: rule("day", day_type, n) for n in set(amounts.tolist())}
    found = []
    for day, amount, second in zip(starts.tolist(), amounts.tolist(), seconds.tolist(), strict=True):
        begun = datetime(day.year, day.month, day.day, tzinfo=CHINA) + timedelta(seconds=second)
        found.append(due(rules[amount], begun.astimezone(UTC), calendar=calendar).last_day)
    return np.array(found, dtype="datetime64[D]")


def cases(seed: int, longest: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, amounts and seconds of the day, such that every period ends within the years that are known."""
    draw = np.random.default_rng(seed)
    span = (LAST - FIRST).days - 2 * longest
    starts = np.datetime64(FIRST, "D") + draw.integers(0, span, CASES // 2)
    return starts, draw.integers(1, longest, CASES // 2), draw.integers(0, 86_400, CASES // 2)


def test_working_days_agree_with_numpy() -> None:
    starts, amounts, seconds = cases(20_260_302, 120)
    work = np.busdaycalendar(weekmask="1111111", holidays=days_off())
    # The first day is not counted: from the last working day up to and including it, so many further.
    theirs = np.busday_offset(starts, amounts, roll="backward", busdaycal=work)
    assert np.array_equal(ours("working", starts, amounts, seconds), theirs)


def test_calendar_days_that_end_on_a_rest_day_roll_as_numpy_rolls() -> None:
    starts, amounts, seconds = cases(20_260_303, 365)
    work = np.busdaycalendar(weekmask="1111111", holidays=days_off())
    theirs = np.busday_offset(starts + amounts, 0, roll="forward", busdaycal=work)
    assert np.array_equal(ours("calendar", starts, amounts, seconds), theirs)
