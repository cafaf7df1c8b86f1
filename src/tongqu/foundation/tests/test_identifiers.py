"""Numbers printed in the standards or published by their holders, and what must hold for every number."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import identifiers
from tongqu.foundation.identifiers import IdentifierError, citizen_id, credit_code, licence_no, mask, mobile_no

DIGITS = "0123456789"
CREDIT = identifiers._CREDIT_ALPHABET
citizen_bodies = st.builds(
    lambda region, born, sequence: f"{region:06d}{born:%Y%m%d}{sequence:03d}",
    st.integers(0, 999999),
    st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    st.integers(0, 999),
)
credit_bodies = st.builds(
    lambda kind, region, body: f"{kind}{region:06d}{body}",
    st.sampled_from(sorted(identifiers._CREDIT_KINDS)),
    st.integers(0, 999999),
    st.text(CREDIT, min_size=9, max_size=9),
)


def refusal(call, *args, **options) -> str:
    with pytest.raises(IdentifierError) as caught:
        call(*args, **options)
    return caught.value.code


def changed(text: str, at: int, to: str) -> str:
    return text[:at] + to + text[at + 1 :]


# --- citizen identity numbers


def test_the_standards_own_examples() -> None:
    """GB 11643-1999 prints these two."""
    man = citizen_id("440524188001010014")
    assert (man.region_code, man.birth_date, man.sex) == ("440524", date(1880, 1, 1), "male")
    woman = citizen_id("11010519491231002X")
    assert (woman.birth_date, woman.sex, str(woman)) == (date(1949, 12, 31), "female", "11010519491231002X")


def test_what_people_type_is_read() -> None:
    typed = "１１０１０５ 1949 1231　002x\u200b"
    assert str(citizen_id(typed)) == "11010519491231002X"
    assert "19491231" not in repr(citizen_id(typed)) and "002X" not in repr(citizen_id(typed))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), (" 　", "empty"), ("110105491231002", "length"), ("11010519491231002", "length"),
        ("11010519491231002Y", "characters"), ("1101051949123100X2", "characters"),
        ("²10105194912310021", "characters"),
        ("110105194913310022", "birth-date"), ("110105190002290025", "birth-date"),
        ("110105000012310020", "birth-date"),
        ("110105194912310021", "check"),
    ],
)  # fmt: skip
def test_why_a_citizen_number_is_refused(text: str, code: str) -> None:
    assert refusal(citizen_id, text) == code


def test_region_and_birthday_are_checked_when_asked() -> None:
    invented = "990105200001010" + "11"
    number = invented + identifiers.citizen_id_check(invented)
    assert str(citizen_id(number)) == number
    assert refusal(citizen_id, number, province_known=True) == "region"
    assert citizen_id("11010519491231002X", province_known=True)
    assert refusal(citizen_id, number, on=date(1999, 12, 31)) == "birth-in-future"
    assert citizen_id(number, on=date(2000, 1, 1)).age(date(2018, 1, 1)) == 18


def test_age_in_full_years() -> None:
    body = "99010520040229001"
    person = citizen_id(body + identifiers.citizen_id_check(body))
    assert [person.age(date(2022, *day)) for day in ((2, 28), (3, 1))] == [17, 18]


@given(citizen_bodies)
def test_a_made_citizen_number_reads_back(body: str) -> None:
    made = citizen_id(body + identifiers.citizen_id_check(body))
    assert made.text[:17] == body
    assert f"{made.birth_date:%Y%m%d}" == body[6:14]


@given(citizen_bodies, st.integers(0, 16), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_always_noticed(body: str, at: int, digit: str) -> None:
    right = body + identifiers.citizen_id_check(body)
    wrong = changed(right, at, digit)
    if wrong != right:
        assert refusal(citizen_id, wrong) in {"check", "birth-date"}


@given(citizen_bodies, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_noticed(body: str, at: int) -> None:
    right = body + identifiers.citizen_id_check(body)
    wrong = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    if wrong != right:
        assert refusal(citizen_id, wrong) in {"check", "birth-date"}


# --- credit codes


@pytest.mark.parametrize(
    ("code", "kind", "region", "inner"),
    [
        ("91350100M000100Y43", "firm", "350100", True),  # the example in GB 32100-2015
        ("91110000600037341L", "firm", "110000", True),  # these two are public listings of their holders
        ("911101083303521997", "firm", "110108", True),
    ],
)
def test_published_credit_codes(code: str, kind: str, region: str, inner: bool) -> None:
    read = credit_code(code.lower())
    assert (str(read), read.kind, read.region_code, read.body_code_holds) == (code, kind, region, inner)


def test_a_sole_trader_is_told_by_its_code() -> None:
    body = "92990105MA0000000"
    assert credit_code(body + identifiers.credit_code_check(body)).kind == "sole_trader"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("91350100M000100Y4", "length"), ("91350100M000100I43", "characters"),
        ("90350100M000100Y43", "kind"), ("91A50100M000100Y43", "region"), ("91350100M000100Y44", "check"),
    ],
)  # fmt: skip
def test_why_a_credit_code_is_refused(text: str, code: str) -> None:
    assert refusal(credit_code, text) == code


@given(credit_bodies, st.integers(0, 17), st.sampled_from(CREDIT))
def test_credit_codes_read_back_and_one_wrong_character_is_noticed(body: str, at: int, character: str) -> None:
    right = body + identifiers.credit_code_check(body)
    assert str(credit_code(right)) == right
    wrong = changed(right, at, character)
    if wrong != right:
        assert refusal(credit_code, wrong) in {"check", "kind", "region"}


# --- mobile numbers


@pytest.mark.parametrize(
    "text", ["13800000000", "+86 138-0000-0000", "0086 13800000000", "8613800000000", "１３８００００００００"]
)
def test_mobile_numbers_as_typed(text: str) -> None:
    assert str(mobile_no(text)) == "13800000000"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("1380000000", "length"),
        ("12800000000", "prefix"),
        ("1380000000a", "characters"),
        ("+44 7700", "characters"),
    ],
)
def test_why_a_mobile_number_is_refused(text: str, code: str) -> None:
    assert refusal(mobile_no, text) == code


# --- licence numbers


def test_mod_11_10_known_answers() -> None:
    """ISO 7064's example; a German tax number and a Croatian personal number from those authorities' own papers."""
    assert [identifiers.mod_11_10_check(body) for body in ("0794", "8609574271", "3339200596")] == ["5", "9", "1"]


@pytest.mark.parametrize(
    ("number", "kind", "region", "serial"),
    [("JY13301080111719", "food_sales", "330108", 11171), ("JY11108071215650", "food_sales", "110807", 121565)],
)
def test_licences_that_firms_publish_on_their_sites(number: str, kind: str, region: str, serial: int) -> None:
    read = licence_no(number)
    assert (read.kind, read.region_code, read.serial) == (kind, region, serial)
    assert identifiers.make_licence_no(kind=kind, region_code=region, serial=serial) == read


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"), ("SC13301080111719", "prefix"), ("JY1330108011171", "length"),
        ("JY1330108011171A", "characters"),
        ("JY43301080111719", "kind"), ("JY13301080111718", "check"),
    ],
)  # fmt: skip
def test_why_a_licence_number_is_refused(text: str, code: str) -> None:
    assert refusal(licence_no, text) == code


@given(st.sampled_from(["food_sales", "catering", "canteen"]), st.integers(0, 999999), st.integers(1, 999999))
def test_made_licence_numbers_read_back(kind: str, region: int, serial: int) -> None:
    made = identifiers.make_licence_no(kind=kind, region_code=f"{region:06d}", serial=serial)
    assert licence_no(str(made).lower()) == made
    wrong = changed(str(made), 15, str((int(str(made)[15]) + 1) % 10))
    assert refusal(licence_no, wrong) == "check"
    assert str(licence_no(wrong, check=identifiers.CHECKS["none"])) == wrong
    assert refusal(licence_no, str(made), check=lambda body: "?") == "check"


@given(st.text(DIGITS, min_size=1, max_size=20), st.integers(0), st.integers(1, 9))
def test_mod_11_10_notices_one_wrong_digit(body: str, at: int, by: int) -> None:
    at %= len(body)
    wrong = changed(body, at, str((int(body[at]) + by) % 10))
    assert identifiers.mod_11_10_check(body) != identifiers.mod_11_10_check(wrong)


# --- masking


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("citizen_id", "11010519491231002X", "110*************2X"), ("mobile", "13800000000", "138****0000"),
        ("name", "欧阳明", "欧**"), ("name", "王五", "王*"), ("name", "丁", "*"),
        ("passport", "E12345678", "E******78"),
        ("email", "someone@example.com", "s***@example.com"), ("email", "a@example.com", "***@example.com"),
        ("email", "not an address", "**************"), ("credit_code", "91350100M000100Y43", "91350100M000100Y43"),
        ("address", "明川市云桥区", "******"), ("citizen_id", "1101", "1***"), ("mobile", "", ""),
    ],
)  # fmt: skip
def test_how_values_are_shown(kind: str, text: str, shown: str) -> None:
    assert mask(kind, text) == shown


@given(
    st.sampled_from([*identifiers._KEPT, "anything"]),
    st.text(st.sampled_from("0123456789王五"), min_size=1, max_size=25),
)
def test_masking_keeps_the_length_and_never_shows_more_than_half(kind: str, text: str) -> None:
    shown = mask(kind, text)
    assert len(shown) == len(text)
    assert shown.count("*") * 3 >= len(text)


@given(st.text(max_size=30) | st.text(DIGITS, min_size=7, max_size=19))
def test_any_text_is_either_read_or_refused_and_no_number_is_quoted(text: str) -> None:
    for read in (citizen_id, credit_code, mobile_no, licence_no):
        try:
            made = read(text)
        except IdentifierError as error:
            assert not (text.isdigit() and len(text) >= 7 and text in f"{error} {error.facts}")
        else:
            assert read(str(made)) == made
