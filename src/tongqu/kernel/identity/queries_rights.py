"""Reads behind "my data": whose data it is, what every room holds, who read it, what the law still keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import LoginNeeded, NotFound, NotPermitted, StrongerLoginNeeded
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.acts.statements import fetch_values
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.identity import holders, purposes, rules
from tongqu.kernel.identity.holders import Hindrance, Holder, Records, Section, Subject
from tongqu.kernel.identity.models import Account, Consent, DataCopy, Mandate, Party, PartyName


def access_own(actor: Actor) -> Subject:
    """The visitor's own data; 4 queries. It is one's own, so nothing goes on the read log.

    A proxy or the head of a business sees his own here, never the principal's. Raises LoginNeeded, NotPermitted for
    staff accounts (whose records are the unit's), StrongerLoginNeeded before the real-name check.
    """
    if actor.kind == "anonymous":
        raise LoginNeeded()
    if actor.is_staff:
        raise NotPermitted(_("请用个人账号查看个人信息"), remedy=_("工作人员账号的履职记录由所在单位保存"))
    if actor.party_id is None or actor.login_strength < REAL_NAME:
        raise StrongerLoginNeeded()
    return subject_of(actor.party_id)


def subject_of(party_id: UUID) -> Subject:
    """The person behind an id, merged or not; 4 queries. Raises NotFound. For operations, jobs and `access_own`."""
    found = Party.objects.select_related("merged_into").filter(id=party_id).first()
    if found is None:
        raise NotFound(_("找不到这一主体"))
    party = found.merged_into or found
    everyone = [party.id, *Party.objects.filter(merged_into=party).values_list("id", flat=True)]
    names = PartyName.objects.filter(party_id__in=everyone).values_list("name", flat=True)
    accounts = list(Account.objects.filter(party_id__in=everyone).values_list("id", "kind"))
    at, led = now(), list(Mandate.objects.filter(agent_id__in=everyone, kind__in=rules.HEADS).order_by("id"))
    leads = [m for m in led if m.revoked_at is None and rules.in_force(m.valid_from, m.valid_to, at)]
    return Subject(
        tenant_id=party.tenant_id, party_id=party.id, kind=party.kind, name=party.name, parties=tuple(everyone),
        accounts=tuple(a for a, kind in accounts if kind == "person"),
        staff_accounts=tuple(a for a, kind in accounts if kind == "staff"),
        headed=tuple(dict.fromkeys(m.principal_id for m in led)),
        leads=tuple(dict.fromkeys(m.principal_id for m in leads)),
        # The longest first: where one name is part of another, the whole of it goes.
        names=tuple(sorted({n for n in [party.name, *names] if n}, key=len, reverse=True)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outline:
    """A section and how much lies in it."""

    section: Section
    count: int


def outline(subject: Subject) -> list[Outline]:
    """Every category held, those with something in them first as the rooms order them; 1 query a section."""
    return [Outline(one, holder.count(subject, one.code)) for holder in holders.holders() for one in holder.sections]


def section(code: str) -> tuple[Holder, Section]:
    """Raises NotFound."""
    found = holders.section_of(code)
    if found is None:
        raise NotFound()
    return found


def records(subject: Subject, code: str, *, after: str | None = None, size: int = 20) -> Records:
    """One page of a section. Raises NotFound, Invalid for a strange cursor."""
    holder, _section = section(code)
    return holder.records(subject, code, after=after, size=size)


# --- who read it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the read log about a person, as that person may see it.

    The unit and the capacity are told, never the name of the member of staff: the handler of the information is the
    organ (个人信息保护法 arts. 17, 73), and whoever looked is a person with rights of his own. Whoever doubts a reading
    asks for it to be examined; the log names the account to the examiner.
    """

    at: datetime
    who: str
    what: str
    why: str
    refused: bool
    own: bool


def readings(subject: Subject, *, own: bool = False, after: str | None = None, size: int = 30) -> Page[Any]:
    """Who read what about the person and why, latest first; 2 queries. `own`: with the person's own visits too."""
    rows = ReadLog.objects.filter(tenant_id=subject.tenant_id, party_id__in=_told_about(subject))
    mine = set(subject.accounts)
    if not own:
        rows = rows.filter(Q(account_id=None) | ~Q(account_id__in=subject.accounts))
    page: Page[Any] = page_of(rows, order=("-id",), after=after, size=size)
    units = _unit_names(row.actor.get("unit") for row in page.rows)
    return replace(page, rows=[_reading(row, units, mine) for row in page.rows])


def reading_count(subject: Subject) -> int:
    """How often others read or tried to, counted up to 999; 1 query."""
    rows = ReadLog.objects.filter(tenant_id=subject.tenant_id, party_id__in=_told_about(subject))
    return len(rows.filter(Q(account_id=None) | ~Q(account_id__in=subject.accounts)).values_list("id")[:999])


def _told_about(subject: Subject) -> tuple[UUID, ...]:
    """The person, and the businesses he heads: their cases carry his name and number."""
    return (*subject.parties, *subject.leads)


def _reading(row: ReadLog, units: dict[UUID, str], mine: set[UUID]) -> Reading:
    own = row.account_id in mine
    return Reading(
        row.created_at,
        _who(row, units, own),
        purposes.what(row.subject_kind),
        purposes.why(row.purpose),
        row.refused,
        own,
    )


def _who(row: ReadLog, units: dict[UUID, str], own: bool) -> str:
    kind = row.actor.get("kind")
    if own:
        return _("您本人")
    if kind == "system":
        return _("平台自动处理")
    if kind == "staff":
        unit = row.actor.get("unit")
        name = units.get(UUID(unit)) if unit else None
        return _("%(unit)s的工作人员") % {"unit": name} if name else _("工作人员（未任职于单位）")
    return _("您的代理人或者与您有关的人") if not row.refused else _("其他用户")


def _unit_names(ids: Iterable[str | None]) -> dict[UUID, str]:
    wanted = {UUID(one) for one in ids if one}
    return {key: view.local_name for key, view in directory.units(wanted).items()} if wanted else {}


# --- erasure ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assessment:
    """What erasing a person would meet. `blocking` must end first; `kept` stays although the rest goes."""

    blocking: tuple[Hindrance, ...]
    kept: tuple[Hindrance, ...]

    @property
    def answer(self) -> str:
        """refuse | partial | whole."""
        return "refuse" if self.blocking else "partial" if self.kept else "whole"


def assess(subject: Subject, at: datetime | None = None, *, without: UUID | None = None) -> Assessment:
    """Ask every room what stands in the way. `without`: the request itself, which is a running case too."""
    found = [h for holder in holders.holders() for h in holder.hindrances(subject, at or now())]
    found = [h for h in found if not (without and h.ref == str(without))]
    return Assessment(tuple(h for h in found if h.blocks), tuple(h for h in found if not h.blocks))


# --- consent ---------------------------------------------------------------------------------------------------------


def consent_withdrawn(party_id: UUID, kind: str, about: tuple[str, UUID]) -> bool:
    """Whether a consent that was given in this matter was taken back; 1 query. For whoever acts on it."""
    given = fetch_values(
        Consent, ("withdrawn_at",), party_id=party_id, kind=kind, about_kind=about[0], about_id=about[1]
    )
    return any(withdrawn is not None for (withdrawn,) in given)


# --- the copy --------------------------------------------------------------------------------------------------------


def copies(subject: Subject) -> list[DataCopy]:
    """Copies asked for, latest first; 1 query."""
    return list(DataCopy.objects.filter(party_id__in=subject.parties).order_by("-id")[:10])


def own_copy(subject: Subject, copy_id: UUID) -> DataCopy:
    """One of them; 1 query. Raises NotFound."""
    row = DataCopy.objects.filter(party_id__in=subject.parties, id=copy_id).first()
    if row is None:
        raise NotFound()
    return row
