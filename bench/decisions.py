"""How fast tables decide: `python bench/decisions.py [people] [parquet people]`, five and ten million unless told.

A benefit table of twelve rules and six inputs: one person after another, five million in memory, and twenty such tables
over ten million people in a Parquet file. Beside it zen-engine on the same table and people, where it is installed
(`uv pip install zen-engine`, in an environment made for the measurement).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

INPUTS = ("年龄", "户籍", "月收入", "残疾等级", "低保", "居住年限")
RULES = [
    (">= 90", '"本市"', "-", "-", "-", ">= 1", 500), ("[80..90)", '"本市"', "< 3000", "-", "-", ">= 1", 300),
    ("[80..90)", '"本市"', ">= 3000", "-", "-", ">= 1", 200), ("[60..80)", '"本市"', "-", "-", "true", "-", 180),
    ("[60..80)", '"本市"', "< 1000", '"一级", "二级"', "false", "-", 150),
    ("[60..80)", '"本市"', "< 1000", 'not("一级", "二级")', "false", "-", 100),
    ("[60..80)", '"本市"', ">= 1000", "-", "false", "-", 0), ("[16..60)", "-", "< 2500", '"一级"', "-", "> 3", 260),
    ("[16..60)", "-", "< 2500", '"二级"', "-", "> 3", 160), ("< 16", "-", "-", '"一级", "二级"', "-", "-", 120),
    (">= 60", '"外市"', "-", "-", "-", ">= 5", 80), ("-", "-", "-", "-", "-", "-", 0),
]  # fmt: skip
MB = 1 << 20


def table(shift: int = 0) -> Any:
    """The table; with a shift, another of the same size with other numbers."""
    from tongqu.foundation.dmn import model as m

    rules = tuple(m.Rule(tuple(str(c) for c in rule[:-1]), (str(int(rule[-1]) + shift),)) for rule in RULES)
    return m.Table(f"津贴{shift}", hit_policy="FIRST", inputs=tuple(m.Input(n) for n in INPUTS),
                   outputs=(m.Output("金额"),), rules=rules)  # fmt: skip


def compiled(one: Any) -> Any:
    from tongqu.foundation.dmn.boxed import Scope
    from tongqu.foundation.dmn.item_types import Types
    from tongqu.foundation.dmn.model import Definitions
    from tongqu.foundation.dmn.tables import compile_table

    return compile_table(one, Scope((), (), Types(Definitions("", "")), []))


def people(count: int) -> dict[str, Any]:
    """Invented people as columns."""
    import numpy as np

    from tongqu.foundation.dmn.columns import Coded

    chance = np.random.default_rng(7)
    return {
        "年龄": chance.integers(0, 101, count, np.int16), "月收入": chance.integers(0, 800_000, count) / 100,
        "户籍": Coded(chance.integers(0, 2, count, np.int8), ("本市", "外市")),
        "残疾等级": Coded(chance.integers(0, 5, count, np.int8), ("一级", "二级", "三级", "四级", None)),
        "低保": Coded(chance.integers(0, 2, count, np.int8), (False, True)),
        "居住年限": chance.integers(0, 40, count, np.int16),
    }  # fmt: skip


def single() -> None:
    from bench._calibration import row
    from tongqu.foundation.dmn.columns import facts_of, vector
    from tongqu.foundation.feel.running import Frame, Run

    one, columns = compiled(table()), {k: vector(v) for k, v in people(2000).items()}
    rows = [dict(facts_of(columns, n)) for n in range(2000)]
    began = time.process_time()
    rounds = 50
    for _round in range(rounds):
        for facts in rows:
            one.work(Frame(facts, Run()))
    rate = rounds * len(rows) / (time.process_time() - began)
    row("one decision after another, 12 rules, 6 inputs", "50,000 a second", f"{rate:,.0f} a second", "one core")


def big_table() -> None:
    from bench._calibration import row

    rules = [(str(n), f'"v{n}"', f"[{n}..{n + 5})", "-", "-", "-", n) for n in range(1000)]
    from tongqu.foundation.dmn import model as m

    large = replace(table(), rules=tuple(m.Rule(tuple(r[:-1]), (str(r[-1]),)) for r in rules))
    began = time.perf_counter()
    compiled(large)
    row("a table of 1,000 rules read and compiled", "1 s", f"{time.perf_counter() - began:.2f} s", "")


def in_memory(count: int) -> float:
    from bench._calibration import row
    from tongqu.foundation.dmn.columns import ColumnTable

    one, columns = ColumnTable(compiled(table())), people(count)
    one.decide({k: v for k, v in people(1000).items()})
    taken = []
    for _n in range(3):
        began = time.perf_counter()
        answers = one.decide(columns)
        taken.append(time.perf_counter() - began)
    assert answers.alone == 0
    rate = count / sorted(taken)[1]
    row(f"{count:,} people in memory", "5,000,000 a second", f"{rate:,.0f} a second", "two cores, columns as arrays")
    return rate


def from_parquet(count: int, tables: int = 20) -> None:
    import duckdb

    from bench._calibration import row
    from tongqu.foundation.dmn.columns import ColumnTable
    from tongqu.foundation.dmn.sql import count_outcomes

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        duckdb.sql(
            f"""COPY (SELECT range AS id, (hash(range) % 101)::SMALLINT AS age, CASE WHEN hash(range + 1) % 2 = 0
            THEN '本市' ELSE '外市' END AS home, ((hash(range + 2) % 800000) / 100.0)::DECIMAL(10, 2) AS income,
            CASE hash(range + 3) % 5 WHEN 0 THEN '一级' WHEN 1 THEN '二级' WHEN 2 THEN '三级' WHEN 3 THEN '四级' END
            AS grade,
            hash(range + 4) % 2 = 0 AS poor, (hash(range + 5) % 40)::SMALLINT AS years FROM range({count}))
            TO '{path}' (FORMAT parquet)"""
        )
        names = dict(zip(INPUTS, ("age", "home", "income", "grade", "poor", "years"), strict=True))
        decisions = {f"t{n}": ColumnTable(compiled(table(n))) for n in range(tables)}
        began = time.perf_counter()
        counted = count_outcomes(path, decisions, names)
        taken = time.perf_counter() - began
        assert sum(n for _v, n in counted[0].counts) == count
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        row(
            f"{count:,} people by {tables} tables from Parquet",
            "60 s, 4 GB",
            f"{taken:.1f} s, {peak:,.0f} MB",
            "DuckDB",
        )


ZEN = """
import json, sys, time
import zen
content, people, rounds = json.loads(sys.stdin.readline()), json.loads(sys.stdin.readline()), 5
engine = zen.ZenEngine({"loader": lambda key: json.dumps(content)})
rates = {}
def measured(name, work):
    began = time.process_time()
    for _n in range(rounds):
        for person in people:
            work(person)
    rates[name] = rounds * len(people) / (time.process_time() - began)
decision = engine.create_decision(json.dumps(content))
measured("decision.evaluate", lambda p: decision.evaluate(p))
try:
    loaded = zen.ZenEngine({"loader": {"type": "static", "content": {"t": content}}})
    loaded.evaluate("t", people[0])
    measured("static loader", lambda p: loaded.evaluate("t", p))
except Exception as error:
    print("static loader:", error, file=sys.stderr)
print(json.dumps({"rates": rates, "first": [decision.evaluate(p)["result"] for p in people[:200]]}))
"""


def beside_zen(ours: float) -> None:
    """The same table and people in zen-engine, in a process of its own."""
    from bench._calibration import row
    from tongqu.foundation.dmn.columns import facts_of, vector
    from tongqu.foundation.feel.running import Frame, Run

    python = os.environ.get("PEERS_PYTHON", sys.executable)
    columns = {k: vector(v) for k, v in people(2000).items()}
    rows = [dict(facts_of(columns, n)) for n in range(2000)]
    plain = [{f"f{k}": float(v) if isinstance(v, Decimal) else v for k, v in enumerate(r.values())} for r in rows]
    order = list(rows[0])
    lines = json.dumps(_jdm(order)) + "\n" + json.dumps(plain) + "\n"
    done = subprocess.run([python, "-c", ZEN], input=lines, capture_output=True, text=True)
    if done.returncode:
        print(f"zen-engine is not there: {done.stderr.strip().splitlines()[-1:]}")
        return
    found, one = json.loads(done.stdout), compiled(table())
    wanted = [one.work(Frame(facts, Run())) for facts in rows[:200]]
    assert [Decimal(str(answer["amount"])) for answer in found["first"]] == wanted, "the two decide alike"
    for name, rate in found["rates"].items():
        row(f"zen-engine, {name}", "", f"{rate:,.0f} a second", "row by row, same table, same people")
    best = max(found["rates"].values())
    row("columns in memory beside zen-engine's best", "10 times", f"{ours / best:,.0f} times", "")


OPENFISCA = """
import hashlib, json, sys, time
import numpy as np
from openfisca_core.simulation_builder import SimulationBuilder
from openfisca_country_template import CountryTaxBenefitSystem
count = int(sys.argv[1])
system, chance = CountryTaxBenefitSystem(), np.random.default_rng(11)
age = chance.integers(0, 101, count).astype(np.int32)
salary = np.where(chance.random(count) < 0.3, 0, chance.integers(0, 400_000, count) / 100)
rules = [("basic_income", "2016-01"), ("pension", "2018-01"), ("meal_price", "2018-01")]
taken, sums = [], {}
for _n in range(3):
    builder = SimulationBuilder()
    simulation = builder.build_default_simulation(system, count)
    for month in ("2016-01", "2018-01"):
        simulation.set_input("age", month, age)
        simulation.set_input("salary", month, salary)
    simulation.set_input("household_income", "2018-01", salary)
    began = time.perf_counter()
    for name, month in rules:
        sums[name] = float(simulation.calculate(name, month).astype(np.float64).sum())
    taken.append(time.perf_counter() - began)
print(json.dumps({"taken": sorted(taken)[1], "sums": sums}))
"""


def beside_openfisca(count: int = 1_000_000) -> None:
    """Those rules of openfisca's country template that are tables: a basic income, a pension, the price of a meal.

    openfisca is AGPL: it is run in a process of its own, for the measurement only.
    """
    import numpy as np

    from bench._calibration import row
    from tongqu.foundation.dmn import model as m
    from tongqu.foundation.dmn.columns import ColumnTable, vector

    python = os.environ.get("PEERS_PYTHON", sys.executable)
    done = subprocess.run([python, "-c", OPENFISCA, str(count)], capture_output=True, text=True)
    if done.returncode:
        print(f"openfisca is not there: {done.stderr.strip().splitlines()[-1:]}")
        return
    found, chance = json.loads(done.stdout), np.random.default_rng(11)
    age = chance.integers(0, 101, count).astype(np.int32)
    salary = np.where(chance.random(count) < 0.3, 0, chance.integers(0, 400_000, count) / 100)
    rules = {
        "basic_income": ([(">= 18", "0", "600"), ("-", "-", "0")], ("age", "salary")),
        "pension": ([(">= 62", "1"), ("< 62", "0")], ("age",)),
        "meal_price": (
            [("[0..250)", "0"), ("[250..500)", "1"), ("[500..1000)", "2"), ("[1000..2000)", "4"), (">= 2000", "8")],
            ("salary",),
        ),
    }  # fmt: skip
    tables = {
        name: ColumnTable(compiled(m.Table(
            name, hit_policy="FIRST", inputs=tuple(m.Input(i) for i in inputs), outputs=(m.Output(),),
            rules=tuple(m.Rule(tuple(r[:-1]), (r[-1],)) for r in rows),
        )))
        for name, (rows, inputs) in rules.items()
    }  # fmt: skip
    taken = []
    for _n in range(3):
        began = time.perf_counter()
        columns = {"age": vector(age), "salary": vector(salary)}
        answers = {name: one.decide(columns) for name, one in tables.items()}
        taken.append(time.perf_counter() - began)
    for name, answer in answers.items():
        assert sum(float(v) * n for v, n in answer.counts()) == found["sums"][name], f"the two decide {name} alike"
    ours, theirs = sorted(taken)[1], found["taken"]
    row(f"three rules of openfisca's country template, {count:,} people", "level", f"{theirs / ours:.1f} times as fast",
        f"{ours * 1000:.0f} ms beside {theirs * 1000:.0f} ms, its set-up left out")  # fmt: skip


def _jdm(order: list[str]) -> dict[str, Any]:
    """The table as zen-engine writes it."""
    places = [f"f{order.index(name)}" for name in INPUTS]
    rules = []
    for n, rule in enumerate(RULES):
        cells = {f"i{c}": "" if text == "-" else _zen(str(text)) for c, text in enumerate(rule[:-1])}
        rules.append({"_id": str(n), **cells, "o": str(rule[-1])})
    inputs = [{"id": f"i{c}", "field": name, "name": name} for c, name in enumerate(places)]
    content = {"hitPolicy": "first", "inputs": inputs, "outputs": [{"id": "o", "field": "amount", "name": "amount"}],
               "rules": rules}  # fmt: skip
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "t", "type": "decisionTableNode", "name": "t", "content": content},
            {"id": "out", "type": "outputNode", "name": "out"},
        ],
        "edges": [
            {"id": "a", "type": "edge", "sourceId": "in", "targetId": "t"},
            {"id": "b", "type": "edge", "sourceId": "t", "targetId": "out"},
        ],
    }


def _zen(text: str) -> str:
    return f"not ($ in [{text[4:-1]}])" if text.startswith("not(") else text


def main(count: int, parquet: int) -> None:
    from bench._calibration import around

    with around("decisions"):
        single()
        big_table()
        beside_zen(in_memory(count))
        beside_openfisca()
        from_parquet(parquet)


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    main(*(arguments + [5_000_000, 10_000_000][len(arguments) :]))
