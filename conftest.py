"""Test settings: a throw-away data folder, fast password hashing, SQLite unless TQ_TEST_POSTGRES names a server.

Nothing from the caller's own TQ_ settings reaches the tests but the two names of the rig. The settings module is named
here and not in pyproject.toml, because pytest-django would load that one before this file has set the environment.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile

import pytest

_SETTINGS = "tongqu.assembly.settings"
if _SETTINGS in sys.modules:
    pytest.exit("the settings are loaded already: unset DJANGO_SETTINGS_MODULE and leave out --ds", returncode=4)
_KEPT = {"TQ_TEST_POSTGRES", "TQ_CHROMIUM"}
for _name in [name for name in os.environ if name.startswith("TQ_") and name not in _KEPT]:
    del os.environ[_name]
_folder = tempfile.mkdtemp(prefix="tongqu-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.mkdir(os.path.join(_folder, "static"))  # noqa: PTH102, PTH118  whitenoise warns of a missing one at each request

os.environ["DJANGO_SETTINGS_MODULE"] = _SETTINGS
os.environ["TQ_DATA_DIR"] = _folder
os.environ["TQ_DATABASE_URL"] = os.environ.get("TQ_TEST_POSTGRES", "")
os.environ["TQ_DEMO"] = "1"
os.environ["TQ_STATICFILES"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests

import django.conf  # noqa: E402  only now may the settings be read

assert django.conf.settings.DATA_DIR.samefile(_folder)  # loads them: pytest-django sets Django up only when they are

pytest_plugins = ["tests.rig.fixtures"]


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Workers of xdist inherit this environment, and must come here before their settings are loaded."""
    if getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput"):
        del os.environ["DJANGO_SETTINGS_MODULE"]
