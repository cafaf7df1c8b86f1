"""Where to go after: only ever an address on this site."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def safe(request: HttpRequest, default: str = "/") -> str:
    """The `next` of this request if it stays here, else `default`."""
    return checked(request, request.POST.get("next") or request.GET.get("next") or "", default)


def checked(request: HttpRequest, url: str, default: str = "/") -> str:
    ours = url.startswith("/") and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return url if ours else default
