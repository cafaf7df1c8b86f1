"""What identity adds to the menus: signing in and out, the account."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.identity.operations import records
from tongqu.kernel.ui import navigation


def fill() -> None:
    navigation.add(
        "staff", key="register", label=_("当事人登记"), url="register", icon="user", shown=_registers, order=30
    )
    navigation.add("account", key="sign-in", label=_("登录"), url="account_login", icon="user", shown=_guest, order=10)
    navigation.add("account", key="register", label=_("注册"), url="account_signup", shown=_guest, order=20)
    navigation.add("account", key="account", label=_("我的账号"), url="my_account", icon="user", shown=_known, order=80)
    navigation.add("account", key="sign-out", label=_("退出"), url="account_logout", shown=_known, order=90)


def _registers(request: HttpRequest) -> bool:
    return records.may_register(request.actor)  # type: ignore[attr-defined]


def _known(request: HttpRequest) -> bool:
    return bool(request.user.is_authenticated)


def _guest(request: HttpRequest) -> bool:
    return not _known(request)
