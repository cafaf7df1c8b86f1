"""Which pages of which room a process of a face serves."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from tongqu.kernel.acts import networks

ROOMS = [
    "tongqu.kernel.ui",
    "tongqu.kernel.law",
    "tongqu.kernel.identity",
    "tongqu.kernel.ledger",
    "tongqu.kernel.notices",
    "tongqu.kernel.records",
    "tongqu.domains.services",
    "tongqu.faces.portal",  # before the workbench: where both are served, the front page is the portal's
    "tongqu.faces.workbench",
]


def pages(face: str) -> list[URLPattern | URLResolver]:
    """The rooms' routes that a process of this face serves. Raises ImproperlyConfigured for a route without a side."""
    found: list[URLPattern | URLResolver] = []
    for room in ROOMS:
        if not find_spec(f"{room}.urls"):
            continue
        module = import_module(f"{room}.urls")
        served = [
            route
            for route in module.urlpatterns
            if networks.serves(networks.side_of(route, f"the route {str(route.pattern)!r} of {room}"), by=face)
        ]
        if served:
            name = getattr(module, "app_name", None)
            found.append(path("", include((served, name) if name else served)))
    return found
