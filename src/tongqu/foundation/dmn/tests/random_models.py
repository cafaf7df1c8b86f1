"""Random small models of tables, expressions and knowledge, for the tests that compare two ways of deciding."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_expressions as ex

GROUP = "facts"
TYPES = ("", "", "", "number", "string", "boolean", "t正")
POSITIVE = m.ItemDefinition("t正", type_ref="number", allowed_values="> 0")


def _inputs(draw: st.DrawFn) -> dict[str, m.Element]:
    group = draw(st.sampled_from(["", "", "t组"]))
    found: dict[str, m.Element] = {GROUP: m.InputData(GROUP, GROUP, GROUP, group)}
    for name, kind in ex.FACTS.items():
        if "." not in name:
            found[name] = m.InputData(name, name, name, draw(st.sampled_from(["", "", kind, "t正", "string"])))
    return found


KNOWLEDGE = m.Knowledge(
    "折", "折", "折", function=m.BoxedFunction(
        parameters=(m.Formal("甲", "number"), m.Formal("乙")), body=m.Text(text="if 乙 = null then 甲 else 甲 * 乙 + 1")
    ),
)  # fmt: skip
TABLED = m.Knowledge(
    "档", "档", "档", "number", function=m.BoxedFunction(parameters=(m.Formal("数", "number"),), body=m.Table(
        hit_policy="FIRST", inputs=(m.Input("数"),), outputs=(m.Output("值"),),
        rules=(m.Rule(("< 1",), ("数 + 1",)), m.Rule(("[1..20]",), ("2",)), m.Rule(("null",), ('"无"',))),
    )),
)  # fmt: skip


def _renamed(text: str, names: list[str], draw: st.DrawFn) -> str:
    """With some facts replaced by what other decisions gave, or by calls of knowledge."""
    for fact in ("人数", "facts.收入", "本市", "facts.类"):
        if names and fact in text and draw(st.booleans()):
            text = text.replace(fact, draw(st.sampled_from(names)))
        elif fact in text and draw(st.integers(0, 3)) == 0:
            call = draw(st.sampled_from(["折(X, 2)", "折(乙: X, 甲: 3)", "档(X)", "档(折(X, 1))"]))
            text = text.replace(fact, call.replace("X", fact))
    return text


def _boxed(draw: st.DrawFn, names: list[str]) -> m.Boxed:
    kind = draw(st.sampled_from(["text", "table", "table", "if", "context", "call"]))
    of = draw(st.sampled_from(TYPES))

    def text() -> m.Text:
        return m.Text(text=_renamed(draw(ex.ANYTHING), names, draw), type_ref=draw(st.sampled_from(["", "", "number"])))

    if kind == "text":
        return replace(text(), type_ref=of)
    if kind == "if":
        condition = m.Text(text=_renamed(draw(ex.BOOLEAN), names, draw))
        return m.Conditional("", of, condition, text(), text())
    if kind == "context":
        last = m.Text(text=_renamed(f"人数 + {draw(st.sampled_from(['步', '2', '人数']))}", [*names, "步"], draw))
        result = [m.Entry("", "", last)] if draw(st.integers(0, 3)) else []
        return m.BoxedContext("", of, (m.Entry("步", draw(st.sampled_from(TYPES)), text()), *result))
    if kind == "call":
        return m.Invocation("", of, m.Text(text="折"), (("甲", text()), ("乙", text())))
    table = draw(ex.tables())
    inputs = tuple(replace(i, expression=_renamed(i.expression, names, draw)) for i in table.inputs)
    rules = tuple(replace(r, outputs=(_renamed(r.outputs[0], names, draw),)) for r in table.rules)
    return replace(table, inputs=inputs, rules=rules)


@st.composite
def models(draw: st.DrawFn) -> tuple[m.Definitions, str]:
    """A model, and the last of its decisions."""
    elements = {**_inputs(draw), "折": KNOWLEDGE, "档": TABLED}
    facts = [f"#{name}" for name, one in elements.items() if isinstance(one, m.InputData)]
    names: list[str] = []
    for number in range(draw(st.integers(2, 4))):
        name = f"决{number}"
        left_out = draw(st.sampled_from([*facts, "", "", ""]))  # now and then a decision does not require what it reads
        required = (*(fact for fact in facts if fact != left_out), *(f"#{other}" for other in names))
        of, boxed = draw(st.sampled_from(TYPES)), _boxed(draw, names)
        elements[name] = m.Decision(name, name, name, of, required, ("#折", "#档"), expression=boxed)
        names.append(name)
    group = m.ItemDefinition("t组", components=(m.ItemDefinition("收入", "number"), m.ItemDefinition("类", "string")))
    return m.Definitions("试", "urn:试", types=(POSITIVE, group), elements=elements), names[-1]


def given(row: tuple[Any, ...], unknown: Any) -> dict[str, Any]:
    """One row's facts as the model takes them."""
    from tongqu.foundation.feel.values import Partial, Unknown

    found: dict[str, Any] = {}
    for (name, _kind), value in zip(ex.FACTS.items(), row, strict=True):
        space, dot, own = name.rpartition(".")
        into = found.setdefault(space, Partial({}, space)) if dot else found
        into[own] = Unknown(frozenset([name])) if value is unknown else value
    return found
