"""Requests about one's own data as cases: correct, explain, erase by two people; hostile, repeated, from two tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import requests
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import act as act_on_case
from tongqu.kernel.cases.operations import make_service_receipt, open_draft, save_draft, serve
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.persons import NAME, PHONE, PersonWorld, everything_stored, person_world, spellings
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.test_serving import BY_HAND
from tongqu.kernel.cases.tests.world import MONDAY, PDF, SYSTEM, World, _appointed
from tongqu.kernel.directory.demo import build as build_city
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Consent
from tongqu.kernel.identity.operations import give_mandate, register_person, withdraw_consent
from tongqu.kernel.identity.tests import people
from tongqu.kernel.law.work import sweep
from tongqu.kernel.ledger.verify import verify_all
from tongqu.kernel.notices.models import Notice
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.operations import publish


@pytest.fixture
def own(world: World, settings: Any, tmp_path: Path) -> Iterator[PersonWorld]:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    settings.DATA_DIR = tmp_path
    with clock.at(MONDAY):
        publish(SYSTEM, folder=Path(django_settings.TQ_PACKAGES_DIR) / requests.ITEM)
        made = person_world(world)
        city = build_city(SYSTEM)
        for login, post in (("privacy", "qx-sjj/privacy"), ("eraser", "qx-sjj/erasure"), ("window", "qx-sjj/window")):
            made.staff[login] = replace(_appointed(login, city.posts[post], actor_for), login_strength=TWO_FACTOR)
        yield made


@pytest.fixture
def client(own: PersonWorld) -> Client:
    account = Account.objects.get(id=own.owner.account_id)
    account.set_password(people.PASSWORD)
    account.save()
    client = Client()
    client.post(reverse("account_login"), {"login": account.username, "password": people.PASSWORD})
    return client


def filed(own: PersonWorld, kind: str = "erase", **values: str) -> UUID:
    return requests.Desk().file(
        own.owner, key=f"key-{kind}-12345678", kind=kind, values=values or {"reason": "不再使用"}, uploads=[]
    )


def key_in(page: str) -> str:
    found = re.search(r'name="_key" value="([^"]+)"', page)
    assert found
    return found[1]


# --- correcting ------------------------------------------------------------------------------------------------------


def test_from_a_value_on_my_data_to_the_answer(own: PersonWorld, client: Client) -> None:
    about = f"case:{own.submitted()}:contact_phone"
    url = reverse("my_data_request", args=["correct"]) + f"?about={about}"
    page = client.get(url).content.decode()
    assert "199****5678" in page and PHONE not in page  # the value it is about, masked
    sent = {"_key": key_in(page), "about": about, "wrong": "号码已换", "right": "19987654321",
            "proof": SimpleUploadedFile("证明.pdf", PDF)}  # fmt: skip
    response = client.post(url, sent)
    case = Case.objects.get(item_code=requests.ITEM)
    assert response["Location"] == f"/my/cases/{case.id}" and case.state == "received"
    assert client.get(response["Location"]).status_code == 200
    assert b"19987654321" not in everything_stored()  # sealed under the person's key
    view = access_case(own.staff["privacy"], case_id=case.id, purpose="desk")
    assert {o.action.code for o in view.offers if o.open} == {"comply", "decline"}
    assert view.facts.values["right"] == "19987654321" and len(view.materials) == 1
    own.act("privacy", case.id, "comply", inputs={"ground": "correct.found_wrong", "reason": "已更正"})
    work()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("complied", "complied")
    assert Notice.objects.filter(party_id=own.shop, template="rights_answered").count() == 1
    assert "已更正" in client.get(f"/my/cases/{case.id}").content.decode()


def test_the_clock_is_a_service_target_and_missing_it_is_on_record(own: PersonWorld) -> None:
    case_id = filed(own, "object", about="视为受理", reason="请说明")
    view = access_case(own.owner, case_id=case_id, purpose="own_case")
    (running,) = view.running
    assert (
        running.rule_id == "D23.target" and running.due_at.astimezone(clock.SHANGHAI).date().isoformat() == "2026-04-01"
    )
    with clock.at(MONDAY + timedelta(days=31)):
        sweep()
    overdue = Event.objects.get(kind="cases.overdue", subject_id=case_id)
    assert overdue.rule and overdue.rule.startswith("D23.target@")
    assert Case.objects.get(id=case_id).state == "received"


def test_a_refusal_needs_a_coded_ground_and_reasons(own: PersonWorld) -> None:
    case_id = filed(own, "correct", about="姓名", wrong="写错", right="另一名")
    for inputs in (
        {},
        {"ground": "decline.found_right"},
        {"ground": "erase.purpose_met", "reason": "x"},
        {"reason": "x"},
    ):
        with pytest.raises(Invalid):
            own.act("privacy", case_id, "decline", inputs=inputs)
    with pytest.raises((NotFound, NotPermitted)):
        own.act("clerk", case_id, "decline", inputs={"ground": "decline.found_right", "reason": "x"})
    own.act("privacy", case_id, "decline", inputs={"ground": "decline.found_right", "reason": "与登记一致"})
    decision = Case.objects.get(id=case_id).decisions.get()
    assert (decision.kind, decision.rule.partition("@")[0]) == ("decline", "D23.correct")


def paper_text(document_id: UUID) -> str:
    return re.sub(r"\s", "", text_of(document_id))


def test_the_answer_is_a_paper_and_is_served(own: PersonWorld, client: Client) -> None:
    page = client.get(reverse("my_data_request", args=["correct"])).content.decode()
    sent = {"_key": key_in(page), "about": "姓名", "wrong": "写错", "right": "另一名", "e_service": "yes"}
    client.post(reverse("my_data_request", args=["correct"]), sent)
    case = Case.objects.get(item_code=requests.ITEM)
    work()
    receipt = case.documents.get()
    assert receipt.kind == "request_receipt" and "最迟于2026年4月1日书面答复" in paper_text(receipt.document_id)
    own.act("privacy", case.id, "decline", inputs={"ground": "decline.found_right", "reason": "与登记一致"})
    work()
    refusal = case.documents.get(kind="request_refusal")
    text = paper_text(refusal.document_id)
    assert "与登记一致" in text and "决定不予办理" in text and "《中华人民共和国个人信息保护法》" in text
    assert "申请行政复议" in text and "起诉" in text and refusal.number.endswith("个不〔2026〕1号")
    assert (refusal.service, refusal.service_mode) == ("served", "electronic")
    assert {one["rule"] for one in refusal.remedies} == {"RM1", "RM2"}, "being served opens the remedies"


def test_without_agreement_the_answer_waits_to_be_served(own: PersonWorld) -> None:
    case_id = filed(own, "object", about="视为受理", reason="请说明")
    own.act(
        "privacy", case_id, "comply", inputs={"ground": "correct.found_wrong", "reason": "系统按规则处理，说明如下。"}
    )
    work()
    answer = Case.objects.get(id=case_id).documents.get(kind="request_answer")
    assert answer.service == "due" and "系统按规则处理" in paper_text(answer.document_id)
    blank = make_service_receipt(own.staff["window"], case_id=case_id, document_id=answer.document_id)
    assert "受送达人或者代收人" in paper_text(UUID(blank["document_id"]))
    serve(
        own.staff["window"], case_id=case_id, documents=[answer.document_id],
        inputs=BY_HAND,
    )  # fmt: skip
    answer.refresh_from_db()
    assert (answer.service, answer.service_mode) == ("served", "in_person")


# --- erasing ---------------------------------------------------------------------------------------------------------


def test_an_erasure_is_decided_by_one_and_carried_out_by_another(
    own: PersonWorld, django_capture_on_commit_callbacks: Any
) -> None:
    case_id = filed(own)
    with pytest.raises(Refused):
        own.act("privacy", case_id, "comply", inputs={"ground": "correct.found_wrong", "reason": "x"})
    with pytest.raises((NotPermitted, NotFound)):
        own.act("eraser", case_id, "approve_erasure", inputs={"ground": "erase.consent_withdrawn"})
    own.act("privacy", case_id, "approve_erasure", inputs={"ground": "erase.consent_withdrawn"})
    work()
    assert Notice.objects.filter(party_id=own.shop, template="rights_erasure_agreed").exists()
    with pytest.raises((NotPermitted, NotFound)):
        own.act("privacy", case_id, "erase")
    both = own.staff["privacy"]
    own.staff["both"] = replace(own.staff["eraser"], account_id=both.account_id)
    with pytest.raises(Refused) as same:
        own.act("both", case_id, "erase")
    assert same.value.code == "own-decision"
    with django_capture_on_commit_callbacks(execute=True):
        own.act("eraser", case_id, "erase")
    case = Case.objects.get(id=case_id)
    assert (case.state, case.outcome, case.values, case.personal) == ("erased", "erased", {}, None)
    for mark in (NAME, PHONE, own.id_no):
        assert not any(s in everything_stored() for s in spellings(mark)), mark
    event = Event.objects.get(kind="identity.person_key_destroyed")
    assert event.body["request"] == str(case_id) and event.body["ground"] == "erase.consent_withdrawn"
    assert not Account.objects.get(id=own.owner.account_id).is_active
    with pytest.raises(Conflict):
        own.act("eraser", case_id, "erase")
    work()
    relay.drain()
    assert verify_all().sound


def test_what_the_law_keeps_blocks_agreeing_and_carrying_out_and_the_try_is_on_record(own: PersonWorld) -> None:
    case_id = filed(own)
    other = own.submitted()
    with pytest.raises(Refused) as caught:
        own.act("privacy", case_id, "approve_erasure", inputs={"ground": "erase.purpose_met"})
    assert caught.value.code == "kept-by-law" and caught.value.rule == "D18"
    assert Event.objects.filter(kind="cases.act_refused", subject_id=case_id).exists()
    own.act("owner", other, "withdraw")
    own.act("system", other, "archive")
    own.act("privacy", case_id, "approve_erasure", inputs={"ground": "erase.purpose_met"})
    own.submitted()  # applied again meanwhile: not carried out then
    with pytest.raises(Refused):
        own.act("eraser", case_id, "erase")
    assert Case.objects.get(id=case_id).state == "approved"
    own.act("owner", case_id, "withdraw")
    assert Case.objects.get(id=case_id).state == "withdrawn"


# --- hostile ---------------------------------------------------------------------------------------------------------


def test_two_presses_are_one_request_and_another_body_is_refused(own: PersonWorld, client: Client) -> None:
    url = reverse("my_data_request", args=["erase"])
    sent = {"_key": key_in(client.get(url).content.decode()), "reason": "不再使用", "understood": "yes"}
    first, second = client.post(url, sent), client.post(url, sent)
    assert first["Location"] == second["Location"] and Case.objects.filter(item_code=requests.ITEM).count() == 1
    assert client.post(url, sent | {"reason": "另一个理由"}).status_code == 409


@pytest.mark.parametrize(
    ("kind", "sent", "wrong"),
    [
        ("erase", {"reason": "x"}, "understood"),
        ("erase", {"reason": "  ", "understood": "yes"}, "reason"),
        ("correct", {"about": "x", "wrong": "y"}, "right"),
        ("correct", {"about": "x", "wrong": "字" * 2001, "right": "z"}, "wrong"),
        ("object", {"about": "", "reason": "x"}, "about"),
    ],
)
def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(
    own: PersonWorld, client: Client, kind: str, sent: dict[str, str], wrong: str
) -> None:
    url = reverse("my_data_request", args=[kind])
    response = client.post(url, {"_key": key_in(client.get(url).content.decode()), **sent})
    page = response.content.decode()
    assert response.status_code == 422 and f'href="#f-{wrong}"' in page
    for name, text in sent.items():
        if name in {"about", "wrong", "right", "reason"} and text.strip():
            assert text in page
    assert not Case.objects.filter(item_code=requests.ITEM).exists()


def test_a_file_that_is_none_costs_the_request_and_leaves_nothing_half_done(own: PersonWorld, client: Client) -> None:
    url = reverse("my_data_request", args=["correct"])
    sent = {"_key": key_in(client.get(url).content.decode()), "about": "姓名", "wrong": "a", "right": "b",
            "proof": SimpleUploadedFile("x.pdf", b"MZ\x90\x00 not a pdf")}  # fmt: skip
    response = client.post(url, sent)
    assert response.status_code == 422 and "只能上传" in response.content.decode()
    assert not Case.objects.filter(item_code=requests.ITEM).exists()


@pytest.mark.parametrize("about", ["case:not-a-uuid:x", "identity:", "case:::", "<script>alert(1)</script>", "‮x"])
def test_a_forged_mark_names_nothing_and_is_not_echoed_as_markup(own: PersonWorld, client: Client, about: str) -> None:
    response = client.get(reverse("my_data_request", args=["correct"]), {"about": about})
    assert response.status_code == 200 and "<script>alert" not in response.content.decode()


def test_somebody_elses_value_cannot_be_looked_at_by_its_mark(own: PersonWorld, client: Client) -> None:
    stranger = World.submitted(replace_owner(own))
    page = client.get(reverse("my_data_request", args=["correct"]), {"about": f"case:{stranger}:contact_phone"})
    assert "199****" not in page.content.decode()


def replace_owner(own: PersonWorld) -> World:
    """The module's first world: its restaurant and its owner."""
    from tongqu.kernel.identity.models import Mandate

    mandate = Mandate.objects.filter(kind="operator").order_by("id")[0]
    actor = Actor(
        own.owner.tenant_id, "person", Account.objects.get(username="t-owner").id, mandate.agent_id,
        on_behalf_of=mandate.principal_id, mandate_id=mandate.id, login_strength=2, name="陈立秋",
    )  # fmt: skip
    return World(own.package, mandate.principal_id, actor, own.stranger, own.staff)


# --- a guardian for a child ------------------------------------------------------------------------------------------


def test_a_guardian_agrees_online_and_takes_it_back(own: PersonWorld) -> None:
    child = UUID(
        register_person(SYSTEM, name="陈小果", id_kind="citizen_id", id_no=people.citizen_no("20180601"))["party_id"]
    )
    held = give_mandate(
        SYSTEM, principal_id=child, agent_id=own.owner.party_id, kind="guardian", proof={"kind": "birth_certificate"}
    )
    guardian = replace(own.owner, on_behalf_of=child, mandate_id=UUID(held["mandate_id"]), mandate_items=None)
    package = packages.current(requests.ITEM)
    case_id = UUID(
        open_draft(
            guardian, package_version_id=package.id, applicant_id=child, applicant_name="陈小果",
            applicant_kind="person", region_code=django_settings.TQ_REGION,
        )["case_id"]
    )  # fmt: skip
    save_draft(guardian, case_id=case_id, values={"kind": "object", "about": "视为受理", "reason": "请说明"})
    with pytest.raises(Invalid) as refused:
        act_on_case(guardian, case_id=case_id, action="submit", inputs={"declaration": ["yes"]})
    assert set(refused.value.fields) == {"child_consent"}
    act_on_case(guardian, case_id=case_id, action="submit", inputs={"declaration": ["yes"], "child_consent": ["yes"]})
    relay.drain()
    consent = Consent.objects.get(party_id=child)
    assert (consent.kind, consent.guardian_id, consent.withdrawn_at) == ("child_data", own.owner.party_id, None)
    about = {"party_id": child, "kind": "child_data", "about": ("case", case_id)}
    with pytest.raises(NotPermitted):
        withdraw_consent(replace(own.owner, party_id=own.staff["privacy"].account_id), **about)
    withdraw_consent(own.owner, **about)
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None


def test_nobody_else_is_asked_for_a_guardians_consent(own: PersonWorld) -> None:
    case_id = filed(own, "object", about="视为受理", reason="请说明")
    assert "child_consent" not in Event.objects.get(kind="cases.submit", subject_id=case_id).body
