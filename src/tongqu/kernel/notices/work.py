"""Messages on their way out: jobs outside a transaction, at least once, each under its message id."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet, UUIDField

from tongqu.kernel.acts import networks, ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.kept_queries import Kept, Param
from tongqu.kernel.jobs.registry import Afterwards, current_job, job
from tongqu.kernel.jobs.rules import Lane
from tongqu.kernel.notices import texts
from tongqu.kernel.notices.models import Delivery, DeliveryState
from tongqu.kernel.notices.ports import ContactBook, NotDeliverable, SmsGateway


@job("notices.send_sms", attempts=8, lane=Lane.CALLING)
def send_sms(*, delivery_id: str) -> Afterwards | None:
    row = _waiting(delivery_id)
    if row is None:
        return None
    phone = ports.adapter(ContactBook).phone(_party(row))  # type: ignore[type-abstract]
    if phone is None:
        return _settled(row, DeliveryState.FAILED, failure="no-phone")
    text = texts.sms(row.notice.template, row.notice.version, row.notice.params)
    try:
        receipt = ports.adapter(SmsGateway).send(row.message_id, phone, text)  # type: ignore[type-abstract]
    except NotDeliverable as refused:
        return _settled(row, DeliveryState.FAILED, failure=refused.code)
    except Exception:
        _give_up_if_last(row)
        raise
    state = DeliveryState.DELIVERED if receipt.delivered else DeliveryState.SENT
    return _settled(row, state, receipt=receipt.reference)


@job("notices.send_email", attempts=8, lane=Lane.CALLING)
def send_email(*, delivery_id: str) -> Afterwards | None:
    row = _waiting(delivery_id)
    if row is None:
        return None
    address = ports.adapter(ContactBook).email(_party(row))  # type: ignore[type-abstract]
    if address is None:
        return _settled(row, DeliveryState.FAILED, failure="no-email")
    words = texts.mail(row.notice.template, row.notice.version, row.notice.params)
    link = f"\n\n{networks.absolute(row.notice.url)}" if row.notice.url else ""
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    message_id = f"<{row.message_id}@{host}>"
    message = EmailMessage(words.title, words.body + link, to=[address], headers={"Message-ID": message_id})
    try:
        message.send()
    except Exception:
        _give_up_if_last(row)
        raise
    return _settled(row, DeliveryState.SENT, receipt=message_id)


def _waiting(delivery_id: str) -> Delivery | None:
    """The message, unless an earlier run has settled it. A failed one is taken too: somebody has had the job rerun."""
    return next(iter(_WAITING(delivery=UUID(delivery_id))), None)


def _unsettled(delivery: Param) -> QuerySet[Delivery]:
    waiting = (DeliveryState.QUEUED, DeliveryState.FAILED)
    return Delivery.objects.filter(id=delivery, state__in=waiting).select_related("notice")


_WAITING = Kept(_unsettled, delivery=UUIDField())


def _party(row: Delivery) -> UUID:
    """Only parties are told outside the site. Raises LookupError for a message to staff."""
    if row.notice.party_id is None:
        raise LookupError(f"notice {row.notice_id} is for staff")
    return row.notice.party_id


def _settled(row: Delivery, state: DeliveryState, *, receipt: str = "", failure: str = "") -> Afterwards:
    """To be written down with the end of the job: a job whose lease was lost has another to say what became of it."""
    from tongqu.kernel.notices.operations import settle

    system, message_id = Actor.system(row.tenant_id), row.message_id
    return Afterwards(lambda: settle(system, message_id=message_id, state=state, receipt=receipt, failure=failure))


def _give_up_if_last(row: Delivery) -> None:
    if current_job().is_last_attempt:
        _settled(row, DeliveryState.FAILED, failure="no-answer").call()
