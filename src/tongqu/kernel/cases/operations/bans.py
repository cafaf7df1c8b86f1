"""Re-application bans: recorded by the head's act or by a decision whose ground carries one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import events
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import Case, ReapplicationBan


@operation("cases.record_ban")
def record_ban(
    act: Act,
    *,
    party_id: UUID,
    item_code: str,
    until: date | None,
    rule: str,
    reason: str,
    source_case_id: UUID | None = None,
) -> dict[str, Any]:
    """Bar a party from applying for an item until a day (None: for life). `rule` is the rule id that says so.

    By itself it rests on a case: that case's applicant and item, by whoever may refuse in its unit. Raises NotFound.
    """
    if act.verb == "cases.record_ban":  # inside another act that one has asked
        mine = Case.objects.filter(tenant_id=act.actor.tenant_id, applicant_id=party_id, item_code=item_code)
        case = mine.filter(id=source_case_id).first() if source_case_id else None
        if case is None:
            raise NotFound()
        act.require("cases.refuse", scope_of(case))
    row = ReapplicationBan.objects.create(
        tenant_id=act.actor.tenant_id, party_id=party_id, item_code=item_code, until=until, rule=rule,
        reason=reason, source_case_id=source_case_id, created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.BANNED, subject=("party", party_id), rule=rule,
        body={"item": item_code, "until": until, "case": source_case_id},
    )  # fmt: skip
    return {"ban_id": str(row.id)}
