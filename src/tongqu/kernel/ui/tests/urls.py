"""A few pages that go wrong on purpose."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tongqu.kernel.acts.errors import (
    Conflict,
    Invalid,
    LoginNeeded,
    NotFound,
    NotPermitted,
    Refused,
    TongquError,
    Unavailable,
)
from tongqu.kernel.ui import pages
from tongqu.kernel.ui.pages import page

ERRORS: dict[str, TongquError] = {
    "conflict": Conflict(),
    "refused": Refused(rule="L7@行政许可法-2019"),
    "missing": NotFound(),
    "forbidden": NotPermitted(),
    "invalid": Invalid(fields={"area": "请填写面积"}),
    "unavailable": Unavailable(),
    "login": LoginNeeded(),
}


@csrf_exempt
@page()
def wrong(request: HttpRequest, kind: str) -> HttpResponse:
    raise ERRORS[kind]


@page()
def form(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        raise Invalid(fields={"name": "请填写名称"})
    return HttpResponse("form")


@form.invalid
def form_again(request: HttpRequest, error: Invalid) -> HttpResponse:
    return HttpResponse(f"again {error.fields['name']} {request.POST['name']}")


@page(login=1)
def members(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"members {pages.idempotency_key(request) if request.method == 'POST' else ''}")


@page(login=1, restores=True)
def restoring(request: HttpRequest) -> HttpResponse:
    kept = pages.posted(request)
    return HttpResponse(f"restored {kept['name'] if kept else ''}")


def crash(request: HttpRequest, **_rest: str) -> HttpResponse:
    raise RuntimeError("a secret detail")


def api(request: HttpRequest, kind: str) -> HttpResponse:
    raise ERRORS[kind]


urlpatterns = [
    path("", include("tongqu.kernel.ui.urls")),
    path("account/login", form, name="account_login"),
    path("wrong/<str:kind>", wrong),
    path("form", form),
    path("members", members),
    path("restoring", restoring),
    path("crash", crash),
    path("api/crash", crash),
    path("api/<str:kind>", api),
]
handler400 = "tongqu.kernel.ui.views.bad_request"
handler403 = "tongqu.kernel.ui.views.forbidden"
handler404 = "tongqu.kernel.ui.views.not_found"
handler500 = "tongqu.kernel.ui.views.crashed"
