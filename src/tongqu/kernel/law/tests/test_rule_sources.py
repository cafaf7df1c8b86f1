"""Rows held against the text of their instrument, article by article: what is cited must say it, and nothing more."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tongqu.kernel.law import register, words
from tongqu.kernel.law.rules import CHINA, due


@pytest.mark.parametrize(
    ("rule_id", "article"),
    [
        ("L33.register", "第6条第2款"), ("L33.change", "第10条"), ("L33.pension", "第18条"),
        ("L33.birth_costs", "第20条第2款"), ("L33.birth_allowance", "第20条第3款"), ("L33.unemployment", "第24条第1款"),
    ],
)  # fmt: skip
def test_each_limit_of_social_insurance_cites_the_paragraph_that_sets_it(rule_id: str, article: str) -> None:
    rule = register.rule(rule_id)
    assert rule.article == article and rule.instrument.startswith("社会保险经办条例")
    assert "告知结果" not in rule.summary["zh-Hans"], "the regulation says 办理完毕 and no more"


def test_the_yearly_assessment_of_important_data_is_set_by_the_regulation_and_not_by_the_law() -> None:
    """数据安全法30 says 定期; 网络数据安全管理条例33 says 每年度."""
    rule = register.rule("D13.assess")
    assert (
        rule.source == "《网络数据安全管理条例》（国务院令第790号）第33条" and rule.rank == "administrative_regulation"
    )
    assert register.rule("D13").source == "《中华人民共和国数据安全法》第27条、第30条"


def test_what_only_local_rules_say_of_commitment_is_not_shown_as_read_in_the_regulation() -> None:
    """优化营商环境条例40 lets matters be handled by notice and commitment and says no more."""
    rule = register.rule("L31")
    assert "除外" not in rule.summary["zh-Hans"] and "失信" not in rule.summary["zh-Hans"]
    assert "公共安全" in rule.trust_note["zh-Hans"] and "安阳市政务服务条例" in rule.trust_note["zh-Hans"]
    local = register.rule("L31.excluded")
    assert (local.trust, local.place, local.article) == ("L", "河南省安阳市", "第25条至第29条")
    assert "公共安全" in local.summary["zh-Hans"] and "消防法" in local.summary["zh-Hans"]


def test_the_head_of_the_disclosure_body_consents_to_an_extension_and_not_the_head_of_the_organ() -> None:
    """政府信息公开条例33: 经政府信息公开工作机构负责人同意."""
    extension = register.rule("I13").extension
    assert extension and extension.needs == "disclosure_head"
    assert "政府信息公开工作机构负责人" in str(words.NEEDS["disclosure_head"])


def test_one_instrument_has_one_rank_one_english_name_and_one_first_day() -> None:
    said: dict[tuple[str, str], set[tuple[object, ...]]] = {}
    for rule in register.rules():
        if not rule.package:
            said.setdefault((rule.instrument, rule.version), set()).add(
                (rule.rank, rule.instrument_en, rule.effective_from)
            )
    assert {name: found for name, found in said.items() if len(found) > 1} == {}


def test_an_english_name_is_of_one_instrument_alone() -> None:
    """A row that takes its source from another one must not be shown under the other's English name."""
    named: dict[str, set[str]] = {}
    for rule in register.rules():
        named.setdefault(rule.instrument_en, set()).add(rule.instrument)
    assert {name: found for name, found in named.items() if len(found) > 1 or not name} == {}


@pytest.mark.parametrize(("rule_id", "before", "since"), [("N1", "第21条", "第23条"), ("N2", "第25条", "第27条")])
def test_the_cybersecurity_law_is_cited_by_the_numbers_of_the_day(rule_id: str, before: str, since: str) -> None:
    """The amendment in force from 1 January 2026 renumbered the articles."""
    days = (date(2017, 6, 1), date(2025, 12, 31), date(2026, 1, 1))
    assert [register.rule(rule_id, on=day).article for day in days] == [before, before, since]
    with pytest.raises(register.UnknownRule):
        register.rule(rule_id, on=date(2017, 5, 31))


def test_the_regulations_on_petitions_are_of_party_and_state() -> None:
    """信访工作条例 was issued by the Central Committee and the State Council together: no administrative regulation."""
    assert {register.rule(i).rank for i in ("T8", "X1", "X10")} == {"party_regulation"}
    assert words.word(words.RANKS, "party_regulation") == "党内法规"


def test_the_calendar_rule_covers_the_years_that_are_loaded_and_names_none() -> None:
    rule = register.rule("T9", on=date(2004, 7, 1))
    assert rule == register.rule("T9")
    assert "2025" not in rule.trust_note["zh-Hans"] and "2026" in rule.trust_note["zh-Hans"]


@pytest.mark.parametrize("rule_id", ["CP17", "D20.under_fourteen", "D20.child"])
def test_nobody_comes_of_age_later_because_the_day_is_a_holiday(rule_id: str) -> None:
    rule = register.rule(rule_id)
    born = datetime(2026 - (rule.quantity or 0), 10, 3, 8, tzinfo=CHINA)
    assert due(rule, born, calendar=register.calendar()).last_day == date(2026, 10, 3)


# --- 国家网络安全事件报告管理办法 4; 分级指南 --------------------------------------------------


def test_the_protecting_department_has_thirty_minutes_and_they_are_counted() -> None:
    rule = register.rule("N6.protector")
    late = datetime(2026, 2, 16, 23, 45, tzinfo=CHINA)  # New Year's Eve: hours and minutes know no holiday
    assert rule.is_period and due(rule, late, calendar=register.calendar()).at == late + timedelta(minutes=30)


def test_a_central_organ_has_two_hours_inside_and_then_one() -> None:
    assert [register.rule(f"N6.{part}").quantity for part in ("central", "central_on")] == [2, 1]
    assert register.rule("N6.central_on").trigger == "incident_reported"


@pytest.mark.parametrize(
    ("part", "number", "unit"), [("forwards", 100_000, "item"), ("views", 1_000_000, "item"), ("tampered", 6, "hour")]
)
def test_a_tampered_home_page_is_graded_by_hours_forwards_and_views(part: str, number: int, unit: str) -> None:
    rule = register.rule(f"N8.{part}")
    assert (rule.quantity, rule.unit, rule.bound) == (number, unit, "at_least")


# --- 国办秘函〔2019〕19号: a threshold is shown with the number of the table --------------------


@pytest.mark.parametrize(
    ("rule_id", "number"),
    [
        ("WI2.share", 5), ("WI2.visits", 20), ("WI4.stale", 5), ("WI4.unfed", 10), ("WI4.empty", 5),
        ("WI6.missing", 4), ("WI6.guides", 5),
    ],
)  # fmt: skip
def test_a_veto_has_the_number_from_which_it_begins(rule_id: str, number: int) -> None:
    rule = register.rule(rule_id)
    assert (rule.quantity, rule.bound) == (number, "at_least")


def test_press_conference_and_other_opinion_rest_on_the_notice_of_2016() -> None:
    for rule_id in ("WM2.press", "WM2.other"):
        rule = register.rule(rule_id)
        assert rule.trust == "P" and rule.instrument.startswith(
            "国务院办公厅关于在政务公开工作中进一步做好政务舆情回应"
        )
    assert register.rule("WM2.statement").trust == "M"


# --- 渐进式延迟法定退休年龄 ------------------------------------------------------------------------------------------


def test_leaving_work_early_or_late_has_its_numbers() -> None:
    early, late, most = (register.rule(f"RT1.{part}") for part in ("early_notice", "later_notice", "flexible"))
    assert (early.quantity, early.unit, early.direction, early.bound) == (3, "month", "before", "at_least")
    assert (late.quantity, late.unit, late.direction, late.bound) == (1, "month", "before", "at_least")
    assert (early.trust, late.trust, most.trust) == ("P", "P", "V")
    assert (most.quantity, most.unit, most.bound) == (3, "year", "at_most")


def test_months_before_end_on_the_corresponding_day_or_the_last_of_the_month() -> None:
    rule, calendar = register.rule("RT1.early_notice"), register.calendar()
    for leaves, told in (("2026-07-15", "2026-04-15"), ("2026-05-31", "2026-02-28"), ("2026-01-01", "2025-10-01")):
        day = datetime.fromisoformat(leaves).replace(hour=23, tzinfo=CHINA)
        found = due(rule, day, calendar=calendar)
        assert (found.last_day, found.provisional) == (date.fromisoformat(told), False), leaves
