"""The page's script and the server agree on which fields a condition shows, whatever was typed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from tongqu.kernel.ui import forms
from tongqu.kernel.ui.forms.conditions import shown
from tongqu.kernel.ui.tests.definitions import field, form, text

SCRIPT = Path(forms.__file__).parents[1] / "static" / "ui" / "conditions.js"
FACTS = ["a", "b", "c", "d", "e"]  # number, checkboxes, radio, date, number
ANSWERS: dict[str, list[Any]] = {
    "a": ["", "1", "0.3", "500", "１０", "1,000", "很多"], "b": [[], ["x"], ["x", "z"], ["y", "z"]],
    "c": ["", "x", "y"], "d": ["", "2026-01-01", "2026-11-20"], "e": ["", "-2", "0.1", "7"],
}  # fmt: skip


def number(pick: random.Random) -> str:
    plain = ["a", "e", "1", "0.3", "500", "-2", "count(b)", "null"]
    return pick.choice([*plain, f"({pick.choice(plain)} {pick.choice('+-*')} {pick.choice(plain)})"])


def condition(pick: random.Random, depth: int = 2) -> str:
    """An expression as officials write them, of every kind that a page follows."""
    if depth and pick.random() < 0.6:
        left, right = condition(pick, depth - 1), condition(pick, depth - 1)
        sign = pick.choice(["and", "or", "=", "!="])
        return pick.choice([f"({left}) {sign} ({right})", f"not({left})", f"if {left} then {right} else a > 1"])
    sign = pick.choice(["=", "!=", "<", "<=", ">", ">="])
    return pick.choice(
        [
            f"{number(pick)} {sign} {number(pick)}", f"{number(pick)} between {number(pick)} and {number(pick)}",
            f"a in {pick.choice(['[1..500)', '(0.3..10]', '(1, 500)', '< 5', '[1, 10]'])}",
            f'c {pick.choice(["=", "!="])} "x"', 'c in ("x", "z")', "c = null", 'list contains(b, "z")', "b = null",
            f'd {sign} date("2026-01-01")', 'd {sign} @"2026-05-01"'.replace("{sign}", sign), 'b = ["x", "z"]',
        ]
    )  # fmt: skip


def definition(expressions: list[str]) -> dict[str, Any]:
    asked = (
        field("a", "number"), field("b", "checkboxes", options="x y z"), field("c", "radio", options="x y"),
        field("d", "date"), field("e", "number", show={"feel": "a != 0.3", "text": text("甲")}),
    )  # fmt: skip
    hanging = [
        field(f"h{n}", show={"feel": one, "text": text("条件")}) for n, one in enumerate(expressions)
    ]  # fmt: skip
    plain = field("plain", show={"field": "b", "in": ["y", "z"]})
    after = field("after", show={"field": "plain", "equals": "1"})
    return form(*asked, *hanging, plain, after)


FILL = """(answers) => {
  for (const control of document.querySelectorAll("input")) {
    const now = answers[control.name];
    if (now === undefined) continue;
    if (/radio|checkbox/.test(control.type)) control.checked = [now].flat().includes(control.value);
    else control.value = now;
  }
  document.forms[0].dispatchEvent(new Event("change"));
  return [...document.querySelectorAll(".field")].filter((f) => f.closest("[data-off]") === null)
    .map((f) => f.querySelector("input").name);
}"""


@pytest.mark.parametrize("seed", range(3))
def test_the_page_shows_what_the_server_would(seed: int, open_page: Callable[..., Any]) -> None:
    pick = random.Random(seed)
    made = definition([condition(pick) for _ in range(60)])
    sections = forms.build(made, {})
    page = open_page()
    page.set_content(f"<form method=post>{render_to_string('ui/form.html', {'sections': sections})}</form>")
    page.add_script_tag(content=SCRIPT.read_text("utf-8"), type="module")
    fields = forms.all_fields(made)
    seen = set()
    for _ in range(40):
        answers = {name: pick.choice(values) for name, values in ANSWERS.items()} | {"plain": pick.choice(["", "1"])}
        read, _errors = forms.parse(made, answers)
        typed = {name: value for name, value in {**answers, **read}.items() if name in read}
        is_shown = shown(fields, typed.get)
        wanted = {name for name in fields if is_shown(name)}
        found = set(page.evaluate(FILL, answers))
        for _ in range(100 if not seen else 0):  # a module runs some time after it was added
            if found == wanted:
                break
            page.wait_for_timeout(50)
            found = set(page.evaluate(FILL, answers))
        assert found == wanted, {name: fields[name]["show"] for name in wanted ^ found}
        seen |= wanted
    assert "after" in seen and len(seen) > 30
