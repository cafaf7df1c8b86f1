"""A decision table as accessible HTML: a caption, headings for columns and rows, the rules that fired said in words.

No style and no script of its own; classes: `decision`, `decision__input`, `decision__output`, `is-fired`, `is-open`,
`decision__mark`, `facts__row`, `rule-ref`; each cell says in `data-label` which column it is in, for pages that draw a
rule as a card.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape

from tongqu.foundation import hant
from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tables import RULE_ID, Fired
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.values import Unknown

WORDS = {
    "zh": {
        "rule": "规则", "input": "条件", "output": "结果", "note": "备注", "any": "不限", "fired": "这条规则命中",
        "open": "还缺信息，可能命中", "unknown": "未知", "because": "依据这些情况", "result": "结果",
    },
    "en": {
        "rule": "Rule", "input": "Conditions", "output": "Results", "note": "Notes", "any": "any",
        "fired": "this rule fired",
        "open": "may fire: facts are missing", "unknown": "unknown", "because": "Because of", "result": "Result",
    },
}  # fmt: skip


Link = Callable[[str], tuple[str, str] | None]  # a rule's id → where it is explained and what it is called


def to_html(
    table: m.Table, fired: Fired | None = None, *, language: str = "zh", link: Link | None = None
) -> str:  # fmt: skip
    """The table; with what fired, those rules marked and the facts listed below. `link`: of rule ids in notes."""
    words = _words(language)
    notes = max((len(rule.annotations) for rule in table.rules), default=0)
    heads = _heads(table, notes)
    parts = [
        '<table class="decision">', f"<caption>{escape(table.name or table.label)}</caption>", "<thead>",
        _groups(table, notes, words), _columns(heads), "</thead>", "<tbody>",
        *(_rule(n, rule, heads, fired, words, link) for n, rule in enumerate(table.rules, 1)), "</tbody>", "</table>",
    ]  # fmt: skip
    if fired is not None:
        parts.append(_because(fired, words))
    return "\n".join(parts)


def _words(language: str) -> dict[str, str]:
    """The drawing's own words: English, 繁體 for "zh-Hant", else 简体."""
    words = WORDS["en" if language.startswith("en") else "zh"]
    if not language.startswith("zh-Hant"):
        return words
    return {name: hant.traditional(said_) for name, said_ in words.items()}


def _groups(table: m.Table, notes: int, words: dict[str, str]) -> str:
    cells = [f'<th scope="col" rowspan="2">{words["rule"]}</th>']
    for name, count in (("input", len(table.inputs)), ("output", len(table.outputs)), ("note", notes)):
        if count:
            cells.append(f'<th scope="colgroup" colspan="{count}" class="decision__{name}">{words[name]}</th>')
    return f"<tr>{''.join(cells)}</tr>"


def _heads(table: m.Table, notes: int) -> list[str]:
    """The headings of inputs, outputs and notes, in this order."""
    names = [i.label or i.expression.strip() for i in table.inputs]
    names += [o.label or o.name or table.name or table.label for o in table.outputs]
    return names + [*table.annotations, *[""] * notes][:notes]


def _columns(heads: list[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    return f"<tr>{cells}</tr>"


def _rule(
    number: int, rule: m.Rule, heads: list[str], fired: Fired | None, words: dict[str, str], link: Link | None
) -> str:  # fmt: skip
    mark, told = "", ""
    if fired is not None and number in fired.matched:
        mark, told = ' class="is-fired"', f' <span class="decision__mark">{words["fired"]}</span>'
    elif fired is not None and number in fired.open:
        mark, told = ' class="is-open"', f' <span class="decision__mark">{words["open"]}</span>'
    notes = [*rule.annotations, *[""] * len(heads)][: len(heads) - len(rule.tests) - len(rule.outputs)]
    drawn = [("", _test(text, words)) for text in rule.tests]
    drawn += [(' class="decision__output"', escape(text)) for text in rule.outputs]
    drawn += [("", _note(text, link)) for text in notes]
    cells = [f'<th scope="row" data-label="{words["rule"]}">{number}{told}</th>']
    cells += [
        f'<td{kind} data-label="{escape(head)}">{text}</td>' for head, (kind, text) in zip(heads, drawn, strict=True)
    ]
    return f"<tr{mark}>{''.join(cells)}</tr>"


def _note(text: str, link: Link | None) -> str:
    """A remark, the rules it cites as links."""
    if link is None:
        return escape(text)

    def linked(found: re.Match[str]) -> str:
        told = link(found[0])
        return f'<a class="rule-ref" href="{escape(told[0])}">{escape(told[1])}</a>' if told else found[0]

    return RULE_ID.sub(linked, escape(text))


def _test(text: str, words: dict[str, str]) -> str:
    if text.strip() in ("", "-"):
        return f'<span aria-label="{words["any"]}">-</span>'
    return escape(text)


def _because(fired: Fired, words: dict[str, str]) -> str:
    rows = [*fired.inputs, (words["result"], fired.result)]
    return f'<dl class="facts" aria-label="{words["because"]}">{"".join(_facts(rows, words))}</dl>'


def _facts(rows: Iterable[tuple[str, object]], words: dict[str, str]) -> Iterable[str]:
    for name, value in rows:
        shown = words["unknown"] if isinstance(value, Unknown) else said(value)
        yield f'<div class="facts__row"><dt>{escape(name)}</dt><dd>{escape(shown)}</dd></div>'
