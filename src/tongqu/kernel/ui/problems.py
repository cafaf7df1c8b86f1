"""Problem details (RFC 9457): every error of the JSON interface in one shape.

{"type": "about:blank", "title": "…", "status": 422, "code": "invalid", "detail": "what to do",
 "instance": "/api/…", "rule": "L7@…", "errors": [{"field": "…", "message": "…"}]}
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import TongquError

MEDIA_TYPE = "application/problem+json"


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def wants_json(request: HttpRequest) -> bool:
    """The JSON interface, or one of our own scripts (autosave) asking a page's address."""
    accept = request.headers.get("Accept", "")
    return is_api(request) or ("json" in accept and "text/html" not in accept)


def is_html(response: Any) -> bool:
    return str(response.headers.get("Content-Type", "")).startswith("text/html")


def document(error: TongquError, instance: str) -> dict[str, Any]:
    """The problem document of an expected error, in the language in force."""
    body: dict[str, Any] = {
        "type": "about:blank", "title": str(error.message), "status": error.status, "code": error.code,
        "instance": instance,
    }  # fmt: skip
    if error.remedy:
        body["detail"] = str(error.remedy)
    if error.rule:
        body["rule"] = error.rule
    if error.fields:
        body["errors"] = [{"field": name, "message": str(text)} for name, text in error.fields.items()]
    return body


def from_error(request: HttpRequest, error: TongquError) -> HttpResponse:
    return _answer(document(error, request.path), error.status)


def from_status(request: HttpRequest, status: int) -> HttpResponse:
    """For answers that Django made itself: no such address, a wrong method, a crash (whose cause stays in the log)."""
    titles = {
        400: _("请求有误"),
        403: _("您没有权限进行这一操作"),
        404: _("找不到这一内容"),
        405: _("不支持这一请求方法"),
        413: _("一次提交的内容太大"),
    }
    codes = {
        400: "bad-request", 403: "not-permitted", 404: "not-found", 405: "method-not-allowed", 413: "too-large",
    }  # fmt: skip
    body = {
        "type": "about:blank", "title": titles.get(status, _("服务暂时不可用")), "status": status,
        "code": codes.get(status, "unavailable"), "instance": request.path,
    }  # fmt: skip
    return _answer(body, status)


def _answer(body: dict[str, Any], status: int) -> HttpResponse:
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, json_dumps_params={"ensure_ascii": False})
