"""Pages of the ui room itself: preferences, the accessibility statement, the gallery, and the pages for errors."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import loader
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.ui import kept, pages, preferences, problems

log = logging.getLogger(__name__)


# Exempt because the worst a stranger could do is change the text size, and it spares public pages a CSRF cookie.
@csrf_exempt
@require_POST
def set_preferences(request: HttpRequest) -> HttpResponse:
    """POST size=large|normal and/or language=…, next=path: remember it and go back."""
    response = HttpResponseRedirect(_safe_next(request))
    keep: dict[str, Any] = {
        "max_age": preferences.YEAR, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE, "httponly": True,
    }  # fmt: skip
    language = request.POST.get("language")
    if language in preferences.languages():
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **keep)
    match request.POST.get("size"):
        case preferences.LARGE:
            response.set_cookie(preferences.SIZE_COOKIE, preferences.LARGE, **keep)
        case "normal":
            response.delete_cookie(preferences.SIZE_COOKIE, samesite="Lax")
    return response


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement. 0 queries."""
    return render(request, "ui/accessibility.html")


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page, for building and testing; not served by a real node. 0 queries."""
    _demonstration_only()
    from tongqu.kernel.ui import samples

    return render(request, "ui/gallery.html", samples.gallery())


@require_safe
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """Whole pages drawn from samples: home, desk, case, form, kept, conflict. 0 queries."""
    _demonstration_only()
    from tongqu.kernel.ui import samples

    context = samples.page(name)
    if context is None:
        raise Http404
    return render(request, f"ui/sample_{name}.html", context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is old, often because the visitor signed in again elsewhere. When the request surely came from
    our own page, show what was typed and offer to send it again; otherwise keep nothing."""
    if problems.wants_json(request):
        return problems.from_status(request, 403)
    ours = _same_origin(request) and not kept.has_secrets(request.POST)
    context = {
        "title": _("页面已过期，请再提交一次"),
        "why": _("为防止他人冒用您的身份，页面打开太久或重新登录后，需要您再确认一次。"),
        "fields": kept.fields_of(request.POST) if ours else [],
        "shown": kept.shown_of(request.POST) if ours else [],
        "had_files": bool(request.FILES),
        "action": request.get_full_path(),
        "back_url": pages.back(request),
    }
    get_token(request)
    response = render(request, "ui/errors/resend.html", context, status=403)
    add_never_cache_headers(response)
    return response


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        megabytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // (1024 * 1024)
        return _plain(
            request, 413, _("一次提交的内容太大"),
            _("填写的文字合计最多 %(limit)s MB。请返回上一页，缩短文字，或改为上传文件。") % {"limit": megabytes},
        )  # fmt: skip
    return _plain(request, 400, _("请求有误"), _("浏览器发来的内容无法识别。请返回上一页重试。"))


def too_large(request: HttpRequest) -> HttpResponse:
    megabytes = settings.TQ_REQUEST_LIMIT // (1024 * 1024)
    return _plain(
        request, 413, _("一次提交的内容太大"),
        _("一次最多提交 %(limit)s MB。请返回上一页，减少文件或压缩后分几次上传。") % {"limit": megabytes},
    )  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(
        request, 403, _("您没有权限查看这一页面"),
        _("请确认登录的账号和身份是否正确。工作人员如需开通权限，请联系本单位的系统管理员。"),
    )  # fmt: skip


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _plain(
        request, 404, _("找不到这个页面"),
        _("链接可能有误，内容可能已经移走，也可能只有办理这件事的人才能查看。"),
    )  # fmt: skip


def crashed(request: HttpRequest) -> HttpResponse:
    """Something broke. The number shown is in the log, so that support can find it."""
    number = uuid7().hex[-10:].upper()
    log.error("incident %s at %s", number, request.resolver_match.route if request.resolver_match else "?")
    title, text = _("系统出错了"), _("这不是您的操作造成的。已经保存的内容不会丢失，请稍后再试。")
    try:
        return _plain(request, 500, title, text, number)
    except Exception:
        # The database or the files of the page are what broke: say so without either.
        log.exception("the page for incident %s could not be drawn", number)
        bare = loader.render_to_string("ui/errors/bare.html", {"title": title, "text": text, "number": number})
        return HttpResponse(bare, status=500)


def _plain(request: HttpRequest, status: int, title: str, text: str, number: str = "") -> HttpResponse:
    if not hasattr(request, "user"):  # refused before anyone looked who it is; the menus ask
        request.user = AnonymousUser()
    context = {"title": title, "text": text, "number": number, "back_url": pages.back(request)}
    response = render(request, "ui/errors/plain.html", context, status=status)
    add_never_cache_headers(response)
    return response


def _demonstration_only() -> None:
    if not (settings.DEBUG or settings.TQ_DEMO):
        raise Http404


def _same_origin(request: HttpRequest) -> bool:
    own = f"{request.scheme}://{request.get_host()}"
    if origin := request.headers.get("Origin"):
        return origin == own
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    return request.headers.get("Referer", "").startswith(own + "/")


def _safe_next(request: HttpRequest) -> str:
    """Back to where the visitor was, never to another site."""
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
