"""Whoever reads about a person says why, and the person can read it: every purpose in the source has words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import tongqu
from tongqu.kernel.identity import purposes

SOURCE = Path(tongqu.__file__).parent


def named(value: ast.expr) -> str | None:
    """The text of a literal, of an f-string its literal beginning."""
    if isinstance(value, ast.JoinedStr) and value.values and isinstance(value.values[0], ast.Constant):
        value = value.values[0]
    return str(value.value) if isinstance(value, ast.Constant) else None


def every_purpose() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for given in node.keywords:
                    if given.arg == "purpose" and (text := named(given.value)):
                        yield text, f"{path.relative_to(SOURCE)}:{node.lineno}"


def test_every_purpose_has_words() -> None:
    found = list(every_purpose())
    assert len(found) > 20, "the source was read"
    assert not [where for text, where in found if not purposes.has_words(text)]


@pytest.mark.parametrize("code", ["nonsense", ""])
def test_a_code_without_words_is_shown_as_it_is(code: str) -> None:
    assert not purposes.has_words(code) and purposes.why(code) == code
