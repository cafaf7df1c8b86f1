"""征求意见: a third party or another organ is asked in writing; meanwhile the applicant's clock stands still.

A procedure names its kinds of consultation (`consultations`). Each letter is a `Consultation` with a clock of its own,
which starts on the day the letter is received. While any is open, the clock that its kind pauses rests, on the kind's
ground, and for no other reason (`rest`). Silence is carried out by the platform, once, on the rule that says what it
means.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.models import Case, Consultation
from tongqu.kernel.cases.operations.drafts import keep_material
from tongqu.kernel.cases.procedure import Consulting, procedure
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.grounds import ground
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import clocks_of, running

SUBJECT = "consultation"
OPINION = "consultation"  # the code of the file in which the one asked answers: one of `STAFF_FILES`


# --- the acts --------------------------------------------------------------------------------------------------------


def ask(ctx: Ctx) -> None:
    """A letter goes out; what it says is in the table and in the letter, the event names neither."""
    kind = next(k for k in ctx.procedure.consultations.values() if k.ask == ctx.action.code)
    row = Consultation.objects.create(
        tenant_id=ctx.case.tenant_id, case=ctx.case, kind=kind.code, name=ctx.inputs["name"],
        address=ctx.inputs.get("address") or "", about=ctx.inputs["about"], asked_by=ctx.account_id, created_at=ctx.at,
    )  # fmt: skip
    ctx.facts.consultations = [*(one for one in ctx.facts.consultations if one.id != row.id), row]
    ctx.body |= {"consultation": row.id, "kind": kind.code, "ground": kind.ground}


def note_received(ctx: Ctx) -> None:
    """The day of receipt starts the time to answer. Raises Invalid for a day before the letter or after today."""
    row = _chosen(ctx)
    if row.received_on is not None:
        raise Conflict(_("签收日期已经登记"))
    day = date.fromisoformat(str(ctx.inputs["received_on"]))
    if day > ctx.at.astimezone(SHANGHAI).date():
        raise Invalid(_("签收日期不能晚于今天"), field="received_on")
    if day < row.created_at.astimezone(SHANGHAI).date():
        raise Invalid(_("签收日期不能早于发出征求意见书的日期"), field="received_on")
    _save(row, received_on=day)
    kind = ctx.procedure.consultations[row.kind]
    law.start_clock(
        ctx.act, subject=(SUBJECT, row.id), name=row.kind, rule_id=ctx.rule_id(kind.rule) or kind.rule,
        started_at=min(ctx.at, datetime.combine(day, time(12), SHANGHAI)), region=ctx.case.region_code,
    )  # fmt: skip
    ctx.body |= {"consultation": row.id, "received_on": day}


def note_answer(ctx: Ctx) -> None:
    """The answer that came in time. Refused once the time has run out: then the law says what silence means."""
    row = _chosen(ctx)
    _stop(ctx, row, str(ctx.inputs["answer"]))
    files = [keep_material(ctx.act, ctx.case, code=OPINION, upload=u, purpose="consultation") for u in ctx.uploads]
    _end(row, str(ctx.inputs["answer"]), ctx.at, reason=ctx.inputs.get("reason") or "")
    ctx.body |= {"consultation": row.id, "answer": row.outcome, "files": [f.blob_id for f in files]}


def call_off(ctx: Ctx) -> None:
    """The consultation is not needed any more, or could not be delivered; why is on record."""
    row = _chosen(ctx)
    _stop(ctx, row, "called_off")
    _end(row, "called_off", ctx.at, reason=ctx.inputs["reason"])
    ctx.body["consultation"] = row.id


def note_silence(ctx: Ctx) -> None:
    """By the platform: the time ran out at the end of the clock's last day, whenever that came to be noticed."""
    row = _chosen(ctx)
    clock = clocks_of((SUBJECT, row.id), tenant_id=ctx.case.tenant_id)[-1]
    _end(row, "silent", min(clock.due_at, ctx.at))
    ctx.effective_at = row.ended_at
    ctx.body |= {"consultation": row.id, "outcome": clock.outcome}


def end_all(ctx: Ctx) -> None:
    """The case ends (withdrawn): nobody need answer any more."""
    for row in ctx.facts.consultations:
        if not row.outcome:
            _stop(ctx, row, "called_off")
            _end(row, "called_off", ctx.at)


def lapse(act: Act, *, consultation_id: UUID) -> None:
    """What follows when the one who was asked keeps silent: the act that the procedure names, on its case."""
    from tongqu.kernel.cases.operations.engine import act as act_on_case  # its effects are in this module

    row = Consultation.objects.select_related("case").get(id=consultation_id)
    kind = _kinds(row.case)[row.kind]
    act_on_case(act, case_id=row.case_id, action=kind.silent, inputs={"consultation": str(row.id)})


# --- what depends on it ----------------------------------------------------------------------------------------------


def rest(ctx: Ctx, live: Mapping[str, Clock]) -> None:
    """Let the clocks that consultations pause rest exactly while one is open, each on the ground of the first open one.

    A pause ends when the last of its consultations ended, even where the platform notices that later.
    """
    for name in {kind.pauses for kind in ctx.procedure.consultations.values()} & set(live):
        rows = [r for r in ctx.facts.consultations if ctx.procedure.consultations[r.kind].pauses == name]
        wanted = next((ctx.procedure.consultations[r.kind].ground for r in rows if not r.outcome), None)
        clock = live[name]
        held = clock.pauses[-1]["ground"] if clock.state == Clock.State.PAUSED else None
        if held == wanted:
            continue
        turned = max((r.ended_at for r in rows if r.ended_at), default=None) if held else None
        if held:
            law.resume_clock(ctx.act, clock=clock, since=turned)
        if wanted:
            law.pause_clock(ctx.act, clock=clock, ground=wanted, since=turned)


def check_ground(ctx: Ctx, code: str) -> None:
    """A ground that rests on somebody's rights needs that somebody to have been asked, and not to have agreed. Raises
    Refused."""
    needed = ground(code).needs_act
    if not needed:
        return
    kind = next((k for k in ctx.procedure.consultations.values() if k.ask == needed), None)
    outcomes = {r.outcome for r in ctx.facts.consultations if kind and r.kind == kind.code}
    rule = kind.rule if kind else None
    if not outcomes - {"", "called_off"}:
        raise Refused(
            _("以这一依据不予公开，应当先书面征求第三方意见"), code="not-consulted", rule=rule,
            remedy=_("请先征求意见"),
        )  # fmt: skip
    if outcomes <= {"agrees", "", "called_off"}:
        raise Refused(_("第三方同意公开，不能以这一依据不予公开"), code="third-party-agrees", rule=rule)


# --- parts -----------------------------------------------------------------------------------------------------------


def _kinds(case: Case) -> Mapping[str, Consulting]:
    return procedure(case.procedure_code, case.procedure_version).consultations


def _chosen(ctx: Ctx) -> Consultation:
    found = next((r for r in ctx.facts.consultations if str(r.id) == str(ctx.inputs.get("consultation"))), None)
    if found is None or found.outcome:
        raise Conflict(_("这次征求意见已经结束"))
    return found


def _stop(ctx: Ctx, row: Consultation, outcome: str) -> None:
    clock = running(clocks_of((SUBJECT, row.id), tenant_id=ctx.case.tenant_id), row.kind)
    if clock is not None:
        law.stop_clock(ctx.act, clock=clock, outcome=outcome)


def _end(row: Consultation, outcome: str, at: datetime, *, reason: str = "") -> None:
    _save(row, outcome=outcome, ended_at=at, reason=reason)


def _save(row: Consultation, **values: object) -> None:
    """Write the row if nobody did since it was read. Raises Conflict."""
    changed = Consultation.objects.filter(id=row.id, version=row.version).update(version=row.version + 1, **values)
    if not changed:
        raise Conflict()
    for name, value in (*values.items(), ("version", row.version + 1)):
        setattr(row, name, value)


__all__ = [
    "ask",
    "call_off",
    "check_ground",
    "end_all",
    "lapse",
    "note_answer",
    "note_received",
    "note_silence",
    "rest",
]
