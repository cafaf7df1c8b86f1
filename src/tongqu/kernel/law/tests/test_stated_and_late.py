"""Periods whose length the organ states, and pauses that began or ended before they came to be recorded."""

from __future__ import annotations

from datetime import date

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import at as clock_at
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.tests.test_clocks import SYSTEM, moment, start

pytestmark = pytest.mark.django_db


def test_a_period_that_the_organ_states_lasts_as_stated() -> None:
    with clock_at(moment("2026-03-05T10:00")):
        spec = {"name": "supply", "rule_id": "I11.supply", "stated": 10}
        (clock,) = law.start_clocks(SYSTEM, subject=("case", uuid7()), specs=[spec])
    assert (clock.quantity, clock.unit, clock.day_type, clock.on_miss) == (10, "day", "working", "deemed_given_up")
    assert clock.last_day == date(2026, 3, 19)


@pytest.mark.parametrize(
    ("rule_id", "stated", "error"),
    [("I11.supply", None, ValueError), ("I13", 5, ValueError), ("I11.supply", 0, Invalid), ("I11.supply", -1, Invalid)],
)
def test_nothing_is_stated_where_the_law_says_it_and_nothing_left_open_where_not(
    rule_id: str, stated: int | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        law.start_clocks(SYSTEM, subject=("case", uuid7()), specs=[{"name": "x", "rule_id": rule_id, "stated": stated}])
    assert not Clock.objects.filter(name="x").exists()


def test_a_pause_noticed_late_still_ended_when_it_ended() -> None:
    clock = start("I13", name="answer", when="2026-03-03T10:00")
    with clock_at(moment("2026-03-05T10:00")):
        clock = law.pause_clock(SYSTEM, clock=clock, ground="pause.third_party")
    with clock_at(moment("2026-04-20T10:00")):
        clock = law.resume_clock(SYSTEM, clock=clock, since=moment("2026-03-31T00:00"))
    assert clock.last_day == date(2026, 4, 27), "31 March counts"
    with clock_at(moment("2026-04-21T10:00")):
        clock = law.pause_clock(SYSTEM, clock=clock, ground="pause.co_maker", since=moment("2026-03-01T00:00"))
    assert clock.pause_list[-1].start == clock.pause_list[0].end, "no earlier than the last pause ended"


def test_nothing_is_paused_or_resumed_in_the_future() -> None:
    clock = start("I13", name="answer", when="2026-03-03T10:00")
    with clock_at(moment("2026-03-05T10:00")):
        clock = law.pause_clock(SYSTEM, clock=clock, ground="pause.third_party", since=moment("2026-12-01T00:00"))
        assert clock.pause_list[0].start == moment("2026-03-05T10:00")
        clock = law.resume_clock(SYSTEM, clock=clock, since=moment("2026-12-01T00:00"))
        assert clock.pause_list[0].end == moment("2026-03-05T10:00")
