"""Item definitions as FEEL types, worked out when first asked for, whatever order they are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from tongqu.foundation.dmn.model import Definitions, ItemDefinition
from tongqu.foundation.feel.compiling import compile_tests
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.reading import read_tests
from tongqu.foundation.feel.running import Frame, Run
from tongqu.foundation.feel.types import ANY, SIMPLE, Type

PREFIXES = ("feel:", "feel.", "ns0:")


class Types:
    """The types that a model names, those of imported models under `import.name`."""

    def __init__(self, definitions: Definitions, imported: dict[str, Types] | None = None) -> None:
        self._definitions = {one.name: one for one in definitions.types}
        self._imported = {} if imported is None else imported
        self._found: dict[str, Type] = {}
        self._working: set[str] = set()

    def __call__(self, name: str) -> Type | None:
        """None for a name that is no type."""
        if not name:
            return ANY
        for prefix in PREFIXES:
            if name.startswith(prefix) and name[len(prefix) :] in SIMPLE:
                return SIMPLE[name[len(prefix) :]]
        if name in self._found:
            return self._found[name]
        if name in self._definitions:
            return self._work_out(name)
        found = SIMPLE.get(name) or self._of_import(name)
        if found is None and ":" in name:
            return self(name.partition(":")[2])
        return found

    def _of_import(self, name: str) -> Type | None:
        """`import.name`, where the import's name may hold points itself; an import without a name needs none."""
        for space, types in self._imported.items():
            inner = name.removeprefix(f"{space}.") if space else name
            if (inner != name or not space) and types.defines(inner):
                return types(inner)
        return None

    def defines(self, name: str) -> bool:
        """Whether the model itself, or one that it imports, has a type of this name."""
        if name in self._definitions:
            return True
        return any(name.startswith(f"{space}.") for space in self._imported if space)

    def _work_out(self, name: str) -> Type:
        if name in self._working:
            return ANY  # a type that holds itself
        self._working.add(name)
        try:
            found = self.of(self._definitions[name])
        finally:
            self._working.discard(name)
        self._found[name] = found
        return found

    def of(self, item: ItemDefinition) -> Type:
        base = self._base(item)
        if item.allowed_values:
            base = replace(base, allowed=_both(base.allowed, allowed(item.allowed_values, item.name)))
        if item.is_collection:
            base = Type("list", of=base, label=item.name)
        if item.type_constraint:
            base = replace(base, allowed=_both(base.allowed, allowed(item.type_constraint, item.name)))
        return replace(base, label=item.name)

    def _base(self, item: ItemDefinition) -> Type:
        if item.components:
            return Type("context", fields={part.name: self.of(part) for part in item.components})
        if item.function is not None:
            parameters, result = item.function
            return Type(
                "function", parameters=tuple(self(p.type_ref) or ANY for p in parameters), result=self(result) or ANY
            )
        return self(item.type_ref) or ANY

    def member_names(self) -> Iterator[str]:
        """The names of all components, for reading paths; those of imported models, each once."""
        waiting, seen = [self], {id(self)}
        while waiting:
            one = waiting.pop()
            yield from _names(one._definitions.values())
            for space, types in one._imported.items():
                yield space
                if id(types) not in seen:
                    seen.add(id(types))
                    waiting.append(types)


def _names(items: Iterable[ItemDefinition]) -> Iterator[str]:
    for item in items:
        for part in item.components:
            yield part.name
        yield from _names(item.components)


def _both(one: Callable[[Any], Any] | None, other: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if one is None:
        return other
    first = one
    return lambda value: first(value) is True and other(value)


def allowed(text: str, where: str) -> Callable[[Any], Any]:
    """The values that unary tests let through; tests that cannot be read let everything through."""
    try:
        tests = compile_tests(read_tests(text, where=where))
    except FeelError:
        return lambda value: True
    return lambda value: tests(Frame({}, Run()), value)
