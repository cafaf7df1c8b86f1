"""Re-application bans: recorded by the head's act or by a decision whose ground carries one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import events
from tongqu.kernel.cases.models import ReapplicationBan


@operation("cases.record_ban")
def record_ban(
    act: Act,
    *,
    party_id: UUID,
    item_code: str,
    until: date | None,
    rule: str,
    reason: str,
    unit_id: UUID | None = None,
    source_case_id: UUID | None = None,
) -> dict[str, Any]:
    """Bar a party from applying for an item until a day (None: for life). `rule` is the rule id that says so."""
    if act.verb == "cases.record_ban":  # inside another act that one has asked
        act.require("cases.refuse", Scope(unit_id=unit_id))
    row = ReapplicationBan.objects.create(
        tenant_id=act.actor.tenant_id, party_id=party_id, item_code=item_code, until=until, rule=rule,
        reason=reason, source_case_id=source_case_id, created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.BANNED, subject=("party", party_id), rule=rule,
        body={"item": item_code, "until": until, "case": source_case_id},
    )  # fmt: skip
    return {"ban_id": str(row.id)}
