"""What an applicant may do online he may do at the window too: many who stand there have no account."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseDocument, CaseMaterial
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import MONDAY, PDF, World
from tongqu.kernel.law.models import Clock

pytestmark = pytest.mark.django_db
PRESENT = {"present": ["yes"]}


def case(case_id: UUID) -> Case:
    return Case.objects.get(id=case_id)


def asked(world: World) -> tuple[UUID, str]:
    """A case with a file and an answer asked for; the material's code."""
    case_id = world.submitted()
    code = CaseMaterial.objects.filter(case_id=case_id).values_list("code", flat=True)[0]
    demands = {f"material__{code}": "没有标明清洗区", "field__area": "面积与图纸不一致"}
    world.act("clerk", case_id, "request_supplement", inputs=demands)
    return case_id, code


def test_the_window_takes_the_supplement_of_somebody_without_an_account(world: World) -> None:
    case_id, code = asked(world)
    with pytest.raises(Invalid) as refused:
        world.act("clerk", case_id, "supply_in_person", inputs={"area": "90"})
    assert set(refused.value.fields) == {"present"}, "only with the applicant there"
    assert case(case_id).state == "supplement_requested"

    files = [Upload(code, "新平面图.pdf", PDF + b"%2\n")]
    world.act("clerk", case_id, "supply_in_person", inputs={"area": "90", **PRESENT}, uploads=files)

    assert case(case_id).state == "received"
    assert all(c.is_over for c in Clock.objects.filter(subject_id=case_id, name="supply"))
    view = access_case(world.staff["clerk"], case_id=case_id, purpose="test")
    assert view.facts.unmet_demands == ()
    entry = view.facts.entries["area"]
    assert (entry["value"], entry["source"]) == ("90", "helper"), "typed by the window, not by the applicant"
    assert entry["confirmed_by"] == str(world.staff["clerk"].account_id)
    current = CaseMaterial.objects.get(case_id=case_id, code=code, replaced_at=None)
    assert current.filename == "新平面图.pdf"
    event = Event.objects.get(kind="cases.supply_in_person", subject_id=case_id)
    assert set(event.body["supplied"]) == {f"material:{code}", "field:area"} and event.rule.startswith("L1@")
    world.act("clerk", case_id, "accept")


def test_the_papers_are_made_although_all_came_before_the_notice_was_printed(world: World) -> None:
    """At a window minutes lie between the two, and the paper says what was asked when it was asked."""
    case_id, code = asked(world)
    with clock.at(MONDAY + timedelta(minutes=3)):
        files = [Upload(code, "新平面图.pdf", PDF + b"%2\n")]
        world.act("clerk", case_id, "supply_in_person", inputs={"area": "90", **PRESENT}, uploads=files)
    work()
    notice = CaseDocument.objects.get(case_id=case_id, kind="supplement_notice")
    told = "".join(text_of(notice.document_id).split())
    assert "没有标明清洗区" in told and "面积与图纸不一致" in told
    receipt = CaseDocument.objects.get(case_id=case_id, kind="supplement_receipt")
    assert "经营面积（已更正）" in "".join(text_of(receipt.document_id).split())


def test_part_of_it_is_taken_and_nothing_at_all_is_not(world: World) -> None:
    case_id, _code = asked(world)
    with pytest.raises(Invalid):
        world.act("clerk", case_id, "supply_in_person", inputs=PRESENT)
    world.act("clerk", case_id, "supply_in_person", inputs={"area": "90", **PRESENT})
    assert len(access_case(world.owner, case_id=case_id, purpose="test").facts.unmet_demands) == 1


def test_a_withdrawal_at_the_window_wants_the_signed_paper(world: World) -> None:
    case_id = world.accepted()
    with pytest.raises(Invalid) as refused:
        world.act("clerk", case_id, "withdraw_in_person", inputs=PRESENT)
    assert "signed" in refused.value.fields and case(case_id).state == "accepted"
    files = [Upload("signed", "撤回申请.pdf", PDF)]
    world.act("clerk", case_id, "withdraw_in_person", inputs={"reason": "不开店了", **PRESENT}, uploads=files)
    assert case(case_id).state == "withdrawn" and case(case_id).outcome == "withdrawn"
    assert not Clock.objects.filter(subject_id=case_id, ended_at=None).exists()
    assert CaseMaterial.objects.get(case_id=case_id, code="in_person").filename == "撤回申请.pdf"


def test_a_hearing_is_asked_for_at_the_window(world: World) -> None:
    case_id = world.checked()
    world.act("reviewer", case_id, "tell_hearing", inputs={"reason": "影响邻里采光"})
    files = [Upload("signed", "听证申请.pdf", PDF)]
    world.act("clerk", case_id, "ask_hearing_in_person", inputs=PRESENT, uploads=files)
    assert Clock.objects.filter(subject_id=case_id, name="hold_hearing", ended_at=None).exists()


@pytest.mark.parametrize("who", ["reviewer", "officer", "head", "owner", "stranger"])
def test_only_the_window_acts_for_who_stands_there(world: World, who: str) -> None:
    case_id, _code = asked(world)
    with pytest.raises(Exception) as refused:
        world.act(who, case_id, "supply_in_person", inputs={"area": "90", **PRESENT})
    assert isinstance(refused.value, NotPermitted) or who == "stranger"
    assert case(case_id).state == "supplement_requested"
    assert not Event.objects.filter(kind="cases.supply_in_person").exists()
