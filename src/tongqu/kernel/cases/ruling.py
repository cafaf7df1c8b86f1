"""Which version of a rule holds for a case: that which its clock began with, else that of the day and the region."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tongqu.kernel.cases.models import Case
from tongqu.kernel.law import overlays, register
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import Rule


def rule_for(case: Case, rule_id: str, *, clocks: Iterable[Clock] = (), on: date | None = None) -> Rule:
    """The rule behind an act or a paper of this case. `clocks`: those of the case, oldest first.

    The rule in force at the trigger decides, so what a clock began with holds for all that the case cites of it.
    Raises register.UnknownRule.
    """
    began = [clock for clock in clocks if clock.rule_id == rule_id]
    return rule_of(began[-1]) if began else register.rule(rule_id, on, region=case.region_code)


def rule_of(clock: Clock) -> Rule:
    """The version that a clock runs under. One that this process has not met yet is looked for on record: a paper must
    not cite another. Raises register.UnknownRule."""
    try:
        return register.rule_version(clock.rule_id, clock.rule_version)
    except register.UnknownRule:
        overlays.refresh()
        return register.rule_version(clock.rule_id, clock.rule_version)


def base_of(rule: Rule) -> Rule:
    """The version for which a rule set otherwise stands in; any other rule itself."""
    if rule.authority is None:
        return rule
    rule_id, _at, version = rule.authority.base.partition("@")
    return register.rule_version(rule_id, version)
