"""A walk-in without an account comes back: what he signs, what he hands in later, and files fetched twice."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from tests.rig import browser as rig
from tests.walk.people import drawing
from tests.walk.test_counter import NEW, Clerk


@pytest.fixture
def clerk(somebody: Callable[..., Any]) -> Clerk:
    return somebody(Clerk, "clerk2")  # type: ignore[no-any-return]


def take_in(clerk: Clerk) -> None:
    """From the papers shown to the receipt number."""
    clerk.begin()
    clerk.answer()
    for name in ("premises_plan", "declaration"):
        clerk.page.locator(f"input[name={name}]").set_input_files(drawing())
        clerk.page.locator(f"[data-files={name}] li").wait_for()
    clerk.press("收件")
    clerk.sees("已收件")


def test_typing_begins_at_the_number_of_the_paper(clerk: Clerk) -> None:
    clerk.go(NEW)
    clerk.page.locator("input[name=id_no]:focus").wait_for()
    clerk.press("开始录入")
    clerk.page.locator("#errors:focus").wait_for()


def test_nobody_signs_a_sheet_with_nothing_but_the_line_for_it(clerk: Clerk) -> None:
    clerk.begin()
    clerk.go(f"{clerk.here}/statement")
    for height in range(120, 300, 12):  # wherever the sheet happens to end
        sheets = PdfReader(io.BytesIO(clerk.page.pdf(width="210mm", height=f"{height}mm"))).pages
        last = next(text for page in reversed(sheets) if "签名" in (text := page.extract_text()))
        assert "真实性负责" in last.replace("\n", ""), f"sheets of {height} mm"


def test_what_was_asked_of_him_he_hands_in_at_the_window(clerk: Clerk) -> None:
    take_in(clerk)
    clerk.follow("打开办件")
    case = clerk.here
    clerk.act("一次性告知补正")
    clerk.fill("主要设备设施、经营布局和操作流程", "没有标明清洗区，请补一张标明各功能区的平面图")
    clerk.press("一次性告知补正")
    clerk.act("代在场的申请人提交补正")
    clerk.press("代在场的申请人提交补正")
    clerk.sees("请先改正下列内容")
    rig.axe(clerk.page)
    clerk.page.locator("input[type=file]").first.set_input_files(drawing("新平面图.pdf"))
    clerk.choose("申请人（或者有权代理人）在场，已当面核对并确认")
    clerk.press("代在场的申请人提交补正")
    clerk.sees("已收件，待受理", "新平面图.pdf", "申请人到窗口补正，由窗口代为录入")
    clerk.go(f"{case}/service")
    button = clerk.main.get_by_role("button", name="送达回证").first
    for _time in range(2):
        with clerk.page.expect_download():
            button.click()
    rig.screenshot(clerk.page, "service-form")
