"""The counter in a real browser: a trained clerk's keystrokes, the devices simulated, and each way without them."""

from __future__ import annotations

import fcntl
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.rig import browser as rig
from tests.walk.people import Officer, drawing
from tongqu.faces.cli.bridge_simulator import FAULTS, PORT, Simulator
from tongqu.foundation.identifiers import citizen_id_check

if TYPE_CHECKING:
    from tests.rig.live import Live

NEW = "/desk/counter/new/food-business-licence"
FIRM = "91990102MA7DEM024R"
HEAD = ("顾云帆", "99010219841130551" + citizen_id_check("99010219841130551"))
# KLM (Card, Moran, Newell 1980): a keystroke of a good typist 0.20 s, a mental step 1.35 s, hands to the mouse 0.40 s.
KEY, STEP, REACH = 0.20, 1.35, 0.40


@pytest.fixture(autouse=True)
def _the_only_ones_at_the_port(browser: Any) -> Iterator[None]:
    """A clerk's computer has one bridge, at one port: workers of the suite take turns at it, test by test."""
    with (Path(tempfile.gettempdir()) / "tongqu-tests-bridge.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@contextmanager
def bridge(live: Live, **how: Any) -> Iterator[Simulator]:
    """The simulator where the pages look for it."""
    parts = urlsplit(live.url)
    simulator = Simulator(origins=frozenset({f"{parts.scheme}://{parts.netloc}"}), token="pairing-code", **how)
    server = simulator.serve(PORT)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        server.shutdown()
        server.server_close()


class Clerk(Officer):
    """At the window."""

    def pair(self) -> None:
        self.go("/desk/counter/devices")
        self.page.get_by_label("配对码").fill("pairing-code")
        self.page.get_by_role("button", name="配对并检查").click()
        self.page.get_by_text("模拟读卡器").wait_for()

    def begin(self, capacity: str = "经营者（法定代表人、负责人）本人") -> None:
        self.go(NEW)
        self.fill("证件号码", HEAD[1])
        self.fill("姓名", HEAD[0])
        self.choose(capacity)
        self.fill("统一社会信用代码", FIRM)
        self.press("开始录入")

    def answer(self) -> None:
        """All that is asked of a restaurant of ordinary size."""
        self.fill("联系电话", "19900000004")
        self.choose("餐饮服务经营者", of="主体业态")
        self.choose("热食类食品制售", "自制饮品制售", of="经营项目")
        self.choose("就在营业执照登记的地址", of="店开在哪里")
        self.fill("经营面积", "86.5")
        self.choose("不做", of="做外卖或者网上销售吗")
        self.choose("本人", of="食品安全管理人员")
        self.choose("食品安全自查", "从业人员健康管理", "进货查验记录", "食品安全事故处置")
        self.choose("工作日都可以")
        self.choose("只要电子证照")

    def use(self, act: str) -> None:
        """Press a device's button and wait for the answer, whatever it is."""
        button = self.page.locator(f"[data-act={act}]").first
        button.click()
        self.page.locator(f"[data-act={act}]:not([aria-disabled])").first.wait_for()

    def line(self) -> str:
        return str(self.page.locator("[data-bridge-line]").first.inner_text())

    def missing(self) -> list[str]:
        return self.page.locator("[data-missing] li").all_inner_texts()


@pytest.fixture
def clerk(somebody: Callable[..., Any]) -> Clerk:
    return somebody(Clerk, "clerk2")  # type: ignore[no-any-return]


class Keys:
    """Counts what is pressed."""

    def __init__(self, clerk: Clerk) -> None:
        self.keyboard, self.count, self.steps = clerk.page.keyboard, 0, 0

    def type(self, text: str) -> None:
        self.count += len(text)
        self.keyboard.type(text)

    def press(self, *keys: str) -> None:
        self.count += len(keys)
        for key in keys:
            self.keyboard.press(key)

    def think(self) -> None:
        self.steps += 1


def test_a_trained_clerk_files_with_a_minute_of_keystrokes(clerk: Clerk, live: Live) -> None:
    """With the card on the reader, by keys alone: from the queue to the receipt number."""
    page = clerk.page
    with bridge(live, card=1):
        clerk.pair()
        clerk.go("/desk/counter")
        keys = Keys(clerk)
        with page.expect_navigation():
            keys.press("Alt+n")
        keys.think()
        keys.press("Alt+r")
        page.locator("input[name=phone]:focus").wait_for()
        assert page.get_by_label("姓名").input_value() == HEAD[0]
        keys.press("Enter", "1")  # past the telephone; the head himself
        keys.type(FIRM)
        with page.expect_navigation():
            keys.press("Alt+Enter")
        keys.think()
        keys.press("Alt+m")  # the first thing missing: the telephone
        keys.type("19900000004")
        keys.press("Enter")
        _answer(clerk, keys)
        keys.think()
        keys.press("Alt+c")
        page.locator("[data-files=premises_plan] li").wait_for()
        keys.think()
        keys.press("Alt+g")
        page.locator("[data-files=declaration] li").wait_for()
        page.get_by_text("齐全，可以收件").wait_for()
        with page.expect_navigation(url=re.compile("/done$")):
            keys.press("Alt+Enter")
    clerk.sees("已收件", "收件编号")
    rig.axe(page)
    with bridge(live) as devices:
        page.get_by_role("button", name="送到打印机").click()
        page.locator("[data-bridge-line]", has_text="已发送到打印机").wait_for()
        assert len(devices.printed) == 1 and devices.printed[0] > 10_000, "the receipt as PDF"
    page.get_by_role("button", name="送到打印机").click()
    page.locator("[data-bridge-line]", has_text="没有连上").wait_for()
    seconds = keys.count * KEY + keys.steps * STEP
    print(f"\ncounter: {keys.count} keystrokes, {keys.steps} mental steps, {seconds:.0f} s by KLM")
    assert seconds <= 60, f"{keys.count} keystrokes, {seconds:.0f} s"


def _answer(clerk: Clerk, keys: Keys) -> None:
    """The rest of the form by keys: digits choose, Enter goes on."""
    page = clerk.page
    typed = {"area": "86.5"}
    chosen = {
        "kind": "1", "brackets_catering": "", "items_catering": "14", "premises_same": "1", "online_trade": "2",
        "manager_is": "1", "visit_time": "1", "delivery_way": "1",
    }  # fmt: skip
    for _round in range(40):
        at = page.evaluate("({name: document.activeElement.name, type: document.activeElement.type})")
        if at["type"] == "file":
            break
        keys.think() if _round % 4 == 0 else None
        if at["type"] == "checkbox":
            count = page.locator(f"input[name={at['name']}]:visible").count()
            digits = chosen.get(at["name"], "123456789"[:count] if at["name"] == "safety_rules" else "")
            keys.press(*digits, "Enter")
        elif at["type"] == "radio":
            keys.press(chosen.get(at["name"], "1"))
        elif at["name"] in typed:
            keys.type(typed[at["name"]])
            keys.press("Enter")
        else:
            keys.press("Enter")


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_the_bridge_does_there_is_a_line_and_nothing_is_lost(fault: str, clerk: Clerk, live: Live) -> None:
    page = clerk.page
    if fault == "slow":
        page.add_init_script("const later = setTimeout; window.setTimeout = (f, ms) => later(f, ms > 2500 ? 800 : ms)")
    with bridge(live, fault=fault):
        clerk.pair()
        clerk.go(NEW)
        clerk.fill("姓名", "手填的名字")
        clerk.use("id-card")
        told = {
            "no-card": "没有放上证件", "slow": "没有及时应答", "broken": "不正常", "hostile": "不正常",
            "endless": "不正常",
        }  # fmt: skip
        assert told[fault] in clerk.line()
        assert page.get_by_label("姓名").input_value() == "手填的名字"
        clerk.begin()
        for act in ("scan", "sign"):
            clerk.use(act)
            assert clerk.line(), act
        if fault in {"hostile", "broken", "endless", "slow"}:
            assert not page.locator("[data-files] li").count()
    page.locator("input[name=premises_plan]").set_input_files(drawing())
    page.locator("[data-files=premises_plan] li").wait_for()


def test_without_a_bridge_the_page_says_so_and_typing_works(clerk: Clerk, live: Live) -> None:
    with bridge(live):
        clerk.pair()
    clerk.go("/desk/counter")
    clerk.page.locator("[data-bridge-state]", has_text="没有连上本机的设备程序").wait_for()
    clerk.begin()
    clerk.sees("还缺什么")


def test_the_counter_without_scripts(somebody: Callable[..., Any]) -> None:
    clerk = somebody(Clerk, "clerk2", java_script_enabled=False)
    clerk.begin()
    clerk.answer()
    clerk.press("收件")
    clerk.sees("请交上“主要设备设施、经营布局和操作流程”", "请申请人签名")
    clerk.page.locator("input[name=premises_plan]").set_input_files(drawing())
    clerk.page.locator("input[name=declaration]").set_input_files(drawing("签名.pdf"))
    clerk.press("收件")
    clerk.sees("已收件")


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_the_counters_pages_are_sound_at_every_width(width: int, clerk: Clerk, live: Live) -> None:
    page = clerk.page
    page.set_viewport_size({"width": width, "height": 900})
    clerk.go("/desk/counter")
    rig.axe(page)
    rig.screenshot(page, f"counter-{width}-queue")
    clerk.go(NEW)
    rig.axe(page)
    rig.screenshot(page, f"counter-{width}-who")
    clerk.begin()
    rig.axe(page)
    clerk.press("收件")
    rig.axe(page)
    rig.screenshot(page, f"counter-{width}-screen")
    where = clerk.here
    for path, name in (
        (f"{where}/statement", "statement"), ("/desk/counter/daybook", "daybook"), ("/desk/counter/shift", "shift"),
        ("/desk/counter/devices", "devices"),
    ):  # fmt: skip
        clerk.go(path)
        rig.axe(page)
        rig.screenshot(page, f"counter-{width}-{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
