"""Which fields are shown: a field whose `show` names a hidden or empty field is hidden too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Value = str | list[str]


def matches(condition: Mapping[str, Any], value: Value | None) -> bool:
    """Whether a value meets `equals` or `in`; with several values, whether any of them does."""
    if not value:
        return False
    wanted = condition["in"] if "in" in condition else [condition["equals"]]
    return any(v in wanted for v in ([value] if isinstance(value, str) else value))


def shown(fields: Mapping[str, Mapping[str, Any]], value_of: Callable[[str], Value | None]) -> Callable[[str], bool]:
    """A question "is this field shown?", answered through all the fields it hangs on. Circles count as hidden."""
    known: dict[str, bool] = {}

    def is_shown(name: str) -> bool:
        if name in known:
            return known[name]
        known[name] = False  # what a circle meets
        field = fields.get(name)
        condition = field.get("show") if field else None
        known[name] = condition is None or holds(condition)
        return known[name]

    def holds(condition: Mapping[str, Any]) -> bool:
        on = condition["field"]
        return (on not in fields or is_shown(on)) and matches(condition, value_of(on))

    return is_shown
