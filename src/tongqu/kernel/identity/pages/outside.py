"""Signing in with an account elsewhere: off to the provider, back with what it says, and out of there again.

The same pages serve three wishes: to sign in, to confirm once more that it is oneself, and the real-name check.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid, NotFound, Text, TongquError, TooOften
from tongqu.kernel.identity import operations, tries
from tongqu.kernel.identity.actors import OUTSIDE, actor_of, attach
from tongqu.kernel.identity.models import OutsideLogin
from tongqu.kernel.identity.outside import protocol, reading
from tongqu.kernel.identity.outside.reading import Seen
from tongqu.kernel.identity.outside.settings import CONFIRM, SIGN_IN, Provider, UnknownProvider, provider
from tongqu.kernel.identity.pages import onward
from tongqu.kernel.identity.ports import Verified
from tongqu.kernel.ui.pages import flash, page

log = logging.getLogger(__name__)
ASKED = "outside_asked"  # session: what this browser left with
LEAVING = "outside_leaving"  # session, after signing out: where to sign out at the provider
SIGNED_IN = "outside_signed_in"  # session: for signing out at the provider too
MOST, TEN_MINUTES = 30, 600


@page()
@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """GET says where it leads, POST leaves: to sign in, or, for who is signed in, to show that it is he again."""
    one, account_id = _provider(code), actor_of(request).account_id
    again = account_id is not None
    if account_id and not OutsideLogin.objects.filter(account_id=account_id, provider=code).exists():
        return HttpResponseRedirect(onward.safe(request))
    if request.method == "GET":
        context = {"provider": one, "again": again, "next": onward.safe(request)}
        return render(request, "identity/outside/begin.html", context)
    if not tries.one_more("outside", tries.address(request), most=MOST, seconds=TEN_MINUTES):
        raise TooOften()
    back_to = f"{settings.TQ_PUBLIC_URL}{reverse('outside_back', args=[code])}"
    asked, address = reading.in_words(one, partial(protocol.begin, one, back_to, again=again))
    request.session[ASKED] = {
        "provider": code, "use": "again" if again else SIGN_IN, "asked": asked.as_json(), "next": onward.safe(request)
    }  # fmt: skip
    return leave(request, one.label, address)


@page()
@never_cache
@require_GET
def back(request: HttpRequest, code: str) -> HttpResponse:
    """The provider has sent the browser back: sign it in, with a new session."""
    one = _provider(code)
    kept = request.session.pop(ASKED, None)
    onto = onward.checked(request, str(kept.get("next", "")) if isinstance(kept, dict) else "", "/")
    try:
        seen = _seen(request, one, kept, uses={SIGN_IN, "again"})
        if kept["use"] == "again":
            return _confirmed(request, seen, onto)
        account = operations.sign_in_outside(actor_of(request), seen=seen)
    except TongquError as error:
        context = {"error": error, "provider": one, "next": onto}
        return render(request, "identity/outside/failed.html", context, status=error.status)
    record_authentication(request, account, method=OUTSIDE, provider=code, strength=seen.strength)
    response: HttpResponse = perform_login(request, Login(user=account, redirect_url=onto))
    if request.user.is_authenticated:
        request.session[SIGNED_IN] = {"provider": code, "token": seen.id_token}
    return response


@page(login=PASSWORD)
@require_POST
def unlink(request: HttpRequest, login_id: UUID) -> HttpResponse:
    """Take the tie away."""
    operations.unlink_outside(actor_of(request), login_id=login_id)
    flash(request, _("已取消关联，以后不能再用它登录这个账号。"))
    return HttpResponseRedirect(reverse("my_account"))


class OutsideRealName:
    """The real-name check by a provider's login: answers the port `RealNameProvider`."""

    def __init__(self, one: Provider) -> None:
        self._one = one

    @property
    def label(self) -> Text:
        return self._one.label

    def begin(self, request: HttpRequest, *, return_to: str) -> str:
        back_to = f"{settings.TQ_PUBLIC_URL}{return_to}"
        asked, address = reading.in_words(self._one, partial(protocol.begin, self._one, back_to))
        request.session[ASKED] = {"provider": self._one.code, "use": CONFIRM, "asked": asked.as_json()}
        return address

    def finish(self, request: HttpRequest) -> Verified:
        seen = _seen(request, self._one, request.session.pop(ASKED, None), uses={CONFIRM})
        if seen.person is None:
            raise Invalid(
                _("%(provider)s这次没有核验您的真实身份") % {"provider": self._one.label}, code="outside-weak",
                remedy=_("请用实名的方式登录后再试"),
            )  # fmt: skip
        return seen.person


def leave(request: HttpRequest, label: Text, address: str, *, out: bool = False) -> HttpResponse:
    """A page that goes on to another site by itself: a form may not be answered with another site's address."""
    return render(request, "identity/outside/leave.html", {"label": label, "address": address, "out": out})


@page()
@never_cache
@require_GET
def out(request: HttpRequest) -> HttpResponse:
    """Signed out here; the provider's turn, where it offers that."""
    kept = request.session.pop(LEAVING, None)
    if not isinstance(kept, list):
        return HttpResponseRedirect("/")
    return leave(request, kept[0], kept[1], out=True)


def signed_in_elsewhere(request: HttpRequest) -> bool:
    return isinstance(request.session.get(SIGNED_IN), dict)


def sign_out_elsewhere(request: HttpRequest) -> list[str] | None:
    """[its name, where to end the session there], for a browser that signed in there; None for any other."""
    kept = request.session.get(SIGNED_IN)
    if not isinstance(kept, dict):
        return None
    try:
        one = provider(kept.get("provider", ""), SIGN_IN)
    except UnknownProvider:
        return None
    address = protocol.sign_out_address(one, id_token=str(kept.get("token", "")), back=f"{settings.TQ_PUBLIC_URL}/")
    return [one.label, address] if address else None


def _provider(code: str) -> Provider:
    try:
        return provider(code, SIGN_IN)
    except UnknownProvider:
        raise NotFound() from None


def _seen(request: HttpRequest, one: Provider, kept: Any, *, uses: set[str]) -> Seen:
    """What the provider established, once the answer fits what this browser asked. Raises Invalid, Unavailable."""
    if not isinstance(kept, dict) or kept.get("provider") != one.code or kept.get("use") not in uses:
        raise Invalid(_("这次登录已经过期或者用过了"), code="outside-late", remedy=_("请重新登录一次"))
    query = {name: request.GET.get(name, "")[:4000] for name in request.GET}
    told = reading.in_words(one, partial(protocol.finish, one, protocol.Asked(**kept["asked"]), query))
    return reading.seen(one, told)


def _confirmed(request: HttpRequest, seen: Seen, onto: str) -> HttpResponse:
    """Who is signed in has signed in there anew, with the account that is tied to this one."""
    actor = actor_of(request)
    if actor.account_id is None or operations.outside_account(seen) != actor.account_id:
        raise Invalid(_("这不是与当前账号关联的登录"), code="outside-other", remedy=_("请换成关联的账号再试"))
    record_authentication(
        request, request.user, method=OUTSIDE, provider=seen.provider, strength=seen.strength, reauthenticated=True
    )  # fmt: skip
    attach(request)
    return resume_request(request) or HttpResponseRedirect(onto)
