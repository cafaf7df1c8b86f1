"""What a reader has been told, and how messages fared."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotFound, NotPermitted
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.notices import texts
from tongqu.kernel.notices.models import Delivery, DeliveryState, DemoMessage, Notice


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in the reader's language. `kind` is its template's code."""

    id: UUID
    kind: str
    title: str
    body: str
    url: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeList:
    rows: list[NoticeView]
    next: str | None


def reader_of(actor: Actor) -> UUID | None:
    """Whose messages the actor reads: those of the party he stands for, his own where the mandate reaches some items
    only, since a message does not say which it is about. None for an account tied to nobody."""
    return actor.represented if actor.mandate_items is None else actor.party_id


def addressed(actor: Actor) -> dict[str, Any] | None:
    """The columns and values that make a notice the actor's own: his account's for staff, else those of the party he
    stands for. None for who can have none."""
    column, reader = ("account_id", actor.account_id) if actor.is_staff else ("party_id", reader_of(actor))
    return {"tenant_id": actor.tenant_id, column: reader} if reader else None


def my_notices(actor: Actor, *, after: str | None = None, size: int = 20) -> NoticeList:
    """What the party whose business this is has been told, newest first; 1 query, 0 for an account tied to nobody.

    Raises LoginNeeded, Invalid for a strange cursor.
    """
    if actor.kind == "anonymous":
        raise LoginNeeded()
    reader = reader_of(actor)
    if reader is None:
        return NoticeList([], None)
    page: Page[Notice] = page_of(_of(actor, reader), order=("-id",), after=after, size=size)
    return NoticeList([_view(row) for row in page.rows], page.next)


def staff_messages(actor: Actor, *, after: str | None = None, size: int = 20) -> NoticeList:
    """What a member of staff has been told, the unread first, then newest first; 1 query.

    Raises LoginNeeded, NotPermitted for who is not staff, Invalid for a strange cursor.
    """
    if not actor.is_staff:
        raise LoginNeeded() if actor.kind == "anonymous" else NotPermitted()
    rows = Notice.objects.filter(tenant_id=actor.tenant_id, account_id=actor.account_id)
    page: Page[Notice] = page_of(rows, order=("-unread", "-id"), after=after, size=size)
    return NoticeList([_view(row) for row in page.rows], page.next)


def unread_of(account_ids: Collection[UUID]) -> dict[UUID, int]:
    """{account: how many messages wait}, of each of these; 1 query. For the menus; the caller has authorised."""
    rows = Notice.objects.filter(account_id__in=set(account_ids), read_at=None).values_list("account_id")
    return dict.fromkeys(account_ids, 0) | dict(rows.annotate(count=Count("id")).order_by())


def access_notice(actor: Actor, notice_id: UUID) -> NoticeView:
    """One of the reader's own; 1 query. Raises LoginNeeded, NotFound."""
    if actor.kind == "anonymous":
        raise LoginNeeded()
    own = addressed(actor)
    row = Notice.objects.filter(**own, id=notice_id).first() if own else None
    if row is None:
        raise NotFound()
    return _view(row)


def unread_count(actor: Actor, *, most: int = 99) -> int:
    """How many wait to be read, counted up to `most`; 1 query, 0 for an account tied to nobody."""
    own = addressed(actor)
    if own is None:
        return 0
    return len(Notice.objects.filter(**own, read_at=None).values_list("id")[:most])


def notices_about(subject: tuple[str, UUID]) -> list[tuple[Notice, list[Delivery]]]:
    """Who was told what about a subject, and how each message fared; 2 queries. The caller has authorised."""
    rows = Notice.objects.filter(subject_kind=subject[0], subject_id=subject[1]).prefetch_related("deliveries")
    return [(row, list(row.deliveries.all())) for row in rows.order_by("id")[:500]]


def failed_deliveries(actor: Actor, *, after: str | None = None) -> Page[Delivery]:
    """Messages that did not go out, with their notices, for staff with `notices.manage`; 1 query."""
    if not actor.may("notices.manage"):
        raise NotFound()
    rows = Delivery.objects.filter(tenant_id=actor.tenant_id, state=DeliveryState.FAILED)
    return page_of(rows.select_related("notice"), order=("-id",), after=after)


def demo_outbox(*, after: str | None = None) -> Page[DemoMessage]:
    """The demonstration's messages, newest first; 1 query."""
    return page_of(DemoMessage.objects.all(), order=("-id",), after=after, size=30)


def _of(actor: Actor, party_id: UUID) -> QuerySet[Notice]:
    return Notice.objects.filter(tenant_id=actor.tenant_id, party_id=party_id)


def words_of(row: Notice) -> texts.Words:
    """What a notice says, in the language in force; 0 queries."""
    try:
        return texts.words(row.template, row.version, row.params)
    except texts.UnknownTemplate:  # written by a later version of the house than this one
        return texts.Words(_("通知"), "")


def _view(row: Notice) -> NoticeView:
    words = words_of(row)
    return NoticeView(row.id, row.template, words.title, words.body, row.url, row.created_at, row.read_at)
