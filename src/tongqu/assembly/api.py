"""The JSON interface under /api/v1/: each room's `api.py` has a router; here they meet sign-in and problem details.

One signs in on the pages: the session's cookie says who asks, and whatever changes something carries the CSRF token
(from `GET /api/v1/session`) in the header X-CSRFToken. Errors are problem details (RFC 9457).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser
from ninja.security import APIKeyCookie
from pydantic import BaseModel

from tongqu.foundation import strict_json
from tongqu.kernel.acts import networks
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Invalid, LoginNeeded, NotFound, NotPermitted, TongquError
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.ui import problems


class SignedIn(APIKeyCookie):
    """The session of somebody who signed in on the pages."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = actor_of(request)
        return None if actor.kind == "anonymous" else actor


class StrictBodies(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return strict_json.read(request.body)


api = NinjaAPI(
    title="通衢 Tongqu", version="1", description=__doc__ or "", docs_url=None, urls_namespace="api", auth=SignedIn(),
    parser=StrictBodies(),
)  # fmt: skip


class SessionOut(BaseModel):
    kind: str
    name: str
    csrf_token: str


@api.get("/session", auth=None, response=SessionOut, tags=["session"], summary="Who one is, and the CSRF token")
@networks.on_both
def session(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    return {"kind": actor.kind, "name": actor.name, "csrf_token": get_token(request)}


def _only_ours(router: Router, room: str) -> Router:
    """The router without the operations of the other network. Raises ImproperlyConfigured for one without a side."""
    for address, view in list(router.path_operations.items()):
        view.operations = [
            operation
            for operation in view.operations
            if networks.serves(networks.side_of(operation.view_func, f"{operation.methods[0]} {address} of {room}"))
        ]
        if not view.operations:
            del router.path_operations[address]
    return router


for _app in settings.INSTALLED_APPS:
    if _app.startswith("tongqu.") and find_spec(f"{_app}.api"):
        _router = getattr(import_module(f"{_app}.api"), "router", None)  # the ledger's is plain views
        if _router:
            api.add_router("", _only_ours(_router, _app))


# --- errors ----------------------------------------------------------------------------------------------------------


@api.exception_handler(TongquError)
def _expected(request: HttpRequest, error: TongquError) -> HttpResponse:
    return problems.from_error(request, error)


@api.exception_handler(AuthenticationError)
def _nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problems.from_error(request, LoginNeeded())


@api.exception_handler(Http404)
def _nowhere(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.from_error(request, NotFound())


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403:
        remedy = _("请先取得令牌，随请求头 X-CSRFToken 发送")
        return problems.from_error(request, NotPermitted(_("请求缺少防伪令牌"), code="csrf-failed", remedy=remedy))
    if isinstance(error.__cause__, strict_json.StrictJsonError):
        return problems.from_error(request, Invalid(_not_json(error.__cause__.code), code="not-json"))
    return problems.from_status(request, error.status_code)


def _not_json(code: str) -> str:
    known = {
        "encoding": _("JSON 必须用 UTF-8 编码"),
        "depth": _("JSON 的层次太深"),
        "repeated": _("JSON 中同一名称写了两次"),
        "number": _("JSON 中的数字无效"),
        "surrogate": _("JSON 中有不完整的字符"),
    }
    return known.get(code, _("提交的内容不是有效的 JSON"))


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problems.from_status(request, 413)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Each fault by the name of its field; an address with a malformed id is an address of nothing."""
    faults = error.errors
    if any(fault["loc"][0] == "path" for fault in faults):
        return problems.from_error(request, NotFound())
    return problems.from_error(request, Invalid(code="malformed", fields={_name(f["loc"]): _why(f) for f in faults}))


def _name(loc: Sequence[Any]) -> str:
    """`expected_version` of ("body", "body", "expected_version")."""
    inner = [str(part) for part in loc[1:] if part != "body"]
    return ".".join(inner) or str(loc[0])


def _why(fault: dict[str, Any]) -> str:
    known = {
        "missing": _("缺少这一项"),
        "extra_forbidden": _("没有这一填写项"),
        "int_type": _("应为整数"),
        "string_type": _("应为文字"),
        "dict_type": _("应为对象"),
        "bool_type": _("应为真或假"),
        "greater_than_equal": _("数值太小"),
        "less_than_equal": _("数值太大"),
        "string_pattern_mismatch": _("格式不对"),
    }
    return known.get(fault["type"], _("填写的内容有误"))
