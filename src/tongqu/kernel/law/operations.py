"""The verbs of clocks; `publication.py` has that of the register.

Clocks are started and moved inside the operation of the room that owns the subject (pass its `Act`); that operation
has asked for the permission and holds the subject's row. Called at top level they ask for `law.keep_clocks`.
A clock given as a row is changed only if nobody changed it since it was read (else Conflict); given as an id it is
locked first. One that has run out, but is not swept yet, is treated as run out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, change
from tongqu.kernel.law import events, grounds, misses, queries, register
from tongqu.kernel.law.dating import promise_days, work_out
from tongqu.kernel.law.explaining import UNITS
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.publication import publish_rules
from tongqu.kernel.law.register import load_rules
from tongqu.kernel.law.rules import Rule, china_date

__all__ = [
    "ClockSpec", "extend_clock", "load_rules", "pause_clock", "publish_rules", "resume_clock", "start_clock",
    "start_clocks", "stop_clock", "stop_clocks", "terms_of",
]  # fmt: skip

KEEP = "law.keep_clocks"


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """A clock to start. `promise` is a shorter time that was promised in public: (quantity, unit).

    `on_miss` names the consequence more narrowly (`check_overdue`) where the rule names none in law. `region`: twelve
    digits, where the rule may be set otherwise. `stated`: the number that the organ states, of a rule that leaves it
    open.
    """

    name: str
    rule_id: str
    started_at: datetime | None = None
    promise: tuple[int, str] | None = None
    on_miss: str | None = None
    region: str = ""
    stated: int | None = None


# --- starting --------------------------------------------------------------------------------------------------------


@operation("law.start_clock")
def start_clock(
    act: Act,
    *,
    subject: tuple[str, UUID],
    name: str,
    rule_id: str,
    started_at: datetime | None = None,
    promise: tuple[int, str] | None = None,
    region: str = "",
) -> Clock:
    """Start one clock under the rule in force when it starts (now, if no time is given). One insert.

    Raises Conflict where a clock of this name already runs on the subject, Invalid for a promise that is later than
    the law, and ValueError for a rule that sets no period.
    """
    _permit(act, "law.start_clock")
    return _start(act, subject, [ClockSpec(name, rule_id, started_at, promise, region=region)])[0]


@operation("law.start_clocks")
def start_clocks(act: Act, *, subject: tuple[str, UUID], specs: Sequence[ClockSpec | Mapping[str, Any]]) -> list[Clock]:
    """Start several clocks on one subject in one insert; a spec may be a mapping of the same names.

    Raises as `start_clock` does.
    """
    _permit(act, "law.start_clocks")
    if not specs:
        act.unchanged()
        return []
    return _start(act, subject, [s if isinstance(s, ClockSpec) else ClockSpec(**s) for s in specs])


def _start(act: Act, subject: tuple[str, UUID], specs: Sequence[ClockSpec]) -> list[Clock]:
    clocks = [_new(act, subject, spec) for spec in specs]
    try:
        add(clocks)  # no savepoint: on a conflict the whole operation is given up
    except IntegrityError as error:
        raise Conflict(_("同一期限已经在计算中")) from error
    for clock in clocks:
        body = {"name": clock.name, "started_at": clock.started_at, "promised_due_at": clock.promised_due_at}
        _tell(act, events.CLOCK_STARTED, clock, body)
    return clocks


def _new(act: Act, subject: tuple[str, UUID], spec: ClockSpec) -> Clock:
    start = spec.started_at or act.at
    rule = register.rule(spec.rule_id, on=china_date(start), region=spec.region)
    if rule.trust == "L":
        raise Refused(_("这是一地的规定，本地还没有采用"), code="not-adopted", rule=rule.cite)
    quantity = _quantity(rule, spec.stated)
    if spec.on_miss and rule.on_miss not in {None, "overdue", spec.on_miss}:
        raise ValueError(f"{rule.cite} says {rule.on_miss}, which a procedure cannot change to {spec.on_miss}")
    clock = Clock(
        tenant_id=act.actor.tenant_id,
        created_at=act.at,
        subject_kind=subject[0],
        subject_id=subject[1],
        name=spec.name,
        rule_id=rule.rule_id,
        rule_version=rule.version,
        started_at=start,
        quantity=quantity,
        unit=rule.unit,
        day_type=rule.day_type or "",
        terms=terms_of(rule, start),
        on_miss=spec.on_miss or rule.on_miss or "",
    )
    if spec.promise:
        clock.promise_quantity, clock.promise_unit = spec.promise
        if (clock.promise_unit, promise_days(clock)) not in UNITS:
            raise Invalid(_("承诺时限的单位不对"), field="promise")
    work_out(clock, act.at)
    if clock.promised_due_at and clock.promised_due_at > clock.due_at:
        if rule.authority:  # the region's own time is shorter than what the item promised everywhere
            clock.promise_quantity, clock.promise_unit, clock.promised_due_at = None, "", None
            return clock
        raise Invalid(_("承诺时限不能长于法定时限"), field="promise", rule=rule.cite)
    return clock


def _quantity(rule: Rule, stated: int | None) -> int:
    """How many days, by the rule, or as stated where the rule leaves it to the organ. Raises ValueError, Invalid."""
    if rule.direction != "after" or (stated is not None) != (rule.bound == "stated"):
        raise ValueError(f"{rule.cite} sets no period that a clock could measure")
    if stated is not None:
        if stated < 1:
            raise Invalid(_("期限至少为1日"), rule=rule.cite)
        return stated
    if not rule.is_period or rule.quantity is None:
        raise ValueError(f"{rule.cite} sets no period that a clock could measure")
    return rule.quantity


def terms_of(rule: Rule, on: datetime) -> dict[str, Any]:
    """What a clock keeps of its rule beside quantity, unit and day type, so that later versions cannot touch it.

    {rolls, ends, paused_by: [rule ids], extension: {quantity, needs, times}|null, on_miss_rule: cite|null}
    """
    extension = rule.extension
    consequence = register.rule(rule.on_miss_rule, on=china_date(on)).cite if rule.on_miss_rule else None
    return {
        "rolls": rule.rolls,
        "ends": rule.ends,
        "paused_by": list(rule.paused_by),
        "extension": {"quantity": extension.quantity, "needs": extension.needs, "times": extension.times}
        if extension
        else None,
        "on_miss_rule": consequence,
    }


# --- while it runs ---------------------------------------------------------------------------------------------------


@operation("law.pause_clock")
def pause_clock(act: Act, *, clock: Clock | UUID, ground: str, since: datetime | None = None) -> Clock:
    """Stop counting on a coded ground. `since`: from an earlier moment on, where what stops it began before it came to
    be recorded; never before the last pause ended.

    Refused unless the law that sets the period allows this pause, and once time has run out. Raises Invalid for an
    unknown ground and Conflict for a clock that is not running.
    """
    _permit(act, "law.pause_clock")
    clock = _held(clock)
    found = grounds.choose("pause", ground)
    if found.rule_id not in clock.terms["paused_by"]:
        raise Refused(_("这一期限依法不能以此理由暂停"), code="pause-not-allowed", rule=clock.cite)
    begun = _earlier(act, since, after=_last_of(clock))
    _still_running(act, clock, at=begun)
    clock.pauses = [*clock.pauses, {"ground": ground, "start": begun.isoformat(), "end": None}]
    clock.state = Clock.State.PAUSED
    work_out(clock, act.at)
    _save(clock)
    _tell(act, events.CLOCK_PAUSED, clock, {"ground": ground}, rule=found.cite)
    return clock


@operation("law.resume_clock")
def resume_clock(act: Act, *, clock: Clock | UUID, since: datetime | None = None) -> Clock:
    """Count on; the due date moves by the days that the pause touched. Raises Conflict if the clock is not paused.

    `since`: from an earlier moment on, where what stopped it was over before it came to be recorded.
    """
    _permit(act, "law.resume_clock")
    clock = _held(clock)
    if clock.state != Clock.State.PAUSED:
        raise Conflict(_("期限没有处于暂停之中"))
    _close_pause(clock, _earlier(act, since, after=_last_of(clock)))
    clock.state = Clock.State.RUNNING
    work_out(clock, act.at)
    _save(clock)
    last = clock.pauses[-1]
    _tell(act, events.CLOCK_RESUMED, clock, {"ground": last["ground"], "paused_at": last["start"]})
    return clock


@operation("law.extend_clock")
def extend_clock(
    act: Act,
    *,
    clock: Clock | UUID,
    rule_id: str,
    reason: str,
    approver: UUID | str,
    ground: str = "",
    quantity: int | None = None,
) -> Clock:
    """Extend by what the clock's rule declares, or by less, while time has not run out, as often as it declares.

    `rule_id` is the rule that the approver invoked and must be the clock's own; that `approver` holds the office that
    `clock.declared_extension["needs"]` names is for the caller's procedure to see. `ground`: one of the
    list, where the law names when its time may be extended. Refused otherwise.
    """
    _permit(act, "law.extend_clock")
    clock = _held(clock)
    declared = clock.declared_extension
    if declared is None or rule_id != clock.rule_id:
        raise Refused(_("这一期限依法不能延长"), code="extension-not-allowed", rule=clock.cite)
    if len(clock.extensions) >= declared["times"]:
        raise Refused(_("这一期限依法可以延长的次数已经用完"), code="extension-used-up", rule=clock.cite)
    more = declared["quantity"] if quantity is None else quantity
    if not 1 <= more <= declared["quantity"]:
        raise Refused(_("延长超过了法律允许的时间"), code="extension-too-long", rule=clock.cite)
    if not reason.strip():
        raise Invalid(_("请写明延长的理由，理由要告知申请人"), field="reason", rule=clock.cite)
    _check_extending(clock, ground, reason)
    _still_running(act, clock, paused_too=True)
    clock.extensions = [
        *clock.extensions,
        {
            "rule_id": rule_id, "quantity": more, "unit": clock.unit, "approver": str(approver),
            "reason": reason.strip(), "at": act.at.isoformat(),
        },
    ]  # fmt: skip
    work_out(clock, act.at)
    _save(clock)
    _tell(act, events.CLOCK_EXTENDED, clock, {"quantity": more, "unit": clock.unit, "approver": str(approver)})
    return clock


# --- the end ---------------------------------------------------------------------------------------------------------


def _check_extending(clock: Clock, code: str, reason: str) -> None:
    """Where grounds are listed for the clock's rule, one of them is needed."""
    listed = queries.grounds_to_extend(clock)
    if not listed and not code:
        return
    found = grounds.choose("extend", code, text=reason)
    if found not in listed:
        raise Refused(_("所选的依据不适用于这一期限"), code="ground-not-applicable", rule=clock.cite)


@operation("law.stop_clock")
def stop_clock(act: Act, *, clock: Clock | UUID, outcome: str) -> Clock:
    """The act that was owed has been done, or is no longer owed. Raises Conflict if the clock is already over.

    A clock that ran out with no legal consequence stays `missed`: `ended_at` then tells how late the act came. One
    whose consequence the law already attached (deemed accepted) cannot be stopped any more, even while the sweep that
    carries it out is still to come: Refused.
    """
    _permit(act, "law.stop_clock")
    return _stop(act, [_held(clock)], outcome)[0]


@operation("law.stop_clocks")
def stop_clocks(act: Act, *, clocks: Iterable[Clock], outcome: str) -> list[Clock]:
    """Stop all of these that are not over yet (a withdrawal, a decision)."""
    _permit(act, "law.stop_clocks")
    return _stop(act, [clock for clock in clocks if not clock.is_over], outcome)


def _stop(act: Act, clocks: list[Clock], outcome: str) -> list[Clock]:
    for clock in clocks:
        if clock.is_over:
            raise Conflict(_("期限已经结束"))
        if _has_run_out(clock, act.at) and misses.has_consequence(clock):
            raise Refused(
                _("期限已经届满，法律规定的后果已经发生"), code="time-has-run-out", rule=clock.consequence_cite,
                remedy=_("请稍后刷新页面，查看最新状态"),
            )  # fmt: skip
        if clock.state == Clock.State.PAUSED:
            _close_pause(clock, act.at)
            work_out(clock, act.at)
        if clock.state != Clock.State.MISSED:
            clock.state = Clock.State.STOPPED
        clock.outcome, clock.ended_at = outcome, act.at
        _save(clock)
        late = clock.due_at < act.at and not clock.provisional
        _tell(act, events.CLOCK_STOPPED, clock, {"outcome": outcome, "late": late})
    if not clocks:
        act.unchanged()
    return clocks


# --- parts -----------------------------------------------------------------------------------------------------------


def _permit(act: Act, verb: str) -> None:
    if act.verb == verb:  # at top level; inside another operation that one has asked
        act.require(KEEP)


def _held(clock: Clock | UUID) -> Clock:
    if isinstance(clock, Clock):
        return clock
    found = Clock.objects.select_for_update().filter(id=clock).first()
    if found is None:
        raise NotFound()
    return found


def _earlier(act: Act, moment: datetime | None, *, after: datetime) -> datetime:
    """That moment, which lies in the past but not before `after`; now, where none is given."""
    return act.at if moment is None else max(min(moment, act.at), after)


def _last_of(clock: Clock) -> datetime:
    """The latest moment that its pauses name, else its start."""
    named = [pause.end or pause.start for pause in clock.pause_list]
    return max([clock.started_at, *named])


def _still_running(act: Act, clock: Clock, *, paused_too: bool = False, at: datetime | None = None) -> None:
    allowed = {Clock.State.RUNNING, Clock.State.PAUSED} if paused_too else {Clock.State.RUNNING}
    if clock.state not in allowed:
        raise Conflict(_("期限不在计算中"))
    if _has_run_out(clock, at or act.at):
        raise Refused(_("期限已经届满，不能再暂停或者延长"), code="time-has-run-out", rule=clock.cite)


def _has_run_out(clock: Clock, at: datetime) -> bool:
    return clock.state == Clock.State.RUNNING and clock.due_at < at and not clock.provisional


def _close_pause(clock: Clock, at: datetime) -> None:
    clock.pauses = [*clock.pauses[:-1], {**clock.pauses[-1], "end": at.isoformat()}]


_MUTABLE = (
    "pauses", "extensions", "due_at", "provisional", "promised_due_at", "state", "outcome", "missed_at", "ended_at",
)  # fmt: skip


def _save(clock: Clock) -> None:
    """Write the row if it is still the version that was read. One update. Raises Conflict."""
    values = {name: getattr(clock, name) for name in _MUTABLE}
    if not change(Clock, {**values, "version": clock.version + 1}, id=clock.id, version=clock.version):
        raise Conflict()
    clock.version += 1


def _tell(act: Act, kind: str, clock: Clock, body: dict[str, Any], *, rule: str | None = None) -> None:
    facts = {
        "subject": [clock.subject_kind, clock.subject_id], "name": clock.name, "due_at": clock.due_at,
        "provisional": clock.provisional, "state": clock.state,
    }  # fmt: skip
    act.emit(kind, subject=("clock", clock.id), version=clock.version, body={**facts, **body}, rule=rule or clock.cite)
