"""One test for each row with a number beyond licensing, from the words of the rule: its amount, and where it ends.

Periods are tried from Monday 2 March 2026 (hours from 22:30 that day); the last days below were counted by hand, with
the notice of 2026 beside: 4–6 April and 1–5 May are holidays, 6 April a Monday.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pytest

from tongqu.kernel.law import register
from tongqu.kernel.law.rules import CHINA, due

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)
LATE = datetime(2026, 3, 2, 22, 30, tzinfo=CHINA)
ENDS = {
    "1 working day": date(2026, 3, 3), "2 working days": date(2026, 3, 4), "3 working days": date(2026, 3, 5),
    "5 working days": date(2026, 3, 9), "7 working days": date(2026, 3, 11), "10 working days": date(2026, 3, 16),
    "15 working days": date(2026, 3, 23), "20 working days": date(2026, 3, 30), "30 working days": date(2026, 4, 14),
    "3 days": date(2026, 3, 5), "14 days": date(2026, 3, 16), "15 days": date(2026, 3, 17), "30 days": date(2026, 4, 1),
    "60 days": date(2026, 5, 6), "90 days": date(2026, 6, 1), "1 month": date(2026, 4, 2), "3 months": date(2026, 6, 2),
    "6 months": date(2026, 9, 2), "12 months": date(2027, 3, 2), "24 months": date(2028, 3, 2),
    "1 year": date(2027, 3, 2), "2 years": date(2028, 3, 2), "3 years": date(2029, 3, 2), "5 years": date(2031, 3, 2),
    "10 years": date(2036, 3, 2), "20 years": date(2046, 3, 2), "25 years": date(2051, 3, 2),
}  # fmt: skip
# id: amount; then what may follow: "+n by" an extension and who consents, "at least", "before", the consequence.
PERIODS = {
    # 优化营商环境条例 62; 社会保险经办条例 6, 10, 18, 20
    "I24": "30 days, at least", "L33.register": "10 working days", "L33.change": "10 working days",
    "L33.pension": "20 working days", "L33.unemployment": "10 working days", "L33.birth_costs": "30 working days",
    "L33.birth_allowance": "10 working days",
    # 行政处罚法 60, 61, 48 with 85: only two, three, five, seven days are working days; 双公示
    "L34.decide": "90 days", "L34.serve": "7 working days", "L34.withdraw": "3 working days", "L36": "7 working days",
    # 政务数据共享条例
    "S8.update": "10 working days, +5 by authority", "S8.publish": "2 working days",
    "S13.unconditional": "1 working day", "S13.conditional": "10 working days, +10 by authority",
    "S14": "20 working days", "S17.answer": "10 working days", "S18.settle": "30 working days",
    # 公共数据资源登记, 授权运营, 数据安全
    "D6.check": "20 working days", "D6.notice": "10 working days, at least", "D6.validity": "3 years",
    "D8": "5 years", "D13.assess": "1 year", "D14": "3 years, at least", "D15": "24 hours",
    # 政府信息公开条例 26, 30, 32, 33, 34, 49
    "I7": "20 working days", "I12.confirm": "1 working day",
    "I11.tell": "7 working days", "I13": "20 working days, +20 by disclosure_head",
    "I14": "15 working days, organ_decides", "I15": "15 working days, deemed_agreed", "I21.department": "1 month",
    "I21.government": "3 months",
    # 政府网站检查指标; 留言和舆情
    "WI3": "14 days", "WI4.news": "14 days", "WI4.policy": "6 months", "WI5": "3 months", "WI7": "14 days",
    "WM1.simple": "7 working days", "WM1.complex": "15 working days", "WM2.statement": "5 hours",
    "WM2.press": "24 hours", "WM2.other": "48 hours", "WM3": "3 working days",
    # 信访工作条例: 日 are calendar days but for the objection
    "X3": "15 days", "X4.tell": "15 days", "X4.object": "5 working days", "X10": "60 days, +30 by head",
    "X11.ask_review": "30 days", "X11.review": "30 days", "X11.ask_recheck": "30 days", "X11.recheck": "30 days",
    "H6": "5 working days",
    # 地方样板
    "LT1": "15 working days", "LT2.check": "2 working days", "LT2.answer": "5 working days",
    "LT2.publish": "10 working days", "LT3.issue": "15 days", "LT3.validity": "3 years",
    "LT4": "5 working days",
    # 政务信息化项目
    "J10": "6 months", "J12.from": "12 months, at least", "J12.until": "24 months",
    # 档案; 重大行政决策
    "B4.city": "20 years", "B4.county": "10 years", "B5": "25 years", "C5.comment": "30 days, at least",
    "C5.legality": "7 working days, at least",
    # 网络安全
    "N3.assess": "1 year", "N4.assess": "1 year", "N6.infrastructure": "1 hour", "N6.protector": "30 minutes",
    "N6.central": "2 hours", "N6.central_on": "1 hour",
    "N6.others": "4 hours", "N7.pass_on": "1 hour", "N7.summary": "30 days", "N8.portal": "24 hours, at least",
    "N8.infrastructure": "6 hours, at least", "N8.function": "24 hours, at least", "N8.tampered": "6 hours, at least",
    "N10.level_three": "1 year", "N10.level_two": "2 years",
    # 退休; 消防; 出生; 公积金
    "RT1.flexible": "3 years",
    "FS1.inspect": "10 working days", "FS2.decide_online": "1 working day", "FS2.verify": "20 working days",
    "FS2.correct": "3 working days", "FS2.recheck": "3 working days", "FS2.decide": "3 working days",
    "NB1": "1 month", "NB2": "1 month", "NB3": "3 days",
}  # fmt: skip
BEFORE = {  # so long before a day: the day, and the last one on which it is still done in time
    "D6.renew": ("60 days", date(2026, 12, 15), date(2026, 10, 16)),
    "RT1.early_notice": ("3 months", date(2026, 5, 31), date(2026, 2, 28)),
    "RT1.later_notice": ("1 month", date(2026, 3, 31), date(2026, 2, 28)),
    "C5.hearing": ("7 days", date(2026, 3, 20), date(2026, 3, 13)),
}
AGES = {"RT1.men": 63, "RT1.women_upper": 58, "RT1.women_lower": 55, "RT1.least_years": 20}
COUNTS = {
    "O5": "55 item", "O5.first": "13 item", "O5.second": "8 item", "O5.third": "12 item", "O5.fourth": "9 item",
    "O5.fifth": "13 item", "O10.first": "140 item", "O10.added": "22 item", "D12": "4 level", "D16": "10000000 person",
    "I5": "15 item", "I16": "7 item", "WI2.wait": "15 second", "WI2.share": "5 percent", "WI2.visits": "20 item",
    "WI4.stale": "5 item", "WI4.unfed": "10 item", "WI4.empty": "5 item",
    "WI6.missing": "4 item", "WI6.guides": "5 item",
    "WI8.pass": "60 point", "WI8.bonus": "80 point", "WI8.most": "30 point",
    "WI8.policies": "5 point", "WI8.statistics": "2 point", "WI8.messages": "3 point",
    "X1": "5 person", "X7": "3 item",
    "H4": "5 item", "EM1": "4 level", "EM2": "4 level", "EM4": "4 level", "CE1": "7 item", "J9": "15 percent",
    "B3": "4 item", "C1": "15 item", "N8": "4 level", "N8.people": "10000000 person",
    "N8.share": "50 percent", "N8.records": "100000000 person", "N8.loss": "100000000 yuan",
    "N8.forwards": "100000 item", "N8.views": "1000000 item", "N10.factors": "2 item",
    "N14": "13 item", "K1": "6 digit", "K2": "12 digit", "K3": "18 digit", "K4": "18 digit",
}  # fmt: skip
ELSEWHERE = re.compile(
    r"(L\d|RM|SV|G\d|D20|D23|D24|CP|N1$|B9)"
)  # tried in test_rule_rows and by the rooms that use them


def spoken(rule_id: str) -> str:
    rule = register.rule(rule_id)
    unit = f"working {rule.unit}" if rule.day_type == "working" else rule.unit
    return f"{rule.quantity} {unit}{'' if rule.quantity == 1 else 's'}"


@pytest.mark.parametrize("rule_id", PERIODS)
def test_a_period(rule_id: str) -> None:
    amount, *more = PERIODS[rule_id].split(", ")
    rule = register.rule(rule_id)
    assert spoken(rule_id) == amount and rule.trigger
    bound = "at_least" if "at least" in more else "at_most"
    assert rule.bound == bound
    extension = rule.extension
    said = f"+{extension.quantity} by {extension.needs}" if extension else None
    assert said == next((one for one in more if one.startswith("+")), None)
    if consequence := next((one for one in more if "_" in one and not one.startswith("+")), None):
        assert rule.on_miss == consequence
    else:
        assert rule.on_miss in {None, "overdue"}
    if amount.endswith(("hour", "hours", "minutes")):
        found = due(rule, LATE, calendar=register.calendar())
        step = timedelta(minutes=1 if amount.endswith("minutes") else 60)
        assert found.at == LATE + step * int(amount.split()[0])
    else:
        assert due(rule, MONDAY, calendar=register.calendar()).last_day == ENDS[amount]


@pytest.mark.parametrize("rule_id", BEFORE)
def test_a_period_before(rule_id: str) -> None:
    amount, day, last = BEFORE[rule_id]
    rule = register.rule(rule_id)
    assert (spoken(rule_id), rule.direction) == (amount, "before")
    at = datetime(day.year, day.month, day.day, 9, tzinfo=CHINA)
    assert due(rule, at, calendar=register.calendar()).last_day == last


@pytest.mark.parametrize("rule_id", AGES)
def test_years_of_retirement(rule_id: str) -> None:
    rule = register.rule(rule_id)
    assert (rule.quantity, rule.unit, rule.bound, rule.rolls) == (AGES[rule_id], "year", "at_least", False)


@pytest.mark.parametrize("rule_id", COUNTS)
def test_a_count(rule_id: str) -> None:
    rule = register.rule(rule_id)
    assert f"{rule.quantity} {rule.unit}" == COUNTS[rule_id] and not rule.is_period


def test_no_number_is_without_its_test() -> None:
    numbered = {r.rule_id for r in register.rules() if r.quantity is not None and not r.package}
    tried = {*PERIODS, *BEFORE, *AGES, *COUNTS}
    assert not tried - numbered
    assert sorted(i for i in numbered - tried if not ELSEWHERE.match(i)) == []


def test_time_to_ask_others_is_not_counted_in_an_answer() -> None:
    assert register.rule("I13").paused_by == ("I14", "I15")


def test_a_special_law_goes_before_the_general_rule_on_commitment() -> None:
    assert "law" in register.rule("L31").yields_to and register.rule("FS1").rank == "law"
    assert "L31" in register.rule("FS1").trust_note["zh-Hans"]
