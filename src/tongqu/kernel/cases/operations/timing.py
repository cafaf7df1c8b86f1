"""What an act does to the clocks of its case, as its procedure declares it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.cases import definition, guards, renewing
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.operations import consulting
from tongqu.kernel.law import operations as law
from tongqu.kernel.law.models import Clock

FAR = datetime(9999, 1, 1, tzinfo=UTC)  # sorts cases without a running clock last


def apply(ctx: Ctx) -> list[Clock]:
    """Stop, pause, resume, extend and start; return the clocks that run or stand afterwards."""
    spec = ctx.action.clocks
    clocks = [] if ctx.case.state == "draft" else list(ctx.facts.clocks)
    live = {c.name: c for c in clocks if not c.is_over}
    if outcome := spec.get("stop_all"):
        for clock in live.values():
            law.stop_clock(ctx.act, clock=clock, outcome=outcome)
        return []
    for stop in spec.get("stop", ()):
        if stop["name"] in live and ("when" not in stop or guards.holds(stop["when"], ctx.facts, ctx.who)):
            law.stop_clock(ctx.act, clock=live.pop(stop["name"]), outcome=stop["outcome"])
    for name in spec.get("pause", ()):
        if name in live and live[name].state == Clock.State.RUNNING:
            law.pause_clock(ctx.act, clock=live[name], ground=ctx.inputs["ground"])
    for name in spec.get("resume", ()):
        if name in live and live[name].state == Clock.State.PAUSED:
            law.resume_clock(ctx.act, clock=live[name])
    for name in spec.get("extend", ()):
        if name in live:
            law.extend_clock(
                ctx.act, clock=live[name], rule_id=live[name].rule_id,
                ground=ctx.inputs.get("ground") or "", reason=ctx.inputs["reason"], approver=ctx.actor.account_id,
            )  # fmt: skip
    started = _start(ctx, clocks)
    live |= {clock.name: clock for clock in started}
    consulting.rest(ctx, live)
    return list(live.values())


def due_of(clocks: list[Clock]) -> tuple[datetime, bool]:
    """The earliest date that runs or has passed with the act still owed, for sorting the work list, and whether it is
    provisional; far away when there is none."""
    owed = [(c.due_at, c.provisional) for c in clocks if not c.is_over and c.state != Clock.State.PAUSED]
    return min(owed, default=(FAR, False))


def _start(ctx: Ctx, clocks: list[Clock]) -> list[Clock]:
    specs = []
    for start in ctx.action.clocks.get("start", ()):
        rule_id = ctx.rule_id(start["rule"])
        if rule_id is None:
            continue  # the item's rules set no such time
        since = _since(ctx, clocks, start.get("from"))
        if since is None or ("when" in start and not guards.holds(start["when"], ctx.facts, ctx.who)):
            continue
        stated = _stated(ctx, start["length"]) if "length" in start else None
        specs.append(
            {"name": start["name"], "rule_id": rule_id, "started_at": since, "on_miss": start["on_miss"],
             "promise": definition.promise(ctx.package, start["name"]), "region": ctx.case.region_code,
             "stated": stated}
        )  # fmt: skip
    return law.start_clocks(ctx.act, subject=("case", ctx.case.id), specs=specs) if specs else []


def _stated(ctx: Ctx, name: str) -> int:
    """The number of days in an input. Raises Invalid for part of a day."""
    said = str(ctx.inputs[name])
    if not said.isdecimal():
        raise Invalid(fields={name: _("请填写整数")})
    return int(said)


def _since(ctx: Ctx, clocks: list[Clock], what: str | None) -> datetime | None:
    """Where a clock starts: now, or at what its procedure names; None where that never comes about."""
    if what == "received":
        return _received(ctx, clocks)
    return renewing.expiry_to_watch(ctx.case, ctx.package, ctx.at) if what == "expiry" else ctx.at


def _received(ctx: Ctx, clocks: list[Clock]) -> datetime:
    """When the materials under judgement were received: the start of the latest notice clock."""
    return max((c.started_at for c in clocks if c.name == "notice"), default=ctx.case.received_at or ctx.at)
