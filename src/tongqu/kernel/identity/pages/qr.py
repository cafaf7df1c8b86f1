"""Signing in on a computer with the telephone: the computer's picture, the telephone's question.

Against a picture shown by somebody else: the telephone says which device asks, from where and when, and its holder
must choose the number that stands beside the picture. Against a planted session: the picture belongs to the session
that asked, and signing in gives that browser a new one. Nothing is decided by following a link.
"""

from __future__ import annotations

import re
import secrets
from typing import Any
from urllib.parse import quote
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongqu.foundation import qr as drawing
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import TooOften
from tongqu.kernel.identity import operations, tries
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import QrSignIn
from tongqu.kernel.identity.operations import qr
from tongqu.kernel.identity.pages import onward
from tongqu.kernel.ui.pages import page

_ASKED = "qr_sign_in"  # session of the browser that asked: {"id", "code", "next"}
_PICTURES = 20  # in ten minutes from one address
_SCANS = 30  # in ten minutes by one account
_TEN_MINUTES = 600


@page()
@never_cache
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """A new picture for this browser; an earlier one is forgotten."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward.safe(request))
    if not tries.one_more("qr_picture", tries.address(request), most=_PICTURES, seconds=_TEN_MINUTES):
        raise TooOften()
    made = operations.ask_qr_sign_in(
        actor_of(request), device=device_of(request), address=_hidden(tries.address(request))
    )
    request.session[_ASKED] = {**made, "next": onward.safe(request)}
    return HttpResponseRedirect(reverse("qr_wait"))


@page()
@never_cache
@require_GET
def wait(request: HttpRequest) -> HttpResponse:
    """The picture, asked for again every few seconds; once confirmed, a button to go on. 1 query."""
    row = _row(request)
    state = _state(row)
    context: dict[str, Any] = {"state": state, "number": row.number if row else ""}
    if state == "asked":
        url = f"{settings.TQ_PUBLIC_URL}{reverse('qr_scanned', args=[request.session[_ASKED]['code']])}"
        context |= {
            "picture": _picture(url),
            "left": max(0, int((row.expires_at - now()).total_seconds())) if row else 0,
        }
    return render(request, "identity/qr_wait.html", context)


@page()
@never_cache
@require_GET
def state(request: HttpRequest) -> JsonResponse:
    """For the script: whether it is worth asking for the page again. 1 query."""
    return JsonResponse({"state": _state(_row(request))})


@page()
@never_cache
@require_POST
def finish(request: HttpRequest) -> HttpResponse:
    """The telephone has said yes: sign this browser in, with a new session."""
    asked: Any = request.session.pop(_ASKED, None)
    if not isinstance(asked, dict):
        return HttpResponseRedirect(reverse("account_login"))
    account = operations.use_qr_sign_in(actor_of(request), qr_id=UUID(asked["id"]))
    record_authentication(request, account, method="qr")
    onto = onward.checked(request, str(asked.get("next", "")), "/")
    response: HttpResponse = perform_login(request, Login(user=account, redirect_url=onto))
    return response


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
def scanned(request: HttpRequest, code: str) -> HttpResponse:
    """On the telephone: who asks; POST `number` lets in, without it refuses. 1 query to read."""
    actor = actor_of(request)
    if not tries.one_more("qr_scan", str(actor.account_id), most=_SCANS, seconds=_TEN_MINUTES):
        raise TooOften()
    if request.method == "POST":
        number = request.POST.get("number", "") if request.POST.get("choice") != "refuse" else None
        said = operations.decide_qr_sign_in(actor, code=code, number=number)
        context = {"let_in": said["let_in"], "wrong": number is not None and not said["let_in"]}
        return render(request, "identity/qr_decided.html", context)
    row = QrSignIn.objects.filter(code_index=qr.index_of(code)).first()
    live = row is not None and row.state == "asked" and row.expires_at > now() and not actor.is_staff
    here = _hidden(tries.address(request))
    context = {
        "live": live, "staff": actor.is_staff, "row": row if live else None,
        "elsewhere": bool(live and row and row.address != here),
        "options": [{"value": n, "label": n} for n in _numbers(row.number)] if live and row else [],
    }  # fmt: skip
    return render(request, "identity/qr_scanned.html", context, status=200 if live else 404)


def _row(request: HttpRequest) -> QrSignIn | None:
    asked: Any = request.session.get(_ASKED)
    return QrSignIn.objects.filter(id=UUID(asked["id"])).first() if isinstance(asked, dict) else None


def _state(row: QrSignIn | None) -> str:
    """asked | confirmed | refused | over."""
    if row is None or row.expires_at <= now() or row.state == "used":
        return "over"
    return row.state


def _numbers(right: str) -> list[str]:
    """The right number among two others, in a row that tells nothing."""
    found = {right}
    while len(found) < 3:
        found.add(f"{secrets.randbelow(90) + 10}")
    return sorted(found)


def _picture(url: str) -> str:
    return f"data:image/svg+xml;utf8,{quote(drawing.svg(url, module=5, quiet=4, light='#fff'))}"


def device_of(request: HttpRequest) -> str:
    """What the browser says it is, in a few words; never its whole line."""
    line = request.headers.get("User-Agent", "")[:400]
    systems = (("Android", "Android"), ("iPhone|iPad", "iOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
               ("UOS|Kylin|Linux", "Linux"))  # fmt: skip
    browsers = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"),
                ("Safari", "Safari"))  # fmt: skip
    system = next((name for pattern, name in systems if re.search(pattern, line)), "")
    browser = next((name for pattern, name in browsers if re.search(pattern, line)), "")
    return " · ".join(part for part in (system, browser) if part) or _("未知设备")


def _hidden(address: str) -> str:
    """A network address without its last part: enough to compare, too little to follow."""
    if "." in address:
        return address.rpartition(".")[0] + ".*"
    return address.split("::")[0] + "::*" if ":" in address else address
