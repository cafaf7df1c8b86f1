"""Telling people things: in the site, by SMS, by e-mail; who sees what; what becomes of each message."""

from __future__ import annotations

import email
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import mail
from django.utils.translation import override

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import PASSWORD, Actor, Grant
from tongqu.kernel.acts.errors import Conflict, Invalid, LoginNeeded, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs import moments
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.notices import operations, queries, texts
from tongqu.kernel.notices.demo_gateway import VisibleOutbox
from tongqu.kernel.notices.models import Delivery, DeliveryState, DemoMessage, Notice
from tongqu.kernel.notices.ports import ContactBook, NotDeliverable, ProviderReceipt, SmsGateway

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system(default_tenant())
CASE = ("case", uuid7())
PARAMS = {"case_no": "MC2611210004", "item": "食品经营许可（新办）"}
PHONE = "19900000017"


def person(party_id: UUID | None = None) -> Actor:
    return Actor(
        tenant_id=default_tenant(),
        kind="person",
        account_id=uuid4(),
        party_id=party_id or uuid4(),
        login_strength=PASSWORD,
    )


class Book:
    def __init__(self) -> None:
        self.phones: dict[UUID, str] = {}
        self.addresses: dict[UUID, str] = {}

    def phone(self, party_id: UUID) -> str | None:
        return self.phones.get(party_id)

    def email(self, party_id: UUID) -> str | None:
        return self.addresses.get(party_id)


class Gateway(VisibleOutbox):
    """The visible outbox, with a line that can be cut."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.calls: list[UUID] = []
        self.delivered = True

    def send(self, message_id: UUID, phone: str, text: str) -> ProviderReceipt:
        self.calls.append(message_id)
        if self.error and not isinstance(self.error, TimeoutError):
            raise self.error
        receipt = super().send(message_id, phone, text)
        if self.error:
            raise self.error  # the message went out, the answer was lost
        return ProviderReceipt(receipt.reference, delivered=self.delivered)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongqu.kernel.jobs.registry._schedules", {})
    monkeypatch.setattr(ports, "_adapters", dict(ports._adapters))


@pytest.fixture
def book() -> Book:
    made = Book()
    ports.register(ContactBook, made)  # type: ignore[type-abstract]
    return made


@pytest.fixture
def gateway() -> Gateway:
    made = Gateway()
    ports.register(SmsGateway, made)  # type: ignore[type-abstract]
    return made


def tell(*party_ids: UUID, **more: Any) -> list[UUID]:
    more = {"template": "case_received", "params": PARAMS, "subject": CASE, "url": "/my/cases/1", **more}
    return operations.tell(SYSTEM, party_ids=party_ids, **more)


# --- in the site -----------------------------------------------------------------------------------------------------


def test_everyone_told_sees_it_and_nobody_else() -> None:
    one, other, stranger = person(), person(), person()
    tell(one.party_id, other.party_id, one.party_id, channels=("site",))  # type: ignore[arg-type]
    for reader in (one, other):
        (row,) = queries.my_notices(reader).rows
        assert row.title == "您的申请已收到"
        assert "MC2611210004" in row.body
        assert row.url == "/my/cases/1"
        assert queries.unread_count(reader) == 1
        assert queries.access_notice(reader, row.id) == row
        with pytest.raises(NotFound):
            queries.access_notice(stranger, row.id)
        with pytest.raises(NotFound):
            operations.read_notice(stranger, notice_id=row.id)
    assert queries.my_notices(stranger).rows == []
    assert queries.unread_count(Actor(tenant_id=default_tenant(), kind="staff", account_id=uuid4())) == 0
    for what in (lambda a: queries.my_notices(a), lambda a: queries.access_notice(a, uuid4())):
        with pytest.raises(LoginNeeded):
            what(Actor(tenant_id=default_tenant()))


def test_the_reader_of_another_tenant_sees_nothing() -> None:
    one = person()
    tell(one.party_id, channels=("site",))  # type: ignore[arg-type]
    elsewhere = Actor(tenant_id=UUID(int=9), kind="person", account_id=one.account_id, party_id=one.party_id)
    assert queries.my_notices(elsewhere).rows == []


def test_acting_for_a_principal_one_reads_the_principals_messages() -> None:
    shop, owner = uuid4(), person()
    tell(shop, channels=("site",))
    assert queries.my_notices(owner).rows == []
    assert len(queries.my_notices(owner.acting_for(shop, uuid4())).rows) == 1


def test_a_mandate_for_some_items_does_not_open_all_messages() -> None:
    """A message does not say which item it is about, and whoever files is told himself."""
    shop, owner = uuid4(), person()
    tell(shop, owner.party_id, channels=("site",))  # type: ignore[arg-type]
    narrow = owner.acting_for(shop, uuid4(), ("another-item",))
    theirs, own = Notice.objects.get(party_id=shop), Notice.objects.get(party_id=owner.party_id)
    assert [row.id for row in queries.my_notices(narrow).rows] == [own.id]
    assert queries.unread_count(narrow) == 1
    with pytest.raises(NotFound):
        queries.access_notice(narrow, theirs.id)
    with pytest.raises(NotFound):
        operations.read_notice(narrow, notice_id=theirs.id)
    operations.read_all(narrow)
    assert Notice.objects.get(party_id=shop).read_at is None


def test_one_event_for_the_telling_with_ids_and_codes_only() -> None:
    ids = tell(uuid4(), uuid4(), channels=("site",))
    event = Event.objects.get()
    assert (event.kind, event.subject_kind, event.subject_id) == ("notices.told", *CASE)
    assert event.body == {
        "template": "case_received", "version": 1, "notices": [str(i) for i in ids], "channels": ["site"],
    }  # fmt: skip


def test_reading_is_on_record_once() -> None:
    one = person()
    (notice_id,) = tell(one.party_id, channels=("site",))  # type: ignore[arg-type]
    operations.read_notice(one, notice_id=notice_id)
    first = Notice.objects.get().read_at
    operations.read_notice(one, notice_id=notice_id)
    assert Notice.objects.get().read_at == first
    assert queries.unread_count(one) == 0
    assert Event.objects.filter(kind="notices.read").count() == 1


def test_read_all() -> None:
    one, other = person(), person()
    for _ in range(3):
        tell(one.party_id, other.party_id, channels=("site",))  # type: ignore[arg-type]
    operations.read_all(one)
    operations.read_all(one)
    assert (queries.unread_count(one), queries.unread_count(other)) == (0, 3)
    assert Event.objects.filter(kind="notices.read").count() == 3


def test_pages_of_messages_newest_first(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    one = person()
    ids = [tell(one.party_id, channels=("site",))[0] for _ in range(5)]  # type: ignore[arg-type]
    with django_assert_num_queries(1):
        first = queries.my_notices(one, size=3)
    second = queries.my_notices(one, after=first.next, size=3)
    assert [r.id for r in [*first.rows, *second.rows]] == ids[::-1]
    with pytest.raises(Invalid):
        queries.my_notices(one, after="x")


def test_who_may_tell() -> None:
    clerk = Actor(tenant_id=default_tenant(), kind="staff", account_id=uuid4(), grants=(Grant("cases.accept"),))
    wanted = {"template": "case_received", "params": PARAMS, "subject": CASE, "party_ids": [uuid4()]}
    for actor in (clerk, person()):
        with pytest.raises(NotPermitted):
            operations.tell(actor, **wanted)

    @operation("test.outer")
    def outer(act: Act) -> None:
        act.allow(True)
        operations.tell(act, **wanted)  # its right covers the telling

    outer(person())
    assert Notice.objects.count() == 1


def test_what_cannot_be_told_changes_nothing() -> None:
    with pytest.raises(texts.UnknownTemplate):
        tell(uuid4(), template="nobody.wrote_it")
    with pytest.raises(texts.BadParam):
        tell(uuid4(), params={**PARAMS, "item": "电话 13800000000"})
    for url in ("https://elsewhere.invalid/", "//elsewhere.invalid", "javascript:alert(1)", "/\\elsewhere.invalid"):
        with pytest.raises(ValueError, match="path"):
            tell(uuid4(), url=url)
    assert tell() == []
    assert not Notice.objects.exists()
    assert not Event.objects.exists()


# --- by SMS ----------------------------------------------------------------------------------------------------------


def test_an_sms_goes_out_once_masked_and_its_state_is_on_record(book: Book, gateway: Gateway) -> None:
    party = uuid4()
    book.phones[party] = PHONE
    tell(party)
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    run_pending()
    row = Delivery.objects.get()
    assert (row.state, row.failure) == (DeliveryState.DELIVERED, "")
    assert row.sent_at and row.delivered_at and row.receipt.startswith("demo-")
    shown = DemoMessage.objects.get()
    assert shown.message_id == row.message_id
    assert PHONE not in shown.phone_masked
    assert "食品经营许可" in shown.text
    assert shown.text.startswith("【")
    assert not any(PHONE in str(list(model.objects.values())) for model in (Job, Event, Delivery, Notice, DemoMessage))


def test_an_sms_is_in_the_source_language_whatever_the_workers(book: Book, gateway: Gateway) -> None:
    party = uuid4()
    book.phones[party] = PHONE
    tell(party)
    with override("en"):
        run_pending()
    assert "申请已收到" in DemoMessage.objects.get().text


def test_a_cut_line_is_tried_again_under_the_same_message_id(book: Book, gateway: Gateway) -> None:
    party = uuid4()
    book.phones[party] = PHONE
    tell(party)
    gateway.error = TimeoutError()
    run_pending()
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    gateway.error = None
    run_pending(until=moments.business() + timedelta(minutes=1))
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    assert len(gateway.calls) == 2
    assert len(set(gateway.calls)) == 1
    assert DemoMessage.objects.count() == 1  # the phone rang once


def test_a_line_that_stays_cut_ends_as_failed_and_can_be_sent_anew(book: Book, gateway: Gateway) -> None:
    party = uuid4()
    book.phones[party] = PHONE
    tell(party)
    gateway.error = ConnectionError()
    for hours in range(1, 12):
        run_pending(until=moments.business() + timedelta(hours=2 * hours))
    row = Delivery.objects.get()
    assert (row.state, row.failure) == (DeliveryState.FAILED, "no-answer")
    assert Job.objects.get().state == State.FAILED
    manager = Actor(tenant_id=default_tenant(), kind="staff", account_id=uuid4(), grants=(Grant("notices.manage"),))
    assert [d.id for d in queries.failed_deliveries(manager).rows] == [row.id]
    with pytest.raises(NotFound):
        queries.failed_deliveries(person())
    with pytest.raises(NotPermitted):
        operations.resend(person(), delivery_id=row.id)

    gateway.error = None
    operations.resend(manager, delivery_id=row.id)
    run_pending()
    assert Delivery.objects.get().state == DeliveryState.DELIVERED
    with pytest.raises(Conflict):
        operations.resend(manager, delivery_id=row.id)


@pytest.mark.parametrize("with_number", [True, False])
def test_what_cannot_be_delivered_is_not_tried_again(book: Book, gateway: Gateway, with_number: bool) -> None:
    party = uuid4()
    if with_number:
        book.phones[party] = PHONE
    gateway.error = NotDeliverable("blocked")
    tell(party)
    run_pending()
    row = Delivery.objects.get()
    assert (row.state, row.failure) == (DeliveryState.FAILED, "blocked" if with_number else "no-phone")
    assert Job.objects.get().state == State.DONE
    assert len(gateway.calls) == with_number


def test_a_providers_reports_come_late_twice_and_out_of_order(book: Book, gateway: Gateway) -> None:
    party = uuid4()
    book.phones[party] = PHONE
    gateway.delivered = False
    tell(party)
    run_pending()
    row = Delivery.objects.get()
    assert (row.state, row.delivered_at) == (DeliveryState.SENT, None)

    def report(state: DeliveryState, actor: Actor = SYSTEM) -> str:
        operations.settle(actor, message_id=row.message_id, state=state, receipt="r")
        return Delivery.objects.get().state

    assert report(DeliveryState.DELIVERED) == "delivered"
    assert report(DeliveryState.SENT) == "delivered"
    assert report(DeliveryState.FAILED) == "delivered"
    assert Event.objects.filter(kind="notices.delivered").count() == 1
    with pytest.raises(NotPermitted):
        report(DeliveryState.DELIVERED, person())
    with pytest.raises(NotFound):
        operations.settle(SYSTEM, message_id=uuid4(), state=DeliveryState.SENT)


# --- by e-mail -----------------------------------------------------------------------------------------------------


def test_an_email_carries_a_stable_message_id_and_a_link(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    party = uuid4()
    book.addresses[party] = "someone@example.org"
    tell(party, channels=("site", "email"))
    run_pending()
    row = Delivery.objects.get()
    assert (row.channel, row.state) == ("email", DeliveryState.SENT)
    (message,) = mail.outbox
    assert message.subject == "您的申请已收到"
    assert message.body.endswith("/my/cases/1")
    assert message.message()["Message-ID"] == f"<{row.message_id}@tongqu.invalid>"


def test_a_mail_server_that_keeps_silent_keeps_no_thread_of_the_worker(settings: Any) -> None:
    """With the backend of a node that has such a server: papers and licences are made by the same threads."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        assert settings.EMAIL_TIMEOUT <= 30
        settings.EMAIL_TIMEOUT = settings.EMAIL_TIMEOUT / 100
        with pytest.raises(OSError, match="timed out"):
            mail.EmailMessage("a", "b", to=["a@example.test"]).send()


def test_an_email_is_a_file_that_opens(book: Book, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    party = uuid4()
    book.addresses[party] = "someone@example.org"
    tell(party, channels=("email",))
    run_pending()
    (file,) = (tmp_path / "mail").iterdir()
    read = email.message_from_bytes(file.read_bytes().split(b"\n-----")[0])
    assert read["To"] == "someone@example.org"


def test_costs(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(5):  # savepoint and release, notices, event, outbox
        tell(*[uuid4() for _ in range(20)], channels=("site",))
    with django_assert_num_queries(7):  # … and the messages, and their jobs
        tell(*[uuid4() for _ in range(20)])


def test_what_was_told_about_a_case(book: Book, gateway: Gateway, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    tell(uuid4())
    tell(uuid4(), subject=("case", uuid4()))
    run_pending()
    with django_assert_num_queries(2):
        ((_, (delivery,)),) = queries.notices_about(CASE)
    assert delivery.failure == "no-phone"
