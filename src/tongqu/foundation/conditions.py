"""Conditions of forms and lists: a field has a value or one of several, or an expression in FEEL is true of the fields.

    {"field": "kind", "equals": "catering"}    {"field": "kind", "in": ["catering", "canteen"]}
    {"feel": 'area >= 500 and list contains(items, "hot_food")'}

Both are decided as the one engine (`feel`) decides them, and nothing in them runs code: a plain condition is a cell of
texts, and texts are equal or not without the engine being started. Stored values are texts and lists of texts; `kinds`
says how FEEL reads each: {name: number, string, date, boolean ("true", "false") or list}.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import InvalidOperation
from functools import lru_cache
from typing import Any

from tongqu.foundation.feel import nodes
from tongqu.foundation.feel.evaluating import Expression, compile_expression
from tongqu.foundation.feel.reading_temporal import read_date
from tongqu.foundation.feel.values import Unknown, number

Condition = Mapping[str, Any]  # {"field", "equals" | "in"} or {"feel"}
Kinds = Mapping[str, str]


def holds(when: Condition | list[Condition] | None, values: Mapping[str, Any], kinds: Kinds | None = None) -> bool:
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
    chosen = wanted(when)
    return any(str(one) in chosen for one in (value if isinstance(value, list | tuple) else [value]))


def wanted(condition: Condition) -> tuple[str, ...]:
    """The values of a plain condition."""
    return tuple(condition["in"]) if "in" in condition else (condition["equals"],)


def conditions_in(when: Condition | list[Condition] | None) -> list[Condition]:
    """The single plain conditions of a `when`."""
    return [one for one in _each(when) if "feel" not in one]


def expressions_in(when: Condition | list[Condition] | None) -> list[str]:
    """The expressions of a `when`."""
    return [one["feel"] for one in _each(when) if "feel" in one]


def names_in(condition: Condition, kinds: Kinds) -> tuple[str, ...]:
    """The fields that one condition looks at, each once, in order."""
    return used(condition["feel"], tuple(sorted(kinds))) if "feel" in condition else (condition["field"],)


def feel_holds(text: str, values: Mapping[str, Any], kinds: Kinds) -> bool:
    """Whether the expression is true of the values; what is missing is null, and null is not true."""
    names = tuple(sorted(kinds))
    facts = {name: typed(values.get(name), kinds[name]) for name in used(text, names)}
    return compiled(text, names).evaluate(facts).value is True


def typed(value: Any, kind: str) -> Any:
    """A stored value as FEEL has it; nothing and what does not conform: null. What is unknown stays so."""
    if type(value) is Unknown:
        return value
    if value is None or value == "" or value == []:
        return None
    if kind == "list":
        return [str(one) for one in (value if isinstance(value, list | tuple) else [value])]
    if kind == "number":
        try:
            return number(str(value))
        except InvalidOperation:
            return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(str(value))
    return read_date(str(value)) if kind == "date" else str(value)


@lru_cache(maxsize=1024)
def compiled(text: str, names: tuple[str, ...]) -> Expression:
    """Raises FeelError with the place and plain words."""
    return compile_expression(text, names)


@lru_cache(maxsize=1024)
def used(text: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the names that the expression mentions. Raises FeelError."""
    mentioned = (one.name for one in nodes.walk(compiled(text, names).node) if isinstance(one, nodes.Name))
    return tuple(dict.fromkeys(name for name in mentioned if name in names))


def _each(when: Condition | list[Condition] | None) -> list[Condition]:
    if when is None:
        return []
    return list(when) if isinstance(when, list | tuple) else [when]
