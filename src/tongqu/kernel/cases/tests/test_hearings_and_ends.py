"""The hearing (L14), and the three ways in which a licence ends (L19)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Refused
from tongqu.kernel.cases.models import Case, CaseDocument, Hearing
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.law.work import sweep
from tongqu.kernel.records.queries import verify

REASON = {"reason": "油烟排放影响相邻住户"}


def told(world: World) -> UUID:
    case_id = world.reviewed()
    world.act("reviewer", case_id, "tell_hearing", inputs=REASON)
    return case_id


def test_the_right_is_told_in_writing_with_its_last_day(world: World) -> None:
    case_id = told(world)
    work()
    words = text_of(CaseDocument.objects.get(case_id=case_id, kind="hearing_notice").document_id)
    words = words.replace("\r\n", "").replace(" ", "")
    assert "油烟排放" in words and "5个工作日" in words and "2026年3月9日" in words and "第47条" in words


def test_no_decision_while_the_right_runs_and_one_after(world: World) -> None:
    case_id = told(world)
    for act, inputs in (("grant", {}), ("refuse", {"ground": "refuse.conditions_not_met", "reason": "甲"})):
        with pytest.raises(Refused) as refused:
            world.act("head", case_id, act, inputs=inputs)
        assert refused.value.rule == "L14.ask"
    with clock.at(MONDAY + timedelta(days=8)):
        sweep()
        with pytest.raises(Refused):
            world.act("owner", case_id, "ask_hearing")
        world.act("head", case_id, "grant")


def test_waived_it_may_be_decided_at_once(world: World) -> None:
    case_id = told(world)
    world.act("owner", case_id, "waive_hearing")
    world.act("head", case_id, "grant")


def test_asked_for_it_must_be_held_first(world: World) -> None:
    case_id = told(world)
    world.act("owner", case_id, "ask_hearing", inputs={"reason": "愿意当面说明"})
    with pytest.raises(Refused):
        world.act("head", case_id, "grant")
    with pytest.raises(
        Invalid
    ) as refused:  # 7 working days' notice: from Monday the 2nd, Thursday the 12th is too soon
        world.act("reviewer", case_id, "set_hearing", inputs={"planned_on": "2026-03-10", "place": "三楼会议室"})
    assert "planned_on" in refused.value.fields
    world.act("reviewer", case_id, "set_hearing", inputs={"planned_on": "2026-03-16", "place": "三楼会议室"})
    with pytest.raises(NotPermitted):
        world.act("reviewer", case_id, "record_hearing", inputs={"held_on": "2026-03-16", "summary": "各方意见"})
    with clock.at(MONDAY + timedelta(days=14)):
        world.act("head", case_id, "record_hearing", inputs={"held_on": "2026-03-16", "summary": "各方意见"})
        hearing = Hearing.objects.get(case_id=case_id)
        assert hearing.chair_name == "head某" and hearing.summary == "各方意见"
        world.act("head", case_id, "grant")


def test_told_once_only(world: World) -> None:
    case_id = told(world)
    with pytest.raises(Refused):
        world.act("reviewer", case_id, "tell_hearing", inputs=REASON)


# --- the end of a licence --------------------------------------------------------------------------------------------

WAYS = {
    "retract": ("retract.law_changed", "retracted", "retraction_decision", "补偿"),
    "annul": ("annul.beyond_powers", "revoked", "annulment_decision", "撤销该行政许可"),
    "deregister": ("deregister.force_majeure", "cancelled", "deregistration_decision", "注销该行政许可"),
}


@pytest.mark.parametrize("act", WAYS)
def test_each_way_has_its_ground_its_paper_and_its_effect(act: str, world: World) -> None:
    ground, state, kind, words = WAYS[act]
    case_id = world.granted()
    work()
    token = Case.objects.get(id=case_id).decisions.get(kind="grant").licence_token
    with pytest.raises(NotPermitted):
        world.act("reviewer", case_id, act, inputs={"ground": ground, "reason": "事实"})
    wrong = next(g for way, (g, *_rest) in WAYS.items() if way != act)
    with pytest.raises(Invalid):
        world.act("head", case_id, act, inputs={"ground": wrong, "reason": "事实"})
    assert verify(token).status == "valid"
    world.act("head", case_id, act, inputs={"ground": ground, "reason": "事实如此"})
    work()
    assert verify(token).status == state
    printed = text_of(CaseDocument.objects.get(case_id=case_id, kind=kind).document_id).replace("\r\n", "")
    for told_ in (words, "事实如此", "行政复议", "人民法院", "60"):
        assert told_ in printed.replace(" ", "")
    for again in ("retract", "annul"):
        with pytest.raises(Refused):
            world.act("head", case_id, again, inputs={"ground": WAYS[again][0], "reason": "又"})


def test_what_was_annulled_is_struck_out_afterwards_and_only_then(world: World) -> None:
    case_id = world.granted()
    work()
    taken_back = {"ground": "deregister.taken_back", "reason": "已撤销"}
    with pytest.raises(Invalid):
        world.act("head", case_id, "deregister", inputs=taken_back)
    with pytest.raises(Invalid):
        world.act("head", case_id, "deregister", inputs={"ground": "deregister.expired", "reason": "届满"})
    world.act("head", case_id, "annul", inputs={"ground": "annul.beyond_powers", "reason": "超越职权"})
    world.act("head", case_id, "deregister", inputs=taken_back)
    token = Case.objects.get(id=case_id).decisions.get(kind="grant").licence_token
    assert verify(token).status == "cancelled"
    with pytest.raises((Refused, Conflict)):
        world.act("head", case_id, "deregister", inputs=taken_back)
