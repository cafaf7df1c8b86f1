"""Coded grounds: which act may rest on which, and files that are not taken."""

from __future__ import annotations

import pytest

from tongqu.kernel.acts.errors import Invalid, Refused
from tongqu.kernel.law import grounds, register
from tongqu.kernel.law.grounds import BadFile, UnknownGround
from tongqu.kernel.law.rules import titled


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
            assert g.source.startswith(f"{titled(g.rule.instrument, '')}第")
            assert g.text["zh-Hans"] and g.text["en"]


def test_withholding_rests_on_the_regulation_on_open_government_and_refusing_to_share_on_that_of_sharing() -> None:
    """I3: articles 14 to 16; S5 and S15: the list and what a refusal must say."""
    withheld = grounds.grounds_for("withhold")
    assert {g.article for g in withheld} == {"第14条", "第15条", "第16条"} and {g.rule_id for g in withheld} == {"I3"}
    assert all(g.source.startswith("《中华人民共和国政府信息公开条例》") for g in withheld), withheld[0].source
    unshared = grounds.grounds_for("not_share")
    assert {g.rule_id for g in unshared} == {"S5", "S15"} and all(g.needs_text for g in unshared)


@pytest.mark.parametrize(
    ("act", "code", "text", "error"),
    [
        ("withhold", "", "", "ground-missing"), ("withhold", None, "", "ground-missing"),
        ("withhold", "因为不想公开", "", "ground-unknown"), ("withhold", ["withhold.privacy"], "", "ground-unknown"),
        ("withhold", "refuse.conditions_not_met", "事实", "ground-not-applicable"),
        ("withhold", "not_share.listed", "事实", "ground-not-applicable"),
        ("not_share", "withhold.process", "事实", "ground-not-applicable"),
        ("not_share", "not_share.listed", " ", "ground-needs-facts"),
        ("withhold", "withhold.forbidden", "", "ground-needs-facts"),
    ],
)  # fmt: skip
def test_an_act_without_a_ground_of_its_own_is_refused(act: str, code: object, text: str, error: str) -> None:
    with pytest.raises((Invalid, Refused)) as refused:
        grounds.choose(act, code, text=text)
    assert refused.value.code == error


def test_a_ground_of_the_act_is_taken() -> None:
    assert grounds.choose("withhold", "withhold.process", text="").cite == register.rule("I3").cite
    assert grounds.choose("not_share", "not_share.listed", text="某法第三条").rule_id == "S5"


def test_a_ground_of_one_item_is_refused_for_another() -> None:
    grounds.load_grounds_document(ground(), "grounds.yaml")
    code = "refuse.too_close_to_a_school"
    assert grounds.choose("refuse", code, item_code="food-business-licence").code == code
    for item in ("other", None):
        with pytest.raises(Refused):
            grounds.choose("refuse", code, item_code=item)


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
