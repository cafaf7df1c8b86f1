"""听证 (L14): told of the right, asked for in time, set with the notice the law wants, held, recorded."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.models import Hearing
from tongqu.kernel.cases.operations.drafts import keep_material
from tongqu.kernel.law import register
from tongqu.kernel.law.rules import due


def tell(ctx: Ctx) -> None:
    Hearing.objects.create(tenant_id=ctx.case.tenant_id, case=ctx.case, told_at=ctx.at, created_at=ctx.at)
    ctx.sealed["reason"] = ctx.inputs["reason"]


def ask(ctx: Ctx) -> None:
    _save(_of(ctx), asked_at=ctx.at)
    if ctx.inputs.get("reason"):
        ctx.sealed["reason"] = ctx.inputs["reason"]


def waive(ctx: Ctx) -> None:
    _save(_of(ctx), waived_at=ctx.at)


def set_day(ctx: Ctx) -> None:
    """Refused when the parties would learn of it later than the law wants before the day (L14.notice)."""
    planned = date.fromisoformat(str(ctx.inputs["planned_on"]))
    rule = ctx.rule("L14.notice")
    latest = due(rule, datetime.combine(planned, time(12), SHANGHAI), calendar=register.calendar()).at
    if latest < ctx.at:
        raise Invalid(
            _("应当在举行听证的%(days)s个工作日前通知，请选更晚的日期") % {"days": rule.quantity},
            field="planned_on", rule="L14.notice",
        )  # fmt: skip
    _save(_of(ctx), planned_on=planned, place=ctx.inputs["place"], set_at=ctx.at)
    ctx.body |= {"planned_on": planned}
    ctx.sealed["place"] = ctx.inputs["place"]


def record(ctx: Ctx) -> None:
    """Whoever records it chaired it; the signed record is a file of the case."""
    hearing = _of(ctx)
    held = date.fromisoformat(str(ctx.inputs["held_on"]))
    if held > ctx.at.astimezone(SHANGHAI).date():
        raise Invalid(_("举行日期不能晚于今天"), field="held_on")
    if hearing.planned_on and held < hearing.planned_on:
        raise Invalid(_("举行日期不能早于通知的日期"), field="held_on", rule="L14.notice")
    files = [keep_material(ctx.act, ctx.case, code="hearing", upload=u, purpose="hearing") for u in ctx.uploads]
    _save(hearing, held_on=held, summary=ctx.inputs["summary"], chaired_by=ctx.account_id, chair_name=ctx.actor.name)
    ctx.body |= {"held_on": held, "chair": ctx.account_id, "record": [f.blob_id for f in files]}
    ctx.sealed["summary"] = ctx.inputs["summary"]


def _of(ctx: Ctx) -> Hearing:
    found = Hearing.objects.filter(case=ctx.case).first()
    if found is None:
        raise Conflict()
    return found


def _save(hearing: Hearing, **values: object) -> None:
    changed = Hearing.objects.filter(id=hearing.id, version=hearing.version).update(
        **values, version=hearing.version + 1
    )
    if not changed:
        raise Conflict()
