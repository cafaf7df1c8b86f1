"""What anybody may ask of the register in words: a rule on a day, and when a period of it ends. The command line and
the interface for programs answer alike.

Each raises NotFound for what the register does not hold and Invalid, at the field, for what cannot be read or what no
law allows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.law import explaining, grounds, register, rules, words
from tongqu.kernel.law.explaining import Explanation
from tongqu.kernel.law.rules import Extension, Pause, Rule


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a period, worked out. `note`: that the register begins later than the period; mostly empty."""

    rule: Rule
    begun: datetime
    explanation: Explanation
    note: str = ""

    def plain(self) -> dict[str, Any]:
        """For programs: {rule, trigger, start, last_day, due_at, provisional, paused, zh-Hans, en, days: [{date,
        counted, number, reason_code, text_zh, text_en}]}, and a note where there is something to note."""
        return {
            "rule": self.rule.cite, "trigger": self.rule.trigger, **plain_of(self.explanation),
            **({"note": self.note} if self.note else {}),
        }  # fmt: skip


def plain_of(found: Explanation) -> dict[str, Any]:
    """An explanation for programs, in both languages."""
    return {
        "start": found.start, "last_day": found.due.last_day, "due_at": found.due.at,
        "provisional": found.due.provisional, "paused": found.due.paused,
        "zh-Hans": found.sentence_zh, "en": found.sentence_en, "days": [asdict(day) for day in found.days],
    }  # fmt: skip


def pause_written(text: str) -> tuple[str, str, str] | None:
    """`2026-03-05..2026-03-10:hearing` as (from, to, ground); moments may have a time. None: not written so."""
    found = re.fullmatch(r"(\d[\dT:+-]*)\.\.(\d[\dT:+-]*?)(?::([a-z][a-z_.]*))?", text, re.ASCII)
    return (found[1], found[2], found[3] or "") if found else None


def rule_plain(rule: Rule) -> dict[str, Any]:
    """A row for programs; what it leaves open is left out."""
    return {key: value for key, value in asdict(rule).items() if value not in (None, "", (), [])}


def listed(prefix: str = "", *, trust: str = "", instrument: str = "") -> list[Rule]:
    """The rules in force whose id begins so. `instrument`: a part of its name, without 中华人民共和国 for one."""
    return [
        rule
        for rule in register.rules(prefix)
        if trust in ("", rule.trust) and instrument in f"{rule.instrument} {rule.instrument_en} {rule.version}"
    ]


def worked_out(
    rule_id: str,
    start: str,
    *,
    pauses: Sequence[tuple[str, ...]] = (),
    extended_by: int = 0,
    extend: bool = False,
    region: str = "",
) -> Answer:
    """When the period of a rule ends that starts at `start` (2026-03-02, or with a time), and why.

    `pauses` are (first day or moment, last, ground); the ground may be left out. `extend`: by what the rule declares;
    `extended_by`: by so much, in the rule's own unit. `region`: as the rule is set there. The version in force at the
    start counts; before the first one of the register that one does, and the answer says so.
    Invalid: no period, a date that cannot be read or lies outside the calendar, pauses that overlap, run backwards, lie
    outside the period or are not allowed by the rule, and an extension beyond the law.
    """
    begun = moment_of(start)
    rule, note = rule_at(rule_id, begun.astimezone(SHANGHAI).date(), region)
    if not rule.is_period:
        raise Invalid(_("规则%(rule)s没有规定期限") % {"rule": rule_id}, field="rule_id")
    _inside(begun)
    more = extensions_of(rule, rule.extension.quantity if extend and rule.extension else extended_by, asked=extend)
    stopped = pauses_of(rule, begun, pauses, more)
    try:
        found = explaining.explain(
            rule, begun, pauses=stopped, extensions=more, calendar=register.calendar(),
            ground_names=grounds.names(pause.ground for pause in stopped),
        )  # fmt: skip
    except (ValueError, OverflowError) as error:
        raise Invalid(_("日期超出了日历的范围（2000年至2099年）"), field="start") from error
    return Answer(rule, begun, found, note)


def _inside(begun: datetime) -> None:
    try:
        register.calendar().working_upto(rules.china_date(begun).toordinal())
    except ValueError as error:
        raise Invalid(_("日期超出了日历的范围（2000年至2099年）"), field="start") from error


def pauses_of(
    rule: Rule, begun: datetime, given: Sequence[tuple[str, ...]], extensions: Sequence[Extension] = ()
) -> list[Pause]:
    """In order, each checked against the period as the extensions and the pauses before it leave it."""
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
        if one.start > _ends(rule, begun, found, extensions):
            raise Invalid(_("从%(from)s起的暂停在期限届满之后") % said, field="pause")
        found.append(one)
    return found


def _pause(rule: Rule, first: str, last: str, ground: str = "") -> Pause:
    if ground:
        try:
            known = grounds.ground(ground if ground.startswith("pause.") else f"pause.{ground}")
        except grounds.UnknownGround:
            codes = "、".join(
                g.code.removeprefix("pause.") for g in grounds.grounds_for("pause") if g.rule_id in rule.paused_by
            )
            raise Invalid(_("没有这种暂停的理由，可以用：%(codes)s") % {"codes": codes}, field="pause") from None
        if known.rule_id not in rule.paused_by:
            raise Invalid(_("规则%(rule)s的期限依法不能以此理由暂停") % {"rule": rule.rule_id}, field="pause")
        ground = known.code
    return Pause(ground, moment_of(first), _end_of(last))


def _ends(rule: Rule, begun: datetime, pauses: list[Pause], extensions: Sequence[Extension]) -> datetime:
    try:
        return rules.due(rule, begun, pauses=pauses, extensions=extensions, calendar=register.calendar()).at
    except (ValueError, OverflowError) as error:
        raise Invalid(_("日期超出了日历的范围（2000年至2099年）"), field="start") from error


def extensions_of(rule: Rule, quantity: int, *, asked: bool) -> list[Extension]:
    declared = rule.extension
    if not quantity and not asked:
        return []
    if declared is None:
        raise Invalid(_("规则%(rule)s的期限依法不能延长") % {"rule": rule.rule_id}, field="extend")
    if not 0 < quantity <= declared.quantity * declared.times:
        most = words.amount(rule, declared.quantity * declared.times)
        raise Invalid(_("最多可以延长%(most)s") % {"most": most}, field="extend")
    return [Extension(rule.rule_id, quantity, rule.unit, "", "", datetime.now(UTC))]


def rule_of(rule_id: str, version: str | None, on: date | None = None, region: str = "") -> Rule:
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


def rule_at(rule_id: str, day: date, region: str) -> tuple[Rule, str]:
    """The version in force on a day and what to say about it: something only where the register begins later."""
    try:
        return rule_of(rule_id, None, day, region), ""
    except NotFound:
        first = _first(rule_id)
        if first is None or first.effective_from is None or first.effective_from <= day:
            raise
        facts = {"day": day, "first": first.cite, "from": first.effective_from}
        return first, _("%(day)s还没有登记在册的版本，按最早的%(first)s（自%(from)s起）计算") % facts


def moment_of(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        aware.astimezone(SHANGHAI)  # not so near the first or last year that it has no date there
    except (ValueError, OverflowError):
        raise Invalid(_("请按2026-01-31的样子填写日期"), field="start") from None
    return aware


def _end_of(text: str) -> datetime:
    moment = moment_of(text)
    return datetime.combine(moment.date(), time.max, SHANGHAI) if len(text) <= 10 else moment
