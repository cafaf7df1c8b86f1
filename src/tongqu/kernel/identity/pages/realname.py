"""The real-name check: off to the provider, back with who one is. For the demonstration, the provider's page too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import NotFound, TongquError, Unavailable
from tongqu.kernel.identity import demo_providers, operations
from tongqu.kernel.identity.actors import actor_of, attach
from tongqu.kernel.identity.operations.records import settled_note
from tongqu.kernel.identity.pages import onward
from tongqu.kernel.identity.pages.forms import RealNameForm
from tongqu.kernel.identity.pages.outside import leave
from tongqu.kernel.identity.ports import RealNameProvider
from tongqu.kernel.ui.pages import flash, page

_NEXT = "real_name_next"


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """GET explains, POST leaves for the provider."""
    account = _citizen(request)
    onto = onward.safe(request, reverse("my_account"))
    if account.real_name_at is not None:
        return HttpResponseRedirect(onto)
    try:
        provider = ports.adapter(RealNameProvider)  # type: ignore[type-abstract]
    except ports.PortMissing:
        raise Unavailable(_("本站尚未接入实名认证服务，请到政务服务窗口办理实名认证")) from None
    if request.method == "GET":
        return render(request, "identity/real_name.html", {"provider": provider.label, "next": onto})
    address = provider.begin(request, return_to=reverse("real_name_return"))
    request.session[_NEXT] = onto
    return HttpResponseRedirect(address) if address.startswith("/") else leave(request, provider.label, address)


@page(login=PASSWORD)
@never_cache
@require_http_methods(["GET"])
def back(request: HttpRequest) -> HttpResponse:
    """The provider has sent the browser back."""
    account = _citizen(request)
    onto = onward.checked(request, str(request.session.pop(_NEXT, "")), reverse("my_account"))
    if account.real_name_at is None:
        try:
            verified = ports.adapter(RealNameProvider).finish(request)  # type: ignore[type-abstract]
            operations.verify_real_name(actor_of(request), account_id=account.id, verified=verified)
        except TongquError as error:
            context = {"error": error, "next": onto}
            return render(request, "identity/real_name_failed.html", context, status=error.status)
        account.refresh_from_db()
        attach(request)
        flash(request, _("实名认证已完成。"))
    return HttpResponseRedirect(onto)


@page(login=PASSWORD)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def demo(request: HttpRequest) -> HttpResponse:
    """The demonstration's provider: believes what is typed, once the check digits hold."""
    account = _citizen(request)
    if not demo_providers.asked(request):
        return HttpResponseRedirect(reverse("real_name"))
    form = RealNameForm(request.POST or None, initial={"name": account.name, "id_kind": "citizen_id"})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if note := settled_note(request.POST.get("name", "")):
            flash(request, note)
        given = {field: data[field] for field in ("name", "id_kind", "id_no", "country")}
        return HttpResponseRedirect(demo_providers.answered(request, **given))
    status = 422 if form.is_bound else 200
    return render(request, "identity/demo_real_name.html", {"form": form}, status=status)


def _citizen(request: HttpRequest) -> Any:
    """The account, which must be a citizen's. Raises NotFound for staff."""
    user: Any = request.user
    if user.is_staff_member:
        raise NotFound()
    return user
