"""Which fields are shown: a field whose `show` does not hold is hidden, and what is hidden has no value for others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tongqu.foundation.conditions import Condition, holds, names_in

Value = str | list[str]
Fields = Mapping[str, Mapping[str, Any]]
_KINDS = {"number": "number", "date": "date", "checkboxes": "list"}  # all else is a text


def kinds_of(fields: Fields) -> dict[str, str]:
    """{name: number, string, date or list}: how an expression reads each field."""
    return {name: _KINDS.get(field["widget"], "string") for name, field in fields.items()}


def shown(fields: Fields, value_of: Callable[[str], Value | None]) -> Callable[[str], bool]:
    """A question "is this field shown?", answered through all the fields it hangs on. Circles count as hidden."""
    known: dict[str, bool] = {}
    kinds = kinds_of(fields)

    def is_shown(name: str) -> bool:
        if name in known:
            return known[name]
        known[name] = False  # what a circle meets
        field = fields.get(name)
        condition = field.get("show") if field else None
        known[name] = condition is None or met(condition, kinds, value_of, is_shown)
        return known[name]

    return is_shown


def met(
    condition: Condition, kinds: Mapping[str, str], value_of: Callable[[str], Value | None],
    is_shown: Callable[[str], bool],
) -> bool:  # fmt: skip
    """Whether a condition holds of the fields that are shown. A name that is no field counts as shown."""
    names = names_in(condition, kinds)
    values = {name: value_of(name) for name in names if name not in kinds or is_shown(name)}
    return holds(condition, values, kinds)
