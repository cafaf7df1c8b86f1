"""Document numbers: what a pattern may be, and that numbers of one series are 1, 2, 3 … whatever fails in between."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.records import numbering
from tongqu.kernel.records.numbering import Style

STYLE = Style("清市监", "许受")
WORDS = st.text("清市监许受审批甲乙AB12", min_size=1, max_size=6)


def test_a_number_as_offices_write_it() -> None:
    assert STYLE.number(2026, 12) == "清市监许受〔2026〕12号"
    assert Style("清", "许", "{agency}{word}字〔{year}〕第{serial4}号").number(2026, 12) == "清许字〔2026〕第0012号"


@pytest.mark.parametrize(
    "pattern",
    ["{agency}{word}〔{year}〕号", "{word}〔{year}〕{serial}{serial}号", "{word}{year}{serial}",
     "{word}〔{year}〕{serial",
     "{word}〔{year}〕{serial}号{os}", "{word}{serial}号", "〔{year}〕{serial}号", "{word}1{serial}号〔{year}〕",
     "{word}〔{year}〕{serial}1号", "{word}〔{year}〕{serial}号" + "长" * 60, "{word}〔{year}〕{serial}\x00号"],
)  # fmt: skip
def test_a_pattern_that_cannot_be_is_refused(pattern: str) -> None:
    assert numbering.pattern_fault(pattern)


def test_the_shipped_pattern_may_be() -> None:
    assert numbering.pattern_fault(numbering.PATTERN) is None
    assert numbering.pattern_fault("{agency}{word}字〔{year}〕第{serial4}号") is None


@given(WORDS, WORDS, st.integers(2020, 2099), st.integers(1, 10**6), st.integers(1, 10**6))
def test_two_serials_of_a_series_never_look_alike(agency: str, word: str, year: int, one: int, other: int) -> None:
    style = Style(agency, word)
    assert (style.number(year, one) == style.number(year, other)) == (one == other)
    wide = Style(agency, word, "{agency}{word}〔{year}〕{serial4}号")
    assert wide.series(year) == style.series(year), "the width of the serial does not begin another series"


@pytest.mark.django_db
def test_a_document_that_fails_gives_its_number_back() -> None:
    tenant, unit, day = default_tenant(), uuid7(), date(2026, 3, 2)
    assert numbering.take(tenant, unit, STYLE, day) == "清市监许受〔2026〕1号"
    with pytest.raises(RuntimeError), transaction.atomic():
        assert numbering.take(tenant, unit, STYLE, day) == "清市监许受〔2026〕2号"
        raise RuntimeError
    assert numbering.take(tenant, unit, STYLE, day) == "清市监许受〔2026〕2号"
    assert numbering.take(tenant, unit, STYLE, date(2027, 1, 4)) == "清市监许受〔2027〕1号"
    assert numbering.take(tenant, uuid7(), STYLE, day) == "清市监许受〔2026〕1号", "another unit counts by itself"
    assert numbering.take(tenant, unit, Style("清市监", "许补"), day) == "清市监许补〔2026〕1号"
