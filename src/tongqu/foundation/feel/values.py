"""The values that FEEL computes with, and the one value that is not there yet.

number → Decimal (34 digits, half even: IEEE 754-2008 Decimal128) · string → str · boolean → bool · list → list ·
context → dict · null → None · range → Range · function → Function · temporal values → `temporal.py`.
`Unknown` stands for a fact that nobody has given yet; it names the facts that would settle it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any

from tongqu.foundation.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths

EXACT = Context(
    prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow]
)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact, or what depends on one, that is not known: `needs` are the names of the facts that are missing."""

    needs: frozenset[str]


def unknown(parts: Iterable[Any]) -> Unknown | None:
    """The needs of all unknown values among these; None where there is none."""
    needs = [one.needs for one in parts if type(one) is Unknown]
    return Unknown(frozenset().union(*needs)) if needs else None


@dataclass(frozen=True, slots=True)
class Range:
    """`[start..end]` with its ends in or out. `start`, `end`: comparable, of one kind.

    `sign`: of a range written with one sign, as `(< 5)` or `(= "a")`; it has one end (with = and !=, both alike).
    """

    start: Any
    end: Any
    start_included: bool = True
    end_included: bool = True
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    type: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """What an expression or a model defined: `call(run, span, values)` takes the values in the order of the parameters.

    `result_type` None: any.
    """

    name: str
    parameters: tuple[Parameter, ...]
    call: Callable[..., Any] = field(repr=False)
    result_type: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class Builtin(Function):
    """A function that FEEL itself has, in one or several forms (`functions/registry.py`)."""

    forms: tuple[Any, ...] = ()


class Partial(dict[str, Any]):
    """A context of facts of which some are not known: what is missing is unknown rather than null.

    `path` is how the context itself is called, for naming what is missing (`applicant.age`).
    """

    __slots__ = ("path",)

    def __init__(self, values: Mapping[str, Any] = {}, path: str = "") -> None:
        super().__init__(values)
        self.path = path

    def missing(self, name: str) -> Unknown:
        return Unknown(frozenset([f"{self.path}.{name}" if self.path else name]))


MOST_NESTED = 100
MOST_PARTS = 100_000
EACH = 4  # what a list or context costs besides its parts


def unknown_within(value: Any) -> Unknown | None:
    """The needs of all unknown values in a list or context, at any depth; None where there is none."""
    found: list[Unknown] = []
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if type(one) is Unknown:
            found.append(one)
        elif isinstance(one, list | dict) and id(one) not in seen:
            seen.add(id(one))
            waiting += one.values() if isinstance(one, dict) else one
    return unknown(found)


class TooLarge(Exception):
    """A value has more parts, or nests deeper, than anything may go through. `most`: how many, or how deep."""

    def __init__(self, code: str, most: int) -> None:
        super().__init__(code, most)
        self.code, self.most = code, most


class Parts:
    """Counts the parts of a value while something goes through it: a list may hold one list many times over, and that
    one another, so that few lines make a value of more parts than there is time."""

    __slots__ = ("left",)

    def __init__(self, most: int = MOST_PARTS) -> None:
        self.left = most + EACH

    def take(self, count: int) -> None:
        """One list or context with so many parts. Raises TooLarge."""
        self.left -= count + EACH
        if self.left < 0:
            raise TooLarge("too-large", MOST_PARTS)


def measure(value: Any) -> None:
    """Whether a caller can go through all of the value. Raises TooLarge."""
    if isinstance(value, list | dict):
        _size(value, {}, 0)


def _size(value: list[Any] | dict[str, Any], known: dict[int, int], level: int) -> int:
    """Its parts, each as often as it is there, counted once for each list and context."""
    if (found := known.get(id(value))) is not None:
        return found
    if level >= MOST_NESTED:
        raise TooLarge("too-deep", MOST_NESTED)
    size = len(value)
    for one in value.values() if isinstance(value, dict) else value:
        if isinstance(one, list | dict):
            size += _size(one, known, level + 1)
    if size > MOST_PARTS:
        raise TooLarge("too-large", MOST_PARTS)
    known[id(value)] = size
    return size


def kind(value: Any) -> str:
    """The name of a value's type as FEEL has it."""
    return _KINDS.get(type(value), "Any")


_KINDS: dict[type, str] = {
    type(None): "Null", bool: "boolean", Decimal: "number", str: "string", list: "list", dict: "context",
    Partial: "context", Range: "range", Function: "function", Builtin: "function", Date: "date", Time: "time",
    DateTime: "date and time", YearsMonths: "years and months duration", DaysTime: "days and time duration",
    Unknown: "unknown",
}  # fmt: skip


def number(value: int | float | str | Decimal) -> Decimal:
    """A number within FEEL's precision. Raises decimal.InvalidOperation."""
    return EXACT.create_decimal(repr(value) if isinstance(value, float) else value)


def plain(value: Decimal) -> str:
    """A number as FEEL writes it: no exponent, no trailing zeros after the point."""
    if value == value.to_integral_value():
        return f"{value.to_integral_value():f}" if value else "0"
    return f"{value:f}".rstrip("0").rstrip(".")
