"""Calling functions: which form of a built-in fits, and what a value becomes on its way in (DMN 1.5, 10.3.2.13.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import DecimalException
from typing import Any

from tongqu.foundation.feel.diagnostics import LimitExceeded, Span, diagnostic
from tongqu.foundation.feel.running import Run
from tongqu.foundation.feel.types import ANY, Type, coerced
from tongqu.foundation.feel.values import Builtin, Function, Unknown, kind, unknown, unknown_within

MOST_LIGHT = 1_000  # characters or items: beyond, the clock is looked at before each call


@dataclass(frozen=True, slots=True)
class FormParameter:
    """`types`: any of them; `nullable`: null is let in; `variadic`: takes all that remain, as a list; `loose`: null
    where named arguments leave it out."""

    name: str
    types: tuple[Type, ...]
    optional: bool = False
    variadic: bool = False
    nullable: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a built-in function. `knows_unknown`: it sees unknown values rather than becoming unknown;
    `deep`: it looks into lists within lists, and into contexts."""

    parameters: tuple[FormParameter, ...]
    work: Callable[..., Any]
    knows_unknown: bool = False
    deep: bool = False

    @property
    def least(self) -> int:
        return sum(not p.optional and not p.variadic for p in self.parameters)

    @property
    def most(self) -> int | None:
        return None if self.parameters and self.parameters[-1].variadic else len(self.parameters)


@dataclass(frozen=True, slots=True)
class Calling:
    """What a built-in function works with besides its arguments."""

    run: Run
    span: Span
    name: str

    def fail(self, zh: str, en: str) -> None:
        """Null, and why."""
        return self.run.note("argument-value", self.span, name=self.name, why=f"{zh} {en}")

    def call(self, function: Function, *values: Any) -> Any:
        return invoke(self.run, self.span, function, values, None)


def invoke(run: Run, span: Span, function: Any, values: Sequence[Any], names: Sequence[str] | None) -> Any:
    """Call with positional arguments, or with named ones. Null, with its reason, where the call does not fit."""
    if type(function) is Builtin:
        return _builtin(run, span, function, values, names)
    if not isinstance(function, Function):
        if type(function) is Unknown:
            return function
        return run.note("not-a-function", span, name=kind(function))
    given = _in_order(run, span, function, values, names)
    if given is None:
        return None
    for n, parameter in enumerate(function.parameters):
        value, fits = coerced(given[n], parameter.type or ANY)
        if not fits:
            return run.note(
                "argument-type", span, name=function.name or "function", parameter=parameter.name,
                wanted=str(parameter.type), kind=kind(given[n]),
            )  # fmt: skip
        given[n] = value
    return entered(run, span, lambda: _typed(run, span, function, function.call(run, span, given)))


def entered(run: Run, span: Span, work: Callable[[], Any]) -> Any:
    """One level deeper. Raises LimitExceeded."""
    run.depth += 1
    run.tick(span)
    if run.depth > run.limits.depth:
        raise LimitExceeded(diagnostic("too-deep", span, most=run.limits.depth))
    try:
        return work()
    finally:
        run.depth -= 1


def _typed(run: Run, span: Span, function: Function, result: Any) -> Any:
    if function.result_type is None:
        return result
    value, fits = coerced(result, function.result_type)
    return value if fits else run.note("type-mismatch", span, wanted=str(function.result_type), kind=kind(result))


def _in_order(
    run: Run, span: Span, function: Function, values: Sequence[Any], names: Sequence[str] | None
) -> list[Any] | None:
    """The arguments in the order of the parameters."""
    wanted = [p.name for p in function.parameters]
    if names is None:
        if len(values) != len(wanted):
            return run.note("argument-count", span, name=function.name or "function", given=len(values))
        return list(values)
    strange = next((name for name in names if name not in wanted), None)
    if strange is not None:
        return run.note("argument-name", span, name=function.name or "function", parameter=strange)
    if len(set(names)) != len(wanted):
        return run.note("argument-count", span, name=function.name or "function", given=len(names))
    by_name = dict(zip(names, values, strict=True))
    return [by_name[name] for name in wanted]


# --- built-in functions ----------------------------------------------------------------------------------------------


def _builtin(run: Run, span: Span, function: Builtin, values: Sequence[Any], names: Sequence[str] | None) -> Any:
    run.tick(span)
    fitting = [(form, given) for form in function.forms if (given := _arranged(form, values, names)) is not None]
    if not fitting:
        return _does_not_fit(run, span, function, values, names)
    failed: tuple[FormParameter, Any] | None = None
    for form, given in fitting:
        if (open_ := _unknown_in(form, given)) is not None:
            return open_
        ready, wrong = _coerced(form, given)
        if wrong is None:
            return _worked(run, span, function, form, ready)
        failed = failed or wrong
    parameter, value = failed or (None, None)
    if parameter is not None:
        wanted = " / ".join(map(str, parameter.types))
        run.note("argument-type", span, name=function.name, parameter=parameter.name, wanted=wanted, kind=kind(value))
    return None


def _worked(run: Run, span: Span, function: Builtin, form: Form, ready: list[Any]) -> Any:
    for value in ready:
        if type(value) in (str, list) and len(value) > MOST_LIGHT:
            run.in_time(span)
    try:
        return form.work(Calling(run, span, function.name), *ready)
    except (DecimalException, OverflowError):
        return run.note("out-of-range", span)


def _does_not_fit(run: Run, span: Span, function: Builtin, values: Sequence[Any], names: Sequence[str] | None) -> None:
    known = {p.name for form in function.forms for p in form.parameters}
    strange = next((name for name in names or () if name not in known), None)
    if strange is not None:
        return run.note("argument-name", span, name=function.name, parameter=strange)
    return run.note("argument-count", span, name=function.name, given=len(values))


_LEFT_OUT = object()


def _arranged(form: Form, values: Sequence[Any], names: Sequence[str] | None) -> list[Any] | None:
    """One entry for each parameter of the form (a list for a variadic one); None where they do not fit it."""
    if names is not None:
        return _by_name(form, dict(zip(names, values, strict=True))) if len(set(names)) == len(names) else None
    if len(values) < form.least or (form.most is not None and len(values) > form.most):
        return None
    given: list[Any] = []
    for n, parameter in enumerate(form.parameters):
        if parameter.variadic:
            given.append(list(values[n:]))
        else:
            given.append(values[n] if n < len(values) else _LEFT_OUT)
    return given


def _by_name(form: Form, named: Mapping[str, Any]) -> list[Any] | None:
    wanted = {p.name for p in form.parameters}
    if not named.keys() <= wanted:
        return None
    if any(not (p.optional or p.variadic or p.loose) and p.name not in named for p in form.parameters):
        return None
    return [_named(p, named) for p in form.parameters]


def _named(parameter: FormParameter, named: Mapping[str, Any]) -> Any:
    if parameter.variadic:
        value = named.get(parameter.name, [])
        return value if type(value) is list else [value]
    return named.get(parameter.name, None if parameter.loose else _LEFT_OUT)


def _coerced(form: Form, given: list[Any]) -> tuple[list[Any], tuple[FormParameter, Any] | None]:
    ready: list[Any] = []
    for parameter, value in zip(form.parameters, given, strict=True):
        if value is _LEFT_OUT:
            break
        if parameter.variadic:
            items = value if isinstance(value, list) else [value]
            for item in items:
                _one, fits = _one_coerced(parameter, item)
                if not fits:
                    return ready, (parameter, item)
            ready.extend(_one_coerced(parameter, item)[0] for item in items)
            continue
        one, fits = _one_coerced(parameter, value)
        if not fits:
            return ready, (parameter, value)
        ready.append(one)
    return _aligned(form, given, ready), None


def _aligned(form: Form, given: list[Any], ready: list[Any]) -> list[Any]:
    """With None in the place of an optional argument that was left out before one that was given by name."""
    if _LEFT_OUT not in given:
        return ready
    last = max((n for n, value in enumerate(given) if value is not _LEFT_OUT), default=-1)
    if last < len(ready):
        return ready
    whole: list[Any] = []
    for parameter, value in zip(form.parameters[: last + 1], given, strict=False):
        whole.append(None if value is _LEFT_OUT else _one_coerced(parameter, value)[0])
    return whole


def _one_coerced(parameter: FormParameter, value: Any) -> tuple[Any, bool]:
    if value is None:
        return None, parameter.nullable
    for wanted in parameter.types:
        one, fits = coerced(value, wanted)
        if fits and (one is not None or parameter.nullable):
            return one, True
    return None, False


def _unknown_in(form: Form, given: Sequence[Any]) -> Unknown | None:
    """Unknown arguments, and lists that hold some; of a form that sees such, only where it wants something definite."""
    parts: list[Any] = []
    for parameter, value in zip(form.parameters, given, strict=True):
        definite = ANY not in parameter.types
        if parameter.variadic:
            parts.extend(value if definite or not form.knows_unknown else ())
        elif definite or not form.knows_unknown:
            parts.append(value)
        if type(value) is list and not form.knows_unknown:
            parts.extend(value)
    return unknown_within(parts) if form.deep else unknown(parts)
