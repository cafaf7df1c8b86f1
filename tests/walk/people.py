"""What people do on the pages: follow, press, fill in, choose, read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.rig import browser

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PASSWORD = "mingchuan-2026"
TITLE = "食品经营许可（新办）"


def drawing(name: str = "布局图.pdf") -> dict[str, Any]:
    """A small PDF, as a file chosen from a phone."""
    data = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    return {"name": name, "mimeType": "application/pdf", "buffer": data + b"% " + name.encode()}


def photo(name: str = "厨房.jpg") -> dict[str, Any]:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (640, 480), "#8aa").save(out, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Visitor:
    """Somebody at a screen."""

    def __init__(self, page: Page, shots: str = "") -> None:
        self.page, self.shots, self._shot = page, shots, 0
        page.set_default_timeout(15_000)

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    @property
    def here(self) -> str:
        """The path of the page."""
        return re.sub(r"^https?://[^/]+", "", self.page.url)

    def go(self, path: str) -> None:
        self.page.goto(path)

    def press(self, name: str, within: Locator | None = None) -> None:
        """A button of the page's own content; the next page is there afterwards."""
        with self.page.expect_navigation():
            (within or self.main).get_by_role("button", name=name).first.click()

    def follow(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        with self.page.expect_navigation():
            (within or self.page.locator("body")).get_by_role("link", name=name).first.click()

    def fill(self, label: str, text: str) -> None:
        self.entry(label).fill(text)

    def entry(self, label: str) -> Locator:
        """The field with this label that shows."""
        fields = self.page.locator("input:visible, textarea:visible, select:visible")
        return self.main.get_by_label(label).and_(fields).first

    def choose(self, *labels: str, of: str = "") -> None:
        """Tick radio buttons or boxes by their labels; `of` names the question when one label has several."""
        for label in labels:
            self.choice(label, of).check()

    def choice(self, label: str, of: str = "") -> Locator:
        """The radio button or box with this label that shows."""
        where = self.main.get_by_role("group", name=of) if of else self.main
        return where.get_by_label(label).locator("visible=true").first

    def text(self) -> str:
        return self.page.locator("body").inner_text()

    def sees(self, *texts: str) -> None:
        """Assert that the page's own content shows all of these."""
        shown = self.main.inner_text() + "\n" + "\n".join(self.page.locator("aside").all_inner_texts())
        for text in texts:
            assert text in shown, f"“{text}” is not on {self.page.url}:\n{shown[:1500]}"

    def sees_not(self, *texts: str) -> None:
        shown = self.text()
        for text in texts:
            assert text not in shown, f"“{text}” is on {self.page.url}"

    def sign_in(self, login: str) -> None:
        """On the login page: fill it in and go on."""
        self.page.locator("input[name=login]").fill(login)
        self.page.locator("input[name=password]").fill(PASSWORD)
        self.press("登录")

    def shoot(self, name: str) -> Path | None:
        """Keep a picture for the album in var/screens."""
        if not self.shots:
            return None
        self._shot += 1
        return browser.screenshot(self.page, f"{self.shots}-{self._shot:02d}-{name}")


class Owner(Visitor):
    """The restaurant's owner, applying."""

    def find(self, words: str) -> None:
        """Search on the first page and open the service from the results."""
        self.go("/")
        self.page.get_by_role("searchbox").first.fill(words)
        with self.page.expect_navigation():
            self.page.get_by_role("searchbox").first.press("Enter")
        self.follow(re.compile(TITLE), self.main)

    def answer_triage(self) -> None:
        """A restaurant of ordinary size, as somebody who has read the guide."""
        self.follow("看看我要办哪一种")
        self.choose("做饭菜、小吃、饮品给顾客吃")
        self.press("继续")
        while self.page.locator("form.question").count():
            self.choose("或者更大" if "面积" in self.main.inner_text() else "不属于，或者拿不准")
            self.press("继续")

    def fill_contact(self, phone: str = "19900000001") -> None:
        self.fill("联系电话", phone)

    def fill_business(self) -> None:
        self.choose("餐饮服务经营者", of="主体业态")
        self.choose("热食类食品制售", "自制饮品制售", of="经营项目")

    def fill_place(self, area: str = "86.5") -> None:
        self.choose("就在营业执照登记的地址", of="店开在哪里")
        self.fill("经营面积", area)
        self.choose("不做")

    def fill_safety(self) -> None:
        self.choose("本人", of="食品安全管理人员")
        self.choose("食品安全自查", "从业人员健康管理", "进货查验记录", "食品安全事故处置")

    def fill_result(self) -> None:
        self.choose("工作日都可以")
        self.choose("只要电子证照")

    def next_page(self) -> None:
        self.press("保存并继续")

    def upload(self, file: Any = None) -> None:
        """Into the first material asked for; `file` is a path, or a dict as `drawing` makes it."""
        self.page.locator("input[type=file]").first.set_input_files(file or drawing())
        self.press("上传")

    def fill_all(self) -> None:
        """From the first page of the form to the page of the materials, all of it right."""
        for fill in (self.fill_contact, self.fill_business, self.fill_place, self.fill_safety, self.fill_result):
            fill()
            self.next_page()

    def submit(self) -> None:
        self.choose("我对所填内容和所交材料的真实性负责")
        self.press("提交申请")


class Officer(Visitor):
    """Anybody on the staff, at the desk or on site."""

    def open_case(self, case_no: str) -> None:
        self.go("/desk")
        self.fill("查找办件", case_no)
        self.press("查找")
        with self.page.expect_navigation():
            self.main.locator(".hits a").first.click()

    def act(self, name: str) -> None:
        """Begin one of the acts that the case offers now."""
        self.follow(name, self.acts)

    @property
    def acts(self) -> Locator:
        """What the case offers now: beside it on a desk, above it on a phone."""
        return self.page.locator(".acts:visible")
