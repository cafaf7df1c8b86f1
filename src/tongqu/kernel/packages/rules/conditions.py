"""Conditions: a field equals a value or is one of several, or an expression in FEEL; decided by the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tongqu.kernel.packages.rules.expressions import feel_holds, one_of

Condition = Mapping[str, Any]  # {"field", "equals" | "in"} or {"feel"}

# What the case itself knows, beside the form. Materials and procedure parameters may depend on it; a form may not.
CASE_FACTS: dict[str, frozenset[str]] = {
    "filed_by": frozenset({"self", "agent"}),
    "applicant_kind": frozenset({"person", "sole_trader", "firm", "branch", "public_body"}),
}


def holds(
    when: Condition | list[Condition] | None, values: Mapping[str, Any], kinds: Mapping[str, str] | None = None
) -> bool:
    """Whether a condition, or each of several, holds. None: always. For a field with several values any match
    counts; an absent or empty field matches nothing. `kinds`: of what may stand in an expression."""
    if when is None:
        return True
    if isinstance(when, list | tuple):
        return all(holds(one, values, kinds) for one in when)
    if "feel" in when:
        return feel_holds(when["feel"], values, kinds or {})
    value = values.get(when["field"])
    if value is None or value == "" or value == []:
        return False
    chosen = list(value) if isinstance(value, list | tuple) else [value]
    wanted = when["in"] if "in" in when else [when["equals"]]
    test = one_of(tuple(wanted))
    return any(test(str(one)) for one in chosen)


def conditions_in(when: Condition | list[Condition] | None) -> list[Condition]:
    """The single plain conditions of a `when`."""
    return [one for one in _each(when) if "feel" not in one]


def expressions_in(when: Condition | list[Condition] | None) -> list[str]:
    """The expressions of a `when`."""
    return [one["feel"] for one in _each(when) if "feel" in one]


def _each(when: Condition | list[Condition] | None) -> list[Condition]:
    if when is None:
        return []
    return list(when) if isinstance(when, list | tuple) else [when]
