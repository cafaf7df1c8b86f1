"""What a row of the register says, for people: its page and the command line show the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.law import register, words
from tongqu.kernel.law.calendar import CHINA
from tongqu.kernel.law.rules import Rule

Fact = dict[str, Any]  # label, value and, where there is more to say, note


def amount_of(rule: Rule) -> str:
    """“不超过20个工作日”."""
    if rule.bound == "stated":
        return words.word(words.BOUNDS, rule.bound)
    amount = words.amount(rule)
    return f"{words.word(words.BOUNDS, rule.bound)} {amount}".strip() if amount else ""


def of(rule: Rule) -> Iterable[Fact]:
    """All that its row says beside the summary, in the reader's language, each under its name."""
    yield {"label": _("依据"), "value": words.source(rule), "note": words.word(words.RANKS, rule.rank)}
    if rule.authority:
        yield {"label": _("另行设定"), "value": words.otherwise(rule)}
    if rule.place:
        yield {"label": _("适用地方"), "value": rule.place}
    started = _day(rule.effective_from) if rule.effective_from else _("施行日期尚未核对")
    ended = _("有效至%(day)s") % {"day": _day(rule.effective_to)} if rule.effective_to else ""
    yield {"label": _("施行日期"), "value": started, "note": ended}
    yield {"label": _("约束对象"), "value": words.word(words.SUBJECTS, rule.subject)}
    if rule.quantity is not None or rule.bound == "stated":
        yield {"label": _("期限") if rule.is_period else _("数量"), "value": amount_of(rule)}
    if rule.trigger:
        label = _("提前于") if rule.direction == "before" else _("起算")
        yield {"label": label, "value": words.word(words.TRIGGERS, rule.trigger)}
    if extension := rule.extension:
        facts = {"amount": words.amount(rule, extension.quantity), "needs": words.word(words.NEEDS, extension.needs)}
        yield {"label": _("延长"), "value": _("经%(needs)s，可以延长%(amount)s") % facts}
    if rule.paused_by:
        pauses = _("按%(rules)s所需的时间不计入") % {"rules": _("、").join(rule.paused_by)}
        yield {"label": _("不计入期限"), "value": pauses}
    if rule.working_days:
        days = _("、").join(str(n) for n in rule.working_days)
        yield {"label": _("算作工作日的"), "value": _("%(days)s日；这一法规中其他的日数是自然日") % {"days": days}}
    if rule.on_miss:
        note = _("依据%(rule)s") % {"rule": rule.on_miss_rule} if rule.on_miss_rule else ""
        yield {"label": _("逾期后果"), "value": words.word(words.ON_MISS, rule.on_miss), "note": note}
    if rule.specialises:
        limit = _("不得超过%(rules)s的规定") % {"rules": _("、").join(rule.specialises)}
        yield {"label": _("细化的规则"), "value": _("、").join(rule.specialises), "note": limit}
    narrower = [one.rule_id for one in register.rules() if rule.rule_id in one.specialises]
    if narrower:
        yield {"label": _("更具体的规则"), "value": _("、").join(narrower)}
    if rule.yields_to:
        ranks = _("、").join(words.word(words.RANKS, rank) for rank in rule.yields_to)
        yield {"label": _("可以另有规定的"), "value": ranks}
    yield {"label": _("版本"), "value": rule.version, "note": _("内容摘要 %(digest)s") % {"digest": rule.digest[:16]}}


def began(rule: Rule | None, start: datetime) -> str:
    """From which event the period runs, and when that was: “受理之日，2026年2月10日 16:00”; empty if none is known."""
    if rule is None or not rule.trigger:
        return ""
    local = start.astimezone(CHINA)
    at = _day(local.date()) + (f" {local:%H:%M}" if local.time() != time() else "")
    return f"{words.word(words.TRIGGERS, rule.trigger)}{_('，')}{at}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}" if words.english() else f"{day.year}年{day.month}月{day.day}日"
