"""Whole models: requirements, knowledge, services, imports, types, boxed expressions; and the kit's own format."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tongqu.faces.cli.main import main
from tongqu.foundation.dmn import kit
from tongqu.foundation.dmn.graph import Models
from tongqu.foundation.dmn.reading_xml import ModelError, read_xml
from tongqu.foundation.dmn.writing_xml import write_xml
from tongqu.foundation.feel.temporal import Date

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(body: str, namespace: str = "urn:m", space: str = DMN) -> Any:
    return read_xml(f'<definitions xmlns="{space}" name="试" namespace="{namespace}">{body}</definitions>')


def decision(name: str, boxed: str, needs: str = "", type_ref: str = "") -> str:
    return (
        f'<decision id="{name}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>{needs}{boxed}</decision>'
    )


def literal(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def needs(kind: str, name: str) -> str:
    outer = "knowledgeRequirement" if kind == "requiredKnowledge" else "informationRequirement"
    return f'<{outer}><{kind} href="#{name}"/></{outer}>'


INPUT = '<inputData id="收入" name="收入"><variable name="收入" typeRef="number"/></inputData>'


def test_a_decision_sees_what_it_requires_and_nothing_else() -> None:
    models = Models(model(
        INPUT + decision("税", literal("收入 * 0.1"), needs("requiredInput", "收入"))
        + decision("余", literal("收入 - 税"), needs("requiredInput", "收入") + needs("requiredDecision", "税"))
        + decision("偷看", literal("收入"))
    ))  # fmt: skip
    assert models.decide("余", {"收入": Decimal(100)}).value == 90
    answer = models.decide("偷看", {"收入": Decimal(100)})
    assert answer.value is None and answer.notes[0].code.startswith("unknown-name")
    with pytest.raises(ModelError):
        models.decide("没有", {})


def test_knowledge_is_called_and_may_call_itself() -> None:
    knowledge = (
        '<businessKnowledgeModel id="阶乘" name="阶乘"><variable name="阶乘"/><encapsulatedLogic>'
        '<formalParameter name="n" typeRef="number"/>' + literal("if n &lt; 2 then 1 else n * 阶乘(n - 1)")
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )  # fmt: skip
    models = Models(model(knowledge + decision("d", literal("阶乘(5)"), needs("requiredKnowledge", "阶乘"))))
    assert models.decide("d").value == 120
    assert models.apply("阶乘", {"n": Decimal(4)}).value == 24
    assert models.apply("阶乘", {"n": "四"}).value is None


def test_a_service_works_out_only_what_it_is_given() -> None:
    body = (
        INPUT + decision("税", literal("收入 * 0.1"), needs("requiredInput", "收入"))
        + decision("余", literal("收入 - 税"), needs("requiredInput", "收入") + needs("requiredDecision", "税"))
        + '<decisionService id="s" name="服务"><variable name="服务"/><outputDecision href="#余"/>'
        + '<inputDecision href="#税"/><inputData href="#收入"/></decisionService>'
    )  # fmt: skip
    models = Models(model(body))
    assert models.serve("服务", {"收入": Decimal(100), "税": Decimal(30)}).value == 70
    assert models.serve("服务", {"收入": Decimal(100)}).value is None, "the tax is given, never worked out"


def test_models_are_imported_by_name() -> None:
    other = model(decision("率", literal("0.2")), "urn:other")
    needed = '<informationRequirement><requiredDecision href="urn:other#率"/></informationRequirement>'
    main_model = model(
        f'<import name="共用" namespace="urn:other" importType="{DMN}"/>'
        + decision("d", literal("共用.率 * 10"), needed)
    )
    assert Models(main_model, [other]).decide("d").value == 2


def test_types_hold_values_to_what_they_allow() -> None:
    types = (
        '<itemDefinition name="t户籍"><typeRef>string</typeRef><allowedValues>'
        '<text>"本市", "外市"</text></allowedValues>'
        '</itemDefinition><itemDefinition name="t人"><itemComponent name="户籍">'
        "<typeRef>t户籍</typeRef></itemComponent>"
        '<itemComponent name="年 龄"><typeRef>number</typeRef></itemComponent></itemDefinition>'
    )
    person = '<inputData id="人" name="人"><variable name="人" typeRef="t人"/></inputData>'
    models = Models(
        model(types + person + decision("d", literal("人.年 龄 + 1"), needs("requiredInput", "人"), "number"))
    )
    assert models.decide("d", {"人": {"户籍": "本市", "年 龄": Decimal(60)}}).value == 61
    answer = models.decide("d", {"人": {"户籍": "火星", "年 龄": Decimal(60)}})
    assert answer.value is None and answer.notes[0].code == "not-allowed"


BOXED = {
    "<context><contextEntry><variable name='a'/>" + literal("1") + "</contextEntry><contextEntry>" + literal("a + 1")
    + "</contextEntry></context>": Decimal(2),
    "<list>" + literal("1") + literal("2") + "</list>": [1, 2],
    "<relation><column name='a'/><column name='b'/><row>" + literal("1") + literal("2") + "</row></relation>":
        [{"a": 1, "b": 2}],
    "<conditional><if>" + literal("true") + "</if><then>" + literal("1") + "</then><else>" + literal("2")
    + "</else></conditional>": Decimal(1),
    "<filter><in>" + literal("[1, 2, 3]") + "</in><match>" + literal("item > 1") + "</match></filter>": [2, 3],
    "<for iteratorVariable='i'><in>" + literal("1..3") + "</in><return>" + literal("i * i") + "</return></for>": None,
    "<for iteratorVariable='i'><in>" + literal("[1, 2]") + "</in><return>" + literal("i * i") + "</return></for>":
        [1, 4],
    "<some iteratorVariable='i'><in>" + literal("[1, 2]") + "</in><satisfies>" + literal("i > 1")
    + "</satisfies></some>": True,
    "<every iteratorVariable='i'><in>" + literal("[1, 2]") + "</in><satisfies>" + literal("i > 1")
    + "</satisfies></every>": False,
    "<invocation>" + literal("abs") + "<binding><parameter name='n'/>" + literal("-3") + "</binding></invocation>":
        Decimal(3),
}  # fmt: skip


@pytest.mark.parametrize(("boxed", "wanted"), BOXED.items())
def test_each_boxed_expression(boxed: str, wanted: Any) -> None:
    found = model(decision("d", boxed.replace("item > 1", "item &gt; 1").replace("i > 1", "i &gt; 1")))
    assert Models(found).decide("d").value == wanted
    assert read_xml(write_xml(found)) == found


@pytest.mark.parametrize("version", ["20180521", "20191111", "20211108", "20230324"])
def test_versions_from_1_2_to_1_5_are_read(version: str) -> None:
    scheme = "http://www" if version == "20180521" else "https://www"
    found = model(decision("d", literal("1")), space=f"{scheme}.omg.org/spec/DMN/{version}/MODEL/")
    assert Models(found).decide("d").value == 1


def test_java_is_refused_in_plain_words() -> None:
    boxed = "<functionDefinition kind='Java'><context/></functionDefinition>"
    models = Models(model(decision("d", boxed)))
    answer = models.decide("d")
    assert answer.value is None and "不会运行" in answer.notes[0].zh


def test_a_circle_is_told_and_ends() -> None:
    models = Models(model(
        decision("a", literal("b"), needs("requiredDecision", "b"))
        + decision("b", literal("a"), needs("requiredDecision", "a"))
    ))  # fmt: skip
    answer = models.decide("a")
    assert answer.value is None and "circular" in [note.code for note in answer.notes]


TYPES = """<itemDefinition name="性别"><typeRef>string</typeRef>
<allowedValues><text>"男", "女"</text></allowedValues></itemDefinition>
<itemDefinition name="人"><itemComponent name="名"><typeRef>string</typeRef></itemComponent>
<itemComponent name="性别"><typeRef>性别</typeRef></itemComponent></itemDefinition>
<itemDefinition name="户" isCollection="true"><typeRef>人</typeRef></itemDefinition>"""


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [('[{名: "甲", 性别: "无"}]', "not-allowed", '[1].性别 = "无"'), ('[{名: "甲"}]', "missing-entry", "[1].性别"),
     ('[{名: 1, 性别: "男"}]', "type-mismatch", "[1].名: string"), ("1", "type-mismatch", "户 (list)")],
)  # fmt: skip
def test_a_value_of_a_wrong_type_is_told_by_the_place_that_is_wrong(text: str, code: str, words: str) -> None:
    answer = Models(model(TYPES + decision("d", literal(text.replace("<", "&lt;")), type_ref="户"))).decide("d")
    assert answer.value is None and answer.notes[-1].code == code
    assert words in answer.notes[-1].zh and words in answer.notes[-1].en


def lent(namespace: str, body: str) -> Any:
    return model(body, namespace)


LIBRARY = TYPES + decision("甲", literal("1")) + (
    '<businessKnowledgeModel id="倍" name="倍"><variable name="倍"/><encapsulatedLogic><formalParameter name="n"/>'
    + literal("n * 2") + "</encapsulatedLogic></businessKnowledgeModel>"
)  # fmt: skip
FROM = "<knowledgeRequirement><requiredKnowledge href='urn:lib#倍'/></knowledgeRequirement>"


@pytest.mark.parametrize(("name", "prefix"), [("库", "库."), ("市 库", "市 库."), ("省.市", "省.市."), ("", "")])
def test_what_is_imported_is_named_by_the_import(name: str, prefix: str) -> None:
    """Also where the import's name holds blanks or points, and where it has none."""
    body = f'<import name="{name}" namespace="urn:lib" importType="{DMN}"/>' + decision(
        "d", literal(f"{prefix}倍(4)"), FROM
    )
    body += decision("e", literal('"无"'), type_ref=f"{prefix}性别") + decision(
        "f", literal('"女"'), type_ref=f"{prefix}性别"
    )
    models = Models(model(body), [lent("urn:lib", LIBRARY)])
    assert models.decide("d").value == 8 and models.decide("f").value == "女"
    assert models.decide("e").value is None


def test_imports_may_go_round_and_one_model_may_be_imported_twice() -> None:
    body = "".join(f'<import name="{name}" namespace="urn:lib" importType="{DMN}"/>' for name in "ab")
    back = f'<import name="m" namespace="urn:m" importType="{DMN}"/>'
    models = Models(model(body + decision("d", literal("a.倍(1) + b.倍(2)"), FROM)), [lent("urn:lib", back + LIBRARY)])
    assert models.decide("d").value == 6


def table_of(rule: str, head: str = "") -> str:
    return (
        f"<decisionTable {head}><input><inputExpression><text>1</text></inputExpression></input><output/>"
        f"<rule>{rule}</rule></decisionTable>"
    )


CELL, RESULT = "<inputEntry><text>-</text></inputEntry>", "<outputEntry><text>1</text></outputEntry>"


@pytest.mark.parametrize(
    "boxed",
    [table_of(CELL + CELL + RESULT), table_of(RESULT), table_of(CELL), table_of(CELL + RESULT, 'hitPolicy="BEST"'),
     table_of(CELL + RESULT, 'hitPolicy="COLLECT" aggregation="MEAN"'), "<list>" * 3000 + "</list>" * 3000],
)  # fmt: skip
def test_a_broken_model_is_refused_with_what_is_wrong(boxed: str) -> None:
    """A cell too many must not be dropped: the rule would hold for more than its author wrote."""
    with pytest.raises(ModelError) as caught:
        model(decision("d", boxed))
    assert caught.value.zh and caught.value.en


def test_entities_are_refused_in_any_encoding() -> None:
    text = f'<!DOCTYPE d [<!ENTITY a "1">]><definitions xmlns="{DMN}" name="x" namespace="x"/>'
    for encoding in ("utf-8", "utf-16", "latin-1"):
        for comment in ("", "<!--" + "x" * 5000 + "-->"):
            with pytest.raises(ModelError, match="DOCTYPE"):
                read_xml(f'<?xml version="1.0" encoding="{encoding}"?>{comment}{text}'.encode(encoding))
    fine = f'<?xml version="1.0" encoding="utf-16"?><definitions xmlns="{DMN}" name="x" namespace="x"/>'
    assert read_xml(fine.encode("utf-16")).name == "x"


def test_another_language_is_refused_by_its_name() -> None:
    boxed = '<literalExpression expressionLanguage="http://www.w3.org/xpath"><text>1</text></literalExpression>'
    answer = Models(model(decision("d", boxed))).decide("d")
    assert answer.value is None and "xpath" in answer.notes[0].zh


def test_a_service_answers_as_of_a_day_and_takes_decisions_as_their_type_wants_them() -> None:
    body = (
        decision("日", literal("today()")) + decision("数", literal("1"), type_ref="number")
        + decision("和", literal("数 + 1"), needs("requiredDecision", "数"))
        + '<decisionService id="s" name="s"><variable name="s"/><outputDecision href="#日"/></decisionService>'
        + '<decisionService id="t" name="t"><variable name="t"/><outputDecision href="#和"/>'
        + '<inputDecision href="#数"/></decisionService>'
    )  # fmt: skip
    models = Models(model(body))
    assert str(models.serve("s", as_of=Date(2025, 7, 1)).value) == "2025-07-01"
    assert models.serve("t", {"数": [Decimal(4)]}).value == 5
    answer = models.serve("t", {"数": "四"})
    assert answer.value is None and answer.notes[0].code == "type-mismatch"


def test_a_result_known_in_part_names_what_the_rest_needs() -> None:
    models = Models(model(INPUT + decision("d", literal("{a: 1, b: [收入]}"), needs("requiredInput", "收入"))))
    answer = models.decide("d", partial=True)
    assert answer.value["a"] == 1 and answer.needs == ("收入",)


# --- the kit's format ------------------------------------------------------------------------------------------------

CASES = """<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <modelName>m.dmn</modelName>
  <testCase id="right"><inputNode name="收入"><value xsi:type="xsd:decimal">100</value></inputNode>
    <resultNode name="d"><expected><value xsi:type="xsd:decimal">10.0</value></expected></resultNode></testCase>
  <testCase id="wrong"><inputNode name="收入"><value xsi:type="xsd:decimal">100</value></inputNode>
    <resultNode name="d"><expected><value xsi:type="xsd:decimal">11</value></expected></resultNode></testCase>
  <testCase id="null"><inputNode name="收入"><value xsi:nil="true"/></inputNode>
    <resultNode name="d" errorResult="true"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="nobody"><resultNode name="没有"><expected><value xsi:type="xsd:string">x</value></expected></resultNode>
  </testCase>
</testCases>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "0001-test"
    inside.mkdir()
    (inside / "m.dmn").write_bytes(
        write_xml(model(INPUT + decision("d", literal("收入 / 10"), needs("requiredInput", "收入"))))
    )
    (inside / "cases.xml").write_text(CASES, encoding="utf-8")
    return tmp_path


def test_the_kit_is_judged_case_by_case(folder: Path) -> None:
    verdicts = list(kit.run_folder(folder))
    assert [(one.case, one.outcome) for one in verdicts] == [
        ("right", "passed"), ("wrong", "failed"), ("null", "passed"), ("nobody", "error"),
    ]  # fmt: skip
    totals = kit.totals(verdicts)
    assert (totals.cases, totals.passed, totals.failed, totals.errors) == (4, 2, 1, 1)
    assert (totals.plain, totals.passed_plain) == (3, 1), "without the case that expects an error"


def test_a_broken_model_beside_it_and_a_broken_case_stop_no_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "0001-test" / "other.dmn").write_text("<broken", encoding="utf-8")
    assert [one.outcome for one in kit.run_folder(folder)] == ["passed", "failed", "passed", "error"]

    def raises(*_arguments: Any) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(Models, "decide", raises)
    verdicts = list(kit.run_folder(folder))
    assert {one.outcome for one in verdicts} == {"error"} and "ZeroDivisionError" in verdicts[0].detail


def test_the_command_runs_the_kit(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["decide", "tck", str(folder), "--csv", str(tmp_path / "out.csv")]) == 1
    out = capsys.readouterr().out
    assert "2 / 4" in out and "1 / 3" in out and "wrong" in out and "right" not in out
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 5
    assert main(["decide", "tck", str(tmp_path / "nowhere")]) == 2


def test_the_command_decides_checks_and_converts(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = folder / "0001-test" / "m.dmn"
    assert main(["decide", "run", str(file), "--facts", '{"收入": 250}']) == 0
    assert capsys.readouterr().out.strip() == "25"
    assert main(["decide", "run", str(file), "--partial"]) == 0
    assert "还需要 still needed: 收入" in capsys.readouterr().out
    assert main(["decide", "run", str(file), "--facts", '{"收入": 0.1}', "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["value"] == "0.01"
    assert main(["decide", "run", str(file), "--facts", "[1]"]) == 2
    table = tmp_path / "t.csv"
    table.write_text("表,T\n列,条件,结果\n表达式,年龄,\n1,> 60,1\n2,> 50,2\n", encoding="utf-8")
    assert main(["decide", "check", str(table)]) == 1
    assert "第1条和第2条" in capsys.readouterr().out
    for name in ("t.xlsx", "t.html", "t.dmn"):
        assert main(["decide", "convert", str(table), str(tmp_path / name)]) == 0
    assert main(["decide", "run", str(tmp_path / "t.xlsx"), "--facts", '{"年龄": 55}']) == 0
    assert capsys.readouterr().out.strip().endswith("2")
