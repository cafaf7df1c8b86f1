"""The read log: who read whose personal content, when and why. A named exception to "state changes by operation"."""

from __future__ import annotations

from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import LoginNeeded, NotPermitted
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.acts.statements import add


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
    add([line])


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
