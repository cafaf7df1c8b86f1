"""Who signs out leaves nothing behind on the device: drafts, pages and files kept for work without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


@receiver(user_logged_out, dispatch_uid="workbench.signed_out")
def mark(request: HttpRequest | None, **_more: Any) -> None:
    if request is not None:
        request.tq_signed_out = True  # type: ignore[attr-defined]


def ForgetOnSignOut(get_response: GetResponse) -> GetResponse:
    """Tell the browser to clear what our pages have stored."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if getattr(request, "tq_signed_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware
