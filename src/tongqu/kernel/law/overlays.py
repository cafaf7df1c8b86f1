"""Rules set otherwise in one region: put on record by an administrator, ended sooner, held by every process.

`read` reads a file, `preview` says what would be otherwise and for whom, `load_overlay` puts it on record,
`end_overlay` brings its last day forward or withdraws it before it begins, `refresh` takes what another process loaded.
Which rule is in force when a period starts decides (`register.rule(…, region=…)`): clocks that run keep theirs. So that
no process can be behind, nothing begins or ends before the next day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.law import datafiles, events, register
from tongqu.kernel.law.datafiles import BadFile, Problem
from tongqu.kernel.law.models import RuleOverlay
from tongqu.kernel.law.overlay_rules import NAME, PILOT, made, overlaid, region_of
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.ui.forms import lone_text

VERB = "law.publish_rules"
LONGEST = 20_000  # characters of a file
LONGEST_REASON = 500

_seen: dict[str, Any] = {"rows": 0, "versions": None}


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be otherwise. `narrower`: rules of items under this one, which keep their own number."""

    rule: Rule
    base: Rule
    narrower: tuple[str, ...]


def read(text: str) -> dict[str, Any]:
    """The document that a file holds, not yet checked. Raises BadFile."""
    if len(text) > LONGEST:
        raise BadFile([Problem(NAME, "", "", str(_("文件太大，一条规则不会有这么长")))])
    return checked(datafiles.parse(text, NAME))


def checked(document: Any) -> dict[str, Any]:
    """The same document if it has the right form. Raises BadFile."""
    if problems := datafiles.check(document, "overlay", NAME, rows="", name=""):
        raise BadFile(problems)
    return dict(document)


def preview(document: Mapping[str, Any]) -> Preview:
    """The rule as it would be, beside the one in force. Raises BadFile. No query."""
    base = _base(document)
    found = overlaid(document, base, _others(document), _ceilings(base))
    if found.effective_from is not None and found.effective_from <= today().date():
        message = _("最早从明天起生效：正在计算的期限按起算时的规则，不能回头更改")
        raise BadFile([Problem(NAME, found.rule_id, "effective_from", str(message))])
    narrower = tuple(one.rule_id for one in register.rules() if found.rule_id in one.specialises)
    assert base is not None  # `overlaid` refuses
    return Preview(found, base, narrower)


def _base(document: Mapping[str, Any]) -> Rule | None:
    try:
        return register.rule(str(document.get("rule_id")), date.fromisoformat(str(document.get("effective_from"))))
    except (register.UnknownRule, ValueError):
        return None


def _others(document: Mapping[str, Any]) -> list[Rule]:
    rule_id = str(document.get("rule_id"))
    return [*register.overlays_of(rule_id), *(r for r in register.all_versions() if r.rule_id == rule_id)]


def _ceilings(base: Rule | None) -> dict[str, Rule]:
    found = ((name, register.latest(name)) for name in (base.specialises if base else ()))
    return {name: rule for name, rule in found if rule is not None}


@operation("law.load_overlay")
def load_overlay(act: Act, *, document: dict[str, Any]) -> UUID:
    """Put a rule set otherwise on record; answers with the id of the row.

    The right is needed for the region. Raises BadFile (nothing is kept), Conflict where the version is on record.
    """
    act.require(VERB, Scope(region_code=str(document.get("region", "")).ljust(12, "0")))
    refresh()
    if RuleOverlay.objects.filter(rule_id=document.get("rule_id"), rule_version=document.get("version")).exists():
        raise Conflict(_("这一版本已经载入，内容不能更改，请另取名称"), remedy="")
    found = preview(document)
    rule = found.rule
    row = RuleOverlay(
        tenant_id=act.actor.tenant_id, created_at=act.at, rule_id=rule.rule_id, rule_version=rule.version,
        region_code=document["region"].ljust(12, "0"), base=found.base.cite, document=document, digest=rule.digest,
        loaded_by=act.actor.account_id, effective_to=rule.effective_to,
    )  # fmt: skip
    row.save(force_insert=True)
    act.emit(
        events.OVERLAY_LOADED, subject=("rule_overlay", row.id), rule=register.rule(PILOT).cite,
        body={
            "rule": rule.cite, "base": row.base, "region": row.region_code, "digest": row.digest,
            "authority": document["authority"], "effective_to": rule.effective_to,
        },
    )  # fmt: skip
    transaction.on_commit(refresh)
    return row.id


@operation("law.end_overlay")
def end_overlay(act: Act, *, overlay_id: UUID, last_day: date, reason: str) -> None:
    """Bring the last day forward, from today at the earliest; `reason` names the document that ends it.

    The day before it would begin withdraws one that is still to come. Clocks that run keep their rule. Raises NotFound,
    Invalid (`last_day`, `reason`), Conflict (over or withdrawn already).
    """
    row = RuleOverlay.objects.select_for_update().filter(id=overlay_id, tenant_id=act.actor.tenant_id).first()
    act.require(VERB, Scope(region_code=row.region_code if row else None))
    if row is None:
        raise NotFound()
    rule = rule_of(row)
    if rule.withdrawn:
        raise Conflict(_("这一设定没有生效就已撤回"), remedy="")
    if rule.effective_to and rule.effective_to < today().date():
        raise Conflict(_("这一设定已经到期"), remedy="")
    if errors := _of_ending(rule, last_day):
        raise Invalid(fields=errors)
    said = lone_text.line(
        reason, field="reason", most=LONGEST_REASON,
        missing=_("请写明提前终止所依据的文件，不超过%(n)d个字") % {"n": LONGEST_REASON},
    )  # fmt: skip
    row.effective_to, row.ended_by, row.ended_reason = last_day, act.actor.account_id, said
    row.version += 1
    row.save(update_fields=["effective_to", "ended_by", "ended_reason", "version"])
    act.emit(
        events.OVERLAY_ENDED, subject=("rule_overlay", row.id), version=row.version, rule=rule.cite,
        body={"rule": rule.cite, "effective_to": last_day, "reason": row.ended_reason},
    )  # fmt: skip
    transaction.on_commit(refresh)


def _of_ending(rule: Rule, last_day: date) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    earliest = earliest_end(rule.effective_from)
    if last_day < earliest:
        errors["last_day"] = _("最早填%(day)s") % {"day": earliest}
    elif rule.effective_to and last_day >= rule.effective_to:
        errors["last_day"] = _("应当早于原定的截止日期；延长试点要有新的授权，请另行载入")
    return errors


def earliest_end(begins: date | None) -> date:
    """Today; of one that is still to come, the day before it begins, which withdraws it."""
    day = today().date()
    return max(day, begins - timedelta(days=1)) if begins else day


def instead_of(rule: Rule, on: date) -> Rule:
    """The rule that is in force there on a day if this one is not. Raises UnknownRule. No query."""
    there = register.overlays_at(rule.rule_id, on, region_of(rule))
    return next((one for one in there if one.version != rule.version), None) or register.rule(rule.rule_id, on)


def refresh() -> None:
    """Take everything on record, if anything is new since this process last looked. One query while nothing is.

    A row whose rule this process has not met yet (its package was published meanwhile) is tried again the next time.
    """
    global _seen
    found = RuleOverlay.objects.aggregate(rows=Count("id"), versions=Sum("version"))  # rows are never deleted
    if found == _seen:
        return
    known, waiting = [], 0
    for row in RuleOverlay.objects.order_by("id"):
        try:
            known.append(rule_of(row))
        except register.UnknownRule:
            waiting += 1
    register.take_overlays(known)
    _seen = {} if waiting else found


def rule_of(row: RuleOverlay) -> Rule:
    """The rule that a row says: checked when it was loaded, so only built here. Raises UnknownRule."""
    rule_id, _at, version = row.base.partition("@")
    return replace(made(row.document, register.rule_version(rule_id, version)), effective_to=row.effective_to)
