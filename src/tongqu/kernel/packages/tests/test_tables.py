"""Whole decision tables in a package: read from its folder, checked against its form, decided in its situations."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.conditions import holds
from tongqu.foundation.dmn.grid import from_grid
from tongqu.foundation.dmn.sheets import to_csv, to_xlsx
from tongqu.foundation.feel.values import Unknown
from tongqu.kernel.packages.content import read_folder
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import (
    Situation,
    check_values,
    effective,
    load,
    materials,
    required_fields,
    run_tests,
    site_check_needed,
    visible_fields,
)
from tongqu.kernel.packages.rules.checking import check_content, warnings
from tongqu.kernel.packages.tests.samples import FOOD, Content, changed, food, write
from tongqu.kernel.packages.wording import Problem

RENEWAL = FOOD.parent / "food-business-licence-renewal"
NOODLES = {"kind": "catering", "items_catering": ["hot_food"]}


def sheet(*rules: tuple[str, ...], **heads: tuple[str, ...]) -> list[list[str]]:
    """A table of one or more inputs and one output, with a note: `hit`, `expression`, `type`, `values`, `kinds`."""
    kinds = heads.get("kinds", ("条件",) * (len(rules[0]) - 2) + ("结果", "备注"))
    rows = [["表", "试 | Trial"], ["命中", *heads.get("hit", ("唯一",))], ["列", *kinds]]
    rows += [["名称", *(f"{n} | {n}" for n in heads["expression"])], ["表达式", *heads["expression"]]]
    rows += [["类型", *heads["type"]], ["取值", *heads.get("values", ())]]
    return rows + [[str(n), *rule] for n, rule in enumerate(rules, 1)]


SIZE = sheet(
    (">= 200", '"large"', "L5"), ("< 200", '"small"', "L5"), expression=("area", "size"), type=("number", "string")
)


def with_tables(**tables: Any) -> Content:
    content = food()
    content["tables"] |= tables
    return content


# --- the shipped ones ------------------------------------------------------------------------------------------------


def test_the_shipped_packages_use_tables_and_warn_of_nothing() -> None:
    package = load(FOOD)
    assert sorted(package.content["tables"]) == ["materials_by_situation", "site_visit"]
    assert warnings(FOOD) == warnings(RENEWAL) == []
    assert sorted(read_folder(RENEWAL)[0]["tables"]) == ["way"]


# The conditions of version 1.1.0, before tables took their place.
VISITED = ["bulk_food", "bulk_and_prepackaged", "hot_food", "cold_food", "raw_food", "semi_finished", "drinks"]
BEFORE: dict[str, dict[str, Any]] = {
    "vending_plan": {"field": "brackets", "equals": "vending_machine"},
    "letter_of_authority": {"field": "filed_by", "equals": "agent"},
}


def subset(*codes: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(codes), unique=True)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["catering", "canteen", "food_sales"]),
        "brackets_catering": subset("central_kitchen", "group_meal_delivery", "vending_machine"),
        "brackets_sales": subset("wholesale", "vending_machine"),
        "items_catering": subset("hot_food", "drinks", "catering_chain", "catering_management", "bulk_food"),
        "items_central_kitchen": subset("semi_finished"),
        "items_sales": subset("bulk_food", "sales_chain", "cold_food"),
        "items_canteen": subset("hot_food", "raw_food"),
    },
)


@given(ANSWERS, st.sampled_from([{}, {"filed_by": "self"}, {"filed_by": "agent"}]))
def test_tables_say_what_the_conditions_before_them_said(values: dict[str, Any], facts: dict[str, str]) -> None:
    """In every situation; only what an unfinished form leaves open is now said to be open, and asked for by name."""
    package = PACKAGE
    known, situation = effective(package, values, facts), Situation(package, values, facts)
    codes = {one.code for one in materials(package, values, facts=facts)}
    for code, when in BEFORE.items():
        assert (code in codes) is holds(when, known), code
    visited = holds({"field": "items", "in": VISITED}, known)
    if type(found := situation.result("site_visit")) is Unknown:
        assert set(situation.decided("site_visit").needs) <= set(check_values(package, values))
        assert site_check_needed(package, values) is False
    else:
        assert site_check_needed(package, values) is visited is found


PACKAGE = Package.of(read_folder(FOOD)[0])


@pytest.mark.parametrize(("conditions", "wanted"), [("changed", True), ("unchanged", False), ("", False)])
def test_the_way_a_renewal_goes(conditions: str, wanted: bool) -> None:
    package = Package.of(read_folder(RENEWAL)[0])
    values = {"conditions": conditions}
    assert site_check_needed(package, values) is wanted
    assert ("premises_plan" in {one.code for one in materials(package, values)}) is wanted


# --- deciding --------------------------------------------------------------------------------------------------------


def test_the_trace_says_which_rule_fired_and_what_it_cites() -> None:
    decided = Situation(PACKAGE, {**NOODLES, "items_catering": ["bulk_food"]}).decided("site_visit")
    assert decided.fired is not None and decided.fired.matched == (2,)
    assert decided.results == {"site_visit": True} and decided.cites == ("L5",)


def test_what_is_unknown_stays_unknown_and_names_the_answers_that_are_missing() -> None:
    situation = Situation(PACKAGE, {}, {"filed_by": "agent"})
    decided = situation.decided("site_visit")
    assert type(decided.results["site_visit"]) is Unknown and decided.needs == ("kind",)
    assert situation.decided("materials_by_situation").needs == ("kind",)
    assert situation["needed_materials"] == ["letter_of_authority"], "what is certain counts all the same"
    assert "site_visit" not in situation
    for text in ("site_visit", "not(site_visit)", "site_visit = null", "if site_visit then true else true"):
        assert situation.holds({"feel": text}) is (text.startswith("if")), text
    assert not situation.holds({"feel": 'not(list contains(needed_materials, "vending_plan"))'})


def test_what_the_form_leaves_open_is_no_gap_but_an_answer() -> None:
    situation = Situation(PACKAGE, NOODLES, {"filed_by": "self"})
    assert situation.result("needed_materials") == [] and situation.result("site_visit") is True


def test_tables_rest_on_each_other_in_whatever_order_they_are_called() -> None:
    first = sheet(
        ('"large"', "true", "L5"), ('"small"', "false", "L5"), expression=("size", "inspected"),
        type=("string", "boolean"),
    )  # fmt: skip
    content = with_tables(a_first=first, size=SIZE)
    content["materials"]["materials"][2]["when"] = {"feel": "inspected"}
    content["tests"]["materials"] = []
    content["tests"]["form"][0]["expect"]["tables"] = {"size": "small", "inspected": "false", "needed_materials": None}
    assert check_content(content) == []
    package = Package.of(content)
    for area, there in (("200", True), ("199.9", False), ("", False)):
        assert ("premises_plan" in {m.code for m in materials(package, {**NOODLES, "area": area})}) is there
    content["tests"]["form"][0]["expect"]["tables"] = {"size": "large"}
    assert [one.code for one in check_content(content)] == ["test-failed"]
    assert not all(one.passed for one in run_tests(Package.of(content)))


def test_a_table_that_takes_too_long_has_no_result_and_says_why() -> None:
    heavy = "count(for i in 1..3000, j in 1..3000 return i * area * j) > 0"
    content = with_tables(slow=sheet(("true", "true", "L5"), expression=(heavy, "heavy"), type=("boolean", "boolean")))
    assert any(one.code == "table-head" for one in check_content(content)), "found before publication"
    decided = Situation(Package.of(content), {**NOODLES, "area": "2"}).decided("slow")
    assert decided.results == {"heavy": None} and decided.notes


# --- in the form -----------------------------------------------------------------------------------------------------

TEXT = {"zh-Hans": "面积大", "en": "the premises are large"}
LABEL = {"zh-Hans": "楼层", "en": "Floor"}


def with_field(feel: str, **tables: Any) -> Content:
    content = with_tables(**tables)
    extra = {
        "name": "floor", "element": "food.premises_address", "widget": "text", "label": LABEL, "help": LABEL,
        "show": {"feel": feel, "text": TEXT}, "required": True,
    }  # fmt: skip
    place = next(page for page in content["form"]["pages"] if page["id"] == "place")
    place["sections"][0]["fields"].append(extra)
    return content


def test_a_field_is_shown_by_a_table_which_the_page_follows() -> None:
    content = with_field('size = "large" and kind = "catering"', size=SIZE)
    assert [str(one) for one in check_content(content) if one.code != "test-failed"] == []
    package = Package.of(content)
    for area, there in (("200", True), ("199", False), ("", False)):
        values = {**NOODLES, "area": area}
        assert ("floor" in visible_fields(package, values)) is there
        assert ("floor" in required_fields(package, values)) is there
    assert "size" not in package.fields["floor"]["show"]["feel"], "the page's script knows nothing of tables"
    assert package.content["form"]["pages"][2]["sections"][0]["fields"][-1]["show"]["feel"].startswith("size")


@pytest.mark.parametrize(
    ("feel", "tables", "code"),
    [
        ("site_visit", {}, "table-looks-later"),
        ('size = "huge"', {"size": SIZE}, "expression"),
        ("size > 3", {"size": SIZE}, "expression"),
        ('list contains(sizes, "a")',
         {"s": sheet((">= 1", '"a"', "L5"), hit=("汇集",), expression=("area", "sizes"), type=("number", "string"))},
         "table-not-plain"),
        ("odd", {"s": sheet(("modulo(?, 2) = 1", "true", "L5"), hit=("取第一条",), expression=("area", "odd"),
                            type=("number", "boolean"))}, "table-not-plain"),
        ("odd", {"s": sheet(("true", "true", "L5"), ("false", "false", "L5"), expression=("modulo(area, 2) = 1", "odd"),
                            type=("boolean", "boolean"))}, "not-on-page"),
        ("later", {"s": sheet(('"post"', "true", "L5"), ('not("post")', "false", "L5"),
                              expression=("delivery_way", "later"), type=("string", "boolean"))}, "table-looks-later"),
    ],
)  # fmt: skip
def test_what_a_page_cannot_follow_is_refused(feel: str, tables: dict[str, Any], code: str) -> None:
    found = [one for one in check_content(with_field(feel, **tables)) if one.file == "form.yaml"]
    assert [one.code for one in found] == [code], found


# --- checks ----------------------------------------------------------------------------------------------------------


def edit(name: str, row: int, column: int, text: str) -> Callable[[Content], None]:
    def change(content: Content) -> None:
        content["tables"][name][row][column] = text

    return change


def add(**tables: Any) -> Callable[[Content], None]:
    return lambda content: content["tables"].update(tables)


def ring(content: Content) -> None:
    for name, on in (("one", "b"), ("two", "a")):
        gives = "a" if name == "one" else "b"
        content["tables"][name] = sheet(("> 1", "1", "L5"), expression=(on, gives), type=("number", "number"))


MISTAKES: list[tuple[Callable[[Content], Any], str, str]] = [
    (edit("site_visit", 4, 1, "area > 20 and nobody = 1"), "table-strange-name", "nobody"),
    (edit("site_visit", 4, 1, 'some item in items satisfies item = "soup"'), "never", "soup"),
    (edit("site_visit", 4, 1, 'list contains(brackets, "soup")'), "never", "soup"),
    (edit("site_visit", 4, 1, "area"), "table-input-type", "boolean"),
    (edit("site_visit", 4, 1, "area >"), "table-head", "第1列"),
    (edit("site_visit", 8, 1, '"soup"'), "table-finding", "boolean"),
    (edit("site_visit", 9, 1, "-"), "table-finding", "第1条和第2条"),
    (edit("site_visit", 8, 1, "site_visitt"), "table-strange-name", "第1条第1列"),
    (edit("site_visit", 8, 5, "L999"), "unknown-rule", "L999"),
    (edit("site_visit", 4, 3, "现场核查"), "table-output-name", "现场核查"),
    (edit("site_visit", 4, 3, "area"), "table-output-taken", "form.yaml"),
    (edit("site_visit", 4, 3, "needed_materials"), "table-output-taken", "materials_by_situation"),
    (edit("site_visit", 5, 3, "duration"), "table-output-type", "site_visit"),
    (edit("materials_by_situation", 6, 2, '"self", "nobody"'), "never", "nobody"),
    (edit("materials_by_situation", 8, 3, '"soup"'), "table-finding", "soup"),
    (edit("materials_by_situation", 5, 3, "number"), "table-output-type", "string"),
    (edit("materials_by_situation", 1, 1, "每逢单日"), "table-sheet", "B2"),
    (add(t=sheet((">= 1", "1", "L5"), expression=("area", "v"), type=("number",))), "table-output-type", "v"),
    (add(t=sheet(("> 1", "today()", "L5"), expression=("area", "v"), type=("number", "date"))), "table-clock", "today"),
    (add(t=sheet(('"1"', "1", "L5"), expression=("contact_phone", "v"), type=("", "number"))), "table-private", "电话"),
    (add(t=sheet(("circus", "1", "L5"), expression=("kind", "v"), type=("", "number"))), "table-finding", "circus"),
    (add(t=sheet(("> 1", "1", "L5"), expression=("area", "v"), type=("number", "number"))[:-1]), "table-empty", "规则"),
    (add(**{"../etc": SIZE}), "schema-form", "etc"),
    (add(t=[["列", "结果"]] * 3), "table-sheet", "两次"),
    (add(t=[[1]]), "schema-type", "文字"),
    (add(t=[["x" * 2001]]), "schema-form", "xxx"),
    (add(t=[["1"]] * 600), "schema-other", ""),
    (add(**{f"t{n}": SIZE for n in range(60)}), "schema-other", ""),
    (add(**{f"t{n}": SIZE * 55 for n in range(40)}), "large-tables", "40000"),
    (ring, "table-circle", "one、two"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "said"), MISTAKES)
def test_each_mistake_in_a_table_is_found_and_named(change: Callable[[Content], Any], code: str, said: str) -> None:
    found = check_content(changed(change))
    assert any(one.code == code and said in str(one) and "tables" in one.file for one in found), list(map(str, found))


def test_gaps_and_rows_without_a_basis_are_warnings(tmp_path: Path) -> None:
    content = with_tables(size=sheet((">= 200", '"large"', ""), expression=("area", "size"), type=("number", "string")))
    assert check_content(content) == []
    told = {one.code: str(one) for one in warnings(write(tmp_path, content))}
    assert "没有规则管这种情况" in told["table-finding"] and "第1条" in told["table-no-basis"]


def test_a_column_of_options_without_type_or_values_is_filled_in_from_the_form() -> None:
    kinds = sheet(
        ("catering, canteen", "true", "L5"), ("food_sales", "false", "L5"), expression=("kind", "v"),
        type=("", "boolean"),
    )  # fmt: skip
    content = with_tables(t=kinds)
    assert check_content(content) == []
    assert Situation(Package.of(content), NOODLES).result("v") is True


# --- files -----------------------------------------------------------------------------------------------------------


def test_the_same_table_has_the_same_hash_from_either_kind_of_file_and_another_table_another(tmp_path: Path) -> None:
    folder = write(tmp_path, food())
    first = load(folder).hash
    file = folder / "tables" / "site_visit.csv"
    (folder / "tables" / "site_visit.xlsx").write_bytes(to_xlsx(from_grid(food()["tables"]["site_visit"])))
    file.unlink()
    assert load(folder).hash == first
    (folder / "tables" / "site_visit.xlsx").unlink()
    other = food()["tables"]["site_visit"]
    other[8][4] = "别的理由"
    file.write_text(to_csv(from_grid(other)), encoding="utf-8")
    assert load(folder).hash != first


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    return stream.getvalue()


def computed() -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet1 = book.add_worksheet()
    for n, row in enumerate(SIZE):
        sheet1.write_row(n, 0, row)
    sheet1.write_formula(7, 1, "=1+1", value=2)
    book.close()
    return stream.getvalue()


CSV = to_csv(from_grid(SIZE)).encode()
HOSTILE: list[tuple[str, bytes, str, str]] = [
    ("size.xlsx", bomb(), "table-sheet", "64 MB"),
    ("size.xlsx", computed(), "table-sheet", "B8：这一格是公式"),
    ("size.xlsx", b"PK no workbook", "table-sheet", "Excel"),
    ("size.csv", CSV.replace(b"L5", b"=HYPERLINK(1)", 1), "table-sheet", "公式"),
    ("size.csv", CSV.replace(b"L5", b"@SUM(1)", 1), "table-sheet", "公式"),
    ("size.csv", b"\xff\xfe\x00", "table-sheet", "GB 18030"),
    ("size.csv", b"x" * (513 * 1024), "large-table", "512"),
    ("size.csv", CSV + b"9,1,1,L5\n" * 600, "table-sheet", "520"),
    ("size.csv", CSV + b"9," + b"1," * 60 + b"\n", "table-sheet", "AN"),
    ("size.csv", CSV + b'9,"' + b"x" * 3000 + b'"\n', "table-sheet", "2000"),
    ("size.csv", CSV + b'9,"' + b"x" * 140_000 + b'"\n', "table-sheet", "不是正确的CSV"),
    ("size.csv", "奇怪的行,1\n".encode() + CSV, "table-sheet", "不认识的行"),
    ("size.py", b"import os", "strange-table", ".csv"),
    ("Size.csv", CSV, "table-name", "Size"),
    ("..size.csv", CSV, "", ""),
    ("site_visit.xlsx", to_xlsx(from_grid(SIZE)), "table-twice", "site_visit"),
]


@pytest.mark.parametrize(("name", "data", "code", "said"), HOSTILE)
def test_a_hostile_file_is_refused_by_name(tmp_path: Path, name: str, data: bytes, code: str, said: str) -> None:
    folder = write(tmp_path, food())
    (folder / "tables" / name).write_bytes(data)
    _content, found = read_folder(folder)
    assert [one.code for one in found] == ([code] if code else [])
    assert said in "".join(map(str, found))
    assert all(one.file == f"tables/{name}" for one in found)


def test_links_and_folders_among_the_tables_are_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, food())
    (folder / "tables" / "link.csv").symlink_to("/etc/passwd")
    (folder / "tables" / "deep.csv").mkdir()
    found: list[Problem] = read_folder(folder)[1]
    assert [(one.file, one.code) for one in found] == [
        ("tables/deep.csv", "strange-table"), ("tables/link.csv", "strange-table"),
    ]  # fmt: skip
