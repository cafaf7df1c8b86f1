"""Where a careless engine would give way: late clocks, bans, hidden answers, supplements, own cases, hostile input."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test.utils import override_settings

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused, StrongerLoginNeeded
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial, CaseUnit
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.world import JPG, MONDAY, PDF, World
from tongqu.kernel.identity.operations import give_mandate
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep

pytestmark = pytest.mark.django_db
OPINION = {"recommendation": "grant", "reason": "符合条件"}


def case(case_id: UUID) -> Case:
    return Case.objects.get(id=case_id)


# --- clocks that ran out with no consequence in law -------------------------------------------------------------------


def test_a_decision_after_the_time_stops_the_late_clock(world: World) -> None:
    case_id = world.checked()
    with clock.at(MONDAY + timedelta(days=20)):
        sweep()
        assert Clock.objects.get(subject_id=case_id, name="decide").state == "missed"
        world.act("reviewer", case_id, "give_opinion", inputs=OPINION)
        world.act("head", case_id, "grant")
    late = Clock.objects.get(subject_id=case_id, name="decide")
    assert (late.state, late.outcome, late.is_over) == ("missed", "granted", True)


def test_an_overdue_case_stands_at_the_head_of_the_list(world: World) -> None:
    late, fresh = world.accepted(), world.accepted()
    with clock.at(MONDAY + timedelta(days=15)):
        sweep()
        officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
        for one in (late, fresh):
            world.act("reviewer", one, "assign_check", inputs={"officers": officers})
        due = CaseUnit.objects.get(case_id=late).due_at
        assert due < clock.now(), "the overdue decision, not the new check, sorts it"


@pytest.mark.parametrize(
    ("who", "action", "inputs"),
    [
        ("head", "extend", {"ground": "extend.complex", "reason": "忙"}),
        ("reviewer", "pause", {"ground": "pause.hearing", "expected_days": "5"}),
    ],
)
@pytest.mark.parametrize("swept", [True, False])
def test_time_that_has_run_out_is_neither_extended_nor_paused(
    world: World, who: str, action: str, inputs: dict[str, Any], swept: bool
) -> None:
    case_id = world.checked()
    with clock.at(MONDAY + timedelta(days=20)):
        if swept:
            sweep()
        offer = access_case(world.staff[who], case_id=case_id, purpose="test").offer(action)
        assert [b.code for b in offer.blockers] == ["time-has-run-out"]
        with pytest.raises(Refused) as refused:
            world.act(who, case_id, action, inputs=inputs)
        assert refused.value.rule == "FB2"
    assert case(case_id).state == "under_review"


def test_overdue_is_recorded_once(world: World) -> None:
    case_id = world.accepted()
    for day in (15, 16, 30):
        with clock.at(MONDAY + timedelta(days=day)):
            sweep()
    assert Event.objects.filter(kind="cases.overdue", subject_id=case_id).count() == 1


def test_the_sweep_locks_the_case_before_its_clock(world: World) -> None:
    from tongqu.kernel.law import misses

    assert "case" in misses._locks
    misses._locks["case"](world.submitted())


# --- hidden answers ---------------------------------------------------------------------------------------------------


def test_an_answer_hidden_by_a_correction_no_longer_counts(world: World) -> None:
    """The licence, the materials and the check follow what is shown after the supplement, not what once was typed."""
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__kind": "应为食品销售"})
    world.act("owner", case_id, "supply", inputs={"kind": "food_sales"})
    row = case(case_id)
    package = definition.package_of(row)
    kept = definition.all_values(row)
    assert "items_catering" not in kept
    assert kept["kind"]["confirmed_by"] == str(world.owner.account_id)
    stale = {**definition.plain_values(row), "items_catering": ["hot_food"]}
    assert not definition.check_called_for(package, stale, row)
    assert "热食" not in str(definition.licence_lines(package, stale, row, _Granted(), "JY1"))  # type: ignore[arg-type]


class _Granted:
    valid_from = valid_to = None


def test_a_correction_that_opens_new_questions_allows_a_new_demand(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__kind": "应为食品销售"})
    world.act("owner", case_id, "supply", inputs={"kind": "food_sales"})
    with pytest.raises(Refused) as incomplete:
        world.act("clerk", case_id, "accept")
    assert incomplete.value.code == "form-incomplete"
    world.act("clerk", case_id, "request_supplement", inputs={"field__items_sales": "请选择经营项目"})
    world.act("owner", case_id, "supply", inputs={"items_sales": ["bulk_food"]})
    with pytest.raises(Refused):
        world.act("clerk", case_id, "request_supplement", inputs={"field__area": "又来一次"})


# --- supplements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["-1", "0", "abc", "9" * 30, "<script>"])
def test_a_corrected_value_is_checked_like_the_form(world: World, bad: str) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    with pytest.raises(Invalid) as wrong:
        world.act("owner", case_id, "supply", inputs={"area": bad})
    assert "area" in wrong.value.fields
    assert access_case(world.owner, case_id=case_id, purpose="test").facts.values["area"] == "86.5"


def test_part_of_what_was_asked_is_taken_too(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对", "field__manager_is": "请核对"})
    with pytest.raises(Invalid):
        world.act("owner", case_id, "supply", inputs={})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    assert access_case(world.staff["clerk"], case_id=case_id, purpose="test").facts.unmet_demands == (
        "field:manager_is",
    )


def test_a_demand_for_a_field_that_a_correction_hid_lapses(world: World) -> None:
    case_id = world.submitted()
    world.act(
        "clerk",
        case_id,
        "request_supplement",
        inputs={"field__kind": "应为食品销售", "field__items_catering": "请核对"},
    )
    world.act("owner", case_id, "supply", inputs={"kind": "food_sales"})
    assert access_case(world.owner, case_id=case_id, purpose="test").facts.unmet_demands == ()


def test_a_supplement_sent_twice_is_taken_once(world: World) -> None:
    case_id = world.submitted()
    material = CaseMaterial.objects.filter(case_id=case_id).first().code
    world.act("clerk", case_id, "request_supplement", inputs={f"material__{material}": "看不清"})
    upload = [Upload(material, "新.pdf", PDF + b"%%EOF")]
    first = world.act("owner", case_id, "supply", uploads=upload, key="supply-once")
    assert world.act("owner", case_id, "supply", uploads=upload, key="supply-once") == first
    with pytest.raises(Conflict):
        world.act("owner", case_id, "supply", uploads=upload, key="supply-twice")
    assert Event.objects.filter(kind="cases.supply", subject_id=case_id).count() == 1


# --- how many files ---------------------------------------------------------------------------------------------------


def test_files_are_limited_in_number(world: World) -> None:
    draft = world.draft()
    row = CaseMaterial.objects.filter(case_id=draft).first()
    most = definition.material_spec(world.package, row.code)["max_files"]
    for n in range(most - 1):
        cases.add_material(
            world.owner, case_id=draft, code=row.code, upload=Upload(row.code, f"{n}.pdf", PDF + b"%" * n)
        )
    with pytest.raises(Invalid) as wrong:
        cases.add_material(world.owner, case_id=draft, code=row.code, upload=Upload(row.code, "多.pdf", PDF + b"%%%%"))
    assert row.code in wrong.value.fields


def test_a_supplement_and_a_check_take_only_so_many_files(world: World) -> None:
    case_id = world.submitted()
    material = CaseMaterial.objects.filter(case_id=case_id).first().code
    world.act("clerk", case_id, "request_supplement", inputs={f"material__{material}": "看不清"})
    many = [Upload(material, f"{n}.pdf", PDF + b"%" * n) for n in range(60)]
    with pytest.raises(Invalid) as wrong:
        world.act("owner", case_id, "supply", uploads=many)
    assert material in wrong.value.fields

    checked = world.accepted()
    officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
    world.act("reviewer", checked, "assign_check", inputs={"officers": officers})
    with pytest.raises(Invalid) as wrong:
        world.act("officer", checked, "record_check", uploads=[Upload("photos", f"{n}.jpg", JPG) for n in range(21)])
    assert "photos" in wrong.value.fields


# --- one's own case ---------------------------------------------------------------------------------------------------


def _proxy(world: World, *, item: str) -> Actor:
    made = give_mandate(
        world.owner, principal_id=world.shop, agent_id=world.stranger.party_id, kind="proxy", scope={"items": [item]},
        valid_from=MONDAY, valid_to=MONDAY + timedelta(days=90),
    )  # fmt: skip
    return world.stranger.acting_for(world.shop, UUID(made["mandate_id"]), (item,))


def test_nobody_handles_a_case_of_his_own(world: World) -> None:
    case_id = world.submitted()
    for party in (world.shop, world.owner.party_id):
        involved = replace(world.staff["clerk"], party_id=party)
        assert not [
            o for o in access_case(involved, case_id=case_id, purpose="test").offers if "applicant" not in o.action.by
        ]
        with pytest.raises(Refused) as refused:
            cases.act(involved, case_id=case_id, action="accept")
        assert refused.value.code == "own-case"
    assert case(case_id).state == "received"
    cases.act(replace(world.staff["clerk"], party_id=world.stranger.party_id), case_id=case_id, action="accept")


def test_a_proxy_acts_within_the_mandate_only(world: World) -> None:
    case_id = world.submitted()
    wrong = _proxy(world, item="another-item")
    with pytest.raises(NotFound):
        cases.act(wrong, case_id=case_id, action="withdraw")
    with pytest.raises(NotFound):
        access_case(wrong, case_id=case_id, purpose="test")
    cases.act(_proxy(world, item=world.package.code), case_id=case_id, action="withdraw")


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_drafts_are_limited_and_the_limit_is_told_plainly(world: World) -> None:
    with override_settings(TQ_MAX_DRAFTS=2):
        for _n in range(2):
            world.draft()
        for _n in range(20):
            with pytest.raises(Refused) as refused:
                world.draft()
        assert refused.value.code == "too-many-drafts" and "删除" in str(refused.value.remedy)
        assert "2" in str(refused.value.message)
        cases.drop_draft(world.owner, case_id=Case.objects.filter(ended_at=None).first().id)
        world.draft()


def test_a_dropped_draft_is_gone(world: World) -> None:
    made = world.draft()
    cases.drop_draft(world.owner, case_id=made)
    with pytest.raises(NotFound):
        world.act("owner", made, "submit", inputs={"declaration": ["yes"]})
    with pytest.raises(NotFound):
        access_case(world.owner, case_id=made, purpose="test")


def test_staff_cannot_tell_that_there_is_a_draft(world: World) -> None:
    made = world.draft()
    everywhere = tuple(replace(g, unit_id=None) for g in world.staff["clerk"].grants)
    with pytest.raises(NotFound):
        cases.act(replace(world.staff["clerk"], grants=everywhere), case_id=made, action="accept")


# --- hostile input ----------------------------------------------------------------------------------------------------

HOSTILE: list[Any] = [
    {"a": 1}, [["x"]], [{"x": "y"}], 7, 1.5, True, [None], {"$ne": ""}, ["ok", 3], ["two", "texts"], (), object,
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE, ids=repr)
def test_a_value_of_the_wrong_type_is_named(world: World, value: Any) -> None:
    case_id, draft = world.submitted(), world.draft()
    before = case(case_id).version, case(draft).version
    with pytest.raises(Invalid) as wrong:
        world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.not_this_organ", "reason": value})
    assert "reason" in wrong.value.fields
    if value != ():
        with pytest.raises(Invalid) as wrong:
            cases.save_draft(world.owner, case_id=draft, values={"area": value})
        assert "area" in wrong.value.fields
    assert (case(case_id).version, case(draft).version) == before


@pytest.mark.parametrize(
    "text", ["\x00", "甲\x00乙", "\ud800", "\ufffe", "\u202e" * 50, "a" + "\u0301" * 40, "\x1b[31m"]
)
def test_hostile_unicode_is_refused_or_kept_harmless(world: World, text: str) -> None:
    case_id, draft = world.submitted(), world.draft()
    try:
        world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": text})
    except Invalid as error:
        assert "reason" in error.fields
    cases.save_draft(world.owner, case_id=draft, values={"visit_time": text, "premises_address": text})
    kept = definition.plain_values(case(draft))
    assert "\x00" not in str(kept) and "\ud800" not in str(kept)


def test_huge_text_is_cut_in_a_draft_and_refused_in_an_act(world: World) -> None:
    case_id, draft = world.submitted(), world.draft()
    with pytest.raises(Invalid):
        world.act(
            "clerk",
            case_id,
            "not_accept",
            inputs={"ground": "not_accept.no_licence_needed", "reason": "长" * 1_000_000},
        )
    cases.save_draft(world.owner, case_id=draft, values={"visit_time": "长" * 1_000_000})
    assert len(str(definition.plain_values(case(draft)))) < 30_000


@pytest.mark.parametrize("version", [-1, 0, 10**30])
def test_a_version_that_never_was_is_a_conflict(world: World, version: int) -> None:
    case_id = world.submitted()
    with pytest.raises(Conflict):
        world.act("clerk", case_id, "accept", expected_version=version)


def test_unknown_case_and_unknown_action_look_alike(world: World) -> None:
    with pytest.raises(NotFound):
        cases.act(world.staff["clerk"], case_id=uuid7(), action="accept")
    with pytest.raises(NotFound):
        world.act("clerk", world.submitted(), "__class__")


# --- what events say --------------------------------------------------------------------------------------------------


def test_no_event_of_a_whole_life_names_a_person(world: World) -> None:
    case_id = world.submitted()
    material = CaseMaterial.objects.filter(case_id=case_id).first().code
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "陈立秋请核对 19900000001"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    world.act("clerk", case_id, "accept")
    officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
    world.act("reviewer", case_id, "assign_check", inputs={"officers": officers})
    world.record_check(case_id)
    for name in ("officer", "officer2"):
        world.act(name, case_id, "sign_check")
    world.act("reviewer", case_id, "pause", inputs={"ground": "pause.hearing", "expected_days": "5"})
    world.act("reviewer", case_id, "resume")
    world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "陈立秋申请听证"})
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "陈立秋符合条件"})
    world.act("head", case_id, "grant", inputs={"reason": "陈立秋"})
    world.act("system", case_id, "issue")
    world.act("system", case_id, "deliver", inputs={"mode": "electronic"})
    world.act("owner", case_id, "rate", inputs={"level": "5", "comment": "我是陈立秋，19900000001"})
    world.act("system", case_id, "archive")
    told = str(list(Event.objects.values_list("kind", "actor", "body", "rule")))
    for word in ("陈立秋", "秋实小馆", "19900000001", "石桥路", "图纸.pdf", "某", "985091500"):
        assert word not in told, word
    assert material in told


@pytest.mark.parametrize("action", ["grant", "refuse"])
def test_a_decision_asks_for_the_second_factor_outside_a_demonstration(
    action: str, world: World, settings: Any
) -> None:
    settings.TQ_STAFF_SECOND_FACTOR = True
    case_id = world.reviewed()
    inputs = {"ground": "refuse.conditions_not_met", "reason": "没有洗消设施"} if action == "refuse" else {}
    with pytest.raises(StrongerLoginNeeded) as refused:
        world.act("head", case_id, action, inputs=inputs)
    assert "二次验证" in str(refused.value.message)
    assert Case.objects.get(id=case_id).state == "under_review"
    strong = replace(world.staff["head"], login_strength=TWO_FACTOR)
    cases.act(strong, case_id=case_id, action=action, inputs=inputs)
