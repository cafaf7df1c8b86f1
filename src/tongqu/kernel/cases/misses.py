"""What follows when a clock of a case runs out: the platform carries it out itself, on the rule that says so."""

from __future__ import annotations

from uuid import UUID

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases import events, renewing, supervision
from tongqu.kernel.cases.models import Case, Consultation
from tongqu.kernel.cases.operations import consulting, serving
from tongqu.kernel.cases.operations.engine import act as act_on_case
from tongqu.kernel.law.misses import locks, on_miss
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices import service_operations as services
from tongqu.kernel.notices.models import Service


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


@on_miss("deemed_renewed")
def deemed_renewed(act: Act, clock: Clock) -> None:
    """L15: no decision before the licence expired, so it counts as renewed; unless it was ended in the meantime."""
    act.allow(act.actor.kind == "system")
    if renewing.stands(clock.subject_id):
        act_on_case(act, case_id=clock.subject_id, action="deem_renewed")


def _overdue(act: Act, clock: Clock) -> None:
    """No consequence in law: a red card on record for supervision; the work goes on."""
    act.allow(act.actor.kind == "system")
    card = supervision.raise_red(act, clock)
    act.emit(
        events.OVERDUE, subject=("case", clock.subject_id), rule=f"{clock.rule_id}@{clock.rule_version}",
        body={"clock": clock.name, "due_at": clock.due_at, **(supervision.standing_of(card) if card else {})},
    )  # fmt: skip


@on_miss("hearing_right_lapsed")
def hearing_right_lapsed(act: Act, clock: Clock) -> None:
    """L14: nobody asked for a hearing in time. The clock is over, which is all the guards ask."""


@on_miss("clarify_lapsed")
def clarify_lapsed(act: Act, clock: Clock) -> None:
    """I11: nothing was asked of the applicant in time. The clock is over, which is all the guards ask."""


@locks("consultation")
def lock_consultation(consultation_id: UUID) -> object:
    return lock_case(Consultation.objects.values_list("case_id", flat=True).get(id=consultation_id))


@on_miss("deemed_agreed")
def deemed_agreed(act: Act, clock: Clock) -> None:
    """I15: the organ that was asked and kept silent agrees."""
    _silent(act, clock)


@on_miss("organ_decides")
def organ_decides(act: Act, clock: Clock) -> None:
    """I14: silence neither agrees nor objects; the organ is free to decide by itself."""
    _silent(act, clock)


def _silent(act: Act, clock: Clock) -> None:
    """On a consultation of a case; on any other subject the outcome of the clock says it all."""
    act.allow(act.actor.kind == "system")
    if clock.subject_kind == consulting.SUBJECT:
        consulting.lapse(act, consultation_id=clock.subject_id)


@locks("service")
def lock_service(service_id: UUID) -> object:
    case_id = Service.objects.filter(id=service_id, subject_kind="case").values_list("subject_id", flat=True).first()
    return lock_case(case_id) if case_id else None


@on_miss("deemed_served")
def deemed_served(act: Act, clock: Clock) -> None:
    """SV7: the period of a public notice is over, so the document counts as served; a licence is then delivered."""
    row, clocks = services.deem_served(act, service_id=clock.subject_id)
    serving.copy_to_case(row.subject_id, row, clocks)
    if row.document_kind.startswith("licence_"):
        act_on_case(act, case_id=row.subject_id, action="deliver")


for _name in ("decision_overdue", "check_overdue", "delivery_overdue", "hearing_overdue"):
    on_miss(_name)(_overdue)
