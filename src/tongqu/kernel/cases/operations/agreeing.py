"""Agreeing to electronic service after the submission, and taking that back: on record, and followed from then on.

What is served by then stays served. Papers that wait follow the change: agreed to, they enter the account at once;
taken back, they wait for another way.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import REAL_NAME
from tongqu.kernel.acts.errors import Conflict, NotFound
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import change, fetch, fetch_one
from tongqu.kernel.cases import events
from tongqu.kernel.cases.context import acts_as_applicant, scope_of
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations.serving import CONSENT, SERVE, agreed_to, consent_of, put_in_account
from tongqu.kernel.identity.operations import give_consent, withdraw_consent
from tongqu.kernel.notices import service_operations as services
from tongqu.kernel.notices.models import Service
from tongqu.kernel.ui.forms import lone_text


@operation("cases.agree_to_service")
def agree_to_service(act: Act, *, case_id: UUID, statement: str = "") -> dict[str, Any]:
    """The applicant agrees that the papers of this case are served electronically, himself or in writing at a window.

    `statement`: the number or place of the signed statement (送达地址确认书), for a member of the staff.

    Returns {"served": papers that were waiting}. Raises Invalid (`statement`), Conflict (not submitted yet; archived),
    NotFound.
    """
    case, himself = _open(act, case_id)
    needed = "" if himself else _("请写明申请人签名的送达地址确认书的编号或者存放处，最多60个字")
    statement = lone_text.line(statement, field="statement", most=60, missing=needed)
    if consent_of(case) is not None:
        act.unchanged()
        return {"served": 0}
    how = "later" if himself else "counter"
    case.service_consent = {"by": how, "at": act.at.isoformat(), "agreed_by": _account(act), "ref": statement}
    change(Case, {"service_consent": case.service_consent}, id=case.id)
    give_consent(act, party_id=case.applicant_id, kind=CONSENT, about=("case", case.id))
    act.emit(
        events.SERVICE_AGREED, subject=("case", case.id), version=case.version, body={"by": how},
        sealed=(case.applicant_id, {"statement": statement}) if statement else None,
    )  # fmt: skip
    waiting = _waiting(case)
    for row in waiting:
        put_in_account(act, case, services.note_agreement(act, service_id=row.id, consent=case.service_consent))
    return {"served": len(waiting)}


@operation("cases.withdraw_from_service")
def withdraw_from_service(act: Act, *, case_id: UUID) -> dict[str, Any]:
    """The applicant takes his agreement back (D19). Raises Conflict where there is none, NotFound."""
    case, himself = _open(act, case_id)
    if not himself:
        raise NotFound()
    if agreed_to(case) is None and agreed_to(case, licence=True) is None:
        raise Conflict(_("这一件没有同意过电子送达"))
    if consent_of(case) is None and consent_of(case, licence=True) is None:
        act.unchanged()
        return {"case_id": str(case.id)}
    about = ("case", case.id)
    try:
        withdraw_consent(act, party_id=case.applicant_id, kind=CONSENT, about=about)
    except NotFound:  # given with the submission a moment ago, and not on record by itself yet
        give_consent(act, party_id=case.applicant_id, kind=CONSENT, about=about)
        withdraw_consent(act, party_id=case.applicant_id, kind=CONSENT, about=about)
    act.emit(events.SERVICE_WITHDRAWN, subject=("case", case.id), version=case.version)
    for row in _waiting(case):
        services.note_agreement(act, service_id=row.id, consent=None)
    return {"case_id": str(case.id)}


def _open(act: Act, case_id: UUID) -> tuple[Case, bool]:
    """(the case, whether the applicant himself acts). Raises NotFound, Conflict."""
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    himself = case is not None and acts_as_applicant(act.actor, case)
    if case is None or not (himself or act.actor.may(SERVE, scope_of(case))):
        act.allow(act.actor.kind != "anonymous")
        raise NotFound()
    act.allow(True, login=REAL_NAME if himself else 0)
    if case.received_at is None or case.state == "archived":
        raise Conflict(_("办件目前的状态不能进行这一操作"))
    return case, himself


def _waiting(case: Case) -> list[Service]:
    """Papers owed that no try is under way for. The licence is served by its own act."""
    rows = fetch(Service, order=("id",), tenant_id=case.tenant_id, subject_kind="case", subject_id=case.id, state="due")
    return [row for row in rows if not row.document_kind.startswith("licence_")]


def _account(act: Act) -> str | None:
    return str(act.actor.account_id) if act.actor.account_id else None
