"""The rig as pytest fixtures, for the tests of every room."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from tests.rig import browser as rig_browser
from tests.rig.queries import Baseline, Visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.rig.live import Live

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=timezone(timedelta(hours=8)))
_baseline = pytest.StashKey[Baseline]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-baseline", action="store_true", help="write tests/baseline/queries.json anew")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_baseline] = Baseline(update=config.getoption("--update-baseline"))
    _keep_hypothesis_tidy()


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[_baseline].write()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser is marked by what it asks for; without a Chromium it is skipped, in plain words."""
    missing = rig_browser.chromium() is None
    for item in items:
        if {"browser", "page", "phone"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one browser and one platform for all of them
            if missing:
                item.add_marker(pytest.mark.skip(reason="no Chromium here (install chromium, or set TQ_CHROMIUM)"))


def _keep_hypothesis_tidy() -> None:
    from hypothesis import settings
    from hypothesis.database import DirectoryBasedExampleDatabase

    in_ci = bool(os.environ.get("CI"))  # there a change is judged by the same examples as the one before it
    kept = None if in_ci else DirectoryBasedExampleDatabase(".cache/hypothesis")
    settings.register_profile("tongqu", deadline=None, derandomize=in_ci, database=kept)
    settings.load_profile("tongqu")


@pytest.fixture(autouse=True, scope="session")
def _fast_passwords() -> Iterator[None]:
    from django.test.utils import override_settings

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page that a test asked for in English leaves that language in force for the thread, also for the next test."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture
def baseline(request: pytest.FixtureRequest) -> Baseline:
    return request.config.stash[_baseline]


@pytest.fixture
def visit(baseline: Baseline) -> Visit:
    """Request, count the queries, hold them against the baseline: see tests/rig/queries.py."""
    return Visit(baseline)


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    """The platform, really running with its demonstration city; shared by the whole session, so leave no debris.

    It is Monday 2026-11-23, ten in the morning, when it starts: days and terms are the same in each run. Tests may move
    its clock forward, never back.
    """
    from tests.rig.live import platform

    with platform(begins=MONDAY) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with rig_browser.open_browser() as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open further pages: `open_page(phone=True, java_script_enabled=False)`."""
    with ExitStack() as stack:
        yield lambda **how: stack.enter_context(rig_browser.open_page(browser, live.url, **how))


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Page:
    """A page at desk size."""
    return open_page()  # type: ignore[no-any-return]


@pytest.fixture
def phone(open_page: Callable[..., Any]) -> Page:
    """A page at phone size, with touch."""
    return open_page(phone=True)  # type: ignore[no-any-return]
