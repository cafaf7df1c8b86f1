"""What a reader has been told, and how messages fared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotFound
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.notices import texts
from tongqu.kernel.notices.models import Delivery, DeliveryState, DemoMessage, Notice


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice in the reader's language."""

    id: UUID
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


def access_notice(actor: Actor, notice_id: UUID) -> NoticeView:
    """One of the reader's own; 1 query. Raises LoginNeeded, NotFound."""
    if actor.kind == "anonymous":
        raise LoginNeeded()
    reader = reader_of(actor)
    row = _of(actor, reader).filter(id=notice_id).first() if reader else None
    if row is None:
        raise NotFound()
    return _view(row)


def unread_count(actor: Actor, *, most: int = 99) -> int:
    """How many wait to be read, counted up to `most`; 1 query, 0 for an account tied to nobody."""
    reader = reader_of(actor)
    if reader is None:
        return 0
    return len(_of(actor, reader).filter(read_at=None).values_list("id")[:most])


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
    return NoticeView(row.id, words.title, words.body, row.url, row.created_at, row.read_at)
