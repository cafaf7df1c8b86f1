"""The walk as others read it: in traditional characters, and by elders with large text on a narrow phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig import browser as rig
from tests.walk.backstage import Backstage
from tests.walk.people import Visitor
from tests.walk.test_pages import OWNER, PUBLIC, STAFF, places  # noqa: F401  (the same places)
from tongqu.foundation import hant

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

ACCOUNT = ["/account", "/acting-for", "/account/password", "/account/phone", "/account/2fa", "/real-name"]
PEOPLE = {
    "": [*PUBLIC, "/account/signup", "/accessibility", "/law/rules", "/law/calendar"],
    "chenliqiu": [*OWNER, *ACCOUNT],
    **STAFF,
}
ELDER = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
# What people and the data bureau entered, shown as it was entered; and what is a name of its own.
ENTERED = (
    "清溪区秋实小馆", "秋实", "明川市清溪区槐荫街道石桥路18号1层", "图纸.pdf", "厨房.jpg", "面积和图纸不一致，请核对",
    "没有专用的餐具洗消设施", "现场查看", "符合条件", "罗小满", "许静宜", "郑怀安", "高远",
    "行政许可法-2019", "简体中文",
)  # fmt: skip
CONVERTED = re.compile("清溪區秋實|槐蔭|陳立秋|羅小滿|許靜宜|鄭懷安|圖紙和|面積和圖紙")
# What a finger must hit: links inside a sentence excepted, as WCAG 2.5.8 does.
SMALL = """() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
  .filter(e => { const r = e.getBoundingClientRect(), s = getComputedStyle(e);
    if (!r.width || s.visibility === 'hidden' || e.closest('[hidden], .vh, .skip')) return false;
    if (e.matches('[type=radio], [type=checkbox], [type=file]')) e = e.closest('label, .choice, .field') || e;
    if (e.tagName === 'A' && getComputedStyle(e).display === 'inline') return false;
    const b = e.getBoundingClientRect(); return b.height < 44 || b.width < 24; })
  .map(e => `${e.tagName} ${(e.innerText || e.name || '').slice(0, 20)} ${e.getBoundingClientRect().height | 0}`)"""
CUT = """() => [...document.querySelectorAll('a, button, .btn, h1, h2, dt, dd, td, th, label, p, .tag')]
  .filter(e => { const s = getComputedStyle(e), r = e.getBoundingClientRect();
    if (!r.width || e.closest('.vh, [hidden], .skip')) return false;
    return ((s.overflowX === 'hidden' || s.overflowX === 'clip') && e.scrollWidth > e.clientWidth + 1)
      || r.right > innerWidth + 1 && s.position !== 'absolute' && !e.closest('.rail, .table-scroll, [tabindex="0"]'); })
  .map(e => `${e.tagName}.${e.className} ${(e.innerText || '').slice(0, 30)}`)"""


def paths_of(login: str, places: dict[str, str]) -> Iterator[str]:  # noqa: F811
    for path in PEOPLE[login]:
        yield path.format_map(places | {"granted": places["number"]} if path.startswith("/decisions") else places)


def reader(somebody: Callable[..., Any], login: str, live: Any, cookie: tuple[str, str], **how: Any) -> Page:
    page: Page = somebody(Visitor, login, bypass_csp=True, **how).page
    page.context.add_cookies([{"name": cookie[0], "value": cookie[1], "url": live.url}])
    return page


def unfolded(page: Page, path: str) -> str:
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    return page.locator("body").inner_text()


def left_simplified(text: str, names: list[str]) -> set[str]:
    """Runs of Han, but for what was entered, in which a character stands that only simplified text has."""
    for entered in (*ENTERED, *sorted(names, key=len, reverse=True)):
        text = text.replace(entered, " ")
    text = re.sub(r"清市监许\w+〔\d{4}〕\s*\d+\s*号", " ", text)  # numbers of documents
    return {
        run
        for run in re.findall(r"[\u3400-\u9fff]+", text)
        if run != "简"  # the switch
        if any(hant.traditional(c) != c and hant.simplified(c) == c for c in run if c not in hant.reviewed().several)
    }


@pytest.mark.parametrize("login", PEOPLE)
def test_in_traditional_characters(
    login: str,
    somebody: Callable[..., Any],
    places: dict[str, str],  # noqa: F811
    live: Any,
    backstage: Backstage,
) -> None:
    page = reader(somebody, login, live, ("django_language", "zh-hant"), phone=login not in STAFF)
    found = []
    for path in paths_of(login, places):
        shown = unfolded(page, path)
        if page.locator("html").get_attribute("lang") != "zh-Hant":
            found.append(f"{path} does not say that it is zh-Hant")
        if wrong := CONVERTED.findall(shown):
            found.append(f"{path} converts what was entered: {wrong}")
        if left := left_simplified(shown, backstage.names()):
            found.append(f"{path} has {sorted(left)[:20]}")
        try:
            rig.axe(page)
        except AssertionError as fault:
            found.append(str(fault))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("login", PEOPLE)
def test_large_on_a_narrow_phone(login: str, somebody: Callable[..., Any], places: dict[str, str], live: Any) -> None:  # noqa: F811
    """关怀模式 at 360 px: nothing scrolls sideways, nothing is cut off, every target is 44 px high, axe is content."""
    page = reader(somebody, login, live, ("tq_size", "large"), **ELDER)
    found = []
    for path in paths_of(login, places):
        unfolded(page, path)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > 360:
            found.append(f"{path} scrolls sideways: {wide}")
        if small := page.evaluate(SMALL):
            found.append(f"{path} has targets under 44 px: {small[:6]}")
        if cut := page.evaluate(CUT):
            found.append(f"{path} cuts off {cut[:6]}")
        try:
            rig.axe(page)
        except AssertionError as fault:
            found.append(str(fault))
    assert not found, "\n".join(found)
