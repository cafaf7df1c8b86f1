"""One field: from what was typed to its value, or a sentence that says what is wrong and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.ui.forms import cleaning
from tongqu.kernel.ui.forms.conditions import Value

LENGTHS = {"text": 200, "textarea": 2000, "email": 254}
WHOLE_DIGITS, DECIMALS = 15, 6
YEARS = range(1850, 2201)

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?")
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))")
_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:\+?86)?(0\d{2,3})-?(\d{7,8})(?:-(\d{1,6}))?")
_REGION = re.compile(r"\d{12}")


class Wrong(ValueError):
    """What is wrong with a field, as a sentence for people."""


def read(
    field: Mapping[str, Any], typed: Sequence[str], *, label: str, unit: str = "", offered: Sequence[str] = ()
) -> Value:
    """The value of one field, "" or [] when empty. `offered` are the values one may choose. Raises Wrong."""
    widget = field["widget"]
    if widget == "checkboxes":
        return _several(typed, label, offered)
    raw = typed[-1] if typed else ""
    if widget in {"radio", "select"} or (widget == "region" and offered):
        return _one_of(raw, label, offered)
    return _READERS[widget](raw[: cleaning.RAW_LIMIT], field, label, unit)


def _several(typed: Sequence[str], label: str, offered: Sequence[str]) -> list[str]:
    chosen = {t for t in typed if t}
    if not chosen <= set(offered):
        raise Wrong(_("“%(label)s”中有不在所列范围内的选择，请重新选择") % {"label": label})
    return [value for value in offered if value in chosen]


def _one_of(raw: str, label: str, offered: Sequence[str]) -> str:
    if raw and raw not in offered:
        raise Wrong(_("“%(label)s”的选择不在所列范围内，请重新选择") % {"label": label})
    return raw


def _words(raw: str, field: Mapping[str, Any], label: str, unit: str) -> str:
    try:
        value = cleaning.many_lines(raw) if field["widget"] == "textarea" else cleaning.one_line(raw)
    except cleaning.Unreadable:
        raise Wrong(_("“%(label)s”含有无法显示的字符，请删除后重新输入") % {"label": label}) from None
    most = field.get("max_length") or LENGTHS.get(field["widget"], 200)
    if len(value) > most:
        raise Wrong(
            _("“%(label)s”最多 %(most)s 个字，现在有 %(n)s 个，请删减")
            % {"label": label, "most": most, "n": len(value)}
        )
    return value


def _number(raw: str, field: Mapping[str, Any], label: str, unit: str) -> str:
    plain = cleaning.plain_digits(raw)
    if not plain:
        return ""
    if not _NUMBER.fullmatch(plain) or not plain.isascii():
        raise Wrong(_("“%(label)s”应填数字，例如 48.5") % {"label": label})
    try:
        value = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        raise Wrong(_("“%(label)s”应填数字，例如 48.5") % {"label": label}) from None
    whole, _dot, part = plain.replace(",", "").lstrip("+-").partition(".")
    if len(whole.lstrip("0")) > WHOLE_DIGITS or len(part.rstrip("0")) > DECIMALS:
        raise Wrong(_("“%(label)s”的数字过长，请核对后重新填写") % {"label": label})
    if (least := field.get("min")) is not None and value < Decimal(str(least)):
        raise Wrong(
            _("“%(label)s”不能小于 %(bound)s%(unit)s") % {"label": label, "bound": least, "unit": _spaced(unit)}
        )
    if (most := field.get("max")) is not None and value > Decimal(str(most)):
        raise Wrong(_("“%(label)s”不能大于 %(bound)s%(unit)s") % {"label": label, "bound": most, "unit": _spaced(unit)})
    short = format(value.normalize(), "f")
    return "0" if short in {"-0", "+0"} else short


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""


def _day(raw: str, field: Mapping[str, Any], label: str, unit: str) -> str:
    plain = cleaning.plain_digits(raw)
    if not plain:
        return ""
    if found := _DATE.fullmatch(plain):
        year, *parts = (int(part) for part in found.groups() if part)
        try:
            value = date(year, parts[0], parts[1])
        except ValueError:
            pass
        else:
            if year in YEARS:
                return value.isoformat()
    raise Wrong(_("“%(label)s”应填真实的日期，例如 2026-11-20") % {"label": label})


def _phone(raw: str, field: Mapping[str, Any], label: str, unit: str) -> str:
    plain = cleaning.plain_digits(raw).replace("(", "").replace(")", "-").replace("—", "-").replace("–", "-")
    if not plain:
        return ""
    if plain.isascii():
        if mobile := _MOBILE.fullmatch(plain.replace("-", "")):
            return mobile.group(1)
        if land := _LANDLINE.fullmatch(plain):
            return "-".join(part for part in land.groups() if part)
    raise Wrong(_("“%(label)s”应填 11 位手机号码，或带区号的固定电话，例如 0571-00000000") % {"label": label})


def _region(raw: str, field: Mapping[str, Any], label: str, unit: str) -> str:
    plain = cleaning.plain_digits(raw)
    if plain and not (_REGION.fullmatch(plain) and plain.isascii()):
        raise Wrong(_("请从列表中选择“%(label)s”") % {"label": label})
    return plain


_READERS: dict[str, Callable[[str, Mapping[str, Any], str, str], str]] = {
    "text": _words, "textarea": _words, "number": _number, "date": _day, "phone": _phone, "region": _region,
}  # fmt: skip
