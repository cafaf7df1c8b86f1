"""Marks that every page of the walk must meet: for assistive technology, at both widths, in plain words, and light."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig import browser as rig
from tests.walk.backstage import Backstage
from tests.walk.people import Owner, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow

GUIDE = "/services/food-business-licence"
PUBLIC = [
    "/", "/search?q=spjyxk", "/search?q=没有这样的事", "/services", GUIDE, f"{GUIDE}/triage",
    f"{GUIDE}/triage?what=serve_meals&small_by_area=above&small_by_kind=not_small",
    f"{GUIDE}/triage?what=sell_food&sells=prepackaged", "/decisions", "/decisions/{granted}", "/account/login",
    "/law/rules/L1", "/law/calendar", "/v", "{token}", "/nowhere",
]  # fmt: skip
OWNER = [
    "/", "/my/cases", "/my/licences", "/my/notices", f"{GUIDE}/triage?what=run_canteen",
    *(f"/my/cases/{{draft}}/form/{page}" for page in ("who", "what", "place", "safety", "result")),
    "/my/cases/{draft}/materials", "/my/cases/{draft}/check", "/my/cases/{empty}/check", "/my/cases/{draft}/drop",
    "/my/cases/{submitted}", "/my/cases/{submitted}/do/withdraw", "/my/cases/{asked}", "/my/cases/{asked}/do/supply",
    "/my/cases/{assigned}", "/my/cases/{refused}", "/my/cases/{granted}", "/my/cases/{granted}/do/rate",
]  # fmt: skip
STAFF = {
    "clerk1": [
        "/desk", "/desk?ended=1", "/desk?due=within&within=9&name=秋实", "/desk?due=wrong", "/desk/search?q=秋实",
        "/desk/views", "/desk/export", "/desk/print?case={accepted}", "/desk/cases/{submitted}",
        "/desk/cases/{submitted}/do/accept",
        "/desk/cases/{submitted}/do/request_supplement", "/desk/cases/{submitted}/do/not_accept",
        "/desk/cases/{granted}",
    ],
    "reviewer1": [
        "/desk/cases/{accepted}/do/assign_check", "/desk/cases/{reviewed}", "/desk/cases/{reviewed}/do/give_opinion",
        "/desk/cases/{reviewed}/do/pause",
    ],
    "officer1": [
        "/desk/checks", "/desk/checks/{assigned}", "/desk/checks/saved", "/desk/cases/{assigned}",
        "/desk/cases/{assigned}/do/record_check",
    ],
    "head1": [f"/desk/cases/{{reviewed}}/do/{act}" for act in ("grant", "refuse", "extend")],
}  # fmt: skip
DRAWN_TWICE = {
    "/", GUIDE, "/my/cases/{draft}/form/what", "/my/cases/{granted}", "/desk", "/desk/checks", "/desk/cases/{assigned}",
    "/desk/cases/{assigned}/do/record_check",
}  # fmt: skip
# What may stand in Latin letters on a page for people; everything else there is a code or a forgotten translation.
LATIN = re.compile(
    r"^(pdf|csv|excel|jpg|png|mb|kb|json|sha|en|english|spjyxk|ed25519|"
    r"(jy|sj)\d+|[lgt]\d+|fb\d+|[0-9a-f]{16,}|(?-i:[0-9A-Z]{4}))$",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def places(backstage: Backstage) -> dict[str, str]:
    """{step: id of a case there}, and what public addresses are made of."""
    steps = ("draft", "submitted", "asked", "accepted", "assigned", "reviewed", "refused", "granted")
    cases = {step: backstage.case(step) for step in steps}
    known = {step: case["id"] for step, case in cases.items()}
    backstage.wait(known["granted"], "delivered")
    known["empty"] = backstage.case("empty")["id"]
    return known | {"number": cases["granted"]["case_no"], "token": backstage.token(known["granted"])}


def faults(page: Page, path: str, *, axe: bool) -> Iterator[str]:
    """What is wrong with the page, with everything on it unfolded."""
    page.goto(path)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if axe:
        try:
            rig.axe(page)
        except AssertionError as found:
            yield str(found)
    wide, room = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    if wide > room:
        yield f"{path} scrolls sideways: {wide} > {room}"
    if (headings := page.locator("h1").count()) != 1:
        yield f"{path} has {headings} main headings"
    shown = page.locator("body").inner_text()
    if left := re.findall(r"\{[^}\n]*\}|%\([a-z_]+\)s|\bNone\b|zh-Hans|\bundefined\b|\bTrue\b|\bFalse\b", shown):
        yield f"{path} shows what is not for people: {left[:5]}"
    words = [word for word in re.findall(r"(?<![0-9A-Za-z-])[A-Za-z][A-Za-z0-9_]+", shown) if not LATIN.match(word)]
    if words:
        yield f"{path} shows {sorted(set(words))[:12]}"


def visit_all(page: Page, paths: list[str], places: dict[str, str], *, its_size: bool) -> None:
    """axe sees a page at the size it is made for, and at the other one where it is drawn differently."""
    found = []
    for path in paths:
        values = places | {"granted": places["number"]} if path.startswith("/decisions") else places
        found += list(faults(page, path.format_map(values), axe=its_size or path in DRAWN_TWICE))
    assert not found, "\n".join(found)


SIZES = pytest.mark.parametrize("phone", [True, False], ids=["phone", "desk"])


@SIZES
def test_public_pages(phone: bool, somebody: Callable[..., Any], places: dict[str, str]) -> None:
    visit_all(somebody(Visitor, phone=phone, bypass_csp=True).page, PUBLIC, places, its_size=phone)


@SIZES
def test_the_applicants_pages(phone: bool, somebody: Callable[..., Any], places: dict[str, str]) -> None:
    page = somebody(Visitor, "chenliqiu", phone=phone, bypass_csp=True).page
    visit_all(page, OWNER, places, its_size=phone)


@SIZES
def test_the_staffs_pages(phone: bool, somebody: Callable[..., Any], places: dict[str, str]) -> None:
    for login, paths in STAFF.items():
        page = somebody(Visitor, login, phone=phone, bypass_csp=True).page
        visit_all(page, paths, places, its_size=not phone)


def test_a_page_with_errors(somebody: Callable[..., Any], places: dict[str, str]) -> None:
    owner: Owner = somebody(Owner, "chenliqiu", phone=True, bypass_csp=True)
    owner.go(f"/my/cases/{places['empty']}/form/place")
    owner.next_page()
    rig.axe(owner.page)
    owner.sees("请")


def test_large_text_scrolls_nowhere_sideways(somebody: Callable[..., Any], places: dict[str, str], live: Any) -> None:
    """关怀模式 on a narrow phone."""
    page = somebody(Visitor, "chenliqiu", viewport={"width": 320, "height": 640}).page
    page.context.add_cookies([{"name": "tq_size", "value": "large", "url": live.url}])
    mine = (f"/my/cases/{where}" for where in ("{draft}/form/what", "{draft}/check", "{granted}"))
    for path in ("/", GUIDE, "/my/cases", *mine):
        page.goto(path.format_map(places))
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


@pytest.mark.parametrize("path", ["/", GUIDE, "/search?q=spjyxk"])
def test_a_first_visit_is_light_and_still(path: str, somebody: Callable[..., Any]) -> None:
    """A slow phone with an empty cache: under 150 KB over the wire, and nothing moves once it is drawn."""
    page = somebody(Visitor, phone=True).page
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Emulation.setCPUThrottlingRate", {"rate": 20})  # half a page would be drawn, were it allowed
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.add_init_script(
        "window.shifts = [];"
        "new PerformanceObserver(list => list.getEntries().forEach(e => window.shifts.push(e.value)))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") == []
    assert 5_000 < sum(sizes) < 150_000, sizes
    print(f"{path}: {sum(sizes):.0f} bytes in {len(sizes)} answers")
