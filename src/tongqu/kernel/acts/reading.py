"""The read log: who read whose personal content, when and why. A named exception to "state changes by operation".

A line is written at once, in a transaction of its own; or, of what is read for an act that follows, with that act:

    with reading.with_the_act():
        facts = …                 # logs
        cases.open_draft(…)       # writes the lines in its transaction
    # here they are written, whether the act was taken, was refused or never came about
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotPermitted
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.acts.statements import add


@dataclass(slots=True)
class _Waiting:
    """Lines that wait for an act, and whether one has them in its transaction."""

    lines: list[ReadLog] = field(default_factory=list)
    carried: bool = False


_waiting: ContextVar[_Waiting | None] = ContextVar("tongqu_readings_waiting", default=None)


@contextmanager
def with_the_act() -> Iterator[None]:
    """Lines of this block wait for the next act in it, so that one commit serves both. What no act has written is
    written at the block's end: nothing may be answered from inside it."""
    if _waiting.get() is not None:
        yield
        return
    held = _Waiting()
    token = _waiting.set(held)
    try:
        yield
    finally:
        _waiting.reset(token)
        add(held.lines)


@contextmanager
def carried() -> Iterator[list[ReadLog]]:
    """The lines that wait for an act, for its transaction to write; the transaction ends inside this block. They wait
    on where it is rolled back. An act inside that transaction carries none: it may be undone with the whole."""
    held = _waiting.get()
    if held is None or held.carried:
        yield []
        return
    lines, held.carried = list(held.lines), True
    try:
        yield lines
        held.lines = [line for line in held.lines if line not in lines]
    finally:
        held.carried = False


def log_read(
    actor: Actor,
    *,
    subject: tuple[str, UUID | None],
    purpose: str,
    party_id: UUID | None = None,
    text: str = "",
    refused: bool = False,
) -> None:
    """Write one line. `text` is what a refused stranger asked for (a number, never a name)."""
    line = ReadLog(
        tenant_id=actor.tenant_id,
        actor=actor.as_json(),
        account_id=actor.account_id,
        subject_kind=subject[0],
        subject_id=subject[1],
        subject_text=text[:80],
        party_id=party_id,
        purpose=purpose[:80],
        refused=refused,
    )
    held = _waiting.get()
    if held is None:
        add([line])
    else:
        held.lines.append(line)


def read_log(actor: Actor, *, refused: bool | None = None, after: str | None = None, size: int = 50) -> Page[ReadLog]:
    """The whole log, latest first, for who may audit. `refused` True: only those turned away. One query."""
    if actor.kind == "anonymous":
        raise LoginNeeded()
    if not actor.may("audit.read"):
        raise NotPermitted()
    rows = ReadLog.objects.filter(tenant_id=actor.tenant_id)
    if refused is not None:
        rows = rows.filter(refused=refused)
    return page_of(rows, order=("-id",), after=after, size=size)
