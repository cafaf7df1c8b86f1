"""Boxed expressions compiled to closures, like FEEL's own (DMN 1.5, 10.2 and 7.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tongqu.foundation.dmn import model as m
from tongqu.foundation.dmn.item_types import Types
from tongqu.foundation.feel.calling import invoke
from tongqu.foundation.feel.compiling import Work, compile_node, conditional
from tongqu.foundation.feel.diagnostics import MOST_SAID, Diagnostic, FeelError, Span, diagnostic
from tongqu.foundation.feel.functions.conversion import said
from tongqu.foundation.feel.iterating import expanded, filtered, for_each, quantified
from tongqu.foundation.feel.reading import read_expression
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.types import ANY, LACKING, Type, coerced, conforms, misfit
from tongqu.foundation.feel.values import Function, Parameter, kind

FEEL_LANGUAGES = ("FEEL", "/FEEL/")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the texts of an expression may use while they are read. `constants`: names that stand for one value, whoever
    asks; cells of tables are read with the value in their place."""

    names: tuple[str, ...]
    members: Iterable[str]
    types: Types
    problems: list[Diagnostic]
    constants: Mapping[str, Any] = field(default_factory=dict)

    def with_names(self, names: Iterable[str]) -> Scope:
        names = tuple(names)
        constants = {name: value for name, value in self.constants.items() if name not in names}
        return Scope((*self.names, *names), self.members, self.types, self.problems, constants)

    def type_of(self, name: str, label: str) -> Type:
        """ANY, and a problem, for a type that nobody has defined."""
        found = self.types(name)
        if found is None:
            self.problems.append(diagnostic("unknown-type", Span(0, 0, label), name=name))
        return found or ANY


def nothing(frame: Frame) -> None:
    return None


def failing(problem: Diagnostic) -> Work:
    """What cannot be read gives null, and says why each time."""

    def work(frame: Frame) -> None:
        frame.run.notes.append(problem)

    return work


def text_work(text: str, scope: Scope, label: str) -> Work:
    """A FEEL text compiled; one that cannot be read is put among the problems."""
    if not text.strip():
        return nothing
    try:
        return compile_node(read_expression(text, scope.names, members=scope.members, types=scope.types, where=label))
    except FeelError as error:
        scope.problems.append(error.problem)
        return failing(error.problem)


def typed(work: Work, wanted: Type, label: str) -> Work:
    """The result as the type wants it, or null with the reason."""
    if wanted == ANY and wanted.allowed is None:
        return work
    span = Span(0, 0, label)

    def checked(frame: Frame) -> Any:
        return as_type(frame.run, span, work(frame), wanted)

    return checked


def as_type(run: Run, span: Span, value: Any, wanted: Type) -> Any:
    found, fits = coerced(value, wanted)
    if fits:
        return found
    place, there, part = misfit(value, wanted)
    if part is LACKING:
        return run.note("missing-entry", span, wanted=str(wanted), name=place.removeprefix("."))
    if conforms(part, there, limited=False):
        name = f"{place.removeprefix('.')} = " if place else ""
        return run.note("not-allowed", span, value=f"{name}{said(part, inside=True)[:MOST_SAID]}")
    own = there.label and there.label != there.name
    words = f"{place.removeprefix('.')}: {there.name}" if place else f"{there} ({there.name})" if own else str(there)
    return run.note("type-mismatch", span, wanted=words, kind=kind(part))


def compile_boxed(boxed: m.Boxed | None, scope: Scope) -> Work:
    """Its result, as its type wants it."""
    if boxed is None:
        return nothing
    work = _COMPILERS[type(boxed)](boxed, scope)
    if not boxed.type_ref:
        return work
    return typed(work, scope.type_of(boxed.type_ref, boxed.label), boxed.label)


def _text(boxed: m.Text, scope: Scope) -> Work:
    if boxed.language and not boxed.language.rstrip("/").endswith("FEEL"):
        problem = diagnostic("language", Span(0, len(boxed.text), boxed.label), name=boxed.language)
        scope.problems.append(problem)
        return failing(problem)
    return text_work(boxed.text, scope, boxed.label)


def _context(boxed: m.BoxedContext, scope: Scope) -> Work:
    entries: list[tuple[str, Work]] = []
    inner = scope
    for entry in boxed.entries:
        work = typed(compile_boxed(entry.value, inner), inner.type_of(entry.type_ref, boxed.label), boxed.label)
        entries.append((entry.name, work))
        inner = inner.with_names([entry.name] if entry.name else [])

    def work_(frame: Frame) -> Any:
        found: dict[str, Any] = {}
        at = Frame(found, frame.run, frame)
        for name, value in entries:
            if not name:
                return value(at)
            found[name] = value(at)
        return found

    return work_


def _list(boxed: m.BoxedList, scope: Scope) -> Work:
    items = [compile_boxed(item, scope) for item in boxed.items]
    return lambda frame: [item(frame) for item in items]


def _relation(boxed: m.Relation, scope: Scope) -> Work:
    rows = [[compile_boxed(cell, scope) for cell in row] for row in boxed.rows]
    columns = boxed.columns
    return lambda frame: [{c: cell(frame) for c, cell in zip(columns, row, strict=False)} for row in rows]


def _function(boxed: m.BoxedFunction, scope: Scope) -> Work:
    if boxed.kind not in ("FEEL", ""):
        problem = diagnostic("external", Span(0, 0, boxed.label))
        scope.problems.append(problem)
        return failing(problem)
    inner = scope.with_names(p.name for p in boxed.parameters)
    body = compile_boxed(boxed.body, inner)
    parameters = tuple(Parameter(p.name, scope.type_of(p.type_ref, boxed.label)) for p in boxed.parameters)
    names = [p.name for p in parameters]

    def work(frame: Frame) -> Function:
        def call(run: Run, span: Span, values: Sequence[Any]) -> Any:
            return body(Frame(dict(zip(names, values, strict=True)), run, frame))

        return Function(boxed.label, parameters, call)

    return work


def _invocation(boxed: m.Invocation, scope: Scope) -> Work:
    function = compile_boxed(boxed.function, scope)
    names = tuple(name for name, _value in boxed.bindings)
    values = [compile_boxed(value, scope) for _name, value in boxed.bindings]
    span = Span(0, 0, boxed.label)

    def work(frame: Frame) -> Any:
        target = function(frame)
        given = [value(frame) for value in values]
        return invoke(frame.run, span, target, given, names if names else None)

    return work


def _conditional(boxed: m.Conditional, scope: Scope) -> Work:
    condition, then, otherwise = (compile_boxed(p, scope) for p in (boxed.condition, boxed.then, boxed.otherwise))
    return conditional(condition, then, otherwise, Span(0, 0, boxed.label), strict=True)


def _filter(boxed: m.BoxedFilter, scope: Scope) -> Work:
    source = compile_boxed(boxed.source, scope)
    match = compile_boxed(boxed.match, scope.with_names(["item", *scope.members]))
    span = Span(0, 0, boxed.label)
    return lambda frame: filtered(frame, span, source(frame), match)


def _iterator(boxed: m.Iterator, scope: Scope) -> Work:
    source = compile_boxed(boxed.source, scope)
    body = compile_boxed(boxed.body, scope.with_names([boxed.variable, "partial"]))
    span = Span(0, 0, boxed.label)
    domains = [(boxed.variable, lambda frame: expanded(frame.run, span, source(frame)))]
    if boxed.kind == "for":
        return for_each(domains, body, span, partial=True)
    return quantified(domains, body, span, settles=boxed.kind == "some")


def _table(boxed: m.Table, scope: Scope) -> Work:
    from tongqu.foundation.dmn.tables import compile_table

    return compile_table(boxed, scope).work


_COMPILERS: dict[type[m.Boxed], Callable[[Any, Scope], Work]] = {
    m.Text: _text, m.BoxedContext: _context, m.BoxedList: _list, m.Relation: _relation, m.BoxedFunction: _function,
    m.Invocation: _invocation, m.Conditional: _conditional, m.BoxedFilter: _filter, m.Iterator: _iterator,
    m.Table: _table,
}  # fmt: skip
