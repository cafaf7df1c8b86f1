"""How often something may be tried: counted in the cache for an account or an address, in windows of fixed length.

With the default cache each web process counts for itself.
"""

from __future__ import annotations

from allauth.core.internal.ratelimit import get_ip
from django.core.cache import cache
from django.http import HttpRequest

from tongqu.kernel.acts.clock import now


def one_more(what: str, who: str, *, most: int, seconds: int) -> bool:
    """Count one try of `who` at `what`; whether it is still among the `most` of this window."""
    window = int(now().timestamp()) // seconds
    key = f"identity/tries/{what}/{seconds}/{window}/{who}"
    cache.add(key, 0, timeout=seconds + 30)
    try:
        return cache.incr(key) <= most
    except ValueError:  # it ran out between the two
        return True


def address(request: HttpRequest) -> str:
    """The network address that asks, as the login library sees it; of IPv6 the network one household has."""
    return str(get_ip(request))
