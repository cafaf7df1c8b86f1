"""FEEL's types: what a value is an instance of, and what it conforms to (DMN 1.5, 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tongqu.foundation.feel.temporal import UTC, Date, DateTime, DaysTime, Time, YearsMonths
from tongqu.foundation.feel.values import Function, Parts, Range, Unknown


@dataclass(frozen=True, slots=True)
class Type:
    """`name` is a simple type, list, context, range, function, or Any and Null.

    `of`: the item's type of a list or range; `fields`: a context's; `parameters` and `result`: a function's.
    `allowed` is a test that a value must pass besides (an item definition's allowed values); `label` names it.
    """

    name: str
    of: Type | None = None
    fields: Mapping[str, Type] | None = None
    parameters: tuple[Type, ...] | None = None
    result: Type | None = None
    allowed: Callable[[Any], Any] | None = field(default=None, compare=False)
    label: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.label:
            return self.label
        if self.of is not None:
            return f"{self.name}<{self.of}>"
        if self.fields is not None:
            return "context<" + ", ".join(f"{n}: {t}" for n, t in self.fields.items()) + ">"
        if self.parameters is not None:
            return f"function<{', '.join(map(str, self.parameters))}> -> {self.result}"
        return self.name


ANY = Type("Any")
NULL = Type("Null")
BOOLEAN = Type("boolean")
NUMBER = Type("number")
STRING = Type("string")
SIMPLE: dict[str, Type] = {
    "Any": ANY, "Null": NULL, "boolean": BOOLEAN, "number": NUMBER, "string": STRING, "date": Type("date"),
    "time": Type("time"), "date and time": Type("date and time"), "dateTime": Type("date and time"),
    "days and time duration": Type("days and time duration"), "dayTimeDuration": Type("days and time duration"),
    "years and months duration": Type("years and months duration"),
    "yearMonthDuration": Type("years and months duration"), "list": Type("list"), "context": Type("context"),
    "function": Type("function"), "range": Type("range"),
}  # fmt: skip

_CHECKS: dict[str, Callable[[Any], bool]] = {
    "Any": lambda v: True,
    "Null": lambda v: v is None,
    "boolean": lambda v: type(v) is bool,
    "number": lambda v: type(v) is Decimal,
    "string": lambda v: type(v) is str,
    "date": lambda v: type(v) is Date,
    "time": lambda v: type(v) is Time,
    "date and time": lambda v: type(v) is DateTime,
    "days and time duration": lambda v: type(v) is DaysTime,
    "years and months duration": lambda v: type(v) is YearsMonths,
    "list": lambda v: isinstance(v, list),
    "context": lambda v: isinstance(v, dict),
    "function": lambda v: isinstance(v, Function),
    "range": lambda v: isinstance(v, Range),
}


def instance_of(value: Any, wanted: Type) -> bool:
    """`value instance of wanted`: null is an instance of Null alone."""
    return wanted.name == "Null" if value is None else conforms(value, wanted, limited=False)


def conforms(value: Any, wanted: Type, *, limited: bool = True) -> bool:
    """Whether the value may stand where the type is wanted; null may always. `limited`: allowed values count."""
    simple = wanted.of is None and wanted.fields is None
    return _conforms(value, wanted, limited, None if simple else Parts())


def _conforms(value: Any, wanted: Type, limited: bool, parts: Parts | None) -> bool:
    """`parts`: counts those that are looked at; None where there are none. Raises TooLarge."""
    if value is None or type(value) is Unknown:
        return True
    if not _CHECKS[wanted.name](value):
        return False
    if parts is not None:
        if wanted.of is not None and not _parts_conform(value, wanted.of, limited, parts):
            return False
        if wanted.fields is not None and not _fields_conform(value, wanted.fields, limited, parts):
            return False
    if wanted.parameters is not None and not _signature_conforms(value, wanted):
        return False
    return not limited or wanted.allowed is None or wanted.allowed(value) is True


def _fields_conform(value: Mapping[str, Any], fields: Mapping[str, Type], limited: bool, parts: Parts) -> bool:
    parts.take(len(fields))
    return all(name in value and _conforms(value[name], of, limited, parts) for name, of in fields.items())


def _parts_conform(value: Any, of: Type, limited: bool, parts: Parts) -> bool:
    if isinstance(value, Range):
        ends = [end for end in (value.start, value.end) if end is not None]
        return bool(ends) and all(_conforms(end, of, limited, parts) for end in ends)
    parts.take(len(value))
    return all(_conforms(item, of, limited, parts) for item in value)


def misfit(value: Any, wanted: Type, path: str = "") -> tuple[str, Type, Any]:
    """Of a value that does not conform: the place inside it (`.kids[2].age`) that does not, the type wanted there, and
    what is there instead; LACKING for an entry that is not there."""
    if type(value) is list and wanted.name == "list" and wanted.of is not None:
        for number, item in enumerate(value, 1):
            if not conforms(item, wanted.of):
                return misfit(item, wanted.of, f"{path}[{number}]")
    if isinstance(value, dict) and wanted.fields is not None:
        for name, of in wanted.fields.items():
            if name not in value:
                return f"{path}.{name}", of, LACKING
            if not conforms(value[name], of):
                return misfit(value[name], of, f"{path}.{name}")
    return path, wanted, value


LACKING = object()


def _signature_conforms(value: Function, wanted: Type) -> bool:
    """Contravariant in the parameters, covariant in the result; what a function does not say is Any."""
    parameters = wanted.parameters or ()
    if len(value.parameters) != len(parameters):
        return False
    for own, asked in zip(value.parameters, parameters, strict=True):
        if not type_conforms(asked, own.type or ANY):
            return False
    return type_conforms(value.result_type or ANY, wanted.result or ANY)


def type_conforms(one: Type, wanted: Type) -> bool:
    """Whether every value of one type is one of the other."""
    if wanted.name == "Any" or one.name == "Null":
        return True
    if one.name != wanted.name:
        return False
    if wanted.of is not None and not type_conforms(one.of or ANY, wanted.of):
        return False
    if wanted.fields is not None:
        own = one.fields or {}
        if not all(name in own and type_conforms(own[name], of) for name, of in wanted.fields.items()):
            return False
    if wanted.parameters is not None:
        if one.parameters is None or len(one.parameters) != len(wanted.parameters):
            return False
        pairs = zip(wanted.parameters, one.parameters, strict=True)
        if not all(type_conforms(asked, own) for asked, own in pairs):
            return False
        return type_conforms(one.result or ANY, wanted.result or ANY)
    return True


def coerced(value: Any, wanted: Type) -> tuple[Any, bool]:
    """The value as the type wants it, and whether it can be: by itself, a list of one for its item or the other way
    about, a date for its midnight (DMN 1.5, 10.3.2.9.4)."""
    if conforms(value, wanted):
        return value, True
    if isinstance(value, list) and len(value) == 1 and wanted.name != "list" and conforms(value[0], wanted):
        return value[0], True
    if wanted.name == "list" and not isinstance(value, list) and conforms([value], wanted):
        return [value], True
    if wanted.name == "date and time" and type(value) is Date:
        return DateTime(value, Time(0, 0, 0, 0, UTC)), True
    return None, False
