"""Clocks through their operations: what freezes, what pauses, what extends, how they end, and what each step costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.clock import at as clock_at
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operation import operation
from tongqu.kernel.law import operations as law
from tongqu.kernel.law import queries, register
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.operations import ClockSpec
from tongqu.kernel.law.rules import CHINA

pytestmark = pytest.mark.django_db
TENANT = UUID(settings.TQ_TENANT_ID)
SYSTEM = Actor.system(TENANT)
HEAD = UUID("01900000-0000-7000-8000-00000000aaaa")
COMPLEX = "extend.complex"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def start(rule_id: str = "L7", when: str = "2026-03-02T09:00", name: str = "decide", **more) -> Clock:
    with clock_at(moment(when)):
        return law.start_clock(SYSTEM, subject=("case", uuid7()), name=name, rule_id=rule_id, **more)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


# --- starting --------------------------------------------------------------------------------------------------------


def test_a_clock_takes_the_numbers_of_its_rule() -> None:
    clock = Clock.objects.get(id=start().id)
    assert (clock.rule_id, clock.rule_version) == ("L7", "行政许可法-2019")
    assert (clock.quantity, clock.unit, clock.day_type, clock.on_miss) == (20, "day", "working", "overdue")
    assert clock.last_day == date(2026, 3, 30)
    assert clock.state == "running" and not clock.provisional and not clock.is_over
    event = Event.objects.get()
    assert (event.kind, event.subject_kind, event.rule) == ("law.clock_started", "clock", "L7@行政许可法-2019")
    assert event.body["subject"] == ["case", str(clock.subject_id)]


def test_later_versions_of_the_rule_do_not_touch_it(monkeypatch) -> None:
    clock = start()
    rule = register.rule("L7")
    newer = replace(
        rule, version="行政许可法-2099", quantity=1, extension=None, paused_by=(), effective_from=date(2026, 3, 3)
    )
    monkeypatch.setattr(register, "_books", register._open().joined_by([newer]))
    with clock_at(moment("2026-03-03T09:00")):
        clock = law.pause_clock(SYSTEM, clock=clock.id, ground="pause.testing")
        clock = law.resume_clock(SYSTEM, clock=clock.id)
        clock = law.extend_clock(SYSTEM, clock=clock.id, rule_id="L7", ground=COMPLEX, reason="案情复杂", approver=HEAD)
    assert (clock.quantity, clock.rule_version) == (20, "行政许可法-2019")
    assert queries.explain(clock).due.last_day == clock.last_day == date(2026, 4, 14)


def test_the_rule_in_force_when_the_clock_starts(monkeypatch) -> None:
    newer = replace(register.rule("L7"), version="新-2026", quantity=15, effective_from=date(2026, 6, 1))
    monkeypatch.setattr(register, "_books", register._open().joined_by([newer]))
    assert start(when="2026-05-31T23:59").quantity == 20
    assert start(when="2026-06-01T00:00").quantity == 15  # midnight in Shanghai, still May in UTC


def test_an_earlier_start_may_be_given() -> None:
    clock = start(when="2026-03-09T10:00", started_at=moment("2026-03-02T16:00"))
    assert clock.last_day == date(2026, 3, 30)


def test_several_clocks_in_one_insert() -> None:
    subject = ("case", uuid7())
    specs = [ClockSpec("notice", "L1"), {"name": "decide", "rule_id": "L7", "promise": (10, "day")}]
    with (
        clock_at(moment("2026-03-02T09:00")),
        CaptureQueriesContext(
            connection,
        ) as seen,
    ):
        clocks = law.start_clocks(SYSTEM, subject=subject, specs=specs)
    inserts = [q["sql"] for q in seen if "law_clock" in q["sql"]]
    assert len(inserts) == 1 and inserts[0].startswith("INSERT")
    assert [c.name for c in clocks] == ["notice", "decide"]
    assert clocks[1].promised_last_day == date(2026, 3, 16)
    assert law.start_clocks(SYSTEM, subject=subject, specs=[]) == []


def test_one_of_a_name_at_a_time() -> None:
    clock = start()
    again = {"subject": clock.subject, "name": "decide", "rule_id": "L7"}
    with pytest.raises(Conflict):
        law.start_clock(SYSTEM, **again)
    assert Clock.objects.count() == 1
    with clock_at(moment("2026-03-03T09:00")):
        law.stop_clock(SYSTEM, clock=clock, outcome="decided")
        law.start_clock(SYSTEM, **again)
    assert Clock.objects.count() == 2


def test_a_promise_may_be_shorter_than_the_law_never_longer() -> None:
    assert start(promise=(12, "day")).promised_last_day == date(2026, 3, 18)
    with pytest.raises(Invalid) as refused:
        start(promise=(21, "day"))
    assert "promise" in refused.value.fields
    with pytest.raises(Invalid):
        start(promise=(1, "person"))


def test_a_procedure_may_narrow_a_mark_but_not_change_what_the_law_says() -> None:
    specs = [{"name": "decide", "rule_id": "L7", "on_miss": "decision_overdue"}]
    assert law.start_clocks(SYSTEM, subject=("case", uuid7()), specs=specs)[0].on_miss == "decision_overdue"
    weaker = [{"name": "notice", "rule_id": "L1", "on_miss": "overdue"}]
    with pytest.raises(ValueError, match="deemed_accepted"):
        law.start_clocks(SYSTEM, subject=("case", uuid7()), specs=weaker)


@pytest.mark.parametrize("rule_id", ["L12", "L5", "L14.notice", "L15.apply"])
def test_a_rule_that_sets_no_period_to_measure(rule_id: str) -> None:
    with pytest.raises(ValueError, match="no period"):
        start(rule_id)


def test_past_the_last_loaded_year_the_date_is_provisional() -> None:
    clock = start(when="2026-12-10T09:00")
    assert clock.provisional and clock.last_day.year == 2027
    assert queries.standing(clock, moment("2027-06-01T09:00")).code == "provisional"
    assert "暂定" in queries.explain(clock).sentence_zh


# --- permission ------------------------------------------------------------------------------------------------------


def test_at_top_level_a_right_is_needed_and_a_refusal_changes_nothing() -> None:
    clock = start()
    nobody = Actor(tenant_id=TENANT, kind="staff", account_id=uuid7(), grants=(Grant("cases.accept"),))
    for call in (
        lambda: law.start_clock(nobody, subject=("case", uuid7()), name="x", rule_id="L7"),
        lambda: law.start_clocks(nobody, subject=("case", uuid7()), specs=[ClockSpec("x", "L7")]),
        lambda: law.pause_clock(nobody, clock=clock.id, ground="pause.hearing"),
        lambda: law.resume_clock(nobody, clock=clock.id),
        lambda: law.extend_clock(nobody, clock=clock.id, rule_id="L7", ground=COMPLEX, reason="x", approver=HEAD),
        lambda: law.stop_clock(nobody, clock=clock.id, outcome="x"),
        lambda: law.stop_clocks(nobody, clocks=[clock], outcome="x"),
        lambda: law.publish_rules(nobody),
    ):
        with pytest.raises(NotPermitted):
            call()
    assert Clock.objects.count() == 1 and Clock.objects.get().version == 1
    assert kinds() == ["law.clock_started"]


def test_inside_another_operation_that_one_has_asked() -> None:
    @operation("cases.test_accept")
    def accept(act, *, subject):
        act.require("cases.accept")
        law.start_clock(act, subject=subject, name="decide", rule_id="L7")
        act.emit("law.clock_stopped", subject=subject)

    clerk = Actor(tenant_id=TENANT, kind="staff", account_id=uuid7(), grants=(Grant("cases.accept"),))
    accept(clerk, subject=("case", uuid7()))
    assert Clock.objects.count() == 1


# --- pauses ----------------------------------------------------------------------------------------------------------


def test_a_pause_moves_the_date_by_the_days_it_touches() -> None:
    clock = start(promise=(10, "day"))
    with clock_at(moment("2026-03-05T15:00")):
        clock = law.pause_clock(SYSTEM, clock=clock, ground="pause.hearing")
    assert clock.state == "paused"
    assert queries.standing(clock, moment("2026-05-01T00:00")).code == "paused"
    assert "可能的最早日期" in queries.explain(clock, as_of=moment("2026-03-08T00:00")).sentence_zh
    with clock_at(moment("2026-03-10T11:00")):
        clock = law.resume_clock(SYSTEM, clock=clock)
    assert clock.state == "running"
    assert clock.last_day == date(2026, 4, 3)
    assert clock.promised_last_day == date(2026, 3, 20)
    stored = Clock.objects.get(id=clock.id)
    assert (stored.due_at, stored.version) == (clock.due_at, 3)
    assert stored.pause_list[0].end == moment("2026-03-10T11:00")
    assert kinds() == ["law.clock_started", "law.clock_paused", "law.clock_resumed"]
    paused = Event.objects.get(kind="law.clock_paused")
    assert (paused.body["ground"], paused.rule) == ("pause.hearing", "L10@行政许可法-2019")


@pytest.mark.parametrize(
    ("rule_id", "ground"),
    [("L1", "pause.hearing"), ("L16", "pause.testing"), ("RM1", "pause.hearing"), ("L7", "refuse.conditions_not_met")],
)
def test_only_the_pauses_of_the_rules_own_law(rule_id: str, ground: str) -> None:
    clock = start(rule_id)
    with clock_at(moment("2026-03-03T09:00")), pytest.raises(Refused) as refused:
        law.pause_clock(SYSTEM, clock=clock, ground=ground)
    assert (refused.value.code, refused.value.rule) == (
        ("ground-not-applicable", register.rule("L12").cite)
        if ground.startswith("refuse")
        else ("pause-not-allowed", register.rule(rule_id).cite)
    )
    assert Clock.objects.get().state == "running"


def test_a_ground_that_does_not_exist() -> None:
    with pytest.raises(Invalid) as refused:
        law.pause_clock(SYSTEM, clock=start(), ground="pause.lunch")
    assert "ground" in refused.value.fields


def test_no_pause_of_a_pause_and_no_resuming_what_runs() -> None:
    clock = start()
    with clock_at(moment("2026-03-03T09:00")):
        with pytest.raises(Conflict):
            law.resume_clock(SYSTEM, clock=clock.id)
        law.pause_clock(SYSTEM, clock=clock.id, ground="pause.hearing")
        with pytest.raises(Conflict):
            law.pause_clock(SYSTEM, clock=clock.id, ground="pause.testing")


def test_no_pause_and_no_extension_once_time_has_run_out() -> None:
    clock = start()
    with clock_at(moment("2026-03-31T00:00")):
        with pytest.raises(Refused) as refused:
            law.pause_clock(SYSTEM, clock=clock.id, ground="pause.hearing")
        assert refused.value.code == "time-has-run-out"
        with pytest.raises(Refused):
            law.extend_clock(SYSTEM, clock=clock.id, rule_id="L7", ground=COMPLEX, reason="复杂", approver=HEAD)
    with clock_at(moment("2026-03-30T23:59:59")):
        law.pause_clock(SYSTEM, clock=clock.id, ground="pause.hearing")


# --- extensions ------------------------------------------------------------------------------------------------------


def extend(clock: Clock, when: str = "2026-03-20T09:00", **more) -> Clock:
    with clock_at(moment(when)):
        given = {"rule_id": "L7", "ground": COMPLEX, "reason": "案情复杂", "approver": HEAD} | more
        return law.extend_clock(SYSTEM, clock=clock.id, **given)


def test_extended_by_what_the_rule_declares_once() -> None:
    clock = extend(start())
    assert clock.last_day == date(2026, 4, 14)
    assert clock.extension_list[0].approver == str(HEAD)
    event = Event.objects.get(kind="law.clock_extended")
    assert (event.body["quantity"], event.body["approver"]) == (10, str(HEAD))
    assert "reason" not in event.body  # free text may name people; it stays with the clock
    with pytest.raises(Refused) as refused:
        extend(clock)
    assert refused.value.code == "extension-used-up"


def test_by_less_but_not_by_more() -> None:
    assert extend(start(), quantity=3).last_day == date(2026, 4, 2)
    for wrong in (0, 11, -1):
        with pytest.raises(Refused) as refused:
            extend(start(), quantity=wrong)
        assert refused.value.code == "extension-too-long"


def test_only_with_a_reason_and_only_by_the_clocks_own_rule() -> None:
    with pytest.raises(Invalid):
        extend(start(), reason="  ")
    with pytest.raises(Refused) as refused:
        extend(start(), rule_id="L8")
    assert refused.value.code == "extension-not-allowed"


@pytest.mark.parametrize(
    ("ground", "error", "code"),
    [("", Invalid, "ground-missing"), ("extend.nonsense", Invalid, "ground-unknown"),
     ("refuse.conditions_not_met", Refused, "ground-not-applicable"),
     ("extend.joint_unfinished", Refused, "ground-not-applicable")],
)  # fmt: skip
def test_only_on_a_ground_of_the_clocks_own_rule(ground: str, error: type[Exception], code: str) -> None:
    """L7 may be extended where the matter is complex; that joint handling is not finished is L8's ground."""
    clock = start()
    with pytest.raises(error) as refused:
        extend(clock, ground=ground)
    assert refused.value.code == code
    assert not Clock.objects.get(id=clock.id).extensions


@pytest.mark.parametrize("rule_id", ["L1", "L9", "L11", "RM1"])
def test_a_rule_that_declares_none(rule_id: str) -> None:
    with pytest.raises(Refused):
        extend(start(rule_id), "2026-03-03T09:00", rule_id=rule_id)


def test_while_paused_it_may_be_extended() -> None:
    clock = start()
    with clock_at(moment("2026-03-05T15:00")):
        law.pause_clock(SYSTEM, clock=clock.id, ground="pause.hearing")
    assert extend(clock).state == "paused"


# --- the end ---------------------------------------------------------------------------------------------------------


def test_stopping_in_time() -> None:
    clock = start()
    with clock_at(moment("2026-03-10T09:00")):
        clock = law.stop_clock(SYSTEM, clock=clock, outcome="granted")
    assert (clock.state, clock.outcome) == ("stopped", "granted") and clock.is_over
    assert Event.objects.get(kind="law.clock_stopped").body["late"] is False
    with pytest.raises(Conflict):
        law.stop_clock(SYSTEM, clock=clock.id, outcome="again")


def test_stopping_while_paused_closes_the_pause() -> None:
    clock = start()
    with clock_at(moment("2026-03-05T15:00")):
        law.pause_clock(SYSTEM, clock=clock.id, ground="pause.hearing")
    with clock_at(moment("2026-03-09T15:00")):
        clock = law.stop_clock(SYSTEM, clock=clock.id, outcome="withdrawn")
    assert clock.pause_list[0].end == moment("2026-03-09T15:00")
    assert queries.explain(clock).due.at == clock.due_at


def test_stop_all_leaves_those_that_are_over() -> None:
    subject = ("case", uuid7())
    with clock_at(moment("2026-03-02T09:00")):
        a, b = law.start_clocks(SYSTEM, subject=subject, specs=[ClockSpec("notice", "L1"), ClockSpec("decide", "L7")])
        law.stop_clock(SYSTEM, clock=a, outcome="told")
        stopped = law.stop_clocks(SYSTEM, clocks=queries.clocks_of(subject), outcome="withdrawn")
        assert [c.id for c in stopped] == [b.id]
        assert law.stop_clocks(SYSTEM, clocks=queries.clocks_of(subject), outcome="withdrawn") == []


def test_two_who_change_the_same_clock() -> None:
    mine = start()
    theirs = Clock.objects.get(id=mine.id)
    with clock_at(moment("2026-03-03T09:00")):
        law.pause_clock(SYSTEM, clock=theirs, ground="pause.hearing")
        with pytest.raises(Conflict):
            law.stop_clock(SYSTEM, clock=mine, outcome="granted")
    assert Clock.objects.get(id=mine.id).state == "paused"


def test_a_clock_that_does_not_exist() -> None:
    with pytest.raises(NotFound):
        law.stop_clock(SYSTEM, clock=uuid7(), outcome="x")


# --- publishing rules ------------------------------------------------------------------------------------------------


def test_each_version_is_put_on_record_once_and_may_not_change(monkeypatch) -> None:
    first = law.publish_rules(SYSTEM)
    assert "L7@行政许可法-2019" in first and len(first) == len(register.all_versions())
    assert kinds() == ["law.rule_published"] * len(first)
    assert law.publish_rules(SYSTEM) == []
    changed = replace(register.rule("L7"), digest="0" * 64)
    monkeypatch.setattr(register, "_books", register._open().joined_by([changed]))
    with pytest.raises(Refused) as refused:
        law.publish_rules(SYSTEM)
    assert refused.value.rule == "L7@行政许可法-2019"
    assert Event.objects.count() == len(first)


def test_a_new_version_is_one_event(monkeypatch) -> None:
    law.publish_rules(SYSTEM)
    newer = replace(register.rule("L7"), version="行政许可法-2030", digest="1" * 64, effective_from=date(2030, 1, 1))
    monkeypatch.setattr(register, "_books", register._open().joined_by([newer]))
    assert law.publish_rules(SYSTEM) == ["L7@行政许可法-2030"]
    assert Event.objects.order_by("-id").first().rule == "L7@行政许可法-2030"
