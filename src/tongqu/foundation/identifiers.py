"""The numbers by which China knows people, bodies, phones and food licences: reading, checking, masking.

Each reader takes what people type (full-width digits, spaces, a small x), answers with a small value whose `str()` is
the one stored form and whose `repr()` is masked, and raises IdentifierError with a code and facts, never the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: " "}
_BLANKS = re.compile(r"[\s\u200b\u200e\u200f\u2060\ufeff]+")
_DIGITS = re.compile(r"[0-9]+")


class IdentifierError(ValueError):
    """Why a number cannot be one of its kind.

    `code`: empty | length | characters | region | birth-date | birth-in-future | kind | prefix | check | other-kind |
    country.
    `facts`: what a message may say, for example {"expected": 18, "found": 17}.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number in its one stored form; shown masked wherever it is printed by accident."""

    text: str
    mask_as: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({mask(self.mask_as, self.text)})"


# --- 公民身份号码 ----------------------------------------------------------------------------------------------------

_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
# GB/T 2260 first two digits; 81, 82 and 83 stand on the residence permits of people from Hong Kong, Macao and Taiwan.
PROVINCES = frozenset(
    str(n)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for n in range(first, last + 1)
)


@dataclass(frozen=True, slots=True, repr=False)
class CitizenId(Numbered):
    """A citizen identity number of GB 11643-1999: region (6), birth date (8), sequence (3), check (1)."""

    mask_as: ClassVar[str] = "citizen_id"

    @property
    def region_code(self) -> str:
        """Where the number was first given out (6 digits), not where the person lives."""
        return self.text[:6]

    @property
    def birth_date(self) -> date:
        return date(int(self.text[6:10]), int(self.text[10:12]), int(self.text[12:14]))

    @property
    def sex(self) -> str:
        """`male` or `female`, from the parity of the sequence."""
        return "male" if int(self.text[16]) % 2 else "female"

    def age(self, on: date) -> int:
        """Full years (周岁) on a day: a year is full on the birthday; 29 February counts from 1 March."""
        born = self.birth_date
        return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def citizen_id(text: str, *, on: date | None = None, province_known: bool = False) -> CitizenId:
    """Read an 18-character citizen identity number. Raises IdentifierError.

    `on`: refuse a birth after this day. `province_known`: refuse a region outside GB/T 2260's provinces (numbers
    invented for demonstrations use an unassigned one on purpose). 15-digit numbers are void since 2013.
    """
    number = _tidy(text).upper()
    if len(number) != 18:
        raise IdentifierError("length", expected=18, found=len(number))
    if not _DIGITS.fullmatch(number[:17]) or number[17] not in _CITIZEN_CHECKS:
        raise IdentifierError("characters", allowed="0-9, X")
    if province_known and number[:2] not in PROVINCES:
        raise IdentifierError("region", found=number[:2])
    made = CitizenId(number)
    try:
        born = made.birth_date
    except ValueError:
        raise IdentifierError("birth-date") from None
    if born.year < 1800:
        raise IdentifierError("birth-date")
    if on is not None and born > on:
        raise IdentifierError("birth-in-future")
    if citizen_id_check(number[:17]) != number[17]:
        raise IdentifierError("check")
    return made


def citizen_id_check(first17: str) -> str:
    """The check character (0–9 or X) of the first 17 digits: ISO 7064 MOD 11-2. Raises IdentifierError."""
    _need_digits(first17, 17)
    return _CITIZEN_CHECKS[sum(w * int(d) for w, d in zip(_CITIZEN_WEIGHTS, first17, strict=True)) % 11]


# --- 统一社会信用代码 ------------------------------------------------------------------------------------------------

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_VALUES = {character: value for value, character in enumerate(_CREDIT_ALPHABET)}
_CREDIT_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# GB 32100-2015 with amendment 1: registering authority, then the kind of body within it.
_CREDIT_KINDS = {
    "11": "public_body", "12": "institution", "13": "mass_organisation", "19": "other",
    "21": "foreign_press", "29": "other",
    "31": "law_firm", "32": "notary_office", "33": "legal_service", "34": "forensic_office", "35": "arbitration",
    "39": "other", "41": "foreign_culture_centre", "49": "other",
    "51": "association", "52": "private_non_enterprise", "53": "foundation", "59": "other",
    "61": "foreign_tourism_office", "62": "regional_tourism_office", "69": "other",
    "71": "religious_place", "72": "religious_school", "79": "other", "81": "trade_union", "89": "other",
    "91": "firm", "92": "sole_trader", "93": "farmers_cooperative", "99": "other",
    "A1": "military_institution", "A9": "other",
    "N1": "collective_group", "N2": "collective_village", "N3": "collective_town", "N9": "other", "Y1": "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class CreditCode(Numbered):
    """A unified social credit code of GB 32100-2015: authority, kind, region (6), body code (9), check."""

    mask_as: ClassVar[str] = "credit_code"

    @property
    def kind(self) -> str:
        """`firm` (91), `sole_trader` (92, 个体工商户), `farmers_cooperative`, `public_body`, … `other`."""
        return _CREDIT_KINDS[self.text[:2]]

    @property
    def region_code(self) -> str:
        """Where it was registered (6 digits)."""
        return self.text[2:8]

    @property
    def body_code(self) -> str:
        """The organisation code within it (9 characters, GB 11714)."""
        return self.text[8:17]

    @property
    def body_code_holds(self) -> bool:
        """Whether the inner code's own check character fits; sole traders' codes need not keep it."""
        return body_code_check(self.body_code[:8]) == self.body_code[8]


def credit_code(text: str) -> CreditCode:
    """Read an 18-character unified social credit code. Raises IdentifierError."""
    code = _tidy(text).upper()
    if len(code) != 18:
        raise IdentifierError("length", expected=18, found=len(code))
    if wrong := sorted(set(code) - set(_CREDIT_ALPHABET)):
        raise IdentifierError("characters", found="".join(wrong))
    if code[:2] not in _CREDIT_KINDS:
        raise IdentifierError("kind", found=code[:2])
    if not _DIGITS.fullmatch(code[2:8]):
        raise IdentifierError("region", found=code[2:8])
    if credit_code_check(code[:17]) != code[17]:
        raise IdentifierError("check")
    return CreditCode(code)


def credit_code_check(first17: str) -> str:
    """The check character of the first 17: 31 − (Σ value·3^(i−1) mod 31), 31 as 0. Raises IdentifierError."""
    if len(first17) != 17 or not set(first17) <= _CREDIT_VALUES.keys():
        raise IdentifierError("characters")
    total = sum(w * _CREDIT_VALUES[c] for w, c in zip(_CREDIT_WEIGHTS, first17, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def body_code_check(first8: str) -> str:
    """The check character (0–9 or X) of an organisation code's first 8 (GB 11714). Raises IdentifierError."""
    if not re.fullmatch(r"[0-9A-Z]{8}", first8):
        raise IdentifierError("characters")
    total = sum(w * int(c, 36) for w, c in zip(_BODY_WEIGHTS, first8, strict=True))
    return "0123456789X"[-total % 11]


# --- 手机号码 --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class MobileNo(Numbered):
    """A mainland mobile number, 11 digits."""

    mask_as: ClassVar[str] = "mobile"


def mobile_no(text: str) -> MobileNo:
    """Read a mainland mobile number, with or without +86, spaces or hyphens. Raises IdentifierError."""
    number = _tidy(text).replace("-", "")
    number = re.sub(r"^(?:\+86|0086|86(?=1[0-9]{10}$))", "", number)
    if not _DIGITS.fullmatch(number):
        raise IdentifierError("characters", allowed="0-9")
    if len(number) != 11:
        raise IdentifierError("length", expected=11, found=len(number))
    if not re.match(r"1[3-9]", number):
        raise IdentifierError("prefix", found=number[:2])
    return MobileNo(number)


# --- 食品经营许可证编号 ----------------------------------------------------------------------------------------------

Check = Callable[[str], str]
_LICENCE_KINDS = {"1": "food_sales", "2": "catering", "3": "canteen"}


@dataclass(frozen=True, slots=True, repr=False)
class LicenceNo(Numbered):
    """A food business licence number: JY, then kind (1), region (6), serial (6), check (1)."""

    mask_as: ClassVar[str] = "licence_no"

    @property
    def kind(self) -> str:
        """`food_sales` 食品销售经营者, `catering` 餐饮服务经营者 or `canteen` 集中用餐单位食堂."""
        return _LICENCE_KINDS[self.text[2]]

    @property
    def region_code(self) -> str:
        return self.text[3:9]

    @property
    def serial(self) -> int:
        return int(self.text[9:15])


def licence_no(text: str, *, check: Check | None = None) -> LicenceNo:
    """Read a food business licence number. Raises IdentifierError.

    `check` computes the last digit from the 13 before it; MOD 11,10 unless told otherwise (one of CHECKS).
    """
    number = _tidy(text).upper()
    if not number.startswith("JY"):
        raise IdentifierError("prefix", expected="JY")
    digits = number[2:]
    if not _DIGITS.fullmatch(digits):
        raise IdentifierError("characters", allowed="0-9")
    if len(digits) != 14:
        raise IdentifierError("length", expected=16, found=len(number))
    if digits[0] not in _LICENCE_KINDS:
        raise IdentifierError("kind", found=digits[0])
    if (check or mod_11_10_check)(digits[:13]) not in {digits[13], ""}:
        raise IdentifierError("check")
    return LicenceNo(number)


def make_licence_no(*, kind: str, region_code: str, serial: int, check: Check | None = None) -> LicenceNo:
    """The number with its check digit. `kind` as in LicenceNo.kind; `region_code` 6 digits. Raises IdentifierError."""
    digit = {name: digit for digit, name in _LICENCE_KINDS.items()}.get(kind)
    if digit is None:
        raise IdentifierError("kind", found=kind)
    _need_digits(region_code, 6)
    if not 0 < serial <= 999_999:
        raise IdentifierError("length", expected=6, found=len(str(serial)))
    body = f"{digit}{region_code}{serial:06d}"
    return LicenceNo(f"JY{body}{(check or mod_11_10_check)(body) or '0'}")


def mod_11_10_check(digits: str) -> str:
    """The check digit of ISO 7064 MOD 11,10 (GB/T 17710). Raises IdentifierError."""
    _need_digits(digits, None)
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def no_check(digits: str) -> str:
    """For a region whose licences follow another rule: whatever stands there is taken."""
    return ""


CHECKS: dict[str, Check] = {"mod_11_10": mod_11_10_check, "none": no_check}


# --- masking ---------------------------------------------------------------------------------------------------------

# kind: how many characters stay at the front and at the end; others stay hidden altogether
_KEPT = {
    "citizen_id": (3, 2), "passport": (1, 2), "permit": (1, 2), "mobile": (3, 4), "landline": (0, 4),
    "bank_account": (0, 4), "name": (1, 0),
}  # fmt: skip
_PUBLIC = frozenset({"credit_code", "licence_no"})


def mask(kind: str, text: str) -> str:
    """How a value is shown: `citizen_id`, `passport`, `permit`, `mobile`, `landline`, `bank_account`, `name`, `email`.

    `credit_code` and `licence_no` are public and stay whole. A kind not listed is hidden whole, and never are more than
    two thirds of a value shown.
    """
    if kind in _PUBLIC:
        return text
    if kind == "email" and text.count("@") == 1:
        name, _, host = text.partition("@")
        return f"{name[:1] if len(name) > 1 else ''}***@{host}"
    front, end = _KEPT.get(kind, (0, 0))
    if 3 * (front + end) > 2 * len(text):
        front, end = (1, 0) if len(text) > 1 and kind in _KEPT else (0, 0)
    return text[:front] + "*" * (len(text) - front - end) + text[len(text) - end :]


def _tidy(text: str) -> str:
    """Full-width to ASCII, blanks and invisible marks out. Raises IdentifierError when nothing is left."""
    found = _BLANKS.sub("", text.translate(_HALF_WIDTH))
    if not found:
        raise IdentifierError("empty")
    return found


def _need_digits(text: str, length: int | None) -> None:
    if not _DIGITS.fullmatch(text):
        raise IdentifierError("characters", allowed="0-9")
    if length is not None and len(text) != length:
        raise IdentifierError("length", expected=length, found=len(text))
