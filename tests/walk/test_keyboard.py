"""From the search to the submitted application with the keyboard alone: Tab, arrows, Space, Enter and letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.walk.people import PASSWORD, TITLE, Visitor, drawing

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

WHERE = """() => {
    const e = document.activeElement, label = e.labels?.length ? [...e.labels].map(l => l.innerText).join(' ') : '';
    return {name: e.name || '', value: e.value || '', type: e.type || e.localName,
            text: label || e.getAttribute('aria-label') || e.innerText || '',
            ring: getComputedStyle(e).outlineStyle !== 'none' || !e.matches(':focus-visible') || e === document.body};
}"""


class Keys:
    """A person who has no pointer."""

    def __init__(self, page: Page) -> None:
        self.page, self.keyboard = page, page.keyboard

    def to(self, text: str = "", *, name: str = "", most: int = 90) -> dict[str, Any]:
        """Tab on until the focus is on what bears this text or name. Where it stops on the way it must be visible."""
        for _ in range(most):
            self.keyboard.press("Tab")
            here: dict[str, Any] = self.page.evaluate(WHERE)
            assert here["ring"], f"the focus cannot be seen on “{here['text'][:40]}” of {self.page.url}"
            if (text and text in here["text"]) or (name and name == here["name"]):
                return here
        raise AssertionError(f"“{text or name}” cannot be reached by Tab on {self.page.url}")

    def press(self, text: str) -> None:
        """A link or a button, by Enter."""
        self.to(text)
        with self.page.expect_navigation():
            self.keyboard.press("Enter")

    def pick(self, name: str, value: str) -> None:
        """A radio button: Tab leads to the first of them, arrows to the others."""
        here = self.to(name=name)
        self.keyboard.press("Space")
        for _ in range(12):
            if (here := self.page.evaluate(WHERE))["value"] == value:
                return
            self.keyboard.press("ArrowDown")
        raise AssertionError(f"{value} cannot be reached by arrows; the last was {here}")

    def tick(self, *texts: str) -> None:
        for text in texts:
            self.to(text)
            self.keyboard.press("Space")

    def type(self, name: str, text: str) -> None:
        self.to(name=name)
        self.keyboard.type(text)


def test_search_to_submission_with_the_keyboard_alone(somebody: Callable[..., Any]) -> None:
    visitor: Visitor = somebody(Visitor)
    visitor.page.on("filechooser", lambda _: None)  # from the start: asked for late, the browser opens its own dialogue
    visitor.go("/")
    keys = Keys(visitor.page)
    keys.type("q", "kaifanguan")
    keys.press("搜索")
    keys.press(TITLE)
    keys.press("看看我要办哪一种")
    keys.pick("what", "serve_meals")
    keys.press("继续")
    while visitor.page.locator("form.question").count():
        area = "面积" in visitor.main.inner_text()
        keys.pick(*(("small_by_area", "above") if area else ("small_by_kind", "not_small")))
        keys.press("继续")
    keys.press("登录后开始填写")
    keys.type("login", "chenliqiu")
    keys.type("password", PASSWORD)
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")
    keys.press("开始填写")

    keys.type("contact_phone", "19900000001")
    keys.press("保存并继续")
    keys.pick("kind", "catering")
    keys.tick("热食类食品制售", "自制饮品制售")
    keys.press("保存并继续")
    keys.pick("premises_same", "same")
    keys.type("area", "86.5")
    keys.pick("online_trade", "no")
    keys.press("保存并继续")
    keys.pick("manager_is", "holder")
    keys.tick("食品安全自查", "从业人员健康管理", "进货查验记录", "食品安全事故处置")
    keys.press("保存并继续")
    keys.pick("visit_time", "any")
    keys.pick("delivery_way", "electronic")
    keys.press("保存并继续")

    keys.to(name="premises_plan")
    with visitor.page.expect_event("filechooser") as choosing:
        visitor.page.keyboard.press("Enter")
    choosing.value.set_files([drawing()])
    keys.press("上传")
    keys.press("下一步")
    keys.tick("我对所填内容和所交材料的真实性负责")
    keys.press("提交申请")
    visitor.sees("已收件", "收件编号")
