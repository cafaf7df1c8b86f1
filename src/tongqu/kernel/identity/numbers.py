"""Typed identifiers and contacts: reading what people type, the sentence when it is wrong, and how each is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.foundation import identifiers, permits
from tongqu.foundation.identifiers import IdentifierError
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Invalid, Text

LABELS: Mapping[str, Text] = {
    "citizen_id": gettext_lazy("居民身份证"),
    "cn_passport": gettext_lazy("中国护照"),
    "passport": gettext_lazy("外国护照"),
    "hm_permit": gettext_lazy("港澳居民来往内地通行证"),
    "tw_permit": gettext_lazy("台湾居民来往大陆通行证"),
    "hmt_residence": gettext_lazy("港澳台居民居住证"),
    "foreign_residence": gettext_lazy("外国人永久居留身份证"),
    "credit_code": gettext_lazy("统一社会信用代码"),
    "phone": gettext_lazy("手机号码"),
    "email": gettext_lazy("电子邮箱"),
}
OF_PERSONS = ("citizen_id", "hmt_residence", "hm_permit", "tw_permit", "foreign_residence", "passport", "cn_passport")
OF_A_COUNTRY = frozenset({"passport"})  # known only together with the issuing state
IDENTIFIERS = (*OF_PERSONS, "credit_code")
CONTACTS = ("phone", "email")
END_GROUNDS: Mapping[str, Text] = {
    "renewed": gettext_lazy("换发新证"),
    "lost": gettext_lazy("遗失"),
    "corrected": gettext_lazy("号码更正"),
    "void": gettext_lazy("注销或失效"),
}

_MASKED_AS = {
    "citizen_id": "citizen_id", "hmt_residence": "citizen_id", "foreign_residence": "citizen_id",
    "hm_permit": "permit", "tw_permit": "permit", "passport": "passport", "cn_passport": "passport",
    "credit_code": "credit_code", "phone": "mobile", "email": "email",
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


def country_of(kind: str, text: str, *, field: str) -> str:
    """The issuing state's code for a passport, "" for other papers and where nobody said. Raises Invalid."""
    if kind not in OF_A_COUNTRY:
        return ""
    try:
        code = permits.country(text)
    except IdentifierError:
        raise Invalid(
            _("签发国家或地区请填写护照上的三位字母代码，例如 USA、JPN"), code="passport-country", field=field
        ) from None
    if code in {"CHN", "HKG", "MAC"}:
        raise Invalid(_other_kind("cn_passport"), code="passport-other-kind", field=field)
    return code


def born_from(kind: str, text: str) -> date | None:
    """The birth date that a valid number carries, None for papers that carry none."""
    if kind in {"citizen_id", "hmt_residence"}:
        return identifiers.citizen_id(text).birth_date
    return permits.foreign_residence(text).birth_date if kind == "foreign_residence" else None


def _dated(read: Callable[..., identifiers.Numbered]) -> Callable[[str], str]:
    return lambda text: str(read(text, on=today().date()))


def _email(text: str) -> str:
    address = unicodedata.normalize("NFKC", text).strip().lower()
    if not address:
        raise IdentifierError("empty")
    if not _EMAIL.fullmatch(address):
        raise IdentifierError("characters")
    return address


_READERS: Mapping[str, Callable[[str], str]] = {
    "citizen_id": _dated(permits.resident_id),
    "hmt_residence": _dated(permits.residence_permit),
    "hm_permit": lambda text: str(permits.hong_kong_macao_pass(text)),
    "tw_permit": lambda text: str(permits.taiwan_pass(text)),
    "foreign_residence": _dated(permits.foreign_residence),
    "passport": lambda text: str(permits.passport(text)),
    "cn_passport": lambda text: str(permits.cn_passport(text)),
    "credit_code": lambda text: str(identifiers.credit_code(text)),
    "phone": lambda text: str(identifiers.mobile_no(text)),
    "email": _email,
}
_FORMS: Mapping[str, Text] = {
    "citizen_id": gettext_lazy("18 位，最后一位可以是 X"),
    "hmt_residence": gettext_lazy("18 位，以 810000、820000 或 830000 开头"),
    "hm_permit": gettext_lazy("字母 H 或 M 加 8 位数字"),
    "tw_permit": gettext_lazy("8 位数字"),
    "foreign_residence": gettext_lazy("18 位，以 9 开头；旧证为 3 位字母加 12 位数字"),
    "passport": gettext_lazy("5 至 20 位字母和数字，不含空格"),
    "cn_passport": gettext_lazy("字母 E、G、P、S、D 等开头，共 8 至 10 位"),
    "credit_code": gettext_lazy("18 位数字和大写字母，不含 I、O、S、V、Z"),
    "phone": gettext_lazy("11 位，以 1 开头"),
    "email": gettext_lazy("例如 name@example.cn"),
}


def form_of(kind: str) -> Text:
    """What such a number looks like, for a hint under the field."""
    return _FORMS[kind]


def _other_kind(kind: str) -> str:
    return _("这像是%(label)s的号码，请改选这一证件类型") % {"label": LABELS[kind]}


def _sentence(kind: str, error: IdentifierError) -> str:
    label = {"label": LABELS[kind]}
    if error.code == "empty":
        return (_("请填写%(label)s号码") if kind in OF_PERSONS else _("请填写%(label)s")) % label
    if error.code == "other-kind":
        return _other_kind(error.facts["kind"])
    if error.code == "length":
        return _("%(label)s应为 %(expected)s 位，您填写了 %(found)s 位") % {**label, **error.facts}
    if error.code == "check":
        return _("%(label)s的校验位不正确，请核对是否填错") % label
    if error.code in {"birth-date", "birth-in-future"}:
        return _("%(label)s中的出生日期不正确，请核对是否填错") % label
    return _("%(label)s的格式不正确，应为：%(form)s") % {**label, "form": _FORMS[kind]}
