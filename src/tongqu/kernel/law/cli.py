"""What the command line shows of law. Each function returns the text to print, or JSON with `as_json`.

tongqu law list [PREFIX] · tongqu law show L7 · tongqu law due L7 2026-03-02
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.law import answers, calendars, facts, overlays, register, words
from tongqu.kernel.law.rules import Rule


def list_(prefix: str = "", *, trust: str = "", instrument: str = "", as_json: bool = False) -> str:
    """The rules in force whose id begins so, one a line: id, how far checked, number, source.

    `instrument` is a part of its name: 行政许可法 finds 中华人民共和国行政许可法.
    """
    found = answers.listed(prefix, trust=trust, instrument=instrument)
    if as_json:
        return _json([answers.rule_plain(rule) for rule in found])
    rows = [(rule.rule_id, rule.trust, words.amount(rule) or "—", words.source(rule)) for rule in found]
    return "\n".join(f"{a:<22} {b}  {c:<12} {d}" for a, b, c, d in rows)


def show(rule_id: str, *, version: str | None = None, on: str = "", region: str = "", as_json: bool = False) -> str:
    """One rule in full, as in force `on` a day, or one version of it. Raises NotFound, Invalid."""
    rule = answers.rule_of(rule_id, version, answers.moment_of(on).date() if on else None, region)
    if as_json:
        return _json(answers.rule_plain(rule))
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
    """When the period of a rule ends that starts at `start`, and why; `days` lists each day. Raises as `answers` do."""
    answer = answers.worked_out(
        rule_id, start, pauses=pauses, extended_by=extended_by, extend=extend, region=region
    )  # fmt: skip
    if as_json:
        return _json(answer.plain())
    rule, note, found = answer.rule, answer.note, answer.explanation
    english = words.english()
    lines = [found.sentence_en if english else found.sentence_zh, *([note] if note else [])]
    lines.append(f"{words.cited(rule)} {rule.cite}")
    lines.append(f"{_('起算')}{_('：')}{facts.began(rule, answer.begun)}")
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


def _elsewhere(rule: Rule) -> list[Rule]:
    return [] if rule.authority else [one for one in register.overlays_of(rule.rule_id) if not one.withdrawn]


def _json(value: Any) -> str:
    def text(found: object) -> str:
        return found.isoformat() if isinstance(found, (date, datetime)) else str(found)

    return json.dumps(value, ensure_ascii=False, indent=2, default=text)
