"""Every room's routes, put together. A room lists its own in `urls.py` (pages) and `api.py` (JSON), each with its side;
a process serves those of its face (`kernel/acts/networks.py`)."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from tongqu.assembly.api import api
from tongqu.assembly.routes import pages

urlpatterns = [path("api/v1/", api.urls), *pages(settings.TQ_FACE)]

handler400 = "tongqu.kernel.ui.views.bad_request"
handler403 = "tongqu.kernel.ui.views.forbidden"
handler404 = "tongqu.kernel.ui.views.not_found"
handler500 = "tongqu.kernel.ui.views.crashed"
