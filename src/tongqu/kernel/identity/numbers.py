"""Typed identifiers and contacts: reading what people type, the sentence when it is wrong, and how each is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.foundation import identifiers
from tongqu.foundation.identifiers import IdentifierError
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Invalid, Text

LABELS: Mapping[str, Text] = {
    "citizen_id": gettext_lazy("居民身份证"),
    "passport": gettext_lazy("护照"),
    "hm_permit": gettext_lazy("港澳居民来往内地通行证"),
    "tw_permit": gettext_lazy("台湾居民来往大陆通行证"),
    "hmt_residence": gettext_lazy("港澳台居民居住证"),
    "foreign_residence": gettext_lazy("外国人永久居留身份证"),
    "credit_code": gettext_lazy("统一社会信用代码"),
    "phone": gettext_lazy("手机号码"),
    "email": gettext_lazy("电子邮箱"),
}
OF_PERSONS = ("citizen_id", "hmt_residence", "hm_permit", "tw_permit", "foreign_residence", "passport")
IDENTIFIERS = (*OF_PERSONS, "credit_code")
CONTACTS = ("phone", "email")

_MASKED_AS = {
    "citizen_id": "citizen_id", "hmt_residence": "citizen_id", "foreign_residence": "citizen_id",
    "hm_permit": "permit", "tw_permit": "permit", "passport": "passport", "credit_code": "credit_code",
    "phone": "mobile", "email": "email",
}  # fmt: skip
_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]{1,64}@(?=.{4,190}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def clean(kind: str, text: str, *, field: str) -> str:
    """The one stored form of a number. Raises Invalid whose sentence belongs to the form field `field`."""
    try:
        return _READERS[kind](text)
    except IdentifierError as error:
        raise Invalid(_sentence(kind, error), code=f"{kind}-{error.code}", field=field) from None


def masked(kind: str, text: str) -> str:
    """How the number is shown to those who need not see it whole."""
    return identifiers.mask(_MASKED_AS[kind], text)


def is_sole_trader(credit_code: str) -> bool:
    """Whether a valid code is a 个体工商户's (92)."""
    return identifiers.credit_code(credit_code).kind == "sole_trader"


def _citizen(text: str) -> str:
    return str(identifiers.citizen_id(text, on=today().date()))


def _pattern(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read(text: str) -> str:
        number = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", text)).upper()
        if not number:
            raise IdentifierError("empty")
        if not compiled.fullmatch(number):
            raise IdentifierError("characters")
        return number

    return read


def _email(text: str) -> str:
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if not address:
        raise IdentifierError("empty")
    if not _EMAIL.fullmatch(address):
        raise IdentifierError("characters")
    return address


def _foreign_residence(text: str) -> str:
    """The card of 2023 has 18 digits, begins with 9 and keeps GB 11643's check; the older has 3 letters, 12 digits."""
    number = _pattern(r"[A-Z]{3}[0-9]{12}|9[0-9]{16}[0-9X]")(text)
    return number if len(number) == 15 else _citizen(number)


# Forms of the permits: 出入境管理; the residence permit for 港澳台 residents is numbered as GB 11643.
_READERS: Mapping[str, Callable[[str], str]] = {
    "citizen_id": _citizen,
    "hmt_residence": _citizen,
    "hm_permit": _pattern(r"[HM][0-9]{8}(?:[0-9]{2})?"),
    "tw_permit": _pattern(r"[0-9]{8}(?:[0-9]{2})?|[0-9]{10}[A-Z0-9]"),
    "foreign_residence": _foreign_residence,
    "passport": _pattern(r"[A-Z0-9]{5,17}"),
    "credit_code": lambda text: str(identifiers.credit_code(text)),
    "phone": lambda text: str(identifiers.mobile_no(text)),
    "email": _email,
}


def _sentence(kind: str, error: IdentifierError) -> str:
    label = {"label": LABELS[kind]}
    if error.code == "empty":
        return _("请填写%(label)s") % label
    if error.code == "length":
        return _("%(label)s应为 %(expected)d 位，您填写了 %(found)d 位") % {**label, **error.facts}
    if error.code == "check":
        return _("%(label)s的校验位不正确，请核对是否填错") % label
    if error.code in {"birth-date", "birth-in-future"}:
        return _("%(label)s中的出生日期不正确，请核对是否填错") % label
    return _("%(label)s的格式不正确，请核对是否填错") % label
