"""Random decision tables and facts for the tests that compare two ways of deciding."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.boxed import Scope
from tongqu.foundation.dmn.item_types import Types
from tongqu.foundation.dmn.tables import CompiledTable, compile_table
from tongqu.foundation.feel.temporal import Date

NUMBERS = [Decimal(n).scaleb(-1) for n in (-15, 0, 5, 10, 15, 20, 30)]
WORDS = ["本市", "外市", "港澳", "it's"]
DAYS = [Date(2026, 3, 1), Date(2026, 3, 2), Date(2026, 12, 31)]
KINDS = {"number": NUMBERS, "string": WORDS, "date": DAYS, "boolean": [True, False]}


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value)
    return f'"{value}"' if isinstance(value, str) else f'date("{value}")'


def cells(kind: str) -> st.SearchStrategy[str]:
    values = st.sampled_from(KINDS[kind]).map(written)
    plain = st.one_of(st.just("-"), values, st.just("null"), st.tuples(values, values).map(", ".join),
                      st.lists(values, min_size=1, max_size=2).map(lambda v: f"not({', '.join(v)})"),
                      values.map(lambda v: f"!= {v}"))  # fmt: skip
    if kind in ("string", "boolean"):
        return plain
    ends = st.sampled_from(KINDS[kind])
    ranges = st.tuples(st.sampled_from("[("), ends, ends, st.sampled_from("])")).map(
        lambda r: f"{r[0]}{written(min(r[1], r[2], key=_order))}..{written(max(r[1], r[2], key=_order))}{r[3]}"
    )
    signs = st.tuples(st.sampled_from(["<", "<=", ">", ">="]), values).map(" ".join)
    return st.one_of(plain, ranges, signs, st.tuples(signs, ranges).map(", ".join), signs.map(lambda s: f"not({s})"))


def _order(value: Any) -> Any:
    return value.number if isinstance(value, Date) else value


@st.composite
def tables(draw: st.DrawFn) -> m.Table:
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    policy = draw(st.sampled_from([*m.HIT_POLICIES, "COLLECT SUM", "COLLECT COUNT", "COLLECT MIN"]))
    outputs = ["甲", "乙", "丙"]
    numeric = policy.startswith("COLLECT ")
    rules = draw(st.lists(st.tuples(*[cells(kind) for kind in kinds], st.sampled_from(range(3))), max_size=6))
    hit, _sep, how = policy.partition(" ") if numeric else (policy, "", "")
    default = draw(st.sampled_from(["", '"丁"' if not numeric else "9"]))
    output = m.Output("结果", values="" if numeric else '"甲", "乙", "丙"', default=default)
    return m.Table(
        "试", hit_policy=hit, aggregation=how, outputs=(output,),
        inputs=tuple(m.Input(f"facts.f{n}" if n % 2 else f"f{n}", label=kind) for n, kind in enumerate(kinds)),
        rules=tuple(
            m.Rule(tuple(rule[:-1]), (str(rule[-1]) if numeric else f'"{outputs[rule[-1]]}"',)) for rule in rules
        ),
    )  # fmt: skip


UNKNOWN = object()


def rows(table: m.Table) -> st.SearchStrategy[list[tuple[Any, ...]]]:
    """Values for each input: of its kind, of another, null, or unknown."""
    each = [
        st.one_of(st.sampled_from(KINDS[i.label]), st.sampled_from(KINDS[i.label]), st.none(), st.just(UNKNOWN))
        for i in table.inputs
    ]
    return st.lists(st.tuples(*each), min_size=1, max_size=12)


def compiled(table: m.Table) -> CompiledTable:
    return compile_table(table, Scope((), (), Types(m.Definitions("", "")), []))


def python_day(value: Date) -> date:
    return date(value.year, value.month, value.day)
