"""JSON from outside, read so that it means one thing to all (RFC 7493): no name twice, no NaN, no half characters.

Python's own reader takes the later of two equal names where others take the first, and gives back lone surrogates that
can neither be stored nor sent.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

MAX_DEPTH = 60
_OPENING = re.compile(r"[\[{\]}]")
# one that does not end goes to the end of the text: looking for its end from each quote in it would take hours
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")


class StrictJsonError(ValueError):
    """Why the text is not taken, never what is in it. `code`: syntax, encoding, depth, repeated, number, surrogate."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read(data: bytes) -> Any:
    """The value of UTF-8 JSON. Raises StrictJsonError."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise StrictJsonError("encoding") from None
    if _depth(text) > MAX_DEPTH:
        raise StrictJsonError("depth")
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_finite)
    except StrictJsonError:
        raise
    except ValueError:
        raise StrictJsonError("syntax") from None
    if "\\u" in text and _halves(value):
        raise StrictJsonError("surrogate")
    return value


def _depth(text: str) -> int:
    """How deep brackets stand in each other, those inside of strings left out."""
    deepest = now = 0
    for bracket in _OPENING.findall(_STRING.sub("", text)):
        now += 1 if bracket in "[{" else -1
        deepest = max(deepest, now)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise StrictJsonError("repeated")
    return found


def _no_number(_text: str) -> Any:
    raise StrictJsonError("number")


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise StrictJsonError("number")
    return value


def _halves(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_HALF.search(value))
    if isinstance(value, dict):
        return any(_halves(name) or _halves(one) for name, one in value.items())
    return isinstance(value, list) and any(map(_halves, value))
