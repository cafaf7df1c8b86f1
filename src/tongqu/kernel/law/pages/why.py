"""An explanation ready for the screen, in the reader's language: `{% include "law/why.html" with why=… %}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import get_language

from tongqu.kernel.law import queries, register, words
from tongqu.kernel.law.explaining import DayNote, Explanation, Stretch
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import Rule


@dataclass(frozen=True, slots=True)
class WhyRow:
    """A row of the table: a day, or days that are alike. `number` is “1” or “1–5”, empty if not counted."""

    first: date
    last: date
    counted: bool
    number: str
    text: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class Why:
    """`summary` is the sentence that answers; the rest shows that it is right.

    `days` are the single days (for `{% why_date %}`), `rows` what the table shows.
    """

    summary: str
    rule: str
    rule_url: str
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
    return why_of(explanation, rule=rule, cite=clock.cite)


def why_of(explanation: Explanation, *, rule: Rule | None, cite: str = "") -> Why:
    """The same for any explanation; `cite` stands in where the rule itself is not to hand."""
    english = (get_language() or "").startswith("en")
    due = explanation.due
    return Why(
        summary=explanation.sentence_en if english else explanation.sentence_zh,
        rule=f"{rule.rule_id} {words.source(rule)}" if rule else cite,
        rule_url=reverse("law:rule", args=[rule.rule_id]) if rule else "",
        started_at=explanation.start,
        due_at=due.at,
        last_day=due.last_day,
        provisional=due.provisional,
        paused=due.paused,
        stale=explanation.stale,
        days=explanation.days,
        rows=[_row(item, due.last_day, english) for item in _items(explanation)],
    )


def _items(explanation: Explanation) -> Sequence[DayNote | Stretch]:
    return explanation.stretches if explanation.is_long else explanation.days


def _row(item: DayNote | Stretch, due_day: date, english: bool) -> WhyRow:
    text = item.text_en if english else item.text_zh
    if isinstance(item, DayNote):
        number = str(item.number) if item.number is not None else ""
        return WhyRow(item.date, item.date, item.counted, number, text, item.date == due_day)
    number = ""
    if item.first_number is not None:
        number = str(item.first_number) if item.first == item.last else f"{item.first_number}–{item.last_number}"
    return WhyRow(item.first, item.last, item.counted, number, text, item.first <= due_day <= item.last)
