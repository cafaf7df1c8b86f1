"""Plain conditions: a field equals a value, or is one of several. No expressions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Condition = Mapping[str, Any]  # {"field", "equals" | "in"}

# What the case itself knows, beside the form. Materials and procedure parameters may depend on it; a form may not.
CASE_FACTS: dict[str, frozenset[str]] = {
    "filed_by": frozenset({"self", "agent"}),
    "applicant_kind": frozenset({"person", "sole_trader", "firm", "branch", "public_body"}),
}


def holds(when: Condition | list[Condition] | None, values: Mapping[str, Any]) -> bool:
    """Whether a condition, or each of several, holds. None: always. For a field with several values any match
    counts; an absent or empty field matches nothing."""
    if when is None:
        return True
    if isinstance(when, list | tuple):
        return all(holds(one, values) for one in when)
    value = values.get(when["field"])
    if value is None or value == "" or value == []:
        return False
    chosen = list(value) if isinstance(value, list | tuple) else [value]
    wanted = when["in"] if "in" in when else [when["equals"]]
    return any(str(one) in wanted for one in chosen)


def conditions_in(when: Condition | list[Condition] | None) -> list[Condition]:
    """The single conditions of a `when`."""
    if when is None:
        return []
    return list(when) if isinstance(when, list | tuple) else [when]
