"""Random expressions and tables that compute, for the tests that compare two ways of deciding."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_tables as some

FACTS = {"facts.收入": "number", "人数": "number", "本市": "boolean", "日": "date", "facts.类": "string"}
EXTREME = [Decimal(t) for t in ("0", "-1.5", "3", "0.01", "9007199254740993", "4611686018427387904",
                                "99999999999999999.99", "0.0000000001", "12345678901234567890123.4")]  # fmt: skip
VALUES: dict[str, list[Any]] = {**some.KINDS, "number": [*some.NUMBERS, *EXTREME]}


def numbers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    signs = st.sampled_from(["+", "-", "*", "/"])
    return st.one_of(
        st.tuples(inner, signs, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"), inner.map(lambda p: f"-({p})"),
        st.tuples(st.sampled_from(["min", "max"]), two).map(lambda p: f"{p[0]}({p[1][0]}, {p[1][1]})"),
    )  # fmt: skip


_NUMBER = st.sampled_from(["facts.收入", "人数", "2", "0.2", "100", "-3", "null", "0"])
_ANY = st.sampled_from([*FACTS, "null", '"本市"', "true", 'date("2026-03-01")', "1.5"])
NUMBER = st.recursive(_NUMBER, numbers, max_leaves=4)
TEST = st.one_of(
    st.tuples(NUMBER, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), NUMBER).map(lambda p: f"({' '.join(p)})"),
    st.tuples(_ANY, st.sampled_from(["<", ">=", "=", "!="]), _ANY).map(lambda p: f"({' '.join(p)})"),
    st.tuples(NUMBER, NUMBER, NUMBER).map(lambda p: f"({p[0]} between {p[1]} and {p[2]})"),
    NUMBER.map(lambda p: f"({p} in [0..20.5))"), NUMBER.map(lambda p: f"({p} in (1, < -1, [2..3]))"),
    _ANY.map(lambda p: f'({p} in ("本市", null))'), NUMBER.map(lambda p: f"({p} in [1, 2, [5..9]])"), _ANY,
)  # fmt: skip
BOOLEAN = st.recursive(
    TEST, lambda i: st.tuples(i, st.sampled_from(["and", "or"]), i).map(lambda p: f"({' '.join(p)})"), max_leaves=3
)
ANYTHING = st.one_of(
    NUMBER, NUMBER, BOOLEAN, _ANY,
    st.tuples(BOOLEAN, NUMBER, NUMBER).map(lambda p: f"if {p[0]} then {p[1]} else {p[2]}"),
    st.tuples(BOOLEAN, _ANY, _ANY).map(lambda p: f"if {p[0]} then {p[1]} else {p[2]}"),
    st.just("人数 ** 2"), st.just('string(人数)'), BOOLEAN.map(lambda p: f"not({p})"),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> m.Table:
    kinds = draw(st.lists(st.sampled_from(["number", "boolean", "plain"]), min_size=1, max_size=3))
    inputs, cells = [], []
    for kind in kinds:
        name = draw(st.sampled_from(list(FACTS))) if kind == "plain" else draw(NUMBER if kind == "number" else BOOLEAN)
        kind = FACTS[name] if kind == "plain" else kind
        inputs.append(m.Input(name, type_ref=draw(st.sampled_from(["", "", "", kind, "string"]))))
        cells.append(some.cells(kind))
    policy = draw(st.sampled_from([*m.HIT_POLICIES, "FIRST", "UNIQUE", "COLLECT SUM", "COLLECT MAX", "COLLECT COUNT"]))
    hit, _sep, how = policy.partition(" ") if policy.startswith("COLLECT ") else (policy, "", "")
    output = m.Output("结果", type_ref=draw(st.sampled_from(["", "", "number", "boolean"])),
                      default=draw(st.one_of(st.just(""), NUMBER)))  # fmt: skip
    rules = draw(st.lists(st.tuples(*cells, ANYTHING), max_size=4))
    return m.Table(
        "试", hit_policy=hit, aggregation=how, outputs=(output,), inputs=tuple(inputs),
        rules=tuple(m.Rule(tuple(rule[:-1]), (rule[-1],)) for rule in rules),
    )  # fmt: skip


def rows(draw: Any) -> list[tuple[Any, ...]]:
    """Values for each fact: of its kind, extreme ones, null or unknown."""
    each = [
        st.one_of(st.sampled_from(VALUES[k][:6]), st.sampled_from(VALUES[k]), st.none(), st.just(some.UNKNOWN))
        for k in FACTS.values()
    ]
    found: list[tuple[Any, ...]] = draw(st.lists(st.tuples(*each), min_size=1, max_size=8))
    return found
