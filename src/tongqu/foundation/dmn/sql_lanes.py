"""FEEL's operators in DuckDB's SQL, for what SQL says exactly: what `lanes` does with arrays, as text.

Numbers are DECIMALs whose width is known beforehand, so that nothing overflows and nothing has more than FEEL's 34
digits. A quotient is kept as two numbers and only compared. What cannot be said so raises NotSql.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from tongqu.foundation.dmn.analysis import Choices, Segments
from tongqu.foundation.dmn.lanes import KINDS
from tongqu.foundation.dmn.plan import InputPlan
from tongqu.foundation.feel.temporal import Date
from tongqu.foundation.feel.values import Range, plain

MOST_WIDTH = 34  # digits of FEEL's numbers
WIDE = 19  # digits from which DuckDB counts in 128 bits
NEAR = 32  # digits within which a rounded quotient never reaches a number that it is not


class NotSql(ValueError):
    """A table or a value of it that SQL cannot decide exactly."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value in SQL. `kind`: number (DECIMAL(`width`, `scale`)), date, boolean, string, null.

    `null`: a condition, None for never; `unknown`: a number with a bit for each fact that is needed. Where either holds
    the value does not count. `below`: what the number is yet to be divided by.
    """

    kind: str
    sql: str
    width: int = 0
    scale: int = 0
    null: str | None = None
    unknown: str | None = None
    below: Said | None = None


def never_null(sql: str) -> str:
    return f"coalesce({sql}, FALSE)"


def either(one: str | None, other: str | None, sign: str = "OR") -> str | None:
    if one is None or other is None or one == other:
        return one if other is None else other
    return f"({one} {sign} {other})"


def nulls(unknown: str | None) -> Said:
    return Said("null", "NULL", null=_known(unknown), unknown=unknown)


def _known(unknown: str | None) -> str:
    return "TRUE" if unknown is None else f"({unknown} = 0)"


def literal(value: Any) -> str:
    """Raises NotSql."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Date) and 0 < value.year < 10_000:
        return f"DATE '{value}'"
    raise NotSql(str(value))


def constant(value: Any) -> Said:
    """Raises NotSql."""
    if value is None:
        return nulls(None)
    kind = KINDS.get(type(value))
    if kind is None or (isinstance(value, Decimal) and not value.is_finite()):
        raise NotSql(str(value))
    if kind != "number":
        return Said(kind, literal(value))
    scale = max(0, -int(value.as_tuple().exponent))
    width = max(1, value.adjusted() + 1, 0) + scale
    return _number(plain(value), width, scale)


def _number(sql: str, width: int, scale: int) -> Said:
    if width > MOST_WIDTH:
        raise NotSql(f"{sql[:60]}: 可能超过{MOST_WIDTH}位 may have more than {MOST_WIDTH} digits")
    return Said("number", f"({sql})::DECIMAL({width}, {scale})", width, scale)


def _both(a: Said, b: Said) -> dict[str, str | None]:
    unknown = either(a.unknown, b.unknown, "|")
    null = either(a.null, b.null)
    if null is not None and unknown is not None:
        null = f"({null} AND {unknown} = 0)"
    return {"null": null, "unknown": unknown}


def whole(a: Said) -> Said:
    """Raises NotSql for a quotient."""
    if a.below is not None:
        raise NotSql("商只能用来比较 a quotient is only compared")
    return a


# --- numbers ---------------------------------------------------------------------------------------------------------


def arithmetic(sign: str, a: Said, b: Said) -> Said:
    """`+ - * /`, and `+` of texts. Raises NotSql."""
    given = _both(a, b)
    if a.kind == b.kind == "string" and sign == "+":
        return Said("string", f"({a.sql} || {b.sql})", null=given["null"], unknown=given["unknown"])
    if a.kind == b.kind == "date" and sign == "-":
        raise NotSql("日期相减 a difference of dates")
    if a.kind != "number" or b.kind != "number":
        return nulls(given["unknown"])
    a, b = whole(a), whole(b)
    if sign == "/":
        zero = never_null(f"{b.sql} = 0")
        if given["unknown"] is not None:
            zero = f"({zero} AND {given['unknown']} = 0)"
        return Said("number", a.sql, a.width, a.scale, either(given["null"], zero), given["unknown"], below=b)
    if sign == "*":
        found = _product(a, b)
    else:
        scale = max(a.scale, b.scale)
        width = max(a.width - a.scale, b.width - b.scale) + 1 + scale
        found = _number("0", width, scale)  # raises where it is too wide
        cast = f"DECIMAL({width}, {scale})"
        found = replace(found, sql=f"({a.sql}::{cast} {sign} {b.sql}::{cast})::{cast}")
    return replace(found, null=given["null"], unknown=given["unknown"])


def _product(a: Said, b: Said) -> Said:
    left = a.sql
    if max(a.width, b.width) < WIDE <= a.width + b.width:  # DuckDB would keep to 18 digits, and fail beyond them
        left = f"{left}::DECIMAL({WIDE}, {a.scale})"
    return _number(f"{left} * {b.sql}", a.width + b.width, a.scale + b.scale)


def negated(a: Said) -> Said:
    return replace(a, sql=f"(-{a.sql})") if a.kind == "number" else nulls(a.unknown)


def extreme(values: Sequence[Said], *, greatest: bool) -> Said:
    """`min` and `max`: null where any has no order. Raises NotSql."""
    best = values[0]
    if any(one.kind == "string" for one in values):
        raise NotSql("文字的 min、max min and max of texts")
    for other in values[1:]:
        given = _both(best, other)
        if best.kind != other.kind or best.kind not in ("number", "date"):
            best = nulls(given["unknown"])
            continue
        best, other = alike(best, other)
        sql = f"{'greatest' if greatest else 'least'}({best.sql}, {other.sql})"
        best = replace(best, sql=sql, null=given["null"], unknown=given["unknown"])
    return whole(best) if best.kind in ("number", "date") else nulls(best.unknown)


# --- comparison ------------------------------------------------------------------------------------------------------


def compare(sign: str, a: Said, b: Said) -> Said:
    """`< <= > >=`. Raises NotSql."""
    given = _both(a, b)
    if a.kind != b.kind or a.kind in ("boolean", "null"):
        return nulls(given["unknown"])
    return Said("boolean", _ordered(sign, a, b), null=given["null"], unknown=given["unknown"])


def equal(a: Said, b: Said) -> Said:
    """`=`: null is equal to null alone, and values of different kinds give null. Raises NotSql."""
    unknown = either(a.unknown, b.unknown, "|")
    null: str | None = None
    if a.kind == b.kind and a.kind != "null":
        sql = _ordered("=", a, b)
    else:
        sql = "FALSE"
        if "null" not in (a.kind, b.kind):
            null = "TRUE"
    if a.null is not None or b.null is not None:
        left, right = a.null or "FALSE", b.null or "FALSE"
        sql = f"(CASE WHEN {left} OR {right} THEN {left} AND {right} ELSE {sql} END)"
        null = None if null is None else f"(NOT ({left} OR {right}))"
    if null is not None and unknown is not None:
        null = f"({null} AND {unknown} = 0)"
    return Said("boolean", sql, null=null, unknown=unknown)


_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


def _ordered(sign: str, a: Said, b: Said) -> str:
    """Whether the sign holds between values of one kind."""
    if a.kind != "number":
        return never_null(f"{a.sql} {sign} {b.sql}")
    if b.below is not None:
        if a.below is not None:
            raise NotSql("两个商相比 two quotients compared")
        a, b, sign = b, a, _TURNED[sign]
    if a.below is None:
        a, b = alike(a, b)
        return never_null(f"{a.sql} {sign} {b.sql}")
    below = a.below
    if max(a.scale, b.scale + below.scale) + a.width - a.scale > NEAR:
        raise NotSql("商的位数太多 a quotient of too many digits")
    above, other = alike(replace(a, below=None), _product(b, below))
    turned = f"{above.sql} {_TURNED[sign]} {other.sql}"
    return never_null(f"(CASE WHEN {below.sql} > 0 THEN {above.sql} {sign} {other.sql} ELSE {turned} END)")


# --- true and false --------------------------------------------------------------------------------------------------


def opposite(a: Said) -> Said:
    return a if a.kind == "null" else replace(a, sql=f"(NOT {a.sql})")


def connective(a: Said, b: Said, *, settles: bool) -> Said:
    """`and` (settled by false), `or` (settled by true); unknown goes before null."""
    (own, never), (other, neither) = _truth(a, settles), _truth(b, settles)
    settled, unknown = f"({own} OR {other})", either(a.unknown, b.unknown, "|")
    null = f"(NOT ({settled} OR ({never} AND {neither})))"
    if unknown is not None:
        unknown = f"(CASE WHEN {settled} THEN 0 ELSE {unknown} END)"
        null = f"({null} AND {unknown} = 0)"
    return Said("boolean", settled if settles else f"(NOT {settled})", null=null, unknown=unknown)


def _truth(a: Said, settles: bool) -> tuple[str, str]:
    """Where it settles, and where it is the other truth value."""
    if a.kind != "boolean":
        return "FALSE", "FALSE"
    there = " AND ".join([
        *([f"NOT {a.null}"] if a.null is not None else []), *([f"{a.unknown} = 0"] if a.unknown is not None else []),
    ])  # fmt: skip
    there = f" AND {there}" if there else ""
    yes, no = never_null(f"{a.sql}{there}"), never_null(f"NOT {a.sql}{there}")
    return (yes, no) if settles else (no, yes)


def chosen(condition: Said, then: Said, otherwise: Said) -> Said:
    """`if`: both ways where the condition is unknown. Raises NotSql for ways of different kinds."""
    then, otherwise = alike(then, otherwise)
    yes, _no = _truth(condition, True)
    found = picked(yes, then, otherwise)
    if condition.unknown is None:
        return found
    same = equal(then, otherwise)
    agree = never_null(f"{same.sql} AND {same.unknown or '0'} = 0 AND NOT {same.null or 'FALSE'}")
    open_ = replace(then, null=None, unknown=either(condition.unknown, same.unknown, "|"))
    return picked(f"({condition.unknown} <> 0)", picked(agree, then, open_), found)


def agreed(values: Sequence[Said], waits: str | None) -> Said:
    """The first where all others are equal to it; else unknown by these bits, or null. Raises NotSql."""
    first, parts = values[0], []
    for other in values[1:]:
        same = equal(other, first)
        parts.append(f"{same.sql} AND {same.unknown or '0'} = 0 AND NOT {same.null or 'FALSE'}")
    rest = replace(first, null="TRUE" if waits is None else None, unknown=waits)
    return picked(never_null(" AND ".join(parts)), first, rest)


def alike(a: Said, b: Said) -> tuple[Said, Said]:
    """Both of one kind, width and scale. Raises NotSql."""
    if a.kind == "null" and b.kind == "null":
        return a, b
    if a.kind == "null":
        return replace(b, sql="NULL", null=a.null, unknown=a.unknown, below=None), whole(b)
    if b.kind == "null":
        return whole(a), replace(a, sql="NULL", null=b.null, unknown=b.unknown, below=None)
    if a.kind != b.kind:
        raise NotSql("结果有几种类型 results of several types")
    if a.kind != "number":
        return a, b
    a, b = whole(a), whole(b)
    scale = max(a.scale, b.scale)
    width = max(a.width - a.scale, b.width - b.scale) + scale
    cast = _number("0", width, scale).sql.partition("::")[2]
    return tuple(replace(one, sql=f"{one.sql}::{cast}", width=width, scale=scale) for one in (a, b))  # type: ignore[return-value]


def picked(condition: str, a: Said, b: Said) -> Said:
    """One where the condition holds, else the other; both alike."""

    def part(one: str | None, other: str | None, nothing: str) -> str | None:
        if one is None and other is None:
            return None
        return f"(CASE WHEN {condition} THEN {one or nothing} ELSE {other or nothing} END)"

    return replace(a, sql=f"(CASE WHEN {condition} THEN {a.sql} ELSE {b.sql} END)",
                   null=part(a.null, b.null, "FALSE"), unknown=part(a.unknown, b.unknown, "0"))  # fmt: skip


def member(value: Said, of: Range | list[Any]) -> Said:
    """`value in of`. Raises NotSql."""
    if isinstance(of, list):
        found = constant(False)
        for one in of:
            inside = member(value, one) if isinstance(one, Range) else equal(value, constant(one))
            found = connective(found, inside, settles=True)
        return found if found.null is None else picked(found.null, constant(False), found)
    if of.sign in ("=", "!=") or (not of.sign and (of.start is None or of.end is None)):
        raise NotSql("这种区间 this kind of range")
    answers = []
    if of.start is not None:
        answers.append(compare(">=" if of.start_included else ">", value, constant(of.start)))
    if of.end is not None:
        answers.append(compare("<=" if of.end_included else "<", value, constant(of.end)))
    return answers[0] if len(answers) == 1 else connective(answers[0], answers[1], settles=False)


# --- states ----------------------------------------------------------------------------------------------------------


def state(one: InputPlan, value: Said) -> str:
    """The number of the state that a value has in an input. Raises NotSql."""
    cases = [] if value.unknown is None else [f"WHEN {value.unknown} <> 0 THEN {one.unknown}"]
    if value.null is not None:
        cases.append(f"WHEN {value.null} THEN {one.null}")
    points = one.lookup.points if isinstance(one.lookup, Segments) else one.values
    if value.kind != "null" and points and value.kind != KINDS.get(one.lookup.kind):
        raise NotSql(f"“{one.path}”: {value.kind}")
    if value.kind == "null" or not points:
        rest = one.parts[-1]
    elif isinstance(one.lookup, Choices):
        cases += [f"WHEN {value.sql} = {literal(v)} THEN {s}" for v, s in zip(one.values, one.parts, strict=False)]
        rest = one.parts[-1]
    else:
        for n, point in enumerate(points):
            said, parts = constant(point), one.parts
            cases += [f"WHEN {_ordered('<', value, said)} THEN {parts[2 * n]}",
                      f"WHEN {_ordered('=', value, said)} THEN {parts[2 * n + 1]}"]  # fmt: skip
        rest = one.parts[-1]
    return f"(CASE {' '.join(cases)} ELSE {rest} END)" if cases else str(rest)
