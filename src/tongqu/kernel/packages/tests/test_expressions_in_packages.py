"""Conditions in FEEL: decided with the form's types, checked before publication, the same engine for plain ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.conditions import holds
from tongqu.kernel.packages.content import read_folder
from tongqu.kernel.packages.package import Package, thaw
from tongqu.kernel.packages.rules import (
    check,
    effective,
    form_json_schema,
    load,
    materials,
    required_fields,
    site_check_needed,
)
from tongqu.kernel.packages.rules.checking import check_content
from tongqu.kernel.packages.tests.samples import FOOD

KINDS = {"area": "number", "items": "list", "kind": "string", "opened": "date"}
VALUES = {"area": "86.5", "items": ["hot_food", "drinks"], "kind": "catering", "opened": "2026-03-02"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("area > 50", True), ("area > 100", False), ('kind = "catering" and list contains(items, "hot_food")', True),
        ("count(items) > 2", False), ('opened >= date("2026-01-01")', True),
        ("some i in items satisfies i in (\"drinks\")", True),
        ("nothing > 1", False), ("area", False), ('kind in ("canteen", "catering")', True), ("items = null", False),
    ],
)  # fmt: skip
def test_an_expression_sees_values_with_their_types(text: str, wanted: bool) -> None:
    assert holds({"feel": text}, VALUES, KINDS) is wanted


def test_what_is_empty_is_null_and_null_is_not_true() -> None:
    assert holds({"feel": "area > 50"}, {}, KINDS) is False
    assert holds({"feel": "area = null and items = null"}, {"area": "", "items": []}, KINDS) is True
    assert holds({"feel": "area > 50"}, {"area": "大约九十"}, KINDS) is False, "what does not conform is no number"


@given(st.text(max_size=8), st.lists(st.text(max_size=8), min_size=1, max_size=3))
def test_a_plain_condition_is_equality_whatever_the_text(value: str, wanted: list[str]) -> None:
    assert holds({"field": "x", "in": wanted}, {"x": value}) is (value != "" and value in wanted)
    assert holds({"field": "x", "in": wanted}, {"x": [value, "别的"]}) is (value in wanted or "别的" in wanted)


def changed(**when: Any) -> dict[str, Any]:
    """The food package with another condition for the plan."""
    content = thaw(load(FOOD).content)
    plan = next(one for one in content["materials"]["materials"] if one["code"] == "premises_plan")
    plan["when"] = when
    return content


def test_materials_follow_an_expression() -> None:
    package = Package.of(changed(feel='area >= 50 or list contains(items, "raw_food")'))
    small = {"kind": "catering", "items_catering": ["hot_food"], "area": "30"}
    raw = {**small, "items_catering": ["raw_food"]}

    def codes(values: dict[str, Any]) -> set[str]:
        return {one.code for one in materials(package, values)}

    assert "premises_plan" not in codes(small)
    assert "premises_plan" in codes({**small, "area": "50"}) and "premises_plan" in codes(raw)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("area >", "条件第"), ("aera > 50", "是不是“area”"), ('area > "五十"', "不能比较"),
        ("area + 1", "应当是“是”或“否”"), ('kind = "restaurant"', "不可能成立"),
        ('list contains(items, "soup")', "不可能成立"), ("contains(area, \"5\")", "要文字"),
        ("count(for i in 1..10000000 return i) > 1", "太大"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_expression_stops_publication(text: str, said: str) -> None:
    found = [str(one) for one in check_content(changed(feel=text))]
    assert any(said in one and "$.materials" in one for one in found), found


def test_the_shipped_renewal_uses_one() -> None:
    folder = FOOD.parent / "food-business-licence-renewal"
    package = Package.of(read_folder(folder)[0])
    assert site_check_needed(package, {"conditions": "changed"}) and not site_check_needed(
        package, {"conditions": "unchanged"}
    )
    assert all(one.code == "publish-first" for one in check(folder))


PLACE = {"zh-Hans": "面积不小", "en": "the premises are not small"}


def with_field(key: str, feel: str) -> dict[str, Any]:
    """The food package where one field more is asked, after the area."""
    content = thaw(load(FOOD).content)
    when = {"feel": feel, "text": PLACE}
    label = {"zh-Hans": "楼层", "en": "Floor"}
    extra = {"name": "floor", "element": "food.premises_address", "widget": "text", "label": label, "help": label}
    asked = extra | ({"show": when, "required": True} if key == "show" else {"required": {"when": when}})
    place = next(page for page in content["form"]["pages"] if page["id"] == "place")
    place["sections"][0]["fields"].append(asked)
    return content


@pytest.mark.parametrize("key", ["show", "required"])
def test_a_field_is_shown_or_needed_by_an_expression(key: str) -> None:
    content = with_field(key, 'area >= 200 and kind = "catering" and not(list contains(items_catering, "drinks"))')
    assert [str(one) for one in check_content(content) if "form" in one.file] == []
    package = Package.of(content)
    large = {"kind": "catering", "items_catering": ["hot_food"], "area": "200"}
    assert "floor" in required_fields(package, large)
    for other in ({"area": "199.99"}, {"kind": "canteen"}, {"items_catering": ["drinks"]}, {"area": ""}):
        values = {**large, **other, "floor": "二层"}
        assert "floor" not in required_fields(package, values)
        assert ("floor" in effective(package, values)) is (key == "required")
    assert form_json_schema(package)["properties"]["floor"][f"x-{key}"].startswith("area >= 200")


@pytest.mark.parametrize("key", ["show", "required"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aera > 50", "是不是“area”"), ('area > "五十"', "不能比较"), ('kind = "restaurant"', "不可能成立"),
        ('delivery_way = "post"', "条件第"), ("area", "应当是“是”或“否”"),
        ('contains(premises_address, "楼")', "网页不能随填随判断"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_condition_of_the_form_stops_publication(key: str, text: str, said: str) -> None:
    found = [str(one) for one in check_content(with_field(key, text))]
    assert any(said in one and f".{key}" in one for one in found), found


def test_a_condition_of_the_form_in_feel_says_itself_in_words() -> None:
    content = with_field("show", "area > 1")
    del content["form"]["pages"][2]["sections"][0]["fields"][-1]["show"]["text"]
    assert any("form.yaml" in str(one) for one in check_content(content))
