"""The single authority on a form: what it accepts, what it says, what it hides."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from django.http import QueryDict

from tongqu.kernel import packages
from tongqu.kernel.ui import forms, samples
from tongqu.kernel.ui.tests.definitions import field, form, text


def one(widget: str, value: str, **more):
    """Parse one field; returns its value (None when absent) and its error ("" when none)."""
    values, errors = forms.parse(form(field("a", widget, **more)), {"a": value})
    return values.get("a"), errors.get("a", "")


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("widget", "typed", "value"),
    [
        ("text", "  周记\u3000 小面馆 ", "周记 小面馆"),
        ("text", "A\u200bB\u202eC\ufeff", "ABC"),
        ("text", "e\u0301", "é"),
        ("text", "\U00020bb7\ufa2a\u908a\U000e0101", "\U00020bb7\ufa2a\u908a\U000e0101"),
        ("text", "阿依古丽·买买提", "阿依古丽·买买提"),
        ("textarea", "一\r\n\r\n\r\n\r\n二 ", "一\n\n二"),
        ("number", "48.50", "48.5"),
        ("number", "０４８", "48"),
        ("number", "1,200", "1200"),
        ("number", "-0", "0"),
        ("number", "100", "100"),
        ("date", "2026-11-20", "2026-11-20"),
        ("date", "2026年1月5日", "2026-01-05"),
        ("date", "20260105", "2026-01-05"),
        ("date", "２０２６／１／５", "2026-01-05"),
        ("phone", "139 0000 0000", "13900000000"),
        ("phone", "+86 139-0000-0000", "13900000000"),
        ("phone", "（0571）00000000", "0571-00000000"),
        ("region", " 990102000000 ", "990102000000"),
        ("text", "   ", None),
        ("number", "", None),
    ],
)
def test_what_was_typed_becomes_a_value(widget, typed, value):
    assert one(widget, typed) == (value, "")


@pytest.mark.parametrize(
    ("widget", "typed", "says"),
    [
        ("text", "a\x00b", "无法显示"),
        ("text", "\ue000", "无法显示"),
        ("text", "\ufffd", "无法显示"),
        ("text", "\U0001ffff", "无法显示"),
        ("text", "z" + "\u0301" * 9, "无法显示"),
        ("text", "字" * 201, "最多 200 个字，现在有 201 个"),
        ("number", "四十八", "应填数字"),
        ("number", "1e9", "应填数字"),
        ("number", "NaN", "应填数字"),
        ("number", "1,2", "应填数字"),
        ("number", "٣", "应填数字"),
        ("number", "9" * 400, "过长"),
        ("number", "0." + "1" * 9, "过长"),
        ("date", "2026-02-30", "真实的日期"),
        ("date", "0001-01-01", "真实的日期"),
        ("date", "明天", "真实的日期"),
        ("phone", "12345", "手机号码"),
        ("phone", "13900000000a", "手机号码"),
        ("region", "9901", "从列表中选择"),
    ],
)
def test_what_is_wrong_is_said_with_the_field_and_the_mend(widget, typed, says):
    value, error = one(widget, typed)
    assert value is None
    assert says in error and "“字段a”" in error


def test_bounds_name_the_unit():
    area = field("a", "number", min="1", max=99, unit=text("平方米", "m²"))
    assert forms.parse(form(area), {"a": "0.5"})[1] == {"a": "“字段a”不能小于 1 平方米"}
    assert forms.parse(form(area), {"a": "99.1"})[1] == {"a": "“字段a”不能大于 99 平方米"}
    assert forms.parse(form(area), {"a": "99"})[0] == {"a": "99"}


def test_choices_are_those_offered_in_the_order_of_the_definition():
    several = form(field("a", "checkboxes", options="x y z"), field("b", "radio", options="p q"))
    values, errors = forms.parse(several, QueryDict("a=z&a=x&a=z&b=q"))
    assert values == {"a": ["x", "z"], "b": "q"} and not errors
    _values, errors = forms.parse(several, QueryDict("a=x&a=w&b=r"))
    assert set(errors) == {"a", "b"}


def test_regions_come_from_outside():
    definition = form(field("a", "region", required=True))
    offered = {"a": [{"value": "990102000000", "label": "望江区"}]}
    assert forms.parse(definition, {"a": "990102000000"}, choices=offered)[0] == {"a": "990102000000"}
    assert "a" in forms.parse(definition, {"a": "990103000000"}, choices=offered)[1]


def test_an_element_may_add_a_check():
    checks = {"t.a": lambda value: None if value == "92" else "代码的校验位不对"}
    assert forms.parse(form(field("a")), {"a": "91"}, checks=checks)[1] == {"a": "代码的校验位不对"}
    assert forms.parse(form(field("a")), {"a": "92"}, checks=checks)[0] == {"a": "92"}


# --- required, shown -------------------------------------------------------------------------------------------------


def test_required_always_and_under_a_condition():
    definition = form(
        field("kind", "radio", options="x y", required=True),
        field("more", required={"when": {"field": "kind", "equals": "y"}}),
    )
    assert forms.parse(definition, {})[1] == {"kind": "请选择“字段kind”"}
    assert forms.parse(definition, {"kind": "x"})[1] == {}
    assert forms.parse(definition, {"kind": "y"})[1] == {"more": "请填写“字段more”"}


def test_a_hidden_field_has_no_value_and_no_error_whatever_was_posted():
    definition = form(
        field("kind", "radio", options="x y"),
        field("inner", "number", required=True, show={"field": "kind", "equals": "y"}),
        field("innermost", required=True, show={"field": "inner", "in": ["1", "2"]}),
    )
    assert forms.parse(definition, {"kind": "x", "inner": "bad", "innermost": "a"}) == ({"kind": "x"}, {})
    assert forms.parse(definition, {"kind": "y", "inner": "3", "innermost": "a"})[0] == {"kind": "y", "inner": "3"}
    assert forms.parse(definition, {"kind": "y", "inner": "1"})[1] == {"innermost": "请填写“字段innermost”"}


def test_a_circle_of_conditions_hides_both_and_ends():
    definition = form(
        field("a", show={"field": "b", "equals": "1"}, required=True),
        field("b", show={"field": "a", "equals": "1"}, required=True),
    )
    assert forms.parse(definition, {"a": "1", "b": "1"}) == ({}, {})


def test_checkboxes_meet_a_condition_when_any_does():
    definition = form(field("a", "checkboxes", options="x y"), field("b", show={"field": "a", "equals": "y"}))
    assert forms.parse(definition, QueryDict("a=x&a=y&b=1"))[0]["b"] == "1"
    assert "b" not in forms.parse(definition, QueryDict("a=x&b=1"))[0]


# --- pages, prefilled, unknown ---------------------------------------------------------------------------------------


def test_one_page_reads_its_own_fields_and_looks_back():
    definition = form(
        field("kind", "radio", options="x y", required=True),
        second=(field("deep", required=True, show={"field": "kind", "equals": "y"}), field("free")),
    )
    assert forms.page_ids(definition) == ["one", "two"]
    assert forms.parse(definition, {"free": "1", "kind": "x"}, page="two", given={"kind": "x"}) == ({"free": "1"}, {})
    assert forms.parse(definition, {}, page="two", given={"kind": "y"})[1] == {"deep": "请填写“字段deep”"}
    with pytest.raises(KeyError):
        forms.parse(definition, {}, page="three")


def test_prefilled_fields_are_never_taken_from_the_post_but_may_decide():
    definition = form(
        field("name", prefill="firm.name"),
        field("b", required=True, show={"field": "name", "equals": "周记"}),
    )
    assert forms.parse(definition, {"name": "周记", "b": "1"}) == ({}, {})
    assert forms.parse(definition, {"name": "别人", "b": "1"}, given={"name": "周记"}) == ({"b": "1"}, {})


def test_files_are_not_read_as_text():
    definition = form(field("photo", "file", required=True, accept=["jpg", "pdf"]))
    assert forms.parse(definition, {"photo": "x.jpg"}) == ({}, {})
    assert forms.typed(definition, {"photo": "x.jpg"}) == {}
    assert forms.build(definition)[0].fields[0].accept == ".jpg,.pdf"


def test_unknown_names_are_told_ours_are_not():
    data = QueryDict("a=1&evil=2&_key=3&csrfmiddlewaretoken=4&next=5")
    assert forms.unknown(form(field("a")), data) == ["evil"]
    assert forms.parse(form(field("a")), data) == ({"a": "1"}, {})


@pytest.mark.parametrize("hostile", [{"a": {"x": 1}}, {"a": 7}, {"a": None}, {"a": [["x"]]}, {"a": [1, None]}])
def test_anything_but_text_counts_as_absent(hostile):
    assert forms.parse(form(field("a", required=True)), hostile)[1] == {"a": "请填写“字段a”"}


def test_typed_keeps_wrong_input_for_a_draft():
    definition = form(field("a", "number"), field("b", "checkboxes", options="x y"), field("p", prefill="t.p"))
    data = QueryDict("a=abc%00%E2%80%AE&b=y&b=w&p=forged&evil=1")
    assert forms.typed(definition, data) == {"a": "abc", "b": ["y"]}
    assert len(forms.typed(definition, {"a": "x" * 10**6})["a"]) <= 20_000


def test_errors_speak_the_language_asked_for():
    definition = form(field("a", required=True))
    assert "“a”" in forms.parse(definition, {}, lang="en")[1]["a"]
    assert "“字段a”" in forms.parse(definition, {}, lang="zh-hans")[1]["a"]


# --- drawing ---------------------------------------------------------------------------------------------------------


def test_build_says_what_each_field_needs():
    definition = form(
        field("kind", "radio", options="x y", required=True),
        field("more", required={"when": {"field": "kind", "equals": "y"}}, help=text("说明")),
        field("inner", show={"field": "kind", "in": ["x", "y"]}),
    )
    (section,) = forms.build(definition, {"kind": "x"}, {"more": "错"}, lang="zh-Hans")
    kind, more, inner = section.fields
    assert kind.required and [o.checked for o in kind.options] == [True, False]
    assert more.optional == "（“字段kind”选“选项y”时必填）" and more.described_by == "f-more-help f-more-error"
    assert inner.shown and inner.condition.text == "仅在“字段kind”选“选项x”或“选项y”时填写"
    assert (
        json.loads(inner.condition.json) == ["any", ["name", "kind", "list"], ["x", "y"]]
        and inner.optional == "（选填）"
    )


LARGE = {"feel": 'area >= 500 and kind = "x"', "text": text("面积较大", "a large area")}


def test_an_expression_shows_and_requires_fields():
    definition = form(
        field("kind", "radio", options="x y"),
        field("area", "number"),
        field("plan", show=LARGE, required=True),
        field("note", required={"when": LARGE}),
        field("more", show={"feel": 'plan = "1"', "text": text("有方案")}),
    )
    small, large = {"kind": "x", "area": "499.9", "plan": "1", "more": "2"}, {"kind": "x", "area": "500"}
    assert forms.parse(definition, small) == ({"kind": "x", "area": "499.9"}, {}), "what is hidden has no value"
    assert set(forms.parse(definition, large)[1]) == {"plan", "note"}
    assert forms.parse(definition, {**large, "kind": "y"})[1] == {}
    assert "more" in forms.parse(definition, {**large, "plan": "1", "note": "无", "more": "2"})[0]


def test_an_expression_is_drawn_in_words_and_as_a_tree():
    definition = form(
        field("kind", "radio", options="x y"), second=(field("area", "number"), field("plan", show=LARGE))
    )
    (section,) = forms.build(definition, {"kind": "x"}, page="two", lang="zh-Hans")
    plan = section.fields[-1]
    assert not plan.shown and plan.condition.text == "仅在面积较大时填写"
    assert json.loads(plan.condition.json) == [
        "and",
        [">=", ["name", "area", "number"], ["value", 500]],
        ["=", ["value", "x"], ["value", "x"]],
    ], "the answer of the other page stands in the tree as it is"


def test_a_field_of_no_definition_hangs_on_another_in_the_same_way():
    condition = forms.Condition.any_of("kind", ["x", "y"], "选了才填")
    assert json.loads(condition.json) == ["any", ["name", "kind", "list"], ["x", "y"]] and condition.text == "选了才填"


def test_build_leaves_out_what_another_page_rules_out():
    definition = form(
        field("kind", "radio", options="x y"),
        second=(
            field("deep", show={"field": "kind", "equals": "y"}),
            field("deeper", show={"field": "deep", "equals": "1"}),
        ),
    )
    assert forms.build(definition, {"kind": "x"}, page="two") == []
    (section,) = forms.build(definition, {"kind": "y"}, page="two")
    deep, deeper = section.fields
    assert deep.condition is None and deep.shown
    assert deeper.condition is not None and not deeper.shown


def test_prefilled_fields_are_shown_with_their_source():
    definition = form(field("name", prefill="firm.name"), field("gone", prefill="firm.gone"))
    (section,) = forms.build(
        definition, {"name": "周记"}, provenance={"name": {"label": "登记", "display": "周记（个体）"}}
    )
    name, gone = section.fields
    assert name.given and name.display == "周记（个体）" and name.provenance["label"] == "登记"
    assert gone.display == "" and gone.provenance is None and "不需要提供" in gone.missing_text


def test_choices_are_drawn_in_groups():
    choices = {"a": [{"value": "1", "label": "甲", "group": "区"}, {"value": "2", "label": "乙", "group": "县"}]}
    (section,) = forms.build(form(field("a", "region")), {"a": "2"}, choices=choices)
    assert [(g.label, [o.label for o in g.options]) for g in section.fields[0].groups] == [
        ("区", ["甲"]),
        ("县", ["乙"]),
    ]
    assert section.fields[0].groups[1].options[0].checked


def test_the_sample_form_meets_the_published_schema():
    schema = json.loads((Path(packages.__file__).parent / "schemas" / "form.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(samples.content()["form"], schema)
