"""One evaluation: the facts it sees, what it may use up, and what went wrong on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import thread_time
from typing import Any

from tongqu.foundation.feel.diagnostics import Diagnostic, LimitExceeded, Span, diagnostic
from tongqu.foundation.feel.scanning import nearest
from tongqu.foundation.feel.temporal import DateTime, now_here
from tongqu.foundation.feel.values import Partial, Unknown

NOWHERE = Span(0, 0)
MOST_NOTES = 50


@dataclass(slots=True)
class Limits:
    """What one evaluation may use up before it is stopped. `seconds` of this thread's processor time; None: any."""

    steps: int = 1_000_000
    depth: int = 40  # calls within calls
    text: int = 1_000_000  # characters
    items: int = 100_000
    seconds: float | None = 0.08


@dataclass(slots=True)
class Run:
    """The state of one evaluation. `trace`: where a table's decision is written down, if anybody asks for it."""

    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], DateTime] = now_here
    notes: list[Diagnostic] = field(default_factory=list)
    steps: int = 0
    depth: int = 0
    _beats: int = 0
    _began: float = field(default_factory=thread_time)
    trace: list[Any] | None = None
    needs: Counter[str] = field(default_factory=Counter)  # missing fact → how many rules wait for it
    _now: DateTime | None = None

    def note(self, code: str, span: Span, **facts: object) -> None:
        """Say why a result is null; returns FEEL's null."""
        if len(self.notes) < MOST_NOTES:
            self.notes.append(diagnostic(code, span, **facts))

    def tick(self, span: Span, steps: int = 1) -> None:
        """Raises LimitExceeded."""
        self.steps += steps
        if self.steps > self.limits.steps:
            raise LimitExceeded(diagnostic("too-many-steps", span, most=self.limits.steps))
        self._beats += 1
        if not self._beats & 7:
            self.in_time(span)

    def in_time(self, span: Span) -> None:
        """Raises LimitExceeded."""
        if self.limits.seconds and thread_time() - self._began > self.limits.seconds:
            raise LimitExceeded(diagnostic("too-slow", span, most=f"{self.limits.seconds * 1000:.0f}"))

    def sized(self, span: Span, length: int, *, text: bool = False) -> None:
        """Raises LimitExceeded for a text or list that has grown too large."""
        most = self.limits.text if text else self.limits.items
        if length > most:
            raise LimitExceeded(diagnostic("too-large", span, most=most))

    def now(self) -> DateTime:
        """The same for the whole evaluation."""
        if self._now is None:
            self._now = self.clock()
        return self._now


class Frame:
    """Names and their values, and the frame around it."""

    __slots__ = ("parent", "run", "values")

    def __init__(self, values: Mapping[str, Any], run: Run, parent: Frame | None = None) -> None:
        self.values, self.run, self.parent = values, run, parent

    def find(self, name: str, *, open_: bool = True) -> Any:
        """The value of the name from the innermost frame that has it; MISSING where none has.

        With `open_`, facts that are known in part answer for a name they lack: it is unknown.
        """
        frame: Frame | None = self
        while frame is not None:
            values = frame.values
            if name in values:
                return values[name]
            if open_ and type(values) is Partial and frame.parent is None:
                return values.missing(name)
            frame = frame.parent
        return MISSING

    def lacks(self, name: str, span: Span) -> None:
        """Null: no such name, and the one that was probably meant."""
        known: set[str] = set()
        frame: Frame | None = self
        while frame is not None:
            known.update(frame.values)
            frame = frame.parent
        near = nearest(name, known)
        if near:
            self.run.note("unknown-name-near", span, name=name, near=near)
        else:
            self.run.note("unknown-name", span, name=name)


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()

__all__ = ["MISSING", "NOWHERE", "Frame", "Limits", "Run", "Unknown"]
