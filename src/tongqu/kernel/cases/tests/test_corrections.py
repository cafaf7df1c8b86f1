"""Correcting on the spot (行政许可法 32(1)(三)): what is merely wrong is no supplement."""

from __future__ import annotations

from uuid import UUID

import pytest

from tongqu.kernel.acts.errors import Invalid, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.world import PDF, World
from tongqu.kernel.law.models import Clock

pytestmark = pytest.mark.django_db


def case(case_id: UUID) -> Case:
    return Case.objects.get(id=case_id)


def value(world: World, case_id: UUID, name: str) -> dict[str, object]:
    entry: dict[str, object] = access_case(world.owner, case_id=case_id, purpose="test").facts.entries[name]
    return entry


def notice(case_id: UUID) -> Clock:
    return Clock.objects.get(subject_id=case_id, name="notice")


def test_the_applicant_corrects_and_the_case_goes_on(world: World) -> None:
    case_id = world.submitted()
    due = notice(case_id).due_at
    world.act("clerk", case_id, "allow_correction", inputs={"field__area": "图纸上是 90 平方米"})
    assert case(case_id).state == "received" and notice(case_id).due_at == due, "the time of the notice runs on"
    world.act("owner", case_id, "correct", inputs={"area": "90"})
    found = value(world, case_id, "area")
    assert (found["value"], found["source"]) == ("90", "typed")
    assert not case(case_id).tally.get("request_supplement"), "the one notice is not spent"
    assert notice(case_id).due_at == due
    event = Event.objects.get(kind="cases.correct", subject_id=case_id)
    assert event.rule.startswith("L1@") and event.body["corrected"] == ["field:area"]
    world.act("clerk", case_id, "request_supplement", inputs={"field__manager_is": "请写清楚"})


def test_an_offer_holds_nothing_up(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "allow_correction", inputs={"field__area": "请核对"})
    world.act("clerk", case_id, "accept")
    assert case(case_id).state == "accepted"


def test_an_offer_is_no_second_demand_in_disguise(world: World) -> None:
    """After the one notice it can neither be repeated as a demand nor keep the case from being accepted."""
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    world.act("clerk", case_id, "allow_correction", inputs={"field__manager_is": "请写清楚"})
    with pytest.raises(Refused):
        world.act("clerk", case_id, "remind_supplement", inputs={"field__manager_is": "请写清楚"})
    world.act("clerk", case_id, "accept")


def test_what_was_not_taken_up_lapses_with_the_notice(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "allow_correction", inputs={"field__area": "请核对", "field__manager_is": "请核对"})
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积与图纸不一致"})
    assert access_case(world.owner, case_id=case_id, purpose="test").facts.open_corrections == ()
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    with pytest.raises(Refused):
        world.act("owner", case_id, "correct", inputs={"manager_is": "holder"})
    assert access_case(world.owner, case_id=case_id, purpose="test").facts.unmet_demands == ()


def test_a_better_file_replaces_the_one_handed_in(world: World) -> None:
    case_id = world.submitted()
    code = CaseMaterial.objects.filter(case_id=case_id).values_list("code", flat=True)[0]
    world.act("clerk", case_id, "allow_correction", inputs={f"material__{code}": "漏了第二页"})
    world.act("owner", case_id, "correct", uploads=[Upload(code, "图纸（完整）.pdf", PDF + b"%2\n")])
    current = CaseMaterial.objects.get(case_id=case_id, code=code, replaced_at=None)
    assert current.filename == "图纸（完整）.pdf"


def test_only_what_was_offered_is_corrected_and_it_must_be_right(world: World) -> None:
    case_id = world.submitted()
    with pytest.raises(Refused):
        world.act("owner", case_id, "correct", inputs={"area": "90"})
    world.act("clerk", case_id, "allow_correction", inputs={"field__area": "请核对"})
    for wrong, field in [({"manager_is": "holder"}, "manager_is"), ({"area": "很大"}, "area"), ({}, "area")]:
        with pytest.raises(Invalid) as refused:
            world.act("owner", case_id, "correct", inputs=wrong)
        assert field in refused.value.fields
    with pytest.raises(Invalid):
        world.act("clerk", case_id, "allow_correction", inputs={})
    with pytest.raises(NotPermitted):
        world.act("reviewer", case_id, "allow_correction", inputs={"field__area": "请核对"})


def test_the_window_types_for_the_applicant_who_is_present(world: World) -> None:
    case_id = world.submitted()
    before = value(world, case_id, "area")["value"]
    with pytest.raises(Invalid) as refused:
        world.act("clerk", case_id, "correct_in_person", inputs={"area": "90"})
    assert "present" in refused.value.fields, "only with the applicant there"
    unchanged = access_case(world.staff["clerk"], case_id=case_id, purpose="test")
    form = unchanged.form(unchanged.offer("correct_in_person").action)
    stands = {f["name"]: f.get("initial") for f in form["pages"][0]["sections"][0]["fields"]}
    assert stands["area"] == before
    assert stands["contact_phone"] is None, "a phone number is not shown in full to staff"
    everything = {n: v if isinstance(v, list) else str(v) for n, v in stands.items() if v is not None}
    with pytest.raises(Invalid) as refused:
        world.act("clerk", case_id, "correct_in_person", inputs={**everything, "present": ["yes"]})
    assert refused.value.code == "nothing-changed"
    world.act("clerk", case_id, "correct_in_person", inputs={**everything, "area": "90", "present": ["yes"]})
    found = value(world, case_id, "area")
    assert found["source"] == "helper" and found["confirmed_by"] == str(world.staff["clerk"].account_id)
    assert Event.objects.get(kind="cases.correct_in_person", subject_id=case_id).body["corrected"] == ["field:area"]
    assert value(world, case_id, "contact_phone")["source"] == "typed", "what did not change keeps its origin"


def test_a_correction_that_calls_for_more_lets_the_window_ask_again(world: World) -> None:
    """As after a supplement: nobody could have asked for it before."""
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    world.act("clerk", case_id, "allow_correction", inputs={"field__online_trade": "您说过有网络经营"})
    world.act("owner", case_id, "correct", inputs={"online_trade": "yes"})
    view = access_case(world.staff["clerk"], case_id=case_id, purpose="test")
    asks_more = bool(view.facts.form_errors or view.facts.missing_materials)
    assert view.facts.applicant_changed is asks_more
