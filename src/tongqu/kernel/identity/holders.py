"""The register of who holds personal data: each room that keeps some says what, why, how long, and how it is erased.

Identity comes before most rooms and cannot look into them, so they come to it: a room registers one `Holder` at start.
"My data", the copy and the erasure are drawn from these alone; a test refuses a table with a reference to a party or an
account that no holder covers and nobody has excused (`excuse`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.acts.paging import page_of

ERASED = "［已依法删除］"
OTHERS = "（他人的信息，不在副本中列出）"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data: the present party, those merged into it, every name it ever bore, the accounts tied to it.

    An account that is tied to no person yet is a subject without parties."""

    tenant_id: UUID
    party_id: UUID | None
    kind: str
    name: str
    parties: tuple[UUID, ...] = ()
    accounts: tuple[UUID, ...] = ()
    staff_accounts: tuple[UUID, ...] = ()
    headed: tuple[UUID, ...] = ()  # businesses the person stands or ever stood at the head of
    leads: tuple[UUID, ...] = ()  # those of them that the person heads now, or is alone in law responsible for
    names: tuple[str, ...] = ()

    def redacted(self, value: Any) -> Any:
        """A JSON-shaped value with each of the person's names replaced."""
        if isinstance(value, str):
            for name in self.names:
                value = value.replace(name, ERASED)
            return value
        if isinstance(value, dict):
            return {key: self.redacted(part) for key, part in value.items()}
        return [self.redacted(part) for part in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True)
class Datum:
    """One value held. `value` is as the page shows it; `whole` what the copy has where the page shows it masked.

    `source`: how it came: typed, register, licence, helper, made (by us), observed (by using the site). `corrects`
    names it in a request for correction; empty where nothing can be corrected here. `others`: somebody else's, left out
    of the copy.
    """

    name: str
    label: Text
    value: str
    whole: Any = None
    element: str = ""
    source: str = "made"
    source_name: Text = ""
    as_of: str = ""
    corrects: str = ""
    others: bool = False

    @property
    def full(self) -> Any:
        if self.others:
            return OTHERS
        return self.value if self.whole is None else self.whole


@dataclass(frozen=True, slots=True)
class Record:
    """One thing held: a case, a paper, a sign-in. `kept_until` None: as its section says."""

    id: str
    title: Text
    at: datetime | None
    data: tuple[Datum, ...] = ()
    url: str = ""
    kept_until: date | None = None
    note: Text = ""
    rule: str = ""
    children: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    rows: tuple[Record, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A category of what is held. `why` and `kept` are sentences; `basis` and `kept_rule` ids of the rule register."""

    code: str
    title: Text
    why: Text
    kept: Text
    basis: tuple[str, ...] = ("D18",)
    kept_rule: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that goes into the copy whole: its place in the archive, and how to read it."""

    path: str
    title: str
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why the law keeps something. `blocks`: the key cannot go yet; else the thing itself is kept and the rest goes.

    `ground` is a code of the ground register; `what` says which thing in a few words without personal data."""

    ground: str
    what: Text
    blocks: bool
    until: date | None = None
    ref: str = ""


class Holder:
    """What one room holds. Rooms subclass this and register one instance; each method states its queries."""

    code: str
    order: int = 100
    models: frozenset[str] = frozenset()  # labels ("cases.Case") that `records` and `erase` answer for
    sections: tuple[Section, ...] = ()

    def count(self, subject: Subject, section: str) -> int:
        """How many records; one query."""
        raise NotImplementedError

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        """One page, latest first; a number of queries that does not grow with the page. `full`: with `Datum.whole`."""
        raise NotImplementedError

    def find(self, subject: Subject, mark: str) -> Datum | None:
        """The value that a `Datum.corrects` of this room names, if it is the person's; None for any other mark."""
        return None

    def files(self, subject: Subject) -> Iterator[HeldFile]:
        """Files for the copy."""
        return iter(())

    def hindrances(self, subject: Subject, at: datetime) -> list[Hindrance]:
        """What the law keeps of this; none by default."""
        return []

    def erase(self, act: Act, subject: Subject) -> None:
        """Blank what names the person. Runs in the erasing transaction, before the key is destroyed."""


@dataclass(slots=True)
class _Book:
    holders: dict[str, Holder] = field(default_factory=dict)
    excused: dict[str, str] = field(default_factory=dict)


_book = _Book()


def register(holder: Holder) -> None:
    """Called once from a room's `apps.py`."""
    _book.holders[holder.code] = holder


def excuse(models: Mapping[str, str]) -> None:
    """Say of tables with a reference to a party or account why they hold nothing personal: {"room.Model": reason}."""
    _book.excused.update(models)


def holders() -> list[Holder]:
    return sorted(_book.holders.values(), key=lambda one: (one.order, one.code))


def excused() -> Mapping[str, str]:
    return dict(_book.excused)


def section_of(code: str) -> tuple[Holder, Section] | None:
    """The holder that answers for this section."""
    for holder in holders():
        for section in holder.sections:
            if section.code == code:
                return holder, section
    return None


def paged(
    rows: QuerySet[Any],
    draw: Callable[[Any], Record],
    *,
    after: str | None,
    size: int,
    order: tuple[str, ...] = ("-id",),
) -> Records:
    """One page of rows, each drawn as a record. One query."""
    page = page_of(rows, order=order, after=after, size=size)
    return Records(tuple(draw(row) for row in page.rows), page.next)


def everything(holder: Holder, subject: Subject, section: str) -> Iterator[Record]:
    """All records of a section, page by page, for the copy."""
    after: str | None = None
    while True:
        page = holder.records(subject, section, after=after, size=100, full=True)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def touches_a_person(model: type[Model]) -> bool:
    """Whether a table has a column that refers to a party or an account, by name or by key."""
    marks = ("party", "account", "holder", "applicant", "agent", "principal", "person", "user", "owner", "actor")
    for column in model._meta.concrete_fields:
        target = column.related_model
        label = getattr(getattr(target, "_meta", None), "label", "")
        if label in {"identity.Party", "identity.Account"}:
            return True
        words = column.name.split("_")
        if any(mark in words for mark in marks) or column.name.endswith("_by"):
            return True
    return False
