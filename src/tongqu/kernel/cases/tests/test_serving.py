"""Papers reach people: by which mode, proven by what, and what being served brings about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import JPG, MONDAY, World
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.work import sweep
from tongqu.kernel.notices.models import Service, ServiceAttempt
from tongqu.kernel.records.models import Blob, Document

BY_HAND = {
    "mode": "in_person", "result": "served", "happened_on": "2026-03-02", "receiver": "陈立秋", "relation": "self",
    "receipt_kept": ["yes"],
}  # fmt: skip


def submitted(world: World, **inputs: Any) -> UUID:
    case_id = world.draft()
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"], **inputs})
    return case_id


def not_accepted(world: World, **inputs: Any) -> UUID:
    case_id = submitted(world, **inputs)
    world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": "不需要许可"})
    work()
    return case_id


def paper(case_id: UUID, kind: str) -> CaseDocument:
    return CaseDocument.objects.get(case_id=case_id, kind=kind)


def serve(world: World, case_id: UUID, kind: str, who: str = "clerk", uploads: Any = (), **changed: Any) -> Any:
    inputs = {name: value for name, value in (BY_HAND | changed).items() if value is not None}
    return cases.serve(
        world.staff[who], case_id=case_id, documents=[paper(case_id, kind).document_id], inputs=inputs,
        uploads=uploads,
    )  # fmt: skip


def test_handed_over_it_starts_what_the_applicant_may_do(world: World) -> None:
    case_id = not_accepted(world)
    row = paper(case_id, "non_acceptance_decision")
    assert row.service == "due" and row.number.endswith("许不受〔2026〕1号") and row.remedies == []
    serve(world, case_id, "non_acceptance_decision", uploads=[Upload("proof", "回证.jpg", JPG)], receipt_kept=None)
    row.refresh_from_db()
    assert (row.service, row.service_mode, row.served_on) == ("served", "in_person", date(2026, 3, 2))
    until = {one["code"]: one["until"] for one in row.remedies}
    assert until == {"reconsideration": "2026-05-06", "suit": "2026-09-02"}  # 60 days end in the May holiday
    clocks = Clock.objects.filter(subject_kind="document", subject_id=row.document_id)
    assert {c.rule_id for c in clocks} == {"RM1", "RM2"}
    service = Service.objects.get(document_id=row.document_id)
    assert service.sha256 == Document.objects.get(id=row.document_id).blob.sha256, "the file exactly as served"
    tried = ServiceAttempt.objects.get(service=service)
    assert tried.proof_sha256 == Blob.objects.get(id=tried.proof_id).sha256 and tried.by_name == "clerk某"
    event = Event.objects.get(kind="notices.served", subject_id=service.id)
    assert event.body["sha256"] == service.sha256 and event.rule.startswith("SV2@")
    assert "陈立秋" not in str(event.body), "who received it is sealed"


def test_with_consent_the_platform_serves_and_notes_the_first_reading(world: World) -> None:
    case_id = not_accepted(world, e_service=["yes"])
    row = paper(case_id, "non_acceptance_decision")
    assert (row.service, row.service_mode) == ("served", "electronic") and len(row.remedies) == 2
    service = Service.objects.get(document_id=row.document_id)
    assert service.consent["by"] == "submit" and service.entered_at is not None and service.opened_at is None
    assert cases.open_paper(world.owner, case_id=case_id, document_id=row.document_id)
    assert cases.open_paper(world.owner, case_id=case_id, document_id=row.document_id) is None, "the first counts"
    row.refresh_from_db()
    service.refresh_from_db()
    assert row.opened_at == service.opened_at is not None
    assert Event.objects.filter(kind="notices.service_opened").count() == 1


def test_who_agrees_later_has_the_waiting_papers_at_once_and_may_take_it_back(world: World) -> None:
    case_id = not_accepted(world)
    row = paper(case_id, "non_acceptance_decision")
    assert row.service == "due"
    for _press in range(2):
        done = cases.agree_to_service(world.owner, case_id=case_id)
    assert done == {"served": 0}, "the second time there is nothing left to do"
    row.refresh_from_db()
    assert (row.service, row.service_mode) == ("served", "electronic") and len(row.remedies) == 2
    assert Service.objects.get(document_id=row.document_id).consent["by"] == "later"
    assert Event.objects.filter(kind="cases.service_agreed").count() == 1
    for _press in range(2):
        cases.withdraw_from_service(world.owner, case_id=case_id)
    assert Event.objects.filter(kind="cases.service_withdrawn").count() == 1
    row.refresh_from_db()
    assert row.service == "served", "what was served stays served"
    other = submitted(world, e_service=["yes"])
    cases.withdraw_from_service(world.owner, case_id=other)
    world.act("clerk", other, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": "不需要许可"})
    work()
    assert paper(other, "non_acceptance_decision").service == "due"
    assert cases.agree_to_service(world.owner, case_id=other) == {"served": 1}, "and once more"


def test_a_window_enters_an_agreement_on_a_signed_statement(world: World) -> None:
    case_id = not_accepted(world)
    for statement in ("", " ", "x" * 61, "确认书\x00", "确认书\ue000"):
        with pytest.raises(Invalid) as refused:
            cases.agree_to_service(world.staff["clerk"], case_id=case_id, statement=statement)
        assert "statement" in refused.value.fields
    assert cases.agree_to_service(world.staff["clerk"], case_id=case_id, statement="确认书\u202e 2026-7") == {
        "served": 1
    }
    assert Case.objects.get(id=case_id).service_consent["ref"] == "确认书 2026-7"
    event = Event.objects.get(kind="cases.service_agreed")
    assert event.body == {"by": "counter"} and event.sealed is not None
    for who in (world.staff["outsider"], world.stranger):
        with pytest.raises(NotFound):
            cases.agree_to_service(who, case_id=case_id, statement="x")
    with pytest.raises(NotFound):
        cases.withdraw_from_service(world.staff["clerk"], case_id=case_id)
    with pytest.raises(Conflict):
        cases.agree_to_service(world.owner, case_id=world.draft())
    with pytest.raises(Conflict):
        cases.withdraw_from_service(world.owner, case_id=world.submitted(delivery_way="counter"))


def test_without_consent_nothing_is_served_electronically(world: World) -> None:
    case_id = not_accepted(world)
    with pytest.raises(Refused) as refused:
        cases.serve(
            world.staff["clerk"], case_id=case_id, inputs={"mode": "electronic"},
            documents=[paper(case_id, "non_acceptance_decision").document_id],
        )  # fmt: skip
    assert refused.value.rule == "SV4"
    assert paper(case_id, "non_acceptance_decision").service == "due" and not ServiceAttempt.objects.exists()


def test_post_comes_back_and_public_notice_is_the_last_way(world: World) -> None:
    case_id = not_accepted(world)
    kind = "non_acceptance_decision"
    notice = {"mode": "public_notice", "why": "两次投递均退回，登记电话停机", "result": None, "receiver": None,
              "relation": None, "receipt_kept": None, "happened_on": None}  # fmt: skip
    with pytest.raises(Refused):
        serve(world, case_id, kind, **notice)
    post = {"mode": "post", "tracking_no": "EM900000001CS", "receiver": None, "relation": None, "receipt_kept": None}
    serve(world, case_id, kind, **post, result="sent")
    assert paper(case_id, kind).service == "under_way"
    serve(world, case_id, kind, **post, result="failed", failure="returned")
    assert paper(case_id, kind).service == "due"
    with pytest.raises(Refused):
        serve(world, case_id, kind, **notice)
    serve(world, case_id, kind, result="failed", failure="moved", receiver=None, relation=None, receipt_kept=None)
    serve(world, case_id, kind, **notice)
    service = Service.objects.get(document_id=paper(case_id, kind).document_id)
    assert service.announced_until == date(2026, 4, 1) and service.served_on is None
    with pytest.raises(Conflict):
        serve(world, case_id, kind)
    with clock.at(MONDAY + timedelta(days=29)):
        sweep()
        assert paper(case_id, kind).service == "announced"
    with clock.at(MONDAY + timedelta(days=31)):
        sweep()
        row = paper(case_id, kind)
        assert (row.service, row.served_on) == ("served", date(2026, 4, 1)) and len(row.remedies) == 2
        assert Event.objects.get(kind="notices.served", subject_id=service.id).rule.startswith("SV7@")


def test_what_a_record_lacks_is_said_at_the_field_and_nothing_is_kept(world: World) -> None:
    case_id = not_accepted(world)
    kind = "non_acceptance_decision"
    for changed, field in (
        ({"receiver": None}, "receiver"), ({"happened_on": "2026-03-09"}, "happened_on"),
        ({"happened_on": "9999-99-99"}, "happened_on"), ({"receipt_kept": None}, "proof"), ({"mode": "fax"}, "mode"),
        ({"shoe": "42"}, "shoe"), ({"relation": "cat"}, "relation"), ({"mode": None}, "mode"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            serve(world, case_id, kind, **changed)
        assert field in refused.value.fields, changed
    with pytest.raises(Invalid) as refused:
        serve(world, case_id, kind, uploads=[Upload("proof", "回证.jpg", b"MZ not a picture")])
    assert "proof" in refused.value.fields
    with pytest.raises(Invalid):
        cases.serve(world.staff["clerk"], case_id=case_id, documents=[], inputs=BY_HAND)
    assert not ServiceAttempt.objects.exists() and paper(case_id, kind).service == "due"


def test_who_may_serve(world: World) -> None:
    case_id = not_accepted(world)
    document_id = paper(case_id, "non_acceptance_decision").document_id
    for actor in (world.staff["outsider"], world.staff["reviewer"], world.owner, world.stranger):
        with pytest.raises(NotPermitted):
            cases.serve(actor, case_id=case_id, documents=[document_id], inputs=BY_HAND)
        with pytest.raises(NotPermitted):
            cases.make_service_receipt(actor, case_id=case_id, document_id=document_id)
    other = not_accepted(world)
    with pytest.raises(NotFound):
        cases.serve(world.staff["clerk"], case_id=other, documents=[document_id], inputs=BY_HAND)
    assert not ServiceAttempt.objects.exists()


def test_the_licence_is_served_like_any_paper_and_delivers_the_case(world: World) -> None:
    case_id = world.granted(delivery_way="counter")
    work()
    case = Case.objects.get(id=case_id)
    assert case.state == "issued", "who wants it on paper is not served by the platform"
    licence = Service.objects.get(subject_id=case_id, document_kind__startswith="licence_")
    grant = paper(case_id, "grant_decision").document_id
    post = {"mode": "post", "result": "sent", "tracking_no": "EM1", "happened_on": "2026-03-02"}
    cases.serve(world.staff["clerk"], case_id=case_id, documents=[licence.document_id], inputs=post)
    case.refresh_from_db()
    assert case.state == "issued", "sent is not served"
    cases.serve(world.staff["clerk"], case_id=case_id, documents=[licence.document_id, grant], inputs=BY_HAND)
    case.refresh_from_db()
    licence.refresh_from_db()
    assert (case.state, licence.state, paper(case_id, "grant_decision").service) == ("delivered", "served", "served")
    deliver = Event.objects.get(kind="cases.deliver", subject_id=case_id)
    assert deliver.body["mode"] == "in_person" and deliver.body["service"] == str(licence.id)
    assert Clock.objects.get(subject_id=case_id, name="deliver").outcome == "delivered"


def test_a_failed_try_is_no_delivery(world: World) -> None:
    case_id = world.granted(delivery_way="counter")
    work()
    with pytest.raises(Invalid):
        world.act(
            "clerk", case_id, "deliver",
            inputs={"mode": "in_person", "result": "failed", "failure": "absent", "happened_on": "2026-03-02"},
        )  # fmt: skip
    assert Case.objects.get(id=case_id).state == "issued" and not ServiceAttempt.objects.filter(result="failed")


def test_the_proof_of_service_is_made_once_blank_or_filled(world: World) -> None:
    case_id = not_accepted(world)
    document_id = paper(case_id, "non_acceptance_decision").document_id
    made = cases.make_service_receipt(world.staff["clerk"], case_id=case_id, document_id=document_id)
    assert cases.make_service_receipt(world.staff["clerk"], case_id=case_id, document_id=document_id) == made
    words = text_of(UUID(made["document_id"]))
    for told in ("送达回证", "许送〔2026〕1号", "许不受〔2026〕1号", "清溪区秋实小馆", "□"):
        assert told in words.replace(" ", ""), told
    electronic = not_accepted(world, e_service=["yes"])
    document_id = paper(electronic, "non_acceptance_decision").document_id
    filled = cases.make_service_receipt(world.staff["clerk"], case_id=electronic, document_id=document_id)
    words = text_of(UUID(filled["document_id"])).replace(" ", "").replace("\r\n", "")
    assert "进入受送达人在本平台的账号" in words and "电子送达，由平台记录" in words


def test_papers_are_numbered_in_order_by_kind(world: World) -> None:
    for _n in range(3):
        submitted(world)
    work()
    numbers = list(CaseDocument.objects.filter(kind="receipt").order_by("id").values_list("number", flat=True))
    assert [n.split("〕")[1] for n in numbers] == ["1号", "2号", "3号"]
    relay.drain()
