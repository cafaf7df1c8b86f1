"""`request.actor`: who is asking, built when first looked at."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tongqu.kernel.identity.actors import attach

GetResponse = Callable[[HttpRequest], HttpResponse]


def ActorMiddleware(get_response: GetResponse) -> GetResponse:
    def middleware(request: HttpRequest) -> HttpResponse:
        attach(request)
        return get_response(request)

    return middleware
