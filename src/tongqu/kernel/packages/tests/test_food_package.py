"""The shipped package: fit to publish, and true to the facts it was written from."""

from __future__ import annotations

import itertools

import pytest
from jsonschema import Draft202012Validator

from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import (
    NextQuestion,
    Outcome,
    all_materials,
    check,
    check_points,
    check_values,
    effective,
    form_json_schema,
    load,
    materials,
    next_step,
    prefilled,
    run_tests,
    visible_fields,
)
from tongqu.kernel.packages.tests.samples import FOOD
from tongqu.kernel.ui import forms

COMPLETE = {
    "contact_phone": "13800000000",
    "kind": "catering",
    "items_catering": ["hot_food"],
    "premises_same": "other",
    "premises_address": "文昌街道书院巷20号",
    "area": "86.5",
    "online_trade": "no",
    "manager_is": "holder",
    "safety_rules": ["self_check"],
    "delivery_way": "electronic",
}


@pytest.fixture(scope="module")
def package() -> Package:
    return load(FOOD)


def test_it_is_fit_to_publish_and_passes_its_own_tests(package: Package) -> None:
    assert check(FOOD) == []
    results = run_tests(package)
    assert len(results) >= 25
    assert [r for r in results if not r.passed] == []


def test_the_business_licence_is_never_asked_for(package: Package) -> None:
    assert prefilled(package) == {
        "name": "party.name",
        "credit_code": "party.credit_code",
        "holder": "party.holder",
        "domicile": "party.domicile",
    }
    asked = {m.code for m, _when in all_materials(package) if m.asked}
    assert asked == {"premises_plan", "vending_plan"}


def test_every_way_through_the_triage_ends_and_cites_the_law(package: Package) -> None:
    answers = {q["id"]: [a["value"] for a in q["answers"]] for q in package.triage["questions"]}  # type: ignore[index]
    reached = set()
    for adopted in ({}, {"small_restaurant_by_area": {}}, {"small_restaurant_by_kind": {}}):
        for chosen in itertools.product(*answers.values()):
            step = next_step(package, dict(zip(answers, chosen, strict=True)), adopted=adopted)
            assert isinstance(step, Outcome)
            assert step.basis
            assert step.next
            reached.add(step.id)
    assert reached == {one["id"] for one in package.triage["outcomes"]}  # type: ignore[index]


def test_the_local_template_speaks_in_the_regions_own_words(package: Package) -> None:
    named = {"zh-Hans": "《某市规定》", "en": "city rules"}
    adopted = {"small_restaurant_by_area": {"area_below": 60, "instrument": named}}
    question = next_step(package, {"what": "serve_meals"}, adopted=adopted)
    assert isinstance(question, NextQuestion)
    assert question.answers[0].label["zh-Hans"] == "不到60平方米"
    outcome = next_step(package, {"what": "serve_meals", "small_by_area": "below"}, adopted=adopted)
    assert isinstance(outcome, Outcome)
    assert "《某市规定》" in outcome.text["zh-Hans"]
    assert "below 60 m²" in outcome.text["en"]
    assert outcome.local == named
    assert not outcome.may_apply
    for text in (question.title, question.help, outcome.title, outcome.text, *outcome.next):
        assert "{" not in "".join((text or {}).values()), "every name was filled"


def test_the_page_and_the_check_agree_on_what_is_shown(package: Package) -> None:
    """ui draws and parses the same definition; both must show the same fields for the same values."""
    kinds = ["catering", "food_sales", "canteen", ""]
    brackets = [[], ["central_kitchen"]]
    for kind, same, way, bracket in itertools.product(kinds, ["same", "other"], ["post", "counter"], brackets):
        values = {
            "kind": kind, "premises_same": same, "delivery_way": way, "brackets_catering": bracket,
            "items_catering": ["cold_food"], "items_sales": ["bulk_food"], "manager_is": "other", "online_trade": "yes",
        }  # fmt: skip
        shown = forms.definition.all_fields(package.form)
        is_shown = forms.conditions.shown(shown, values.get)
        assert [name for name in shown if is_shown(name)] == visible_fields(package, values)


def test_the_form_as_json_schema_agrees_with_the_check(package: Package) -> None:
    schema = form_json_schema(package)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    assert check_values(package, COMPLETE) == {}
    assert validator.is_valid(COMPLETE)
    broken = [
        {k: v for k, v in COMPLETE.items() if k != "kind"},
        COMPLETE | {"kind": "circus"},
        {k: v for k, v in COMPLETE.items() if k != "items_catering"},
        {k: v for k, v in COMPLETE.items() if k != "premises_address"},
        COMPLETE | {"delivery_way": "post"},
        COMPLETE | {"area": "many"},
        COMPLETE | {"items_catering": ["hot_food", "hot_food"]},
    ]
    for values in broken:
        assert check_values(package, values)
        assert not validator.is_valid(values)
    assert not validator.is_valid(COMPLETE | {"shoe_size": "42"})
    assert not validator.is_valid(COMPLETE | {"items_sales": ["bulk_food"]}), "a hidden field has no value"
    assert effective(package, COMPLETE | {"items_sales": ["bulk_food"]})["items"] == ["hot_food"]
    assert form_json_schema(package, language="en")["title"] == "Food business licence (new)"


def test_the_check_sheet_fits_what_is_cooked(package: Package) -> None:
    def codes(values: dict[str, object]) -> set[str]:
        return {p["code"] for g in check_points(package, values) for p in g["points"]}

    hot = codes({"kind": "catering", "items_catering": ["hot_food"]})
    raw = codes({"kind": "catering", "items_catering": ["raw_food"]})
    assert "kitchen_fumes" in hot - raw
    assert "cold_room" in raw - hot
    assert "health_certificates" in hot & raw, "looked at on site, never asked as a material"
    assert "canteen_samples" in codes({"kind": "canteen", "items_canteen": ["hot_food"]})


def test_an_agent_needs_an_authority_and_uploads_nothing_for_it(package: Package) -> None:
    found = {m.code: m for m in materials(package, COMPLETE, facts={"filed_by": "agent"})}
    assert not found["letter_of_authority"].asked
    assert "letter_of_authority" not in {m.code for m in materials(package, COMPLETE, facts={"filed_by": "self"})}
