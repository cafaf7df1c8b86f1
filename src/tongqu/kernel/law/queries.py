"""Reading clocks. Whoever may read the subject may read its clocks; the caller has seen to that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.acts.statements import fetch
from tongqu.kernel.law import explaining, grounds, register
from tongqu.kernel.law.explaining import Explanation
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import china_date

SOON = 2  # working days left, from which a work list shows a clock as nearly due


@dataclass(frozen=True, slots=True)
class Standing:
    """How a clock stands, for colours and counts.

    `code`: ok | soon | overdue | paused | provisional | done. `days_left`: working days after today to the last day
    (0: today is the last, negative: past), or None where none are told.
    """

    code: str
    days_left: int | None = None


def clocks_of(subject: tuple[str, UUID], *, tenant_id: UUID | None = None) -> list[Clock]:
    """All clocks of a subject, oldest first. 1 query."""
    return fetch(
        Clock, order=("started_at", "id"),
        tenant_id=tenant_id or default_tenant(), subject_kind=subject[0], subject_id=subject[1],
    )  # fmt: skip


def clocks_of_many(kind: str, ids: Iterable[UUID], *, tenant_id: UUID | None = None) -> dict[UUID, list[Clock]]:
    """The clocks of many subjects of one kind that are not over, by subject id. 1 query, for lists."""
    found: dict[UUID, list[Clock]] = {subject_id: [] for subject_id in ids}
    rows = Clock.objects.filter(
        tenant_id=tenant_id or default_tenant(), subject_kind=kind, subject_id__in=list(found), ended_at__isnull=True
    )
    for clock in rows.order_by("due_at", "id"):
        found[clock.subject_id].append(clock)
    return found


def grounds_to_extend(clock: Clock) -> list[grounds.Ground]:
    """On which grounds this clock may be extended: those of its rule and of the rules it narrows. No query."""
    try:
        rule = register.rule_version(clock.rule_id, clock.rule_version)
    except register.UnknownRule:
        return []
    applies = {rule.rule_id, *rule.specialises}
    return [one for one in grounds.grounds_for("extend") if one.rule_id in applies]


def grounds_to_pause(clocks: Iterable[Clock]) -> list[grounds.Ground]:
    """On which grounds one of these clocks may be paused, by the rules under which they run. No query."""
    allowed = {rule_id for clock in clocks if not clock.is_over for rule_id in clock.terms.get("paused_by", ())}
    return [one for one in grounds.grounds_for("pause") if one.rule_id in allowed]


def running(clocks: Iterable[Clock], name: str) -> Clock | None:
    """The clock of this name that is not over, if there is one. No query."""
    return next((clock for clock in clocks if clock.name == name and not clock.is_over), None)


def explain(clock: Clock, *, as_of: datetime | None = None) -> Explanation:
    """Why the clock ends when it does, from what is stored. No query."""
    is_paused = clock.state == Clock.State.PAUSED
    return explaining.explain(
        clock,
        clock.started_at,
        pauses=clock.pause_list,
        extensions=clock.extension_list,
        calendar=register.calendar(),
        as_of=(as_of or now()) if is_paused else None,
        ground_names=grounds.names(pause["ground"] for pause in clock.pauses),
        stored=None if is_paused else clock.due_at,
    )


def standing(clock: Clock, at: datetime | None = None) -> Standing:
    """How the clock stands at a moment (now, if none is given). Nothing provisional is soon or overdue. No query."""
    moment = at or now()
    if clock.is_over:
        return Standing("done")
    if clock.state == Clock.State.PAUSED:
        return Standing("paused")
    if clock.provisional:
        return Standing("provisional")
    left = register.calendar().working_between(china_date(moment), clock.last_day)
    if clock.state == Clock.State.MISSED or clock.due_at < moment:
        return Standing("overdue", left)
    return Standing("soon" if left <= SOON else "ok", left)
