"""窗口日志 The clerk's day book: what a window took in, gave out and told, by time. Made from the events alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tongqu.domains.services.counter.models import DayLine
from tongqu.kernel.acts import kinds
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import NotPermitted, Text
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.cases.counter import RECEIVE
from tongqu.kernel.cases.models import Case
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.notices.service_queries import service_of

GROUPS = {
    "counter.filing_finished": "took",
    "counter.original_held": "took",
    "cases.correct_in_person": "took",
    "cases.supply_in_person": "took",
    "cases.withdraw_in_person": "took",
    "cases.ask_hearing_in_person": "took",
    "notices.served": "gave",  # the licence too: its `cases.deliver` would tell of it twice
    "notices.service_sent": "gave",
    "counter.original_returned": "gave",
    "cases.accept": "told",
    "cases.request_supplement": "told",
    "cases.remind_supplement": "told",
    "cases.not_accept": "told",
    "notices.service_announced": "told",
    "notices.service_failed": "other",
    "counter.filing_dropped": "other",
    "counter.filing_taken": "other",
    "counter.shift_opened": "other",
    "counter.shift_closed": "other",
    "counter.handover_signed": "other",
    "counter.line_confirmed": "other",
    "counter.line_disputed": "other",
}
MOST = 2000  # lines of one day that are shown; more than a window's busiest day


@subscribe("services.daybook", list(GROUPS))
def write_lines(events: Sequence[Event]) -> None:
    """A line for each event that a member of staff caused. The same event twice is one line."""
    DayLine.objects.bulk_create([line for e in events if (line := line_of(e))], ignore_conflicts=True)


def line_of(event: Event) -> DayLine | None:
    actor = event.actor
    unit = event.body.get("unit") or actor.get("unit")
    if actor.get("kind") != "staff" or not unit or event.kind not in GROUPS:
        return None
    case_id = _case_of(event)
    return DayLine(
        tenant_id=event.tenant_id, event_id=event.id, unit_id=UUID(str(unit)), clerk_id=UUID(actor["account"]),
        day=event.recorded_at.astimezone(SHANGHAI).date(), at=event.recorded_at, what=event.kind,
        group=GROUPS[event.kind], case_id=UUID(str(case_id)) if case_id else None,
    )  # fmt: skip


def _case_of(event: Event) -> Any:
    """The case that an event is about; events of service name what their paper belongs to."""
    if event.subject_kind == "case":
        return event.subject_id
    kind, ref = event.body.get("for") or ("case", event.body.get("case"))
    return ref if kind == "case" else None


def rebuild(tenant_id: UUID, day: date) -> int:
    """Make a day's lines anew from the events; how many there are."""
    start = datetime.combine(day, datetime.min.time(), SHANGHAI)
    rows = Event.objects.filter(
        tenant_id=tenant_id, kind__in=list(GROUPS), recorded_at__gte=start,
        recorded_at__lt=datetime.combine(day, datetime.max.time(), SHANGHAI),
    )  # fmt: skip
    DayLine.objects.filter(tenant_id=tenant_id, day=day).delete()
    write_lines(list(rows))
    return DayLine.objects.filter(tenant_id=tenant_id, day=day).count()


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is read."""

    at: datetime
    clerk: str
    sentence: Text
    paper: dict[str, str]  # which one, of a line about serving
    group: str
    case_no: str
    applicant: str
    item: dict[str, str]
    case_id: UUID | None


@dataclass(frozen=True, slots=True)
class Book:
    """A day of a window: its lines by time, how many in each group and of each kind, and who wrote them."""

    day: date
    lines: list[Line]
    groups: dict[str, int]
    kinds: dict[str, int]
    clerks: dict[UUID, str]
    cut: bool


def access_book(actor: Actor, *, unit_id: UUID, day: date, clerk_id: UUID | None = None) -> Book:
    """The day book of a unit where the actor receives cases, all of it or one clerk's. Three queries, and two more
    where papers were served.

    Raises NotPermitted elsewhere.
    """
    if not any(unit in (None, unit_id) for unit, _region in actor.places_for(RECEIVE)):
        raise NotPermitted()
    rows = list(
        DayLine.objects.filter(tenant_id=actor.tenant_id, unit_id=unit_id, day=day).order_by("at", "id")[: MOST + 1]
    )
    names = account_names({row.clerk_id for row in rows} | {actor.account_id} - {None})  # type: ignore[arg-type]
    mine = [row for row in rows[:MOST] if clerk_id is None or row.clerk_id == clerk_id]
    cases: dict[UUID, Any] = Case.objects.only(
        "id", "case_no", "applicant_name", "title", "tenant_id"
    ).in_bulk({row.case_id for row in mine if row.case_id})  # fmt: skip
    papers = _papers(actor.tenant_id, mine)
    return Book(
        day=day,
        lines=[_line(row, names, cases, papers) for row in mine],
        groups=dict(Counter(row.group for row in mine)),
        kinds=dict(Counter(row.what for row in mine)),
        clerks=names,
        cut=len(rows) > MOST,
    )


def _papers(tenant_id: UUID, rows: Sequence[DayLine]) -> dict[UUID, dict[str, str]]:
    """{event: the title of the paper it served or tried to serve}. Two queries, none without such lines."""
    events = [row.event_id for row in rows if row.what.startswith("notices.")]
    if not events:
        return {}
    documents = {
        event: UUID(str(body["document"]))
        for event, body in Event.objects.filter(tenant_id=tenant_id, id__in=events).values_list("id", "body")
    }
    found = service_of(tenant_id, documents.values())
    return {event: found[document].title for event, document in documents.items() if document in found}


def _line(row: DayLine, names: dict[UUID, str], cases: dict[UUID, Any], papers: dict[UUID, dict[str, str]]) -> Line:
    case = cases.get(row.case_id) if row.case_id else None
    return Line(
        at=row.at, clerk=names.get(row.clerk_id, ""), sentence=kinds.kind(row.what).sentence,
        paper=papers.get(row.event_id, {}), group=row.group,
        case_no=(case.case_no or "") if case else "", applicant=case.applicant_name if case else "",
        item=case.title if case else {}, case_id=row.case_id,
    )  # fmt: skip
