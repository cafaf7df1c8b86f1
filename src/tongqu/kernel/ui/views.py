"""Pages of the ui room itself: preferences, the accessibility statement, the gallery."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tongqu.kernel.ui import preferences


# Exempt because the worst a stranger could do is change the text size, and it spares public pages a CSRF cookie.
@csrf_exempt
@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """POST size=large|normal and/or language=…, next=path: remember it and go back."""
    response = HttpResponseRedirect(_safe_next(request))
    keep = {"max_age": preferences.YEAR, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
    language = request.POST.get("language")
    if language in preferences.languages():
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **keep)  # type: ignore[arg-type]
    match request.POST.get("size"):
        case preferences.LARGE:
            response.set_cookie(preferences.SIZE_COOKIE, preferences.LARGE, **keep)  # type: ignore[arg-type]
        case "normal":
            response.delete_cookie(preferences.SIZE_COOKIE, samesite="Lax")
    return response


def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement. 0 queries."""
    return render(request, "ui/accessibility.html")


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for building and testing; not served by a real node. 0 queries."""
    if not (settings.DEBUG or settings.TQ_DEMO):
        raise Http404
    from tongqu.kernel.ui import gallery as samples

    return render(request, "ui/gallery.html", samples.context(request))


def _safe_next(request: HttpRequest) -> str:
    """Back to where the visitor was, never to another site."""
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"
