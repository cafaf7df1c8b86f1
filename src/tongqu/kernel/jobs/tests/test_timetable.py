from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.jobs import moments, registry
from tongqu.kernel.jobs.models import Schedule
from tongqu.kernel.jobs.registry import every
from tongqu.kernel.jobs.timetable import Timetable
from tongqu.kernel.jobs.worker import run_pending

pytestmark = pytest.mark.django_db
ONE = datetime(2026, 8, 3, 4, 0, tzinfo=UTC)  # noon in Shanghai
seen: list[str] = []


@pytest.fixture(autouse=True)
def _own_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(registry, "_schedules", {})


def declare(name: str, **when: object) -> None:
    every(name, **when)(lambda: seen.append(name))  # type: ignore[arg-type]


def start(table: Timetable) -> list[str]:
    due = table.start_due()
    for held in due:
        table.run(held)
    return sorted(held.declared.name for held in due)


def test_a_schedule_has_one_holder_until_the_lease_ends() -> None:
    declare("t.tick", seconds=1)
    first, second = Timetable("first"), Timetable("second")
    first.take_free()
    second.take_free()
    assert (start(first), start(second)) == (["t.tick"], [])
    first.renew()
    Schedule.objects.update(lease_until=moments.real() - timedelta(seconds=1))
    second.take_free()
    assert start(second) == ["t.tick"]
    first.renew()  # finds out that it holds nothing any more
    assert start(first) == []


def test_given_back_it_is_free_at_once() -> None:
    declare("t.tick", seconds=1)
    first, second = Timetable("first"), Timetable("second")
    first.take_free()
    first.give_back()
    second.take_free()
    assert start(second) == ["t.tick"]


def test_a_long_interval_survives_a_restart() -> None:
    declare("t.hourly", seconds=3600)
    first, second = Timetable("first"), Timetable("second")
    first.take_free()
    assert start(first) == ["t.hourly"]
    assert start(first) == []
    first.give_back()
    second.take_free()
    assert start(second) == []


def test_a_daily_schedule_runs_at_its_time_in_shanghai_and_once() -> None:
    declare("t.night", daily_at="02:00")
    table = Timetable("w")
    with clock.at(ONE):
        table.take_free()
        assert start(table) == []
    with clock.at(ONE + timedelta(hours=13, minutes=59)):
        assert start(table) == []
    with clock.at(ONE + timedelta(hours=14)):
        assert start(table) == ["t.night"]
        assert start(table) == []
    with clock.at(ONE + timedelta(days=30)):
        assert start(table) == ["t.night"]
        assert start(table) == []
    with clock.at(ONE + timedelta(days=2)):  # the clock of a demonstration was moved back
        assert start(table) == ["t.night"]


def test_a_failing_schedule_is_written_down_and_tried_again_later() -> None:
    def broken() -> None:
        raise ValueError("broken")

    every("t.broken", seconds=0.001)(broken)
    table = Timetable("w")
    table.take_free()
    assert start(table) == ["t.broken"]
    assert start(table) == []  # it waits
    row = Schedule.objects.get()
    assert (row.failures, row.error_class) == (1, "builtins.ValueError")


def test_a_schedule_is_declared_with_one_rhythm() -> None:
    with pytest.raises(ValueError, match="either"):
        every("t.none")
    with pytest.raises(ValueError, match="either"):
        every("t.both", seconds=1, daily_at="01:00")


def test_run_pending_runs_intervals_now_and_daily_ones_when_due() -> None:
    declare("t.tick", seconds=60)
    declare("t.night", daily_at="02:00")
    with clock.at(ONE):
        run_pending()
        assert "t.night" not in seen
        assert "t.tick" in seen
        run_pending(until=ONE + timedelta(hours=15))
        assert seen.count("t.night") == 1
    with clock.at(ONE + timedelta(days=1)):
        run_pending()
        assert seen.count("t.night") == 1


def test_holding_costs_one_query_when_nothing_is_free(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    declare("t.tick", seconds=1)
    table = Timetable("w")
    table.take_free()
    with django_assert_num_queries(0):
        table.take_free()
        start(table)
