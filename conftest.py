"""Test settings: a throw-away data folder, fast password hashing, SQLite unless TQ_TEST_POSTGRES names a server."""

from __future__ import annotations

import os
import tempfile

os.environ["TQ_DATA_DIR"] = tempfile.mkdtemp(prefix="tongqu-test-")
os.environ["TQ_DATABASE_URL"] = os.environ.get("TQ_TEST_POSTGRES", "")
os.environ["TQ_DEMO"] = "1"
os.environ["TQ_STATICFILES"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
