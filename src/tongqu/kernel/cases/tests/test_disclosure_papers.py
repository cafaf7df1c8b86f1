"""The papers of an application for government information: what each says, and who may read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import CaseDocument, CaseMaterial
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests import seekers as people
from tongqu.kernel.cases.tests.persons import everything_stored, spellings
from tongqu.kernel.cases.tests.seekers import ITEM, Seekers, at
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import PDF
from tongqu.kernel.identity.operations.rights import destroy_person_key
from tongqu.kernel.identity.queries_rights import subject_of
from tongqu.kernel.law.work import sweep
from tongqu.kernel.records.held import Papers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_tuesday(who: Seekers) -> Iterator[None]:
    with clock.at(at("03-03")):
        yield


def papers(case_id: UUID) -> dict[str, str]:
    work()
    rows = CaseDocument.objects.filter(case_id=case_id).order_by("id")
    found = {row.kind: re.sub(r"\s", "", text_of(row.document_id)) for row in rows}
    for words in found.values():
        assert "None" not in words and "{" not in words
    return found


def test_the_receipt_says_by_when_it_is_answered(who: Seekers) -> None:
    words = papers(who.registered())["registration_receipt"]
    for told in (
        "2026年3月3日收到并登记",
        "20个工作日内答复",
        "最迟于2026年3月31日",
        "道路养护项目清单",
        "第31条",
        "第33条",
    ):
        assert told in words, told


def test_the_notice_says_everything_and_until_when(who: Seekers) -> None:
    words = papers(who.told("10"))["supplement_notice"]
    for told in ("请写明是哪一类项目", "补正期限为10个工作日", "最迟于2026年3月17日", "视为放弃申请", "第30条"):
        assert told in words, told


def test_giving_up_and_more_time_are_told_on_paper(who: Seekers) -> None:
    case_id = who.told("5")
    with clock.at(at("03-11", 1)):
        sweep()
        assert "视为放弃申请" in papers(case_id)["termination_notice"]
    case_id = who.registered()
    who.act("chief", case_id, "extend", inputs={"reason": "检索范围大"})
    words = papers(case_id)["extension_notice"]
    for told in ("检索范围大", "延长20个工作日", "最迟于2026年4月29日", "负责人同意"):
        assert told in words, told


def test_a_letter_addresses_the_third_party_and_only_staff_read_it(who: Seekers) -> None:
    case_id = who.registered()
    row = who.consult(case_id)
    words = papers(case_id)["third_party_letter"]
    for told in (people.THIRD["name"], people.THIRD["about"], "15个工作日内", "第32条"):
        assert told in words, told
    assert who.seeker.name not in words, "who applied is nobody's business"
    letter = CaseDocument.objects.get(case_id=case_id, kind="third_party_letter")
    opinion = [Upload("opinion", "意见.pdf", PDF)]
    inputs = {"consultation": str(row.id), "answer": "agrees"}
    who.act("desk", case_id, "note_consultation_answer", inputs=inputs, uploads=opinion)
    kept = CaseMaterial.objects.get(case_id=case_id, code="consultation")
    own = access_case(who.seeker, case_id=case_id, purpose="own_case")
    assert letter.document_id not in {d.document_id for d in own.documents} and not own.has_paper(letter.document_id)
    assert kept not in own.materials
    with pytest.raises(NotFound):
        own.material(kept.id)
    desk = access_case(who.staff["desk"], case_id=case_id, purpose="desk")
    assert desk.has_paper(letter.document_id) and kept in desk.materials
    assert who.seeker.party_id
    mine, held = subject_of(who.seeker.party_id), Papers()
    shown = {r.id for section in ("papers", "files") for r in held.records(mine, section).rows}
    assert not shown & {str(letter.document_id), str(kept.blob_id)} and shown, "nor is it among what is held of him"


def test_a_co_maker_is_told_what_silence_means(who: Seekers) -> None:
    case_id = who.registered()
    who.consult(case_id, "co_maker")
    words = papers(case_id)["co_maker_letter"]
    assert people.ORGAN["name"] in words and "视为同意公开" in words and "第34条" in words


def answer_to(who: Seekers, action: str, **inputs: str) -> tuple[UUID, str]:
    case_id = who.proposed(who.registered())
    who.act("chief", case_id, action, inputs={"reason": "理由在此", **inputs})
    kinds = {"disclose": "answer_disclosed", "withhold": "answer_withheld", "disclose_part": "answer_partial"}
    return case_id, papers(case_id)[kinds.get(action, action)]


def test_a_refusal_names_ground_reason_and_that_reconsideration_comes_first(who: Seekers) -> None:
    for action in ("withhold", "disclose_part"):
        case_id, words = answer_to(who, action, ground="withhold.process")
        for told in (
            "政府信息公开申请答复书",
            "过程性信息",
            "第16条",
            "理由在此",
            "60日内",
            "先向行政复议机关申请行政复议",
        ):
            assert told in words, told
        assert "6个月" not in words, "no direct suit (RM3)"
        assert CaseDocument.objects.get(case_id=case_id, kind__startswith="answer").service == "served"


def test_other_answers_name_theirs_and_what_may_be_done(who: Seekers) -> None:
    _case, words = answer_to(who, "answer_otherwise", ground="answer.not_ours", right_organ="区住建局，0000-5550106")
    for told in ("不属于本机关负责公开", "第36条第5项", "区住建局", "60日内", "6个月内"):
        assert told in words, told


def test_what_is_disclosed_is_given_with_the_answer(who: Seekers) -> None:
    case_id = who.proposed(who.registered())
    upload = [Upload("information", "项目清单.pdf", PDF)]
    who.act("chief", case_id, "disclose", inputs={"reason": "清单见附件"}, uploads=upload)
    words = papers(case_id)["answer_disclosed"]
    assert "第36条第2项" in words and "共1个文件" in words
    own = access_case(who.seeker, case_id=case_id, purpose="own_case")
    assert [m.filename for m in own.materials if m.code == "disclosed"] == ["项目清单.pdf"]


def test_a_third_party_overruled_is_told_why_in_writing(who: Seekers) -> None:
    case_id = who.registered()
    row = who.consult(case_id)
    who.answered(row, "objects", "涉及报价构成")
    who.proposed(case_id)
    who.act("chief", case_id, "disclose_overriding", inputs={"reason": "涉及食品安全"})
    found = papers(case_id)
    for told in (people.THIRD["name"], "涉及食品安全", "第32条", "60日内"):
        assert told in found["override_notice"], told
    assert people.THIRD["name"] not in found["answer_disclosed"]


def test_an_erased_applicant_takes_the_words_of_his_case_along(who: Seekers) -> None:
    case_id = who.registered()
    row = who.consult(case_id)
    who.answered(row, "objects", f"{who.seeker.name}问过同样的事")
    who.act("seeker", case_id, "withdraw")
    with clock.at(at("06-01")):
        who.act("govarchive", case_id, "archive")
        destroy_person_key(people.SYSTEM, party_id=who.seeker.party_id, ground="erase.term_over", request_id=case_id)
    stored = everything_stored()
    for said in (people.THIRD["about"], people.THIRD["address"], "问过同样的事"):
        assert not any(form in stored for form in spellings(said)), said


def test_what_is_asked_for_lies_sealed(who: Seekers) -> None:
    who.registered()
    assert not any(form in everything_stored() for form in spellings(people.WANTED["info_feature"]))
    assert ITEM.encode() in everything_stored()
