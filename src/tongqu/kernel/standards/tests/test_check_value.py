"""A value conforms to its element or is refused by name, whatever anyone types."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tongqu.kernel.standards.register import elements
from tongqu.kernel.standards.rules import check_value, clean, hostile


def code_of(element: str, value: object) -> str:
    problem = check_value(element, value)
    return problem.code if problem else ""


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("person.name", "陈立秋"),
        ("person.name", "阿卜杜拉·买买提"),
        ("person.name", "𰻝𲎯"),  # rare Han, one of them newer than this Python's tables
        ("person.name", "O’Brien Mary-Jane"),
        ("person.name", "ئالىم"),
        ("party.name", "清溪区秋实小馆"),
        ("party.name", "7·11便利店（明川店）"),
        ("party.credit_code", "92990102MA7DEM016U"),
        ("contact.phone", "13800000000"),
        ("contact.phone", "0123-4567890"),
        ("food.premises_area", "86.5"),
        ("food.premises_area", 86),
        ("food.premises_area", Decimal("86.50")),
        ("food.business_kind", "catering"),
        ("food.business_items", ["hot_food", "drinks"]),
        ("party.established_on", "2024-02-29"),
        ("place.region", "990102001000"),
        ("party.business_scope", "餐饮服务；\n食品销售"),
        ("person.name", None),
        ("person.name", ""),
        ("food.business_items", []),
    ],
)
def test_what_conforms(element: str, value: object) -> None:
    assert check_value(element, value) is None


@pytest.mark.parametrize(
    ("element", "value", "problem"),
    [
        ("person.name", "陈\u202e立秋", "invisible-character"),
        ("person.name", "陈\u200b立秋", "invisible-character"),
        ("place.address", "石桥路\u206618号", "invisible-character"),
        ("place.address", "石桥路\n18号", "control-character"),
        ("place.address", "石桥路\u202818号", "control-character"),
        ("place.address", "石桥路\x0018号", "control-character"),
        ("place.address", "石桥路\ud800", "broken-character"),
        ("place.address", "石桥路\ue000", "private-character"),
        ("place.address", "石桥路\U000e0041", "invisible-character"),
        ("place.address", "石桥路\u0378", "unassigned-character"),
        ("place.address", "石桥路\ufdd0", "unassigned-character"),
        ("place.address", "e" + "\u0301" * 9, "too-many-marks"),
        ("place.address", "cafe\u0301路", "not-normalised"),
        ("place.address", "石" * 201, "too-long"),
        ("place.address", " 石桥路", "blank-ends"),
        ("place.address", 18, "wrong-type"),
        ("person.name", "陈立秋1", "not-a-name"),
        ("person.name", "<b>陈</b>", "not-a-name"),
        ("person.name", "·陈", "not-a-name"),
        ("party.name", "（）", "not-a-name"),
        ("party.credit_code", "92990102MA7DEM016V", "bad-identifier"),
        ("contact.phone", "12345", "not-a-phone"),
        ("contact.phone", "1380000000O", "not-a-phone"),
        ("food.premises_area", "八十", "not-a-number"),
        ("food.premises_area", "1e9", "not-a-number"),
        ("food.premises_area", "NaN", "not-a-number"),
        ("food.premises_area", 86.5, "wrong-type"),
        ("food.premises_area", True, "wrong-type"),
        ("food.premises_area", "86.555", "too-exact"),
        ("food.premises_area", "0.5", "too-small"),
        ("food.premises_area", "1000001", "too-large"),
        ("food.business_kind", "circus", "not-in-code-set"),
        ("food.business_kind", ["catering"], "not-in-code-set"),
        ("food.business_items", "hot_food", "wrong-type"),
        ("food.business_items", ["hot_food", "hot_food"], "chosen-twice"),
        ("food.business_items", ["hot_food", "circus"], "not-in-code-set"),
        ("food.business_items", [["hot_food"]], "not-in-code-set"),
        ("party.established_on", "2025-02-29", "not-a-date"),
        ("party.established_on", "2025-2-1", "not-a-date"),
        ("party.established_on", "20250201", "not-a-date"),
        ("place.region", "990102", "not-a-region"),
        ("place.region", "99010200100٠", "not-a-region"),
    ],
)
def test_what_does_not(element: str, value: object, problem: str) -> None:
    assert code_of(element, value) == problem


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.decimals(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([e.code for e in elements()]), anything)
@example("food.premises_area", Decimal("NaN"))
@example("food.premises_area", Decimal("1E+400"))
def test_anything_at_all_is_judged_and_never_breaks(element: str, value: object) -> None:
    check_value(element, value)


@given(st.text(max_size=60))
def test_no_accepted_text_hides_or_reorders_anything(text: str) -> None:
    if hostile(text) is None:
        assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert unicodedata.normalize("NFC", text) == text


@given(st.sampled_from([e.code for e in elements()]), st.text(max_size=40))
@example("place.region", "A´")
def test_cleaning_is_done_after_one_go(element: str, text: str) -> None:
    once = clean(element, text)
    assert clean(element, once) == once


@pytest.mark.parametrize(
    ("element", "typed", "meant"),
    [
        ("contact.phone", " １３８ 0000 0000 ", "13800000000"),
        ("contact.phone", "0123—4567890", "0123-4567890"),
        ("food.premises_area", "８６．５０", "86.5"),
        ("food.premises_area", "1,200", "1200"),
        ("food.premises_area", "0086", "86"),
        ("food.premises_area", "八十", "八十"),
        ("party.credit_code", "92990102ma7dem016u", "92990102MA7DEM016U"),
        ("person.name", "阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("place.address", "cafe\u0301路\r\n", "café路"),
        ("place.region", "９９０１０２００１０００", "990102001000"),
    ],
)
def test_what_people_plainly_meant(element: str, typed: str, meant: str) -> None:
    assert clean(element, typed) == meant
