"""Reads of parties, accounts and mandates. Personal numbers come masked; who reads them in full, or reads a stranger,
goes on the read log. A person reading himself does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.clock import SHANGHAI, now, today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.kept_queries import Kept, Param
from tongqu.kernel.acts.reading import log_read
from tongqu.kernel.acts.statements import fetch, fetch_one, fetch_values
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.identity import capacity, numbers, roles, rules, vault
from tongqu.kernel.identity.holders import ERASED
from tongqu.kernel.identity.models import (
    Account,
    Mandate,
    Party,
    PartyContact,
    PartyIdentifier,
    PartyName,
    RoleGrant,
)
from tongqu.kernel.identity.operations import records


@dataclass(frozen=True, slots=True)
class Number:
    """An identifier or contact as it is shown."""

    kind: str
    masked: str
    country: str = ""
    valid_to: datetime | None = None
    end_ground: str = ""
    id: UUID | None = None  # of the row; none for a contact

    @property
    def label(self) -> str:
        label = str(numbers.LABELS[self.kind])
        return _("%(label)s（%(country)s）") % {"label": label, "country": self.country} if self.country else label

    @property
    def ended_because(self) -> str:
        return str(numbers.END_GROUNDS.get(self.end_ground, ""))


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party as its reader may see it: numbers masked. `id` is the present party, also when a merged one was asked."""

    id: UUID
    kind: str
    name: str
    identifiers: tuple[Number, ...]
    contacts: tuple[Number, ...]
    erased: bool
    former_identifiers: tuple[Number, ...] = ()
    born: date | None = None

    @property
    def under_14(self) -> bool:
        """Whether all data of this person are sensitive for his age (D20)."""
        return self.born is not None and capacity.is_under_14(self.born, today().date())

    @property
    def minor(self) -> bool:
        return self.born is not None and not capacity.is_adult(self.born, today().date())

    @property
    def phone(self) -> str:
        """The masked phone number, or ""."""
        return next((c.masked for c in self.contacts if c.kind == "phone"), "")


@dataclass(frozen=True, slots=True)
class Standing:
    """A party the actor may act for: himself (no mandate) or a principal."""

    party_id: UUID
    kind: str
    name: str
    mandate_id: UUID | None = None
    mandate_kind: str = ""
    valid_to: datetime | None = None
    items: frozenset[str] | None = None  # the service items the mandate reaches; None: all
    under_14: bool = False  # a ward whose data are sensitive for his age (D20)

    def covers(self, item: str) -> bool:
        return self.items is None or item in self.items


def access_party(actor: Actor, party_id: UUID, *, purpose: str) -> PartyView:
    """The party, if the actor may know it; 3 queries and, unless it is himself, 1 for the read log.

    Open to the party, to whoever acts for it now, to staff who read cases (the caller has checked the relation to the
    case) or manage accounts, and to the platform. Raises NotFound to all others, which is logged too.
    """
    return _view(_known(actor, party_id, purpose))


def access_number(actor: Actor, party_id: UUID, kind: str, *, purpose: str) -> str | None:
    """The party's present number of this kind as it is shown, None where it has none; 2 queries and the line in the
    read log of `access_party`, open to the same and refused as there."""
    party = _known(actor, party_id, purpose)
    rows = fetch_values(PartyIdentifier, ("masked",), order=("id",), party=party, kind=kind, valid_to=None)
    return next((masked for (masked,) in rows if masked), None)


def _known(actor: Actor, party_id: UUID, purpose: str) -> Party:
    party = _party(party_id)
    if party is None or not may_know(actor, party):
        log_read(actor, subject=("party", party_id), purpose=purpose, party_id=party_id, refused=True)
        raise NotFound(_("找不到这一主体"))
    if party.id != actor.party_id:
        log_read(actor, subject=("party", party.id), purpose=purpose, party_id=party.id)
    return party


def reveal(actor: Actor, party_id: UUID, kind: str, *, purpose: str) -> str:
    """One number in full, "" when the party has none of this kind; 2 queries, always logged.

    Raises NotFound as `access_party`, vault.Erased after erasure.
    """
    party = _party(party_id)
    if party is None or not may_know(actor, party):
        log_read(actor, subject=(f"party.{kind}", party_id), purpose=purpose, party_id=party_id, refused=True)
        raise NotFound(_("找不到这一主体"))
    log_read(actor, subject=(f"party.{kind}", party.id), purpose=purpose, party_id=party.id)
    key = vault.opened(party.key)
    row: PartyContact | PartyIdentifier | None
    if kind in numbers.CONTACTS:
        row = fetch_one(PartyContact, order=("id",), party=party, kind=kind, valid_to=None)
    else:
        row = fetch_one(PartyIdentifier, order=("id",), party=party, kind=kind, valid_to=None)
    return vault.open_text(key, row.box, row.id) if row else ""


def may_know(actor: Actor, party: Party) -> bool:
    """0 queries."""
    if actor.kind == "system" or party.id in {actor.party_id, actor.on_behalf_of}:
        return True
    return actor.is_staff and (
        actor.units_for("cases.read") != frozenset() or actor.may("identity.manage_accounts", Scope())
    )


def party_by_identifier(kind: str, text: str, *, country: str = "") -> UUID | None:
    """Whose number this is, or was before it was replaced; 1 query. Raises Invalid for a malformed number, Conflict for
    a passport number that several countries gave out. For operations: it shows nothing."""
    place = numbers.country_of(kind, country, field="country")
    found = records.owner_of(kind, numbers.clean(kind, text, field=kind), place)
    return found.id if found else None


def parties_of(actor: Actor) -> list[Standing]:
    """Everyone the actor may act for now, himself first; 1 query, 0 for an account tied to no person."""
    if actor.party_id is None:
        return []
    at = now()
    own = Standing(actor.party_id, rules.PERSON, actor.name)
    return [own] + [
        Standing(
            m.principal_id,
            m.principal.kind,
            m.principal.name,
            m.id,
            m.kind,
            m.valid_to,
            rules.reach(m.scope),
            under_14=m.kind == "guardian" and _under_14(m.principal, at),
        )
        for m in _HELD(agent=actor.party_id)
        if rules.in_force(m.valid_from, m.valid_to, at)
    ]


def _held(agent: Param) -> QuerySet[Mandate]:
    return (
        Mandate.objects.filter(agent_id=agent, revoked_at=None, principal__erased_at=None)
        .select_related("principal__key")
        .order_by("principal__sort_key", "principal__name", "id")
    )


_HELD = Kept(_held, agent=UUIDField())


def _under_14(party: Party, at: datetime) -> bool:
    born = records.birth_of(party)
    return born is not None and capacity.is_under_14(born, at.astimezone(SHANGHAI).date())


def mandate_covers(actor: Actor, item: str) -> bool:
    """Whether what the actor does for somebody else lies within the mandate's scope; 1 query, 0 in his own name."""
    if actor.mandate_id is None:
        return True
    mandate = Mandate.objects.filter(id=actor.mandate_id, agent_id=actor.party_id, revoked_at=None).first()
    return (
        mandate is not None
        and rules.in_force(mandate.valid_from, mandate.valid_to, now())
        and rules.covers(mandate.scope, item=item)
    )


def mandates_of(party_id: UUID) -> list[Mandate]:
    """All mandates a party gave or holds, newest first, with both parties; 1 query. The caller has authorised."""
    found = Mandate.objects.filter(Q(principal_id=party_id) | Q(agent_id=party_id))
    return list(found.select_related("principal", "agent").order_by("-id")[:200])


def head_of(party_id: UUID) -> UUID | None:
    """The person at the head of a party now (operator, legal representative, person in charge); 1 query."""
    at = now()
    rows = fetch(Mandate, principal_id=party_id, kind__in=rules.HEADS, revoked_at=None)
    return next((m.agent_id for m in rows if rules.in_force(m.valid_from, m.valid_to, at)), None)


def party_names(party_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Present names for a list; 1 query. Names of merged parties are those they are known by now."""
    rows = Party.objects.filter(id__in=set(party_ids)).select_related("merged_into")
    return {row.id: (row.merged_into or row).name for row in rows}


def party_name_on(party_id: UUID, at: datetime) -> str:
    """What the party was called at that moment, "" if it was not yet known or is erased; 1 query."""
    rows = PartyName.objects.filter(party_id=party_id, kind=rules.LEGAL, valid_from__lte=at)
    rows = rows.order_by("-valid_from", "-id")
    row = rows.first()
    return row.name if row and row.valid_from and rules.in_force(row.valid_from, row.valid_to, at) else ""


def every_name_of(party_id: UUID) -> list[str] | None:
    """Every name a party has gone by, latest first; None once it is erased or unknown. 1 query, for indexing."""
    rows = PartyName.objects.filter(party_id=party_id, party__erased_at=None).order_by("-valid_from", "-id")
    return list(rows.values_list("name", flat=True)) or None


@dataclass(frozen=True, slots=True)
class OtherName:
    """A name beside the present legal one."""

    kind: str  # legal (an earlier one) | former | alias
    name: str
    valid_from: datetime | None
    valid_to: datetime | None

    @property
    def label(self) -> str:
        return _("别名") if self.kind == rules.ALIAS else _("曾用名")


def names_of(party_id: UUID) -> list[OtherName]:
    """What a party was or is also called, latest first; 1 query. The caller has authorised."""
    rows = PartyName.objects.filter(party_id=party_id).exclude(name="").exclude(kind=rules.LEGAL, valid_to=None)
    return [OtherName(r.kind, r.name, r.valid_from, r.valid_to) for r in rows.order_by("-id")]


def account_names(account_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of accounts for a list (opinions, work lists); 1 query."""
    rows = fetch_values(Account, ("id", "name", "username"), id__in=set(account_ids))
    return {row_id: ERASED if username.startswith("erased-") else name or username for row_id, name, username in rows}


def staff_with(verb: str, unit_id: UUID) -> list[UUID]:
    """Accounts of staff who may do this in the unit today, by a post there or a role granted at it; 3 queries."""
    held = [
        (post.account_id, grant)
        for post in directory.staff_of(unit_id)
        for grant in roles.grants_of_post(post.role_codes, unit_id)
    ]
    for row in RoleGrant.objects.filter(unit_id=unit_id, revoked_at=None).order_by("id"):
        if rules.in_force(row.valid_from, row.valid_to, now()):
            given = roles.grants_of(row.role, unit_id=unit_id, region_prefix="")
            held += [(row.account_id, grant) for grant in given]
    found = dict.fromkeys(account for account, grant in held if grant.covers(verb, Scope(unit_id=unit_id)))
    active = set(Account.objects.filter(id__in=found, kind="staff", is_active=True).values_list("id", flat=True))
    return [account for account in found if account in active]


def account_of(party_id: UUID) -> UUID | None:
    """The citizen's account tied to a person, for telling him something; 1 query."""
    rows = Account.objects.filter(party_id=party_id, kind="person", is_active=True)
    return rows.values_list("id", flat=True).first()


def present_id(party_id: UUID) -> UUID:
    """The party that this one was merged into, else itself; 1 query."""
    merged = Party.objects.filter(id=party_id).values_list("merged_into_id", flat=True).first()
    return merged or party_id


def former_ids(party_id: UUID) -> list[UUID]:
    """Parties that were merged into this one, whose ids older cases still carry; 1 query."""
    return list(Party.objects.filter(merged_into_id=party_id).values_list("id", flat=True))


def _party(party_id: UUID) -> Party | None:
    found: Party | None = next(iter(_WITH_KEY(party=party_id)), None)
    return (found.merged_into or found) if found else None


def _with_key(party: Param) -> QuerySet[Party]:
    return Party.objects.select_related("key", "merged_into__key").filter(id=party)


_WITH_KEY = Kept(_with_key, party=UUIDField())


def _view(party: Party) -> PartyView:
    papers = [
        Number(row.kind, row.masked, row.country, row.valid_to, row.end_ground, row.id)
        for row in fetch(PartyIdentifier, order=("id",), party=party)
        if row.masked
    ]
    contacts = fetch_values(PartyContact, ("kind", "masked"), order=("id",), party=party, valid_to=None)
    return PartyView(
        id=party.id,
        kind=party.kind,
        name=party.name or _("（已依法删除）"),
        identifiers=tuple(n for n in papers if n.valid_to is None),
        former_identifiers=tuple(n for n in papers if n.valid_to is not None),
        contacts=tuple(Number(kind, text) for kind, text in contacts if text),
        erased=party.erased_at is not None,
        born=records.birth_of(party),
    )


def consenting_guardian(mandate_id: UUID | None, party_id: UUID, at: datetime) -> UUID | None:
    """The guardian acting under this mandate for a child whose data need his consent (D20.child). Up to two queries."""
    held = fetch_one(Mandate, id=mandate_id, principal_id=party_id, kind="guardian") if mandate_id else None
    return held.agent_id if held is not None and under_14(party_id, at) else None


def under_14(party_id: UUID, at: datetime) -> bool:
    """Whether all data of this person are sensitive for his age (D20); False where birth is unknown. One query."""
    party = Party.objects.select_related("key").filter(id=party_id, kind=rules.PERSON).first()
    return party is not None and _under_14(party, at)
