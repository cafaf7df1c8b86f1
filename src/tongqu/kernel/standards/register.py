"""The register of standards, read once from `data/*.yaml`: elements, code sets and declared sources by code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from jsonschema import Draft202012Validator

from tongqu.kernel.standards.plain_yaml import load_file
from tongqu.kernel.ui import languages

HERE = Path(__file__).resolve().parent
DATA = HERE / "data" / "standards"
SCHEMA = HERE / "schemas" / "standards.schema.json"
Text = Mapping[str, str]  # language tag -> sentence
T = TypeVar("T")


class UnknownStandard(LookupError):
    """No element, code set or source of this code."""


class BadStandards(ValueError):
    """The files contradict their schema or each other."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where government already has a fact. A form may not ask for what a `fetchable` source holds (L21)."""

    code: str
    name: Text
    keeper: Text
    fetchable: bool


@dataclass(frozen=True, slots=True)
class CodeItem:
    value: str
    name: Text
    note: Text | None = None
    export: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class CodeSet:
    code: str
    name: Text
    items: tuple[CodeItem, ...]
    version: str
    owner: Text
    basis: str = ""
    trust: str = ""

    def item(self, value: str) -> CodeItem:
        """Raises UnknownStandard."""
        for item in self.items:
            if item.value == value:
                return item
        raise UnknownStandard(f"{self.code}: {value}")

    @property
    def values(self) -> frozenset[str]:
        return frozenset(item.value for item in self.items)


@dataclass(frozen=True, slots=True)
class Element:
    """What one value means and how it must look. `type`: text, long_text, integer, decimal, date, code, codes,
    region, document (files). `source` is the code of its declared source; empty: only the applicant knows it."""

    code: str
    name: Text
    type: str
    version: int
    owner: Text
    definition: Text | None = None
    max_length: int | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    decimals: int = 2
    unit: Text | None = None
    code_set: str = ""
    check: str = ""
    personal: bool = False
    sensitive: bool = False
    source: str = ""
    basis: str = ""
    trust: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    elements: dict[str, Element] = field(default_factory=dict)
    code_sets: dict[str, CodeSet] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


def element(code: str) -> Element:
    """Raises UnknownStandard."""
    return _found(register().elements, code)


def code_set(code: str) -> CodeSet:
    """Raises UnknownStandard."""
    return _found(register().code_sets, code)


def source(code: str) -> Source:
    """Raises UnknownStandard."""
    return _found(register().sources, code)


def declared_source(of: str | Element) -> Source | None:
    """Where government has this element; None where only the applicant knows it. Raises UnknownStandard."""
    found = element(of) if isinstance(of, str) else of
    return source(found.source) if found.source else None


def elements(prefix: str = "") -> Iterator[Element]:
    """All elements whose code starts with `prefix`, by code."""
    return (e for code, e in sorted(register().elements.items()) if code.startswith(prefix))


def words(code_set_code: str, value: str, language: str = "zh-Hans") -> str:
    """How a coded value is called; the value itself where the set does not know it (an old case's value)."""
    try:
        name = code_set(code_set_code).item(value).name
    except UnknownStandard:
        return value
    return languages.said(name, language)


@lru_cache(maxsize=1)
def register() -> Register:
    """The shipped standards. Raises BadStandards."""
    return read(DATA)


def read(folder: Path) -> Register:
    """All standards files of a folder as one register. Raises BadStandards."""
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    found = Register()
    for path in sorted(folder.glob("*.yaml")):
        data = load_file(path)
        for error in schema.iter_errors(data):
            raise BadStandards(f"{path.name}: {error.json_path}: {error.message}")
        for raw in data.get("sources", ()):
            _add(found.sources, raw["code"], Source(**raw))
        for raw in data.get("code_sets", ()):
            _add(found.code_sets, raw["code"], _code_set(raw, data))
        for raw in data.get("elements", ()):
            _add(found.elements, raw["code"], _element(raw, data))
    _check_references(found)
    return found


def _found(table: Mapping[str, T], code: str) -> T:
    try:
        return table[code]
    except KeyError:
        raise UnknownStandard(code) from None


def _add(table: dict[str, T], code: str, value: T) -> None:
    if code in table:
        raise BadStandards(f"{code} is defined twice")
    table[code] = value


def _code_set(raw: dict[str, Any], file: dict[str, Any]) -> CodeSet:
    items = tuple(CodeItem(**item) for item in raw["items"])
    if len({item.value for item in items}) != len(items):
        raise BadStandards(f"{raw['code']} has a value twice")
    return CodeSet(**{**raw, "items": items}, version=file["version"], owner=file["owner"])


def _element(raw: dict[str, Any], file: dict[str, Any]) -> Element:
    bounds: dict[str, Any] = {name: Decimal(str(raw[name])) for name in ("min", "max") if name in raw}
    given: dict[str, Any] = {"version": 1, **raw, **bounds}
    return Element(**given, owner=file["owner"])


def _check_references(found: Register) -> None:
    for item in found.elements.values():
        if item.code_set and item.code_set not in found.code_sets:
            raise BadStandards(f"{item.code}: unknown code set {item.code_set}")
        if item.source and item.source not in found.sources:
            raise BadStandards(f"{item.code}: unknown source {item.source}")
