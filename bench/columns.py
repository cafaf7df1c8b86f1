"""How fast columns are where something is computed: `python bench/columns.py [people] [parquet people]`.

Two and ten million people unless told. The table of `decisions.py` as it is, with amounts that are worked out, and with
an income a head among its inputs; a model of three decisions and a knowledge model, with and without facts that are
unknown; the same table over Parquet in SQL; an Arrow stream read and written.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

AMOUNTS = ("500 + 居住年限 * 10", "max(0, 3000 - 月收入) * 0.1", "200", "180", "(1000 - 月收入) * 0.15", "100", "0",
           "if 残疾等级 = \"一级\" then 260 else 160", "160", "120", "80", "0")  # fmt: skip
HEADS = "人口"
MODEL = """<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="补差" namespace="urn:bench">
<inputData id="月收入" name="月收入"><variable name="月收入" typeRef="number"/></inputData>
<inputData id="人口" name="人口"><variable name="人口" typeRef="number"/></inputData>
<businessKnowledgeModel id="差额" name="差额"><variable name="差额" typeRef="number"/><encapsulatedLogic>
<formalParameter name="有" typeRef="number"/><formalParameter name="应有" typeRef="number"/>
<literalExpression><text>if 有 &lt; 应有 then 应有 - 有 else 0</text></literalExpression></encapsulatedLogic>
</businessKnowledgeModel>
<decision id="标准" name="标准"><variable name="标准" typeRef="number"/>
<informationRequirement><requiredInput href="#人口"/></informationRequirement><decisionTable hitPolicy="FIRST">
<input><inputExpression><text>人口</text></inputExpression></input><output name="o"/>
<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>1200</text></outputEntry></rule>
<rule><inputEntry><text>[2..3]</text></inputEntry><outputEntry><text>人口 * 1000</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>人口 * 900</text></outputEntry></rule></decisionTable>
</decision>
<decision id="档" name="档"><variable name="档" typeRef="string"/>
<informationRequirement><requiredInput href="#月收入"/></informationRequirement>
<informationRequirement><requiredInput href="#人口"/></informationRequirement><decisionTable hitPolicy="FIRST">
<input><inputExpression><text>月收入 / 人口</text></inputExpression></input><output name="o"/>
<rule><inputEntry><text>&lt; 500</text></inputEntry><outputEntry><text>"甲"</text></outputEntry></rule>
<rule><inputEntry><text>&lt; 1000</text></inputEntry><outputEntry><text>"乙"</text></outputEntry></rule>
<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"无"</text></outputEntry></rule></decisionTable>
</decision>
<decision id="金额" name="金额"><variable name="金额" typeRef="number"/>
<informationRequirement><requiredInput href="#月收入"/></informationRequirement>
<informationRequirement><requiredDecision href="#标准"/></informationRequirement>
<informationRequirement><requiredDecision href="#档"/></informationRequirement>
<knowledgeRequirement><requiredKnowledge href="#差额"/></knowledgeRequirement>
<literalExpression><text>if 档 = "无" then 0 else 差额(月收入, 标准) * (if 档 = "甲" then 1.1 else 1)</text>
</literalExpression>
</decision></definitions>"""


def computing(table: Any) -> Any:
    """The table with amounts that are worked out."""
    rules = tuple(replace(rule, outputs=(text,)) for rule, text in zip(table.rules, AMOUNTS, strict=True))
    return replace(table, rules=rules)


def a_head(table: Any) -> Any:
    """The same with the income a head in the place of the income."""
    inputs = tuple(replace(i, expression=f"月收入 / {HEADS}") if i.expression == "月收入" else i for i in table.inputs)
    return replace(table, inputs=inputs)


def people(count: int) -> dict[str, Any]:
    import numpy as np

    from bench import decisions

    return {**decisions.people(count), HEADS: np.random.default_rng(8).integers(1, 7, count, np.int8)}


def timed(what: str, count: int, work: Callable[[], Any]) -> Any:
    """The middle one of three."""
    from bench._calibration import row

    taken = []
    for _n in range(3):
        wall, busy = time.perf_counter(), time.process_time()
        found = work()
        taken.append((time.perf_counter() - wall, time.process_time() - busy))
    wall, busy = sorted(taken)[1]
    row(f"{what}, {count:,} people", "", f"{count / wall:,.0f} a second", f"{wall:.2f} s, {busy:.2f} s of processor")
    return found


def in_memory(count: int) -> None:
    from bench import decisions
    from tongqu.foundation.dmn.columns import ColumnTable

    facts = people(count)
    for what, one in (
        ("the plain table of `decisions`", decisions.table()), ("amounts worked out", computing(decisions.table())),
        ("… and the income a head among the inputs", a_head(computing(decisions.table()))),
    ):  # fmt: skip
        table = ColumnTable(decisions.compiled(one))
        table.decide(people(1000))
        answers = timed(what, count, lambda table=table: table.decide(facts))
        assert answers.alone == 0, answers.why


def a_model(count: int) -> None:
    import numpy as np

    from tongqu.foundation.dmn.column_models import ColumnModels
    from tongqu.foundation.dmn.columns import vector
    from tongqu.foundation.dmn.graph import Models
    from tongqu.foundation.dmn.reading_xml import read_xml

    run, facts = ColumnModels(Models(read_xml(MODEL))), people(count)
    unknown = np.random.default_rng(9).random(count) < 0.05
    partly = {**facts, "月收入": vector(facts["月收入"], unknown=unknown)}
    run.decide("金额", people(1000))
    for what, given in (
        ("three decisions and a knowledge model", facts),
        ("… a twentieth of the incomes unknown", partly),
    ):
        found = timed(what, count, lambda given=given: run.decide("金额", given))
        assert found.left == (), found.left
    models, few = Models(read_xml(MODEL)), facts_of_rows(facts, 2000)
    rate = timed("… the same model, one person after another", len(few),
                 lambda: [models.decide("金额", one, partial=True).value for one in few])  # fmt: skip
    assert rate == [found.value(n) if not unknown[n] else one for n, one in enumerate(rate)], "both decide alike"


def facts_of_rows(facts: dict[str, Any], count: int) -> list[dict[str, Any]]:
    from tongqu.foundation.dmn.columns import facts_of, vector

    columns = {name: vector(facts[name]) for name in ("月收入", HEADS)}
    return [dict(facts_of(columns, row)) for row in range(count)]


def streams(count: int) -> None:
    import duckdb

    from bench import decisions
    from tongqu.foundation.dmn.columns import ColumnTable

    link = duckdb.connect()
    link.execute(f"CREATE TABLE people AS {PEOPLE.format(count=count)}")
    names = ", ".join(f'{said} AS "{name}"' for name, said in COLUMNS.items())
    table = ColumnTable(decisions.compiled(computing(decisions.table())))

    def work() -> Any:
        return table.decide(link.sql(f"SELECT {names} FROM people"))

    answers = timed("an Arrow stream read and decided", count, work)
    assert answers.alone == 0, answers.why
    rows = timed("its answers as a stream, read by DuckDB", count, lambda: read(answers))
    assert rows == count


def read(answers: Any) -> int:
    import duckdb

    return (
        duckdb.connect()
        .from_arrow(answers)
        .aggregate("count(value) + count(*) FILTER (value IS NULL)")
        .fetchall()[0][0]
    )


COLUMNS = {"年龄": "age", "户籍": "home", "月收入": "income", "残疾等级": "grade", "低保": "poor", "居住年限": "years",
           HEADS: "heads"}  # fmt: skip
PEOPLE = """SELECT range AS id, (hash(range) % 101)::SMALLINT AS age,
    CASE WHEN hash(range + 1) % 2 = 0 THEN '本市' ELSE '外市' END AS home,
    ((hash(range + 2) % 800000)::INTEGER * 0.01)::DECIMAL(10, 2) AS income,
    CASE hash(range + 3) % 5 WHEN 0 THEN '一级' WHEN 1 THEN '二级' WHEN 2 THEN '三级' WHEN 3 THEN '四级' END AS grade,
    hash(range + 4) % 2 = 0 AS poor, (hash(range + 5) % 40)::SMALLINT AS years,
    (1 + hash(range + 6) % 6)::TINYINT AS heads FROM range({count})"""


def from_parquet(count: int, tables: int = 20) -> None:
    import duckdb

    from bench import decisions
    from bench._calibration import row
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import count_outcomes

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        duckdb.sql(f"COPY ({PEOPLE.format(count=count)}) TO '{path}' (FORMAT parquet)")
        made = [a_head(computing(decisions.table(n))) for n in range(tables)]
        shifted = [
            replace(one, rules=tuple(replace(r, outputs=(f"{r.outputs[0]} + {n}",)) for r in one.rules))
            for n, one in enumerate(made)
        ]
        asked = {f"t{n}": ColumnTable(decisions.compiled(one)) for n, one in enumerate(shifted)}
        began, busy = time.perf_counter(), time.process_time()
        counted = count_outcomes(path, asked, COLUMNS)
        wall, busy = time.perf_counter() - began, time.process_time() - busy
        assert sum(n for _v, n in counted[0].counts) == count
        _in_parts(path, count, asked)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row(f"{count:,} people by {tables} tables that compute, from Parquet", "60 s, 4 GB",
            f"{wall:.1f} s, {peak:,.0f} MB", f"DuckDB, {busy:.1f} s of processor")  # fmt: skip


def _in_parts(path: Path, count: int, asked: dict[str, Any]) -> None:
    """The same file and tables over columns, part by part."""
    from bench._calibration import row
    from tongqu.foundation.dmn.sql import facts_in_parts

    began, busy, decided = time.perf_counter(), time.process_time(), 0
    for facts in facts_in_parts(path, COLUMNS, rows=500_000):
        for table in asked.values():
            answers = table.decide(facts)
            assert answers.alone == 0, answers.why
        decided += len(answers.codes)
    wall, busy = time.perf_counter() - began, time.process_time() - busy
    assert decided == count
    row(f"{count:,} people by {len(asked)} tables that compute, Parquet in parts over columns", "60 s, 4 GB",
        f"{wall:.1f} s", f"{busy:.1f} s of processor")  # fmt: skip


def main(count: int, parquet: int) -> None:
    from bench._calibration import around

    with around("columns"):
        from_parquet(parquet)  # first: its memory is the process's peak
        in_memory(count)
        a_model(count)
        streams(count)


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*(arguments + [2_000_000, 10_000_000][len(arguments) :]))
