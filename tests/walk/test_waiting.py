"""What happens when nobody does anything: terms run out, and the worker carries out what the law attaches to it.

These tests move the platform's clock forward.
"""

from __future__ import annotations

import pytest

from tests.walk.backstage import Backstage
from tests.walk.people import Officer, Owner

pytestmark = pytest.mark.slow


def test_a_clerk_too_late_means_accepted_as_from_receipt(owner: Owner, clerk: Officer, backstage: Backstage) -> None:
    case = backstage.case("submitted")
    received = backstage.today()
    backstage.pass_days(8)  # 5 working days are over
    backstage.wait(case["id"], "deemed_accepted")
    deemed = next(e for e in backstage.events(case["id"]) if e["kind"] == "cases.deem_accepted")
    assert deemed["actor"] == "system" and deemed["rule"].startswith("L2@")
    assert (deemed["effective"], deemed["recorded"] > received) == (received, True)

    owner.go(f"/my/cases/{case['id']}")
    owner.sees("视为受理", "平台依规则自动执行", f"效力自 {received} 起", "L2", "最迟作出决定")
    owner.page.get_by_text("为什么是这个日期").first.click()
    owner.sees(f"{int(received[8:])}日不计入")  # the days count from the receipt, not from the missed notice
    owner.shots = "way-deemed"
    owner.shoot("owner")
    clerk.open_case(case["case_no"])
    clerk.sees("视为受理", "最迟作出决定")
    assert clerk.acts.get_by_role("link", name="不予受理").count() == 0, "that time is past"
    clerk.shots = "way-deemed"
    clerk.shoot("clerk")


def test_an_applicant_who_stays_silent_is_deemed_to_have_given_up(
    owner: Owner, clerk: Officer, backstage: Backstage
) -> None:
    case = backstage.case("asked")
    until = backstage.due(case["id"], "supply")
    owner.go(f"/my/cases/{case['id']}")
    year, month, day = (int(part) for part in until.split("-"))
    owner.sees("请您最迟在这一天", f"{year}年{month}月{day}日")
    backstage.pass_days(16)
    backstage.wait(case["id"], "terminated")
    given_up = backstage.events(case["id"])
    found = next(e for e in given_up if e["kind"] == "cases.deem_given_up")
    assert found["actor"] == "system" and found["rule"].startswith("FB6@")
    owner.go(f"/my/cases/{case['id']}")
    owner.sees("已终止", "视为放弃", "FB6")
    owner.sees_not("提交补正材料")
    owner.shots = "way-given-up"
    owner.shoot("owner")
    clerk.go("/desk")
    clerk.sees_not(case["case_no"])
