"""Patterns of numbers as data: reading and checking them, making a number, folding what people type. Pure.

The words of a pattern are explained in `data/numbers.yaml`.
"""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tongqu.foundation.identifiers import mod_11_10_check
from tongqu.kernel.standards.plain_yaml import load_file

HERE = Path(__file__).parent
LONGEST = 32  # characters of the column
TAIL = 6
_WORD = re.compile(r"\{(region|serial):([0-9]{1,2})\}|\{(day|year|check|case)\}|([A-Z0-9]+)")


class PatternError(ValueError):
    """A pattern cannot be used; the message says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern taken apart: (word, width or literal) in order."""

    text: str
    words: tuple[tuple[str, str], ...]

    @property
    def follows_case(self) -> bool:
        return any(word == "case" for word, _more in self.words)

    def series(self, *, region_code: str, on: date) -> str:
        """What the serial runs within: everything else in the number. Two units whose numbers could meet share it."""
        return self._made(region_code, on, serial="#", case="")

    def make(self, *, region_code: str, on: date, serial: int = 0, case: str = "") -> str:
        """The number. A serial wider than its place makes the number longer: receipt never stops for want of digits."""
        width = next((int(more) for word, more in self.words if word == "serial"), 1)
        return self._made(region_code, on, serial=f"{serial:0{width}d}", case=case)

    def _made(self, region_code: str, on: date, *, serial: str, case: str) -> str:
        made, case_no = "", case
        for word, more in self.words:
            match word:
                case "region":
                    made += region_code[: int(more)]
                case "day":
                    made += on.strftime("%Y%m%d")
                case "year":
                    made += on.strftime("%Y")
                case "serial":
                    made += serial
                case "case":
                    made += case_no
                case "check":
                    made += "" if serial == "#" else mod_11_10_check(re.sub(r"[^0-9]", "", made))
                case _:
                    made += more
        return made


def read(text: str) -> Pattern:
    """Take a pattern apart. Raises PatternError."""
    words: list[tuple[str, str]] = []
    at = 0
    for found in _WORD.finditer(text):
        if found.start() != at:
            break
        sized, width, bare, literal = found.groups()
        words.append((sized, width) if sized else (bare, "") if bare else ("literal", literal))
        at = found.end()
    if at != len(text) or not words:
        raise PatternError(f"{text!r}: cannot read {text[at:]!r}; words are in {{…}}, all else is A–Z and 0–9")
    made = Pattern(text, tuple(words))
    _check(made)
    return made


def _check(pattern: Pattern) -> None:
    names = [word for word, _more in pattern.words]
    where = repr(pattern.text)
    if pattern.follows_case:
        if set(names) - {"case", "literal"} or names.count("case") != 1 or len(names) < 2:
            raise PatternError(
                f"{where}: beside {{case}} only letters and digits, so that it differs from the case number"
            )
    elif names.count("serial") != 1:
        raise PatternError(f"{where}: exactly one {{serial:N}} is needed, else two cases would have one number")
    if any(names.count(word) > 1 for word in ("region", "day", "year", "check")):
        raise PatternError(f"{where}: each word may stand once")
    if "check" in names and names[-1] != "check":
        raise PatternError(f"{where}: {{check}} stands last")
    for word, more in pattern.words:
        if word == "region" and int(more) not in (2, 4, 6, 9, 12):
            raise PatternError(f"{where}: {{region:N}} takes 2, 4, 6, 9 or 12")
        if word == "serial" and not 3 <= int(more) <= 10:
            raise PatternError(f"{where}: {{serial:N}} takes 3 to 10")
    if not pattern.follows_case and "day" not in names and "year" not in names and _serial_width(pattern) < 8:
        raise PatternError(f"{where}: without {{day}} or {{year}} the serial needs at least 8 places")
    # Three digits more than planned must still fit, since a serial may outgrow its place.
    if len(_sample(pattern)) + 3 > LONGEST:
        raise PatternError(f"{where}: longer than {LONGEST - 3} characters")


def _serial_width(pattern: Pattern) -> int:
    return int(next(more for word, more in pattern.words if word == "serial"))


def _sample(pattern: Pattern, case: str = "0" * 22) -> str:
    return pattern.make(region_code="0" * 12, on=date(2000, 1, 1), serial=1, case=case)


@dataclass(frozen=True, slots=True)
class Patterns:
    """The two patterns of a unit."""

    case: Pattern
    receipt: Pattern


@dataclass(frozen=True, slots=True)
class Book:
    """All patterns of this node."""

    node: Patterns
    units: Mapping[str, Patterns]

    def of(self, unit_code: str) -> Patterns:
        return self.units.get(unit_code, self.node)


def book_of(raw: Mapping[str, Any], *, where: str) -> Book:
    """Check a file of patterns and build it. Raises PatternError naming the first fault."""
    for error in _validator().iter_errors(raw):
        raise PatternError(f"{where}: {'/'.join(map(str, error.absolute_path))}: {error.message}")
    node = _pair(raw, {}, where)
    units = {code: _pair(own, raw, f"{where}: {code}") for code, own in raw.get("units", {}).items()}
    return Book(node, units)


def _pair(own: Mapping[str, Any], node: Mapping[str, Any], where: str) -> Patterns:
    try:
        case, receipt = read(own.get("case", node.get("case"))), read(own.get("receipt", node.get("receipt")))
        if case.follows_case:
            raise PatternError(f"{case.text!r}: a case number cannot follow itself")
        if receipt.text == case.text:
            raise PatternError(f"{receipt.text!r}: the receipt's pattern must differ from the case's")
        if (
            receipt.follows_case
            and len(receipt.make(region_code="", on=date(2000, 1, 1), case=_sample(case))) + 3 > LONGEST
        ):
            raise PatternError(f"{receipt.text!r}: longer than {LONGEST - 3} characters")
    except PatternError as error:
        raise PatternError(f"{where}: {error}") from None
    return Patterns(case, receipt)


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((HERE / "schemas" / "numbers.schema.json").read_text("utf-8")))


@functools.cache
def book(path: str = "") -> Book:
    """The patterns of this node: of the file named, else those shipped. Raises PatternError."""
    file = Path(path) if path else HERE / "data" / "numbers.yaml"
    return book_of(load_file(file), where=file.name)


# --- what people type ------------------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """A number in the one form it is looked for: half-width capitals and digits (Han kept), nothing else.

    Full-width forms, small letters, spaces, hyphens of all kinds, brackets and points make no difference.
    """
    plain = unicodedata.normalize("NFKC", text[:200]).upper()
    return "".join(char for char in plain if char.isalnum())[:64]


def tail(number: str) -> str | None:
    """The last six digits of a number, as people read it out over the telephone; None for a number with fewer."""
    digits = re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", number))
    return digits[-TAIL:] if len(digits) >= TAIL else None
