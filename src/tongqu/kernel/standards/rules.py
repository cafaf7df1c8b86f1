"""Does a value conform to its element? Pure: no database, no clock.

Values as forms keep them: text, code, date (YYYY-MM-DD) and region (12 digits) are strings; a number is a plain
decimal as a string ("48.5") or an int or Decimal; `codes` is a list of strings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongqu.foundation.identifiers import IdentifierError, credit_code, licence_no
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.standards.register import Element, code_set, element

# Han assigned after the Unicode version that CPython 3.11 knows: extensions H, I and J. Rare names use them.
_LATER_HAN = ((0x2EBF0, 0x2EE5D), (0x31350, 0x323AF), (0x323B0, 0x33479))
_MOST_MARKS = 3  # combining marks in a row: enough for any living script, too few to paint over a page
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,12})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REGION = re.compile(r"[1-9][0-9]{11}")
_PHONE = re.compile(r"1[3-9][0-9]{9}|0[0-9]{2,3}-?[1-9][0-9]{6,7}(?:-[0-9]{1,6})?|400-?[0-9]{3}-?[0-9]{4}")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")
_DOTS = dict.fromkeys(map(ord, "•‧∙⋅・･"), "·")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value: a stable code and a sentence for the person who typed it."""

    code: str
    message: Text


def check_value(of: str | Element, value: Any) -> Problem | None:
    """None when `value` conforms to the element. An absent value (None, "", []) conforms: whether it is needed is
    the form's question. Raises UnknownStandard for an unknown element code."""
    what = element(of) if isinstance(of, str) else of
    if value is None or value == "" or value == []:
        return None
    return _BY_TYPE[what.type](what, value)


def clean(of: str | Element, text: str) -> str:
    """What the person plainly meant: NFC, no blank ends, full-width digits and odd dashes made plain where the
    element is a number, date, phone, code or region. Never drops a character that carries meaning."""
    what = element(of) if isinstance(of, str) else of
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if what.type in {"integer", "decimal", "date", "region"} or what.check in {"phone", "credit_code", "licence_no"}:
        text = unicodedata.normalize("NFKC", text).translate(_DASHES).replace(" ", "")
        text = unicodedata.normalize("NFC", text)  # taking blanks out can bring a letter and its accent together
        if what.type in {"integer", "decimal"}:
            text = _plain_number(text.replace(",", ""))
        if what.check in {"credit_code", "licence_no"}:
            text = text.upper()
    elif what.check == "person_name":
        text = text.translate(_DOTS)
    return text


def hostile(text: str, *, lines: bool = False) -> Problem | None:
    """Characters that hide, reorder or break text, whatever the element. `lines`: line breaks are fine."""
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        if category in {"Cc", "Zl", "Zp"}:
            if not (lines and char == "\n"):
                return Problem("control-character", _("含有不可见的控制字符，请删除后重新填写"))
        elif category == "Cf":
            return Problem("invisible-character", _("含有不可见的或改变文字方向的字符，请删除后重新填写"))
        elif category == "Cs":
            return Problem("broken-character", _("含有不完整的字符，请重新填写"))
        elif category == "Co":
            return Problem("private-character", _("含有自造字，其他设备无法显示，请改用规范字或联系窗口办理"))
        elif category == "Cn" and not any(low <= ord(char) <= high for low, high in _LATER_HAN):
            return Problem("unassigned-character", _("含有无法识别的字符，请删除后重新填写"))
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MOST_MARKS:
            return Problem("too-many-marks", _("含有过多的附加符号，请删除后重新填写"))
    if not unicodedata.is_normalized("NFC", text):
        return Problem("not-normalised", _("含有未规范化的字符，请重新填写"))
    return None


def _check_text(what: Element, value: Any) -> Problem | None:
    if not isinstance(value, str):
        return _wrong_type()
    if what.max_length and len(value) > what.max_length:
        return Problem("too-long", _("最多填写 %(max)s 个字") % {"max": what.max_length})
    if problem := hostile(value, lines=what.type == "long_text"):
        return problem
    if value != value.strip():
        return Problem("blank-ends", _("开头或结尾有多余的空格"))
    return _CHECKS[what.check](value) if what.check else None


def _check_number(what: Element, value: Any) -> Problem | None:
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        return _wrong_type()
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not _NUMBER.fullmatch(text):
        return Problem("not-a-number", _("请填写数字"))
    try:
        number = Decimal(text)
    except InvalidOperation:  # pragma: no cover - the pattern allows nothing Decimal refuses
        return Problem("not-a-number", _("请填写数字"))
    if what.type == "integer" and number != number.to_integral_value():
        return Problem("not-whole", _("请填写整数"))
    if what.type == "decimal" and -int(number.as_tuple().exponent) > what.decimals:
        return Problem("too-exact", _("最多保留 %(places)s 位小数") % {"places": what.decimals})
    return check_bounds(number, what.min, what.max)


def check_bounds(number: Decimal, low: Decimal | None, high: Decimal | None) -> Problem | None:
    """None when low ≤ number ≤ high (None: no bound)."""
    if low is not None and number < low:
        return Problem("too-small", _("不能小于 %(min)s") % {"min": low})
    if high is not None and number > high:
        return Problem("too-large", _("不能大于 %(max)s") % {"max": high})
    return None


def _check_date(what: Element, value: Any) -> Problem | None:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return None
    return Problem("not-a-date", _("请填写正确的日期，例如 2026-11-22"))


def _check_code(what: Element, value: Any) -> Problem | None:
    if isinstance(value, str) and value in code_set(what.code_set).values:
        return None
    return Problem("not-in-code-set", _("请从列出的选项中选择"))


def _check_codes(what: Element, value: Any) -> Problem | None:
    if not isinstance(value, list | tuple):
        return _wrong_type()
    if len(set(map(str, value))) != len(value):
        return Problem("chosen-twice", _("同一选项选了两次"))
    return next((problem for one in value if (problem := _check_code(what, one))), None)


def _check_region(what: Element, value: Any) -> Problem | None:
    if isinstance(value, str) and _REGION.fullmatch(value):
        return None
    return Problem("not-a-region", _("请选择所在地区"))


def _check_document(what: Element, value: Any) -> Problem | None:
    """A document is named by the ids of its files; whether they exist is the records room's question."""
    return None if isinstance(value, str | list | tuple) else _wrong_type()


def _check_phone(text: str) -> Problem | None:
    if _PHONE.fullmatch(text):
        return None
    return Problem("not-a-phone", _("请填写正确的电话号码：11 位手机号，或带区号的固定电话"))


def _check_person_name(text: str) -> Problem | None:
    """Letters of any script with their marks, and · . - ' between them; 100 characters and rare Han are ordinary."""
    for char in text:
        letter = unicodedata.category(char)[0] in "LM" or any(low <= ord(char) <= high for low, high in _LATER_HAN)
        if not letter and char not in "· .-'’":
            return Problem("not-a-name", _("姓名中含有不能使用的字符"))
    if unicodedata.category(text[0])[0] == "M" or text[0] in "·.-'’":
        return Problem("not-a-name", _("姓名中含有不能使用的字符"))
    return None


def _check_party_name(text: str) -> Problem | None:
    if any(unicodedata.category(char)[0] in "LN" for char in text):
        return None
    return Problem("not-a-name", _("请填写完整的名称"))


def _by_identifier(parse: Callable[[str], Any], message: Text) -> Callable[[str], Problem | None]:
    def check(text: str) -> Problem | None:
        try:
            parse(text)
        except IdentifierError:
            return Problem("bad-identifier", message)
        return None

    return check


def _wrong_type() -> Problem:
    return Problem("wrong-type", _("填写的内容格式不对"))


def _plain_number(text: str) -> str:
    """ "08.50" → "8.5", "３" → "3"; anything that is not a number comes back as it was, to be refused by name."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,12})?", text):
        return text
    plain = format(Decimal(text), "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"-0", ""} else plain


_CHECKS: dict[str, Callable[[str], Problem | None]] = {
    "phone": _check_phone,
    "person_name": _check_person_name,
    "party_name": _check_party_name,
    "credit_code": _by_identifier(credit_code, _("统一社会信用代码不正确，请核对后重新填写")),
    "licence_no": _by_identifier(licence_no, _("许可证编号不正确，请核对后重新填写")),
}
_BY_TYPE: dict[str, Callable[[Element, Any], Problem | None]] = {
    "text": _check_text,
    "long_text": _check_text,
    "integer": _check_number,
    "decimal": _check_number,
    "date": _check_date,
    "code": _check_code,
    "codes": _check_codes,
    "region": _check_region,
    "document": _check_document,
}
