"""Applications for government information: what the law attaches to time and to silence, on real cases, by verbs.

The days are counted by hand in the calendar of 2026 (Qingming: 4 to 6 April off).
"""

from __future__ import annotations

from uuid import UUID

import pytest

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case, Consultation, SupervisionCard
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.supervision import warn_all
from tongqu.kernel.cases.tests import seekers as people
from tongqu.kernel.cases.tests.seekers import Seekers, at, clock_of, events, last_day, registered, state
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep
from tongqu.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


# --- I12, I13: from when the time counts -----------------------------------------------------------------------------


def test_online_the_time_counts_from_the_day_both_sides_confirm(who: Seekers) -> None:
    case_id = who.submitted()
    assert [c.name for c in Clock.objects.filter(subject_id=case_id)] == ["confirm"]
    assert last_day(case_id, "confirm") == "03-03"
    with clock.at(at("03-03")):
        who.act("desk", case_id, "confirm_receipt", inputs={"confirmed": ["yes"]})
    assert (last_day(case_id, "answer"), last_day(case_id, "clarify")) == ("03-31", "03-12")
    assert events(case_id, "confirm_receipt")[0].rule == "I12@政府信息公开条例-2019"
    assert clock_of(case_id, "confirm").outcome == "confirmed"


def test_receipt_is_confirmed_only_by_saying_so(who: Seekers) -> None:
    case_id = who.submitted()
    with pytest.raises(Invalid) as wrong:
        who.act("desk", case_id, "confirm_receipt", inputs={})
    assert set(wrong.value.fields) == {"confirmed"} and state(case_id) == "unconfirmed"


def test_handed_in_at_the_counter_the_day_itself_counts(who: Seekers) -> None:
    case_id = who.draft()
    Case.objects.filter(id=case_id).update(channel="counter")
    who.act("seeker", case_id, "submit", inputs={"declaration": ["yes"]})
    assert last_day(case_id, "answer") == "03-30"
    with clock.at(at("03-04")):
        who.act("desk", case_id, "confirm_receipt", inputs={"confirmed": ["yes"]})
    assert (
        last_day(case_id, "answer") == "03-30" and Clock.objects.filter(subject_id=case_id, name="answer").count() == 1
    )


def test_the_head_extends_once_for_twenty_days(who: Seekers) -> None:
    case_id = registered(who)
    with pytest.raises(NotPermitted):
        who.act("desk", case_id, "extend", inputs={"reason": "检索量大"})
    with pytest.raises(Invalid):
        who.act("chief", case_id, "extend", inputs={})
    who.act("chief", case_id, "extend", inputs={"reason": "检索量大"})
    relay.drain()
    assert last_day(case_id, "answer") == "04-29"
    assert Notice.objects.filter(party_id=who.seeker.party_id, template="case_extended").count() == 1
    with pytest.raises(Refused) as again:
        who.act("chief", case_id, "extend", inputs={"reason": "还是大"})
    assert again.value.code == "too-often"


def test_a_late_answer_brings_cards_and_is_still_owed(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-27")):
        warn_all()
        assert SupervisionCard.objects.get(case_id=case_id).level == "yellow"
    with clock.at(at("04-01")):
        sweep()
        assert SupervisionCard.objects.get(case_id=case_id).level == "red"
        for who_, action, inputs in (
            ("desk", "consult_third_party", people.THIRD), ("chief", "extend", {"reason": "晚了"}),
        ):  # fmt: skip
            with pytest.raises(Refused) as late:
                who.act(who_, case_id, action, inputs=inputs)
            assert (late.value.code, late.value.rule) == ("time-has-run-out", "I13")
        who.proposed(case_id)
        who.act("chief", case_id, "disclose", inputs={"reason": "见附件"})
    assert clock_of(case_id, "answer").state == "missed" and state(case_id) == "answered"


def test_an_application_nobody_confirms_brings_a_card(who: Seekers) -> None:
    case_id = who.submitted()
    with clock.at(at("03-04")):
        sweep()
    assert SupervisionCard.objects.get(case_id=case_id).clock_name == "confirm"


# --- I11: told once what to complete ---------------------------------------------------------------------------------


def told(who: Seekers) -> UUID:
    """Told on Thursday 5 March to complete it within ten working days."""
    case_id = registered(who)
    with clock.at(at("03-05")):
        who.act(
            "desk", case_id, "request_supplement", inputs={"field__info_name": "写明是哪一类项目", "supply_days": "10"}
        )
    return case_id


def test_the_organ_states_how_long_the_applicant_has(who: Seekers) -> None:
    case_id = registered(who)
    for days in ("", "0", "-3", "abc", "9999", "1.5"):
        with pytest.raises(Invalid) as wrong:
            who.act("desk", case_id, "request_supplement", inputs={"field__info_name": "不清楚", "supply_days": days})
        assert set(wrong.value.fields) == {"supply_days"}, days
    with pytest.raises(Invalid):
        who.act("desk", case_id, "request_supplement", inputs={"supply_days": "10"})
    assert state(case_id) == "handling"
    case_id = told(who)
    assert last_day(case_id, "supply") == "03-19"
    assert clock_of(case_id, "answer").outcome == "supplement_requested"


def test_the_time_counts_anew_from_the_completed_application(who: Seekers) -> None:
    case_id = told(who)
    with clock.at(at("03-16")):
        who.act("seeker", case_id, "supply", inputs={"info_name": "2025年度清溪区沥青路面养护项目清单"})
    assert last_day(case_id, "answer") == "04-14" and state(case_id) == "handling"


def test_a_second_notice_is_refused_and_the_try_is_on_record(who: Seekers) -> None:
    case_id = told(who)
    with clock.at(at("03-06")):
        who.act("seeker", case_id, "supply", inputs={"info_name": "另一个名称"})
        with pytest.raises(Refused) as second:
            who.act("desk", case_id, "request_supplement", inputs={"field__info_name": "还不清楚", "supply_days": "5"})
    assert (second.value.code, second.value.rule) == ("second-supplement", "I11")
    assert events(case_id, "act_refused")[0].body["why"] == "second-supplement"
    assert state(case_id) == "handling"


@pytest.mark.parametrize("swept", [True, False])
def test_after_seven_working_days_nothing_more_is_asked(who: Seekers, swept: bool) -> None:
    case_id = registered(who)
    with clock.at(at("03-13")):
        if swept:
            sweep()
        with pytest.raises(Refused) as late:
            who.act("desk", case_id, "request_supplement", inputs={"field__info_name": "不清楚", "supply_days": "5"})
    assert (late.value.code, late.value.rule) == ("time-has-run-out", "I11.tell")
    assert clock_of(case_id, "answer").state == "running", "it is answered as it stands"


def test_not_completed_in_time_counts_as_given_up_once(who: Seekers) -> None:
    case_id = told(who)
    with clock.at(at("03-19", 23)):
        sweep()
        assert state(case_id) == "supplement_requested"
    for day in ("03-20", "03-20", "03-23"):
        with clock.at(at(day, 1)):
            sweep()
    (given_up,) = events(case_id, "deem_given_up")
    assert given_up.rule == "I11.supply@政府信息公开条例-2019" and given_up.actor["kind"] == "system"
    assert (state(case_id), Case.objects.get(id=case_id).outcome) == ("terminated", "given_up")
    with clock.at(at("03-23")):
        relay.drain()
        with pytest.raises(Conflict):
            who.act("seeker", case_id, "supply", inputs={"info_name": "晚了"})
    assert Notice.objects.filter(party_id=who.seeker.party_id, template="case_given_up").count() == 1


def test_good_reason_told_in_time_gives_more_time_and_told_late_none(who: Seekers) -> None:
    case_id = told(who)
    more = {"supply_days": "5", "reason": "住院，附诊断证明"}
    with clock.at(at("03-19")):
        with pytest.raises(Invalid):
            who.act("desk", case_id, "allow_more_time", inputs={"supply_days": "5"})
        who.act("desk", case_id, "allow_more_time", inputs=more)
    assert last_day(case_id, "supply") == "03-26"
    with clock.at(at("03-26", 23)):
        sweep()
        assert state(case_id) == "supplement_requested"
    with clock.at(at("03-27", 1)):
        with pytest.raises(Refused):
            who.act("desk", case_id, "allow_more_time", inputs=more)
        sweep()
    assert state(case_id) == "terminated" and len(events(case_id, "deem_given_up")) == 1


# --- I14, I15: consultations ----------------------------------------------------------------------------------------


def test_the_time_stands_still_only_while_a_third_party_is_consulted(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        row = who.consult(case_id)
        running = clock_of(case_id, "answer")
        assert (running.state, running.pauses[0]["ground"]) == ("paused", "pause.third_party")
    with clock.at(at("03-09")):
        who.received(row, "03-09")
    assert last_day(row.id, "third_party") == "03-30"
    with clock.at(at("03-16")):
        who.answered(row, "agrees")
    running = clock_of(case_id, "answer")
    assert (running.state, last_day(case_id, "answer")) == ("running", "04-13")


@pytest.mark.parametrize("noticed", ["03-31", "04-02", "04-20"])
def test_a_third_partys_silence_frees_the_organ_once(who: Seekers, noticed: str) -> None:
    """However late the platform notices, the pause ended with the last day of the third party."""
    case_id = registered(who)
    with clock.at(at("03-05")):
        row = who.consult(case_id)
    with clock.at(at("03-09")):
        who.received(row, "03-09")
    with clock.at(at("03-30", 23)):
        sweep()
        assert not events(case_id, "third_party_silent")
    with clock.at(at(noticed)):
        with pytest.raises(Refused) as late:
            who.answered(row, "objects", "现在才说")
        assert late.value.rule and late.value.rule.startswith("I14")
        sweep(), sweep()
    (silent,) = events(case_id, "third_party_silent")
    assert silent.rule == "I14@政府信息公开条例-2019" and silent.body["outcome"] == "organ_decides"
    row.refresh_from_db()
    assert row.outcome == "silent" and last_day(case_id, "answer") == "04-27"
    with clock.at(at("04-21")):
        who.proposed(case_id)
        who.act("chief", case_id, "disclose", inputs={"reason": "可以公开"})  # the organ decides by itself
    assert state(case_id) == "answered"


def test_a_co_makers_silence_counts_as_agreement_once(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        row = who.consult(case_id, "co_maker")
        who.received(row, "03-05")
    assert last_day(row.id, "co_maker") == "03-26"
    with clock.at(at("03-27", 1)):
        sweep(), sweep()
    (silent,) = events(case_id, "co_maker_silent")
    assert silent.rule == "I15@政府信息公开条例-2019" and silent.body["outcome"] == "deemed_agreed"
    assert silent.effective_at < silent.recorded_at, "as of the end of its last day"
    assert last_day(case_id, "answer") == "04-23"


def test_two_consultations_make_one_pause_with_the_ground_of_each(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        third = who.consult(case_id)
    with clock.at(at("03-09")):
        organ = who.consult(case_id, "co_maker")
        who.received(organ, "03-09")
    with clock.at(at("03-12")):
        who.answered(third, "agrees")
        assert clock_of(case_id, "answer").state == "paused"
    with clock.at(at("03-18")):
        who.answered(organ, "agrees")
    running = clock_of(case_id, "answer")
    assert [p["ground"] for p in running.pauses] == ["pause.third_party", "pause.co_maker"]
    assert (running.state, last_day(case_id, "answer")) == ("running", "04-15")


def test_no_answer_while_somebody_is_consulted_and_calling_off_ends_the_pause(who: Seekers) -> None:
    case_id = who.proposed(registered(who))
    with clock.at(at("03-05")):
        row = who.consult(case_id)
        for action in ("disclose", "withhold", "answer_otherwise", "disclose_part"):
            offer = access_case(who.staff["chief"], case_id=case_id, purpose="t").offer(action)
            assert "consulting" in {b.code for b in offer.blockers}, action
        who.act(
            "desk", case_id, "call_off_consultation", inputs={"consultation": str(row.id), "reason": "不涉及第三方"}
        )
    assert clock_of(case_id, "answer").state == "running"
    with pytest.raises(Refused):
        who.act("desk", case_id, "call_off_consultation", inputs={"consultation": str(row.id), "reason": "再一次"})


def test_the_day_of_receipt_lies_between_the_letter_and_today(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        row = who.consult(case_id)
    with clock.at(at("03-09")):
        for day in ("03-04", "03-10"):
            with pytest.raises(Invalid) as wrong:
                who.received(row, day)
            assert set(wrong.value.fields) == {"received_on"}
        who.received(row, "03-06")
        with pytest.raises(Refused):
            who.received(row, "03-06")
    assert last_day(row.id, "third_party") == "03-27"


def test_withdrawing_ends_the_consultation_and_nothing_follows_later(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        row = who.consult(case_id)
        who.received(row, "03-05")
        who.act("seeker", case_id, "withdraw")
    with clock.at(at("04-10")):
        sweep()
    row.refresh_from_db()
    assert row.outcome == "called_off" and not events(case_id, "third_party_silent")


def test_another_cases_letter_cannot_be_answered_here(who: Seekers) -> None:
    mine, other = registered(who), registered(who)
    with clock.at(at("03-05")):
        who.consult(mine)
        row = who.consult(other)
        with pytest.raises(Invalid):
            who.act("desk", mine, "note_consultation_answer", inputs={"consultation": str(row.id), "answer": "agrees"})
    assert not Consultation.objects.exclude(outcome="").exists()


def test_who_applied_is_told_that_others_are_consulted_but_not_who(who: Seekers) -> None:
    case_id = registered(who)
    with clock.at(at("03-05")):
        who.consult(case_id)
    relay.drain()
    assert Notice.objects.filter(party_id=who.seeker.party_id, template="disclosure_consulting").count() == 1
    told_events = "".join(str(e.body) + str(e.sealed) for e in Event.objects.filter(subject_id=case_id))
    assert people.THIRD["name"] not in told_events and people.THIRD["about"] not in told_events
