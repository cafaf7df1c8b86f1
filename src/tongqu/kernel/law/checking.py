"""From rows to rules, and what rows must agree on with each other: references, periods, ceilings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from tongqu.foundation.canonical import digest
from tongqu.kernel.law.datafiles import Problem
from tongqu.kernel.law.explaining import amount
from tongqu.kernel.law.rules import RUNNING_ON, DeclaredExtension, Rule

PERIODS = {
    "minute": ("hour",),
    "hour": ("hour", "working"),
    "month": ("calendar",),
    "year": ("calendar",),
}  # unit → its day types
DAY = timedelta(days=1)
_OWN = (
    "trigger", "quantity", "unit", "day_type", "bound", "direction", "rolls", "ends", "on_miss", "on_miss_rule",
)  # fmt: skip


def rules_from(document: Mapping[str, Any]) -> list[Rule]:
    """The rules of a document that fits the schema; each part of a row becomes a rule of its own behind it."""
    package = document.get("package", "")
    found: list[Rule] = []
    for row in document["rules"]:
        mark = row_digest(row)
        names = tuple(f"{row['rule_id']}.{part['part']}" for part in row.get("parts", ()))
        whole = _rule(row, row, row["rule_id"], mark, package, parts=names)
        found.append(whole)
        for part, name in zip(row.get("parts", ()), names, strict=True):
            found.append(_rule(row, part, name, mark, package, part_of=whole.rule_id))
    return found


def row_digest(row: Mapping[str, Any]) -> str:
    """What a published version is known by. The day on which a rule ends may be added later, so it is left out."""
    return digest({key: value for key, value in row.items() if key != "effective_to"})


def _rule(
    row: Mapping[str, Any],
    own: Mapping[str, Any],
    rule_id: str,
    mark: str,
    package: str,
    *,
    parts: tuple[str, ...] = (),
    part_of: str | None = None,
) -> Rule:
    extension = own.get("extension")
    return Rule(
        rule_id=rule_id,
        version=row["version"],
        instrument=row["instrument"],
        instrument_en=row.get("instrument_en", ""),
        rank=row["rank"],
        article=own.get("article", row["article"]),
        effective_from=_date(row["effective_from"]),
        effective_to=_date(row.get("effective_to")),
        place=row.get("place", ""),
        trust=row["trust"],
        trust_note=row.get("trust_note"),
        subject=own.get("subject", row["subject"]),
        summary=own["summary"],
        extension=DeclaredExtension(**extension) if extension else None,
        paused_by=tuple(own.get("paused_by", ())),
        working_days=tuple(own.get("working_days", ())),
        specialises=tuple(own.get("specialises", ())),
        yields_to=tuple(row.get("yields_to", ())),
        adjustable=tuple(row.get("adjustable", ())),
        part_of=part_of,
        parts=parts,
        package=package,
        digest=mark,
        **{key: own[key] for key in _OWN if key in own},
    )


def problems_in(new: Iterable[Rule], known: Mapping[str, Rule], file: str) -> list[Problem]:
    """What is wrong with `new` beside the rules already known (by id, the latest version of each)."""
    rules = list(new)
    everything = {**known, **{rule.rule_id: rule for rule in rules}}
    counting = {one.instrument: one for one in everything.values() if one.working_days}
    problems: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for rule in rules:

        def add(field: str, message: str, row: str = rule.rule_id) -> None:
            problems.append(Problem(file, row, field, message))

        if (rule.rule_id, rule.version) in seen:
            add("rule_id", _("同一规则的同一版本出现两次"))
        seen.add((rule.rule_id, rule.version))
        if rule.effective_from and rule.effective_to and rule.effective_to < rule.effective_from:
            add("effective_to", _("失效日期早于生效日期"))
        if rule.trust == "L" and not rule.place:
            add("place", _("地方规定要写明是什么地方的"))
        for field, message in (*period_problems(rule), *counted_otherwise(rule, counting.get(rule.instrument))):
            add(field, message)
        for field in ("specialises", "paused_by"):
            for other in getattr(rule, field):
                if other not in everything:
                    add(field, _("找不到规则%(rule)s") % {"rule": other})
        if rule.on_miss_rule and rule.on_miss_rule not in everything:
            add("on_miss_rule", _("找不到规则%(rule)s") % {"rule": rule.on_miss_rule})
        for other in rule.specialises:
            if (ceiling := everything.get(other)) is not None:
                for field, message in beyond(rule, ceiling):
                    add(field, message)
    return problems


def period_problems(rule: Rule) -> Iterable[tuple[str, str]]:
    """What does not fit together in the rule's own period: (field, what is wrong)."""
    if rule.unit in {"day", *PERIODS}:
        if rule.quantity is None and rule.bound != "stated":
            yield "quantity", _("有时间单位，就要有数量")
        if rule.quantity is not None and rule.bound == "stated":
            yield "quantity", _("由行政机关确定的期限，不写数量")
        if rule.unit == "day" and rule.day_type not in {"working", "calendar"}:
            yield "day_type", _("以日计算的，要写明工作日（working）还是自然日（calendar）")
        elif rule.unit in PERIODS and rule.day_type not in PERIODS[rule.unit]:
            facts = {"unit": rule.unit, "day_type": " / ".join(PERIODS[rule.unit])}
            yield "day_type", _("单位是%(unit)s时只能写%(day_type)s") % facts
        if rule.ends == "close" and (rule.unit in RUNNING_ON or rule.direction == "before"):
            yield "ends", _("以小时计算或者向前计算的期限，不能写下班时届满")
        if not rule.trigger:
            yield "trigger", _("期限要写明从什么事情起算")
        if rule.direction == "before" and (rule.unit in RUNNING_ON or rule.extension or rule.paused_by):
            yield "direction", _("向前计算的期限只能以日、月、年计，不能延长或者暂停")
        return
    if rule.day_type is not None:
        yield "day_type", _("没有时间单位，不应写明日的种类")
    if rule.extension or rule.paused_by:
        yield "extension" if rule.extension else "paused_by", _("没有期限的规则谈不上延长或者暂停")
    if rule.quantity is not None and rule.unit == "none":
        yield "unit", _("有数量，就要有单位")


def counted_otherwise(rule: Rule, counting: Rule | None) -> Iterable[tuple[str, str]]:
    """Where a period of days is not counted as its instrument says for just so many days (T5, T6)."""
    if counting is None or rule.unit != "day" or rule.quantity is None or rule.day_type is None:
        return
    right = "working" if rule.quantity in counting.working_days else "calendar"
    if rule.day_type != right:
        facts = {"rule": counting.rule_id, "n": rule.quantity, "right": right}
        kind = _("工作日") if right == "working" else _("自然日")
        yield "day_type", _("按规则%(rule)s，这一法规中的%(n)d日是%(kind)s，应写%(right)s") % {**facts, "kind": kind}


def range_problems(versions: Iterable[Rule], file: str) -> list[Problem]:
    """Where the versions of one rule leave days on which none is in force, or claim a day twice.

    A version without a last day holds until the next begins.
    """
    problems: list[Problem] = []
    ordered = sorted(versions, key=lambda one: one.effective_from or date.min)
    for before, after in pairwise(ordered):
        facts = {"before": before.version, "after": after.version}
        if before.effective_from == after.effective_from:
            message = _("%(before)s和%(after)s从同一天起生效") % facts
            problems.append(Problem(file, after.rule_id, "effective_from", message))
            continue
        if before.effective_to is None or after.effective_from is None:
            continue
        if before.effective_to + DAY < after.effective_from:
            message = _("%(before)s失效以后、%(after)s生效以前有几天没有规则") % facts
            problems.append(Problem(file, after.rule_id, "effective_from", message))
        elif before.effective_to >= after.effective_from:
            message = _("%(after)s生效时%(before)s还没有失效") % facts
            problems.append(Problem(file, after.rule_id, "effective_from", message))
    return problems


def beyond(rule: Rule, ceiling: Rule) -> list[tuple[str, str]]:
    """Where a narrower rule goes past the wider one that it specialises: (field, what is wrong). Empty: it does not.

    A ceiling gives way to instruments of the ranks that it names in `yields_to`; then nothing is compared. Calendar
    days may stand under a ceiling of as many working days, never the other way round; other kinds cannot be compared.
    """
    if rule.rank in ceiling.yields_to or ceiling.quantity is None:
        return []
    if rule.quantity is None:
        return []
    same = (rule.unit, rule.day_type, rule.direction) == (ceiling.unit, ceiling.day_type, ceiling.direction)
    shorter_kind = (
        rule.unit == ceiling.unit == "day" and rule.day_type == "calendar" and ceiling.direction == rule.direction
    )
    facts = {"rule": ceiling.rule_id, "limit": _say(ceiling, ceiling.quantity)}
    if not same and not shorter_kind:
        return [("day_type", _("与%(rule)s（%(limit)s）的计算方式不同，无法比较，请改用同样的单位和日的种类") % facts)]
    if ceiling.bound == "at_least":
        if rule.quantity < ceiling.quantity:
            return [("quantity", _("少于%(rule)s规定的%(limit)s") % facts)]
        return []
    found = []
    if rule.quantity > ceiling.quantity:
        found.append(("quantity", _("超过%(rule)s规定的%(limit)s") % facts))
    longest, allowed = _longest(rule), _longest(ceiling)
    if rule.extension and longest > allowed:
        facts["limit"] = _say(ceiling, allowed)
        found.append(("extension", _("连同延长超过%(rule)s规定的%(limit)s") % facts))
    if more := [p for p in rule.paused_by if p not in ceiling.paused_by]:
        found.append(("paused_by", _("%(rule)s没有规定可以按%(more)s暂停") % {**facts, "more": "、".join(more)}))
    return found


def _longest(rule: Rule) -> int:
    extension = rule.extension
    return (rule.quantity or 0) + (extension.quantity * extension.times if extension else 0)


def _say(rule: Rule, quantity: int) -> str:
    return amount(quantity, rule.unit, rule.day_type)[0] if rule.is_period else str(quantity)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
