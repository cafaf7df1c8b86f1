"""A decision table as accessible HTML: a caption, headings for columns and rows, the rules that fired said in words.

No style and no script of its own; classes: `decision`, `decision__input`, `decision__output`, `is-fired`, `is-open`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tables import Fired
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


def to_html(table: m.Table, fired: Fired | None = None, *, language: str = "zh") -> str:
    """The table; with what fired, those rules marked and the facts listed below."""
    words = WORDS["en" if language.startswith("en") else "zh"]
    notes = max((len(rule.annotations) for rule in table.rules), default=0)
    parts = [
        '<table class="decision">', f"<caption>{escape(table.name or table.label)}</caption>", "<thead>",
        _groups(table, notes, words), _columns(table, notes), "</thead>", "<tbody>",
        *(_rule(n, rule, notes, fired, words) for n, rule in enumerate(table.rules, 1)), "</tbody>", "</table>",
    ]  # fmt: skip
    if fired is not None:
        parts.append(_because(fired, words))
    return "\n".join(parts)


def _groups(table: m.Table, notes: int, words: dict[str, str]) -> str:
    cells = [f'<th scope="col" rowspan="2">{words["rule"]}</th>']
    for name, count in (("input", len(table.inputs)), ("output", len(table.outputs)), ("note", notes)):
        if count:
            cells.append(f'<th scope="colgroup" colspan="{count}" class="decision__{name}">{words[name]}</th>')
    return f"<tr>{''.join(cells)}</tr>"


def _columns(table: m.Table, notes: int) -> str:
    names = [i.label or i.expression.strip() for i in table.inputs]
    names += [o.label or o.name or table.name or table.label for o in table.outputs]
    names += [*table.annotations, *[""] * notes][:notes]
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f"<tr>{cells}</tr>"


def _rule(number: int, rule: m.Rule, notes: int, fired: Fired | None, words: dict[str, str]) -> str:
    mark, told = "", ""
    if fired is not None and number in fired.matched:
        mark, told = ' class="is-fired"', f' <span class="vh">{words["fired"]}</span>'
    elif fired is not None and number in fired.open:
        mark, told = ' class="is-open"', f' <span class="vh">{words["open"]}</span>'
    cells = [f'<th scope="row">{number}{told}</th>']
    cells += [f"<td>{_test(text, words)}</td>" for text in rule.tests]
    cells += [f'<td class="decision__output">{escape(text)}</td>' for text in rule.outputs]
    cells += [f"<td>{escape(text)}</td>" for text in (*rule.annotations, *[""] * notes)[:notes]]
    return f"<tr{mark}>{''.join(cells)}</tr>"


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
        yield f"<div><dt>{escape(name)}</dt><dd>{escape(shown)}</dd></div>"
