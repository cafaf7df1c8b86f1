"""A real browser, where there is a Chromium: the system's, never a downloaded one."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCREENS = Path(__file__).resolve().parents[2] / "var" / "screens"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
BRIDGE = "http://127.0.0.1:17655/"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DESK = {"viewport": {"width": 1280, "height": 800}}


def chromium() -> str | None:
    """The program to use: TQ_CHROMIUM, else one that the system has; None when there is none."""
    if named := os.environ.get("TQ_CHROMIUM"):
        return named if Path(named).exists() else shutil.which(named)
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in PLACES if Path(place).exists()), None)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser. Raises RuntimeError when there is no Chromium."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    if program is None:
        raise RuntimeError("no Chromium here: install chromium, or name one in TQ_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, base_url: str, *, phone: bool = False, **more: Any) -> Iterator[Page]:
    """A page in a context of its own, Chinese and on Shanghai time; `more` goes to the context (java_script_enabled…).

    What the page writes to its console as an error fails the test when the page is closed.
    """
    size: dict[str, Any] = PHONE if phone else DESK
    context = browser.new_context(
        **{**size, "base_url": base_url, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **more}
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if _is_fault(line) else None)
    try:
        yield page
    finally:
        context.close()
    assert not errors, "errors in the page's console: " + "; ".join(errors)


def _is_fault(line: Any) -> bool:
    """Errors other than the browser's own note that a request was answered with 4xx or that there is no network, which
    tests provoke, or that no devices' bridge is there, which is what most desks are like."""
    own = r"the server responded with a status of 4\d\d|net::ERR_INTERNET_DISCONNECTED"
    if line.type != "error" or re.search(own, line.text):
        return False
    return not (line.location.get("url", "").startswith(BRIDGE) and "ERR_CONNECTION_REFUSED" in line.text)


def axe(page: Page, *, without: tuple[str, ...] = ()) -> None:
    """Assert that axe finds no violation on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    found = [v for v in Axe().run(page).response["violations"] if v["id"] not in without]
    lines = [
        f"{v['id']} ({v['impact']}): {v['help']}\n    " + "\n    ".join(node["html"][:160] for node in v["nodes"][:5])
        for v in found
    ]
    assert not found, f"axe on {page.url}:\n  " + "\n  ".join(lines)


_BARS = """visibility => document.querySelectorAll('*').forEach(
    e => { if (getComputedStyle(e).position === 'fixed') e.style.visibility = visibility; })"""


def screenshot(page: Page, name: str, *, full: bool = True) -> Path:
    """Write `var/screens/<name>.png` and return its path."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    if full:  # else a phone's tab bar would be drawn across the middle
        page.evaluate(_BARS, "hidden")
    page.screenshot(path=path, full_page=full, animations="disabled")
    if full:
        page.evaluate(_BARS, "")
    return path
