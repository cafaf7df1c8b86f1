"""Who has a case on his desk: taken by oneself, given back, or taken off somebody by the head of the unit.

It moves no clock and changes nothing of the case: it says who is working on it, so that two do not.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Conflict, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import events
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import Case, CaseUnit


@operation("cases.take")
def take(act: Act, *, case_id: UUID) -> dict[str, Any]:
    """Take an open case. Raises Conflict when somebody else has it, NotFound where one may not read it."""
    case, row = _open_row(act, case_id)
    act.require("cases.take", scope_of(case))
    if row.assignee_id == act.actor.account_id:
        act.unchanged()
        return {"case_id": str(case_id)}
    free = CaseUnit.objects.filter(id=row.id, assignee_id=None)
    if not free.update(assignee_id=act.actor.account_id):
        raise Conflict(_("这一办件已经由其他人认领"), code="taken", remedy=_("请先与对方联系，由对方退回后再认领"))
    act.emit(events.TAKEN, subject=("case", case.id), version=case.version, body={"account": act.actor.account_id})
    return {"case_id": str(case_id)}


@operation("cases.give_back")
def give_back(act: Act, *, case_id: UUID) -> dict[str, Any]:
    """Give a case back to the unit: one's own, or anybody's for who leads the unit (cases.reassign)."""
    case, row = _open_row(act, case_id)
    mine = row.assignee_id is not None and row.assignee_id == act.actor.account_id
    act.require("cases.take" if mine else "cases.reassign", scope_of(case))
    if row.assignee_id is None:
        act.unchanged()
        return {"case_id": str(case_id)}
    CaseUnit.objects.filter(id=row.id).update(assignee_id=None)
    act.emit(events.GIVEN_BACK, subject=("case", case.id), version=case.version, body={"account": row.assignee_id})
    return {"case_id": str(case_id)}


def _open_row(act: Act, case_id: UUID) -> tuple[Case, CaseUnit]:
    rows = CaseUnit.objects.select_related("case").select_for_update(of=("self",))
    row = rows.filter(tenant_id=act.actor.tenant_id, case_id=case_id, until=None).first()
    if row is None or not act.actor.may("cases.read", scope_of(row.case)):
        raise NotFound()
    if not row.is_open:
        raise Conflict(_("办件已经办结"), code="ended")
    return row.case, row
