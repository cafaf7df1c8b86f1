"""Arithmetic, comparison and membership on FEEL values (DMN 1.5, tables 42 to 58). None is FEEL's null.

`Unknown` goes through arithmetic and comparison: what depends on a fact that is not known is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any, TypeVar

from tongqu.foundation.feel.diagnostics import Span
from tongqu.foundation.feel.running import Run
from tongqu.foundation.feel.temporal import (
    DAY,
    NANOS,
    UTC,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    of_instant,
    of_local,
    of_nanos,
)
from tongqu.foundation.feel.values import EXACT, Function, Parts, Range, Unknown, kind, unknown

MOST_EXPONENT = 999_999_999
MOST_LASTING = 10**33  # nanoseconds or months: within FEEL's precision, and beyond what a text can say
Lasting = TypeVar("Lasting", DaysTime, YearsMonths)


# --- arithmetic ------------------------------------------------------------------------------------------------------


def add(run: Run, span: Span, a: Any, b: Any) -> Any:
    if type(a) is Decimal and type(b) is Decimal:
        return exactly(run, span, EXACT.add, a, b)
    if type(a) is str and type(b) is str:
        run.sized(span, len(a) + len(b), text=True)
        return a + b
    if type(a) is DaysTime and type(b) is DaysTime:
        return lasting(run, span, DaysTime, a.nanos + b.nanos)
    if type(a) is YearsMonths and type(b) is YearsMonths:
        return lasting(run, span, YearsMonths, a.months + b.months)
    if isinstance(b, DaysTime | YearsMonths):
        return _moved(run, span, "+", a, b, 1)
    if isinstance(a, DaysTime | YearsMonths):
        return _moved(run, span, "+", b, a, 1)
    return neither(run, span, "+", a, b)


def subtract(run: Run, span: Span, a: Any, b: Any) -> Any:
    if type(a) is Decimal and type(b) is Decimal:
        return exactly(run, span, EXACT.subtract, a, b)
    if type(a) is DaysTime and type(b) is DaysTime:
        return lasting(run, span, DaysTime, a.nanos - b.nanos)
    if type(a) is YearsMonths and type(b) is YearsMonths:
        return lasting(run, span, YearsMonths, a.months - b.months)
    if isinstance(b, DaysTime | YearsMonths):
        return _moved(run, span, "-", a, b, -1)
    if isinstance(a, Date | DateTime) and isinstance(b, Date | DateTime):
        return _apart(run, span, _at_midnight(a), _at_midnight(b))
    if type(a) is Time and type(b) is Time and (a.zone is None) == (b.zone is None):
        return DaysTime(_of_day(a) - _of_day(b))
    return neither(run, span, "-", a, b)


def multiply(run: Run, span: Span, a: Any, b: Any) -> Any:
    if type(a) is Decimal and type(b) is Decimal:
        return exactly(run, span, EXACT.multiply, a, b)
    if type(a) is Decimal and isinstance(b, DaysTime | YearsMonths):
        a, b = b, a
    if type(b) is Decimal and type(a) is DaysTime:
        return lasting(run, span, DaysTime, exactly(run, span, EXACT.multiply, Decimal(a.nanos), b))
    if type(b) is Decimal and type(a) is YearsMonths:
        return lasting(run, span, YearsMonths, exactly(run, span, EXACT.multiply, Decimal(a.months), b))
    return neither(run, span, "*", a, b)


def divide(run: Run, span: Span, a: Any, b: Any) -> Any:
    if type(b) is Decimal and not b and isinstance(a, Decimal | DaysTime | YearsMonths):
        return run.note("divide-by-zero", span)
    if type(a) is Decimal and type(b) is Decimal:
        return exactly(run, span, EXACT.divide, a, b)
    if type(b) is Decimal and type(a) is DaysTime:
        return lasting(run, span, DaysTime, exactly(run, span, EXACT.divide, Decimal(a.nanos), b))
    if type(b) is Decimal and type(a) is YearsMonths:
        return lasting(run, span, YearsMonths, exactly(run, span, EXACT.divide, Decimal(a.months), b))
    for of, part in ((DaysTime, "nanos"), (YearsMonths, "months")):
        if type(a) is of and type(b) is of:
            below = getattr(b, part)
            if not below:
                return run.note("divide-by-zero", span)
            return EXACT.divide(Decimal(getattr(a, part)), Decimal(below))
    return neither(run, span, "/", a, b)


def power(run: Run, span: Span, a: Any, b: Any) -> Any:
    if type(a) is Decimal and type(b) is Decimal:
        if abs(b) > MOST_EXPONENT:
            return run.note("out-of-range", span)
        if not a and b < 0:
            return run.note("divide-by-zero", span)
        return Decimal(1) if not b else exactly(run, span, EXACT.power, a, b)
    return neither(run, span, "**", a, b)


def negate(run: Run, span: Span, a: Any) -> Any:
    if type(a) is Decimal:
        return EXACT.minus(a)
    if type(a) is DaysTime:
        return DaysTime(-a.nanos)
    if type(a) is YearsMonths:
        return YearsMonths(-a.months)
    return a if type(a) is Unknown else run.note("operand", span, kind=kind(a), sign="-")


def lasting(run: Run, span: Span, of: type[Lasting], amount: int | Decimal | None) -> Lasting | None:
    """A duration of so many nanoseconds or months, less what is no whole one; null for none, and for too many."""
    if amount is None:
        return None
    if not -MOST_LASTING <= amount <= MOST_LASTING:
        return run.note("out-of-range", span)
    return of(int(amount))


def exactly(run: Run, span: Span, work: Callable[..., Decimal], *values: Decimal) -> Decimal | None:
    """Within FEEL's precision; null where the result does not exist or is out of range."""
    try:
        return work(*values)
    except DecimalException:
        run.note("out-of-range", span)
        return None


def neither(run: Run, span: Span, sign: str, a: Any, b: Any) -> Any:
    """Unknown where one of them is, else null with its reason."""
    if type(a) is Unknown or type(b) is Unknown:
        return unknown((a, b))
    return run.note("operands", span, left=kind(a), right=kind(b), sign=sign)


def _moved(run: Run, span: Span, sign: str, a: Any, by: Any, way: int) -> Any:
    """A moment moved by a duration."""
    try:
        if type(by) is YearsMonths:
            if type(a) is Date:
                return a.plus_months(way * by.months)
            if type(a) is DateTime:
                return DateTime(a.date.plus_months(way * by.months), a.time)
        elif type(by) is DaysTime:
            nanos = way * by.nanos
            if type(a) is Date:
                return of_local(a.number * DAY + nanos, None).date
            if type(a) is DateTime:
                return of_instant(a.instant + nanos, a.time.zone)
            if type(a) is Time:
                return of_nanos((a.of_day + nanos) % DAY, a.zone)
    except ValueError:
        return run.note("out-of-range", span)
    return neither(run, span, sign, a, by)


def _at_midnight(value: Date | DateTime) -> DateTime:
    return value if type(value) is DateTime else DateTime(value, Time(0, 0, 0, 0, UTC))  # type: ignore[arg-type]


def _apart(run: Run, span: Span, a: DateTime, b: DateTime) -> Any:
    if (a.time.zone is None) != (b.time.zone is None):
        return neither(run, span, "-", a, b)
    return lasting(run, span, DaysTime, a.instant - b.instant)


def _of_day(value: Time) -> int:
    return value.of_day - (value.offset or 0) * NANOS


# --- comparison ------------------------------------------------------------------------------------------------------


def order(a: Any, b: Any) -> int | None:
    """-1, 0 or 1; None for what has no order."""
    if type(a) is not type(b):
        return None
    if type(a) is Decimal or type(a) is str:
        return int(a > b) - int(a < b)
    pair = _keys(a, b)
    return None if pair is None else (pair[0] > pair[1]) - (pair[0] < pair[1])


def _keys(a: Any, b: Any) -> tuple[int, int] | None:
    """The two as whole numbers in their order; of times in seconds (`valuet` in DMN 1.5, 10.3.2.3.5)."""
    if type(a) is Date:
        return a.number, b.number
    if type(a) is DaysTime:
        return a.nanos, b.nanos
    if type(a) is YearsMonths:
        return a.months, b.months
    if type(a) is Time and (a.zone is None) == (b.zone is None):
        return _of_day(a) // NANOS, _of_day(b) // NANOS
    if type(a) is DateTime and (a.time.zone is None) == (b.time.zone is None):
        return a.instant // NANOS, b.instant // NANOS
    return None


def compare(run: Run, span: Span, sign: str, a: Any, b: Any) -> Any:
    """`< <= > >=`: true, false, unknown, or null for what has no order."""
    way = order(a, b)
    if way is None:
        if type(a) is Unknown or type(b) is Unknown:
            return unknown((a, b))
        return run.note("not-comparable", span, left=kind(a), right=kind(b))
    if sign == "<":
        return way < 0
    if sign == "<=":
        return way <= 0
    return way > 0 if sign == ">" else way >= 0


def equal(a: Any, b: Any) -> Any:
    """True, false, unknown, or None for values of different kinds."""
    of = type(a)
    if of is type(b):
        if of is Decimal or of is str or of is bool or a is None:
            return a == b
        if of is list or isinstance(a, dict):
            return _alike(a, b, Parts())
        pair = _keys(a, b)
        if pair is not None:
            return pair[0] == pair[1]
        return _others_equal(a, b)
    if of is Unknown or type(b) is Unknown:
        return unknown((a, b))
    if a is None or b is None:
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return _alike(a, b, Parts())
    return None


def _others_equal(a: Any, b: Any) -> Any:
    if type(a) is Unknown:
        return unknown((a, b))
    if type(a) is Range:
        return _ranges_equal(a, b)
    if isinstance(a, Function):
        return a is b
    return False  # a time with a zone and one without


def _alike(a: Any, b: Any, parts: Parts) -> Any:
    """Lists and contexts, part by part. Raises TooLarge."""
    if type(a) is list and type(b) is list:
        if len(a) != len(b):
            return False
        parts.take(len(a))
        return every(_alike(one, other, parts) for one, other in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            return False
        parts.take(len(a))
        return every(_alike(value, b[name], parts) for name, value in a.items())
    return equal(a, b)


def _ranges_equal(a: Range, b: Range) -> Any:
    if (a.start_included, a.end_included, a.sign) != (b.start_included, b.end_included, b.sign):
        return False
    return every((equal(a.start, b.start), equal(a.end, b.end)))


def every(answers: Any) -> Any:
    """And, where what cannot be compared counts as different."""
    open_: list[Any] = []
    for answer in answers:
        if type(answer) is Unknown:
            open_.append(answer)
        elif answer is not True:
            return False
    return unknown(open_) if open_ else True


# --- ranges and membership -------------------------------------------------------------------------------------------


def contains(run: Run, span: Span, within: Range, value: Any) -> Any:
    """Whether the value lies in the range; null for what cannot be compared, and for an end that is null."""
    if within.sign in ("=", "!="):
        answer = equal(value, within.start)
        return answer if within.sign == "=" or type(answer) is not bool else not answer
    if not within.sign and (within.start is None or within.end is None):
        return None
    answers: list[Any] = []
    if within.start is not None:
        answers.append(compare(run, span, ">=" if within.start_included else ">", value, within.start))
    if within.end is not None:
        answers.append(compare(run, span, "<=" if within.end_included else "<", value, within.end))
    if not answers:
        return None
    return conjunction(answers)


def conjunction(answers: list[Any]) -> Any:
    """FEEL's and: false goes before unknown, unknown before null, null before true."""
    return connected(answers, settles=False)


def disjunction(answers: list[Any]) -> Any:
    """FEEL's or: true goes before unknown, unknown before null, null before false."""
    return connected(answers, settles=True)


def connected(answers: list[Any], *, settles: bool) -> Any:
    """Any answer that `settles` does so; else unknown if one is, else the other truth value if all are that."""
    if any(answer is settles for answer in answers):
        return settles
    open_ = unknown(answers)
    if open_ is not None:
        return open_
    return not settles if all(answer is (not settles) for answer in answers) else None


def member(run: Run, span: Span, value: Any, of: Any) -> Any:
    """`value in of`: lies in the range, is or lies in one of the list's, or is equal."""
    if type(of) is Range:
        return contains(run, span, of, value)
    if type(of) is list:
        answers = [contains(run, span, one, value) if type(one) is Range and type(value) is not Range
                   else equal(value, one) for one in of]  # fmt: skip
        if type(value) is list:
            answers.append(equal(value, of))
        found = disjunction(answers) if answers else False
        return False if found is None else found
    return equal(value, of)
