"""One act on one case, as the engine carries it: the case, its definition, the facts and what came in."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings

from tongqu.kernel.acts.actor import REAL_NAME, TWO_FACTOR, Actor, Scope
from tongqu.kernel.acts.clock import now, today
from tongqu.kernel.acts.errors import NotPermitted, Text
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.acts.statements import fetch, fetch_one, fetch_values
from tongqu.kernel.cases import counter, definition, guards, renewing
from tongqu.kernel.cases.facts import Blocker, Check, Who
from tongqu.kernel.cases.models import Case, CaseMaterial, Consultation, Decision, Opinion, ReapplicationBan, SiteCheck
from tongqu.kernel.cases.procedure import Action, Procedure, procedure
from tongqu.kernel.cases.rules import to_correct, unmet
from tongqu.kernel.cases.ruling import rule_for
from tongqu.kernel.directory.queries import staff_of
from tongqu.kernel.identity.queries import account_names, consenting_guardian, head_of
from tongqu.kernel.identity.queries_rights import assess, subject_of
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.law.grounds import ground
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import clocks_of
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import Material, Situation
from tongqu.kernel.packages.tables import Decided
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.operations import Drawn

if TYPE_CHECKING:
    from tongqu.kernel.cases.archiving import PackedAhead


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes with an act: the input field it belongs to, its name as sent, its bytes."""

    field: str
    filename: str
    data: bytes = dataclasses.field(repr=False)

    def __str__(self) -> str:
        return f"{self.field}:{self.filename}:{hashlib.sha256(self.data).hexdigest()}"


# Of the facts, those that are made of the row and its package alone, and of which columns.
_MADE = (
    "entries", "values", "situation", "wanted", "decisions", "form_errors", "missing_materials", "check_called_for",
)  # fmt: skip
_MADE_OF = (
    "id", "version", "package_version_id", "values", "personal", "handed_in", "applicant_id", "applicant_kind",
    "mandate_is_proxy",
)  # fmt: skip


class LoadedFacts:
    """What the guards ask of a case, each read from the database when first asked for and then kept."""

    def __init__(self, case: Case, package: Package) -> None:
        self._case, self._package = case, package

    def made_for(self, action: Action) -> LoadedFacts:
        """These facts, with what the action's guards look at made of the row already: before the row is locked, so that
        nobody waits for it (`judged` of `cases.act`). One query where personal values are sealed."""
        needs = action.needs if self.state in action.from_ else ()
        for name in {name for need in needs for name in guards.looked_at(need)}.intersection(_MADE):
            getattr(self, name)
        return self

    def take_over(self, earlier: LoadedFacts) -> None:
        """What was worked out from the row before it was locked, where that is the same still. No query."""
        if all(getattr(self._case, name) == getattr(earlier._case, name) for name in _MADE_OF):
            self.__dict__ |= {name: earlier.__dict__[name] for name in _MADE if name in earlier.__dict__}

    @property
    def state(self) -> str:
        return self._case.state

    @property
    def tally(self) -> Mapping[str, int]:
        return self._case.tally  # type: ignore[no-any-return]

    @cached_property
    def values(self) -> dict[str, Any]:
        return {name: entry["value"] for name, entry in self.entries.items()}

    @cached_property
    def entries(self) -> definition.Values:
        """Each value with its provenance."""
        return definition.all_values(self._case)

    @cached_property
    def materials(self) -> list[CaseMaterial]:
        return fetch(CaseMaterial, order=("id",), case=self._case, replaced_at=None)

    @cached_property
    def situation(self) -> Situation:
        return definition.situation(self._package, self.values, self._case)

    @cached_property
    def wanted(self) -> list[Material]:
        """What the applicant hands in, in this situation."""
        return definition.materials(self._package, self.situation, self._case)

    @cached_property
    def decisions(self) -> list[Decided]:
        """What each table of the package comes to in this situation, and why."""
        return definition.decisions(self._package, self.situation, self._case)

    @property
    def decided(self) -> Mapping[str, Any]:
        return {name: value for one in self.decisions for name, value in one.results.items()}

    @cached_property
    def form_errors(self) -> Mapping[str, Text]:
        return definition.form_errors(self._package, self.values)

    @cached_property
    def missing_materials(self) -> tuple[str, ...]:
        have = set(self._case.handed_in)
        return tuple(m.code for m in self.wanted if not m.optional and m.code not in have)

    @property
    def confirmation_owed(self) -> bool:
        return counter.confirmation_owed(self._case)

    @cached_property
    def consenting_guardian(self) -> UUID | None:
        """The guardian who files for a child whose data need his consent. No query for a firm, else up to two."""
        if self._case.applicant_kind != PERSON:
            return None
        return consenting_guardian(self._case.mandate_id, self._case.applicant_id, now())

    @property
    def unmet_demands(self) -> tuple[str, ...]:
        return unmet(self._case.demands)

    @property
    def open_corrections(self) -> tuple[str, ...]:
        return to_correct(self._case.demands)

    @property
    def applicant_changed(self) -> bool:
        return bool(self._case.tally.get("changed_by_applicant"))

    @cached_property
    def check_called_for(self) -> bool:
        return definition.check_called_for(self._package, self.situation, self._case)

    @cached_property
    def check_row(self) -> SiteCheck | None:
        return fetch_one(SiteCheck, order=("-id",), case=self._case)

    @property
    def check(self) -> Check | None:
        row = self.check_row
        if row is None:
            return None
        officers = frozenset(UUID(o["account"]) for o in row.officers)
        signed = frozenset(UUID(o["account"]) for o in row.officers if o.get("signed_at"))
        return Check(row.state, row.conclusion, row.rectification, officers - signed, officers)

    @cached_property
    def site_officers(self) -> dict[str, str]:
        """{account id: name} of the unit's site officers today. Two queries."""
        if self._case.unit_id is None:
            return {}
        accounts = dict.fromkeys(held.account_id for held in staff_of(self._case.unit_id, "site_officer"))
        names = account_names(accounts)
        return {str(account): names[account] for account in accounts}

    @cached_property
    def opinions(self) -> list[Opinion]:
        return fetch(Opinion, order=("id",), case=self._case)

    @property
    def opinion_by(self) -> frozenset[UUID]:
        return frozenset(o.account_id for o in self.opinions[-1:])

    @cached_property
    def ban(self) -> str | None:
        return ban_on(self._case.tenant_id, self._case.applicant_id, self._case.item_code)

    @property
    def run_out(self) -> Mapping[str, str]:
        over = (c for c in self.clocks if not c.is_over and not c.provisional and c.state != Clock.State.PAUSED)
        return {c.name: c.rule_id for c in over if c.due_at < now()}

    @property
    def hearing(self) -> str:
        """How far a hearing has come, from the tally and the clocks."""
        done = self._case.tally
        if not done.get("tell_hearing"):
            return ""
        if done.get("record_hearing") or done.get("waive_hearing"):
            return "settled"
        if done.get("ask_hearing"):
            return "set" if done.get("set_hearing") else "asked"
        right = next((c for c in self.clocks if c.name == "ask_hearing"), None)
        return "told" if right and not right.is_over else "settled"

    @property
    def standing_fault(self) -> tuple[str, str] | None:
        return definition.standing_fault(self._package, self._case, lambda: self.situation)

    @property
    def erasure_asked(self) -> bool:
        return self.values.get("kind") == "erase"

    @cached_property
    def kept_by_law(self) -> tuple[str, Text] | None:
        """What stands in the way of erasing the applicant, this request apart: its rule, and what it is."""
        blocking = assess(subject_of(self._case.applicant_id), without=self._case.id).blocking
        return (ground(blocking[0].ground).rule_id or "D23.keep", blocking[0].what) if blocking else None

    @cached_property
    def decided_by(self) -> UUID | None:
        """Who took the latest decision."""
        found = fetch_values(Decision, ("decided_by",), order=("-id",), most=1, case=self._case)
        return found[0][0] if found else None

    @cached_property
    def renewed_licence(self) -> ELicence | None:
        """The licence that the item renews, by the number in the form. No query for an item that renews none."""
        if renewing.spec_of(self._package) is None:
            return None
        return renewing.named_licence(self._case, self._package, self.values)

    @cached_property
    def renewal_fault(self) -> Blocker | None:
        if renewing.spec_of(self._package) is None:
            return None
        return renewing.fault(self._case, self.renewed_licence, self._package, today().date())

    @property
    def faults_at_fields(self) -> dict[str, Text]:
        """Everything wrong with the form, and what keeps the licence in it from being renewed at its number."""
        blocked = self.renewal_fault
        at = {self._package.procedure["renews"]["number_from"]: blocked.message} if blocked else {}
        return {**at, **self.form_errors}

    @cached_property
    def clocks(self) -> list[Clock]:
        return clocks_of(("case", self._case.id))

    @property
    def channel(self) -> str:
        return str(self._case.channel)

    @property
    def timed_out(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.clocks if c.state == Clock.State.MISSED or c.name in self.run_out)

    @cached_property
    def consultations(self) -> list[Consultation]:
        """In the order in which they were asked. No query before the first."""
        asks = [
            one.ask for one in procedure(self._case.procedure_code, self._case.procedure_version).consultations.values()
        ]
        if not any(self._case.tally.get(code) for code in asks):
            return []
        return fetch(Consultation, order=("id",), case=self._case)

    @property
    def consulting(self) -> tuple[str, ...]:
        return tuple(c.kind for c in self.consultations if not c.outcome)

    @property
    def unreceived(self) -> tuple[str, ...]:
        return tuple(c.kind for c in self.consultations if not c.outcome and c.received_on is None)

    @property
    def objecting(self) -> tuple[str, ...]:
        return tuple(c.kind for c in self.consultations if c.outcome == "objects")


def ban_on(tenant_id: UUID, party_id: UUID, item_code: str) -> str | None:
    """The rule under which this party may not apply for this item today, or None. One query."""
    day = today().date()
    for row in fetch(ReapplicationBan, tenant_id=tenant_id, party_id=party_id, item_code=item_code):
        if row.until is None or row.until >= day:
            return row.rule
    return None


@dataclass(slots=True)
class Ctx:
    """Everything an effect works with. Effects change `case` in memory; the engine saves it once."""

    act: Act
    case: Case
    procedure: Procedure
    package: Package
    facts: LoadedFacts
    who: Who
    action: Action
    inputs: dict[str, Any]
    uploads: Sequence[Upload] = ()
    body: dict[str, Any] = field(default_factory=dict)
    sealed: dict[str, Any] = field(default_factory=dict)
    effective_at: datetime | None = None
    upper_no: str | None = None  # the number from above that came with a submission
    ahead: Drawn | PackedAhead | None = None  # what the act files, made before its transaction

    @property
    def actor(self) -> Actor:
        return self.act.actor

    @property
    def at(self) -> datetime:
        return self.act.at

    @property
    def account_id(self) -> UUID:
        """Whose work this is, where an act asks for a person. Raises NotPermitted for the platform itself."""
        if self.actor.account_id is None:
            raise NotPermitted()
        return self.actor.account_id

    @property
    def unit_id(self) -> UUID:
        """The unit that has the case: every case has one from its submission on."""
        if self.case.unit_id is None:
            raise LookupError(f"case {self.case.id} has no unit")
        return self.case.unit_id

    def rule_id(self, name: str | None) -> str | None:
        return self.procedure.rule_id(name, definition.parameters(self.package))

    def rule(self, rule_id: str) -> Rule:
        """The version that holds for this case, which is that of its clock where one measures it."""
        clocks = () if self.case.state == "draft" else self.facts.clocks
        return rule_for(self.case, rule_id, clocks=clocks)


def open_case(case: Case) -> tuple[Procedure, Package, LoadedFacts]:
    """The definitions a case was frozen with, and its facts (not yet loaded)."""
    package = definition.package_of(case)
    return procedure(case.procedure_code, case.procedure_version), package, LoadedFacts(case, package)


def scope_of(case: Case) -> Scope:
    return Scope(unit_id=case.unit_id, region_code=case.region_code, party_id=case.applicant_id)


def who_is(actor: Actor, case: Case, proc: Procedure, facts: LoadedFacts) -> Who:
    """The actor's place in this case: relations first, then the role verbs held at the case's unit."""
    relations: set[str] = set()
    if actor.kind == "system":
        relations.add("system")
    elif acts_as_applicant(actor, case):
        relations.add("applicant")
    scope = scope_of(case)
    verbs = {v for v in proc.verbs | {"cases.read"} if actor.kind == "staff" and actor.may(v, scope)}
    may_check = actor.kind == "staff" and actor.may("cases.record_check", scope)
    if may_check and facts.check and actor.account_id in facts.check.officers:
        relations.add("officer")
    involved = actor.kind == "staff" and _is_involved(actor, case)
    strength = _strength(actor)
    if not involved and counter.helps(actor, case):
        relations.add("helper")
        # Who the applicant is was established at the counter from his papers, which is what a real-name login does.
        strength = max(strength, REAL_NAME)
    return Who(frozenset(relations), frozenset(verbs), actor.account_id, strength, involved)


def _strength(actor: Actor) -> int:
    """How strongly the actor signed in; staff whose node asks for no second factor count as having given it."""
    waived = actor.kind == "staff" and not settings.TQ_STAFF_SECOND_FACTOR
    return TWO_FACTOR if waived else actor.login_strength


def acts_as_applicant(actor: Actor, case: Case) -> bool:
    """Himself, or an agent whose mandate is in force and covers the item. No query: the actor was built so."""
    if actor.party_id == case.applicant_id:
        return True
    # Staff who help at a counter carry the applicant's id, too; their place is `helper`, with fewer acts.
    return actor.kind != "staff" and actor.represented == case.applicant_id and actor.covers(case.item_code)


def _is_involved(actor: Actor, case: Case) -> bool:
    """Whether a member of staff is the applicant, its head or its agent. One query, none without a tie to a person."""
    if actor.party_id is None:
        return False
    return actor.party_id in {case.applicant_id, case.agent_id, head_of(case.applicant_id)}


__all__ = ["Ctx", "LoadedFacts", "Upload", "ban_on", "now", "open_case", "scope_of", "who_is"]
