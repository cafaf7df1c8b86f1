"""Plain YAML: what a file says is what everyone reads, or it is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.standards.plain_yaml import MAX_BYTES, PlainYamlError, load_file, load_text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: no", {"a": "no"}),
        ("a: yes", {"a": "yes"}),
        ("a: 2026-01-01", {"a": "2026-01-01"}),
        ("a: 007", {"a": "007"}),
        ("a: 1:30", {"a": "1:30"}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12\nb: true\nc: ~\nd:", {"a": 12, "b": True, "c": None, "d": None}),
        ('a: "1.5"', {"a": "1.5"}),
    ],
)
def test_nothing_is_guessed(text: str, value: object) -> None:
    assert load_text(text) == value


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: 1\na: 2", 2, "写了两次"),
        ("a: &x 1", 1, "锚点"),
        ("a: 1\nb: *x", 2, "别名"),
        ("a: !!python/object:os.system x", 1, "标签"),
        ("a: !!float 1", 1, "标签"),
        ("x: 1\na: 1.5", 2, "引号"),
        ("1: a", 1, "普通文字"),
        ("? [a]\n: b", 1, "普通文字"),
        ("a: " + "[" * 60 + "]" * 60, 1, "层次太深"),
        ("---\na: 1\n---\nb: 2", 3, "another document"),
        ("a: [1", 1, "expected"),
        ("a: \x00", 0, "ReaderError"),
        ('x: 1\na: "\\0"', 2, "无法显示"),
        ('a: "\\ud800"', 1, "无法显示"),
        ('x: 1\n"\\ud800": 1', 2, "无法显示"),
        ('a: "b\\u202ec"', 1, "无法显示"),
        ("a: " + "9" * 5000, 1, "太大"),
        ("a: -" + "9" * 19, 1, "太大"),
        ('a: "\\U00110000"', 0, "ValueError"),
        ("a: \ud800", 0, "ReaderError"),
    ],
)
def test_what_could_mislead_is_refused_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(PlainYamlError, match=word) as caught:
        load_text(text)
    assert caught.value.line == line


def test_a_huge_file_and_one_that_is_not_utf8_are_refused(tmp_path: Path) -> None:
    huge = tmp_path / "huge.yaml"
    huge.write_text("a: " + "x" * MAX_BYTES)
    other = tmp_path / "other.yaml"
    other.write_bytes("a: 中文".encode("gbk"))
    for path in (huge, other):
        with pytest.raises(PlainYamlError):
            load_file(path)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        load_text(text)
    except PlainYamlError as error:
        assert error.line >= 0
