"""The pages of messages, in the browser's place."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.rig.queries import count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity.tests import people
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.notices import operations
from tongqu.kernel.notices.contacts import IdentityContacts
from tongqu.kernel.notices.demo_gateway import VisibleOutbox
from tongqu.kernel.notices.models import Notice
from tongqu.kernel.notices.ports import SmsGateway

pytestmark = pytest.mark.django_db
PARAMS = {"case_no": "MC2611210004", "item": "食品经营许可（新办）"}


@pytest.fixture(autouse=True)
def _no_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.kernel.jobs.registry._schedules", {})
    monkeypatch.setattr(ports, "_adapters", dict(ports._adapters))


def tell(party_id: UUID | None, **more: Any) -> UUID:
    (made,) = operations.tell(
        Actor.system(default_tenant()), party_ids=[party_id or uuid4()], template="case_received", params=PARAMS,
        subject=("case", uuid7()), url="/my/cases/1", **more,
    )  # fmt: skip
    return made


def signed_in(account: Any) -> Client:
    client = Client()
    client.force_login(account)
    return client


def test_reading_ones_messages() -> None:
    account = people.citizen("reader", phone=people.phone_no())
    notice_id = tell(account.party_id)
    client = signed_in(account)

    page = client.get(reverse("my_notices"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "您的申请已收到" in text
    assert "未读" in text
    assert reverse("my_notice", args=[notice_id]) in text

    page = client.get(reverse("my_notice", args=[notice_id]))
    assert page.status_code == 200
    assert 'href="/my/cases/1"' in page.content.decode()
    assert Notice.objects.get().read_at is not None
    assert "未读</span>" not in client.get(reverse("my_notices")).content.decode()


def test_marking_all_as_read() -> None:
    account = people.citizen("reader", phone=people.phone_no())
    tell(account.party_id)
    client = signed_in(account)
    assert client.get(reverse("my_notices_read")).status_code == 405
    assert client.post(reverse("my_notices_read")).status_code == 302
    assert Notice.objects.get().read_at is not None


def test_a_stranger_finds_nothing_and_a_guest_is_led_to_the_login() -> None:
    notice_id = tell(None)
    stranger = signed_in(people.citizen("stranger", phone=people.phone_no()))
    assert stranger.get(reverse("my_notice", args=[notice_id])).status_code == 404
    assert "还没有消息" in stranger.get(reverse("my_notices")).content.decode()
    assert stranger.get(reverse("my_notices"), {"after": "nonsense"}).status_code == 422
    for url in (reverse("my_notices"), reverse("my_notice", args=[notice_id])):
        answer = Client().get(url)
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))  # type: ignore[attr-defined]
    assert Notice.objects.get().read_at is None


def test_the_outbox_shows_the_words_and_hides_the_number(settings: Any) -> None:
    settings.TQ_DEMO = True
    ports.register(SmsGateway, VisibleOutbox())  # type: ignore[type-abstract]
    phone = people.phone_no()
    party = people.person(phone=phone)
    tell(party)
    run_pending()
    text = Client().get(reverse("demo_outbox")).content.decode()
    assert "申请已收到" in text
    assert phone not in text
    assert phone[:3] in text


def test_there_is_no_outbox_outside_the_demonstration(settings: Any) -> None:
    settings.TQ_DEMO = False
    assert Client().get(reverse("demo_outbox")).status_code == 404


def test_the_contact_book_reaches_a_sole_trader_through_its_operator_and_logs_it() -> None:
    phone = people.phone_no()
    head = people.person(phone=phone)
    shop = people.sole_trader(head)
    book = IdentityContacts()
    assert book.phone(head) == phone
    assert book.phone(shop) == phone
    assert book.email(head) is None
    assert book.phone(uuid4()) is None
    assert ReadLog.objects.filter(party_id=head, purpose="notices.send").exists()


def test_what_the_pages_cost() -> None:
    account = people.citizen("reader", phone=people.phone_no())
    ids = [tell(account.party_id) for _ in range(30)]
    client = signed_in(account)
    with count_queries() as listing:
        client.get(reverse("my_notices"))
    assert listing <= 2, listing
    with count_queries() as first:
        client.get(reverse("my_notice", args=[ids[0]]))
    assert first <= 5, first
    with count_queries() as again:
        client.get(reverse("my_notice", args=[ids[0]]))
    assert again <= 1, again
