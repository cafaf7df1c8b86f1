"""An explanation ready for the screen, in the reader's language: `{% include "law/why.html" with why=… %}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse

from tongqu.kernel.law import facts, queries, register, words
from tongqu.kernel.law.explaining import DayNote, Explanation, Stretch
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.ui import languages


@dataclass(frozen=True, slots=True)
class WhyRow:
    """A row of the table: a day, or days that are alike.

    `label` is short (“3月20日 周五”), with the year where it changes. `number` is “1” or “1–5”, empty if not counted.
    """

    first: date
    last: date
    label: str
    counted: bool
    number: str
    text: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class Why:
    """`summary` is the sentence that answers; the rest shows that it is right.

    `began`: from which event it runs, and when that was; `days` are the single days (for `{% why_date %}`), `rows` what
    the table shows.
    """

    summary: str
    rule: str
    rule_url: str
    otherwise: str
    began: str
    promised: date | None
    started_at: datetime
    due_at: datetime
    last_day: date
    provisional: bool
    paused: bool
    stale: bool
    days: Sequence[DayNote]
    rows: Sequence[WhyRow]


def why(clock: Clock) -> Why:
    """Why this clock ends when it does. No query."""
    explanation = queries.explain(clock)
    try:
        rule: Rule | None = register.rule_version(clock.rule_id, clock.rule_version)
    except register.UnknownRule:
        rule = None  # its package is not loaded in this process; the numbers are the clock's own
    return why_of(explanation, rule=rule, cite=clock.cite, promised=clock.promised_last_day)


def why_of(explanation: Explanation, *, rule: Rule | None, cite: str = "", promised: date | None = None) -> Why:
    """The same for any explanation; `cite` stands in where the rule itself is not to hand. `promised`: the last day of
    the shorter time that was promised in public (L27)."""
    english = languages.english()
    due = explanation.due
    return Why(
        summary=explanation.sentence_en if english else languages.ours(explanation.sentence_zh),
        rule=f"{rule.rule_id} {words.source(rule)}" if rule else cite,
        rule_url=url_of(rule) if rule else "",
        otherwise=words.otherwise(rule) if rule else "",
        began=facts.began(rule, explanation.start),
        promised=promised,
        started_at=explanation.start,
        due_at=due.at,
        last_day=due.last_day,
        provisional=due.provisional,
        paused=due.paused,
        stale=explanation.stale,
        days=explanation.days,
        rows=_rows(explanation, english),
    )


def url_of(rule: Rule) -> str:
    """The page of the rule; of the very version where that is not the newest, or holds in one region only."""
    url = reverse("law:rule", args=[rule.rule_id])
    newest = register.latest(rule.rule_id)
    is_newest = newest is None or newest.version == rule.version
    return url if is_newest and not rule.authority else f"{url}?{urlencode({'version': rule.version})}"


def _rows(explanation: Explanation, english: bool) -> list[WhyRow]:
    items = explanation.stretches if explanation.is_long else explanation.days
    rows: list[WhyRow] = []
    year = 0
    for item in items:
        if isinstance(item, Stretch):
            first, last, numbers = item.first, item.last, (item.first_number, item.last_number)
        else:
            first, last, numbers = item.date, item.date, (item.number, item.number)
        label = _label(first, english, with_year=first.year != year)
        if last != first:
            label += " – " + _label(last, english, with_year=last.year != first.year)
        year = last.year
        rows.append(
            WhyRow(
                first=first, last=last, label=label, counted=item.counted, number=_number(*numbers),
                text=item.text_en if english else languages.ours(item.text_zh),
                is_due=min(first, last) <= explanation.due.last_day <= max(first, last),
            )
        )  # fmt: skip
    return rows


def _number(first: int | None, last: int | None) -> str:
    if first is None:
        return ""
    return str(first) if first == last else f"{first}–{last}"


def _label(day: date, english: bool, *, with_year: bool) -> str:
    if english:
        return f"{day:%a} {day.day} {day:%B}" + (f" {day.year}" if with_year else "")
    weekday = "一二三四五六日"[day.weekday()]
    return languages.ours((f"{day.year}年" if with_year else "") + f"{day.month}月{day.day}日 周{weekday}")
