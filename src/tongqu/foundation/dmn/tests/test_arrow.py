"""Arrow streams in and out, exactly: DuckDB is the other side, so nothing else is needed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.dmn.tests.test_column_models import BENEFIT
from tongqu.foundation.dmn.tests.test_models import model
from tongqu.foundation.dmn.tests.test_populations import same
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Unknown, number

np = pytest.importorskip("numpy")
duckdb = pytest.importorskip("duckdb")


class Stream:
    """Somebody else's object that has the protocol and nothing more; it can be read once."""

    def __init__(self, sql: str, values: Any = None) -> None:
        self._link = duckdb.connect()
        self._found = self._link.sql(sql, params=values)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._found.__arrow_c_stream__(requested_schema)


def read(sql: str, values: Any = None, **more: Any) -> dict[str, list[Any]]:
    from tongqu.foundation.dmn.arrow import columns_of
    from tongqu.foundation.dmn.columns import facts_of
    from tongqu.foundation.dmn.vectors import length

    columns = columns_of(Stream(sql, values), **more)
    rows = [facts_of(columns, row) for row in range(length(next(iter(columns.values()))))]
    return {name: [row[name] for row in rows] for name in rows[0]}


def test_each_type_is_read_as_its_fact() -> None:
    found = read(
        "SELECT 12.30::DECIMAL(6,2) AS 收入, 7::TINYINT AS 人数, 18446744073709551615::UBIGINT AS 大, true AS 本市, "
        "'外市' AS 户籍, '一级'::ENUM('一级', '二级') AS 等级, DATE '2026-03-01' AS 日, 0.1::DOUBLE AS 率, "
        "{'年龄': 61, '证': {'号': 'x'}} AS 人 UNION ALL SELECT " + ", ".join(["NULL"] * 8 + ["NULL"])
    )  # fmt: skip
    first = {name: values[0] for name, values in found.items()}
    assert first == {
        "收入": Decimal("12.3"), "人数": 7, "大": Decimal(18446744073709551615), "本市": True, "户籍": "外市",
        "等级": "一级", "日": Date(2026, 3, 1), "率": Decimal("0.1"), "人": {"年龄": 61, "证": {"号": "x"}},
    }  # fmt: skip
    assert found["收入"][1] == Unknown(frozenset(["收入"]))
    assert found["人"][1]["证"]["号"] == Unknown(frozenset(["人.证.号"]))
    assert read("SELECT NULL::DECIMAL(4,1) AS a, NULL AS b, 'nan'::DOUBLE AS c", missing="null") == {
        "a": [None], "b": [None], "c": [None],
    }  # fmt: skip
    assert read("SELECT 'nan'::DOUBLE AS c UNION ALL SELECT NULL")["c"] == [None, Unknown(frozenset(["c"]))]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**40), 10**40)), min_size=1, max_size=8),
       st.sampled_from([(4, 1), (18, 4), (19, 0), (24, 18), (38, 4), (38, 20), (38, 37)]))  # fmt: skip
def test_decimals_of_any_width_are_exact(drawn: list[int | None], kind: tuple[int, int]) -> None:
    width, scale = kind
    values = [v if v is None else Decimal(v % 10 ** (width - scale)) * (1 if v > 0 else -1) / 3 for v in drawn]
    sql = f"SELECT unnest($v::VARCHAR[])::DECIMAL({width}, {scale}) AS n"
    texts = {"v": [None if v is None else f"{v:f}" for v in values]}
    wanted = [None if v is None else number(v) for (v,) in duckdb.execute(sql, texts).fetchall()]
    found = read(sql, texts, missing="null")["n"]
    assert found == wanted and [type(v) for v in found] == [type(v) for v in wanted]


def test_a_type_that_no_fact_has_is_refused_where_it_is_read() -> None:
    from tongqu.foundation.dmn.arrow import NotArrow
    from tongqu.foundation.dmn.columns import ColumnTable

    table = m.Table("高龄", inputs=(m.Input("年龄"),), outputs=(m.Output(),), rules=(m.Rule((">= 80",), ('"发"',)),))
    sql = "SELECT 81 AS 年龄, [1, 2] AS 子女, TIMESTAMP '2026-01-01 00:00:00' AS 时"
    assert ColumnTable(some.compiled(table)).decide(Stream(sql)).value(0) == "发"
    with pytest.raises(NotArrow, match="时|子女"):
        read(sql)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_answers_go_out_as_they_are(data: st.DataObject) -> None:
    from tongqu.foundation.dmn.arrow import relation
    from tongqu.foundation.dmn.columns import Coded

    of = data.draw(st.sampled_from([[Decimal("1.50"), Decimal(-3), Decimal("1E+3")], ["甲", "it's", '"'], [True, False],
                                    [Date(2026, 3, 1), Date(1, 1, 1), Date(9999, 12, 31)]]))  # fmt: skip
    waits = [Unknown(frozenset(["收入", "人数"])), Unknown(frozenset(["人.年龄"]))]
    values = data.draw(st.lists(st.sampled_from([*of, None, *waits]), min_size=1, max_size=6))
    codes = np.array(data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=9)))
    rows = relation({"额": Coded(codes, tuple(values))}, {"号": np.arange(len(codes))}).fetchall()
    for (key, value, needs), (row, code) in zip(rows, enumerate(codes.tolist()), strict=True):
        wanted = values[code]
        shown = Date(value.year, value.month, value.day) if isinstance(value, date) else value
        assert key == row and (None if isinstance(wanted, Unknown) else wanted) == shown
        assert needs == (sorted(wanted.needs) if isinstance(wanted, Unknown) else None)


def test_values_of_several_kinds_go_out_as_text() -> None:
    from tongqu.foundation.dmn.arrow import relation
    from tongqu.foundation.dmn.columns import Coded, Computed, Mixed, Numbers

    values = ("甲", Decimal("1.50"), [Decimal(1), "乙"], {"额": Decimal(2)}, None, Decimal("9" * 34))
    found = relation({"a": Coded(np.arange(6), values), "b": Coded(np.zeros(6, int), (Decimal("1e-30"),))})
    assert [row[0] for row in found.fetchall()] == ["甲", "1.5", '[1, "乙"]', "{额: 2}", None, "9" * 34]
    assert found.fetchall()[0][2] == Decimal("1e-30") and str(found.types[2]) == "DECIMAL(38,30)"
    mixed = Mixed(np.array([0, 1, 2]), (Computed(0), "无", Computed(0)), (Numbers(np.array([150, 0, 30]), 2),))
    assert [row[0] for row in relation({"a": mixed}).fetchall()] == ["1.5", "无", "0.3"]


def test_a_model_reads_a_stream_and_is_one() -> None:
    from tongqu.foundation.dmn.column_models import ColumnModels
    from tongqu.foundation.dmn.graph import Models

    people = Stream(
        "SELECT * FROM (VALUES (1, 1200.00::DECIMAL(9,2), 3), (2, NULL, 2), (3, 2000.5, 2)) AS t(号, 收入, 人数)"
    )
    found = ColumnModels(Models(model(BENEFIT))).decide("金额", people)
    assert found.left == ()
    assert duckdb.sql("SELECT 金额, 金额_needs, 档 FROM found").fetchall() == [
        (Decimal(1500), None, "一"), (None, ["收入"], None), (Decimal(0), None, "无"),
    ]  # fmt: skip
    own = duckdb.connect().sql("SELECT 1200 AS 收入, 3 AS 人数")
    assert ColumnModels(Models(model(BENEFIT))).decide("金额", own).value(0) == 1500, "a relation of DuckDB is a stream"
    answers = found.decisions["人均"]
    assert duckdb.sql("SELECT value FROM answers").fetchall()[2] == (Decimal("1000.25"),)
    assert same(answers.value(1), Unknown(frozenset(["收入"])))
