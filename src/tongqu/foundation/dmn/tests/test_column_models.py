"""Models over columns: every row gets what one evaluation of the model gives it, unknown facts included."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.dmn.graph import Models
from tongqu.foundation.dmn.tests import random_expressions as ex
from tongqu.foundation.dmn.tests import random_models as rm
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.dmn.tests.test_column_expressions import exact
from tongqu.foundation.dmn.tests.test_models import INPUT, decision, literal, model, needs
from tongqu.foundation.dmn.tests.test_populations import column, same
from tongqu.foundation.feel.values import Unknown

np = pytest.importorskip("numpy")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_model_over_columns_gives_each_row_what_it_gives_it_alone(data: st.DataObject) -> None:
    from tongqu.foundation.dmn.column_models import ColumnModels

    definitions, name = data.draw(rm.models())
    rows = ex.rows(data.draw)
    made = data.draw(st.sampled_from([column, exact]))
    facts = {fact: made([row[n] for row in rows]) for n, fact in enumerate(ex.FACTS)}
    if made is column:  # a float is what it says it is
        rows = [tuple(some.UNKNOWN if type(v) is Unknown else v for v in (one.value(r) for one in facts.values()))
                for r in range(len(rows))]  # fmt: skip
    models = Models(definitions)
    decided = ColumnModels(models).decide(name, facts, threads=1)
    for number, row in enumerate(rows):
        wanted = models.decide(name, rm.given(row, some.UNKNOWN), partial=True).value
        assert same(decided.value(number), wanted), (definitions.elements, row, decided.value(number), wanted)
    assert sum(count for _value, count in decided.counts()) == len(rows)


def need(*names: str) -> str:
    known = {"收入", "人", "人数"}
    return "".join(needs("requiredInput" if name in known else "requiredDecision", name) for name in names)


def table(expression: str, *rules: tuple[str, str]) -> str:
    said = "".join(
        f"<rule><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{value}</text></outputEntry></rule>"
        for test, value in rules
    )
    head = f"<input><inputExpression><text>{expression}</text></inputExpression></input>"
    return f'<decisionTable hitPolicy="FIRST">{head}<output name="o"/>{said}</decisionTable>'


def answered(body: str, name: str, facts: dict[str, Any], **more: Any) -> Any:
    from tongqu.foundation.dmn.column_models import ColumnModels

    return ColumnModels(Models(model(body), **more)).decide(name, facts)


HEADS = '<inputData id="人数" name="人数"><variable name="人数"/></inputData>'
RATE = (
    '<businessKnowledgeModel id="补差" name="补差"><variable name="补差" typeRef="number"/><encapsulatedLogic>'
    '<formalParameter name="人均" typeRef="number"/><formalParameter name="标准" typeRef="number"/>'
    + literal("if 人均 &lt; 标准 then 标准 - 人均 else 0") + "</encapsulatedLogic></businessKnowledgeModel>"
)  # fmt: skip
BENEFIT = (
    INPUT + HEADS + RATE + decision("人均", literal("收入 / 人数"), need("收入", "人数"), "number")
    + decision("档", table("人均", ("&lt; 500", '"一"'), ("&lt; 900", '"二"'), ("-", '"无"')), need("人均"), "string")
    + decision("金额", literal('if 档 = "无" then 0 else 补差(人均, 900) * 人数'),
               need("人均", "档", "人数") + needs("requiredKnowledge", "补差"), "number")
)  # fmt: skip


def test_tables_expressions_and_knowledge_run_on_without_leaving_columns() -> None:
    found = answered(BENEFIT, "金额", {"收入": np.array([1200, 2000.5, 2700, 100]), "人数": np.array([3, 2, 3, 0])})
    assert [found.value(n) for n in range(4)] == [1500, 0, 0, 0] and found.left == ()
    assert [found.decisions["档"].value(n) for n in range(4)] == ["一", "无", "无", "无"]
    assert list(found.decisions) == ["人均", "档", "金额"]


def test_what_each_row_still_needs_goes_through_the_graph() -> None:
    from tongqu.foundation.dmn.columns import vector

    unknown = np.array([False, True, True])
    facts = {
        "收入": vector(np.array([1200, 9, 0]), unknown=unknown),
        "人数": vector(np.array([3, 3, 1]), unknown=~unknown),
    }
    found = answered(BENEFIT, "金额", facts)
    assert found.value(0) == Unknown(frozenset(["人数"])) and found.value(1) == Unknown(frozenset(["收入"]))
    assert found.left == ()
    without = answered(BENEFIT, "金额", {"人数": np.array([3])})
    assert without.value(0) == Unknown(frozenset(["收入"])), "input data that nobody was given is unknown to all"


def test_the_decision_that_cannot_run_over_columns_is_named_and_the_others_can() -> None:
    body = (
        INPUT + decision("方", literal("收入 ** 2"), need("收入"), "number")
        + decision("税", literal("方 * 0.5 + 收入"), need("方", "收入"), "number")
    )  # fmt: skip
    found = answered(body, "税", {"收入": np.array([3, 5])})
    assert [found.value(n) for n in range(2)] == [Decimal("7.5"), Decimal("17.5")]
    assert [(left.name, left.alone) for left in found.left] == [("方", 2)] and "**" in str(found.left[0])
    assert found.decisions["税"].alone == 0


def test_a_decision_that_is_given_is_not_worked_out_and_others_are_not_seen() -> None:
    body = INPUT + decision("税", literal("收入 * 0.1"), need("收入"))
    body += decision("余", literal("税 + 收入"), need("税"))
    found = answered(body, "余", {"税": np.array([7]), "收入": np.array([100]), "别的": np.array([1])})
    assert found.value(0) is None, "it does not require the income"
    assert found.decisions.keys() == {"余"}
    given_ = answered(body, "税", {"税": np.array([7]), "收入": np.array([100])})
    assert given_.value(0) == 7
    with pytest.raises(ValueError):
        answered(body, "税", {"收入": np.array([7]), "收入.年": np.array([100])})


def test_decisions_that_require_each_other_and_knowledge_that_calls_itself_are_left_to_the_engine() -> None:
    ring = (decision("甲", literal("if 乙 = null then 1 else 2"), need("乙"))
            + decision("乙", literal("if 甲 = null then 1 else 2"), need("甲")))  # fmt: skip
    found = answered(INPUT + ring, "甲", {"收入": np.array([7])})
    assert found.value(0) == Models(model(INPUT + ring)).decide("甲").value and found.left[0].name == "甲"
    knowledge = (
        '<businessKnowledgeModel id="阶乘" name="阶乘"><variable name="阶乘"/><encapsulatedLogic>'
        '<formalParameter name="n" typeRef="number"/>' + literal("if n &lt; 2 then 1 else n * 阶乘(n - 1)")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )  # fmt: skip
    body = INPUT + knowledge + decision("d", literal("阶乘(收入)"), need("收入") + needs("requiredKnowledge", "阶乘"))
    found = answered(body, "d", {"收入": np.array([5, 3])})
    assert [found.value(n) for n in range(2)] == [120, 6] and "阶乘" in str(found.left[0])


def test_imported_decisions_and_dated_parameters_are_columns_too() -> None:
    from tongqu.foundation.dmn.column_models import ColumnModels
    from tongqu.foundation.dmn.parameters import from_csv
    from tongqu.foundation.feel.temporal import Date

    other = model(INPUT + decision("率", literal("if 收入 &gt; 10 then 0.2 else 0.1"), need("收入")), "urn:other")
    needed = '<informationRequirement><requiredDecision href="urn:other#率"/></informationRequirement>'
    imported = '<import name="共用" namespace="urn:other" importType="x"/>'
    main = model(imported + decision("d", literal("共用.率 * 标准"), needed))
    dated = from_csv("name,value,from,to,source\n标准,100,2025-01-01,2025-12-31,甲\n标准,300,2026-01-01,,乙")
    run = ColumnModels(Models(main, [other], parameters=dated))
    for day, wanted in ((Date(2025, 6, 1), [10, 20]), (Date(2026, 6, 1), [30, 60])):
        found = run.decide("d", {"收入": np.array([5, 50])}, as_of=day)
        assert [found.value(n) for n in range(2)] == wanted and found.left == ()


def test_a_person_given_by_parts_is_held_to_the_type_of_the_whole() -> None:
    types = (
        '<itemDefinition name="t人"><itemComponent name="户籍"><typeRef>string</typeRef><allowedValues>'
        '<text>"本市", "外市"</text></allowedValues></itemComponent>'
        '<itemComponent name="年龄"><typeRef>number</typeRef></itemComponent></itemDefinition>'
    )
    person = '<inputData id="人" name="人"><variable name="人" typeRef="t人"/></inputData>'
    body = types + person + decision("d", literal("人.年龄 + 1"), need("人"), "number")
    facts = {"人.户籍": np.array(["本市", "火星"], object), "人.年龄": np.array([60, 60])}
    found = answered(body, "d", facts)
    assert [found.value(n) for n in range(2)] == [61, None] and found.left == ()
    assert answered(body, "d", {"人.年龄": np.array([60])}).value(0) is None, "a person has a 户籍"


def test_cells_that_name_a_dated_parameter_are_looked_up_with_the_value_of_the_day() -> None:
    from tongqu.foundation.dmn.column_models import ColumnModels
    from tongqu.foundation.dmn.parameters import from_csv
    from tongqu.foundation.feel.temporal import Date

    dated = from_csv("name,value,from,to,source\n低保标准,800,2024-07-01,2025-06-30,甲\n低保标准,860,2025-07-01,,乙")
    rules = table("收入", ("&lt; 低保标准", "低保标准 - 收入"), ("[低保标准..1000]", "1"), ("-", "0"))
    models = Models(model(INPUT + decision("金额", rules, need("收入"))), parameters=dated)
    run, incomes = ColumnModels(models), np.array([799, 820, 860, 1000, 1001])
    for day in (Date(2025, 6, 30), Date(2025, 7, 1), Date(2024, 1, 1)):
        found = run.decide("金额", {"收入": incomes}, as_of=day)
        for row, income in enumerate(incomes.tolist()):
            assert found.value(row) == models.decide("金额", {"收入": Decimal(income)}, as_of=day).value, (day, income)
        assert (found.left == ()) is (day != Date(2024, 1, 1)), "on that day there was no 低保标准, and no look-up"
