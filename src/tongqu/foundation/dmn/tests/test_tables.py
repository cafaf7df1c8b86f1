"""Decision tables: hit policies, what fires and why, unknown facts, dated parameters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.graph import Decided, Models
from tongqu.foundation.dmn.parameters import ParameterError, from_csv
from tongqu.foundation.dmn.tables import Fired
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Unknown


def model(table: m.Table, *inputs: str, **more: Any) -> Models:
    elements: dict[str, m.Element] = {name: m.InputData(name, name, name) for name in inputs}
    elements["d"] = m.Decision("d", "决定", "决定", "", tuple(f"#{n}" for n in inputs), (), table)
    return Models(m.Definitions("试", "urn:test", elements=elements), **more)


def table(policy: str, *rules: tuple[str, ...], values: str = "", how: str = "", default: str = "") -> m.Table:
    return m.Table(
        "试", hit_policy=policy, aggregation=how, inputs=(m.Input("x"),),
        outputs=(m.Output(values=values, default=default),), rules=tuple(m.Rule((r[0],), (r[1],)) for r in rules),
    )  # fmt: skip


RULES = (("> 0", '"甲"'), ("> 5", '"乙"'), ("> 9", '"甲"'))


@pytest.mark.parametrize(
    ("policy", "x", "wanted", "note"),
    [
        ("UNIQUE", 3, "甲", ""), ("UNIQUE", 7, None, "overlap"), ("UNIQUE", 0, None, "no-rule"), ("FIRST", 7, "甲", ""),
        ("ANY", 3, "甲", ""), ("ANY", 7, None, "no-agreement"), ("RULE ORDER", 10, ["甲", "乙", "甲"], ""),
        ("COLLECT", 7, ["甲", "乙"], ""), ("PRIORITY", 7, "乙", ""), ("OUTPUT ORDER", 10, ["乙", "甲", "甲"], ""),
        ("RULE ORDER", 0, [], ""), ("OUTPUT ORDER", 0, [], ""),
    ],
)  # fmt: skip
def test_each_hit_policy(policy: str, x: int, wanted: Any, note: str) -> None:
    answer = model(table(policy, *RULES, values='"乙", "甲"'), "x").decide("决定", {"x": Decimal(x)})
    assert answer.value == wanted
    assert note in [one.code for one in answer.notes] if note else not answer.notes


@pytest.mark.parametrize(("how", "wanted"), [("SUM", 35), ("MIN", 5), ("MAX", 20), ("COUNT", 3)])
def test_collecting_into_one(how: str, wanted: int) -> None:
    amounts = table("COLLECT", ("> 0", "10"), ("> 1", "5"), ("> 2", "20"), ("> 9", "99"), how=how)
    assert model(amounts, "x").decide("决定", {"x": Decimal(3)}).value == wanted


def test_a_default_where_nothing_matches() -> None:
    assert model(table("UNIQUE", ("> 5", '"甲"'), default='"无"'), "x").decide("决定", {"x": Decimal(1)}).value == "无"


def test_values_that_an_input_may_not_have() -> None:
    limited = m.Table(
        "试", inputs=(m.Input("x", values='"甲", "乙"'),), outputs=(m.Output(),), rules=(m.Rule(("-",), ("1",)),)
    )
    assert model(limited, "x").decide("决定", {"x": "甲"}).value == 1
    answer = model(limited, "x").decide("决定", {"x": "丙"})
    assert answer.value is None and answer.notes[0].code == "not-allowed"


BENEFIT = m.Table(
    "高龄津贴", inputs=(m.Input("年龄"), m.Input("户籍"), m.Input("低保")),
    outputs=(m.Output("资格"), m.Output("金额")),
    annotations=("依据",),
    rules=(
        m.Rule((">= 90", '"本市"', "-"), ('"有"', "300"), ("I7 和 FB2.part",)),
        m.Rule(("[80..90)", '"本市"', "true"), ('"有"', "200"), ("L9",)),
        m.Rule(("[80..90)", '"本市"', "false"), ('"有"', "100"), ("L9",)),
        m.Rule(("< 80", "-", "-"), ('"无"', "0"), ("L9",)),
        m.Rule((">= 80", 'not("本市")', "-"), ('"无"', "0"), ("L9",)),
    ),
)  # fmt: skip


def test_what_fired_is_told_with_its_rules() -> None:
    models = model(BENEFIT, "年龄", "户籍", "低保")
    facts = {"年龄": Decimal(92), "户籍": "本市", "低保": False}
    answer = models.decide("决定", facts, trace=True)
    fired, decided = answer.trace
    assert isinstance(fired, Fired) and fired.matched == (1,) and fired.cites == ("I7", "FB2.part")
    assert dict(fired.inputs) == facts
    assert decided == Decided("决定", {"资格": "有", "金额": Decimal(300)})


def test_missing_facts_are_named_the_most_settling_first() -> None:
    models = model(BENEFIT, "年龄", "户籍", "低保")
    assert models.decide("决定", {"年龄": Decimal(70)}, partial=True).value == {"资格": "无", "金额": 0}
    answer = models.decide("决定", {"年龄": Decimal(85)}, partial=True)
    assert type(answer.value) is Unknown and answer.needs == ("户籍", "低保")
    answer = models.decide("决定", {"年龄": Decimal(85), "户籍": "本市"}, partial=True)
    assert answer.needs == ("低保",)
    assert models.decide("决定", {"年龄": Decimal(85), "户籍": "外市"}, partial=True).value == {"资格": "无", "金额": 0}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_looking_up_gives_what_trying_each_cell_gives(data: st.DataObject) -> None:
    """The fast way through a table and the plain one agree."""
    from dataclasses import replace

    drawn = data.draw(some.tables())
    (row,) = data.draw(some.rows(drawn).filter(lambda rows: len(rows) == 1))
    fast = some.compiled(drawn)
    slow = replace(fast, columns=(None,) * len(drawn.inputs))
    values = [None if value is some.UNKNOWN else value for value in row]
    frame = Frame({}, Run())
    assert [r.number for r in fast.matching(frame, values)[0]] == [r.number for r in slow.matching(frame, values)[0]]


STANDARD = (
    "名称,数值,自,至,依据\n低保标准,800,2024-07-01,2025-06-30,明政〔2024〕5号\n"
    "低保标准,860,2025-07-01,,明政〔2025〕7号\n"
)


@pytest.mark.parametrize(
    ("as_of", "wanted"), [("2024-06-30", None), ("2024-07-01", False), ("2025-06-30", False), ("2025-07-01", True)]
)
def test_a_parameter_is_that_of_the_day(as_of: str, wanted: bool | None) -> None:
    year, month, day = map(int, as_of.split("-"))
    literal = m.Text("试", "", "收入 < 低保标准")
    elements: dict[str, m.Element] = {
        "i": m.InputData("i", "收入", "收入"), "d": m.Decision("d", "符合", "符合", "", ("#i",), (), literal),
    }  # fmt: skip
    models = Models(m.Definitions("试", "urn:test", elements=elements), parameters=from_csv(STANDARD))
    assert models.decide("符合", {"收入": Decimal(820)}, as_of=Date(year, month, day)).value is wanted


def test_parameters_of_another_day_and_their_sources() -> None:
    parameters = from_csv(STANDARD)
    literal = m.Text("试", "", '低保标准 - parameter("低保标准", @"2025-01-01")')
    elements: dict[str, m.Element] = {"d": m.Decision("d", "增加", "增加", "", (), (), literal)}
    models = Models(m.Definitions("试", "urn:test", elements=elements), parameters=parameters)
    assert models.decide("增加", as_of=Date(2025, 8, 1)).value == 60
    assert parameters.sources(Date(2025, 6, 30)) == {"低保标准": "明政〔2024〕5号"}
    assert parameters.gaps() == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("名称,数值,自,至,依据\na,1,2024-01-01,2024-12-31,x\na,2,2024-12-31,,x", "同一天"),
        ("名称,数值,自,至,依据\na,1,2024-01-01,,", "依据"), ("名称,数值,自,至,依据\na,1,2024-13-01,,x", "日期"),
        ("名称,数值,自,至,依据\na,1,2024-02-01,2024-01-01,x", "颠倒"), ("名称,数值\na,1", "表头"),
    ],
)  # fmt: skip
def test_parameters_that_cannot_be_used(rows: str, said: str) -> None:
    with pytest.raises(ParameterError) as caught:
        from_csv(rows)
    assert said in caught.value.zh
