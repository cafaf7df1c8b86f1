"""The WSGI entry: one application, the collector frozen after start-up so that requests do not pay its pauses.

All pages and endpoints are loaded before that, so that the first request does not bring in what is then looked through
again and again. A request leaves next to nothing behind: the youngest objects are looked at every few requests, and the
elder ones seldom. Measured by `bench/pauses.py`.
"""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  # models need the applications to be set up

from tongqu.foundation import han  # noqa: E402
from tongqu.kernel.law import watching  # noqa: E402
from tongqu.kernel.packages import law_rows  # noqa: E402

law_rows.take_all()
watching.refresh()
watching.watch()
get_resolver().check()
han.pinyin("通衢")  # its dictionary is 200,000 objects, which the first search would bring in
gc.collect()
gc.freeze()
gc.set_threshold(8_000, 10, 40)
