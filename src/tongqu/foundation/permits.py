"""The papers of people who show something other than a resident identity card: reading and checking their numbers.

As in `identifiers`: each reader takes what people type, answers with a small value whose `str()` is the one stored form
and whose `repr()` is masked, and raises IdentifierError with a code and facts, never the number. Codes beyond those
there: `other-kind` (a number of another kind of paper, `facts["kind"]` says which), `country`.

Where the shape of a paper is known from memory only ([M]) the reader is lenient: to turn away a person with a true
paper is worse than to take a number that no office ever gave out, which a clerk who holds the paper notices.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tongqu.foundation import identifiers
from tongqu.foundation.identifiers import CitizenId, IdentifierError, Numbered

# What stands in the place of a region on the residence permit of people from Hong Kong, Macao and Taiwan.
RESIDENCE_REGIONS = {"810000": "HKG", "820000": "MAC", "830000": "TWN"}
_MARKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\-‐‑–—().（）/]+")
_LOOKED_AT = 400  # characters; nobody types more by hand


# --- 居民身份证 ------------------------------------------------------------------------------------------------------


def resident_id(text: str, *, on: date | None = None) -> CitizenId:
    """A resident identity number, told apart from two other papers that are numbered alike. Raises IdentifierError."""
    number = identifiers.citizen_id(text, on=on)
    if number.region_code in RESIDENCE_REGIONS:
        raise IdentifierError("other-kind", kind="hmt_residence")
    if _of_foreigner(str(number)):
        raise IdentifierError("other-kind", kind="foreign_residence")
    return number


# --- 港澳台居民居住证 -------------------------------------------------------------------------------------------------


def residence_permit(text: str, *, on: date | None = None) -> CitizenId:
    """The number of a 港澳台居民居住证: numbered as GB 11643, with 810000, 820000 or 830000 for the region
    (国办发〔2018〕81号). Raises IdentifierError."""
    number = identifiers.citizen_id(text, on=on)
    if number.region_code in RESIDENCE_REGIONS:
        return number
    if _of_foreigner(str(number)):
        raise IdentifierError("other-kind", kind="foreign_residence")
    raise IdentifierError("other-kind", kind="citizen_id")


# --- 港澳居民来往内地通行证、台湾居民来往大陆通行证 ------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Pass(Numbered):
    """A pass to the mainland. The card's number stays the same for life; the older booklet adds how often renewed."""

    mask_as: ClassVar[str] = "permit"


_HM_PASS = re.compile(r"[HM](?:[0-9]{8}(?:[0-9]{2})?|A[0-9]{7})")
_TW_PASS = re.compile(r"[0-9]{8}(?:[0-9]{2}[0-9A-Z]?)?|[TL][0-9]{8}")


def hong_kong_macao_pass(text: str) -> Pass:
    """港澳居民来往内地通行证: H or M and 8 digits; 10 on the booklet; HA or MA and 7 digits for residents
    who are not Chinese nationals (since 2024) [M]. Raises IdentifierError."""
    number = _tidy(text)
    _of_shape(number, _HM_PASS, lengths=(9, 11), allowed="H/M, 0-9")
    return Pass(number)


def taiwan_pass(text: str) -> Pass:
    """台湾居民来往大陆通行证: 8 digits on the card; 10 and a letter on the booklet; one letter and 8 on the
    single-entry paper [M]. Raises IdentifierError."""
    number = _tidy(text)
    _of_shape(number, _TW_PASS, lengths=(8, 9, 10, 11), allowed="0-9")
    return Pass(number)


# --- 外国人永久居留身份证 ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class ForeignResidence(Numbered):
    """A foreigner's permanent residence card, of 2023 (18 characters) or before (15)."""

    mask_as: ClassVar[str] = "citizen_id"

    @property
    def nationality(self) -> str:
        """ISO 3166: three digits on the card of 2023, three letters on the older one."""
        return self.text[3:6] if len(self.text) == 18 else self.text[:3]

    @property
    def birth_date(self) -> date | None:
        """None on the older card, which gives the year with two digits."""
        return CitizenId(self.text).birth_date if len(self.text) == 18 else None


_OLD_RESIDENCE = re.compile(r"[A-Z]{3}[0-9]{12}")


def foreign_residence(text: str, *, on: date | None = None) -> ForeignResidence:
    """外国人永久居留身份证. Raises IdentifierError.

    Card of 2023 [M]: 9, province (2), nationality (3 digits), birth date (8), sequence (3), check of GB 11643. The
    older one [M]: nationality (3 letters), place (4), birth (YYMMDD), sequence, check; how that last digit is found
    is not published with the card, so it is not held against anybody.
    """
    number = _tidy(text)
    if len(number) == 15:
        _of_shape(number, _OLD_RESIDENCE, lengths=(15,), allowed="A-Z, 0-9")
        if not _is_day(number[7:13]):
            raise IdentifierError("birth-date")
        return ForeignResidence(number)
    if len(number) != 18:
        raise IdentifierError("length", expected="18 / 15", found=len(number))
    found = identifiers.citizen_id(number, on=on)
    if found.region_code in RESIDENCE_REGIONS:
        raise IdentifierError("other-kind", kind="hmt_residence")
    if not number.startswith("9"):
        raise IdentifierError("other-kind", kind="citizen_id")
    if not _of_foreigner(number):
        raise IdentifierError("region", found=number[1:3])
    return ForeignResidence(number)


def _of_foreigner(number: str) -> bool:
    """9, then a province of GB/T 2260. Numbers invented for demonstrations begin with 99, which is none."""
    return number[0] == "9" and number[1:3] in identifiers.PROVINCES


# --- 护照 -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Passport(Numbered):
    """A passport's number. Two countries may give out the same, so it is one's own only together with its country."""

    mask_as: ClassVar[str] = "passport"


# Ordinary E and G, public affairs and service P, S, diplomatic D, each with its electronic series (two letters or E and
# letter), 14 and 15 of the nineties; Hong Kong H and K, Macao M [M].
_CN_PASSPORT = re.compile(
    r"E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|[PSD][0-9]{7,8}|[PSD]E[0-9]{7}|1[45][0-9]{7}|[HKM][A-Z]?[0-9]{7,8}"
)
_PASSPORT = re.compile(r"(?=[A-Z]*[0-9])[A-Z0-9]{5,20}")
# ICAO 9303 part 3 section 5: the one state whose code has not three letters.
_ONE_LETTER = frozenset({"D"})  # Germany


def cn_passport(text: str) -> Passport:
    """A passport of China, its two special regions included. Raises IdentifierError."""
    number = _tidy(text)
    if not 8 <= len(number) <= 10:
        raise IdentifierError("length", expected="8 – 10", found=len(number))
    _of_shape(number, _CN_PASSPORT, lengths=(8, 9, 10), allowed="A-Z, 0-9")
    return Passport(number)


def passport(text: str) -> Passport:
    """Another country's passport: 5 to 20 letters and digits, at least one digit. Raises IdentifierError."""
    number = _tidy(text)
    if not 5 <= len(number) <= 20:
        raise IdentifierError("length", expected="5 – 20", found=len(number))
    _of_shape(number, _PASSPORT, lengths=range(5, 21), allowed="A-Z, 0-9")
    return Passport(number)


def country(text: str) -> str:
    """The three letters (one for Germany) that stand for the issuing state on a passport, "" for not said.

    Raises IdentifierError("country"). Which of the codes are assigned changes, so any three letters pass.
    """
    code = unicodedata.normalize("NFKC", text).strip().upper()
    if code in {"", *_ONE_LETTER} or re.fullmatch(r"[A-Z]{3}", code):
        return code
    raise IdentifierError("country")


# --- reading ----------------------------------------------------------------------------------------------------------


def _tidy(text: str) -> str:
    """Narrow, upper case, without blanks and marks between. Raises IdentifierError when nothing is left."""
    number = _MARKS.sub("", unicodedata.normalize("NFKC", text[:_LOOKED_AT])).upper()
    if not number:
        raise IdentifierError("empty")
    return number


def _of_shape(number: str, shape: re.Pattern[str], *, lengths: tuple[int, ...] | range, allowed: str) -> None:
    if shape.fullmatch(number):
        return
    if len(number) not in lengths:
        raise IdentifierError("length", expected=" / ".join(map(str, lengths)), found=len(number))
    raise IdentifierError("characters", allowed=allowed)


def _is_day(yymmdd: str) -> bool:
    """Whether some year ending so has this day; 29 February has one in 2000, and in years divisible by four."""
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    try:
        date(2000 + year, month, day)
    except ValueError:
        return False
    return True
