"""What the command line shows of law. Each function returns the text to print, or JSON with `as_json`.

tongqu law list [PREFIX] · tongqu law show L7 · tongqu law due L7 2026-03-02
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.law import calendars, explaining, register, words
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


def show(rule_id: str, *, version: str | None = None, as_json: bool = False) -> str:
    """One rule in full. Raises NotFound."""
    rule = _rule(rule_id, version)
    if as_json:
        return _json(_plain(rule))
    trust = words.TRUST[rule.trust]
    lines = [
        f"{rule.cite}  {words.source(rule)}",
        words.said(rule.summary),
        f"[{trust.code}] {trust.label} {words.said(rule.trust_note)}".rstrip(),
    ]
    if rule.quantity is not None:
        lines.append(f"{words.word(words.BOUNDS, rule.bound)} {words.amount(rule)}")
    lines += [f"  {name}  {words.said(register.rule_version(name, rule.version).summary)}" for name in rule.parts]
    return "\n".join(lines)


def due(
    rule_id: str,
    start: str,
    *,
    pauses: Iterable[tuple[str, str]] = (),
    extended_by: int = 0,
    days: bool = False,
    as_json: bool = False,
) -> str:
    """When the period of a rule ends that starts at `start` (2026-03-02, or with a time), and why.

    `pauses` are pairs of first and last day; `extended_by` is in the rule's own unit; `days` lists each day.
    Raises NotFound for an unknown rule and Invalid for one without a period or a date that cannot be read.
    """
    rule = _rule(rule_id, None)
    if not rule.is_period:
        raise Invalid(_("规则%(rule)s没有规定期限") % {"rule": rule_id}, field="rule_id")
    stopped = [Pause("", _moment(a), _end_of(b)) for a, b in pauses]
    more = [Extension(rule_id, extended_by, rule.unit, "", "", datetime.now(UTC))] if extended_by else []
    try:
        found = explaining.explain(
            rule, _moment(start), pauses=stopped, extensions=more, calendar=register.calendar()
        )  # fmt: skip
    except ValueError as error:
        raise Invalid(_("无法计算：%(why)s") % {"why": error}, field="start") from error
    if as_json:
        return _json(
            {
                "rule": rule.cite, "start": found.start, "last_day": found.due.last_day, "due_at": found.due.at,
                "provisional": found.due.provisional, "zh-Hans": found.sentence_zh, "en": found.sentence_en,
                "days": [asdict(day) for day in found.days],
            }
        )  # fmt: skip
    english = words.english()
    lines = [found.sentence_en if english else found.sentence_zh]
    if days:
        lines += [
            f"{d.date} {'' if d.number is None else d.number:>4}  {d.text_en if english else d.text_zh}"
            for d in found.days
        ]
    return "\n".join(lines)


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


def _rule(rule_id: str, version: str | None) -> Rule:
    try:
        return register.rule_version(rule_id, version) if version else register.rule(rule_id)
    except register.UnknownRule:
        raise NotFound(_("没有规则%(rule)s") % {"rule": rule_id}) from None


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
