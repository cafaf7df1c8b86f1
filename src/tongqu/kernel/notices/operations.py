"""Telling, reading, and what becomes of messages sent outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Conflict, NotFound
from tongqu.kernel.acts.inserting import insert_rows
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import change, fetch_one
from tongqu.kernel.identity.operations.accounts import keep_unread, lock_accounts
from tongqu.kernel.jobs.registry import JobFunction
from tongqu.kernel.notices import events, texts, work
from tongqu.kernel.notices.models import Delivery, DeliveryState, Notice
from tongqu.kernel.notices.queries import addressed, unread_of

Channel = Literal["site", "sms", "email"]
_WORK: Mapping[str, JobFunction[Any, Any]] = {"sms": work.send_sms, "email": work.send_email}


@dataclass(frozen=True, slots=True)
class Telling:
    """One party to be told one thing. `params`, `channels` as `tell` has them; `cause`: the event that it follows."""

    party_id: UUID
    template: str
    params: Mapping[str, Any]
    subject: tuple[str, UUID]
    channels: Collection[Channel] = ("site", "sms")
    url: str = ""
    cause: UUID | None = None


@operation("notices.tell")
def tell(
    act: Act,
    *,
    party_ids: Sequence[UUID],
    template: str,
    params: Mapping[str, Any],
    subject: tuple[str, UUID],
    channels: Collection[Channel] = ("site", "sms"),
    url: str = "",
) -> list[UUID]:
    """Tell each party, in the site always and by the other channels as a job each; return the notices' ids.

    Inside another operation its right covers the telling; called by itself it is for the platform and for staff with
    `notices.tell`. `params` are ids, codes, dates and short public words: texts.BadParam for anything else,
    texts.UnknownTemplate for a template that nobody registered. 1 insert, and 2 for each channel outside.
    """
    if act.verb == "notices.tell":
        act.require("notices.tell")
    readers = dict.fromkeys(party_ids)
    notices = _send(act, [Telling(one, template, params, subject, channels, url) for one in readers])
    if not notices:
        act.unchanged()
        return []
    _note_told(act, notices, channels)
    return [notice.id for notice in notices]


@operation("notices.tell_each")
def tell_each(act: Act, *, tellings: Sequence[Telling]) -> list[UUID]:
    """Tell many, each something else, in as many statements as `tell` takes for one. Rights and errors as there."""
    if act.verb == "notices.tell_each":
        act.require("notices.tell")
    notices = _send(act, tellings)
    for notice, telling in zip(notices, tellings, strict=True):
        _note_told(act, [notice], telling.channels, cause=telling.cause)
    if not notices:
        act.unchanged()
    return [notice.id for notice in notices]


def _send(act: Act, tellings: Sequence[Telling]) -> list[Notice]:
    """The notices, with a job for each channel outside."""
    notices = [_row(act, t.template, t.params, t.subject, t.url, party_id=t.party_id) for t in tellings]
    insert_rows(notices)
    for channel, send in _WORK.items():
        told = [notice for notice, telling in zip(notices, tellings, strict=True) if channel in telling.channels]
        deliveries = [Delivery(tenant_id=act.actor.tenant_id, notice=notice, channel=channel) for notice in told]
        insert_rows(deliveries)
        send.enqueue_many({"delivery_id": str(row.id)} for row in deliveries)
    return notices


def _note_told(act: Act, notices: list[Notice], channels: Collection[Channel], cause: UUID | None = None) -> None:
    """One event for what was told; the notices are of one template and one subject."""
    first, used = notices[0], ["site", *(channel for channel in _WORK if channel in channels)]
    body = {
        "template": first.template, "version": first.version, "notices": [n.id for n in notices], "channels": used,
    }  # fmt: skip
    act.emit(events.TOLD, subject=(first.subject_kind, first.subject_id), body=body, cause=cause)


@operation("notices.tell_staff")
def tell_staff(
    act: Act,
    *,
    account_ids: Sequence[UUID],
    template: str,
    params: Mapping[str, Any],
    subject: tuple[str, UUID],
    url: str = "",
) -> list[UUID]:
    """Tell each of these accounts of staff, on the desk only; return the notices' ids. Rights and errors as `tell`.

    1 insert, and 3 statements for the number of unread in their menus.
    """
    if act.verb == "notices.tell_staff":
        act.require("notices.tell")
    readers = dict.fromkeys(account_ids)
    notices = [_row(act, template, params, subject, url, account_id=account_id) for account_id in readers]
    if not notices:
        act.unchanged()
        return []
    insert_rows(notices)
    _count_again(account_ids)
    ids, first = [notice.id for notice in notices], notices[0]
    body = {"template": first.template, "version": first.version, "notices": ids, "accounts": list(readers)}
    act.emit(events.TOLD_STAFF, subject=subject, body=body)
    return ids


def _row(
    act: Act, template: str, params: Mapping[str, Any], subject: tuple[str, UUID], url: str, **reader: UUID
) -> Notice:
    """The row for one reader, not written yet."""
    made = texts.latest(template)
    return Notice(
        tenant_id=act.actor.tenant_id, template=made.code, version=made.version, params=texts.checked(made, params),
        subject_kind=subject[0], subject_id=subject[1], url=_own_path(url), created_at=act.at, **reader,
    )  # fmt: skip


def _count_again(account_ids: Collection[UUID]) -> None:
    """Put the number of unread messages beside each account. The lock keeps two who tell at once from missing one."""
    lock_accounts(account_ids)
    keep_unread(unread_of(account_ids))


@operation("notices.read")
def read_notice(act: Act, *, notice_id: UUID) -> None:
    """Put on record that the reader has opened it; the first time counts. Raises NotFound for somebody else's."""
    notice = Notice.objects.filter(id=notice_id, **_own(act)).first()
    if notice is None:
        raise NotFound(_("找不到这条消息"))
    _read(act, [notice])


@operation("notices.read_all")
def read_all(act: Act) -> None:
    """Mark everything waiting for the reader as read."""
    _read(act, list(Notice.objects.filter(**_own(act), read_at=None).order_by("id")[:500]))


def _read(act: Act, notices: list[Notice]) -> None:
    unread = [notice for notice in notices if notice.read_at is None]
    if not unread:
        act.unchanged()
        return
    Notice.objects.filter(id__in=[n.id for n in unread], read_at=None).update(read_at=act.at)
    for notice in unread:
        act.emit(events.READ, subject=("notice", notice.id), body={"about": notice.subject_id})
    if accounts := {notice.account_id for notice in unread if notice.account_id}:
        _count_again(accounts)


def _own(act: Act) -> dict[str, Any]:
    """What makes a notice the actor's own. Raises LoginNeeded or NotPermitted for who can have none."""
    own = addressed(act.actor)
    act.allow(own is not None)
    return own or {}


# --- messages outside ------------------------------------------------------------------------------------------------


@operation("notices.settle")
def settle(act: Act, *, message_id: UUID, state: DeliveryState, receipt: str = "", failure: str = "") -> None:
    """Write down what became of a message: from its job, and from a provider's report, which may come late or twice.

    A message never goes back: delivered stays delivered, and a late "sent" changes nothing. Raises NotFound.
    """
    act.require("notices.settle")
    row = fetch_one(Delivery, lock=True, tenant_id=act.actor.tenant_id, message_id=message_id)
    if row is None:
        raise NotFound()
    if not _goes_on(DeliveryState(row.state), state):
        act.unchanged()
        return
    row.state, row.failure = state, failure if state == DeliveryState.FAILED else ""
    row.receipt = receipt[:100] or row.receipt
    if state in {DeliveryState.SENT, DeliveryState.DELIVERED}:
        row.sent_at = row.sent_at or act.at
    if state == DeliveryState.DELIVERED:
        row.delivered_at = act.at
    become = ("state", "failure", "receipt", "sent_at", "delivered_at")
    change(Delivery, {name: getattr(row, name) for name in become}, id=row.id)
    kind = {
        DeliveryState.SENT: events.SENT,
        DeliveryState.DELIVERED: events.DELIVERED,
        DeliveryState.FAILED: events.FAILED,
    }
    body = {"delivery": row.id, "channel": row.channel, "failure": row.failure or None}
    act.emit(kind[state], subject=("notice", row.notice_id), body=body)


_ORDER = [DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.SENT, DeliveryState.DELIVERED]


def _goes_on(old: DeliveryState, new: DeliveryState) -> bool:
    """Failed after sent is news (it did not arrive); otherwise only forward."""
    if (old, new) == (DeliveryState.SENT, DeliveryState.FAILED):
        return True
    return _ORDER.index(new) > _ORDER.index(old)


@operation("notices.resend")
def resend(act: Act, *, delivery_id: UUID) -> None:
    """Try a failed message once more, as a new message. Raises NotFound, Conflict when it has not failed."""
    act.require("notices.manage")
    row = Delivery.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=delivery_id).first()
    if row is None:
        raise NotFound()
    if row.state != DeliveryState.FAILED:
        raise Conflict(_("这条消息没有发送失败，不能重新发送"))
    row.state, row.failure, row.message_id = (
        DeliveryState.QUEUED,
        "",
        Delivery._meta.get_field("message_id").get_default(),
    )
    row.save()
    _WORK[row.channel].enqueue(delivery_id=str(row.id))
    act.emit(events.RESENT, subject=("notice", row.notice_id), body={"delivery": row.id, "channel": row.channel})


def _own_path(url: str) -> str:
    """A link in a notice leads into this site. Raises ValueError for anything else."""
    if url and (not url.startswith("/") or url.startswith("//") or "\\" in url or len(url) > 200):
        raise ValueError("a notice links to a path of this site")
    return url
