"""What the command line shows of law. Each function returns the text to print, or JSON with `as_json`.

tongqu law list [PREFIX] · tongqu law show L7 · tongqu law due L7 2026-03-02
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.law import calendars, explaining, facts, grounds, overlays, register, rules, words
from tongqu.kernel.law.rules import Extension, Pause, Rule


def list_(prefix: str = "", *, trust: str = "", instrument: str = "", as_json: bool = False) -> str:
    """The rules in force whose id begins so, one a line: id, how far checked, number, source.

    `instrument` is a part of its name: 行政许可法 finds 中华人民共和国行政许可法.
    """
    found = [
        rule
        for rule in register.rules(prefix)
        if trust in ("", rule.trust) and instrument in f"{rule.instrument} {rule.instrument_en} {rule.version}"
    ]
    if as_json:
        return _json([_plain(rule) for rule in found])
    rows = [(rule.rule_id, rule.trust, words.amount(rule) or "—", words.source(rule)) for rule in found]
    return "\n".join(f"{a:<22} {b}  {c:<12} {d}" for a, b, c, d in rows)


def show(rule_id: str, *, version: str | None = None, on: str = "", region: str = "", as_json: bool = False) -> str:
    """One rule in full, as in force `on` a day, or one version of it. Raises NotFound, Invalid."""
    rule = _rule(rule_id, version, _moment(on).date() if on else None, region)
    if as_json:
        return _json(_plain(rule))
    trust = words.TRUST[rule.trust]
    lines = [
        f"{rule.cite}  {words.source(rule)}",
        words.said(rule.summary),
        f"[{trust.code}] {trust.label} {words.said(rule.trust_note)}".rstrip(),
        *(_line(one) for one in facts.of(rule)),
    ]
    lines += [f"  {one.version}  {words.amount(one)}  {words.otherwise(one)}" for one in _elsewhere(rule)]
    lines += [f"  {name}  {words.said(register.rule_version(name, rule.version).summary)}" for name in rule.parts]
    return "\n".join(lines)


def _line(fact: facts.Fact) -> str:
    return f"{fact['label']}{_('：')}{fact['value']}  {fact.get('note') or ''}".rstrip()


def due(
    rule_id: str,
    start: str,
    *,
    pauses: Sequence[tuple[str, ...]] = (),
    extended_by: int = 0,
    extend: bool = False,
    days: bool = False,
    region: str = "",
    as_json: bool = False,
) -> str:
    """When the period of a rule ends that starts at `start` (2026-03-02, or with a time), and why.

    `pauses` are (first day or moment, last, ground); the ground may be left out. `extend`: by what the rule declares;
    `extended_by`: by so much, in the rule's own unit. `days` lists each day. `region`: as the rule is set there. The
    version in force at the start counts; before the first one of the register that one does, and the answer says so.
    Raises NotFound for an unknown rule and Invalid for one without a period, a date that cannot be read or lies outside
    the calendar, pauses that overlap, run backwards, lie outside the period or are not allowed by the rule, and an
    extension beyond the law.
    """
    begun = _moment(start)
    rule, note = _rule_at(rule_id, begun.astimezone(SHANGHAI).date(), region)
    if not rule.is_period:
        raise Invalid(_("规则%(rule)s没有规定期限") % {"rule": rule_id}, field="rule_id")
    stopped = _pauses(rule, begun, pauses)
    more = _extensions(rule, rule.extension.quantity if extend and rule.extension else extended_by, asked=extend)
    try:
        found = explaining.explain(
            rule, begun, pauses=stopped, extensions=more, calendar=register.calendar(),
            ground_names=grounds.names(pause.ground for pause in stopped),
        )  # fmt: skip
    except ValueError as error:
        raise Invalid(_("日期超出了日历的范围（2000年至2099年）"), field="start") from error
    if as_json:
        return _json(
            {
                "rule": rule.cite, "trigger": rule.trigger,
                "start": found.start, "last_day": found.due.last_day, "due_at": found.due.at,
                "provisional": found.due.provisional, "zh-Hans": found.sentence_zh, "en": found.sentence_en,
                **({"note": note} if note else {}), "days": [asdict(day) for day in found.days],
            }
        )  # fmt: skip
    english = words.english()
    lines = [found.sentence_en if english else found.sentence_zh, *([note] if note else [])]
    lines.append(f"{words.cited(rule)} {rule.cite}")
    lines.append(f"{_('起算')}{_('：')}{facts.began(rule, begun)}")
    if days:
        lines += [
            f"{d.date} {'' if d.number is None else d.number:>4}  {d.text_en if english else d.text_zh}"
            for d in found.days
        ]
    return "\n".join(lines)


def _pauses(rule: Rule, begun: datetime, given: Sequence[tuple[str, ...]]) -> list[Pause]:
    """In order, each checked against the period as the ones before it leave it."""
    found: list[Pause] = []
    if given and not rule.paused_by:
        raise Invalid(_("规则%(rule)s的期限依法不能暂停") % {"rule": rule.rule_id}, field="pause")
    for one in sorted((_pause(rule, *words_) for words_ in given), key=lambda p: p.start):
        said = {"from": f"{one.start.astimezone(SHANGHAI):%Y-%m-%d}"}
        if one.end is not None and one.end < one.start:
            raise Invalid(_("从%(from)s起的暂停，结束早于开始") % said, field="pause")
        if found and found[-1].end is not None and one.start < found[-1].end:
            raise Invalid(_("从%(from)s起的暂停与前一次重叠") % said, field="pause")
        if one.start < begun:
            raise Invalid(_("从%(from)s起的暂停在期限开始之前") % said, field="pause")
        if one.start > _ends(rule, begun, found):
            raise Invalid(_("从%(from)s起的暂停在期限届满之后") % said, field="pause")
        found.append(one)
    return found


def _pause(rule: Rule, first: str, last: str, ground: str = "") -> Pause:
    if ground:
        try:
            known = grounds.ground(ground if ground.startswith("pause.") else f"pause.{ground}")
        except grounds.UnknownGround:
            codes = "、".join(g.code.removeprefix("pause.") for g in grounds.grounds_for("pause"))
            raise Invalid(_("没有这种暂停的理由，可以用：%(codes)s") % {"codes": codes}, field="pause") from None
        if known.rule_id not in rule.paused_by:
            raise Invalid(_("规则%(rule)s的期限依法不能以此理由暂停") % {"rule": rule.rule_id}, field="pause")
        ground = known.code
    return Pause(ground, _moment(first), _end_of(last))


def _ends(rule: Rule, begun: datetime, pauses: list[Pause]) -> datetime:
    try:
        return rules.due(rule, begun, pauses=pauses, calendar=register.calendar()).at
    except ValueError as error:
        raise Invalid(_("日期超出了日历的范围（2000年至2099年）"), field="start") from error


def _extensions(rule: Rule, quantity: int, *, asked: bool) -> list[Extension]:
    declared = rule.extension
    if not quantity and not asked:
        return []
    if declared is None:
        raise Invalid(_("规则%(rule)s的期限依法不能延长") % {"rule": rule.rule_id}, field="extend")
    if not 0 < quantity <= declared.quantity * declared.times:
        most = words.amount(rule, declared.quantity * declared.times)
        raise Invalid(_("最多可以延长%(most)s") % {"most": most}, field="extend")
    return [Extension(rule.rule_id, quantity, rule.unit, "", "", datetime.now(UTC))]


def calendar(file: str, *, load: bool = False) -> str:
    """What loading the notice in this file would move, or that it has been loaded. Raises BadFile, Conflict."""
    document = calendars.read_notice(Path(file).read_text(encoding="utf-8"))
    year = register.year_from(document, calendars.NAME)
    if load:
        calendars.load_notice(Actor.system(default_tenant()), document=document)
        return _("已载入%(year)d年的节假日安排，期限由后台重新计算") % {"year": year.year}
    found = calendars.preview(year)
    lines = [
        _("%(year)d年：核对了%(n)d个正在计算的期限，其中%(m)d个会变")
        % {"year": year.year, "n": found.looked_at, "m": found.count}
    ]
    lines += [f"  {m.clock.cite}  {m.before.astimezone(SHANGHAI):%Y-%m-%d} → {m.clock.last_day}" for m in found.first]
    return "\n".join(lines if found.whole else [*lines, _("其余的载入后在后台计算")])


def overlay(file: str, *, load: bool = False) -> str:
    """What the document in this file would set otherwise, or that it is on record. Raises BadFile, Conflict."""
    document = overlays.read(Path(file).read_text(encoding="utf-8"))
    if load:
        overlays.load_overlay(Actor.system(default_tenant()), document=document)
        return _("已记录，自%(day)s起生效") % {"day": document["effective_from"]}
    found = overlays.preview(document)
    lines = [f"{words.amount(found.base)} → {words.amount(found.rule)}", words.otherwise(found.rule)]
    if found.narrower:
        lines.append(_("这些更具体的规则有自己的期限，不随之改变：%(list)s") % {"list": _("、").join(found.narrower)})
    return "\n".join(lines)


def _rule(rule_id: str, version: str | None, on: date | None = None, region: str = "") -> Rule:
    if region and not (region.isascii() and region.isdigit() and len(region) <= 12):
        raise Invalid(_("请填写区划代码，2、4、6、9或者12位数字"), field="region")
    try:
        if version:
            return register.rule_version(rule_id, version)
        return register.rule(rule_id, on, region=region.ljust(12, "0") if region else "")
    except register.UnknownRule:
        raise NotFound(_not_found(rule_id, version, on)) from None


def _not_found(rule_id: str, version: str | None, on: date | None) -> str:
    first = _first(rule_id)
    if first is None:
        return _("没有规则%(rule)s") % {"rule": rule_id}
    if version:
        return _("规则%(rule)s没有版本%(version)s") % {"rule": rule_id, "version": version}
    facts = {"rule": rule_id, "day": on or today().date(), "first": first.cite, "from": first.effective_from or "…"}
    return _("规则%(rule)s在%(day)s没有登记在册的版本，最早的%(first)s自%(from)s起") % facts


def _first(rule_id: str) -> Rule | None:
    """The oldest version of the register; None for a rule that nobody knows."""
    found = [one for one in register.all_versions() if one.rule_id == rule_id]
    return found[0] if found else register.latest(rule_id)


def _rule_at(rule_id: str, day: date, region: str) -> tuple[Rule, str]:
    """The version in force on a day and what to say about it: something only where the register begins later."""
    try:
        return _rule(rule_id, None, day, region), ""
    except NotFound:
        first = _first(rule_id)
        if first is None or first.effective_from is None or first.effective_from <= day:
            raise
        facts = {"day": day, "first": first.cite, "from": first.effective_from}
        return first, _("%(day)s还没有登记在册的版本，按最早的%(first)s（自%(from)s起）计算") % facts


def _elsewhere(rule: Rule) -> list[Rule]:
    return [] if rule.authority else [one for one in register.overlays_of(rule.rule_id) if not one.withdrawn]


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(_("请按2026-01-31的样子填写日期"), field="start") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _end_of(text: str) -> datetime:
    moment = _moment(text)
    return datetime.combine(moment.date(), time.max, SHANGHAI) if len(text) <= 10 else moment


def _plain(rule: Rule) -> dict[str, Any]:
    return {key: value for key, value in asdict(rule).items() if value not in (None, "", (), [])}


def _json(value: Any) -> str:
    def text(found: object) -> str:
        return found.isoformat() if isinstance(found, (date, datetime)) else str(found)

    return json.dumps(value, ensure_ascii=False, indent=2, default=text)
