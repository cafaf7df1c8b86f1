"""Where it goes wrong: each way on its own, done on the pages by the people whom it happens to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.walk.backstage import SHOP, Backstage
from tests.walk.people import Officer, Owner, Visitor

pytestmark = pytest.mark.slow


# --- the applicant changes course, or is refused ---------------------------------------------------------------------


def test_withdrawing_ends_the_case(owner: Owner, backstage: Backstage) -> None:
    case = backstage.case("accepted")
    owner.go(f"/my/cases/{case['id']}")
    owner.follow("撤回申请")
    owner.sees("撤回后本件终止办理")
    owner.fill("撤回原因", "不开了")
    owner.press("撤回申请")
    owner.sees("已撤回申请")
    owner.sees_not("最迟作出决定")
    assert owner.page.get_by_role("link", name="撤回申请").count() == 0, "it cannot be done twice"
    assert backstage.state(case["id"]) == "withdrawn"


def test_a_refusal_needs_a_ground_and_tells_the_applicant_what_he_can_do(
    somebody: Callable[..., Any], owner: Owner, backstage: Backstage
) -> None:
    case = backstage.case("reviewed")
    head: Officer = somebody(Officer, "head1")
    head.open_case(case["case_no"])
    head.act("不予许可")
    head.fill("事实和理由", "没有专用的餐具洗消设施，整改期限内未改。")
    head.press("不予许可")
    head.sees("请选择")  # a reason without a ground is not enough
    assert backstage.state(case["id"]) == "under_review"
    assert "没有专用的餐具洗消设施" in head.entry("事实和理由").input_value(), "what was written is still there"
    head.choose("不符合法定条件、标准")
    head.press("不予许可")
    head.sees("不予许可")

    owner.go(f"/my/cases/{case['id']}")
    owner.sees("不予许可", "没有专用的餐具洗消设施", "行政许可法", "行政复议", "行政诉讼")
    owner.shots = "way-refused"
    owner.shoot("owner")


# --- files that are not what they should be --------------------------------------------------------------------------

WRONG = {
    "a program renamed": ("布局图.pdf", b"MZ\x90\x00" + b"\0" * 400, "只能上传"),
    "an empty file": ("空白.pdf", b"", "空"),
    "a file too big": ("很大.pdf", b"%PDF-1.4\n" + b"0" * (20 * 1024 * 1024 + 1), "20 MB"),
}


@pytest.mark.parametrize("which", WRONG)
def test_a_wrong_file_is_refused_at_its_field(
    which: str, somebody: Callable[..., Any], backstage: Backstage, tmp_path: Path
) -> None:
    """By the server, for a page without the script; with it a file too big does not even travel."""
    name, data, why = WRONG[which]
    (tmp_path / name).write_bytes(data)
    owner: Owner = somebody(Owner, "chenliqiu", phone=True, java_script_enabled=False)
    case = backstage.case("draft")
    owner.go(f"/my/cases/{case['id']}/materials")
    owner.upload(tmp_path / name)
    owner.sees(name, why)
    field = owner.main.locator(".field--bad")
    assert field.count() == 1 and why in field.locator(".field__error").inner_text()
    summary = owner.main.locator(".errors a").first
    assert summary.get_attribute("href") == f"#{field.locator('input').get_attribute('id')}"
    assert owner.main.locator(".file-row").filter(has_text=name).count() == 0, "it was not kept"


def test_a_file_too_big_does_not_travel(owner: Owner, backstage: Backstage, tmp_path: Path) -> None:
    case = backstage.case("draft")
    big = tmp_path / "很大.pdf"
    big.write_bytes(b"%PDF-1.4\n" + b"0" * (20 * 1024 * 1024 + 1))
    owner.go(f"/my/cases/{case['id']}/materials")
    owner.page.locator("input[type=file]").first.set_input_files(big)
    owner.sees("文件太大")
    assert owner.page.locator("input[type=file]").first.input_value() == ""


# --- twice, at once, too late ----------------------------------------------------------------------------------------


def test_submitting_in_two_tabs_files_once(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("draft")
    one: Owner = somebody(Owner, "chenliqiu", phone=True)
    other: Owner = somebody(Owner, "chenliqiu", phone=True)
    for tab in (one, other):
        tab.go(f"/my/cases/{case['id']}/check")
        tab.choose("我对所填内容和所交材料的真实性负责")
    one.press("提交申请")
    one.sees("已收件")
    other.press("提交申请")
    other.sees("已收件")
    assert [e["kind"] for e in backstage.events(case["id"])].count("cases.submit") == 1


def test_the_same_submission_sent_again_is_answered_alike(somebody: Callable[..., Any], backstage: Backstage) -> None:
    """Back, and the same button once more: the same key, so the same answer and nothing new."""
    case = backstage.case("draft")
    owner: Owner = somebody(Owner, "chenliqiu", phone=True)
    owner.go(f"/my/cases/{case['id']}/check")
    fields = dict(owner.page.locator("main form input").evaluate_all("all => all.map(e => [e.name, e.value])"))
    for _ in range(2):
        answer = owner.page.request.post(owner.page.url, form=fields, headers={"Referer": owner.page.url})
        assert answer.ok and answer.url.endswith(case["id"])
    assert [e["kind"] for e in backstage.events(case["id"])].count("cases.submit") == 1


def test_the_second_of_two_clerks_is_told_of_the_first(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("submitted")
    first: Officer = somebody(Officer, "clerk1")
    second: Officer = somebody(Officer, "clerk2", shots="way-conflict")
    for officer, what in ((first, "受理"), (second, "一次性告知补正")):
        officer.open_case(case["case_no"])
        officer.act(what)
    first.press("受理")
    second.fill("经营面积", "面积和图纸不一致，请核对")
    with second.page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        second.press("一次性告知补正")
    assert answered.value.status == 409
    second.sees("面积和图纸不一致，请核对", "没有生效")  # nothing is lost, and it says what happened
    second.shoot("page")
    second.follow("查看最新状态")
    second.sees("已受理", "不能进行这一操作")
    assert backstage.state(case["id"]) == "accepted"


def test_a_second_supplement_demand_is_refused_with_the_law(clerk: Officer, backstage: Backstage, owner: Owner) -> None:
    case = backstage.case("asked")
    owner.go(f"/my/cases/{case['id']}")
    owner.follow("提交补正材料")
    owner.fill("经营面积", "90")
    owner.press("提交补正材料")

    clerk.open_case(case["case_no"])
    assert clerk.acts.get_by_role("link", name="一次性告知补正").count() == 0, "it is not offered"
    clerk.acts.get_by_text("暂时不能做的").click()
    clerk.sees("补正内容必须一次性告知", "行政许可法")
    clerk.go(f"/desk/cases/{case['id']}/do/request_supplement")
    clerk.sees("补正内容必须一次性告知")
    assert clerk.main.get_by_role("button").count() == 0
    clerk.shots = "way-second-supplement"
    clerk.shoot("page")
    clerk.follow(re.compile("行政许可法"), clerk.main)
    clerk.sees("行政许可法", "第32条")


# --- the session ends, somebody else comes ---------------------------------------------------------------------------


def test_a_session_that_ends_mid_form_loses_nothing(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("draft")
    owner: Owner = somebody(Owner, phone=True, java_script_enabled=False, shots="way-session")
    owner.go(f"/my/cases/{case['id']}/form/place")
    owner.sign_in("chenliqiu")
    owner.choose("在另一个地址")
    owner.fill("经营场所的详细地址", "明川市清溪区文昌街道书院巷20号1层")
    owner.fill("经营面积", "123.5")
    owner.page.context.clear_cookies(name="sessionid")
    owner.next_page()
    owner.sees("登录已过期", "您填写的内容已经保留")
    owner.shoot("login")
    owner.sign_in("chenliqiu")
    assert owner.here == f"/my/cases/{case['id']}/form/place"
    assert owner.choice("在另一个地址").is_checked()
    assert owner.entry("经营场所的详细地址").input_value() == "明川市清溪区文昌街道书院巷20号1层"
    assert owner.entry("经营面积").input_value() == "123.5"
    owner.next_page()
    assert owner.here.endswith("/form/safety")


def test_the_next_person_at_a_shared_computer_sees_nothing_of_it(
    somebody: Callable[..., Any], backstage: Backstage
) -> None:
    case = backstage.case("draft")
    owner: Owner = somebody(Owner, java_script_enabled=False)
    owner.go(f"/my/cases/{case['id']}/form/place")
    owner.sign_in("chenliqiu")
    owner.fill("经营面积", "123.5")
    owner.page.context.clear_cookies(name="sessionid")
    owner.next_page()
    owner.sign_in("zhoumingyuan")
    owner.sees_not("123.5", SHOP)


def test_a_session_that_ends_before_an_official_act(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("submitted")
    clerk: Officer = somebody(Officer)
    clerk.go(f"/desk/cases/{case['id']}/do/request_supplement")
    clerk.sign_in("clerk1")
    clerk.fill("经营面积", "请附测绘图")
    clerk.page.context.clear_cookies(name="sessionid")
    clerk.press("一次性告知补正")
    clerk.sign_in("clerk1")
    assert clerk.entry("经营面积").input_value() == "请附测绘图"
    assert backstage.state(case["id"]) == "submitted" or backstage.state(case["id"]) == "received"
    clerk.press("一次性告知补正")
    clerk.sees("待补正", "请附测绘图")


PRIVATE = ["", "/check", "/materials", "/form/who", "/do/withdraw"]


def test_a_stranger_gets_404_and_it_is_on_record(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("submitted")
    stranger: Visitor = somebody(Visitor, "zhoumingyuan", phone=True)
    for path in PRIVATE:
        answer = stranger.page.goto(f"/my/cases/{case['id']}{path}")
        assert answer is not None and answer.status == 404, path
        stranger.sees_not(SHOP, case["case_no"], "食品经营许可")
    assert backstage.refused_readings(case["id"]) >= len(PRIVATE)
    stranger.shots = "way-stranger"
    stranger.shoot("404")
    nothing = stranger.page.goto("/my/cases/01900000-0000-7000-8000-00000000dead")
    assert nothing is not None and nothing.status == 404, "a number that does not exist is answered alike"
    stranger.go("/my/cases")
    stranger.sees("还没有办件")
    answer = stranger.page.goto(f"/desk/cases/{case['id']}")
    assert answer is not None and answer.status in {403, 404}
    stranger.sees_not(SHOP, case["case_no"])


def test_a_visitor_is_led_to_the_login_and_learns_nothing(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("submitted")
    visitor: Visitor = somebody(Visitor)
    for path in (f"/my/cases/{case['id']}", f"/desk/cases/{case['id']}", "/desk"):
        visitor.go(path)
        assert visitor.here.startswith("/account/login")
        visitor.sees_not(SHOP, case["case_no"])


def test_another_department_sees_nothing(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("submitted")
    other: Officer = somebody(Officer, "clerk-wjw")
    other.go("/desk")
    other.sees("这里没有办件")
    other.sees_not(SHOP, case["case_no"])
    other.fill("查找办件", case["case_no"])
    other.press("查找")
    other.sees("没有找到")
    for path in ("", "/do/accept"):
        answer = other.page.goto(f"/desk/cases/{case['id']}{path}")
        assert answer is not None and answer.status == 404
        other.sees_not(SHOP, case["case_no"])
    assert backstage.refused_readings(case["id"]) >= 1


def test_a_form_with_gaps_says_which_and_leads_there(somebody: Callable[..., Any], backstage: Backstage) -> None:
    case = backstage.case("draft")
    owner: Owner = somebody(Owner, "chenliqiu", phone=True)
    owner.go(f"/my/cases/{case['id']}/form/place")
    owner.fill("经营面积", "很大")
    owner.next_page()
    assert owner.here.endswith("/form/place")
    summary = owner.main.locator(".errors")
    assert summary.is_visible() and owner.page.evaluate("document.activeElement.id") == "errors"
    summary.get_by_role("link").first.click()
    assert owner.page.evaluate("document.activeElement.name") == "area"
    owner.fill("经营面积", "86.5")
    owner.next_page()
    owner.go(f"/my/cases/{case['id']}/form/place")
    assert owner.entry("经营面积").input_value() == "86.5"
    owner.follow(re.compile("删除这份草稿"))
    owner.press("删除草稿")
    owner.sees("草稿已删除")


# --- what is merely wrong is let be corrected ------------------------------------------------------------------------


def test_a_slip_is_corrected_on_the_spot_without_a_supplement(
    somebody: Callable[..., Any], owner: Owner, backstage: Backstage
) -> None:
    case = backstage.case("submitted")
    clerk: Officer = somebody(Officer, "clerk1")
    clerk.open_case(case["case_no"])
    clerk.act("请申请人当场更正")
    clerk.fill("经营面积", "图纸上是 90 平方米")
    clerk.shots = "way-corrected"
    clerk.shoot("desk-offer")
    clerk.press("请申请人当场更正")
    clerk.sees("等申请人更正", "图纸上是 90 平方米")

    owner.go(f"/my/cases/{case['id']}")
    owner.sees("有几处可以现在更正", "图纸上是 90 平方米", "不算补正")
    owner.shots = "way-corrected"
    owner.shoot("owner")
    owner.follow("现在更正")
    owner.fill("经营面积", "90")
    owner.press("当场更正")
    owner.sees("申请人当场更正")
    owner.sees_not("有几处可以现在更正")
    assert backstage.state(case["id"]) == "received"
    clerk.open_case(case["case_no"])
    clerk.sees("已更正")
    clerk.act("代在场的申请人更正")
    clerk.shoot("desk-in-person")
    clerk.fill("经营面积", "95")
    clerk.choose("申请人（或者有权代理人）在场，已当面核对并确认以上更正")
    clerk.press("代在场的申请人更正")
    clerk.sees("申请人到窗口当场更正", "95")
    clerk.act("受理")
