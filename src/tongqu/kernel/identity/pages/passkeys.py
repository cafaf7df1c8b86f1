"""The login library's passkey forms: our words; no answer of a browser, however broken, that is not simply refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm as BaseReauthenticate
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy

from tongqu.kernel.identity.pages.forms import relabel

# What the library and the one beneath it raise at answers that no browser makes.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, AssertionError, InvalidSignature, UnsupportedAlgorithm)
NAME_LENGTH = 40
_ANSWER_LENGTH = 20_000  # characters


def _checked(check: Callable[[], Any]) -> Any:
    """What `check` finds. Raises ValidationError for a forged, replayed or broken answer."""
    try:
        return check()
    except ValidationError:
        raise get_adapter().validation_error("incorrect_passkey") from None
    except _BROKEN:
        raise get_adapter().validation_error("incorrect_passkey") from None


class Answer(forms.JSONField):
    """What the browser made of a challenge: a JSON object of reasonable size."""

    def __init__(self) -> None:
        missing = gettext_lazy("浏览器没有给出通行密钥：请允许运行脚本后重试，或用其他方式")
        super().__init__(required=True, widget=forms.HiddenInput, error_messages={"required": missing})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > _ANSWER_LENGTH:
            raise get_adapter().validation_error("incorrect_passkey")
        try:
            found = super().to_python(value)
        except (ValueError, RecursionError):  # numbers of thousands of digits, thousands of brackets
            raise get_adapter().validation_error("incorrect_passkey") from None
        if found is not None and not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_passkey")
        return found


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """Every passkey here signs in by itself, so the device must have asked who holds it."""

    credential = Answer()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        relabel(self, name=gettext_lazy("给它起个名字"))
        self.fields["name"].help_text = gettext_lazy("例如“我的手机”，方便以后辨认")
        self.fields["name"].validators.append(MaxLengthValidator(NAME_LENGTH))

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["passwordless"] = True
        if self.errors:  # a name that is too long: keep the challenge for the next try
            kept: dict[str, Any] = self.cleaned_data
            return kept
        found: dict[str, Any] = _checked(super().clean)
        return found


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        relabel(self, name=gettext_lazy("名字"))
        self.fields["name"].validators.append(MaxLengthValidator(NAME_LENGTH))


class UsePasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = Answer()

    def clean_credential(self) -> Any:
        return _checked(super().clean_credential)


class LoginPasskeyForm(LoginWebAuthnForm):  # type: ignore[misc]
    credential = Answer()

    def clean_credential(self) -> Any:
        return _checked(super().clean_credential)


class ConfirmPasskeyForm(BaseReauthenticate):  # type: ignore[misc]
    credential = Answer()

    def clean_credential(self) -> Any:
        return _checked(super().clean_credential)
