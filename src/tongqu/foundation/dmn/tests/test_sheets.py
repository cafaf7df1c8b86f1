"""Tables as sheets, HTML and XML: there and back; what a sheet lacks is told with its cell; what checks find."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import time, timedelta
from time import process_time

import pytest
from hypothesis import given, settings

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.checks import check_table
from tongqu.foundation.dmn.grid import SheetError, from_grid
from tongqu.foundation.dmn.html import to_html
from tongqu.foundation.dmn.reading_xml import ModelError, read_xml
from tongqu.foundation.dmn.sheets import from_csv, from_xlsx, to_csv, to_xlsx
from tongqu.foundation.dmn.tables import Fired
from tongqu.foundation.dmn.tests import random_tables as some
from tongqu.foundation.dmn.tests.test_tables import BENEFIT
from tongqu.foundation.dmn.writing_xml import write_xml
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.temporal import Date

SHEET = [
    ["表", "高龄津贴"], ["命中", "唯一"], ["列", "条件", "条件", "结果", "备注"],
    ["名称", "年龄", "户籍", "结果", "依据"],
    ["类型", "number", "string", "string"], ["1", ">= 80", "本市", "有", "I7"], ["2", "< 80", "本市, 外市", "无", ""],
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(some.tables())
def test_there_and_back_without_loss(table: m.Table) -> None:
    table = replace(table, name="试")
    assert from_csv(to_csv(table)) == table
    assert from_csv(to_csv(table).encode()) == table
    assert from_xlsx(to_xlsx(table)) == table
    definitions = m.Definitions("试", "urn:t", elements={"d": m.Decision("d", "试", "试", expression=table)})
    assert read_xml(write_xml(definitions)) == definitions


def test_bare_words_are_texts_and_either_language_is_read() -> None:
    table = from_grid(SHEET)
    assert table.rules[1].tests == ("< 80", '"本市", "外市"') and table.rules[0].outputs == ('"有"',)
    english = [
        ["Table", "T"],
        ["Hit", "F"],
        ["Column", "Input", "Output"],
        ["Expression", "age", "r"],
        ["1", "> 3", "1"],
    ]
    assert from_grid(english).hit_policy == "FIRST" and from_grid(english).inputs[0].expression == "age"


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    table = m.Table("试", name="试", inputs=(m.Input("=x"),), outputs=(m.Output(),), rules=(m.Rule(("= 5",), ("-1",)),))
    for row in csv.reader(io.StringIO(to_csv(table))):
        assert not any(cell.startswith(("=", "+", "@")) or (cell.startswith("-") and len(cell) > 1) for cell in row)
    assert from_csv(to_csv(table)) == table


@pytest.mark.parametrize(
    ("row", "column", "text", "cell"),
    [(2, 1, "随便", "B3"), (1, 1, "看着办", "B2"), (5, 0, "合计", "A6"), (0, 0, "列", "A3")],
)
def test_what_is_wrong_with_a_sheet_is_told_with_its_cell(row: int, column: int, text: str, cell: str) -> None:
    rows = [list(line) for line in SHEET]
    rows[row][column] = text
    with pytest.raises(SheetError) as caught:
        from_grid(rows)
    assert caught.value.cell == cell and caught.value.zh and caught.value.en


@pytest.mark.parametrize("data", [b"", b"not a workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_workbook(data: bytes) -> None:
    with pytest.raises(SheetError):
        from_xlsx(data)


@pytest.mark.parametrize(
    "text",
    ["", "<a/>", "<definitions/>", '<!DOCTYPE x [<!ENTITY a "b">]><definitions xmlns="x">&a;</definitions>', "<a"],
)
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_xml(text)
    assert caught.value.zh and caught.value.en


def test_the_rule_that_fired_is_said_in_words_too() -> None:
    fired = Fired("高龄津贴", (("年龄", "<b>"),), (1,), (2,), "有")
    page = to_html(BENEFIT, fired)
    assert page.count('class="is-fired"') == 1 and "这条规则命中" in page and "还缺信息" in page
    assert "<caption>高龄津贴</caption>" in page and page.count('scope="row"') == 5
    assert "&lt;b&gt;" in page and "<b>" not in page and "style=" not in page
    assert "this rule fired" in to_html(BENEFIT, fired, language="en")


@pytest.mark.parametrize(
    ("type_ref", "typed", "meant"),
    [
        ("number", "＞＝60", ">=60"), ("number", "≥ 60", ">= 60"), ("number", "［60..７０）", "[60..70)"),
        ("number", "（60．．70］", "(60..70]"), ("number", "１，２", "1,2"), ("number", "—", "-"),
        ("string", "－", "-"),
        ("number", "－5", "-5"), ("", "“本市”，“外市”", '"本市","外市"'), 
        ("string", "“本市”、“外市”", '"本市","外市"'),
        ("string", "not（“本市”）", 'not("本市")'), ("string", "本市，外市", '"本市", "外市"'),
        ("string", "俗称“低保”的", '"俗称“低保”的"'), ("string", "≠ “本市”", '!= "本市"'),
        ("date", "≥@“2026-01-01”", '>=@"2026-01-01"'),
        ("number", "< 标准（2026）", "< 标准（2026）"), ("", '"＞＝"', '"＞＝"'),
        ("string", "（示例）村", '"（示例）村"'),
    ],
)  # fmt: skip
def test_signs_of_a_chinese_keyboard_are_read_as_they_are_meant(type_ref: str, typed: str, meant: str) -> None:
    table = from_grid([["列", "条件", "结果"], ["表达式", "x", ""], ["类型", type_ref, ""], ["1", typed, "1"]])
    assert table.rules[0].tests == (meant,)


@pytest.mark.parametrize(
    "text", ["foo", "(foo)", "upper case(foo)", "低保", '"低保"', "foo, bar", "foo + bar", "—", "＞"]
)
def test_an_expression_in_a_column_of_texts_comes_back_as_one(text: str) -> None:
    """From a model: a name there is no word, though a person who types it means one."""
    inputs, outputs = (m.Input("x", "string", values=text),), (m.Output("y", "string", default=text),)
    table = m.Table("试", "t", "试", inputs, outputs, (m.Rule((text,), (text,)),))
    assert from_csv(to_csv(table)) == table and from_xlsx(to_xlsx(table)) == table


def workbook(*rows: list[object], merge: str = "", formula: bool = False) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["列", "条件", "条件", "结果"], ["表达式", "年龄", "户籍", ""], *rows]:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    if formula:
        sheet["B3"] = "=1+1"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_merged_cells_stand_for_all_that_they_cover() -> None:
    """An empty cell would mean anything: the second rule would hold for every age."""
    data = workbook([1, ">= 80", '"本市"', 1], [2, "", '"外市"', 2], [3, "< 80", "-", 3], merge="B3:B4")
    assert [rule.tests[0] for rule in from_xlsx(data).rules] == [">= 80", ">= 80", "< 80"]


def test_a_formula_without_its_result_is_told_with_its_cell() -> None:
    with pytest.raises(SheetError) as caught:
        from_xlsx(workbook([1, "", "-", 1], formula=True))
    assert caught.value.cell == "B3"


def test_cells_of_a_time_are_read_as_one() -> None:
    table = from_xlsx(workbook([1, time(9, 30), timedelta(hours=3), 0.5]))
    assert table.rules[0].tests == ('@"09:30:00"', '@"PT3H"') and table.rules[0].outputs == ("0.5",)


@pytest.mark.parametrize("what", ["large", "entities", "many"])
def test_an_archive_that_unpacks_to_too_much_is_refused_unread(what: str) -> None:
    stream = io.BytesIO(workbook([1, "1", "1", "1"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        if what == "large":
            archive.writestr("xl/more.xml", b"<a>" + b" " * 40_000_000 + b"</a>")
        elif what == "entities":
            archive.writestr(
                "xl/more.xml",
                '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16"),
            )
        else:
            for n in range(2_100):
                archive.writestr(f"xl/{n}.xml", "<a/>")
    with pytest.raises(SheetError) as caught:
        from_xlsx(stream.getvalue())
    assert "Excel" not in caught.value.zh


@pytest.mark.parametrize("text", ['"' + "长" * 40_000 + '"', '"\x0b"', '"_x0041_"'])
def test_what_a_workbook_cannot_hold_is_refused_not_dropped(text: str) -> None:
    table = m.Table("试", name="试", inputs=(m.Input("x"),), outputs=(m.Output(),), rules=(m.Rule((text,), ("1",)),))
    with pytest.raises(SheetError) as caught:
        to_xlsx(table)
    assert caught.value.cell == "B9"


def test_a_csv_file_that_is_none_is_refused() -> None:
    with pytest.raises(SheetError):
        from_csv('列,条件,结果\n1,"' + "a" * 200_000 + '",1')


@pytest.mark.parametrize(("text", "how"), [("C+", "SUM"), ("C<", "MIN"), ("C>", "MAX"), ("C#", "COUNT"), ("C", "")])
def test_short_hit_policies_are_read(text: str, how: str) -> None:
    table = from_grid([["命中", text], ["列", "条件", "结果"], ["1", "1", "1"]])
    assert (table.hit_policy, table.aggregation) == ("COLLECT", how)


# --- checks ----------------------------------------------------------------------------------------------------------


def found(table: m.Table, code: str) -> list[str]:
    return [one.zh for one in check_table(table, [i.expression for i in table.inputs]) if one.code == code]


def test_a_name_that_nobody_has_is_told_with_its_cell() -> None:
    table = two("UNIQUE", ("> 3", "本市", "年龄 + 1"), ("<= 3", '"外市"', "for i in [1] return i + 年令"))
    assert [one[:7] for one in found(table, "unknown-name")] == ["第1条第2列：", "第2条第3列："]


def two(policy: str = "UNIQUE", *rules: tuple[str, str, str], **more: str) -> m.Table:
    return m.Table(
        "试", hit_policy=policy, inputs=(m.Input("年龄"), m.Input("户籍", values=more.get("values", ""))),
        outputs=(m.Output(values=more.get("outputs", "")),),
        rules=tuple(m.Rule((a, b), (c,)) for a, b, c in rules),
    )  # fmt: skip


def test_a_table_without_fault_has_no_finding() -> None:
    table = two("UNIQUE", (">= 60", '"本市"', "1"), (">= 60", 'not("本市")', "2"), ("< 60", "-", "3"))
    assert check_table(table, ["年龄", "户籍"]) == []


def test_gaps_are_told_in_the_words_of_the_table() -> None:
    table = two("UNIQUE", ("[60..79]", '"本市"', "1"), ("> 80", "-", "2"), ("< 60", "-", "3"))
    gaps = found(table, "gap")
    assert "没有规则管这种情况：年龄：(79..80]" in gaps
    assert "没有规则管这种情况：年龄：[60..79]，户籍：其他" in gaps


def test_overlaps_name_the_two_rules() -> None:
    table = two("UNIQUE", (">= 60", "-", "1"), ("[50..60]", '"本市"', "2"), ("< 50", "-", "3"))
    (overlap,) = found(table, "overlap")
    assert "第1条和第2条" in overlap
    assert not found(replace(table, hit_policy="FIRST"), "overlap")
    agreeing = two("ANY", (">= 60", "-", "1"), ("[50..60]", "-", "1"))
    assert not found(agreeing, "overlap")


def test_a_rule_that_never_fires() -> None:
    table = two("FIRST", ("< 60", "-", "1"), (">= 60", "-", "2"), ("[20..80]", '"本市"', "3"))
    (unreachable,) = found(table, "unreachable")
    assert "第3条" in unreachable


def test_types_values_and_what_cannot_be_read_are_told_at_the_cell() -> None:
    table = m.Table(
        "试", inputs=(m.Input("年龄", "number"), m.Input("户籍", "string", '"本市", "外市"')),
        outputs=(m.Output("", "number"),),
        rules=(m.Rule(('"六十"', '"港澳"'), ('"多"',)), m.Rule(("> ", "-"), ("1",)), m.Rule(("> 年龄", "-"), ("1 +",))),
    )  # fmt: skip
    findings = {(one.code, one.cells) for one in check_table(table, ["年龄", "户籍"])}
    assert {("type", ((1, 1),)), ("never", ((1, 2),)), ("type", ((1, 3),)), ("unreadable", ((2, 1),)),
            ("unreadable", ((3, 3),)), ("unchecked", ((3, 1),))} <= findings  # fmt: skip


def test_no_day_lies_between_a_day_and_the_next() -> None:
    """So a rule for the days between overlaps with nothing and never fires, and the two days have no gap."""
    rows = [["表", "t"], ["命中", "UNIQUE"], ["列", "条件", "结果"], ["名称", "d", "r"], ["类型", "date", "string"]]

    def found(*tests: str) -> set[str]:
        return {one.code for one in check_table(from_grid([*rows, *([str(n), t, '"x"'] for n, t in enumerate(tests))]))}

    one, other = '@"2026-03-01"', '@"2026-03-02"'
    assert found("-", f"({one}..{other})") == {"never"}
    assert "overlap" in found("-", f'({one}..@"2026-03-03")')
    assert not found(f"<= {one}", f">= {other}")
    gap = check_table(from_grid([*rows, ["1", f"< {one}", '"x"'], ["2", f"> {other}", '"x"']]))
    assert [one.zh for one in gap] == [f"没有规则管这种情况：d：[{said(Date(2026, 3, 1))}..{said(Date(2026, 3, 2))}]"]


@settings(max_examples=150, deadline=None)
@given(some.tables())
def test_two_rules_that_are_said_to_overlap_do(table: m.Table) -> None:
    """Whatever the checks say of overlaps is so for some values, and no two rules match at once unsaid."""
    from itertools import product

    from tongqu.foundation.feel.running import Frame, Run

    if table.hit_policy != "UNIQUE":
        return
    compiled = some.compiled(table)
    said = {
        one.zh for one in check_table(table, ["facts", *[i.expression for i in table.inputs]]) if one.code == "overlap"
    }
    seen: set[str] = set()
    for values in product(*[_probes(i.label) for i in table.inputs]):
        matched, _open = compiled.matching(Frame({}, Run()), values)
        numbers = [row.number for row in matched]
        for n, one in enumerate(numbers):
            seen |= {f"第{one}条和第{other}条规则有同时符合的情况" for other in numbers[n + 1 :]}
    assert seen == said


def _probes(kind: str) -> list[object]:
    """Values at, between and beyond those that the cells name."""
    from decimal import Decimal

    from tongqu.foundation.feel.temporal import Date

    values = some.KINDS[kind]
    if kind == "number":
        return [*values, *(value + Decimal("0.01") for value in values), Decimal(-99)]
    if kind == "date":
        return [*values, Date(2026, 2, 1), Date(2026, 5, 1), Date(2027, 5, 1)]
    return [*values, "别处"] if kind == "string" else list(values)


def test_a_table_too_large_to_search_is_said_to_be_so_and_nothing_wrong_is_said_of_it() -> None:
    """Sixty rules over twelve columns, none of which covers another: the search ends, and accuses no rule."""
    columns = range(12)

    def cells(rule: int) -> tuple[str, ...]:
        return tuple(f"> {rule * 37 % 900}" if (rule * 7 + c * 5) % 6 == 0 else "-" for c in columns)

    table = m.Table(
        "大", hit_policy="FIRST", inputs=tuple(m.Input(f"x{c}", "number") for c in columns),
        outputs=(m.Output("o", "number"),), rules=tuple(m.Rule(cells(60 - n), ("1",)) for n in range(60)),
    )  # fmt: skip
    began = process_time()
    findings = check_table(table, [f"x{c}" for c in columns])
    assert process_time() - began < 60
    assert [one.severity for one in findings if one.code == "unchecked"] == ["warning"]
    told = [one for one in findings if one.code == "unreachable"]
    for one in told:  # whoever is accused is covered by one rule before it, cell by cell
        number = one.cells[0][0]
        assert any(_covers(table.rules[n].tests, table.rules[number - 1].tests) for n in range(number - 1)), one


def _covers(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(a == "-" or (b != "-" and int(a[2:]) <= int(b[2:])) for a, b in pairs)
