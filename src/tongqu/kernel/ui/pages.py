"""How a page meets people's mistakes and other people's changes: expected errors become pages that say what to do.

    @page("cases.accept", login=PASSWORD)
    def accept(request, case_no): ...

    @accept.invalid                       # an Invalid raised on POST draws the same form again, with status 422
    def accept_again(request, error, case_no): ...

A POST by somebody who is no longer signed in leads to the login page and back, with the input kept. A view that
declares `restores=True` reads it with `posted(request)` and draws its own form; for all others a page shows what was
kept and asks whether to send it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render, resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import ANONYMOUS
from tongqu.kernel.acts.errors import (
    Invalid,
    LoginNeeded,
    NotPermitted,
    StrongerLoginNeeded,
    Text,
    TongquError,
    Unavailable,
)
from tongqu.kernel.ui import kept, problems

Again = Callable[..., HttpResponse]
STRONGER_LOGIN = "stronger_login"  # a page of the identity room, known here by its name
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")


class View(Protocol):
    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...


class PageView(Protocol):
    """What `page` makes: a view with a place to hang the form's redrawing on."""

    __name__: str

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse: ...

    def invalid(self, again: Again) -> Again: ...


def page(verb: str | None = None, *, login: int = ANONYMOUS, restores: bool = False) -> Callable[[View], PageView]:
    """Make a view a page. `verb`: the actor must have this right somewhere (the operation still checks where).
    `login`: the least login strength. `restores`: the view draws kept input itself, see `posted`."""

    def wrap(view: View) -> PageView:
        hooks: list[Again] = []

        @functools.wraps(view)
        def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                _admit(request, verb, login)
                if request.method == "GET" and not restores and (data := kept.take(request)) is not None:
                    return _offer_kept(request, data)
                response = view(request, *args, **kwargs)
            except Invalid as error:
                if hooks and request.method == "POST":
                    return _status(hooks[-1](request, error, *args, **kwargs), error.status)
                return answer(request, error)
            except TongquError as error:
                return answer(request, error)
            if request.method == "POST" and response.status_code < 400:
                kept.drop(request)
            return response

        def invalid(again: Again) -> Again:
            hooks.append(again)
            return again

        call.invalid = invalid  # type: ignore[attr-defined]
        return call  # type: ignore[return-value]

    return wrap


def posted(request: HttpRequest) -> QueryDict | None:
    """What to fill the form with: the POST; on a GET what was kept over a lost session; else None."""
    return request.POST if request.method == "POST" else kept.take(request)


def whole_number(text: str) -> int | None:
    """What a form or an address says in up to nine plain digits; None for anything else."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def idempotency_key(request: HttpRequest) -> str:
    """The key that `{% idempotency_key %}` put into the form. Raises Invalid when it is missing or not ours."""
    key = request.POST.get(kept.KEY, "") or request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise Invalid(_("缺少提交编号"), code="no-idempotency-key", remedy=_("请重新打开页面后再提交"))
    return key


def flash(request: HttpRequest, text: Text, level: str = "success") -> None:
    """A sentence on the next page: success, info, warning or error."""
    messages.add_message(request, getattr(messages, level.upper()), str(text))


def answer(request: HttpRequest, error: TongquError) -> HttpResponse:
    """The answer to an expected error: a page, the way to the login, or problem details for a script."""
    if problems.wants_json(request):
        return problems.from_error(request, error)
    if isinstance(error, LoginNeeded):
        return to_login(request)
    if isinstance(error, StrongerLoginNeeded) and (way := _path_of(STRONGER_LOGIN)):
        return _onward(request, way, error.message)
    response = render(request, "ui/errors/expected.html", _told(request, error), status=error.status)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "30"
    add_never_cache_headers(response)
    return response


def to_login(request: HttpRequest) -> HttpResponse:
    """To the login page and back here. What was posted is kept."""
    return _onward(request, resolve_url(settings.LOGIN_URL), _("登录已过期，请重新登录。"))


def back(request: HttpRequest) -> str:
    """The page the visitor came from, if it is ours; else the front page."""
    referer = request.headers.get("Referer", "")
    try:
        host = request.get_host()
    except DisallowedHost:  # the error page itself is being drawn for a request to a name that is not ours
        return "/"
    ours = url_has_allowed_host_and_scheme(referer, allowed_hosts={host}, require_https=request.is_secure())
    return referer if ours else "/"


def _onward(request: HttpRequest, way: str, why: Text) -> HttpResponse:
    """To a page that makes the login strong enough, and back here with what was posted."""
    if request.method == "POST":
        flash(request, why, "warning")
        if kept.keep(request):
            flash(request, _("您填写的内容已经保留，登录后可以继续。"), "info")
    return HttpResponseRedirect(f"{way}?{urlencode({'next': request.get_full_path()})}")


def _path_of(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _admit(request: HttpRequest, verb: str | None, login: int) -> None:
    if verb is None and login == ANONYMOUS:
        return
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind == "anonymous":
        raise LoginNeeded()
    if verb is not None and actor.units_for(verb) == frozenset():
        raise NotPermitted()
    if actor.login_strength < login:
        raise StrongerLoginNeeded()


def _told(request: HttpRequest, error: TongquError) -> dict[str, Any]:
    """Facts for the error page: the rule, the way back, and on a lost write what was typed."""
    rule_id, _at, version = (error.rule or "").partition("@")
    lost = kept.shown_of(request.POST) if request.method == "POST" and error.status in {409, 422, 503} else []
    return {
        "error": error,
        "rule_id": rule_id,
        "rule_name": f"{rule_id} {version}".strip(),
        "back_url": back(request),
        "typed": lost,
        "problems": {name: str(text) for name, text in error.fields.items()},
    }


def _offer_kept(request: HttpRequest, data: QueryDict) -> HttpResponse:
    """Show what was kept and ask whether to send it now."""
    context = {
        "title": _("您填写的内容已经保留"),
        "why": _("刚才登录已过期，提交没有完成。请核对下面的内容，然后继续提交。"),
        "fields": kept.fields_of(data),
        "shown": kept.shown_of(data),
        "had_files": kept.had_files(request),
        "action": request.get_full_path(),
    }
    response = render(request, "ui/errors/resend.html", context)
    add_never_cache_headers(response)
    return response


def _status(response: HttpResponse, status: int) -> HttpResponse:
    if response.status_code == 200:
        response.status_code = status
    return response
