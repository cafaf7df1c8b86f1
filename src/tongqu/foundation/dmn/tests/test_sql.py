"""SQL over Parquet files gives what the engine gives, for tables that compute as well; the rest it refuses."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.tests import random_expressions as ex
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.dmn.tests.test_column_expressions import benefit
from tongqu.foundation.dmn.tests.test_populations import alone
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Unknown

np = pytest.importorskip("numpy")
duckdb = pytest.importorskip("duckdb")

TYPES = {"number": ["DECIMAL(9,2)", "DECIMAL(18,4)", "BIGINT", "TINYINT", "DECIMAL(38,10)"], "boolean": ["BOOLEAN"],
         "date": ["DATE"], "string": ["VARCHAR"]}  # fmt: skip
NUMBERS = [Decimal(t) for t in ("0", "-1.5", "3", "0.01", "2", "20", "100", "-99")]


def people(path: Path, types: list[str], rows: list[tuple[Any, ...]]) -> None:
    link = duckdb.connect()
    link.execute(f"CREATE TABLE people (id INTEGER, {', '.join(f'c{n} {kind}' for n, kind in enumerate(types))})")
    for number, row in enumerate(rows):
        values = [some.python_day(v) if isinstance(v, Date) else v for v in row]
        link.execute(f"INSERT INTO people VALUES ({number}, {', '.join('?' * len(values))})", values)
    link.execute(f"COPY people TO '{path}' (FORMAT parquet)")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_sql_computes_what_the_table_computes(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import NotSql, count_outcomes, write_outcomes

    table, missing = data.draw(ex.tables()), data.draw(st.sampled_from(["null", "unknown"]))
    given_ = [name for name in ex.FACTS if data.draw(st.integers(0, 9))]
    types = [data.draw(st.sampled_from(TYPES[ex.FACTS[name]])) for name in given_]
    each = [st.none() | st.sampled_from([int(v) for v in NUMBERS] if t in ("BIGINT", "TINYINT") else NUMBERS)
            if ex.FACTS[name] == "number" else st.none() | st.sampled_from(some.KINDS[ex.FACTS[name]])
            for name, t in zip(given_, types, strict=True)]  # fmt: skip
    rows = data.draw(st.lists(st.tuples(*each), min_size=1, max_size=6))
    folder = tmp_path_factory.mktemp("people")
    people(folder / "people.parquet", types, rows)
    compiled, columns = some.compiled(table), {name: f"c{n}" for n, name in enumerate(given_)}
    tables = {"t": ColumnTable(compiled)}
    try:
        (counted,) = count_outcomes(folder / "people.parquet", tables, columns, missing=missing)
    except NotSql:
        return
    wanted = []
    for row in rows:
        known = dict(zip(given_, row, strict=True))
        absent = None if missing == "null" else some.UNKNOWN
        values = [
            some.UNKNOWN if name not in known else absent if known[name] is None else known[name] for name in ex.FACTS
        ]
        values = [Decimal(v) if type(v) is int else v for v in values]
        wanted.append(alone(compiled, list(ex.FACTS), tuple(values)))
    found = {_said(value): count for value, count in counted.counts}
    assert found == {_said(one): sum(_said(o) == _said(one) for o in wanted) for one in wanted}, (table, rows, wanted)
    write_outcomes(folder / "people.parquet", folder / "o.parquet", tables, columns, key="id", missing=missing)
    written = duckdb.sql(f"FROM read_parquet('{folder / 'o.parquet'}') ORDER BY id").fetchall()
    assert len(written) == len(rows)
    if len(written[0]) == 3:
        needs = [sorted(one.needs) if isinstance(one, Unknown) else None for one in wanted]
        assert [row[2] for row in written] == needs


def _said(value: Any) -> Any:
    if isinstance(value, Decimal):
        return value.normalize() if value else Decimal(0)
    return (type(value), repr(value) if isinstance(value, list | dict) else value)


def test_amounts_and_incomes_a_head_are_computed_by_sql(tmp_path: Path) -> None:
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import count_outcomes, write_outcomes

    table = benefit(m.Rule(("< 1000",), ("if 收入 > 限额 then 0 else 限额 - 收入",)), m.Rule(("-",), ("收入 * 0.2",)),
                    inputs=("收入 / 人数",))  # fmt: skip
    rows = [(Decimal("1000.25"), 3, 900), (Decimal("5000.10"), 2, 900), (Decimal(700), 1, 900), (Decimal(100), 0, 900),
            (None, 1, 900)]  # fmt: skip
    people(tmp_path / "p.parquet", ["DECIMAL(10,2)", "INTEGER", "BIGINT"], rows)
    tables, columns = {"补贴": ColumnTable(some.compiled(table))}, {"收入": "c0", "人数": "c1", "限额": "c2"}
    (counted,) = count_outcomes(tmp_path / "p.parquet", tables, columns, missing="unknown")
    assert dict(counted.counts) == {Decimal(0): 1, Decimal("1000.02"): 1, Decimal(200): 1, Decimal(20): 1,
                                    Unknown(frozenset(["收入"])): 1}  # fmt: skip
    write_outcomes(tmp_path / "p.parquet", tmp_path / "o.parquet", tables, columns, key="id", missing="unknown")
    found = duckdb.sql(f"FROM read_parquet('{tmp_path / 'o.parquet'}') ORDER BY id").fetchall()
    assert found[1:] == [(1, Decimal("1000.02"), None), (2, 200, None), (3, 20, None), (4, None, ["收入"])]


def test_a_file_is_decided_in_parts_where_sql_refuses(tmp_path: Path) -> None:
    from tongqu.foundation.dmn.column_models import ColumnModels
    from tongqu.foundation.dmn.graph import Models
    from tongqu.foundation.dmn.sql import facts_in_parts
    from tongqu.foundation.dmn.tests.test_column_models import BENEFIT
    from tongqu.foundation.dmn.tests.test_models import model

    rows = [(Decimal(1200 + n), 3) if n % 4 else (None, 3) for n in range(10)]
    people(tmp_path / "p.parquet", ["DECIMAL(10,2)", "INTEGER"], rows)
    models = Models(model(BENEFIT))
    run, found = ColumnModels(models), []
    for facts in facts_in_parts(tmp_path / "*.parquet", {"收入": "c0", "人数": "c1"}, missing="unknown", rows=4):
        part = run.decide("金额", facts)
        found += [part.value(row) for row in range(len(part.answers.codes))]
        assert part.left == ()
    one = [models.decide("金额", {"人数": Decimal(3), **({"收入": income} if income is not None else {})}, partial=True)
           for income, _heads in rows]  # fmt: skip
    assert found == [answer.value for answer in one]


@pytest.mark.parametrize(
    ("inputs", "output", "kind", "why"),
    [
        (("收入",), "收入 ** 2", "INTEGER", "\\*\\*"), (("string(收入)",), "1", "INTEGER", "string"),
        (("收入",), "收入 * 收入", "BIGINT", "digits"), (("收入",), "收入 / 3", "INTEGER", "quotient"),
        (("收入 + 1",), "1", "DOUBLE", "DOUBLE"), (("收入",), "[收入]", "INTEGER", "expression"),
    ],
)  # fmt: skip
def test_what_sql_does_not_say_exactly_is_refused_with_the_reason(
    inputs: tuple[str, ...], output: str, kind: str, why: str, tmp_path: Path
) -> None:
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import NotSql, count_outcomes

    people(tmp_path / "p.parquet", [kind], [(2**62 if kind == "BIGINT" else 100,)])
    table = benefit(m.Rule(("-",) if output != "1" else ("> 1",), (output,)), inputs=inputs)
    with pytest.raises(NotSql, match=why):
        count_outcomes(tmp_path / "p.parquet", {"t": ColumnTable(some.compiled(table))}, {"收入": "c0"})
