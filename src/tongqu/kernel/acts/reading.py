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
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotPermitted
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.acts.statements import add

_waiting: ContextVar[list[ReadLog] | None] = ContextVar("tongqu_readings_waiting", default=None)


@contextmanager
def with_the_act() -> Iterator[None]:
    """Lines of this block wait for the next act in it, so that one commit serves both. What no act has written is
    written at the block's end: nothing may be answered from inside it."""
    if _waiting.get() is not None:
        yield
        return
    token = _waiting.set([])
    try:
        yield
    finally:
        left = list(_waiting.get() or ())
        _waiting.reset(token)
        add(left)


def waiting() -> list[ReadLog]:
    """The lines that wait for an act, for its transaction to write. They wait on until they are `written`."""
    return list(_waiting.get() or ())


def written(lines: list[ReadLog]) -> None:
    """The transaction that wrote these has committed."""
    if lines and (held := _waiting.get()) is not None:
        held[:] = [line for line in held if line not in lines]


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
        held.append(line)


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
