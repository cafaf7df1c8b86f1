"""The WSGI entry: one application, the collector frozen after start-up so that requests do not pay its pauses."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
application = get_wsgi_application()

from tongqu.kernel.packages import law_rows  # noqa: E402  # models need the applications to be set up

law_rows.take_all()
gc.collect()
gc.freeze()
