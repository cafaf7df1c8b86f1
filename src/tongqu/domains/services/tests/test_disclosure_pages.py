"""Applying for government information on the pages of the portal, which serve a package of any procedure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.tests import seekers as people
from tongqu.kernel.cases.tests.seekers import Seekers, at
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.tests.world import PDF
from tongqu.kernel.identity.models import Account
from tongqu.kernel.law.work import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_tuesday(who: Seekers) -> Iterator[None]:
    with clock.at(at("03-03")):
        yield


@pytest.fixture
def client(who: Seekers) -> Client:
    client = Client()
    account = Account.objects.get(id=who.seeker.account_id)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def applied(client: Client, **ticks: str) -> Case:
    """From the guide to the case, a page after another."""
    begun = client.post(reverse("services:start", args=[people.ITEM]), {"party": "", "_key": uuid4().hex})
    form = begun["Location"]
    typed = {**people.WANTED, "phone": "19900000002", "_do": "next"}
    version = client.get(form).context["version"]
    saved = client.post(form, {**typed, "_version": version, "_key": uuid4().hex})
    assert saved.status_code == 302, body(saved)
    client.post(saved["Location"], {"_do": "next"})
    case_id = UUID(form.split("/")[3])
    sent = client.post(
        reverse("services:check", args=[case_id]), {"declaration": "yes", "_key": uuid4().hex, **ticks}
    )  # fmt: skip
    assert sent.status_code == 302, body(sent)
    return Case.objects.get(id=case_id)


def test_the_guide_says_what_kind_of_service_it_is(client: Client) -> None:
    page = body(client.get(reverse("services:guide", args=[people.ITEM])))
    assert "行政许可" not in page and "20 个工作日" in page and "先依法申请行政复议" in page


def test_applying_asks_and_promises_nothing_of_another_procedure(client: Client) -> None:
    case = applied(client)
    page = body(client.get(f"/my/cases/{case.id}"))
    assert "已提交，待确认收到" in page and "提交时间" in page
    assert "视为受理" not in page and "营业执照" not in page


def test_a_tick_for_electronic_service_counts(client: Client) -> None:
    assert applied(client).service_consent is None
    case = applied(client, e_service="yes")
    assert case.service_consent and case.service_consent["by"] == "submit"


def test_what_to_complete_stands_on_the_page_and_giving_up_is_told(who: Seekers, client: Client) -> None:
    case_id = who.told("5")
    page = body(client.get(f"/my/cases/{case_id}"))
    assert "请写明是哪一类项目" in page and "视为放弃申请" in page and "补齐后即受理" not in page
    assert client.get(f"/my/cases/{case_id}/do/supply").status_code == 200
    with clock.at(at("03-11", 1)):
        sweep()
        assert "没有在期限内补正，视为放弃申请" in body(client.get(f"/my/cases/{case_id}"))


def test_the_page_of_an_answer_gives_ground_reason_remedies_and_files(who: Seekers, client: Client) -> None:
    case_id = who.proposed(who.registered())
    upload = [Upload("information", "项目清单.pdf", PDF)]
    inputs = {"ground": "withhold.process", "reason": "讨论稿不予公开"}
    who.act("chief", case_id, "disclose_part", inputs=inputs, uploads=upload)
    work()
    page = body(client.get(f"/my/cases/{case_id}"))
    for told in ("部分公开", "过程性信息", "第16条", "讨论稿不予公开", "提供的政府信息", "项目清单.pdf", "先向"):
        assert told in page, told
    assert "您可以在2026年5月6日前（含当天）申请行政复议" in page, "the answer was served in the account"
    row = CaseMaterial.objects.get(case_id=case_id, code="disclosed")
    assert client.get(reverse("services:file", args=[case_id, row.id])).status_code == 200


def test_while_others_are_consulted_the_page_says_that_the_time_is_paused(who: Seekers, client: Client) -> None:
    case_id = who.registered()
    row = who.consult(case_id)
    work()
    page = body(client.get(f"/my/cases/{case_id}"))
    assert "期限暂停中" in page and people.THIRD["name"] not in page and "征求第三方意见书" not in page
    who.answered(row, "objects", "涉及报价")
    relay.drain()
    assert people.THIRD["name"] not in body(client.get(f"/my/cases/{case_id}"))


def test_the_progress_page_knows_its_states_and_dates(who: Seekers) -> None:
    from tongqu.kernel.cases.progress import shown_code

    case_id = who.registered()
    case = Case.objects.get(id=case_id)
    shown = Client().post(reverse("services:progress"), {"number": case.receipt_no, "code": shown_code(case_id)})
    assert "已登记，办理中" in body(shown) and "2026年3月31日" in body(shown)
