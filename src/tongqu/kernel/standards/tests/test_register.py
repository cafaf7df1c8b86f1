"""The shipped standards hold together, and files that do not are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongqu.kernel.standards import register
from tongqu.kernel.standards.register import BadStandards, UnknownStandard


def test_the_shipped_standards_load_and_cite_only_what_exists() -> None:
    found = list(register.elements())
    assert len(found) > 30
    assert all({"zh-Hans", "en"} <= set(e.name) for e in found)
    assert all(e.type in {"code", "codes"} for e in found if e.code_set)


def test_what_the_registers_hold_is_declared() -> None:
    for code in ("party.name", "party.credit_code", "party.holder", "party.domicile", "document.business_licence"):
        source = register.declared_source(code)
        assert source is not None
        assert source.fetchable
    assert register.declared_source("food.premises_area") is None


def test_names_of_people_phones_and_addresses_are_personal() -> None:
    personal = {e.code for e in register.elements() if e.personal}
    assert {"party.holder", "person.name", "contact.phone", "contact.address", "food.manager_name"} <= personal


def test_words_of_coded_values() -> None:
    assert register.words("food.business_kind", "catering") == "餐饮服务经营者"
    assert register.words("food.business_kind", "catering", "en") == "Catering business"
    assert register.words("food.business_kind", "withdrawn_long_ago") == "withdrawn_long_ago"
    assert register.code_set("food.business_kind").item("catering").export == "2"


@pytest.mark.parametrize("ask", [register.element, register.code_set, register.source, register.declared_source])
def test_unknown_codes(ask: object) -> None:
    with pytest.raises(UnknownStandard):
        ask("no.such_thing")  # type: ignore[operator]


HEAD = "schema: tongqu/standards/1\nversion: 1.0.0\nowner: {zh-Hans: 某局, en: A bureau}\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("elements:\n  - {code: a.b, name: {zh-Hans: 甲, en: A}, type: code}", "code_set"),
        ("elements:\n  - {code: a.b, name: {zh-Hans: 甲, en: A}, type: code, code_set: nowhere}", "unknown code set"),
        ("elements:\n  - {code: a.b, name: {zh-Hans: 甲, en: A}, type: date, source: nowhere}", "unknown source"),
        ("elements:\n  - {code: a.b, name: {zh-Hans: 甲}, type: date}", "'en' is a required"),
        (
            "elements:\n  - {code: a.b, name: {zh-Hans: 甲, en: A}, type: date}\n"
            "  - {code: a.b, name: {zh-Hans: 甲, en: A}, type: date}",
            "twice",
        ),
        (
            "code_sets:\n  - code: x\n    name: {zh-Hans: 甲, en: A}\n    items:\n"
            "      - {value: a, name: {zh-Hans: 甲, en: A}}\n      - {value: a, name: {zh-Hans: 乙, en: B}}",
            "twice",
        ),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "x.yaml").write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(BadStandards, match=word):
        register.read(tmp_path)
