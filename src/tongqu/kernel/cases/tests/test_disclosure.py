"""Applications for government information: what the law attaches to time and to silence, on real cases, by verbs.

The days are counted by hand in the calendar of 2026 (Qingming: 4 to 6 April off).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case, Consultation, Decision, SupervisionCard
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.supervision import warn_all
from tongqu.kernel.cases.tests import seekers as people
from tongqu.kernel.cases.tests.seekers import Seekers, at, clock_of, last_day, state
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep
from tongqu.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(world: World, settings: Any, tmp_path: Path) -> Iterator[Seekers]:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    settings.DATA_DIR = tmp_path
    with clock.at(at("03-02")):
        yield people.build(world)


def registered(who: Seekers) -> UUID:
    """Sent on Monday 2 March, receipt confirmed on Tuesday."""
    case_id = who.submitted()
    with clock.at(at("03-03")):
        who.act("desk", case_id, "confirm_receipt", inputs={"confirmed": ["yes"]})
    return case_id


def events(case_id: UUID, kind: str) -> list[Event]:
    return list(Event.objects.filter(subject_id=case_id, kind=f"cases.{kind}").order_by("id"))


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


# --- I3, I16, I17: the answers and their grounds ---------------------------------------------------------------------


def ready(who: Seekers, answer: str = "") -> UUID:
    """With an opinion; and, where asked, a third party that gave this answer (or "silent")."""
    case_id = registered(who)
    if answer:
        with clock.at(at("03-05")):
            row = who.consult(case_id)
            who.received(row, "03-05")
        if answer == "silent":
            with clock.at(at("03-27", 1)):
                sweep()
        else:
            with clock.at(at("03-06")):
                who.answered(row, answer, "" if answer == "agrees" else "涉及报价构成")
    return who.proposed(case_id)


ANSWERS = [  # act, ground as chosen, outcome, rule of the ground
    ("disclose", "", "disclosed", "I16"),
    ("disclose_part", "withhold.process", "partly_disclosed", "I3"),
    ("withhold", "withhold.internal_affairs", "withheld", "I3"),
    ("answer_otherwise", "answer.already_public", "answered_otherwise", "I16"),
    ("answer_otherwise", "answer.absent", "answered_otherwise", "I16"),
    ("answer_otherwise", "answer.not_ours", "answered_otherwise", "I16"),
    ("answer_otherwise", "answer.repeated", "answered_otherwise", "I16"),
    ("answer_otherwise", "answer.special_regime", "answered_otherwise", "I16"),
    ("answer_otherwise", "answer.petition", "answered_otherwise", "I17"),
]


@pytest.mark.parametrize(("action", "ground", "outcome", "rule"), ANSWERS)
def test_each_answer_rests_on_its_ground(who: Seekers, action: str, ground: str, outcome: str, rule: str) -> None:
    case_id = ready(who)
    inputs = {"reason": "见附件"} | ({"ground": ground} if ground else {})
    inputs |= {"right_organ": "区住建局，0000-5550106"} if ground == "answer.not_ours" else {}
    with pytest.raises(NotPermitted):
        who.act("desk", case_id, action, inputs=inputs)
    who.act("chief", case_id, action, inputs=inputs)
    decision = Decision.objects.get(case_id=case_id)
    rests = (decision.kind, decision.ground, decision.rule.partition("@")[0])
    assert rests == (action, ground or "disclose.open", rule)
    assert ("区住建局" in decision.reason) == (ground == "answer.not_ours")
    assert (Case.objects.get(id=case_id).outcome, state(case_id)) == (outcome, "answered")
    assert clock_of(case_id, "answer").ended_at is not None
    relay.drain()
    assert Notice.objects.filter(party_id=who.seeker.party_id, template="disclosure_answered").count() == 1


@pytest.mark.parametrize("action", ["withhold", "disclose_part", "answer_otherwise"])
@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"reason": "就是不公开"},
        {"ground": "withhold.process"},
        {"ground": "", "reason": "x"},
        {"ground": "refuse.conditions_not_met", "reason": "x"},
        {"ground": "disclose.open", "reason": "x"},
        {"ground": "no.such", "reason": "x"},
    ],
)
def test_no_refusal_without_a_ground_of_its_list_and_a_reason(
    who: Seekers, action: str, inputs: dict[str, str]
) -> None:
    case_id = ready(who)
    with pytest.raises(Invalid) as wrong:
        who.act("chief", case_id, action, inputs=inputs)
    assert set(wrong.value.fields) <= {"ground", "reason"} and wrong.value.fields
    assert state(case_id) == "handling" and not Decision.objects.filter(case_id=case_id).exists()


@pytest.mark.parametrize("ground", ["withhold.privacy", "withhold.commercial_secret"])
@pytest.mark.parametrize(("answer", "code"), [("", "not-consulted"), ("agrees", "third-party-agrees")])
def test_another_persons_right_is_no_ground_unless_he_was_asked_and_did_not_agree(
    who: Seekers, ground: str, answer: str, code: str
) -> None:
    case_id = ready(who, answer)
    with pytest.raises(Refused) as refused:
        who.act("chief", case_id, "withhold", inputs={"ground": ground, "reason": "涉及报价"})
    assert (refused.value.code, refused.value.rule) == (code, "I14") and state(case_id) == "handling"


@pytest.mark.parametrize("answer", ["objects", "objects_without", "silent"])
def test_it_is_where_he_did_not_agree(who: Seekers, answer: str) -> None:
    case_id = ready(who, answer)
    who.act("chief", case_id, "withhold", inputs={"ground": "withhold.commercial_secret", "reason": "涉及报价"})
    assert state(case_id) == "answered"


def test_an_objection_with_good_reason_keeps_it_closed_unless_public_interest_weighs_more(who: Seekers) -> None:
    case_id = ready(who, "objects")
    with pytest.raises(Refused) as refused:
        who.act("chief", case_id, "disclose", inputs={"reason": "还是公开"})
    assert (refused.value.code, refused.value.rule) == ("third-party-objects", "I14")
    assert events(case_id, "act_refused")
    with pytest.raises(Invalid):
        who.act("chief", case_id, "disclose_overriding", inputs={})
    who.act("chief", case_id, "disclose_overriding", inputs={"reason": "涉及食品安全，公众有权知道"})
    assert Decision.objects.get(case_id=case_id).ground == "disclose.public_interest"


@pytest.mark.parametrize("answer", ["", "agrees", "objects_without"])
def test_there_is_nothing_to_override_without_an_objection(who: Seekers, answer: str) -> None:
    case_id = ready(who, answer)
    with pytest.raises(Refused) as refused:
        who.act("chief", case_id, "disclose_overriding", inputs={"reason": "公共利益"})
    assert refused.value.code == "no-objection"


def test_who_proposed_the_answer_does_not_decide_and_nobody_decides_unproposed(who: Seekers) -> None:
    case_id = registered(who)
    with pytest.raises(Refused) as unproposed:
        who.act("chief", case_id, "disclose", inputs={"reason": "x"})
    assert unproposed.value.code == "no-opinion"
    with pytest.raises(Invalid) as wrong:
        who.act("desk", case_id, "give_opinion", inputs={"recommendation": "disclose", "reason": "x"})
    assert set(wrong.value.fields) == {"examined"}, "the review before disclosure is said to be done (I4)"


def test_the_file_is_closed_in_the_archive(who: Seekers) -> None:
    case_id = ready(who, "objects")
    who.act("chief", case_id, "withhold", inputs={"ground": "withhold.commercial_secret", "reason": "涉及报价"})
    with clock.at(at("03-02") + timedelta(days=60)):
        who.act("govarchive", case_id, "archive")
    assert state(case_id) == "archived" and events(case_id, "archive")[0].rule == "I20@政府信息公开条例-2019"
