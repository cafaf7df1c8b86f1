"""Computed outputs and expression inputs: columns give every row what the table gives it alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_expressions as ex
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.dmn.tests.test_populations import alone, column, same
from tongqu.foundation.feel.values import Unknown

np = pytest.importorskip("numpy")


def exact(values: list[object]) -> object:
    """Decimals as they are, never through a float."""
    if any(isinstance(v, Decimal) for v in values):
        from tongqu.foundation.dmn.columns import vector

        unknown = np.array([v is some.UNKNOWN for v in values])
        known = np.empty(len(values), object)
        known[:] = [None if v is some.UNKNOWN else v for v in values]
        return vector(known, unknown=unknown)
    return column(values)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_computed_columns_give_each_row_what_the_table_gives_it(data: st.DataObject) -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = data.draw(ex.tables())
    rows = ex.rows(data.draw)
    names = list(ex.FACTS)
    made = data.draw(st.sampled_from([column, exact]))
    compiled = some.compiled(table)
    columns = {name: made([row[n] for row in rows]) for n, name in enumerate(names)}
    if made is column:  # a float is what it says it is
        rows = [tuple(some.UNKNOWN if type(v) is Unknown else v for v in (columns[n].value(r) for n in names))
                for r in range(len(rows))]  # fmt: skip
    decided = ColumnTable(compiled).decide(columns, threads=1)
    for number, row in enumerate(rows):
        wanted = alone(compiled, names, row)
        assert same(decided.value(number), wanted), (table, row, decided.value(number), wanted)
    counts = decided.counts()
    assert sum(count for _value, count in counts) == len(rows)
    coded = decided.column()
    assert all(same(coded.value(n), decided.value(n)) for n in range(len(rows)))


def benefit(*rules: m.Rule, inputs: tuple[str, ...], hit: str = "FIRST") -> m.Table:
    return m.Table(
        "补贴", hit_policy=hit, outputs=(m.Output("金额"),), inputs=tuple(m.Input(i) for i in inputs), rules=rules
    )


def test_an_amount_is_computed_for_each_row_without_leaving_columns() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = benefit(m.Rule(("< 1000",), ("if 收入 > 限额 then 0 else 限额 - 收入",)), m.Rule(("-",), ("收入 * 0.2",)),
                    inputs=("收入 / 人数",))  # fmt: skip
    facts = {"收入": np.array([1000.25, 5000.1, 700.0, 100.0]), "人数": np.array([3, 2, 1, 0]), "限额": np.full(4, 900)}
    answers = ColumnTable(some.compiled(table)).decide(facts)
    assert [answers.value(n) for n in range(4)] == [0, Decimal("1000.02"), 200, 20]
    assert answers.alone == 0 and answers.why == ()


def test_what_overflows_is_computed_in_decimals_and_a_rule_without_a_lane_is_named() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = benefit(m.Rule(("< 0",), ("数 ** 2",)), m.Rule(("-",), ("数 * 数",)), inputs=("数",))
    answers = ColumnTable(some.compiled(table)).decide({"数": np.array([-3, 4_000_000_000_000, 5])})
    assert [answers.value(n) for n in range(3)] == [9, Decimal(16) * 10**24, 25]
    assert answers.alone == 1 and answers.decimals == 1 and any("rule 1" in why for why in answers.why)


def test_an_unknown_amount_names_what_each_row_still_needs() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable, vector

    table = benefit(m.Rule(("> 10",), ("facts.收入 + 人数",)), m.Rule(("-",), ("0",)), inputs=("facts.收入 + 人数",))
    marks = np.array([False, True, True])
    facts = {"facts.收入": vector(np.array([9, 9, 9]), unknown=marks),
             "人数": vector(np.array([5, 5, 5]), unknown=np.array([False, False, True]))}  # fmt: skip
    answers = ColumnTable(some.compiled(table)).decide(facts)
    assert answers.value(0) == 14 and answers.value(1) == Unknown(frozenset(["facts.收入"]))
    assert answers.value(2) == Unknown(frozenset(["facts.收入", "人数"]))


def test_an_amount_that_an_earlier_rule_may_change_is_known_where_both_say_the_same() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable, vector

    table = benefit(m.Rule(('"一级"', "-"), ("补 * 2",)), m.Rule(("-", "> 0"), ("补 + 10",)), inputs=("等级", "补"))
    facts = {"等级": vector(np.array(["一级", "二级", "二级"], object), unknown=np.array([False, True, True])),
             "补": np.array([5, 10, 7])}  # fmt: skip
    answers = ColumnTable(some.compiled(table)).decide(facts)
    assert [answers.value(n) for n in range(3)] == [10, 20, Unknown(frozenset(["等级"]))]
    assert answers.alone == 0
