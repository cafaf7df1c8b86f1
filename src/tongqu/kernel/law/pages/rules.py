"""The register for anyone to read: every rule with its source and how far it has been checked. No database query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.foundation.han import normalise
from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.law import explaining, register, words
from tongqu.kernel.law.pages.why import Why, why_of
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.ui.pages import page

Row = dict[str, Any]


@page()
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules by family; `q` searches id, source and wording, `trust` keeps one mark."""
    asked, trust = request.GET.get("q", "").strip()[:80], request.GET.get("trust", "")
    whole = [rule for rule in register.rules() if rule.part_of is None]
    found = [rule for rule in whole if _matches(rule, asked) and trust in ("", rule.trust)]
    context = {
        "q": asked,
        "trust": trust,
        "trust_options": [
            {"value": "", "label": _("全部")},
            *({"value": t.code, "label": t.label} for t in words.TRUST.values()),
        ],
        "marks": words.TRUST.values(),
        "families": list(_families(found)),
        "count": len(found),
        "total": len(whole),
    }
    return render(request, "law/rules.html", context)


@page()
def rule_page(request: HttpRequest, rule_id: str) -> HttpResponse:
    """One rule in full, with a calculator where it sets a period. An older version by `?version=`."""
    try:
        wanted = request.GET.get("version")
        rule = register.rule_version(rule_id, wanted) if wanted else register.rule(rule_id)
    except register.UnknownRule:
        raise NotFound() from None
    start, error = _start_asked(request) if rule.is_period else (None, "")
    why, error = _worked_out(rule, start) if start else (None, error)
    others = [one for one in register.all_versions() if one.rule_id == rule.rule_id and one.version != rule.version]
    context = {
        "rule": rule,
        "name": words.source(rule),
        "summary": words.said(rule.summary),
        "trust": words.TRUST[rule.trust],
        "trust_note": words.said(rule.trust_note),
        "facts": list(_facts(rule)),
        "parts": [_card(register.rule_version(name, rule.version)) for name in rule.parts],
        "whole": rule.part_of,
        "version": wanted or "",
        "others": others,
        "elsewhere": [_overlaid(one) for one in register.overlays_of(rule_id) if one != rule and not one.withdrawn],
        "is_period": rule.is_period,
        "start": request.GET.get("start") or today().date().isoformat(),
        "error": error,
        "why": why,
    }
    return render(request, "law/rule.html", context)


def _matches(rule: Rule, asked: str) -> bool:
    """Every word asked for must occur somewhere in the rule or its parts."""
    if not asked:
        return True
    everything = [rule, *(register.rule_version(name, rule.version) for name in rule.parts)]
    text = normalise(" ".join(_texts(everything))).lower()
    return all(piece in text for piece in normalise(asked).lower().split())


def _texts(rules: Iterable[Rule]) -> Iterable[str]:
    for rule in rules:
        yield from (rule.rule_id, rule.instrument, rule.instrument_en, rule.article, *rule.summary.values())
        yield from (words.amount(rule), rule.package)


def _families(found: list[Rule]) -> Iterable[Row]:
    names: dict[str, list[Rule]] = {}
    for rule in found:
        names.setdefault(_family_of(rule), []).append(rule)
    for code, rules in names.items():
        yield {"code": code, "name": words.word(words.FAMILIES, code), "cards": [_card(rule) for rule in rules]}


def _family_of(rule: Rule) -> str:
    return rule.rule_id.partition(".")[0].rstrip("0123456789")


def _card(rule: Rule) -> Row:
    trust = words.TRUST[rule.trust]
    return {
        "title": f"{rule.rule_id} {words.source(rule)}",
        "url": reverse("law:rule", args=[rule.rule_id]),
        "text": words.said(rule.summary),
        "tag": trust.label,
        "tone": trust.tone,
        "foot": [amount] if (amount := _said_amount(rule)) else [],
    }


def _overlaid(rule: Rule) -> Row:
    url = f"?{urlencode({'version': rule.version})}"
    return {"url": url, "title": rule.version, "amount": words.amount(rule), "text": words.otherwise(rule)}


def _said_amount(rule: Rule) -> str:
    """“不超过20个工作日”."""
    amount = words.amount(rule)
    return f"{words.word(words.BOUNDS, rule.bound)} {amount}".strip() if amount else ""


def _facts(rule: Rule) -> Iterable[Row]:
    yield {"label": _("依据"), "value": words.source(rule), "note": words.word(words.RANKS, rule.rank)}
    if rule.authority:
        yield {"label": _("另行设定"), "value": words.otherwise(rule)}
    if rule.place:
        yield {"label": _("适用地方"), "value": rule.place}
    started = _day(rule.effective_from) if rule.effective_from else _("施行日期尚未核对")
    ended = _("有效至%(day)s") % {"day": _day(rule.effective_to)} if rule.effective_to else ""
    yield {"label": _("施行日期"), "value": started, "note": ended}
    yield {"label": _("约束对象"), "value": words.word(words.SUBJECTS, rule.subject)}
    if rule.quantity is not None:
        yield {"label": _("期限") if rule.is_period else _("数量"), "value": _said_amount(rule)}
    if rule.trigger:
        label = _("提前于") if rule.direction == "before" else _("起算")
        yield {"label": label, "value": words.word(words.TRIGGERS, rule.trigger)}
    if extension := rule.extension:
        facts = {"amount": words.amount(rule, extension.quantity), "needs": words.word(words.NEEDS, extension.needs)}
        yield {"label": _("延长"), "value": _("经%(needs)s，可以延长%(amount)s") % facts}
    if rule.paused_by:
        pauses = _("按%(rules)s，特别程序的时间不计入") % {"rules": _("、").join(rule.paused_by)}
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


def _start_asked(request: HttpRequest) -> tuple[date | None, str]:
    text = request.GET.get("start", "").strip()
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, _("请按2026-01-31的样子填写日期")


def _worked_out(rule: Rule, start: date) -> tuple[Why | None, str]:
    moment = datetime.combine(start, time(), SHANGHAI)
    try:
        explanation = explaining.explain(rule, moment, calendar=register.calendar())
    except ValueError:
        return None, _("日期超出了日历的范围（2000年至2099年）")
    return why_of(explanation, rule=rule), ""


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}" if words.english() else f"{day.year}年{day.month}月{day.day}日"
