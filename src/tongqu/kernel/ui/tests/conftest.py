"""These tests need no database: sessions travel in a signed cookie."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _without_database(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.ROOT_URLCONF = "tongqu.kernel.ui.tests.urls"
