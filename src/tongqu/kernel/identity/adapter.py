"""Where the login library meets the house: its changes become operations, its secrets are encrypted, its words ours."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.stages import PhoneVerificationStage
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.foundation import crypto, qr
from tongqu.kernel.acts import keys, ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Unavailable
from tongqu.kernel.identity import operations, vault
from tongqu.kernel.identity.actors import actor_for, actor_of, attach
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations.accounts import phone_of
from tongqu.kernel.identity.operations.records import settled_note
from tongqu.kernel.identity.outside.settings import SIGN_IN, providers
from tongqu.kernel.identity.pages import outside
from tongqu.kernel.identity.pages.forms import PhoneField
from tongqu.kernel.identity.ports import CodeSender

_MISMATCH = gettext_lazy("登录名、手机号码或密码不正确")


class PhoneStage(PhoneVerificationStage):  # type: ignore[misc]
    """Registering asks for a verified number; staff and accounts opened at a counter sign in without one."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user is not None and self.login.user.phone_box is None:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts by login name or phone. Who does not hold a number never learns whether it is registered."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _MISMATCH,
        "phone_password_mismatch": _MISMATCH,
        "email_password_mismatch": _MISMATCH,
        "too_many_login_attempts": gettext_lazy("尝试次数过多，请稍后再试"),
        "rate_limited": gettext_lazy("操作过于频繁，请稍后再试"),
        "account_inactive": gettext_lazy("这个账号已停用"),
        "enter_current_password": gettext_lazy("当前密码不正确"),
        "incorrect_password": gettext_lazy("密码不正确"),
        "incorrect_code": gettext_lazy("验证码不正确"),
        "same_as_current": gettext_lazy("新的手机号码不能与现在的相同"),
        "phone_taken": gettext_lazy("这个手机号码不能使用，请更换"),
    }

    # --- what changes state is an operation --------------------------------------------------------------------------

    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:
        data = form.cleaned_data
        if note := settled_note(form.data.get("name", "")):
            messages.info(request, note, fail_silently=True)
        nobody = Actor(tenant_id=UUID(settings.TQ_TENANT_ID))
        made: Account = operations.register_account(
            nobody, name=data["name"], phone=data["phone"], password_hash=make_password(data["password1"])
        )
        return made

    def set_password(self, user: Account, password: str) -> None:
        user.password = make_password(password)
        operations.change_password(actor_for(user), account_id=user.id, password_hash=user.password)

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        attach(request)
        ways = [str(one.get("method")) for one in get_authentication_records(request, user)]
        operations.note_sign_in(actor_of(request), account_id=user.id, ways=ways)

    def logout(self, request: HttpRequest) -> None:
        elsewhere = outside.sign_out_elsewhere(request)
        super().logout(request)
        attach(request)
        if elsewhere:
            request.session[outside.LEAVING] = elsewhere

    # --- phones ------------------------------------------------------------------------------------------------------

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        return PhoneField(**kwargs)

    def get_user_by_phone(self, phone: str) -> Account | None:
        """Only a verified number signs in; one that somebody merely typed must not shut out its owner."""
        return Account.objects.filter(phone_index=vault.index_of("phone", phone), phone_verified=True).first()

    def get_phone(self, user: Account) -> tuple[str, bool] | None:
        return (phone_of(user), user.phone_verified) if user.phone_box is not None else None

    def set_phone(self, user: Account, phone: str, verified: bool) -> None:
        """`save_user` has stored the number already; allauth asks once more, and when somebody mistyped it."""
        if user.phone_index != vault.index_of("phone", phone):
            operations.change_phone(actor_for(user), account_id=user.id, phone=phone)
            user.refresh_from_db(fields=["phone_box", "phone_index", "phone_verified"])

    def set_phone_verified(self, user: Account, phone: str) -> None:
        operations.verify_phone(actor_for(user), account_id=user.id, phone=phone)
        user.refresh_from_db(fields=["phone_box", "phone_index", "phone_verified"])

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Registering needs somebody who sends codes to phones."""
        return _code_sender() is not None

    def send_verification_code_sms(self, user: Account, phone: str, code: str, **kwargs: Any) -> None:
        text = _("您的验证码是 %(code)s，15 分钟内有效。如非本人操作，请忽略本短信。") % {"code": code}
        _send(self.request, phone, text)

    def send_account_already_exists_sms(self, phone: str) -> None:
        text = _("您的手机号码已注册过账号，请直接登录。如非本人操作，请忽略本短信。")
        _send(self.request, phone, text)

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        """Codes are sent to registered numbers only, and nobody is told which those are."""

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed tries are counted for each login name or number (the library forgets numbers), hashed in the cache."""
        login = credentials.get("username") or credentials.get("phone") or ""
        return vault.index_of("login", str(login).strip().lower())

    def get_login_stages(self) -> list[str]:
        ours = f"{PhoneStage.__module__}.{PhoneStage.__qualname__}"
        return [ours if path.endswith(".PhoneVerificationStage") else path for path in super().get_login_stages()]

    # --- signing in elsewhere ----------------------------------------------------------------------------------------

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Who signed in elsewhere signs out there as well: on a computer that others use, a session left there would
        let the next one in."""
        if outside.signed_in_elsewhere(request):
            return reverse("outside_out")
        return str(super().get_logout_redirect_url(request))

    def get_reauthentication_methods(self, user: Account) -> list[dict[str, Any]]:
        codes = {one.code: one for one in providers(SIGN_IN)}
        tied = user.outside_logins.filter(provider__in=codes).values_list("provider", flat=True) if codes else ()
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return ways + [
            {"id": code, "description": codes[code].label, "url": reverse("outside_begin", args=[code])}
            for code in tied
        ]  # fmt: skip

    # --- where to go -------------------------------------------------------------------------------------------------

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user: Any = request.user
        return settings.TQ_STAFF_HOME if user.is_staff_member else super().get_login_redirect_url(request)

    def post_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse:
        if kwargs.get("signup"):
            onward = kwargs.get("redirect_url") or ""
            query = f"?{urlencode({'next': onward})}" if onward else ""
            kwargs["redirect_url"] = reverse("real_name") + query
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and recovery seeds lie encrypted; the QR code is drawn without inline styles."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("动态口令不正确"),
        "cannot_delete_authenticator": gettext_lazy("不能停用动态口令"),
        "incorrect_passkey": gettext_lazy("通行密钥没有通过核验，请重新操作"),
    }

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.seal(_second_factor_key(), text.encode(), b"identity/second-factor")).decode()

    def decrypt(self, encrypted_text: str) -> str:
        box = base64.b64decode(encrypted_text)
        return crypto.open_(_second_factor_key(), box, b"identity/second-factor").decode()

    def build_totp_svg(self, url: str) -> str:
        return qr.svg(url, module=5, quiet=4, light="#fff")

    def generate_authenticator_name(self, user: Account, type: Any) -> str:
        return str(_("我的通行密钥"))

    def get_totp_label(self, user: Account) -> str:
        return user.username


def _code_sender() -> CodeSender | None:
    try:
        return ports.adapter(CodeSender)  # type: ignore[type-abstract]
    except ports.PortMissing:
        return None


def _send(request: HttpRequest, phone: str, text: str) -> None:
    """Raises Unavailable."""
    sender = _code_sender()
    if sender is None:
        raise Unavailable(_("本站尚未接入短信服务，暂时不能发送验证码"))
    sender.send(request, phone=phone, text=text)


def _second_factor_key() -> bytes:
    return keys.master("identity/second-factor")
