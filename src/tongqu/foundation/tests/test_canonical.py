"""The examples of RFC 8785, and what must hold for every value."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.canonical import MAX_INTEGER, NotCanonical, canonical_bytes, digest

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_sorting_example_of_the_rfc() -> None:
    """RFC 8785 §3.2.3: UTF-16 order puts the emoji before U+FB33, code point order would not."""
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    order = ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    text = canonical_bytes(value).decode()
    assert [text.index(f'"{key}":') for key in order] == sorted(text.index(f'"{key}":') for key in order)


def test_string_example_of_the_rfc() -> None:
    """RFC 8785 §3.2.2: only what must be escaped is escaped."""
    value = json.loads(
        r'{"string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}'
    )
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_bytes(value).decode() == expected


def test_values_that_travel_as_text() -> None:
    shanghai = timezone(timedelta(hours=8))
    value = {
        "id": UUID("01900000-0000-7000-8000-000000000001"),
        "day": date(2026, 3, 1),
        "at": datetime(2026, 3, 1, 8, 0, tzinfo=shanghai),
        "fee": Decimal("1.50"),
        "large": Decimal("1E+3"),
        "名称": ("明川市", 1, True),
    }
    assert canonical_bytes(value).decode() == (
        '{"at":"2026-03-01T00:00:00.000000Z","day":"2026-03-01","fee":"1.50",'
        '"id":"01900000-0000-7000-8000-000000000001","large":"1000","名称":["明川市",1,true]}'
    )
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [
        1.0, float("nan"), {"a": [0.1]}, datetime(2026, 3, 1), {1: "x"}, {None: 1}, b"bytes", {1, 2}, object(),
        Decimal("NaN"), Decimal("Infinity"), MAX_INTEGER + 1, -MAX_INTEGER - 1, "\ud800", {"\udfff": 1},
    ],
    ids=lambda value: repr(value).split(" at 0x")[0],  # the same in every worker
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCanonical):
        canonical_bytes(value)


@given(JSON)
def test_reading_it_back_gives_the_value(value: Any) -> None:
    made = canonical_bytes(value)
    assert json.loads(made) == value
    assert canonical_bytes(json.loads(made)) == made


@given(st.dictionaries(TEXT, JSON, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: dict[str, Any], chance: random.Random) -> None:
    items = list(value.items())
    chance.shuffle(items)
    assert canonical_bytes(dict(items)) == canonical_bytes(value)


@given(JSON, JSON)
def test_different_values_have_different_bytes(one: Any, two: Any) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True)
    assert (canonical_bytes(one) == canonical_bytes(two)) == same


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-14, 14))
def test_one_moment_has_one_text(moment: datetime, hours: int) -> None:
    try:
        elsewhere = moment.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    assert canonical_bytes(moment) == canonical_bytes(elsewhere)
