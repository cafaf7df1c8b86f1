"""The register for anyone to read: every rule with its source and how far it has been checked. No database query."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.foundation.han import normalise
from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.law import explaining, facts, register, words
from tongqu.kernel.law.pages.why import Why, why_of
from tongqu.kernel.law.rules import RUNNING_ON, Rule
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
        "facts": list(facts.of(rule)),
        "parts": [_card(register.rule_version(name, rule.version)) for name in rule.parts],
        "whole": rule.part_of,
        "version": wanted or "",
        "others": others,
        "elsewhere": [_overlaid(one) for one in register.overlays_of(rule_id) if one != rule and not one.withdrawn],
        "is_period": rule.is_period,
        "by_the_clock": rule.unit in RUNNING_ON,
        "start": request.GET.get("start") or _now_as(rule),
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
        yield from (words.amount(rule), rule.package, rule.place, rule.version, *(rule.trust_note or {}).values())


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
        "foot": [amount] if (amount := facts.amount_of(rule)) else [],
    }


def _overlaid(rule: Rule) -> Row:
    url = f"?{urlencode({'version': rule.version})}"
    return {"url": url, "title": rule.version, "amount": words.amount(rule), "text": words.otherwise(rule)}


def _now_as(rule: Rule) -> str:
    moment = today()
    return f"{moment:%Y-%m-%d %H:%M}" if rule.unit in RUNNING_ON else moment.date().isoformat()


def _start_asked(request: HttpRequest) -> tuple[datetime | None, str]:
    """A day, or a moment where hours are counted; in Shanghai unless it says otherwise."""
    text = request.GET.get("start", "").strip()
    if not text:
        return None, ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, _("请按2026-01-31或者2026-01-31 16:00的样子填写")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI), ""


def _worked_out(rule: Rule, start: datetime) -> tuple[Why | None, str]:
    try:
        explanation = explaining.explain(rule, start, calendar=register.calendar())
    except (ValueError, OverflowError):
        return None, _("日期超出了日历的范围（2000年至2099年）")
    return why_of(explanation, rule=rule), ""
