"""The walk of an application for government information: a resident with a phone, a clerk and the head at desks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.walk.backstage import Backstage
from tests.walk.people import Officer, Visitor

pytestmark = pytest.mark.slow
GUIDE = "/services/disclosure-request"


def test_from_the_search_to_the_answer(somebody: Callable[..., Any], backstage: Backstage) -> None:
    seeker = somebody(Visitor, "dugu", phone=True, shots="disclosure-1-seeker")
    applies(seeker)
    case_url = seeker.here
    number = seeker.main.locator("dd.num").first.inner_text()

    clerk = somebody(Officer, "disclosure1", shots="disclosure-2-clerk")
    confirms(clerk, number)
    consults(clerk, backstage.today())
    proposes(clerk)

    head = somebody(Officer, "disclosure2", shots="disclosure-3-head")
    withholds(head, number)

    seeker.go(case_url)
    backstage.until(lambda: "答复书" in _again(seeker), why="no letter came")
    seeker.sees("已答复", "不予公开的理由", "商业秘密", "涉及报价明细", "先向行政复议机关申请行政复议")
    seeker.sees_not("明川市青禾中央厨房有限公司", "征求第三方意见书")
    seeker.shoot("answered")


def applies(seeker: Visitor) -> None:
    seeker.go("/")
    seeker.page.get_by_role("searchbox").first.fill("信息公开")
    with seeker.page.expect_navigation():
        seeker.page.get_by_role("searchbox").first.press("Enter")
    seeker.follow("申请公开政府信息", seeker.main)
    seeker.sees("20 个工作日", "不收费")
    seeker.shoot("guide")
    seeker.page.goto(f"{GUIDE}/triage") if not _link(seeker) else _link(seeker).click()
    seeker.shoot("way in")
    seeker.press("开始填写")
    seeker.fill("信息的名称", "青禾中央厨房2025年学生餐采购合同")
    seeker.choose("电子文件，在办件页面下载")
    seeker.fill("联系电话", "19900000002")
    seeker.shoot("form")
    seeker.press("保存并继续")
    seeker.shoot("materials")
    seeker.press("下一步")
    seeker.choose("我以本人（本单位）名义提出申请")
    seeker.sees_not("视为受理")
    seeker.shoot("check")
    seeker.press("提交申请")
    seeker.sees("已提交，待确认收到", "最迟与申请人确认收到")
    seeker.shoot("submitted")


def _link(visitor: Visitor) -> Any:
    found = visitor.main.get_by_role("link", name="开始")
    return found.first if found.count() else None


def _again(visitor: Visitor) -> str:
    visitor.page.reload()
    return visitor.main.inner_text()


def confirms(clerk: Officer, number: str) -> None:
    clerk.open_case(number)
    clerk.shoot("case")
    clerk.act("与申请人确认收到并登记")
    clerk.choose("已与申请人确认收到本申请")
    clerk.shoot("confirm")
    clerk.press("与申请人确认收到并登记")
    clerk.sees("已登记，办理中", "最迟答复", "申请内容不明确的，最迟告知补正")
    clerk.shoot("registered")


def consults(clerk: Officer, today: str) -> None:
    clerk.act("书面征求第三方意见")
    clerk.fill("第三方的姓名或者名称", "明川市青禾中央厨房有限公司")
    clerk.fill("送达地址和联系方式", "明川市清溪区营造路9号")
    clerk.fill("涉及其合法权益的信息", "采购合同中的报价明细")
    clerk.shoot("consult")
    clerk.press("书面征求第三方意见")
    clerk.sees("已发出，待签收", "明川市青禾中央厨房有限公司", "期限暂停")
    clerk.act("登记征求意见书的签收")
    clerk.choose("明川市青禾中央厨房有限公司")
    clerk.fill("签收日期", today)
    clerk.shoot("received")
    clerk.press("登记征求意见书的签收")
    clerk.sees("已签收，待答复")
    clerk.shoot("consulting")
    clerk.act("登记收到的意见")
    clerk.choose("明川市青禾中央厨房有限公司")
    clerk.choose("不同意公开，有合理理由")
    clerk.fill("对方的理由和本机关的判断", "涉及报价构成，属于商业秘密")
    clerk.shoot("answer")
    clerk.press("登记收到的意见")
    clerk.sees("不同意公开，有合理理由")


def proposes(clerk: Officer) -> None:
    clerk.act("提出拟答复意见")
    clerk.choose("建议不予公开")
    clerk.choose("已依法进行保密等公开前审查")
    clerk.fill("意见", "涉及商业秘密，第三方不同意")
    clerk.shoot("propose")
    clerk.press("提出拟答复意见")
    clerk.shoot("proposed")


def withholds(head: Officer, number: str) -> None:
    head.open_case(number)
    head.sees("建议不予公开", "暂时不能做的")
    head.shoot("case")
    head.act("答复：不予公开")
    head.shoot("withhold")
    head.press("答复：不予公开")
    head.sees("请选择")
    head.page.get_by_label("商业秘密").first.check()
    head.fill("理由", "涉及报价明细")
    head.press("答复：不予公开")
    head.sees("已答复")
    head.shoot("answered")
