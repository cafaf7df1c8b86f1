"""How a built-in function is written down: its name, its parameters, and the work.

`@builtin("substring", "string: string", "start position: number", "length: number?")`. After the colon stand the types
that fit, apart by `|`; `?` marks an optional parameter, `*` one that takes all that remain, `~` one that may be left
out where arguments are named; `null` lets null in.
Functions with several forms are declared once for each. Source: DMN 1.5, 10.3.4.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tongqu.foundation.feel.calling import Form, FormParameter
from tongqu.foundation.feel.types import SIMPLE, Type
from tongqu.foundation.feel.values import Builtin, Parameter

F = TypeVar("F", bound=Callable[..., Any])
FORMS: dict[str, list[Form]] = {}
_LISTS = {f"list<{name}>": Type("list", of=SIMPLE[name]) for name in ("string", "number", "boolean", "context")}


def builtin(name: str, *parameters: str, knows_unknown: bool = False, deep: bool = False) -> Callable[[F], F]:
    def declared(work: F) -> F:
        form = Form(tuple(_parameter(one) for one in parameters), work, knows_unknown, deep)
        FORMS.setdefault(name, []).append(form)
        return work

    return declared


def _parameter(text: str) -> FormParameter:
    name, _sep, kinds = text.partition(":")
    kinds = kinds.strip()
    optional, variadic, loose = (kinds.endswith(sign) for sign in "?*~")
    names = [one.strip() for one in kinds.rstrip("?*~").split("|")]
    nullable = "null" in names or "Any" in names
    types = tuple(_LISTS.get(one) or SIMPLE[one] for one in names if one != "null")
    return FormParameter(name.strip(), types, optional, variadic, nullable, loose)


def built() -> dict[str, Builtin]:
    """All of them, by name."""
    found = {}
    for name, forms in FORMS.items():
        widest = max(forms, key=lambda form: len(form.parameters))
        parameters = tuple(Parameter(p.name, p.types[0]) for p in widest.parameters)
        found[name] = Builtin(name, parameters, _not_called, None, tuple(forms))
    return found


def _not_called(*_values: Any) -> Any:
    raise AssertionError("built-in functions are called through their forms")
