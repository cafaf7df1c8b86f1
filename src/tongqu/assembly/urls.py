"""Every room's routes, put together. A room lists its own in `urls.py` (pages) and `api.py` (JSON)."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import include, path

from tongqu.assembly.api import api

_ROOMS = [
    "tongqu.kernel.ui",
    "tongqu.kernel.law",
    "tongqu.kernel.identity",
    "tongqu.kernel.ledger",
    "tongqu.kernel.notices",
    "tongqu.kernel.records",
    "tongqu.domains.services",
    "tongqu.faces.workbench",
    "tongqu.faces.portal",
]

urlpatterns = [path("api/v1/", api.urls)]
urlpatterns += [path("", include(f"{room}.urls")) for room in _ROOMS if find_spec(f"{room}.urls")]

handler400 = "tongqu.kernel.ui.views.bad_request"
handler403 = "tongqu.kernel.ui.views.forbidden"
handler404 = "tongqu.kernel.ui.views.not_found"
handler500 = "tongqu.kernel.ui.views.crashed"
