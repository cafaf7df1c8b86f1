"""The entries of the services room in the public menu."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.ui import navigation


def _signed_in(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated) and getattr(request.user, "kind", "") == "person"


def _receives(request: HttpRequest) -> bool:
    return request.actor.units_for("cases.receive") != frozenset()  # type: ignore[attr-defined, no-any-return]


def add_all() -> None:
    navigation.add(
        "staff", key="counter", label=_("窗口收件"), url="services:counter", icon="store", order=10, shown=_receives
    )
    navigation.add(
        "staff", key="daybook", label=_("窗口日志"), url="services:counter_daybook", icon="calendar", order=11,
        shown=_receives,
    )  # fmt: skip
    navigation.add(
        "staff", key="shift", label=_("上班交班"), url="services:counter_shift", icon="people", order=12,
        shown=_receives,
    )  # fmt: skip
    navigation.add("public", key="services", label=_("办事"), url="services:index", icon="apply", order=20)
    navigation.add("public", key="mine", label=_("我的办件"), url="services:mine", icon="inbox", order=30)
    navigation.add("public", key="decisions", label=_("公示"), url="services:decisions", icon="list", order=40)
    navigation.add(
        "account", key="licences", label=_("我的电子证照"), url="services:licences", order=85, shown=_signed_in
    )
