"""Who has a case on his desk: taken by oneself, handed to a colleague, given back, or moved by the head of the unit.

It moves no clock and changes nothing of the case: it says who is working on it, so that two do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import events
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.directory.queries import staff_of
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.identity.roles import grants_of_post

MOST_AT_ONCE = 1000  # cases handed over in one transaction; who has more presses again
LONGEST_REASON = 300


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


@operation("cases.hand_over")
def hand_over(act: Act, *, case_id: UUID, to: UUID, seen: UUID | None, reason: str = "") -> dict[str, Any]:
    """Put a case on a colleague's desk: one's own, or anybody's for who leads the unit (cases.reassign).

    `seen`: who had it when the page was drawn. Raises Conflict when somebody else has it by now, Invalid (`to`) for
    who does not work on cases in this unit today.
    """
    case, row = _open_row(act, case_id)
    act.require("cases.take" if row.assignee_id == act.actor.account_id else "cases.reassign", scope_of(case))
    if row.assignee_id == to:
        act.unchanged()
        return {"case_id": str(case_id)}
    if row.assignee_id != seen:
        raise Conflict(_("这一办件已经换了经办人"), code="taken", remedy=_("请刷新页面，看清现在由谁经办"))
    _move(act, [row], to, _reason(reason))
    return {"case_id": str(case_id)}


@operation("cases.hand_over_all")
def hand_over_all(act: Act, *, unit_id: UUID, holder: UUID, to: UUID, reason: str = "") -> dict[str, Any]:
    """All open cases that somebody has in a unit, to a colleague (leave, another post). Returns {"count"}.

    One's own, or anybody's for who leads the unit. Raises Invalid (`to`, `holder`).
    """
    mine = holder == act.actor.account_id
    act.require("cases.take" if mine else "cases.reassign", Scope(unit_id=unit_id))
    if holder == to:
        raise Invalid(_("交出的人和接手的人不能是同一个人"), field="to")
    rows = list(
        CaseUnit.objects.select_related("case").select_for_update(of=("self",))
        .filter(tenant_id=act.actor.tenant_id, unit_id=unit_id, until=None, is_open=True, assignee_id=holder)
        .order_by("id")[:MOST_AT_ONCE]
    )  # fmt: skip
    if rows:
        _move(act, rows, to, _reason(reason))
    else:
        act.unchanged()
    return {"count": len(rows)}


def colleagues(unit_id: UUID) -> dict[UUID, str]:
    """{account: name} of those who work on cases in the unit today; 2 queries."""
    accounts = dict.fromkeys(
        held.account_id
        for held in staff_of(unit_id)
        if any(grant.covers("cases.take", Scope(unit_id=unit_id)) for grant in grants_of_post(held.role_codes, unit_id))
    )
    names = account_names(accounts)
    return {account: names[account] for account in accounts if account in names}


def _move(act: Act, rows: Sequence[CaseUnit], to: UUID, reason: str) -> None:
    if to not in colleagues(rows[0].unit_id):
        raise Invalid(_("请选择本单位办理办件的同事"), field="to")
    CaseUnit.objects.filter(id__in=[row.id for row in rows]).update(assignee_id=to)
    for row in rows:
        act.emit(
            events.PASSED_ON, subject=("case", row.case_id), version=row.case.version,
            body={"from": row.assignee_id, "to": to},
            sealed=(row.case.applicant_id, {"reason": reason}) if reason else None,
        )  # fmt: skip


def _reason(text: str) -> str:
    """Raises Invalid (`reason`) for one that is too long or holds what cannot be shown."""
    text = text.strip()
    if len(text) > LONGEST_REASON or any(not (c.isprintable() or c == "\n") for c in text.replace("\r\n", "\n")):
        raise Invalid(
            _("说明最多%(most)s个字，不能含有不可见字符") % {"most": LONGEST_REASON}, field="reason"
        )  # fmt: skip
    return text


def _open_row(act: Act, case_id: UUID) -> tuple[Case, CaseUnit]:
    rows = CaseUnit.objects.select_related("case").select_for_update(of=("self",))
    row = rows.filter(tenant_id=act.actor.tenant_id, case_id=case_id, until=None).first()
    if row is None or not act.actor.may("cases.read", scope_of(row.case)):
        raise NotFound()
    if not row.is_open:
        raise Conflict(_("办件已经办结"), code="ended")
    return row.case, row
