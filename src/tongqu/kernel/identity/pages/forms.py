"""The login library's forms: our fields, our words. Everything else about them is the library's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.app_settings import LoginMethod
from allauth.account.forms import ChangePasswordForm as BaseChangePassword
from allauth.account.forms import ChangePhoneForm as BaseChangePhone
from allauth.account.forms import LoginForm as BaseLogin
from allauth.account.forms import ReauthenticateForm as BaseReauthenticate
from allauth.account.forms import SignupForm as BaseSignup
from allauth.account.forms import VerifyPhoneForm as BaseVerifyPhone
from allauth.mfa.base.forms import AuthenticateForm as BaseAuthenticate
from allauth.mfa.base.forms import ReauthenticateForm as BaseReauthenticateCode
from allauth.mfa.totp.forms import ActivateTOTPForm as BaseActivateTOTP
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts.errors import Invalid, TongquError
from tongqu.kernel.identity import numbers
from tongqu.kernel.identity.operations import records

_PASSWORD_HELP = gettext_lazy("至少 10 个字符，不要使用常见密码。可以用几个不相干的词连起来，好记又难猜")
_AGAIN_HELP = gettext_lazy("再输入一遍同样的密码，以免打错")
_TOTP_HELP = gettext_lazy("手机上身份验证器显示的 6 位数字，约半分钟换一次")


class PhoneField(forms.CharField):
    """A mainland mobile number, cleaned to 11 digits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["label"] = gettext_lazy("手机号码")
        kwargs.setdefault("help_text", gettext_lazy("11 位手机号码，例如 19900000001；用来登录和接收验证码"))
        kwargs["widget"] = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"})
        kwargs.setdefault("max_length", 30)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text:
            return ""
        try:
            return numbers.clean("phone", text, field="phone")
        except Invalid as error:
            raise ValidationError(str(error.message)) from None


def relabel(form: forms.Form, **labels: Any) -> None:
    """Give fields their label; placeholders go, since a label that vanishes helps nobody."""
    for name, label in labels.items():
        if name in form.fields:
            form.fields[name].label = label
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = "" if "href" in str(field.help_text) or "<" in str(field.help_text) else field.help_text


class LoginForm(BaseLogin):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, login=gettext_lazy("登录名或手机号码"), password=gettext_lazy("密码"))
        self.fields["login"].help_text = gettext_lazy(
            "在网上注册的，填注册时的手机号码；窗口或单位给您开通的，填当时告诉您的登录名"
        )
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["login"].max_length = 60

    def user_credentials(self) -> dict[str, Any]:
        """The library would also try a phone number as a login name and note it in the session as one."""
        credentials: dict[str, Any] = super().user_credentials()
        if LoginMethod.PHONE in credentials:
            credentials.pop(LoginMethod.USERNAME, None)
            credentials[LoginMethod.PHONE] = numbers.clean("phone", credentials[LoginMethod.PHONE], field="login")
        return {str(getattr(key, "value", key)): value for key, value in credentials.items()}


class SignupForm(BaseSignup):  # type: ignore[misc]
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=200,
        help_text=gettext_lazy("与身份证件上的姓名一致，下一步实名认证时核对"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "phone", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, password1=gettext_lazy("设置密码"), password2=gettext_lazy("再次输入密码"))
        self.fields["password1"].help_text = _PASSWORD_HELP
        self.fields["password2"].help_text = _AGAIN_HELP

    def clean_name(self) -> str:
        try:
            return records.clean_name(self.cleaned_data["name"])
        except Invalid as error:
            raise ValidationError(str(error.message)) from None


class VerifyPhoneForm(BaseVerifyPhone):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, code=gettext_lazy("短信验证码"))
        self.fields["code"].help_text = gettext_lazy("刚刚收到的短信里的 6 位数字。没有收到，可以在下面重新发送")


class ChangePhoneForm(BaseChangePhone):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, phone=gettext_lazy("新的手机号码"))


class ChangePasswordForm(BaseChangePassword):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(
            self,
            oldpassword=gettext_lazy("当前密码"),
            password1=gettext_lazy("新密码"),
            password2=gettext_lazy("再次输入新密码"),
        )
        self.fields["oldpassword"].help_text = gettext_lazy("您现在登录用的密码")
        self.fields["password1"].help_text = _PASSWORD_HELP
        self.fields["password2"].help_text = _AGAIN_HELP


class ReauthenticateForm(BaseReauthenticate):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, password=gettext_lazy("密码"))
        self.fields["password"].help_text = gettext_lazy("您登录时用的密码")


class AuthenticateForm(BaseAuthenticate):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, code=gettext_lazy("动态口令"))
        self.fields["code"].help_text = gettext_lazy("打开身份验证器，输入 6 位数字；也可以输入一个备用码")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class ReauthenticateCodeForm(BaseReauthenticateCode):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, code=gettext_lazy("动态口令"))
        self.fields["code"].help_text = _TOTP_HELP


class ActivateTOTPForm(BaseActivateTOTP):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, code=gettext_lazy("动态口令"))
        self.fields["code"].help_text = _TOTP_HELP
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


def offer_papers(form: forms.Form) -> None:
    """Let `id_kind` choose among a person's papers; what is typed into `id_no` is not kept by the browser."""
    fields: Any = form.fields
    fields["id_kind"].choices = [(kind, numbers.LABELS[kind]) for kind in numbers.OF_PERSONS]
    fields["id_no"].widget.attrs["autocomplete"] = "off"


def take_errors(form: forms.Form, error: TongquError, renamed: Mapping[str, str]) -> None:
    """Show what an operation refused at its fields; `renamed`: the operation's name of a field → the form's."""
    for field, text in (error.fields or {"": error.message}).items():
        known = renamed.get(field, field)
        form.add_error(known if known in form.fields else None, str(text))


class RealNameForm(forms.Form):
    """What the demonstration's provider asks."""

    name = forms.CharField(
        label=gettext_lazy("姓名"),
        max_length=200,
        help_text=gettext_lazy("与证件上的完全一致；名字里有点的，写“·”，例如 阿卜杜·买买提"),
    )
    id_kind = forms.ChoiceField(label=gettext_lazy("证件类型"), choices=[])
    id_no = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        help_text=gettext_lazy("证件上的号码；居民身份证在有照片的一面，18 位，最后一位可能是 X"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_papers(self)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        try:
            data["name"] = records.clean_name(data.get("name", ""))
            data["country"] = numbers.country_of(
                data.get("id_kind", ""), data.get("country", ""), field="country"
            )  # fmt: skip
            if data.get("id_kind") in numbers.OF_A_COUNTRY and not data["country"]:
                self.add_error("country", _("请填写护照的签发国家或地区"))
            if data.get("id_kind") and data.get("id_no"):
                data["id_no"] = numbers.clean(data["id_kind"], data["id_no"], field="id_no")
        except Invalid as error:
            for field, text in error.fields.items():
                self.add_error(field, str(text))
        return data
