"""The work list: the cases of the units in which one may read, filtered and in order, a page at a time.

Every order is served by an index of `CaseUnit`, paged by key; nothing is counted beyond a cap. Names and numbers are
looked up first (`finding`), which gives at most `finding.MOST` cases, so that they never join a long list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.paging import Lane, Page, every_page, joined, merged_page
from tongqu.kernel.cases import finding
from tongqu.kernel.cases.lanes import apart, lanes_of, readable
from tongqu.kernel.cases.models import CaseUnit, CheckOfficer
from tongqu.kernel.cases.operations.timing import FAR
from tongqu.kernel.law import register
from tongqu.kernel.law.rules import china_date

SORTS = {"due": ("due_at", "id"), "received": ("-received_at", "-id"), "changed": ("-changed_at", "-id")}
DUES = ("overdue", "today", "within", "provisional", "none")
HANDLERS = ("me", "nobody", "checks")
COUNTED = 1000  # a tab says "999+" from here on: counting on would cost more the more there is


@dataclass(frozen=True, slots=True)
class Worklist:
    """Filters of the work list, all of which must fit; empty means no filter.

    `due` is one of DUES, `within` the working days it means; `handler` one of HANDLERS; dates are days in Shanghai,
    both included; `region` is a prefix of the 12-digit code.
    """

    state: str = ""
    number: str = ""
    ended: bool = False
    item: str = ""
    due: str = ""
    within: int = 5
    unit: UUID | None = None
    region: str = ""
    name: str = ""
    channel: str = ""
    handler: str = ""
    received_from: date | None = None
    received_to: date | None = None
    decided_from: date | None = None
    decided_to: date | None = None
    sort: str = "due"

    @property
    def is_open(self) -> bool:
        return not self.ended


def worklist(actor: Actor, wanted: Worklist, *, after: str | None = None, size: int = 50) -> Page[CaseUnit]:
    """One page, with what lists draw of the cases. One query, scoped in it; one or two more for a number or a name."""
    places = actor.places_for("cases.read")
    rows = _filtered(actor, wanted)
    order = SORTS[wanted.sort]
    if wanted.number or wanted.name or wanted.handler == "me":  # another index has these few first
        lanes = [Lane(rows.filter(readable(places), is_open=wanted.is_open, **_in_state(wanted)))]
    else:
        lanes = lanes_of(places, rows, is_open=wanted.is_open, state=wanted.state)
    return merged_page(lanes, order=order, dress=_drawn, after=after, size=size, apart=apart(places))


LISTED = ("case_no", "receipt_no", "item_code", "title", "applicant_name", "applicant_id", "state", "received_at",
          "updated_at", "unit_name", "procedure_code", "procedure_version")  # fmt: skip  # what lists draw of a case
OWN = ("due_at", "state", "is_open", "provisional", "channel", "received_at", "changed_at", "decided_at", "assignee_id")


def _drawn(rows: QuerySet[CaseUnit]) -> QuerySet[CaseUnit]:
    """With what a list draws of the case, and not its form."""
    return rows.select_related("case").only(*OWN, *(f"case__{name}" for name in LISTED))


def every_row(actor: Actor, wanted: Worklist, *, most: int) -> Iterator[CaseUnit]:
    """The whole list up to `most` rows, read a page at a time; for exports. A query for each 200 rows."""
    for rows in every_page(lambda after, size: worklist(actor, wanted, after=after, size=size), most=most):
        yield from rows


def state_counts(actor: Actor) -> dict[str, int]:
    """How many open cases in each state, for the tabs of the work list; `COUNTED` stands for that many or more.

    One query, none for who may read nothing.
    """
    places = actor.places_for("cases.read")
    rows = CaseUnit.objects.filter(tenant_id=actor.tenant_id, until=None)
    lanes = lanes_of(places, rows, is_open=True, by_state=True)
    if not lanes:
        return {}
    order, columns = ("due_at", "id"), ("state",) if apart(places) else ("state", "id")
    sql, values = joined(lanes, order=order, columns=columns, limit=COUNTED, apart=apart(places))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT state, COUNT(*) FROM ({sql}) AS counted GROUP BY state", values)  # noqa: S608
        return {state: min(n, COUNTED) for state, n in cursor.fetchall()}


def _filtered(actor: Actor, wanted: Worklist) -> QuerySet[CaseUnit]:
    """All filters but place, state and whether it is open, which choose the index."""
    rows = CaseUnit.objects.filter(tenant_id=actor.tenant_id, until=None, **_equal(wanted))
    if wanted.region:
        rows = rows.filter(region_code__startswith=wanted.region)
    rows = rows.filter(_due(wanted), _between("received_at", wanted.received_from, wanted.received_to))
    rows = rows.filter(_between("decided_at", wanted.decided_from, wanted.decided_to), _handled(actor, wanted.handler))
    if wanted.number:
        rows = rows.filter(case_id__in=finding.numbered(actor, wanted.number))
    if wanted.name:
        rows = rows.filter(case_id__in=finding.named(actor, wanted.name))
    return rows


def _in_state(wanted: Worklist) -> dict[str, str]:
    return {"state": wanted.state} if wanted.state else {}


def _equal(wanted: Worklist) -> dict[str, object]:
    pairs = {"item_code": wanted.item, "unit_id": wanted.unit, "channel": wanted.channel}
    return {column: value for column, value in pairs.items() if value}


def _due(wanted: Worklist) -> Q:
    """Nothing is overdue on a provisional date (T9)."""
    at = now()
    today = china_date(at)
    match wanted.due:
        case "overdue":
            return Q(due_at__lt=at, provisional=False)
        case "today":
            return Q(due_at__gte=at, due_at__lte=register.calendar().end_of(today.toordinal())[1])
        case "within":
            return Q(due_at__gte=at, due_at__lte=last_moment(wanted.within, today))
        case "provisional":
            return Q(provisional=True)
        case "none":
            return Q(due_at__gte=FAR)
    return Q()


def last_moment(days: int, today: date) -> datetime:
    """The end of the working day that is `days` working days after today."""
    calendar = register.calendar()
    number = calendar.working_upto(today.toordinal()) + days
    return calendar.end_of(calendar.working_day(number))[1]


def _between(column: str, first: date | None, last: date | None) -> Q:
    found = Q()
    if first:
        found &= Q(**{f"{column}__gte": _start_of(first)})
    if last:
        found &= Q(**{f"{column}__lt": _start_of(last + timedelta(days=1))})
    return found


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def _handled(actor: Actor, handler: str) -> Q:
    if not handler:
        return Q()
    if handler == "nobody":
        return Q(assignee_id=None)
    if actor.account_id is None:  # the platform itself: nothing is its own
        return Q(pk__in=[])
    if handler == "me":
        return Q(assignee_id=actor.account_id)
    mine = CheckOfficer.objects.filter(
        tenant_id=actor.tenant_id, account_id=actor.account_id, is_open=True, case_id=OuterRef("case_id")
    )
    return Q(Exists(mine))
