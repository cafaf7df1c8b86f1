"""What each act changes besides the state: one function an action, all changes in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.statements import add
from tongqu.kernel.cases import counter, definition, erasing, numbers
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.models import DISCLOSED, Decision, Opinion, Rating
from tongqu.kernel.cases.operations import (
    checks,
    consulting,
    corrections,
    hearings,
    in_person,
    results,
    serving,
    supplement,
    upper,
)
from tongqu.kernel.cases.operations.bans import record_ban
from tongqu.kernel.cases.operations.drafts import keep_material
from tongqu.kernel.cases.rules import unmet
from tongqu.kernel.directory.queries import lead_unit
from tongqu.kernel.identity.operations.rights import destroy_person_key
from tongqu.kernel.identity.queries_rights import assess, subject_of
from tongqu.kernel.law.grounds import ground, grounds_for

Effect = Callable[[Ctx], None]


def submit(ctx: Ctx) -> None:
    """Number the case, give it to the unit that leads the matter there, freeze what was entered."""
    case = ctx.case
    unit = lead_unit(ctx.package.item["matter"], case.region_code, tenant_id=case.tenant_id)
    case.unit_id, case.unit_name = unit.id, {"zh-Hans": unit.name, **unit.names}
    case.received_at = ctx.at
    case_no, receipt_no = numbers.case_and_receipt(
        case.tenant_id, region_code=unit.region_code, on=ctx.at.astimezone(SHANGHAI).date(), unit_id=unit.id
    )
    if ctx.inputs.get("e_service"):
        agreed_by = str(ctx.actor.account_id) if ctx.actor.account_id else None
        case.service_consent = {"by": "submit", "at": ctx.at.isoformat(), "agreed_by": agreed_by}
        ctx.body["e_service"] = True
    if ctx.inputs.get("child_consent"):
        ctx.body["child_consent"] = True
    numbers.put(case, case_no=case_no, receipt_no=receipt_no)
    values = ctx.facts.entries
    by = counter.confirmed_by(case) if "helper" in ctx.who.relations else ctx.actor.account_id
    definition.confirm(case, by=by, package=ctx.package, values=values, fresh=values)
    ctx.body |= {"case_no": case_no, "receipt_no": receipt_no, "unit": case.unit_id}
    if ctx.upper_no and not case.upper_no:
        upper.put(ctx.act, case, ctx.upper_no)
    if case.upper_no:
        ctx.body["upper_no"] = case.upper_no
    if licence := ctx.facts.renewed_licence:
        case.renews = licence.id
        ctx.body["renews"] = licence.id
    ctx.body |= counter.on_record(case)
    ctx.sealed["values"] = values


def withdraw(ctx: Ctx) -> None:
    ctx.case.outcome = "withdrawn"
    if ctx.inputs.get("reason"):
        ctx.sealed["reason"] = ctx.inputs["reason"]


# --- acceptance ------------------------------------------------------------------------------------------------------


def accept(ctx: Ctx) -> None:
    ctx.case.accepted_at = ctx.at


def deem_accepted(ctx: Ctx) -> None:
    """Accepted as from the day the materials were received, not from the day the time ran out (L2)."""
    since = max((c.started_at for c in ctx.facts.clocks if c.name == "notice"), default=ctx.case.received_at or ctx.at)
    ctx.case.accepted_at = since
    ctx.effective_at = since
    ctx.body["accepted_as_from"] = since


def deem_given_up(ctx: Ctx) -> None:
    ctx.case.outcome = "given_up"
    ctx.body["unmet"] = list(unmet(ctx.case.demands))


def not_accept(ctx: Ctx) -> None:
    ctx.case.outcome, ctx.case.decided_at = "not_accepted", ctx.at
    _decide(ctx, "not_accept", ground_code=ctx.inputs["ground"])
    _bar(ctx)


# --- review ----------------------------------------------------------------------------------------------------------


def give_opinion(ctx: Ctx) -> None:
    opinion = Opinion(
        tenant_id=ctx.case.tenant_id, case=ctx.case, account_id=ctx.account_id, account_name=ctx.actor.name,
        unit_id=ctx.actor.unit_id, recommendation=ctx.inputs["recommendation"], reason=ctx.inputs["reason"],
        created_at=ctx.at,
    )  # fmt: skip
    add([opinion])
    ctx.body["recommendation"] = ctx.inputs["recommendation"]
    if ctx.inputs.get("examined"):
        ctx.body["examined"] = True
    ctx.sealed["reason"] = ctx.inputs["reason"]


def pause(ctx: Ctx) -> None:
    ctx.body |= {"ground": ctx.inputs["ground"], "expected_days": str(ctx.inputs["expected_days"])}


def extend(ctx: Ctx) -> None:
    if ctx.inputs.get("ground"):
        ctx.body["ground"] = ctx.inputs["ground"]
    ctx.sealed["reason"] = ctx.inputs["reason"]


# --- decision --------------------------------------------------------------------------------------------------------


def grant(ctx: Ctx) -> None:
    ctx.case.outcome, ctx.case.decided_at = "granted", ctx.at
    valid_from, valid_to = results.validity(ctx)
    _decide(ctx, "grant", valid_from=valid_from, valid_to=valid_to)


def deem_renewed(ctx: Ctx) -> None:
    """L15: renewed as from the day the old term ended, not from the moment the platform noticed."""
    since = max((c.due_at for c in ctx.facts.clocks if c.name == "renewal"), default=ctx.at)
    ctx.case.outcome, ctx.case.decided_at, ctx.effective_at = "granted", since, since
    valid_from, valid_to = results.validity_after(ctx)
    _decide(ctx, "grant", valid_from=valid_from, valid_to=valid_to)
    ctx.body["renewed_as_from"] = since


def refuse(ctx: Ctx) -> None:
    """A refusal rests on a coded ground with its article; the ground may bar a new application for a time."""
    ctx.case.outcome, ctx.case.decided_at = "refused", ctx.at
    _decide(ctx, "refuse", ground_code=ctx.inputs["ground"])
    _bar(ctx)


def _bar(ctx: Ctx) -> None:
    """The ban that the chosen ground carries, where the item's package takes that ban over."""
    ban_rule = ground(ctx.inputs["ground"]).ban_rule
    if ban_rule and ban_rule in definition.bans(ctx.package):
        record_ban(
            ctx.act, party_id=ctx.case.applicant_id, item_code=ctx.case.item_code, rule=ban_rule,
            until=results.ban_until(ctx, ban_rule), reason=ctx.inputs["ground"],
            source_case_id=ctx.case.id,
        )  # fmt: skip


def _decide(ctx: Ctx, kind: str, *, ground_code: str = "", **dates: Any) -> None:
    """Put the decision on record, with its ground, reason and rule."""
    rule_id = ground(ground_code).rule_id if ground_code else ctx.rule_id(ctx.action.rule)
    reason = ctx.inputs.get("reason") or ""
    if ctx.inputs.get("right_organ"):
        reason = f"{reason}\n" + str(_("应当向以下机关申请：%(organ)s") % {"organ": ctx.inputs["right_organ"]})
    decision = Decision(
        tenant_id=ctx.case.tenant_id, case=ctx.case, kind=kind, ground=ground_code, reason=reason,
        rule=ctx.rule(rule_id).cite if rule_id else "", decided_by=ctx.actor.account_id,
        decided_at=ctx.effective_at or ctx.at,
        created_at=ctx.at, **dates,
    )  # fmt: skip
    add([decision])
    ctx.body |= {"decision": kind} | ({"ground": ground_code} if ground_code else {})
    if reason:
        ctx.sealed["reason"] = reason


# --- the end ---------------------------------------------------------------------------------------------------------


def rate(ctx: Ctx) -> None:
    rating = Rating(
        tenant_id=ctx.case.tenant_id, case=ctx.case, item_code=ctx.case.item_code, unit_id=ctx.unit_id,
        level=int(ctx.inputs["level"]), comment=ctx.inputs.get("comment") or "", created_at=ctx.at,
    )  # fmt: skip
    add([rating])
    ctx.body["level"] = int(ctx.inputs["level"])


def end_licence(ctx: Ctx) -> None:
    """撤回、撤销、注销 (L19): the licence stops being valid; a ground may bar a new application."""
    results.end_licence(ctx)
    _decide(ctx, ctx.action.code, ground_code=ctx.inputs["ground"])
    _bar(ctx)


# --- open government information -------------------------------------------------------------------------------------


def more_time(ctx: Ctx) -> None:
    """I11: the applicant has good reason not to have completed it yet."""
    ctx.body["days"] = str(ctx.inputs["supply_days"])
    ctx.sealed["reason"] = ctx.inputs["reason"]


OUTCOMES = {
    "disclose": "disclosed", "disclose_overriding": "disclosed", "disclose_part": "partly_disclosed",
    "withhold": "withheld", "answer_otherwise": "answered_otherwise",
}  # fmt: skip


def answer(ctx: Ctx) -> None:
    """I16: each answer rests on a ground of its own list; what is disclosed may be handed over as files."""
    code = ctx.inputs.get("ground") or grounds_for(ctx.action.code, ctx.case.item_code)[0].code
    consulting.check_ground(ctx, code)
    ctx.case.outcome, ctx.case.decided_at = OUTCOMES[ctx.action.code], ctx.at
    files = [keep_material(ctx.act, ctx.case, code=DISCLOSED, upload=u, purpose="disclosure") for u in ctx.uploads]
    if files:
        ctx.body["disclosed"] = [row.blob_id for row in files]
    _decide(ctx, ctx.action.code, ground_code=code)


# --- requests about personal information -----------------------------------------------------------------------------


def comply(ctx: Ctx) -> None:
    ctx.case.outcome, ctx.case.decided_at = "complied", ctx.at
    _decide(ctx, "comply", ground_code=ctx.inputs["ground"])


def decline(ctx: Ctx) -> None:
    ctx.case.outcome, ctx.case.decided_at = "declined", ctx.at
    _decide(ctx, "decline", ground_code=ctx.inputs["ground"])


def approve_erasure(ctx: Ctx) -> None:
    """Agreed, and what the law keeps all the same is told one by one, with its source."""
    ctx.case.decided_at = ctx.at
    kept = assess(subject_of(ctx.case.applicant_id), ctx.at, without=ctx.case.id).kept
    lines = [ctx.inputs.get("reason") or "", *(f"依法仍要保存：{h.what}（{ground(h.ground).source}）" for h in kept)]
    ctx.inputs["reason"] = "\n".join(line for line in lines if line)
    _decide(ctx, "approve_erasure", ground_code=ctx.inputs["ground"])


def erase(ctx: Ctx) -> None:
    """Destroy the applicant's key on the ground that was decided; this case is blanked with all the others."""
    decision = ctx.case.decisions.filter(kind="approve_erasure").order_by("-id").first()
    if decision is None:
        raise Conflict()
    done = destroy_person_key(ctx.act, party_id=ctx.case.applicant_id, ground=decision.ground, request_id=ctx.case.id)
    erasing.blank(ctx.case)
    ctx.case.outcome = "erased"
    ctx.body |= {"ground": decision.ground, "kept": done["kept"]}


EFFECTS: dict[str, Effect] = {
    "comply": comply,
    "decline": decline,
    "approve_erasure": approve_erasure,
    "erase": erase,
    "submit": submit,
    "withdraw": withdraw,
    "request_supplement": supplement.request,
    "remind_supplement": supplement.remind,
    "supply": supplement.supply,
    "allow_correction": corrections.allow,
    "correct": corrections.correct,
    "correct_in_person": corrections.correct_in_person,
    "supply_in_person": in_person.supply,
    "withdraw_in_person": in_person.signed(withdraw),
    "ask_hearing_in_person": in_person.signed(hearings.ask),
    "accept": accept,
    "deem_accepted": deem_accepted,
    "deem_given_up": deem_given_up,
    "not_accept": not_accept,
    "assign_check": checks.assign,
    "record_check": checks.record,
    "sign_check": checks.sign,
    "order_rectification": checks.order_rectification,
    "confirm_rectification": checks.confirm_rectification,
    "give_opinion": give_opinion,
    "pause": pause,
    "extend": extend,
    "grant": grant,
    "deem_renewed": deem_renewed,
    "refuse": refuse,
    "retract": end_licence,
    "annul": end_licence,
    "deregister": end_licence,
    "tell_hearing": hearings.tell,
    "ask_hearing": hearings.ask,
    "waive_hearing": hearings.waive,
    "set_hearing": hearings.set_day,
    "record_hearing": hearings.record,
    "issue": results.issue,
    "deliver": serving.deliver,
    "rate": rate,
    "archive": results.archive,
    "allow_more_time": more_time,
    "consult_third_party": consulting.ask,
    "consult_co_maker": consulting.ask,
    "note_consultation_received": consulting.note_received,
    "note_consultation_answer": consulting.note_answer,
    "call_off_consultation": consulting.call_off,
    "third_party_silent": consulting.note_silence,
    "co_maker_silent": consulting.note_silence,
    "disclose": answer,
    "disclose_part": answer,
    "disclose_overriding": answer,
    "withhold": answer,
    "answer_otherwise": answer,
}
