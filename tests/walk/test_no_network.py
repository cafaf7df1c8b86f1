"""The network goes away while somebody presses the button: the page stays, and so does what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.rig import browser as rig
from tests.walk.people import Owner


def begun(somebody: Callable[..., Any]) -> Owner:
    owner: Owner = somebody(Owner, "chenliqiu", phone=True)
    owner.find("开饭馆")
    owner.answer_triage()
    owner.press("开始填写")
    return owner


def test_pressing_without_a_network_loses_nothing(somebody: Callable[..., Any]) -> None:
    owner = begun(somebody)
    page, where = owner.page, owner.here
    page.context.set_offline(True)
    owner.fill("联系电话", "19900000077")
    page.get_by_role("button", name="保存并继续").click()  # at once, before anything is saved by itself
    page.get_by_role("alert").get_by_text("现在没有网络").wait_for()
    assert owner.here == where and owner.entry("联系电话").input_value() == "19900000077"
    rig.axe(page)
    rig.screenshot(page, "no-network")

    page.goto("about:blank")  # the phone throws the page out meanwhile
    page.context.set_offline(False)
    owner.go(where)
    page.get_by_role("button", name="恢复").click()
    assert owner.entry("联系电话").input_value() == "19900000077"
    owner.next_page()
    assert owner.here != where


def test_what_was_typed_is_saved_when_the_network_is_back(somebody: Callable[..., Any]) -> None:
    owner = begun(somebody)
    page = owner.page
    page.context.set_offline(True)
    owner.fill("联系电话", "19900000078")
    page.locator("p[data-saved]", has_text="网络中断").wait_for()
    page.context.set_offline(False)
    page.locator("p[data-saved]", has_text="已自动保存").wait_for()
    page.reload()
    assert owner.entry("联系电话").input_value() == "19900000078"


def test_a_button_pressed_without_a_network_can_be_pressed_again(somebody: Callable[..., Any]) -> None:
    owner = begun(somebody)
    page, where = owner.page, owner.here
    page.context.set_offline(True)
    owner.fill("联系电话", "19900000079")
    page.get_by_role("button", name="保存并继续").click()
    page.get_by_role("alert").get_by_text("现在没有网络").wait_for()
    page.context.set_offline(False)
    owner.press("保存并继续")
    assert owner.here != where and not page.get_by_role("alert").get_by_text("现在没有网络").count()


def test_a_press_waits_for_the_save_under_way(somebody: Callable[..., Any]) -> None:
    """Else both meet on the server, and the applicant is told that somebody else changed his draft."""
    owner = begun(somebody)
    page, where = owner.page, owner.here
    saving: list[Any] = []
    posted: list[str] = []
    page.on("request", lambda sent: posted.append(sent.url) if sent.method == "POST" else None)
    page.route("**/autosave", lambda route: saving.append(route))
    owner.fill("联系电话", "19900000080")
    page.locator("form[data-saving]").wait_for()
    page.get_by_role("button", name="保存并继续").click(no_wait_after=True)
    page.wait_for_timeout(600)
    assert [url for url in posted if not url.endswith("/autosave")] == [], "not yet"
    with page.expect_navigation():
        saving[0].continue_()
    assert owner.here != where
    owner.go(where)
    assert owner.entry("联系电话").input_value() == "19900000080"
