"""Reads of cases, each scoped to what the reader may see. `access_…` fetches, authorises and logs in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField

from tongqu.foundation.identifiers import mask
from tongqu.kernel.acts import kinds
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotFound, Text
from tongqu.kernel.acts.kept_queries import Kept, Param
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.acts.reading import log_read
from tongqu.kernel.acts.statements import fetch_one
from tongqu.kernel.cases import definition, inputs, rules
from tongqu.kernel.cases.context import LoadedFacts, open_case, who_is
from tongqu.kernel.cases.facts import Who
from tongqu.kernel.cases.models import (
    STAFF_FILES,
    Case,
    CaseDocument,
    CaseMaterial,
    CaseParty,
    CheckOfficer,
    Decision,
    Rating,
)
from tongqu.kernel.cases.procedure import Action, Procedure, State
from tongqu.kernel.law.misses import has_consequence
from tongqu.kernel.law.models import Clock
from tongqu.kernel.packages.package import Package
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.standards.register import element

ENDINGS = ("retract", "annul", "deregister")  # decisions that end a licence


@dataclass
class CaseView:
    """One case as this actor may see it. Parts are read when a page asks for them."""

    case: Case
    actor: Actor
    procedure: Procedure
    package: Package
    facts: LoadedFacts
    who: Who

    @property
    def state(self) -> State:
        return self.procedure.states[self.case.state]

    @property
    def is_applicant(self) -> bool:
        return "applicant" in self.who.relations

    @cached_property
    def offers(self) -> list[rules.Offer]:
        return rules.offers(self.procedure, self.facts, self.who)

    def offer(self, action: str) -> rules.Offer:
        """Raises NotFound when this actor is not offered the action in this state."""
        for offer in self.offers:
            if offer.action.code == action:
                return offer
        raise NotFound()

    def has_passed(self, action: str) -> bool:
        """Whether this actor may take the action in another state: the page it was on is out of date, not unknown."""
        wanted = self.procedure.actions.get(action)
        return wanted is not None and self.who.fits(wanted) and self.case.state not in wanted.from_

    def form(self, action: Action) -> dict[str, Any]:
        return inputs.form_for(action, case=self.case, package=self.package, facts=self.facts, actor=self.actor)

    @property
    def entries_shown(self) -> definition.Values:
        """The form's values with their provenance; phone numbers masked for everybody but the applicant."""
        if self.is_applicant:
            return self.facts.entries
        return {
            name: entry | {"value": mask("mobile", str(entry["value"]))}
            if element(entry["element"]).check == "phone"
            else entry
            for name, entry in self.facts.entries.items()
        }

    @property
    def clocks(self) -> list[Clock]:
        return self.facts.clocks

    @property
    def running(self) -> list[Clock]:
        """Clocks that are not over: running, paused, or run out with the act still owed; none once all has ended."""
        return [] if self.case.ended_at else [c for c in self.clocks if not c.is_over]

    @property
    def carried_out(self) -> list[Clock]:
        """Clocks that ran out and on which the platform itself carried out what the law says follows.

        Of a case that has ended only where its history tells of such an act, so that other pages need no query for it.
        """
        by_itself = {f"cases.{action.code}" for action in self.procedure.actions.values() if action.by == ("system",)}
        if self.case.ended_at and not any(line.kind in by_itself for line in self.history):
            return []
        return [c for c in self.clocks if c.missed_at is not None and c.is_over and has_consequence(c)]

    @cached_property
    def documents(self) -> list[CaseDocument]:
        rows = list(self.case.documents.order_by("id"))
        return rows if not self.is_applicant else [d for d in rows if d.seen_by != "staff"]

    @property
    def materials(self) -> list[CaseMaterial]:
        """The files that this reader may have: the officers' photos are for staff."""
        return [m for m in self.facts.materials if self._may_have(m)]

    def material(self, material_id: UUID) -> CaseMaterial:
        """One of them, or one since replaced. Raises NotFound. One query."""
        found = self.case.materials.filter(id=material_id).first()
        if found is None or not self._may_have(found):
            raise NotFound()
        return found

    def _may_have(self, material: CaseMaterial) -> bool:
        return material.code not in STAFF_FILES or not self.is_applicant

    def has_paper(self, document_id: UUID) -> bool:
        """Whether it is a paper of this case that this reader may have, or its licence."""
        return document_id in {d.document_id for d in self.documents} | {self.licence_document_id}

    @property
    def decision(self) -> Decision | None:
        return next((d for d in self.decisions if d.kind not in ENDINGS), None)

    @property
    def ending(self) -> Decision | None:
        """The latest decision that ended the licence: retracted, annulled, deregistered."""
        return next((d for d in self.decisions if d.kind in ENDINGS), None)

    @cached_property
    def decisions(self) -> list[Decision]:
        """Latest first; no query before there is one."""
        return list(self.case.decisions.order_by("-id")) if self.case.decided_at else []

    @cached_property
    def licence_document_id(self) -> UUID | None:
        """The paper of the licence this case led to."""
        from tongqu.kernel.records.models import ELicence

        if not (self.decision and self.decision.licence_id):
            return None
        return ELicence.objects.values_list("document_id", flat=True).get(id=self.decision.licence_id)

    @cached_property
    def rating(self) -> Rating | None:
        return Rating.objects.filter(case=self.case).first()

    @cached_property
    def history(self) -> list[HistoryLine]:
        return history_of(self.case, level="staff" if self.who.verbs and not self.who.involved else "party")


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event of a case, as a reader of this level may see it."""

    at: datetime
    effective_at: datetime
    kind: str
    sentence: Text
    actor: dict[str, Any]
    rule: str | None
    body: dict[str, Any]
    event_id: UUID

    @property
    def rule_id(self) -> str | None:
        return self.rule.split("@", 1)[0] if self.rule else None


def access_case(
    actor: Actor, *, purpose: str, case_id: UUID | None = None, case_no: str | None = None, row: Case | None = None
) -> CaseView:
    """The case with this id or number, for its applicant or staff with a relation to it; the reading is logged.

    Anybody else gets NotFound, whether it exists or not, and the try is logged. Two queries (case, log), and one
    more for officers; `row` (from `unchecked`) saves the first.
    """
    if actor.kind == "anonymous":
        raise LoginNeeded()
    case = row
    if case is None:
        named = {"id": case_id} if case_id else {"case_no": case_no}
        case = fetch_one(Case, tenant_id=actor.tenant_id, **named)
    thrown_away = case is not None and case.state == "draft" and case.ended_at is not None
    view = _view(actor, case) if case and case.tenant_id == actor.tenant_id and not thrown_away else None
    if view is None:
        log_read(
            actor, subject=("case", case.id if case else None), purpose=purpose, refused=True,
            text=str(case_no or case_id), party_id=case.applicant_id if case else None,
        )  # fmt: skip
        raise NotFound()
    log_read(actor, subject=("case", view.case.id), purpose=purpose, party_id=view.case.applicant_id)
    return view


def unchecked(tenant_id: UUID, case_id: UUID) -> Case | None:
    """The row, for choosing in whose name to ask for it; shown to nobody before `access_case`. One query."""
    return fetch_one(Case, tenant_id=tenant_id, id=case_id)


def _view(actor: Actor, case: Case) -> CaseView | None:
    procedure, package, facts = open_case(case)
    who = who_is(actor, case, procedure, facts)
    if case.state == "draft":
        readable = bool(who.relations) and case.ended_at is None
    else:
        readable = bool(who.relations) or "cases.read" in who.verbs
    return CaseView(case, actor, procedure, package, facts, who) if readable else None


_LEVELS = {"public": {"public"}, "party": {"public", "party"}, "staff": {"public", "party", "staff"}}


def history_of(case: Case, *, level: str) -> list[HistoryLine]:
    """The case's events that a reader of this level may see, oldest first. One query."""
    lines = []
    for event in _EVENTS(tenant=case.tenant_id, case=case.id):
        kind = kinds.kind(event.kind)
        if kind.seen_by in _LEVELS[level] and event.kind != "cases.draft_saved":
            lines.append(
                HistoryLine(
                    event.recorded_at,
                    event.effective_at,
                    event.kind,
                    kind.sentence,
                    event.actor,
                    event.rule,
                    event.body,
                    event.id,
                )  # fmt: skip
            )
    return lines


def _events(tenant: Param, case: Param) -> QuerySet[Event]:
    found = Event.objects.filter(tenant_id=tenant, subject_kind="case", subject_id=case, kind__startswith="cases.")
    return found.order_by("id")


_EVENTS = Kept(_events, tenant=UUIDField(), case=UUIDField())


# --- lists -----------------------------------------------------------------------------------------------------------


Reach = Mapping[UUID, frozenset[str] | None]  # party → the items whose cases one may see as its own; None: all


def my_cases(
    actor: Actor, *, parties: Reach | None = None, after: str | None = None, size: int = 20
) -> Page[CaseParty]:
    """Cases of the party the actor stands for, latest change first. One query.

    `parties` (which the caller has from identity's `parties_of`) widens it to all whom the actor may act for.
    """
    if parties is None:
        items = None if actor.mandate_items is None else frozenset(actor.mandate_items)
        parties = {actor.represented: items} if actor.represented else {}
    wholly = Q(party_id__in=[party for party, items in parties.items() if items is None])
    partly = [Q(party_id=p, case__item_code__in=sorted(items)) for p, items in parties.items() if items is not None]
    rows = CaseParty.objects.select_related("case").filter(
        reduce(or_, partly, wholly), tenant_id=actor.tenant_id, until=None, role="applicant"
    )
    return page_of(rows, order=("-touched_at", "-id"), after=after, size=size)


def my_checks(actor: Actor) -> list[CheckOfficer]:
    """The officer's own open site checks, with their cases. One query."""
    if actor.account_id is None:
        return []
    return list(
        CheckOfficer.objects.select_related("check_row__case")
        .filter(tenant_id=actor.tenant_id, account_id=actor.account_id, is_open=True)
        .order_by("-id")[:100]
    )


# --- what everybody may see ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicCase:
    """A decided case as the public may consult it (L13). Persons' names are masked."""

    case_no: str
    title: dict[str, str]
    unit_name: dict[str, str]
    state: State
    holder: str
    decision: Decision | None
    history: list[HistoryLine]


def public_case(tenant_id: UUID, case_no: str) -> PublicCase:
    """Raises NotFound unless the case was granted or the like. Three queries."""
    case = Case.objects.filter(tenant_id=tenant_id, case_no=case_no, outcome="granted").first()
    if case is None:
        raise NotFound()
    procedure, _package, _facts = open_case(case)
    return PublicCase(
        case.case_no or "", case.title, case.unit_name, procedure.states[case.state],
        public_name(case.applicant_name, case.applicant_kind),
        case.decisions.filter(kind="grant").first(), history_of(case, level="public"),
    )  # fmt: skip


def public_decisions(tenant_id: UUID, *, after: str | None = None, size: int = 20) -> Page[Decision]:
    """Grants, latest first, each with `ended_by` (retract, annul, deregister or None), for public consultation. One
    query."""
    undone = Decision.objects.filter(case_id=OuterRef("case_id"), kind__in=ENDINGS).order_by("-id")
    rows = (
        Decision.objects.select_related("case")
        .filter(tenant_id=tenant_id, kind="grant")
        .annotate(ended_by=Subquery(undone.values("kind")[:1]))
    )
    return page_of(rows, order=("-decided_at", "-id"), after=after, size=size)
