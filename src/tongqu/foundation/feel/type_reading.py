"""Reading types: `list<number>`, `context<a: string>`, `function<number> -> string`, and those that a model names."""

from __future__ import annotations

from tongqu.foundation.feel.cursor import Cursor
from tongqu.foundation.feel.diagnostics import FeelError
from tongqu.foundation.feel.scanning import Names
from tongqu.foundation.feel.types import SIMPLE, Type


class TypeReader(Cursor):
    """Types at the cursor."""

    def type(self) -> Type:
        start = self.skip()
        for name in ("list", "range", "context", "function"):
            if self.sees_word(name) and self.text[start + len(name) :].lstrip().startswith("<"):
                self.position += len(name)
                self.wants("<")
                with self.deeper():
                    return getattr(self, f"_{name}_type")()  # type: ignore[no-any-return]
        return self.named_type(start)

    def named_type(self, start: int) -> Type:
        names = Names(SIMPLE)
        known = names.at(self.text, start)
        custom = self._custom_type(start)
        if custom is not None and (known is None or custom[1] >= known[1]):
            self.position = custom[1]
            return custom[0]
        if known is None:
            raise self.error("unknown-type", name=self.run())
        self.position = known[1]
        return SIMPLE[known[0]]

    def _custom_type(self, start: int) -> tuple[Type, int] | None:
        if callable(self.types):
            words = self.tried_run()
            if words is None:
                return None
            text, end = words
            self.position = start
            found = self.types(text)
            return (found, end) if found is not None else None
        best = Names(self.types).at(self.text, start)
        return (self.types[best[0]], best[1]) if best else None

    def tried_run(self) -> tuple[str, int] | None:
        """A type's name with its dots, and where it ends."""
        kept = self.position
        try:
            parts = [self.run()]
            while self.text.startswith(".", self.position) and not self.text.startswith("..", self.position):
                self.position += 1
                parts.append(self.run())
            return ".".join(parts), self.position
        except FeelError:
            self.position = kept
            return None

    def _list_type(self) -> Type:
        of = self.type()
        self.wants(">")
        return Type("list", of=of)

    def _range_type(self) -> Type:
        of = self.type()
        self.wants(">")
        return Type("range", of=of)

    def _context_type(self) -> Type:
        fields: dict[str, Type] = {}
        while not fields or self.takes(","):
            name = self.key()
            self.wants(":")
            fields[name] = self.type()
        self.wants(">")
        return Type("context", fields=fields)

    def _function_type(self) -> Type:
        parameters: list[Type] = []
        while not self.sees(">"):
            if parameters:
                self.wants(",")
            parameters.append(self.type())
        self.wants(">")
        self.wants("->")
        return Type("function", parameters=tuple(parameters), result=self.type())
