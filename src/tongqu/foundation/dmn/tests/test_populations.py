"""Columns and SQL decide every row as the table decides it alone, unknown ones included."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Partial, Unknown

np = pytest.importorskip("numpy")


def alone(table: Any, names: list[str], row: tuple[Any, ...]) -> Any:
    facts = Partial()
    inner = Partial({}, "facts")
    facts["facts"] = inner
    for name, value in zip(names, row, strict=True):
        if value is not some.UNKNOWN:
            (inner if name.startswith("facts.") else facts)[name.removeprefix("facts.")] = value
    return table.work(Frame(facts, Run()))


def column(values: list[Any]) -> Any:
    """As people would give it: arrays of numbers, days or things, with what is unknown marked."""
    from tongqu.foundation.dmn.columns import vector

    unknown = np.array([value is some.UNKNOWN for value in values])
    known = [None if value is some.UNKNOWN else value for value in values]
    if all(isinstance(value, Decimal) for value in known):
        return vector(np.array([float(value) for value in known]), unknown=unknown)
    if all(isinstance(value, Decimal | None) for value in known):
        return vector(np.array([np.nan if v is None else float(v) for v in known]), unknown=unknown)
    if all(isinstance(value, Date | None) for value in known):
        return vector(np.array([np.datetime64("NaT") if v is None else np.datetime64(str(v)) for v in known], "M8[D]"),
                      unknown=unknown)  # fmt: skip
    return vector(np.array(known, object), unknown=unknown)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_columns_give_each_row_what_the_table_gives_it(data: st.DataObject) -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = data.draw(some.tables())
    rows = data.draw(some.rows(table))
    names = [i.expression for i in table.inputs]
    compiled = some.compiled(table)
    decided = ColumnTable(compiled).decide(
        {name: column([row[n] for row in rows]) for n, name in enumerate(names)}, threads=1
    )
    for number, row in enumerate(rows):
        wanted = alone(compiled, names, row)
        assert same(decided.value(number), wanted), (table, row, decided.value(number), wanted)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_sql_counts_what_columns_count(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    duckdb = pytest.importorskip("duckdb")
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import NotSql, count_outcomes

    table = data.draw(some.tables())
    rows = data.draw(some.rows(table))
    names = [i.expression for i in table.inputs]
    compiled = some.compiled(table)
    missing = data.draw(st.sampled_from(["null", "unknown"]))
    shown = some.UNKNOWN if missing == "unknown" else None
    rows = [tuple(shown if value in (None, some.UNKNOWN) else value for value in row) for row in rows]
    path = tmp_path_factory.mktemp("people") / "people.parquet"
    kinds = {"number": "DECIMAL(18,3)", "string": "VARCHAR", "date": "DATE", "boolean": "BOOLEAN"}
    link = duckdb.connect()
    spec = ", ".join(f"c{n} {kinds[i.label]}" for n, i in enumerate(table.inputs))
    link.execute(f"CREATE TABLE people ({spec})")
    for row in rows:
        values = [None if v in (None, some.UNKNOWN) else some.python_day(v) if isinstance(v, Date) else v for v in row]
        link.execute(f"INSERT INTO people VALUES ({', '.join('?' * len(values))})", values)
    link.execute(f"COPY people TO '{path}' (FORMAT parquet)")
    tables = {"t": ColumnTable(compiled)}
    try:
        (counted,) = count_outcomes(path, tables, {name: f"c{n}" for n, name in enumerate(names)}, missing=missing)
    except NotSql:
        assert tables["t"].plan is None
        return
    decided = ColumnTable(compiled).decide({name: column([row[n] for row in rows]) for n, name in enumerate(names)})
    wanted = sorted((repr(value), count) for value, count in decided.counts())
    assert sorted((repr(value), count) for value, count in counted.counts) == wanted


def test_what_cannot_be_looked_up_is_decided_row_by_row_and_said() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = m.Table(
        "试", inputs=(m.Input("年龄 ** 2"),), outputs=(m.Output(),), rules=(m.Rule(("> 3600",), ('"是"',)),),
    )  # fmt: skip
    answers = ColumnTable(some.compiled(table)).decide({"年龄": np.array([50, 70])})
    assert [answers.value(n) for n in range(2)] == [None, "是"]
    assert answers.alone == 2 and "**" in answers.why[0]


def test_numbers_that_whole_numbers_do_not_hold_are_compared_as_decimals() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = m.Table(
        "试", inputs=(m.Input("收入"),), outputs=(m.Output(),),
        rules=(m.Rule(("<= 0.1234567",), ('"低"',)), m.Rule(("> 0.1234567",), ('"高"',))),
    )  # fmt: skip
    answers = ColumnTable(some.compiled(table)).decide({"收入": np.array([0.12345669, 0.1234567, 0.12345671, 3.5])})
    assert [answers.value(n) for n in range(4)] == ["低", "低", "高", "高"]
    assert answers.alone == 0 and answers.decimals == 3


def test_a_fact_that_is_given_for_nobody_is_unknown_to_all() -> None:
    from tongqu.foundation.dmn.columns import ColumnTable

    table = m.Table(
        "试", inputs=(m.Input("年龄"), m.Input("户籍")), outputs=(m.Output(),),
        rules=(m.Rule((">= 60", '"本市"'), ('"是"',)), m.Rule(("< 60", "-"), ('"否"',))),
    )  # fmt: skip
    answers = ColumnTable(some.compiled(table)).decide({"年龄": np.array([50, 70])})
    assert answers.value(0) == "否" and answers.value(1) == Unknown(frozenset(["户籍"]))


def test_a_file_with_outcomes_for_each_person(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import write_outcomes

    table = m.Table(
        "高龄", inputs=(m.Input("年龄"),), outputs=(m.Output(),),
        rules=(m.Rule((">= 80",), ('"发"',)), m.Rule(("< 80",), ('"不发"',))),
    )  # fmt: skip
    plan = ColumnTable(some.compiled(table))
    source, target = tmp_path / "people.parquet", tmp_path / "outcomes.parquet"
    duckdb.sql(f"COPY (SELECT range AS id, 75 + range AS age FROM range(10)) TO '{source}' (FORMAT parquet)")
    assert write_outcomes(source, target, {"高龄": plan}, {"年龄": "age"}, key="id") == 10
    found = duckdb.sql(f"SELECT \"高龄\" FROM read_parquet('{target}') ORDER BY id").fetchall()
    assert [plan.plan.outcomes[code] for (code,) in found] == ["不发"] * 5 + ["发"] * 5


def test_a_column_of_another_type_is_refused_rather_than_compared(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import NotSql, count_outcomes

    table = m.Table("高龄", inputs=(m.Input("年龄"),), outputs=(m.Output(),), rules=(m.Rule((">= 80",), ("1",)),))
    source = tmp_path / "people.parquet"
    duckdb.sql(f"COPY (SELECT '九十' AS age) TO '{source}' (FORMAT parquet)")
    for column_ in ("age", "nobody"):
        with pytest.raises(NotSql):
            count_outcomes(source, {"t": ColumnTable(some.compiled(table))}, {"年龄": column_})
