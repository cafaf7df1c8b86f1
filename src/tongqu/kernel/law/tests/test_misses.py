"""Consequences: carried out by the platform, once, whole or not at all, and never on a provisional date."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import at as clock_at
from tongqu.kernel.acts.errors import Conflict, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.law import misses, work
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import CHINA

TENANT = UUID(settings.TQ_TENANT_ID)
SYSTEM = Actor.system(TENANT)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def start(rule_id: str = "L1", when: str = "2026-03-02T09:00", name: str = "notice") -> Clock:
    with clock_at(moment(when)):
        return law.start_clock(SYSTEM, subject=("case", uuid7()), name=name, rule_id=rule_id)


def sweep(when: str) -> int:
    with clock_at(moment(when)):
        return misses.sweep()


@pytest.fixture
def handlers(monkeypatch):
    """The registered consequences, for this test alone."""
    monkeypatch.setattr(misses, "_handlers", {"": misses.mark_only, "overdue": misses.mark_overdue})
    monkeypatch.setattr(misses, "_open_ended", {"", "overdue"})
    monkeypatch.setattr(misses, "_locks", {})
    return misses._handlers


@pytest.fixture
def accepted(handlers) -> list[UUID]:
    """Whom the consequence “deemed accepted” has reached."""
    reached: list[UUID] = []

    @misses.on_miss("deemed_accepted")
    def accept(act, clock) -> None:
        reached.append(clock.subject_id)
        act.emit("law.rule_published", subject=(clock.subject_kind, clock.subject_id), rule=clock.consequence_cite)
        law.start_clock(act, subject=clock.subject, name="decide", rule_id="L7", started_at=clock.started_at)

    return reached


@pytest.mark.django_db
def test_nothing_before_the_last_instant_and_all_after(accepted) -> None:
    clock = start()
    assert sweep("2026-03-09T23:59:59") == 0
    assert sweep("2026-03-10T00:00:00") == 1
    assert sweep("2026-03-10T00:00:05") == 0
    assert accepted == [clock.subject_id]
    clock = Clock.objects.get(id=clock.id)
    assert (clock.state, clock.outcome, clock.is_over) == ("missed", "deemed_accepted", True)
    assert clock.missed_at == clock.ended_at == moment("2026-03-10T00:00:00")
    missed = Event.objects.get(kind="law.clock_missed")
    assert missed.rule == "L2@行政许可法-2019"
    assert missed.actor["kind"] == "system"


@pytest.mark.django_db
def test_after_deemed_acceptance_the_decision_clock_runs_from_receipt(accepted) -> None:
    clock = start()
    sweep("2026-03-10T08:00:00")
    decide = Clock.objects.get(name="decide")
    assert decide.started_at == clock.started_at
    assert decide.last_day.isoformat() == "2026-03-30"


@pytest.mark.django_db
def test_a_mark_without_effect_leaves_the_clock_open_and_tells_how_late(handlers) -> None:
    clock = start("L7", name="decide")
    assert sweep("2026-03-31T09:00") == 1
    clock = Clock.objects.get(id=clock.id)
    assert clock.state == "missed" and not clock.is_over
    assert Event.objects.get(kind="law.clock_missed").rule == "L7@行政许可法-2019"
    assert sweep("2026-04-01T09:00") == 0
    with clock_at(moment("2026-04-02T09:00")):
        clock = law.stop_clock(SYSTEM, clock=clock, outcome="granted")
    assert (clock.state, clock.outcome, clock.is_over) == ("missed", "granted", True)
    assert Event.objects.get(kind="law.clock_stopped").body["late"] is True


@pytest.mark.django_db
def test_codes_that_end_in_overdue_are_marks(handlers) -> None:
    misses.on_miss("check_overdue")(lambda act, clock: None)
    misses.on_miss("deemed_given_up")(lambda act, clock: None)
    assert "check_overdue" in misses._open_ended and "deemed_given_up" not in misses._open_ended


@pytest.mark.django_db
def test_never_on_a_provisional_date(accepted) -> None:
    clock = start(when="2026-12-29T09:00")
    assert clock.provisional
    assert sweep("2028-01-01T00:00") == 0
    assert accepted == [] and Clock.objects.get().state == "running"


@pytest.mark.django_db
def test_neither_paused_nor_stopped_clocks(accepted) -> None:
    paused, stopped = start("L7", name="decide"), start()
    with clock_at(moment("2026-03-03T09:00")):
        law.pause_clock(SYSTEM, clock=paused.id, ground="pause.hearing")
        law.stop_clock(SYSTEM, clock=stopped.id, outcome="told")
    assert sweep("2026-09-01T00:00") == 0


@pytest.mark.django_db
def test_a_consequence_that_nobody_registered_waits(handlers) -> None:
    start()
    assert sweep("2026-03-10T09:00") == 0
    assert Clock.objects.get().state == "running"
    misses.on_miss("deemed_accepted")(lambda act, clock: None)
    assert sweep("2026-03-10T09:00") == 1


@pytest.mark.django_db
def test_a_failure_changes_nothing_waits_and_does_not_hold_up_others(handlers) -> None:
    bad, good = start(), start(when="2026-03-03T09:00")
    broken = [True]

    @misses.on_miss("deemed_accepted")
    def accept(act, clock) -> None:
        law.start_clock(act, subject=clock.subject, name="decide", rule_id="L7", started_at=clock.started_at)
        if clock.id == bad.id and broken:
            raise RuntimeError("the registry is away")

    assert sweep("2026-03-11T09:00:00") == 1
    states = dict(Clock.objects.filter(name="notice").values_list("id", "state"))
    assert states == {bad.id: "running", good.id: "missed"}
    assert Clock.objects.filter(name="decide").count() == 1
    assert Event.objects.filter(kind="law.clock_missed").count() == 1
    broken.clear()
    assert sweep("2026-03-11T09:00:04") == 0  # not at once again
    assert sweep("2026-03-11T09:00:06") == 1
    assert Clock.objects.filter(name="decide").count() == 2


@pytest.mark.django_db
def test_many_are_swept_in_batches(accepted, monkeypatch) -> None:
    monkeypatch.setattr(misses, "BATCH", 3)
    subject_ids = [start().subject_id for _ in range(8)]
    assert sweep("2026-03-10T09:00") == 8
    assert sorted(accepted) == sorted(subject_ids)


@pytest.mark.django_db
def test_what_the_law_has_already_done_cannot_be_undone_before_the_sweep(accepted) -> None:
    clock = start()
    with clock_at(moment("2026-03-10T00:00:01")), pytest.raises(Refused) as refused:
        law.stop_clock(SYSTEM, clock=clock.id, outcome="told")
    assert (refused.value.code, refused.value.rule) == ("time-has-run-out", "L2@行政许可法-2019")
    assert sweep("2026-03-10T00:00:05") == 1
    with clock_at(moment("2026-03-10T00:00:06")), pytest.raises(Conflict):
        law.stop_clock(SYSTEM, clock=clock.id, outcome="told")


@pytest.mark.django_db
def test_only_the_platform_carries_it_out(accepted) -> None:
    clock = start()
    clerk = Actor(tenant_id=TENANT, kind="staff", account_id=uuid7())
    with clock_at(moment("2026-03-10T09:00")), pytest.raises(NotPermitted):
        misses.miss_clock(clerk, clock_id=clock.id)
    assert accepted == []


@pytest.mark.django_db
def test_the_subject_is_locked_before_its_clock(accepted) -> None:
    order: list[str] = []
    misses.locks("case")(lambda subject_id: order.append(f"lock {Clock.objects.get(subject_id=subject_id).state}"))
    start()
    sweep("2026-03-10T09:00")
    assert order == ["lock running"]


@pytest.mark.django_db
@pytest.mark.parametrize(("rule_id", "outcome"), [("I15", "deemed_agreed"), ("I14", "organ_decides")])
def test_what_silence_means_is_on_record_once(rule_id: str, outcome: str) -> None:
    """A consulted organ has 15 working days and agrees by silence (I15); a third party's silence only frees the organ
    to decide (I14)."""
    clock = start(rule_id, name="consult")
    assert sweep("2026-03-23T23:59:00") == 0
    assert sweep("2026-03-24T00:00:00") == 1 and sweep("2026-03-24T00:00:05") == 0
    over = Clock.objects.get(id=clock.id)
    assert (over.outcome, over.state, over.is_over) == (outcome, "missed", True)
    event = Event.objects.get(kind="law.clock_missed", subject_id=clock.id)
    assert event.body["outcome"] == outcome and event.rule is not None and event.rule.startswith(f"{rule_id}@")
    with clock_at(moment("2026-03-24T09:00")), pytest.raises(Conflict):
        law.stop_clock(SYSTEM, clock=over, outcome="objected")


@pytest.mark.django_db
def test_an_answer_in_time_is_no_silence() -> None:
    clock = start("I15", name="consult")
    with clock_at(moment("2026-03-20T09:00")):
        law.stop_clock(SYSTEM, clock=clock, outcome="objected")
    assert sweep("2026-03-24T00:00:00") == 0 and Clock.objects.get(id=clock.id).outcome == "objected"


def test_two_answers_to_one_code_are_refused(handlers) -> None:
    def one(act, clock) -> None: ...
    def two(act, clock) -> None: ...

    misses.on_miss("deemed_renewed")(one)
    misses.on_miss("deemed_renewed")(one)
    with pytest.raises(ValueError, match="two consequences"):
        misses.on_miss("deemed_renewed")(two)


@pytest.mark.django_db
def test_the_schedule_sweeps(accepted) -> None:
    start()
    with clock_at(moment("2026-03-10T09:00")):
        work.sweep()
    assert len(accepted) == 1


# --- several processes, and one that dies ----------------------------------------------------------------------------

SWEEPER = Path(__file__).with_name("sweeper.py")


class House:
    """A database of its own that sweeping processes share: the test's on PostgreSQL, a file on SQLite."""

    def __init__(self, folder: Path, program: Path = SWEEPER) -> None:
        self.program = program
        self.environment = os.environ | {
            "TQ_DATA_DIR": str(folder), "PYTHONPATH": str(settings.SOURCE_ROOT.parent), "TQ_CLOCK_FILE": "",
        }  # fmt: skip
        if connection.vendor == "postgresql":
            found = connection.settings_dict
            self.environment["TQ_DATABASE_URL"] = (
                f"postgres://{found['USER']}@{found['HOST']}:{found['PORT']}/{connection.settings_dict['NAME']}"
            )

    def run(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.program), *words], env=self.environment, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words: str) -> str:
        process = self.run(*words)
        out, _err = process.communicate(timeout=60)
        assert process.returncode == 0
        return out.strip().splitlines()[-1]


@pytest.fixture
def house(tmp_path, transactional_db) -> House:
    return House(tmp_path)


@pytest.mark.slow
def test_two_sweeps_at_once_do_everything_exactly_once(house: House) -> None:
    house.ask("prepare", "40")
    together = str(time.time() + 5)
    both = [house.run("sweep", together), house.run("sweep", together)]
    done = [int(p.communicate(timeout=120)[0].strip().splitlines()[-1]) for p in both]
    assert sum(done) == 40
    assert house.ask("count") == "missed 40, effects 40, events 40"


@pytest.mark.slow
def test_a_sweep_killed_in_the_middle_leaves_nothing_half_done(house: House) -> None:
    house.ask("prepare", "6")
    slow = house.run("sweep-slowly")
    assert slow.stdout is not None
    assert slow.stdout.readline().strip() == "in the middle"  # the fourth effect is written and not committed
    slow.send_signal(signal.SIGKILL)
    slow.wait(timeout=30)
    for _ in range(50):  # until the database has noticed
        if (before := house.ask("count")) == "missed 3, effects 3, events 3":
            break
        time.sleep(0.1)
    assert before == "missed 3, effects 3, events 3"
    assert house.ask("sweep") == "3"
    assert house.ask("count") == "missed 6, effects 6, events 6"
