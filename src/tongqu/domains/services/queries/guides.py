"""What the pages before signing in draw: items, guides, the triage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.cases import definition, renewing
from tongqu.kernel.directory.queries import lead
from tongqu.kernel.identity.queries import Standing, parties_of
from tongqu.kernel.law import office_hours, register
from tongqu.kernel.law import words as law_words
from tongqu.kernel.law.pages.why import url_of
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages import table_words
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import NextQuestion, all_materials, next_step
from tongqu.kernel.standards.register import code_set
from tongqu.kernel.ui import forms

words = forms.text


def items() -> list[dict[str, Any]]:
    """A card for each published item. One query, and one more for each version new to this process."""
    cards = []
    for row in packages.published():
        package = packages.version(row.id)
        cards.append(
            {
                "title": words(package.title),
                "url": reverse("services:guide", args=[package.code]),
                "icon": "apply",
                "text": words(package.content["package"]["summary"]),
                "foot": [_("不收费")] if not package.item["fee"]["charged"] else [],
            }
        )
    return cards


def guide_of(package: Package, *, region_code: str) -> dict[str, Any]:
    """Everything the guide page shows. Two queries: the counter, local settings."""
    limit = register.rule(package.item["statutory_limit"]["rule"], region=region_code)
    promise = (
        register.rule(package.item["committed_limit"]["rule"], region=region_code)
        if "committed_limit" in package.item
        else None
    )
    return {
        "package": package,
        "kind": words(code_set("service_item_type").item(package.item["type"]).name),
        "guide": package.guide,
        "conditions": [_point(one, region_code) for one in package.guide["conditions"]],
        "not_needed": [_point(one, region_code) for one in package.guide["not_needed"]],
        "renewal": renewing.window_rules(package, region=region_code) if renewing.spec_of(package) else (),
        "steps": [_step(s, region_code) for s in package.guide["steps"]],
        "limit": span(limit),
        "limit_rule": limit,
        "promise": span(promise) if promise else "",
        "promise_rule": promise,
        "pledge": _pledge(package, region_code),
        "needed": [m for m, _when in all_materials(package) if m.asked and not m.optional and _when is None],
        "sometimes": [m for m, _when in all_materials(package) if m.asked and (m.optional or _when is not None)],
        "bases": [_basis(package, b) for b in package.item["legal_basis"]],
        "tables": table_words.shown(package, link=rule_link),
        "counter": _counter(package, region_code),
        "office_hours": office_hours_said(),
    }


def rule_link(rule_id: str) -> tuple[str, str] | None:
    """Where a rule that a table cites is explained, and how it is cited; None for one not in the register."""
    rule = register.latest(rule_id)
    return (url_of(rule), law_words.cited(rule)) if rule else None


def _point(point: Mapping[str, Any], region_code: str) -> dict[str, Any]:
    """A point of the guide with `otherwise`: the rules behind it that the region has set otherwise."""
    names = [point["rule"], *register.rule(point["rule"]).parts] if point.get("rule") else []
    rules = [register.rule(name, region=region_code) for name in names]
    return {**point, "otherwise": [one for one in rules if one.authority]}


def _pledge(package: Package, region_code: str) -> str:
    """What the item promises in public for its decision, shorter than the law (L27); nothing where the region's own
    time is shorter than that."""
    promised = definition.promise(package, "decide")
    if promised is None:
        return ""
    rule = register.rule(package.procedure["clocks"]["decide"]["rule"], region=region_code)
    if rule.authority and promised[0] > (rule.quantity or 0):
        return ""
    return span(replace(rule, quantity=promised[0]))


def _counter(package: Package, region_code: str) -> Any:
    try:
        return lead(package.item["matter"], region_code)
    except NotFound:
        return None


def office_hours_said() -> str:
    """When offices are open, as the periods of law count it: what a counter without hours of its own keeps."""
    return _("工作日 %(hours)s（周末和法定节假日休息，调休上班日照常）") % {
        "hours": office_hours.said(register.calendar().hours)
    }


def _step(step: Mapping[str, Any], region_code: str) -> dict[str, Any]:
    rule = register.rule(step["rule"], region=region_code) if step.get("rule") else None
    return {
        "title": words(step["title"]),
        "text": words(step["text"]),
        "time": span(rule) if rule and rule.quantity else "",
    }


def span(rule: Rule) -> str:
    """A rule's number in words: 10 个工作日."""
    n = rule.quantity
    if n is None:
        return ""
    units = {
        ("day", "working"): lambda: ngettext("%(n)s 个工作日", "%(n)s 个工作日", n),
        ("day", "calendar"): lambda: ngettext("%(n)s 日", "%(n)s 日", n),
        ("month", "calendar"): lambda: ngettext("%(n)s 个月", "%(n)s 个月", n),
        ("year", "calendar"): lambda: ngettext("%(n)s 年", "%(n)s 年", n),
        ("hour", "working"): lambda: ngettext("%(n)s 个工作小时", "%(n)s 个工作小时", n),
        ("hour", "hour"): lambda: ngettext("%(n)s 小时", "%(n)s 小时", n),
    }
    return units.get((rule.unit, rule.day_type or "calendar"), lambda: "%(n)s")() % {"n": n}


def _basis(package: Package, basis: Mapping[str, Any]) -> dict[str, str]:
    name = words(package.instrument(basis["instrument"]))
    return {
        "text": f"{name} {law_words.article(basis.get('article', ''))}".strip(),
        "trust": basis["trust"],
        "rule": basis.get("rule", ""),
    }


def basis_of(package: Package, bases: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [_basis(package, b) for b in bases]


def answered(package: Package, answers: Mapping[str, str], asked: Iterable[str], adopted: Any) -> list[dict[str, str]]:
    """The questions answered so far, as they were asked (local numbers filled in), each with the way back to it."""
    rows: list[dict[str, str]] = []
    before: dict[str, str] = {}
    for name in asked:
        step = next_step(package, before, adopted=adopted)
        if not isinstance(step, NextQuestion):
            break
        label = next((words(a.label) for a in step.answers if a.value == answers.get(name)), "")
        rows.append(
            {
                "label": words(step.title),
                "value": label,
                "action_url": f"?{urlencode(before)}",
                "action_label": _("更改"),
            }
        )
        before[name] = answers[name]
    return rows


def way_in(actor: Actor, package: Package) -> dict[str, Any]:
    """In whose name to start, and where that is nobody's, the principals whose mandate stops short of this item."""
    served = [s for s in parties_of(actor) if s.kind in package.item["served"]]
    reached = [s for s in served if s.covers(package.code)]
    return {
        "party_field": _party_field(actor, reached) if reached else None,
        "beyond": [s.name for s in served if not s.covers(package.code)],
    }


def party_field(actor: Actor, package: Package) -> Any:
    """Whose licence is it? The parties the actor may file for, of the kinds this item serves; None for none."""
    return way_in(actor, package)["party_field"]


def _party_field(actor: Actor, standings: list[Standing]) -> forms.Field:
    names = {m.value: words(m.name) for m in code_set("party_kind").items}
    options = [{"value": str(s.mandate_id or ""), "label": s.name, "hint": names.get(s.kind, "")} for s in standings]
    chosen = str(actor.mandate_id or "") if actor.on_behalf_of else options[0]["value"]
    return forms.single("party", _("为谁办理"), "radio", value=chosen, options=options)
