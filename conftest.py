"""Test settings: a throw-away data folder, fast password hashing, SQLite unless TQ_TEST_POSTGRES names a server.

Nothing from the caller's own TQ_ settings reaches the tests but the two names of the rig.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_KEPT = {"TQ_TEST_POSTGRES", "TQ_CHROMIUM"}
for _name in [name for name in os.environ if name.startswith("TQ_") and name not in _KEPT]:
    del os.environ[_name]
_folder = tempfile.mkdtemp(prefix="tongqu-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)

os.environ["TQ_DATA_DIR"] = _folder
os.environ["TQ_DATABASE_URL"] = os.environ.get("TQ_TEST_POSTGRES", "")
os.environ["TQ_DEMO"] = "1"
os.environ["TQ_STATICFILES"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests

pytest_plugins = ["tests.rig.fixtures"]
