"""Patterns of numbers: what may be written, what comes out, and that what people type finds it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.identifiers import mod_11_10_check
from tongqu.kernel.cases import patterns
from tongqu.kernel.cases.patterns import PatternError, book_of, fold, read, tail

DAY = date(2026, 3, 2)


def test_the_shipped_patterns() -> None:
    book = patterns.book()
    case = book.node.case.make(region_code="990102000000", on=DAY, serial=7)
    assert case == "9901022026030200007"
    assert book.node.receipt.make(region_code="990102000000", on=DAY, case=case) == f"SJ{case}"
    assert book.of("qx-scjg") == book.node


def test_a_pattern_with_a_check_digit() -> None:
    made = read("SP{region:6}{year}{serial:6}{check}").make(region_code="990102000000", on=DAY, serial=42)
    digits = "9901022026000042"
    assert made == f"SP{digits}{mod_11_10_check(digits)}"


def test_a_unit_has_patterns_of_its_own() -> None:
    book = book_of(
        {"version": 1, "case": "{region:6}{day}{serial:5}", "receipt": "SJ{case}",
         "units": {"qx-scjg": {"case": "SC{year}{serial:6}"}}}, where="test",
    )  # fmt: skip
    own = book.of("qx-scjg")
    assert own.case.make(region_code="990102000000", on=DAY, serial=3) == "SC2026000003"
    assert own.receipt.text == "SJ{case}"
    assert book.of("qx-wjw") == book.node


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cannot read"), ("{region:6}{day}", "exactly one"), ("{serial:5}{serial:5}{day}", "exactly one"),
        ("{day}-{serial:5}", "cannot read '-"), ("{day}{serial:5} ", "cannot read ' "),
        ("sj{day}{serial:5}", "cannot read"),
        ("{check}{day}{serial:5}", "stands last"), ("{region:5}{day}{serial:5}", "2, 4, 6"),
        ("{day}{serial:2}", "3 to 10"),
        ("{serial:5}", "8 places"), ("{day}{day}{serial:5}", "once"), ("{evil}{serial:9}", "cannot read"),
        ("{region:12}{day}{serial:10}ABCDE", "longer than"), ("{case}{serial:5}", "beside {case}"),
        ("{case}", "beside"),
        ("{day}{serial:5}{", "cannot read"), ("号{day}{serial:5}", "cannot read"),
    ],
)  # fmt: skip
def test_what_a_pattern_may_not_be(text: str, why: str) -> None:
    with pytest.raises(PatternError, match=why.replace("{", r"\{")):
        read(text)


@pytest.mark.parametrize(
    "raw",
    [
        {"version": 1, "case": "{day}{serial:5}"},
        {"version": 1, "case": "{day}{serial:5}", "receipt": "{day}{serial:5}"},
        {"version": 1, "case": "SJ{case}", "receipt": "SJ{case}"},
        {"version": 1, "case": "{day}{serial:5}", "receipt": "SJ{case}", "units": {"qx-scjg": {"cases": "x"}}},
        {"version": 1, "case": "{day}{serial:5}", "receipt": "SJ{case}", "units": {"qx scjg": {"case": "A{serial:8}"}}},
        {"version": 2, "case": "{day}{serial:5}", "receipt": "SJ{case}"},
    ],
)  # fmt: skip
def test_what_a_file_may_not_be(raw: dict[str, object]) -> None:
    with pytest.raises(PatternError, match="test"):
        book_of(raw, where="test")


PATTERNS = st.sampled_from(
    [
        "{region:6}{day}{serial:5}",
        "{region:4}{year}{serial:6}{check}",
        "A{day}{serial:4}",
        "A{year}{serial:4}",
        "{serial:9}X",
    ]
)


@given(
    a=st.tuples(
        PATTERNS, st.sampled_from(["990102000000", "990103000000"]), st.dates(date(2025, 1, 1), date(2027, 1, 1))
    ),
    b=st.tuples(
        PATTERNS, st.sampled_from(["990102000000", "990103000000"]), st.dates(date(2025, 1, 1), date(2027, 1, 1))
    ),
    serials=st.tuples(st.integers(1, 300_000), st.integers(1, 300_000)),
)
def test_one_serial_in_one_series_is_one_number(
    a: tuple[str, str, date], b: tuple[str, str, date], serials: tuple[int, int]
) -> None:
    """Within a series numbers differ as their serials do, whatever unit takes them."""
    one, other = read(a[0]), read(b[0])
    same = one.series(region_code=a[1], on=a[2]) == other.series(region_code=b[1], on=b[2])
    if same and one.text == other.text:
        made = [
            p.make(region_code=r, on=d, serial=n) for p, (_t, r, d), n in ((one, a, serials[0]), (other, b, serials[1]))
        ]
        assert (made[0] == made[1]) == (serials[0] == serials[1])


@given(serial=st.integers(1, 9_999_999))
def test_a_serial_that_outgrows_its_place_makes_the_number_longer(serial: int) -> None:
    made = read("{region:6}{day}{serial:5}").make(region_code="990102000000", on=DAY, serial=serial)
    assert made.startswith("99010220260302") and int(made[14:]) == serial and len(made) <= 32


@given(st.text(max_size=300))
def test_folding_anything_twice_is_folding_it_once(text: str) -> None:
    once = fold(text)
    assert fold(once)[:64] == once or not once.isascii()
    assert len(once) <= 64 and not any(c.isspace() for c in once)


@pytest.mark.parametrize(
    "typed",
    ["9901022026030200007", "９９０１０２２０２６０３０２００００７", "990102 20260302 00007", "990102-20260302-00007",
     "990102－20260302—00007", " 990102\u300020260302\t00007 ", "990102 20260302\u200b00007"],
)  # fmt: skip
def test_folding_forgives_what_hands_do(typed: str) -> None:
    assert fold(typed) == "9901022026030200007"


def test_tails() -> None:
    assert tail("9901022026030200007") == "200007"
    assert tail("YS99-000000123456") == "123456"
    assert tail("A12") is None
