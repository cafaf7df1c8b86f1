"""What follows when a clock of a case runs out: the platform carries it out itself, on the rule that says so."""

from __future__ import annotations

from uuid import UUID

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases import events
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations.engine import act as act_on_case
from tongqu.kernel.law.misses import locks, on_miss
from tongqu.kernel.law.models import Clock


@locks("case")
def lock_case(case_id: UUID) -> object:
    return Case.objects.select_for_update().filter(id=case_id).values_list("id").first()


@on_miss("deemed_accepted")
def deemed_accepted(act: Act, clock: Clock) -> None:
    """L2: no notice in time, so the case is accepted as from the day the materials were received."""
    act_on_case(act, case_id=clock.subject_id, action="deem_accepted")


@on_miss("deemed_given_up")
def deemed_given_up(act: Act, clock: Clock) -> None:
    """The item's rule: the time to supply passed without a good reason, so the applicant is deemed to have given up."""
    act_on_case(act, case_id=clock.subject_id, action="deem_given_up")


def _overdue(act: Act, clock: Clock) -> None:
    """No consequence in law: a red card on record for supervision; the work goes on."""
    act.allow(act.actor.kind == "system")
    act.emit(
        events.OVERDUE, subject=("case", clock.subject_id), rule=f"{clock.rule_id}@{clock.rule_version}",
        body={"clock": clock.name, "due_at": clock.due_at},
    )  # fmt: skip


for _name in ("decision_overdue", "check_overdue", "delivery_overdue"):
    on_miss(_name)(_overdue)
