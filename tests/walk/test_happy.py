"""The walk: a restaurant's owner with a phone, and the people of the department, from the search to the archive."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

import pypdfium2
import pytest

from tests.walk.backstage import SHOP, Backstage
from tests.walk.people import TITLE, Officer, Owner, Visitor, drawing, photo

pytestmark = pytest.mark.slow

V = TypeVar("V", bound=Visitor)
ASKED = "请标出洗消区的位置"


def working_days_after(start: str, days: int) -> date:
    """The last day of a term that begins the day after `start`; the weeks the walk takes place in have no holidays."""
    day = date.fromisoformat(start)
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@pytest.mark.parametrize("script", [True, False], ids=["with the script", "without any script"])
def test_the_walk(script: bool, somebody: Callable[..., Any], backstage: Backstage) -> None:
    today = backstage.today()

    def enter(kind: type[V], login: str = "", *, shots: str = "", **how: Any) -> V:
        return somebody(kind, login, shots=shots if script else "", java_script_enabled=script, **how)  # type: ignore[no-any-return]

    owner = enter(Owner, phone=True, shots="walk-1-owner")
    finds_the_service(owner)
    reads_the_guide(owner)
    applies(owner)
    number, receipt = has_a_receipt(owner, today)
    case_url = owner.here

    clerk = enter(Officer, "clerk1", shots="walk-2-clerk")
    clerk_asks_for_what_is_missing(clerk, number, receipt)
    supplies(owner, case_url)
    clerk.open_case(number)
    clerk.act("受理")
    clerk.press("受理")
    clerk.sees("已受理", written(working_days_after(today, 10)))
    clerk.shoot("accepted")

    reviewer = enter(Officer, "reviewer1", shots="walk-3-reviewer")
    reviewer_assigns_two_officers(reviewer, number)
    first = enter(Officer, "officer1", phone=True, shots="walk-4-officer")
    officer_records_the_check(first, number)
    second = enter(Officer, "officer2", phone=True)
    officer_signs(second)
    reviewer_gives_an_opinion(reviewer, number)
    head = enter(Officer, "head1", shots="walk-5-head")
    head_grants(head, number)

    case_id = case_url.rsplit("/", 1)[1]
    backstage.wait(case_id, "delivered")
    verify_url = has_the_licence(owner, case_url)
    anybody = enter(Visitor, phone=True, shots="walk-6-public")
    is_verified(anybody, verify_url)
    rates(owner, case_url)
    backstage.wait(case_id, "archived")
    owner.go(case_url)
    owner.sees("已归档")
    owner.shoot("archived")
    is_public(anybody, number)


def finds_the_service(owner: Owner) -> None:
    owner.go("/")
    owner.shoot("home")
    for words in ("食品经营许可", "开饭馆", "spjyxk"):
        owner.find(words)
        assert owner.page.locator("h1").inner_text() == TITLE, words
    owner.page.go_back()
    owner.shoot("search")
    owner.page.go_forward()


def reads_the_guide(owner: Owner) -> None:
    owner.sees(
        "要符合的条件", "要准备的材料", "主要设备设施、经营布局和操作流程", "这些不用带", "营业执照", "怎么办理",
        "20 个工作日", "10 个工作日", "不收费", "窗口地址",
    )  # fmt: skip
    owner.shoot("guide")


def applies(owner: Owner) -> None:
    owner.answer_triage()
    owner.sees("您需要办理食品经营许可")
    owner.shoot("outcome")
    owner.follow("登录后开始填写")
    owner.shoot("login")
    owner.sign_in("chenliqiu")
    owner.sees("您需要办理食品经营许可", "为谁办理", SHOP)
    owner.press("开始填写")

    owner.sees(SHOP, "92990102MA7DEM016U", "陈立秋", "法人库")
    assert owner.page.locator("main input:visible, main textarea:visible").count() == 1, "only the phone is asked"
    owner.shoot("form-prefilled")
    owner.fill_contact()
    owner.next_page()
    owner.fill_business()
    owner.shoot("form-business")
    owner.press("保存草稿")
    owner.sees("草稿已保存")

    owner.go("/")
    owner.follow("我的办件")
    owner.sees("草稿", TITLE, "继续填写")
    owner.shoot("mine")
    owner.follow(re.compile(TITLE), owner.main)
    assert owner.here.endswith("/form/place"), "it goes on where something is missing"
    owner.follow("上一步", owner.main)
    assert owner.choice("热食类食品制售").is_checked(), "what was chosen before leaving is still there"
    owner.next_page()
    owner.fill_place()
    owner.shoot("form-place")
    owner.next_page()
    owner.fill_safety()
    owner.shoot("form-safety")
    owner.next_page()
    owner.fill_result()
    owner.shoot("form-result")
    owner.next_page()

    owner.sees("上传材料", "主要设备设施、经营布局和操作流程", "营业执照")
    owner.shoot("materials")
    owner.upload(drawing("布局图 第一页.pdf"))
    owner.sees("布局图 第一页.pdf")
    owner.shoot("materials-uploaded")
    owner.press("下一步")
    owner.sees("核对提交", SHOP, "法人库", "86.5", "热食类食品制售", "布局图 第一页.pdf")
    owner.shoot("check")
    owner.submit()


def has_a_receipt(owner: Owner, today: str) -> tuple[str, str]:
    """The case's number and the receipt's, and the day by which an answer is due, with why."""
    owner.sees("已收件", "办件编号", "收件编号", "最迟告知是否受理或者需要补正", written(working_days_after(today, 5)))
    owner.page.get_by_text("为什么是这个日期").first.click()
    owner.sees("行政许可法", "5")
    owner.shoot("received")
    facts = dict(
        row.inner_text().split("\n", 1) for row in owner.main.locator("dl.facts").first.locator(".facts__row").all()
    )
    return facts["办件编号"].strip(), facts["收件编号"].strip()


def clerk_asks_for_what_is_missing(clerk: Officer, number: str, receipt: str) -> None:
    clerk.go("/")
    assert clerk.here == "/desk"
    clerk.sees(SHOP, number)
    clerk.shoot("list")
    clerk.open_case(receipt)
    clerk.sees(SHOP, "布局图 第一页.pdf", "现在可以做")
    clerk.shoot("case")
    clerk.act("一次性告知补正")
    clerk.shoot("supplement")
    clerk.fill("主要设备设施、经营布局和操作流程", ASKED)
    clerk.press("一次性告知补正")
    clerk.sees("待补正", ASKED)
    clerk.shoot("asked")


def supplies(owner: Owner, case_url: str) -> None:
    owner.go(case_url)
    owner.sees("请补正以下内容", ASKED)
    owner.shoot("asked")
    owner.follow("提交补正材料")
    owner.sees(ASKED)
    owner.page.locator("input[type=file]").set_input_files([drawing("布局图 补正.pdf")])
    owner.shoot("supply")
    owner.press("提交补正材料")
    owner.sees("已收件")


def reviewer_assigns_two_officers(reviewer: Officer, number: str) -> None:
    reviewer.open_case(number)
    reviewer.act("指派现场核查")
    reviewer.choose("高远", "罗小满")
    reviewer.shoot("assign")
    reviewer.press("指派现场核查")
    reviewer.sees("审查中", "高远", "罗小满")


def officer_records_the_check(officer: Officer, number: str) -> None:
    officer.go("/desk/checks")
    officer.sees(SHOP, number)
    officer.shoot("checks")
    officer.follow(re.compile(SHOP), officer.main)
    officer.shoot("sheet")
    for group in officer.main.get_by_role("group").filter(has=officer.page.locator("input[value=passed]")).all():
        group.get_by_label("符合", exact=True).check()
    officer.choose("已阅记录并签字")
    officer.page.locator("input[type=file]").set_input_files([photo()])
    officer.shoot("sheet-filled")
    officer.main.get_by_role("button", name="填写现场核查记录").click()
    officer.page.locator("[data-state=synced], .flash").first.wait_for()
    if officer.here.startswith("/desk/checks/"):  # with its script the sheet stays and says that it was sent
        officer.follow("查看办件", officer.main)
    officer.sees("符合")
    officer_signs(officer)


def officer_signs(officer: Officer) -> None:
    officer.go("/desk/checks")
    officer.follow(re.compile(SHOP), officer.main)
    officer.act("确认并签署核查记录")
    officer.press("确认并签署核查记录")
    officer.sees("已签署")
    officer.shoot("signed")


def reviewer_gives_an_opinion(reviewer: Officer, number: str) -> None:
    reviewer.open_case(number)
    reviewer.act("提出审查意见")
    reviewer.choose("建议准予")
    reviewer.fill("审查意见", "材料齐全，现场核查符合要求。")
    reviewer.press("提出审查意见")
    reviewer.sees("建议准予", "材料齐全")
    reviewer.shoot("opinion")


def head_grants(head: Officer, number: str) -> None:
    head.open_case(number)
    head.sees("建议准予", "厨房.jpg")
    head.shoot("case")
    head.act("准予许可")
    head.shoot("grant")
    head.press("准予许可")
    head.sees("准予许可")


def has_the_licence(owner: Owner, case_url: str) -> str:
    """Download the licence and read it; the address of its public verification page."""
    owner.go(case_url)
    owner.sees("已送达", "许可证编号", "下载电子许可证")
    owner.shoot("licence")
    with owner.page.expect_download() as under_way:
        owner.main.get_by_role("link", name="下载电子许可证").click()
    data = under_way.value.path().read_bytes()
    assert data.startswith(b"%PDF")
    paper = pypdfium2.PdfDocument(data)
    text = "".join(page.get_textpage().get_text_range() for page in paper)
    assert SHOP in text and "JY2990102" in text
    return str(owner.main.get_by_role("link", name="公开核验页").get_attribute("href"))


def is_verified(anybody: Visitor, verify_url: str) -> None:
    anybody.go(verify_url)
    anybody.sees("有效", SHOP)
    anybody.shoot("verified")


def rates(owner: Owner, case_url: str) -> None:
    owner.go(case_url)
    owner.follow("给这次服务打个分")
    for level in ("非常满意", "满意", "基本满意", "不满意", "非常不满意"):
        assert owner.main.get_by_label(level, exact=True).is_visible()
    owner.choose("非常满意")
    owner.shoot("rate")
    owner.press("评价本次服务")
    owner.shoot("rated")


def is_public(anybody: Visitor, number: str) -> None:
    anybody.go("/decisions")
    anybody.sees(SHOP, TITLE)
    anybody.shoot("decisions")
    anybody.follow(re.compile(TITLE), anybody.main.locator(".card", has_text=SHOP).first)
    anybody.sees(number, "决定日期", "受理", "JY2990102")
    anybody.shoot("decision")
