"""Compile once, evaluate often: expressions and cells with their facts, limits and diagnostics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongqu.foundation.feel import nodes as n
from tongqu.foundation.feel.compiling import compile_node
from tongqu.foundation.feel.diagnostics import Diagnostic, LimitExceeded, diagnostic
from tongqu.foundation.feel.reading import NO_TYPES, Types, read_expression
from tongqu.foundation.feel.running import NOWHERE, Frame, Limits, Run
from tongqu.foundation.feel.temporal import DateTime, now_here
from tongqu.foundation.feel.values import Partial, TooLarge, measure


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out; where it is null, `notes` say why. `Unknown` where a missing fact would decide."""

    value: Any
    notes: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression, safe to share between threads."""

    text: str
    node: n.Node = field(repr=False)
    work: Callable[[Frame], Any] = field(repr=False)

    def evaluate(
        self, facts: Mapping[str, Any] = {}, *, partial: bool = False, limits: Limits | None = None,
        clock: Callable[[], DateTime] = now_here,
    ) -> Answer:  # fmt: skip
        """With `partial`, a fact that is not given is unknown rather than null. Raises LimitExceeded."""
        run = Run(limits or Limits(), clock)
        frame = Frame(Partial(facts) if partial else facts, run)
        return Answer(bounded(lambda: self.work(frame), run), tuple(run.notes))


def bounded(work: Callable[[], Any], run: Run) -> Any:
    """The work's result, one that can be gone through. Python's own limit of depth is one of ours: raises
    LimitExceeded."""
    try:
        value = work()
        measure(value)
        return value
    except RecursionError:
        raise LimitExceeded(diagnostic("too-deep", NOWHERE, most=run.limits.depth)) from None
    except TooLarge as error:
        raise LimitExceeded(diagnostic(error.code, NOWHERE, most=error.most)) from None


def compile_expression(
    text: str, names: Iterable[str] = (), *, members: Iterable[str] = (), types: Types = NO_TYPES, where: str = ""
) -> Expression:
    """Raises FeelError with the place and plain words."""
    node = read_expression(text, names, members=members, types=types, where=where)
    return Expression(text, node, compile_node(node))


def evaluate(text: str, facts: Mapping[str, Any] = {}, **more: Any) -> Answer:
    """Read, compile and evaluate in one. Raises FeelError, LimitExceeded."""
    return compile_expression(text, facts).evaluate(facts, **more)
