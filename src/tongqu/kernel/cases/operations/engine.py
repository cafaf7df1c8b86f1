"""act(case, action, actor, inputs): the one call by which a case moves.

It asks `rules` whether the action may be taken, reads the inputs by the definition that also draws the form, lets
the action's effect change the case, moves the clocks, saves, and records one event that cites the rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import kinds, networks
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, OnRecord, Refused, StrongerLoginNeeded
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, change, fetch_one, written
from tongqu.kernel.cases import events, guards, rules
from tongqu.kernel.cases import inputs as input_forms
from tongqu.kernel.cases.context import Ctx, LoadedFacts, Upload, open_case, who_is
from tongqu.kernel.cases.facts import Blocker
from tongqu.kernel.cases.models import Case, CaseParty, CaseUnit
from tongqu.kernel.cases.operations import consulting, timing, upper
from tongqu.kernel.cases.operations.effects import EFFECTS
from tongqu.kernel.cases.procedure import Action
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.law.models import Clock
from tongqu.kernel.records.operations import Drawn

if TYPE_CHECKING:
    from tongqu.kernel.cases.archiving import PackedAhead

RELATIONS = {"applicant", "helper", "officer", "system"}


@operation("cases.act")
@in_hand()
def act(
    act: Act,
    *,
    case_id: UUID,
    action: str,
    inputs: Mapping[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
    expected_version: int | None = None,
    upper_no: str | None = None,
    judged: LoadedFacts | None = None,
    ahead: Drawn | PackedAhead | None = None,
) -> dict[str, Any]:
    """Take one action of the case's procedure.

    `inputs` are the fields of the action's form. Brought to a submission (`upper.py`): `upper_no`, and `judged`, what
    was made of the row to see whether to ask for that number. Brought to an act of the platform: what it files, made
    `ahead` of the transaction. Raises NotFound for a stranger, NotPermitted, Conflict when the version moved on or the
    state no longer allows it, Refused with the rule, Invalid with the fields at fault.
    """
    case = _locked(act, case_id)
    procedure, package, facts = open_case(case)
    if judged is not None:
        facts.take_over(judged)
    who = who_is(act.actor, case, procedure, facts)
    if not who.relations and (not who.verbs or case.state == "draft"):
        raise NotFound()
    if case.state == "draft" and case.ended_at:
        raise NotFound()
    wanted = procedure.actions.get(action)
    if wanted is None or not _taken_here(wanted):
        raise NotFound()
    act.allow(True)
    if who.involved and who.holds(wanted) and not who.fits(wanted):
        raise Refused(_("这是与您本人有利害关系的办件，应当回避"), code="own-case", remedy=_("请交由其他工作人员办理"))
    if not who.fits(wanted):
        raise NotPermitted()
    if expected_version is not None and expected_version != case.version:
        raise Conflict()
    _refuse_if_blocked(case, wanted, rules.blockers(wanted, facts, who), facts)

    ctx = Ctx(act, case, procedure, package, facts, who, wanted, {}, uploads, upper_no=upper_no, ahead=ahead)
    ctx.inputs = input_forms.read(ctx, inputs or {})
    return _carry_out(ctx)


def _taken_here(action: Action) -> bool:
    """Whether the network this process serves has anybody who takes such an act; for the other's there is none."""
    return any(networks.serves("public" if who == "applicant" else "staff") for who in action.by)


def take(act: Act, case: Case, action: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """One action as a part of a larger act that holds the case's row and has checked its own permission and input.

    What stands in the way stands in the way here too. Raises NotPermitted, Conflict, Refused.
    """
    procedure, package, facts = open_case(case)
    who = who_is(act.actor, case, procedure, facts)
    wanted = procedure.actions[action]
    if who.involved and who.holds(wanted) and not who.fits(wanted):
        raise Refused(_("这是与您本人有利害关系的办件，应当回避"), code="own-case", remedy=_("请交由其他工作人员办理"))
    if not who.fits(wanted):
        raise NotPermitted()
    _refuse_if_blocked(case, wanted, rules.blockers(wanted, facts, who), facts)
    return _carry_out(Ctx(act, case, procedure, package, facts, who, wanted, inputs))


def _locked(act: Act, case_id: UUID) -> Case:
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    if case is None:
        raise NotFound()
    return case


def _refuse_if_blocked(case: Case, action: Action, found: Sequence[Blocker], facts: LoadedFacts) -> None:
    if not found:
        return
    first = found[0]
    if first.code == "wrong-state":
        raise Conflict(first.message)
    if first.code == "stronger-login":
        raise StrongerLoginNeeded(first.message)
    if first.code == "form-incomplete" and "applicant" in action.by:
        raise Invalid(first.message, code=first.code, fields=facts.form_errors)
    record = None
    if any(b.report for b in found):
        record = OnRecord(
            events.ACT_REFUSED, "case", case.id, {"action": action.code, "why": first.code}, rule=first.rule
        )
    raise Refused(first.message, code=first.code, rule=first.rule, on_record=record)


def _carry_out(ctx: Ctx) -> dict[str, Any]:
    case, before, rule = ctx.case, ctx.case.state, _cite(ctx)
    was = dict(vars(case))
    after = ctx.action.target(before, lambda condition: guards.holds(condition, ctx.facts, ctx.who))
    if effect := EFFECTS.get(ctx.action.code):
        effect(ctx)
    clocks = timing.apply(ctx)
    case.state = after
    case.version += 1
    case.updated_at = ctx.at
    case.tally = {**case.tally, ctx.action.code: case.tally.get(ctx.action.code, 0) + 1}
    if ctx.procedure.states[after].ended and case.ended_at is None:
        case.ended_at = ctx.at
        consulting.end_all(ctx)
    _save(case, was)
    _relate(ctx, is_open=not ctx.procedure.states[after].ended, clocks=clocks)
    ctx.act.emit(
        kinds.kind(f"cases.{ctx.action.code}").name,
        subject=("case", case.id), version=case.version, rule=rule, effective_at=ctx.effective_at,
        body={"action": ctx.action.code, "from": before, "to": after, "definition": case.package_hash, **ctx.body},
        sealed=(case.applicant_id, ctx.sealed) if ctx.sealed else None,
    )  # fmt: skip
    return {"case_id": str(case.id), "state": after, "version": case.version, "case_no": case.case_no}


def _save(case: Case, was: Mapping[str, Any]) -> None:
    """Write only if nobody wrote since we read: the second of two clerks gets a conflict on any database.

    Only what became another value than it `was`, for a database goes through its indexes for each column that is named;
    and every list and map, which lie in no index and may have been changed in place.
    """
    columns = [field.attname for field in written(Case)]
    values = {name: value for name in columns if _may_be_other(value := getattr(case, name), was[name])}
    try:
        saved = change(Case, values, id=case.id, version=case.version - 1)
    except IntegrityError as error:  # no savepoint: on a conflict the whole operation is given up
        if upper.is_taken(error):
            raise upper.taken() from error
        if not _renewed_twice(error):
            raise
        raise Conflict(_("同样的申请正在办理，请刷新页面再看")) from error
    if not saved:
        raise Conflict()


def _renewed_twice(error: IntegrityError) -> bool:
    """Whether `one_renewal_at_a_time` said no. PostgreSQL names the constraint, SQLite its column."""
    said = str(error)
    return "one_renewal_at_a_time" in said or said.endswith(f" {Case._meta.db_table}.renews")


def _may_be_other(value: Any, was: Any) -> bool:
    return isinstance(value, dict | list) or (value is not was and bool(value != was))


def _relate(ctx: Ctx, *, is_open: bool, clocks: list[Clock]) -> None:
    """Copy what lists filter and sort by onto the rows that they are served from."""
    case = ctx.case
    change(CaseParty, {"is_open": is_open, "touched_at": ctx.at}, case_id=case.id)
    due, provisional = timing.due_of(clocks)
    moving = {
        "state": case.state, "is_open": is_open, "due_at": due, "provisional": provisional, "changed_at": ctx.at,
        "decided_at": case.decided_at,
    }  # fmt: skip
    if ctx.action.code == "submit":
        unit = CaseUnit(
            tenant_id=case.tenant_id, case_id=case.id, unit_id=ctx.unit_id, created_at=ctx.at,
            item_code=case.item_code, region_code=case.region_code, channel=case.channel,
            received_at=case.received_at or ctx.at, **moving,
        )  # fmt: skip
        add([unit])
    else:
        change(CaseUnit, moving, case_id=case.id)


def _cite(ctx: Ctx) -> str | None:
    rule_id = ctx.rule_id(ctx.action.rule)
    return ctx.rule(rule_id).cite if rule_id else None
