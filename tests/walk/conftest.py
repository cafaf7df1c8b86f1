"""The walk's fixtures: people with a page each, signed in once a session, and the process behind the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.rig import browser as rig
from tests.walk.backstage import Backstage
from tests.walk.people import Officer, Owner, Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.rig.live import Live

V = TypeVar("V", bound=Visitor)
_pages = pytest.StashKey[list[Any]]()


@pytest.fixture(scope="session")
def backstage(live: Live) -> Iterator[Backstage]:
    opened = Backstage(live.data_dir)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sessions(browser: Browser, live: Live) -> Callable[[str], Any]:
    """The browser's cookies of somebody who is signed in, by login name; each signs in once."""
    known: dict[str, Any] = {}

    def of(login: str) -> Any:
        if login not in known:
            with rig.open_page(browser, live.url) as page:
                visitor = Visitor(page)
                visitor.go("/account/login")
                visitor.sign_in(login)
                assert "/account/login" not in page.url, visitor.text()
                known[login] = page.context.storage_state()
        return known[login]

    return of


@pytest.fixture
def somebody(
    open_page: Callable[..., Page], sessions: Callable[[str], Any], request: pytest.FixtureRequest
) -> Callable[..., Any]:
    """`somebody(Owner, "chenliqiu", phone=True)`: a page of their own, signed in; without a login name, a visitor."""
    opened: list[Any] = request.node.stash.setdefault(_pages, [])

    def enter(kind: type[V], login: str = "", shots: str = "", **how: Any) -> V:
        state = {"storage_state": sessions(login)} if login else {}
        page = open_page(**state, **how)
        opened.append(page)
        return kind(page, shots)

    return enter


@pytest.fixture
def owner(somebody: Callable[..., Any]) -> Owner:
    """The owner of the restaurant, on a phone."""
    return somebody(Owner, "chenliqiu", phone=True)  # type: ignore[no-any-return]


@pytest.fixture
def clerk(somebody: Callable[..., Any]) -> Officer:
    """A window clerk, at a desk."""
    return somebody(Officer, "clerk1")  # type: ignore[no-any-return]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A picture of every page that was open when a test failed, and the last words of the platform's own logs."""
    report = yield
    if report.when == "call" and report.failed:
        for number, page in enumerate(item.stash.get(_pages, [])):
            if not page.is_closed():
                kept = rig.screenshot(page, f"failed-{item.name}-{number}")
                report.sections.append(("page", f"{page.url}\n{kept}"))
    if report.failed and (live := item.funcargs.get("live")):
        for log in sorted((live.data_dir / "log").glob("*.log")):
            report.sections.append((log.name, log.read_text(errors="replace")[-2000:]))
    return report
