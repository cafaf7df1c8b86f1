"""Coded grounds: which act may rest on which, and files that are not taken."""

from __future__ import annotations

import pytest

from tongqu.kernel.law import grounds, register
from tongqu.kernel.law.grounds import BadFile, UnknownGround


@pytest.fixture(autouse=True)
def own_lists(monkeypatch):
    monkeypatch.setattr(grounds, "_lists", grounds._open())


def ground(**changes):
    base = {
        "code": "refuse.too_close_to_a_school", "applies_to": ["refuse"], "rule_id": "L12", "article": "第38条",
        "items": ["food-business-licence"], "text": {"zh-Hans": "离学校太近", "en": "Too close to a school"},
    }  # fmt: skip
    return {"schema": "tongqu/grounds/1", "grounds": [{**base, **changes}]}


def test_each_act_has_its_own_list() -> None:
    for act in ("refuse", "not_accept", "pause", "extend", "withdraw", "annul", "deregister", "retract"):
        found = grounds.grounds_for(act)
        assert found, act
        assert all(act in g.applies_to and g.code.startswith(f"{act}.") for g in found)


def test_each_ground_is_tied_to_a_rule_and_speaks_both_languages() -> None:
    for act in ("refuse", "not_accept", "pause", "extend", "annul", "deregister", "retract"):
        for g in grounds.grounds_for(act):
            assert g.rule is not None and g.cite == g.rule.cite
            assert g.source.startswith("《中华人民共和国行政许可法》第")
            assert g.text["zh-Hans"] and g.text["en"]


def test_the_applicants_own_choice_cites_nothing() -> None:
    own = grounds.ground("withdraw.own_request")
    assert own.rule is None and own.cite is None and own.source == ""


def test_an_unknown_code() -> None:
    with pytest.raises(UnknownGround):
        grounds.ground("refuse.because")


def test_a_packages_own_ground_is_for_its_item_only() -> None:
    grounds.load_grounds_document(ground(), "grounds.yaml")
    assert "refuse.too_close_to_a_school" in [g.code for g in grounds.grounds_for("refuse", "food-business-licence")]
    assert "refuse.too_close_to_a_school" not in [g.code for g in grounds.grounds_for("refuse", "other")]
    grounds.load_grounds_document(ground(), "grounds.yaml")  # again: nothing happens


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rule_id": "L99"}, "找不到规则L99"),
        ({"ban_rule": "L99"}, "找不到规则L99"),
        ({"code": "refuse.false_materials"}, "已有另一含义"),
        ({"applies_to": []}, "不能为空"),
        ({"code": "没有点"}, "写法不对"),
        ({"text": {"zh-Hans": "只有中文"}}, "缺少这一项"),
    ],
)
def test_a_wrong_file_is_not_taken(changes, said) -> None:
    with pytest.raises(BadFile) as refused:
        grounds.load_grounds_document(ground(**changes), "grounds.yaml")
    assert said in str(refused.value)
    with pytest.raises(UnknownGround):
        grounds.ground("refuse.too_close_to_a_school")


def test_remedies_take_their_numbers_from_the_rules() -> None:
    first, second = grounds.remedies_for("not_accept")
    assert first.rule == register.rule("RM1") and second.rule == register.rule("RM2")
    assert "明川市人民政府" in first.text("zh-hans", review_body="明川市人民政府")
    assert grounds.remedies_for("pause") == []
