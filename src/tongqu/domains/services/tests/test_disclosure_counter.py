"""An application for government information typed in at the counter for somebody who comes in person (art. 29, 31)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongqu.domains.services.counter.models import Filing
from tongqu.domains.services.tests.test_counter_people import GROWN
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.seekers import ITEM, WANTED, Seekers, at, last_day
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.work import archive_case
from tongqu.kernel.identity.models import Account
from tongqu.kernel.law.models import Clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def window(who: Seekers) -> Iterator[Client]:
    cache.clear()
    client = Client()
    account = Account.objects.get(id=who.staff["govwindow"].account_id)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    yield client


def received(client: Client) -> Case:
    given = {"_key": str(uuid7()), "channel": "counter", "capacity": "self", **GROWN}
    reply = client.post(f"/desk/counter/new/{ITEM}", given)
    assert reply.status_code == 302, reply.content.decode()[:2000]
    row = Filing.objects.get()
    signed: Any = SimpleUploadedFile(
        "签名.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    typed = {
        **WANTED, "_do": "receive", "_key": str(uuid7()), "_version": str(Case.objects.get(id=row.case_id).version),
        "declaration": signed,
    }  # fmt: skip
    reply = client.post(f"/desk/counter/filings/{row.id}", typed)
    assert reply.status_code == 302 and reply["Location"].endswith("/done"), reply.content.decode()[:3000]
    return Case.objects.get(id=row.case_id)


def test_in_person_the_time_counts_from_that_day(who: Seekers, window: Client) -> None:
    case = received(window)
    assert (case.state, case.channel) == ("unconfirmed", "counter")
    assert (last_day(case.id, "answer"), last_day(case.id, "clarify")) == ("03-30", "03-11")
    with clock.at(at("03-04")):
        who.act("desk", case.id, "confirm_receipt", inputs={"confirmed": ["yes"]})
        work()
    assert (
        last_day(case.id, "answer") == "03-30" and Clock.objects.filter(subject_id=case.id, name="answer").count() == 1
    )
    assert case.documents.get().kind == "registration_receipt"


def test_no_receipt_is_promised_where_none_is_made_at_receipt(who: Seekers, window: Client) -> None:
    received(window)
    page = window.get(f"/desk/counter/filings/{Filing.objects.get().id}/done").content.decode()
    assert "data-await" not in page and "正在制作" not in page, "nothing is on its way"
    assert "收件时不另作文书" in page and "打印本页" in page


def test_what_has_ended_goes_to_the_archive_by_itself(who: Seekers, window: Client) -> None:
    case = received(window)
    who.act("desk", case.id, "confirm_receipt", inputs={"confirmed": ["yes"]})
    who.proposed(case.id)
    who.act(
        "chief", case.id, "answer_otherwise", inputs={"ground": "answer.absent", "reason": "检索了2023至2025年的文件"}
    )
    work()
    with clock.at(at("04-10")):
        archive_case.enqueue(case_id=str(case.id))
        work()
    case.refresh_from_db()
    assert case.state == "archived" and case.retain_until and case.retain_until.year == 2036
