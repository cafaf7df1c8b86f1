"""What the rules know of a case and of who acts, and what they answer. Plain values; nothing here asks the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.cases.procedure import Action


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why an action cannot be taken now. `rule` is a rule id; `report` marks a try that is put on record."""

    code: str
    message: Text
    rule: str | None = None
    report: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What the rules need to know of the latest site check."""

    state: str  # assigned | recorded | signed
    conclusion: str = ""
    rectification: str = ""
    unsigned: frozenset[UUID] = frozenset()
    officers: frozenset[UUID] = frozenset()

    @property
    def passed(self) -> bool:
        return self.state == "signed" and (self.conclusion == "passed" or self.rectification == "passed")

    @property
    def failed_for_good(self) -> bool:
        return self.state == "signed" and self.conclusion == "failed" and self.rectification != "passed"


class Facts(Protocol):
    """What guards may ask of a case. The engine loads each when it is first asked for; tests pass `PlainFacts`."""

    @property
    def state(self) -> str: ...
    @property
    def tally(self) -> Mapping[str, int]: ...
    @property
    def form_errors(self) -> Mapping[str, Text]: ...
    @property
    def missing_materials(self) -> tuple[str, ...]: ...
    @property
    def confirmation_owed(self) -> bool: ...
    @property
    def unmet_demands(self) -> tuple[str, ...]: ...
    @property
    def open_corrections(self) -> tuple[str, ...]: ...
    @property
    def applicant_changed(self) -> bool: ...
    @property
    def check_called_for(self) -> bool: ...
    @property
    def check(self) -> Check | None: ...
    @property
    def opinion_by(self) -> frozenset[UUID]: ...
    @property
    def ban(self) -> str | None: ...
    @property
    def run_out(self) -> Mapping[str, str]: ...
    @property
    def standing_fault(self) -> tuple[str, str] | None: ...
    @property
    def hearing(self) -> str: ...
    @property
    def erasure_asked(self) -> bool: ...
    @property
    def kept_by_law(self) -> tuple[str, Text] | None: ...
    @property
    def decided_by(self) -> UUID | None: ...
    @property
    def renewal_fault(self) -> Blocker | None: ...
    @property
    def channel(self) -> str: ...
    @property
    def timed_out(self) -> tuple[str, ...]: ...
    @property
    def consulting(self) -> tuple[str, ...]: ...
    @property
    def unreceived(self) -> tuple[str, ...]: ...
    @property
    def objecting(self) -> tuple[str, ...]: ...
    @property
    def decided(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PlainFacts:
    """Facts as plain values."""

    state: str
    tally: Mapping[str, int] = field(default_factory=dict)
    form_errors: Mapping[str, Text] = field(default_factory=dict)
    missing_materials: tuple[str, ...] = ()
    confirmation_owed: bool = False
    unmet_demands: tuple[str, ...] = ()
    open_corrections: tuple[str, ...] = ()
    applicant_changed: bool = False
    check_called_for: bool = False
    check: Check | None = None
    opinion_by: frozenset[UUID] = frozenset()
    ban: str | None = None
    run_out: Mapping[str, str] = field(default_factory=dict)  # {name of a clock whose time is up: its rule}
    standing_fault: tuple[str, str] | None = None
    hearing: str = ""  # "" (not told) | told | asked | set | settled (held, waived, or not asked for in time)
    erasure_asked: bool = False
    kept_by_law: tuple[str, Text] | None = None  # what stands in the way of erasing: its rule, what it is
    decided_by: UUID | None = None
    renewal_fault: Blocker | None = None  # why the licence that the item renews cannot be renewed
    channel: str = "web"
    timed_out: tuple[str, ...] = ()  # names of clocks whose time ran out, swept or not, whatever came of it
    consulting: tuple[str, ...] = ()  # the kinds of the consultations that are open
    unreceived: tuple[str, ...] = ()  # of these, the kinds whose letter is not known to have been received
    objecting: tuple[str, ...] = ()  # the kinds of those that ended with an objection on good reason
    decided: Mapping[str, Any] = field(default_factory=dict)  # {result of the package's tables: value, or Unknown}


@dataclass(frozen=True, slots=True)
class Who:
    """The actor's place in one case: relations (`applicant`, `helper`, `officer`, `system`), role verbs held there."""

    relations: frozenset[str]
    verbs: frozenset[str]
    account_id: UUID | None = None
    login_strength: int = PASSWORD
    involved: bool = False  # is the applicant, its head or its agent: handles nothing here, whatever the post

    def fits(self, action: Action) -> bool:
        if self.involved and "applicant" not in action.by:
            return False
        return self.holds(action)

    def holds(self, action: Action) -> bool:
        """Whether place or post would give the action, were it nobody's own case."""
        return any(by in self.relations or by in self.verbs for by in action.by)
