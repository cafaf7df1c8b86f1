"""What every page passes through: the content security policy, language and text size, and errors as answers."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from tongqu.kernel.acts import networks
from tongqu.kernel.acts.errors import NotFound, NotPermitted, TongquError
from tongqu.kernel.ui import pages, preferences, problems, views

GetResponse = Callable[[HttpRequest], HttpResponse]

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def OwnHost(get_response: GetResponse) -> GetResponse:
    """Refuse a name that is not ours before anything is given out under it, static files too."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()  # raises DisallowedHost, which is answered with 400
        return get_response(request)

    return middleware


def ContentSecurityPolicy(get_response: GetResponse) -> GetResponse:
    """Only our own files: no inline script or style anywhere, no frames, forms post to ourselves. What is for the staff
    alone is not found by search engines either, and no other site may draw it in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=()")
        if networks.face() == "staff":
            response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
            response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response

    return middleware


def NoNul(get_response: GetResponse) -> GetResponse:
    """Refuse an address with a NUL in it: no name of ours has one, and PostgreSQL cannot be asked about one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("NUL in the address")
        return get_response(request)

    return middleware


def SizeLimit(get_response: GetResponse) -> GetResponse:
    """Refuse a request larger than TQ_REQUEST_LIMIT before anything reads it: uploads go to the disk as they come in,
    whoever sends them."""

    def middleware(request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > settings.TQ_REQUEST_LIMIT:
            return problems.from_status(request, 413) if problems.wants_json(request) else views.too_large(request)
        return get_response(request)

    return middleware


def KeptByNobody(get_response: GetResponse) -> GetResponse:
    """An answer to somebody with a session, or one that sets a cookie, stays in no cache: the next person at a shared
    computer finds nothing by going back. Public pages and files may be kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        personal = settings.SESSION_COOKIE_NAME in request.COOKIES or response.cookies
        if personal and "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response

    return middleware


def Preferences(get_response: GetResponse) -> GetResponse:
    """Set `request.ui`. Pages are in the city's language until the visitor chooses another: the browser's own
    setting is not asked, so that one address shows one text. The API does follow Accept-Language."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not problems.is_api(request):
            request.COOKIES.setdefault(settings.LANGUAGE_COOKIE_NAME, settings.LANGUAGE_CODE)
        request.ui = preferences.from_cookies(request)  # type: ignore[attr-defined]
        response = get_response(request)
        if not problems.is_api(request):
            patch_vary_headers(response, ("Cookie",))
        return response

    return middleware


class Errors:
    """Expected errors as answers: problem details (RFC 9457) for the API, pages for people."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 400 and problems.is_api(request) and problems.is_html(response):
            return problems.from_status(request, response.status_code)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        known = _as_known(error)
        if known is None:
            return None
        if problems.is_api(request):
            return problems.from_error(request, known)
        return pages.answer(request, known) if isinstance(error, TongquError) else None


def _as_known(error: Exception) -> TongquError | None:
    if isinstance(error, TongquError):
        return error
    if isinstance(error, Http404):
        return NotFound()
    return NotPermitted() if isinstance(error, PermissionDenied) else None
