"""Papers other than the resident card. Valid numbers here are invented: nationality 900 to 999 is given to no state."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import identifiers, permits
from tongqu.foundation.identifiers import IdentifierError

READERS = (
    permits.resident_id,
    permits.residence_permit,
    permits.hong_kong_macao_pass,
    permits.taiwan_pass,
    permits.foreign_residence,
    permits.cn_passport,
    permits.passport,
)
births = st.dates(date(1900, 1, 1), date(2025, 12, 31))
serials = st.integers(0, 999)


def whole(region: str, born: date, serial: int) -> str:
    first = f"{region}{born:%Y%m%d}{serial:03d}"
    return first + identifiers.citizen_id_check(first)


def refusal(read, text: str, **more) -> IdentifierError:
    with pytest.raises(IdentifierError) as caught:
        read(text, **more)
    return caught.value


@given(st.sampled_from(sorted(permits.RESIDENCE_REGIONS)), births, serials)
def test_a_residence_permit_reads_back_and_is_no_resident_id(region: str, born: date, serial: int) -> None:
    number = whole(region, born, serial)
    assert str(permits.residence_permit(number)) == number
    assert refusal(permits.resident_id, number).facts == {"kind": "hmt_residence"}
    assert refusal(permits.foreign_residence, number).facts == {"kind": "hmt_residence"}


@given(st.sampled_from(sorted(identifiers.PROVINCES)), st.integers(900, 999), births, serials)
def test_a_foreigners_card_reads_back_and_is_neither_of_the_others(
    province: str, nation: int, born: date, serial: int
) -> None:
    number = whole(f"9{province}{nation}", born, serial)
    card = permits.foreign_residence(number)
    assert (str(card), card.nationality, card.birth_date) == (number, str(nation), born)
    for read in (permits.resident_id, permits.residence_permit):
        assert refusal(read, number).facts == {"kind": "foreign_residence"}


@given(st.integers(0, 17), st.sampled_from("0123456789X"), births, serials)
def test_one_wrong_character_never_passes_as_the_same_paper(at: int, char: str, born: date, serial: int) -> None:
    right = whole("911999", born, serial)
    wrong = right[:at] + char + right[at + 1 :]
    if wrong != right:
        assert refusal(permits.foreign_residence, wrong).code in {"check", "birth-date", "characters", "region"}


def test_the_published_specimens_of_the_foreigners_cards() -> None:
    """The specimen card of 2023 and that of 2017 show the same invented person."""
    new, old = permits.foreign_residence("911124198108030024"), permits.foreign_residence("CAN110081080310")
    assert (new.nationality, new.birth_date) == ("124", date(1981, 8, 3))
    assert (old.nationality, old.birth_date) == ("CAN", None)


@pytest.mark.parametrize(
    ("read", "text", "code"),
    [
        (permits.foreign_residence, "CAN110081130310", "birth-date"),
        (permits.foreign_residence, "12345", "length"),
        (permits.foreign_residence, "1AN110081080310", "characters"),
        (permits.hong_kong_macao_pass, "A12345678", "characters"),
        (permits.hong_kong_macao_pass, "H1234567", "length"),
        (permits.hong_kong_macao_pass, "H1234567890", None),
        (permits.hong_kong_macao_pass, " h 1234-5678 ", None),
        (permits.taiwan_pass, "1234567", "length"),
        (permits.taiwan_pass, "ABCDEFGH", "characters"),
        (permits.taiwan_pass, "0123456789(B)", None),
        (permits.taiwan_pass, "０１２３４５６７", None),
        (permits.cn_passport, "E12345678", None),
        (permits.cn_passport, "EA1234567", None),
        (permits.cn_passport, "EI1234567", "characters"),
        (permits.cn_passport, "PE1234567", None),
        (permits.cn_passport, "123", "length"),
        (permits.cn_passport, "X12345678", "characters"),
        (permits.passport, "C01X00T47", None),
        (permits.passport, "ABCDEFG", "characters"),
        (permits.passport, "A1", "length"),
        (permits.passport, "1" * 21, "length"),
        (permits.passport, " \u200b", "empty"),
        (permits.passport, "12345\u0661", "characters"),
        (permits.passport, "АВ1234567", "characters"),
        (permits.passport, "1' OR 1=1", "characters"),
    ],
)
def test_shapes(read, text: str, code: str | None) -> None:
    if code is None:
        assert str(read(text))
    else:
        assert refusal(read, text).code == code


@pytest.mark.parametrize("text", ["usa", "USA", " jpn ", "ＦＲＡ", "D", "GBN", ""])
def test_countries(text: str) -> None:
    assert permits.country(text) in {"USA", "JPN", "FRA", "D", "GBN", ""}


@pytest.mark.parametrize("text", ["美国", "US", "U5A", "USAA", "\x00", "U\u202eSA"])
def test_what_is_no_country(text: str) -> None:
    with pytest.raises(IdentifierError, match="country"):
        permits.country(text)


@given(st.sampled_from(READERS), st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_and_never_told(read, text: str) -> None:
    try:
        found = read(text)
    except IdentifierError as error:
        assert len(text) < 4 or text not in str(error) + repr(error.args)
    else:
        assert str(read(str(found))) == str(found)
        assert str(found) not in repr(found)
        assert str(found).isascii() and str(found).isalnum()


def test_a_birth_in_the_future_is_refused() -> None:
    number = whole("810000", date(2030, 1, 1), 1)
    assert refusal(permits.residence_permit, number, on=date(2026, 1, 1)).code == "birth-in-future"
