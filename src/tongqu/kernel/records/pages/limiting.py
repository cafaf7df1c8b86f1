"""How often one address may ask: enough for a market inspector with a queue, too little for guessing codes.

Counted for all web processes together (`acts/shared_cache.py`). An address that one process has seen too often by
itself is refused there, so that a flood costs the database nothing.
"""

from __future__ import annotations

import functools
import ipaddress
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import shared_cache
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import TooOften
from tongqu.kernel.ui.pages import answer

A_MINUTE = 60
View = Callable[..., HttpResponse]


def limited(view: View) -> View:
    """Answer with 429 from the 61st call a minute of one address."""

    @functools.wraps(view)
    def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _calls(caller(request)) <= A_MINUTE:
            return view(request, *args, **kwargs)
        response = answer(request, TooOften(_("查询太频繁"), remedy=_("请一分钟后再试")))
        response.headers["Retry-After"] = "60"
        return response

    return call


def caller(request: HttpRequest) -> str:
    """The network address that asks, as the outermost proxy we trust saw it; of IPv6 the /64 that one household has."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    text = hops[-proxies] if proxies and len(hops) >= proxies else request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _calls(who: str) -> int:
    key = f"records/verify/{now():%Y%m%d%H%M}/{who}"
    seen = _seen_here(key)
    return seen if seen > A_MINUTE else shared_cache.count(key, seconds=90)


_here: dict[str, int] = {}
_lock = threading.Lock()
_MOST = 10_000


def _seen_here(key: str) -> int:
    """How often this process alone has counted the key; forgotten when there are too many keys to remember."""
    with _lock:
        if len(_here) >= _MOST:
            _here.clear()
        _here[key] = _here.get(key, 0) + 1
        return _here[key]
