"""The life of a licensing case through the one verb, the happy way and the unhappy ones."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Ctx, Upload
from tongqu.kernel.cases.models import Case, CaseMaterial, Decision
from tongqu.kernel.cases.operations.effects import EFFECTS
from tongqu.kernel.cases.queries import access_case, history_of, my_cases
from tongqu.kernel.cases.tests.world import MONDAY, PDF, World
from tongqu.kernel.cases.worklist import Worklist, worklist
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep

pytestmark = pytest.mark.django_db


def case(case_id: UUID) -> Case:
    return Case.objects.get(id=case_id)


def due(case_id: UUID, name: str) -> str:
    found = Clock.objects.filter(subject_id=case_id, name=name).order_by("-id").first()
    assert found is not None
    return found.due_at.astimezone(clock.SHANGHAI).date().isoformat()


def kinds(case_id: UUID) -> list[str]:
    return list(
        Event.objects.filter(subject_kind="case", subject_id=case_id).order_by("id").values_list("kind", flat=True)
    )


def test_from_draft_to_issued_licence(world: World) -> None:
    case_id = world.granted()
    assert (case(case_id).state, case(case_id).outcome) == ("approved", "granted")
    decision = Decision.objects.get(case_id=case_id)
    assert decision.valid_from.isoformat() == "2026-03-02", "issue date = date of the decision (FB4)"
    assert decision.valid_to.isoformat() == "2031-03-02"
    world.act("system", case_id, "issue")
    decision.refresh_from_db()
    assert decision.licence_no.startswith("JY2990102") and len(decision.licence_no) == 16
    world.act("system", case_id, "deliver", inputs={"mode": "electronic"})
    world.act("owner", case_id, "rate", inputs={"level": "5"})
    world.act("system", case_id, "archive")
    assert case(case_id).state == "archived"
    assert case(case_id).retain_until.year == 2056


def test_a_list_that_an_act_changes_in_place_is_saved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An act writes only the columns that became other; whether a list did, its place in memory does not tell."""
    submit = EFFECTS["submit"]

    def and_more(ctx: Ctx) -> None:
        submit(ctx)
        ctx.case.demands.append({"element": "area"})
        ctx.case.triage["asked"] = "twice"

    monkeypatch.setitem(EFFECTS, "submit", and_more)
    found = case(world.submitted())
    assert found.demands == [{"element": "area"}] and found.triage["asked"] == "twice"


def test_clocks_of_the_happy_way(world: World) -> None:
    """Received Monday 2026-03-02: notice 5 working days on (03-09); accepted the same day: decide 10 on (03-16)."""
    case_id = world.accepted()
    assert due(case_id, "notice") == "2026-03-09"
    assert due(case_id, "decide") == "2026-03-16"


def test_notice_too_late_means_accepted_as_from_receipt(world: World) -> None:
    """L2, and the decision clock runs from the receipt, not from the day the notice was missed."""
    case_id = world.submitted()
    with clock.at(MONDAY + timedelta(days=7, hours=15)):
        sweep()
    found = case(case_id)
    assert found.state == "deemed_accepted"
    assert found.accepted_at == MONDAY
    assert due(case_id, "decide") == "2026-03-16"
    event = Event.objects.get(kind="cases.deem_accepted", subject_id=case_id)
    assert event.rule.startswith("L2@") and event.actor["kind"] == "system"
    assert event.effective_at == MONDAY


def test_notice_clock_does_not_run_out_on_its_last_day(world: World) -> None:
    case_id = world.submitted()
    with clock.at(MONDAY + timedelta(days=7, hours=13)):  # 2026-03-09 23:00, before 24:00 of the last day
        sweep()
    assert case(case_id).state == "received"


def test_one_supplement_then_only_repetition(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积与图纸不一致"})
    assert case(case_id).state == "supplement_requested"
    assert due(case_id, "supply") == "2026-03-16"
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    assert case(case_id).state == "received"
    with pytest.raises(Refused) as refused:
        world.act("clerk", case_id, "request_supplement", inputs={"field__manager_is": "再写清楚"})
    assert refused.value.rule == "L1"
    assert "cases.act_refused" in kinds(case_id), "a second demand is on record as a possible violation"
    assert case(case_id).state == "received"
    world.act("clerk", case_id, "accept")


def test_silent_applicant_is_deemed_to_have_given_up(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对面积"})
    with clock.at(MONDAY + timedelta(days=15)):
        sweep()
    found = case(case_id)
    assert (found.state, found.outcome) == ("terminated", "given_up")
    assert Event.objects.get(kind="cases.deem_given_up", subject_id=case_id).rule.startswith("FB6@")
    assert not Clock.objects.filter(subject_id=case_id, state__in=["running", "paused"]).exists()


def test_repeating_an_unmet_demand(world: World) -> None:
    case_id = world.submitted()
    material = CaseMaterial.objects.filter(case_id=case_id).first().code
    world.act(
        "clerk", case_id, "request_supplement", inputs={"field__area": "请核对", f"material__{material}": "看不清"}
    )
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    with pytest.raises(Refused):
        world.act("clerk", case_id, "accept")
    with pytest.raises(Invalid):
        world.act("clerk", case_id, "remind_supplement", inputs={"field__area": "已经补了的不能再提"})
    world.act("clerk", case_id, "remind_supplement", inputs={f"material__{material}": "还是看不清"})
    world.act("owner", case_id, "supply", uploads=[Upload(material, "new.pdf", PDF + b"%%EOF")])
    world.act("clerk", case_id, "accept")
    assert CaseMaterial.objects.filter(case_id=case_id, code=material).count() == 2, "the replaced file stays"


def test_withdrawal_stops_every_clock(world: World) -> None:
    case_id = world.accepted()
    world.act("owner", case_id, "withdraw", inputs={"reason": "不开了"})
    assert case(case_id).state == "withdrawn"
    assert not Clock.objects.filter(subject_id=case_id, state="running").exists()


def test_refusal_needs_a_coded_ground_and_tells_remedies(world: World) -> None:
    case_id = world.reviewed()
    with pytest.raises(Invalid) as wrong:
        world.act("head", case_id, "refuse", inputs={"reason": "不行"})
    assert "ground" in wrong.value.fields
    with pytest.raises(Invalid):
        world.act("head", case_id, "refuse", inputs={"ground": "pause.hearing", "reason": "换个理由"})
    assert case(case_id).state == "under_review"
    world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "没有洗消设施"})
    assert case(case_id).state == "refused"


def test_a_false_application_bars_the_next_one_for_a_year(world: World) -> None:
    case_id = world.reviewed()
    world.act("head", case_id, "refuse", inputs={"ground": "refuse.false_materials", "reason": "图纸系伪造"})
    again = world.submitted()
    with pytest.raises(Refused) as refused:
        world.act("clerk", again, "accept")
    assert refused.value.rule == "L20.false_application"
    with clock.at(MONDAY + timedelta(days=367)):
        later = world.submitted()
        world.act("clerk", later, "accept")


def test_site_check_needs_two_officers(world: World) -> None:
    case_id = world.accepted()
    one = [str(world.staff["officer"].account_id)]
    with pytest.raises(Invalid) as wrong:
        world.act("reviewer", case_id, "assign_check", inputs={"officers": one})
    assert "officers" in wrong.value.fields
    with pytest.raises(Invalid):
        world.act(
            "reviewer", case_id, "assign_check", inputs={"officers": [str(world.staff["outsider"].account_id), *one]}
        )
    with pytest.raises(Refused):
        world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "没查先批"})


def test_only_one_of_the_officers_signing_is_not_enough(world: World) -> None:
    case_id = world.accepted()
    officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
    world.act("reviewer", case_id, "assign_check", inputs={"officers": officers})
    assert due(case_id, "check") == "2026-03-09"
    world.record_check(case_id)
    world.act("officer", case_id, "sign_check")
    with pytest.raises(Refused):
        world.act("officer", case_id, "sign_check")
    with pytest.raises(Refused):
        world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "只签了一人"})
    assert Clock.objects.get(subject_id=case_id, name="check").state == "running"
    world.act("officer2", case_id, "sign_check")
    assert Clock.objects.get(subject_id=case_id, name="check").outcome == "signed"


def test_failed_check_rectified_in_time(world: World) -> None:
    case_id = world.checked(conclusion="failed")
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "refuse", "reason": "不符合"})
    with pytest.raises(Refused):
        world.act("head", case_id, "grant")
    world.act(
        "reviewer", case_id, "order_rectification",
        inputs={"rectify_by": "2026-03-12", "consent": ["yes"], "reason": "加装纱窗"},
    )  # fmt: skip
    world.act("reviewer", case_id, "confirm_rectification", inputs={"result": "passed"})
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "已整改"})
    world.act("head", case_id, "grant")


def test_pause_and_resume_move_the_decision_date(world: World) -> None:
    case_id = world.checked()
    world.act("reviewer", case_id, "pause", inputs={"ground": "pause.hearing", "expected_days": "5"})
    assert case(case_id).state == "special_procedure"
    with clock.at(MONDAY + timedelta(days=7)):
        world.act("reviewer", case_id, "resume")
    assert due(case_id, "decide") > "2026-03-16"


def test_extension_once_by_the_head_with_a_reason(world: World) -> None:
    case_id = world.checked()
    with pytest.raises(NotPermitted):
        world.act("reviewer", case_id, "extend", inputs={"ground": "extend.complex", "reason": "忙"})
    world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "需向上级请示"})
    assert due(case_id, "decide") == "2026-03-23"
    with pytest.raises(Refused):
        world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "再延"})


def test_the_head_does_not_decide_on_his_own_opinion(world: World) -> None:
    case_id = world.checked()
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "可以"})
    from dataclasses import replace

    both = replace(world.staff["head"], account_id=world.staff["reviewer"].account_id)
    with pytest.raises(Refused):
        cases.act(both, case_id=case_id, action="grant")


def test_two_clerks_at_once_the_second_gets_a_conflict(world: World) -> None:
    case_id = world.submitted()
    seen = case(case_id).version
    world.act("clerk", case_id, "accept", expected_version=seen)
    with pytest.raises(Conflict):
        world.act("clerk2", case_id, "request_supplement", inputs={"field__area": "x"}, expected_version=seen)


def test_double_submit_answers_alike_and_files_once(world: World) -> None:
    case_id = world.draft()
    first = world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]}, key="same-key-1")
    again = world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]}, key="same-key-1")
    assert first == again
    assert kinds(case_id).count("cases.submit") == 1


def test_a_stranger_learns_nothing_and_is_logged(world: World) -> None:
    case_id = world.submitted()
    number = case(case_id).case_no
    for who in (world.stranger, world.staff["outsider"]):
        with pytest.raises(NotFound):
            access_case(who, case_no=number, purpose="page")
        with pytest.raises(NotFound):
            cases.act(who, case_id=case_id, action="withdraw")
        assert ReadLog.objects.filter(account_id=who.account_id, refused=True, subject_text=number).exists()
        assert not worklist(who, Worklist()).rows
        assert not my_cases(who).rows


def test_staff_do_not_see_drafts(world: World) -> None:
    case_id = world.draft()
    with pytest.raises(NotFound):
        access_case(world.staff["clerk"], case_id=case_id, purpose="page")
    assert not worklist(world.staff["clerk"], Worklist()).rows


def test_history_is_told_by_level(world: World) -> None:
    case_id = world.reviewed()
    staff = {line.kind for line in history_of(case(case_id), level="staff")}
    party = {line.kind for line in history_of(case(case_id), level="party")}
    public = {line.kind for line in history_of(case(case_id), level="public")}
    assert public < party < staff
    assert "cases.give_opinion" in staff - party


def test_personal_values_are_sealed_at_rest(world: World) -> None:
    case_id = world.submitted()
    row = Case.objects.filter(id=case_id).values().get()
    assert "19900000001" not in str(row)
    bodies = str(list(Event.objects.values_list("body", "actor")))
    assert "19900000001" not in bodies and "陈立秋" not in bodies


def test_submission_names_every_field_at_fault(world: World) -> None:
    made = world.draft()
    cases.save_draft(world.owner, case_id=made, values={"area": "", "kind": ""})
    with pytest.raises(Invalid) as wrong:
        world.act("owner", made, "submit", inputs={"declaration": ["yes"]})
    assert {"area", "kind"} <= set(wrong.value.fields)


def test_a_prefilled_fact_cannot_be_typed_over(world: World) -> None:
    made = world.draft()
    cases.save_draft(world.owner, case_id=made, values={"name": "别的店名", "credit_code": "1"})
    assert access_case(world.owner, case_id=made, purpose="test").facts.values["name"] == "清溪区秋实小馆"


def test_unknown_inputs_are_refused_and_change_nothing(world: World) -> None:
    case_id = world.submitted()
    before = case(case_id).version
    with pytest.raises(Invalid) as wrong:
        world.act("clerk", case_id, "accept", inputs={"state": "approved"})
    assert "state" in wrong.value.fields
    assert case(case_id).version == before


def test_a_clerk_is_offered_only_the_pauses_that_the_law_of_this_period_allows(world: World) -> None:
    case_id = world.accepted()
    view = access_case(world.staff["reviewer"], case_id=case_id, purpose="test")
    form = view.form(view.procedure.actions["pause"])
    [field] = [f for f in form["pages"][0]["sections"][0]["fields"] if f["name"] == "ground"]
    offered = {option["value"] for option in field["options"]}
    assert len(offered) == 8 and "pause.hearing" in offered and "pause.petition_hearing" not in offered
