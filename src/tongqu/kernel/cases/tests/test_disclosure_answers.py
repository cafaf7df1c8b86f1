"""The answers to applications for government information: each on a ground of its list, decided by the head."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Invalid, NotPermitted, Refused
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.tests.seekers import Seekers, at, clock_of, events, registered, state
from tongqu.kernel.law.work import sweep
from tongqu.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


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
