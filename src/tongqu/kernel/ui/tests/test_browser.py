"""The gallery and the sample pages in a real browser: axe, the two widths, the page's script, and life without it."""

from __future__ import annotations

import json
import re
import threading
from contextlib import ExitStack
from functools import partial
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
from django.test import override_settings

from tests.rig import browser as rig

PAGES = ["gallery", "sample/home", "sample/guide", "sample/form", "sample/case", "sample/desk", "sample/confirm"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args):
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _WithFiles(StaticFilesHandler):
    def serve(self, request):
        from django.contrib.staticfiles.views import serve

        return serve(request, self.file_path(request.path), insecure=True)


@pytest.fixture(scope="module")
def shop():
    """These pages alone, served without the rest of the house."""
    with override_settings(
        ROOT_URLCONF="tongqu.kernel.ui.tests.urls",
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        ALLOWED_HOSTS=["127.0.0.1"],
    ):
        application = _WithFiles(get_wsgi_application())
        server = make_server("127.0.0.1", 0, application, server_class=_Server, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture()
def pages(browser, shop):
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(rig.open_page(browser, shop, **how))


@pytest.mark.parametrize(("phone", "size"), [(True, "large"), (False, "normal")], ids=["phone-large", "desk"])
def test_axe_finds_nothing(pages, shop, phone, size):
    page = pages(phone=phone, bypass_csp=True)
    page.context.add_cookies([{"name": "tq_size", "value": size, "url": shop}])
    for path in [*(f"/ui/{name}" for name in PAGES), "/accessibility", "/nowhere"]:
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        rig.axe(page)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_nothing_scrolls_sideways_at_400_percent(pages, shop, language):
    page = pages(viewport={"width": 320, "height": 640})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": shop}])
    for name in PAGES:
        page.goto(f"/ui/{name}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_the_first_page_is_light_and_still(pages):
    page = pages(phone=True)
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((e) => window.shift += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for name in ("home", "form"):
        sizes.clear()
        page.goto(f"/ui/sample/{name}")
        page.wait_for_load_state("networkidle")
        assert sum(sizes) < 150_000
        assert page.evaluate("window.shift") == 0


def test_targets_are_large_enough_for_a_thumb(pages):
    page = pages(phone=True)
    small = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')]
        .filter((e) => e.offsetParent && !e.matches('.skip, p a, .timeline a, .choice input, .card__title a'))
        .filter((e) => !e.matches('.rating input'))
        .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.height < 43.5).map(([html, box]) => `${Math.round(box.height)} ${html}`)"""
    for name in ("home", "guide", "form", "case", "confirm"):
        page.goto(f"/ui/sample/{name}")
        assert page.evaluate(small) == [], name


# --- without the script ----------------------------------------------------------------------------------------------


def test_conditional_fields_are_there_with_their_condition(pages):
    page = pages(java_script_enabled=False)
    page.goto("/ui/sample/form")
    assert page.locator("#f-items").is_visible()
    assert page.get_by_text("仅在“主体业态”选").is_visible()


def test_preferences_work_without_script(pages):
    page = pages(java_script_enabled=False)
    page.goto("/ui/sample/home")
    page.get_by_role("button", name="关怀模式").click()
    assert page.url.endswith("/ui/sample/home")
    assert page.locator("html.large").count() == 1
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_keyboard_alone_reaches_the_text(pages):
    page = pages()
    page.goto("/ui/sample/home")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


# --- with it ---------------------------------------------------------------------------------------------------------


def test_a_field_appears_with_its_answer(pages):
    page = pages()
    page.goto("/ui/sample/form")
    items = page.locator("#f-items")
    assert items.is_visible() and not page.get_by_text("仅在“主体业态”选").is_visible()
    page.get_by_label("食品销售").check()
    assert not items.is_visible()
    page.get_by_label("集中用餐单位食堂").check()
    assert items.is_visible()


def test_errors_are_read_first_and_lead_into_their_fields(pages):
    page = pages()
    page.goto("/ui/sample/form")
    assert page.evaluate("document.activeElement.id") == "errors"
    page.get_by_role("link", name="请填写“经营场所地址”").click()
    assert page.evaluate("document.activeElement.id") == "f-address"


def test_a_second_press_sends_nothing(pages):
    page = pages()
    page.goto("/ui/sample/form")
    sent = []

    def count(route):
        sent.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/ui/sample/form", count)
    button = page.get_by_role("button", name="保存并继续").element_handle()
    button.evaluate("button => { button.click(); button.click(); }")
    page.get_by_text("正在提交…").wait_for()
    button.evaluate("button => button.click()")
    page.wait_for_timeout(200)
    assert sent == ["POST"]


def test_a_file_too_big_is_said_at_once(pages):
    page = pages()
    page.goto("/ui/gallery")
    chosen = page.locator("#f-layout")
    chosen.evaluate("e => e.dataset.maxBytes = 10")
    chosen.set_input_files({"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"x" * 11})
    assert page.get_by_role("alert").filter(has_text="文件太大").is_visible()
    assert chosen.input_value() == ""
    chosen.set_input_files({"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"x" * 9})
    assert not page.get_by_text("文件太大").is_visible()


def _autosaving(page, answer):
    """The sample form with autosave switched on; `answer` fulfils what it sends."""
    page.route("**/autosave", answer)
    page.route("**/ui/sample/form", partial(_with_autosave))
    page.goto("/ui/sample/form")


def _with_autosave(route):
    answer = route.fetch()
    body = answer.text().replace("data-unsaved", 'data-autosave="/autosave" data-unsaved', 1)
    route.fulfill(response=answer, body=body)


def test_a_draft_saves_itself(pages):
    page = pages()
    got = []

    def saved(route):
        got.append(route.request.post_data)
        route.fulfill(json={"version": 7})

    _autosaving(page, saved)
    page.get_by_label("经营场所地址").fill("清溪路 18 号")
    page.get_by_text(re.compile("已自动保存")).wait_for()
    assert len(got) == 1 and "清溪路 18 号" in got[0]
    assert page.evaluate("localStorage.length") == 0


def test_a_lost_session_keeps_the_input_here_and_gives_it_back(pages):
    page = pages()
    _autosaving(page, lambda route: route.fulfill(status=401, json={}))
    page.get_by_label("经营场所地址").fill("清溪路 18 号")
    page.get_by_text("内容暂存在这台设备上").wait_for()
    kept = json.loads(page.evaluate("localStorage.getItem('tq:/ui/sample/form')"))
    assert ["address", "清溪路 18 号"] in kept["data"]
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="恢复").click()
    assert page.get_by_label("经营场所地址").input_value() == "清溪路 18 号"


def test_what_was_kept_here_is_for_its_owner_and_for_a_day(pages):
    page = pages()
    page.goto("/ui/sample/form")
    for kept in ({"at": 0, "owner": ""}, {"at": 9e15, "owner": "somebody else"}):
        page.evaluate("kept => localStorage.setItem('tq:/ui/sample/form', JSON.stringify({data: [], ...kept}))", kept)
        page.reload()
        assert page.evaluate("localStorage.length") == 0
        assert page.get_by_role("button", name="恢复").count() == 0
