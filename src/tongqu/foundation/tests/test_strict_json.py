"""JSON from outside: what means one thing is read as Python reads it, everything else is refused by a word."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tongqu.foundation.strict_json import MAX_DEPTH, StrictJsonError, read

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(values, st.booleans())
def test_what_is_written_properly_is_read(value: object, escaped: bool) -> None:
    assert read(json.dumps(value, ensure_ascii=escaped).encode()) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "syntax"), (b"{", "syntax"), (b"{'a': 1}", "syntax"), (b'{"a": 1} x', "syntax"), (b'"\x00"', "syntax"),
        (b"9" * 5000, "syntax"), (b'"\xff"', "encoding"), (b'"\xed\xa0\x80"', "encoding"),
        ('{"a": 1}'.encode("utf-16"), "encoding"), ("\ufeff{}".encode(), "syntax"),
        (b'{"a": 1, "a": 2}', "repeated"), (b'{"a": {"b": 1, "\\u0062": 2}}', "repeated"),
        (b'{"a": NaN}', "number"), (b"[-Infinity]", "number"), (b"1e400", "number"),
        (b'"\\ud800"', "surrogate"), (b'{"\\udfff": 1}', "surrogate"), (b'[{"a": ["\\ud800\\u0041"]}]', "surrogate"),
        (b"[" * 100_000, "depth"), (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "depth"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "depth"),
    ],
)  # fmt: skip
def test_what_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(StrictJsonError) as caught:
        read(text)
    assert caught.value.code == code


def test_brackets_in_a_text_are_no_depth_and_pairs_are_whole_characters() -> None:
    assert read(json.dumps("[" * 500 + '\\"' + "{" * 500).encode())
    assert read(b'"\\ud842\\udfb7"') == "\U00020bb7"
    assert read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


@given(st.binary(max_size=60))
@example(b'"' * 3)
@example(b'"\\')
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = read(data)
    except StrictJsonError:
        return
    json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ['"' + '\\"' * 500_000, '"' + '\\"' * 500_000 + "\\", '["' * 500_000, '"' * 999_999])
def test_a_text_that_does_not_end_is_given_up_soon(text: str) -> None:
    with pytest.raises(StrictJsonError):
        read(text.encode())
