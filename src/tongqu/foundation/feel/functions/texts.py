"""Functions of texts (DMN 1.5, 10.3.4.3). Positions count characters (Unicode code points) from 1.

Patterns are those of XPath, matched in time proportional to the text (`patterns/`), never by backtracking.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel.calling import Calling
from tongqu.foundation.feel.functions.registry import builtin
from tongqu.foundation.feel.patterns import Pattern, PatternError, compile_pattern


@builtin("substring", "string: string", "start position: number", "length: number|null?")
def substring(call: Calling, string: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = int(start)
    if not first:
        return call.fail("位置从1开始，或者从末尾用负数", "positions start at 1, or from the end with -1")
    if length is not None and length < 1:
        return call.fail("长度至少是1", "the length is at least 1")
    begin = first - 1 if first > 0 else len(string) + first
    if begin < 0 or (first > 0 and first > len(string)):
        return call.fail("位置超出了文字", "the position is beyond the text")
    return string[begin:] if length is None else string[begin : begin + int(length)]


@builtin("string length", "string: string")
def string_length(call: Calling, string: str) -> Decimal:
    return Decimal(len(string))


@builtin("upper case", "string: string")
def upper_case(call: Calling, string: str) -> str:
    return string.upper()


@builtin("lower case", "string: string")
def lower_case(call: Calling, string: str) -> str:
    return string.lower()


@builtin("substring before", "string: string", "match: string")
def substring_before(call: Calling, string: str, match: str) -> str:
    before, found, _after = string.partition(match) if match else ("", "", "")
    return before if found else ""


@builtin("substring after", "string: string", "match: string")
def substring_after(call: Calling, string: str, match: str) -> str:
    if not match:
        return string
    return string.partition(match)[2]


@builtin("contains", "string: string", "match: string")
def contains(call: Calling, string: str, match: str) -> bool:
    return match in string


@builtin("starts with", "string: string", "match: string")
def starts_with(call: Calling, string: str, match: str) -> bool:
    return string.startswith(match)


@builtin("ends with", "string: string", "match: string")
def ends_with(call: Calling, string: str, match: str) -> bool:
    return string.endswith(match)


@builtin("string join", "list: list<string>", "delimiter: string|null?")
def string_join(call: Calling, items: list[str | None], delimiter: str | None = None) -> str:
    kept = [item for item in items if item is not None]
    call.run.sized(call.span, sum(map(len, kept)) + len(delimiter or "") * len(kept), text=True)
    return (delimiter or "").join(kept)


@builtin("matches", "input: string", "pattern: string", "flags: string|null?")
def matches(call: Calling, text: str, pattern: str, flags: str | None = None) -> bool | None:
    found = _pattern(call, pattern, flags)
    return _tried(call, lambda: found.is_match(text)) if found else None


@builtin("replace", "input: string", "pattern: string", "replacement: string", "flags: string|null?")
def replace(call: Calling, text: str, pattern: str, replacement: str, flags: str | None = None) -> str | None:
    found = _pattern(call, pattern, flags)
    if found is None:
        return None

    def grown(length: int) -> None:
        call.run.sized(call.span, length, text=True)
        call.run.tick(call.span)

    answer: str | None = _tried(call, lambda: found.replace(text, replacement, grown=grown))
    if answer is not None:
        call.run.sized(call.span, len(answer), text=True)
    return answer


@builtin("split", "string: string", "delimiter: string")
def split(call: Calling, text: str, delimiter: str) -> list[str] | None:
    found = _pattern(call, delimiter, None)
    return _tried(call, lambda: _pieces(call, found.pieces(text))) if found else None


def _pieces(call: Calling, split: Iterator[str]) -> list[str]:
    parts: list[str] = []
    for part in split:
        parts.append(part)
        call.run.sized(call.span, len(parts))
        call.run.tick(call.span)
    return parts


def _pattern(call: Calling, pattern: str, flags: str | None) -> Pattern | None:
    found: Pattern | None = _tried(call, lambda: compile_pattern(pattern, flags or ""))
    return found


def _tried(call: Calling, work: Any) -> Any:
    try:
        return work()
    except PatternError as error:
        call.run.note("pattern", call.span, why=f"{error.zh} {error.en}")
        return None
