"""The check sheet where there is no network: what is typed and photographed stays, and is sent once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig import browser as rig
from tests.walk.people import photo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.rig.live import Live
    from tests.walk.backstage import Backstage

pytestmark = pytest.mark.browser


@contextmanager
def phone_of(browser: Browser, live: Live, state: Any) -> Iterator[BrowserContext]:
    """A phone that may lose its network: a failed request is no fault of the page here."""
    context = browser.new_context(**rig.PHONE, base_url=live.url, locale="zh-CN", storage_state=state)
    try:
        yield context
    finally:
        context.close()


@pytest.fixture
def officers_phone(
    browser: Browser, live: Live, sessions: Callable[[str], Any]
) -> Iterator[Callable[[], BrowserContext]]:
    with phone_of(browser, live, sessions("officer1")) as context:
        yield lambda: context


def opened(context: BrowserContext, url: str) -> Page:
    """The sheet, kept on the phone with everything it needs."""
    page = context.new_page()
    page.goto(url)
    page.locator("html[data-kept-offline=yes]").wait_for(timeout=30_000)
    return page


def ready(page: Page) -> None:
    page.locator("html[data-check-ready=yes]").wait_for(timeout=15_000)


def fill(page: Page, findings: str = "后厨整洁") -> None:
    for name in set(page.locator("form[data-check] input[type=radio]").evaluate_all("all => all.map(e => e.name)")):
        first = page.locator(f"input[name='{name}']").first
        first.check()
    page.locator("textarea[name=findings]").fill(findings)


def status(page: Page, state: str) -> None:
    page.locator(f"[data-sync] [data-state={state}]").wait_for(timeout=20_000)


def records(backstage: Backstage, case_id: str) -> int:
    return sum(event["kind"] == "cases.record_check" for event in backstage.events(case_id))


def test_filled_in_without_a_network_and_sent_once(
    officers_phone: Callable[[], BrowserContext], backstage: Backstage
) -> None:
    case = backstage.case("assigned")
    context, url = officers_phone(), f"/desk/checks/{case['id']}"
    page = opened(context, url)
    context.set_offline(True)
    page.goto(url)  # the page itself comes from the phone
    ready(page)
    fill(page)
    page.locator("input[type=file]").set_input_files([photo("大厨房.jpg"), photo("仓库.jpg")])
    page.locator("[data-photos] img").nth(1).wait_for()
    status(page, "draft")
    page.reload()
    ready(page)
    assert page.locator("textarea[name=findings]").input_value() == "后厨整洁"
    assert page.locator("[data-photos] img").count() == 2
    page.locator("form[data-check] button.btn--primary").click()
    status(page, "waiting")
    rig.screenshot(page, "offline-waiting")
    other = context.new_page()
    other.goto("/desk/checks/saved")
    ready(other)
    assert "待同步" in other.locator("[data-saved-checks]").inner_text()
    assert records(backstage, case["id"]) == 0
    context.set_offline(False)  # both tabs try at once
    status(page, "synced")
    other.locator("[data-state=synced]").wait_for()
    rig.screenshot(page, "offline-synced")
    assert records(backstage, case["id"]) == 1
    left = page.evaluate(
        """async () => { const names = await caches.keys(); const found = [];
        for (const n of names) for (const r of await (await caches.open(n)).keys()) found.push(new URL(r.url).pathname);
        return found; }"""
    )
    assert url not in left and "/desk/checks/saved" in left
    assert all(path.startswith(("/static/", "/desk/checks/saved")) for path in left)


def test_the_answer_that_was_lost_is_asked_for_again_with_the_same_key(
    officers_phone: Callable[[], BrowserContext], backstage: Backstage
) -> None:
    case = backstage.case("assigned")
    context, url = officers_phone(), f"/desk/checks/{case['id']}"
    page = opened(context, url)
    fill(page)

    page.evaluate(  # it reaches the server, the answer does not reach the phone
        """() => { const real = window.fetch; window.fetch = async (...all) => {
        const reply = await real(...all);
        if (all[1]?.method === "POST" && !window.lost) { window.lost = true; throw new TypeError("lost"); }
        return reply; }; }"""
    )
    page.locator("form[data-check] button.btn--primary").click()
    page.get_by_text("没有网络，联网后会自动同步").wait_for()
    assert records(backstage, case["id"]) == 1
    page.get_by_role("button", name="现在同步").click()
    status(page, "synced")
    assert records(backstage, case["id"]) == 1


def test_a_case_that_was_withdrawn_meanwhile_loses_nothing(
    officers_phone: Callable[[], BrowserContext], backstage: Backstage
) -> None:
    case = backstage.case("assigned")
    context, url = officers_phone(), f"/desk/checks/{case['id']}"
    page = opened(context, url)
    context.set_offline(True)
    fill(page, "灶台两个，冷库一间")
    page.locator("form[data-check] button.btn--primary").click()
    status(page, "waiting")
    backstage.withdraw(case["id"])
    context.set_offline(False)
    status(page, "conflict")
    shown = page.locator("[data-sync]").inner_text()
    assert "已撤回申请" in shown and "都还在这台设备上" in shown
    rig.screenshot(page, "offline-conflict")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出填写的内容").click()
    assert "灶台两个，冷库一间" in download.value.path().read_text(encoding="utf-8-sig")
    assert records(backstage, case["id"]) == 0


def test_another_officers_record_is_told_and_can_be_written_over_knowingly(
    officers_phone: Callable[[], BrowserContext], backstage: Backstage
) -> None:
    case = backstage.case("assigned")
    context, url = officers_phone(), f"/desk/checks/{case['id']}"
    page = opened(context, url)
    context.set_offline(True)
    fill(page, "第二份")
    page.locator("form[data-check] button.btn--primary").click()
    status(page, "waiting")
    backstage.record_check(case["id"])
    context.set_offline(False)
    status(page, "conflict")
    assert "另一名核查人员已经填写过" in page.locator("[data-sync]").inner_text()
    with page.expect_navigation():
        page.get_by_role("button", name="带到最新的页面继续").click()
    ready(page)
    assert page.locator("textarea[name=findings]").input_value() == "第二份"
    page.locator("form[data-check] button.btn--primary").click()
    status(page, "synced")
    assert records(backstage, case["id"]) == 2


def test_signing_out_and_another_account_leave_nothing_on_the_phone(
    browser: Browser, live: Live, sessions: Callable[[str], Any], backstage: Backstage
) -> None:
    case = backstage.case("assigned")
    with phone_of(browser, live, sessions("officer1")) as context:
        page = opened(context, f"/desk/checks/{case['id']}")
        fill(page)
        status(page, "draft")
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
        context.clear_cookies()
        context.add_cookies(sessions("officer2")["cookies"])
        page.goto("/desk/checks/saved")
        ready(page)
        assert "没有保存的核查记录" in page.locator("[data-saved-checks]").inner_text()
        page.goto("/desk/checks")
        ready(page)
        headers = page.request.get("/account/logout").headers
        assert "clear-site-data" not in headers


def test_without_script_the_sheet_is_an_ordinary_form(somebody: Callable[..., Any], backstage: Backstage) -> None:
    from tests.walk.people import Officer

    case = backstage.case("assigned")
    officer = somebody(Officer, "officer1", phone=True, java_script_enabled=False)
    officer.go(f"/desk/checks/{case['id']}")
    fill(officer.page)
    officer.page.locator("input[type=file]").set_input_files(photo())
    officer.press("填写现场核查记录")
    officer.sees("已完成")
    assert records(backstage, case["id"]) == 1
