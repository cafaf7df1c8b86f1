"""The counter for natural persons: who comes himself, a guardian for a ward, an agent with a letter of authority."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongqu.domains.services.counter.models import Filing
from tongqu.foundation.identifiers import citizen_id_check
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import PDF, SYSTEM, World, _appointed
from tongqu.kernel.directory.models import Post
from tongqu.kernel.directory.queries import lead_unit
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Consent, Mandate, Party
from tongqu.kernel.jobs import worker
from tongqu.kernel.packages.operations import publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]

ITEM = "personal-data-request"


def number(first17: str) -> str:
    return first17 + citizen_id_check(first17)


GROWN = {"id_kind": "citizen_id", "id_no": number("99010219840611004"), "name": "沈念安"}
CHILD = {"for_id_kind": "citizen_id", "for_id_no": number("99010220170509003"), "for_name": "沈小满"}  # 8 years old
OLD = {"for_id_kind": "citizen_id", "for_id_no": number("99010219480302002"), "for_name": "沈伯言"}


@pytest.fixture
def clerk(world: World) -> Client:
    """The window clerk of the district's data bureau, where requests about personal data are taken in."""
    publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / ITEM)
    bureau = lead_unit(ITEM, settings.TQ_REGION, tenant_id=SYSTEM.tenant_id)
    post = Post.objects.get(unit_id=bureau.id, title="窗口受理岗")
    _appointed("data-window", post.id, actor_for)
    client = Client()
    account = Account.objects.get(username="t-data-window")
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def begin(client: Client, **taken: str) -> Any:
    given = {"_key": str(uuid7()), "channel": "counter", "capacity": "self", **GROWN, **taken}
    return client.post(f"/desk/counter/new/{ITEM}", given)


def opened(client: Client, **taken: str) -> Filing:
    before = set(Filing.objects.values_list("id", flat=True))
    reply = begin(client, **taken)
    assert reply.status_code == 302, reply.content.decode()
    return Filing.objects.exclude(id__in=before).get()


def received(client: Client, row: Filing) -> Case:
    version = Case.objects.get(id=row.case_id).version
    signed = SimpleUploadedFile("签名.pdf", PDF, "application/pdf")
    typed = {"kind": "correct", "about": "手机号码", "wrong": "是旧号码", "right": "19900000009", "_do": "receive",
             "_key": str(uuid7()), "_version": str(version), "declaration": signed}  # fmt: skip
    reply = client.post(f"/desk/counter/filings/{row.id}", typed)
    assert reply.status_code == 302 and reply["Location"].endswith("/done"), reply.content.decode()[:3000]
    return Case.objects.get(id=row.case_id)


def refused(client: Client, said: str, **taken: str) -> None:
    before = Party.objects.count(), Filing.objects.count()
    reply = begin(client, **taken)
    assert reply.status_code in {403, 409, 422} and said in reply.content.decode(), reply.content.decode()[:4000]
    assert (Party.objects.count(), Filing.objects.count()) == before, "nothing is left half done"


def test_somebody_who_comes_himself(clerk: Client) -> None:
    case = received(clerk, opened(clerk))
    assert case.state == "received" and case.applicant_name == "沈念安" and case.applicant_kind == "person"
    assert "未满" not in clerk.get(f"/desk/cases/{case.id}").content.decode()
    assert case.agent_id is None and case.mandate_id is None and case.help["capacity"] == "self"
    relay.drain()
    worker.run_pending()
    assert case.documents.get().kind == "request_receipt"
    row = Filing.objects.get(case_id=case.id)
    assert f"/desk/cases/{case.id}/papers.pdf" in clerk.get(f"/desk/counter/filings/{row.id}/done").content.decode()


def test_a_guardian_files_for_a_child(clerk: Client) -> None:
    case = received(clerk, opened(clerk, capacity="guardian", proof="household_register", **CHILD))
    held = Mandate.objects.get(id=case.mandate_id)
    assert case.applicant_name == "沈小满" and held.kind == "guardian" and held.principal_id == case.applicant_id
    assert str(held.agent_id) == case.help["person"] and held.proof["kind"] == "household_register"
    assert held.valid_to.astimezone(clock.SHANGHAI).date().isoformat() == "2035-05-09", "until the child comes of age"
    assert not case.mandate_is_proxy
    desk = clerk.get(f"/desk/cases/{case.id}").content.decode()
    assert "申请人未满 14 周岁" in desk and "/law/rules/D20.under_fourteen" in desk
    said = Event.objects.get(subject_id=case.id, kind="cases.submit").body["help"]
    relay.drain()
    consent = Consent.objects.get(party_id=case.applicant_id)
    assert (consent.kind, consent.guardian_id, consent.about_id) == ("child_data", held.agent_id, case.id)
    assert said["capacity"] == "guardian" and "沈" not in str(said)
    again = opened(clerk, capacity="guardian", proof="birth_certificate", **CHILD)
    assert Case.objects.get(id=again.case_id).mandate_id == held.id, "a guardian on record is not entered twice"


def test_the_guardian_signs_that_he_consents(clerk: Client) -> None:
    row = opened(clerk, capacity="guardian", proof="household_register", **CHILD)
    screen = f"/desk/counter/filings/{row.id}"
    assert "同意为办理本事项处理其个人信息" in clerk.get(f"{screen}/statement").content.decode()
    assert "同意为办理本事项处理孩子的个人信息" in clerk.get(screen).content.decode()
    grown = opened(clerk)
    assert "监护人" not in clerk.get(f"/desk/counter/filings/{grown.id}/statement").content.decode()


def test_a_child_does_not_file_alone(clerk: Client) -> None:
    papers = {name.removeprefix("for_"): text for name, text in CHILD.items()}
    refused(clerk, "未满14周岁，应当由监护人办理", **papers)


def test_a_guardian_of_an_adult_needs_the_courts_decision(clerk: Client) -> None:
    refused(clerk, "人民法院的裁判", capacity="guardian", proof="household_register", **OLD)
    row = opened(clerk, capacity="guardian", proof="court_decision", **OLD)
    assert Mandate.objects.get(principal__name="沈伯言").kind == "guardian" and row.applicant_name == "沈伯言"


def test_an_agent_with_a_letter(clerk: Client) -> None:
    case = received(clerk, opened(clerk, capacity="person_agent", letter_until="2026-06-30", **OLD))
    held = Mandate.objects.get(id=case.mandate_id)
    assert case.applicant_name == "沈伯言" and held.kind == "proxy" and held.scope == {"items": [ITEM]}
    assert case.mandate_is_proxy and case.agent_id == held.agent_id
    assert held.proof["kind"] == "letter_of_authority_seen"


def test_a_letter_has_a_last_day_and_a_minor_writes_none(clerk: Client) -> None:
    refused(clerk, "请填写授权委托书的截止日期", capacity="person_agent", **OLD)
    refused(clerk, "授权委托书已经过期", capacity="person_agent", letter_until="2026-02-27", **OLD)
    refused(clerk, "未成年人不能自行委托他人", capacity="person_agent", letter_until="2026-06-30", **CHILD)


def test_wrong_papers_of_the_applicant_are_told_at_their_fields(clerk: Client) -> None:
    wrong = CHILD | {"for_id_no": CHILD["for_id_no"][:-1] + ("1" if CHILD["for_id_no"][-1] != "1" else "2")}
    reply = begin(clerk, capacity="guardian", **wrong)
    page = reply.content.decode()
    assert reply.status_code == 422 and "校验位不正确" in page and 'href="#f-for_id_no"' in page
    assert "请选择监护关系的证明" in page and 'value="沈小满"' in page, "nothing typed is lost"
    own = {f"for_{name}": text for name, text in GROWN.items()}
    refused(clerk, "来人就是申请人", capacity="person_agent", letter_until="2026-06-30", **own)


def test_a_child_whose_paper_tells_no_birthday(clerk: Client) -> None:
    child = {"for_id_kind": "passport", "for_id_no": "X1234567", "for_country": "JPN", "for_name": "SATO HARU"}
    refused(clerk, "请填写被监护人的出生日期", capacity="guardian", proof="birth_certificate", **child)
    born = child | {"for_born": "2018-04-01"}
    opened(clerk, capacity="guardian", proof="birth_certificate", **born)
    other = child | {"for_born": "2018-04-02"}
    refused(clerk, "与已登记的出生日期不一致", capacity="guardian", proof="birth_certificate", **other)


def test_an_item_for_people_is_not_filed_for_a_firm(clerk: Client) -> None:
    refused(clerk, "请选择来人的身份", capacity="head", credit_code="92990102MA7DEM016U")
    refused(clerk, "请删去代码", capacity="self", credit_code="92990102MA7DEM016U")


def test_the_clerk_files_nothing_of_his_own(clerk: Client, world: World) -> None:
    row = opened(clerk, capacity="guardian", proof="household_register", **CHILD)
    child = Case.objects.get(id=row.case_id).applicant_id
    Account.objects.filter(username="t-data-window").update(party_id=child)
    refused(clerk, "应当回避", capacity="guardian", proof="household_register", **CHILD)
