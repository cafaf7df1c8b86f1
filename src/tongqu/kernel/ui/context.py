"""What every template knows: the site's name, the visitor's preferences, the menus. No database query of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from tongqu.kernel.ui import languages, navigation, preferences


def site(request: HttpRequest) -> dict[str, Any]:
    """`node` (the city's names), `ui`, `menus`, `actor`. Menus are drawn only when a template looks at them."""
    return {
        "node": site_facts(),
        "ui": getattr(request, "ui", None) or preferences.from_cookies(request),
        "menus": {area: SimpleLazyObject(partial(navigation.drawn, area, request)) for area in navigation.AREAS},
        "actor": getattr(request, "actor", None),
    }


def site_facts() -> dict[str, Any]:
    """The city's name in the language in force, and whether this is the demonstration."""
    city = settings.TQ_CITY_EN if languages.english() else languages.ours(settings.TQ_CITY)
    return {
        "city": city,
        "title": _("%(city)s政务服务") % {"city": city} if city else _("政务服务"),
        "demo": settings.TQ_DEMO,
    }
