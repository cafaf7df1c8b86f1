"""A rule as a paper cites it. Of one set otherwise in a region: the document that authorises it, and the article from
which it departs. Pure, in Chinese, the language of papers."""

from __future__ import annotations

from datetime import date

from tongqu.kernel.law.explaining import amount
from tongqu.kernel.law.rules import Authority, Rule, titled


def sources(rule: Rule) -> list[str]:
    """《行政许可法》第42条第1款; before it the authorising document where the rule is set otherwise."""
    cited = [rule.source] if rule.source else []
    return [titled(rule.authority.instrument, rule.authority.article), *cited] if rule.authority else cited


def departure(rule: Rule, base: Rule, *, of: str) -> str:
    """Which document sets the rule otherwise, with the number that it sets and the one that it stands in for.

    `of`: what the paper calls the limit, 审查期限. Empty for a rule that is not set otherwise.
    """
    if (said := rule.authority) is None:
        return ""
    by = f"{titled(said.instrument, said.article)}（{said.organ}，{_day(said.issued)}）"
    differs = rule.extension != base.extension
    will, was = _terms(rule, extension=differs), _terms(base, extension=differs)
    if will == was:
        return f"{of}为{will}，依据{by}采用的{base.source}的规定。"
    sentence = f"{of}为{will}，依据{by}{_on_trial(rule, said)}，代替{base.source}规定的{was}。"
    return f"{sentence}{_until(rule)}" if said.basis == "pilot" else sentence


def _on_trial(rule: Rule, said: Authority) -> str:
    return f"在{rule.place}的试点规定" if said.basis == "pilot" else f"在{rule.place}的规定"


def _until(rule: Rule) -> str:
    if rule.effective_from is None or rule.effective_to is None:
        return ""
    return f"试点自{_day(rule.effective_from)}起至{_day(rule.effective_to)}止，期间起算的期限适用本规定。"


def _terms(rule: Rule, *, extension: bool) -> str:
    """10个工作日; with what it may be extended by, where that is otherwise too."""
    length = amount(rule.quantity or 0, rule.unit, rule.day_type)[0]
    if not extension:
        return length
    if (more := rule.extension) is None:
        return f"{length}（不得延长）"
    added = amount(more.quantity, rule.unit, rule.day_type)[0]
    return f"{length}（可以延长{added}）" if more.times == 1 else f"{length}（可以延长{more.times}次，每次{added}）"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
