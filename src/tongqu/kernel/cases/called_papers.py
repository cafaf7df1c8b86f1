"""A paper that an event of a case calls for: what it is made of, read before the transaction that makes it.

Typesetting takes longer than anything that must be done under lock, so a paper is read and drawn ahead. The
transaction then asks whether everything it was made of still stands, and reads it anew where something does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.statements import fetch_one
from tongqu.kernel.cases.documents import kinds
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.paper_content import Facts, content_of
from tongqu.kernel.directory.queries import UnitView, unit
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.content import Content


@dataclass(frozen=True, slots=True)
class CalledPaper:
    """The event, the case and the unit as they were read, and what the paper says of them."""

    event: Event
    case: Case
    spec: Kind
    body: UnitView
    facts: Facts
    content: Content

    @property
    def paper(self) -> dict[str, Any]:
        """For records.draw_paper and records.make_paper."""
        return {
            "spec": self.spec, "unit_id": self.body.id, "agency": self.body.name, "content": self.content,
            "day": self.event.recorded_at.astimezone(SHANGHAI).date(),
        }  # fmt: skip

    def stands(self) -> bool:
        """Whether case, clocks and unit are as they were read. 3 queries, 2 where no clock was asked for."""
        return self.facts.unchanged() and unit(self.body.id) == self.body


def called_paper(event_id: UUID, kind: str, ahead: CalledPaper | None = None) -> CalledPaper:
    """What the paper of an event is made of: as it was read ahead where that stands, else read now."""
    if ahead is not None and (ahead.event.id, ahead.spec.kind) == (event_id, kind) and ahead.stands():
        return ahead
    event = fetch_one(Event, id=event_id)
    case = fetch_one(Case, id=event.subject_id) if event else None
    if event is None or case is None or case.unit_id is None:
        raise LookupError(f"event {event_id} is of no case that a unit has")
    spec = kinds()[case.procedure_code, kind]
    body = unit(case.unit_id)
    facts = Facts(case, event, body)
    with in_hand():
        return CalledPaper(event, case, spec, body, facts, content_of(facts, spec))
