"""A clerk types a draft for somebody: the person confirms it as it stands, a colleague takes it over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import PASSWORD, Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import counter, definition, events
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.operations.drafts import own_draft, touch
from tongqu.kernel.identity.queries import head_of
from tongqu.kernel.ui.forms import lone_text

WAYS = ("pad", "paper", "code")


@operation("cases.confirm_at_counter")
def confirm_at_counter(
    act: Act, *, case_id: UUID, how: str, expected_version: int | None = None, device: str = ""
) -> dict[str, Any]:
    """Put on record that the person confirmed what was typed, as it stands now.

    `how`: pad or paper (the signature lies with the case as the material `declaration`), code (he told the code sent
    to his telephone; the caller has checked it). A later change of the draft needs a new confirmation.
    Raises Invalid without the signature, NotFound, Conflict.
    """
    case = own_draft(act, case_id)
    if case.help is None:
        raise NotFound()
    if expected_version is not None and expected_version != case.version:
        raise Conflict()
    if how not in WAYS:
        raise Invalid(_("请选择申请人怎样确认"), field="confirmed_how")
    said: dict[str, Any] = {"how": how, "at": act.at.isoformat(), "by": case.help["person"]}
    if device := lone_text.line(device, field="device", most=80):
        said["device"] = device
    if how != "code":
        signed = CaseMaterial.objects.filter(case=case, code=definition.DECLARATION, replaced_at=None).first()
        if signed is None:
            raise Invalid(_("请先取得申请人的签名"), code="signature-missing", field=definition.DECLARATION)
        said["material"] = str(signed.id)
    case.help = {**case.help, "confirmed": said}
    touch(act, case, ["help"])
    act.emit(events.CONFIRMED, subject=("case", case.id), version=case.version, body=said, rule=None)
    return {"case_id": str(case.id), "version": case.version}


@operation("cases.change_helper")
def change_helper(act: Act, *, case_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """Take a colleague's draft over, within the unit whose counter it is. Idempotent for whoever has it already.

    Raises NotFound for another unit's, Refused for one's own affair, Conflict.
    """
    case = Case.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=case_id).first()
    if case is None or case.help is None or case.ended_at or case.state != "draft":
        raise NotFound()
    if not counter.same_counter(act.actor, case):
        raise NotFound()
    act.require(counter.RECEIVE, Scope(unit_id=UUID(case.help["unit"]), region_code=case.region_code), login=PASSWORD)
    mine = act.actor.party_id
    if mine is not None and mine in {case.applicant_id, case.agent_id, head_of(case.applicant_id)}:
        raise Refused(_("这是与您本人有利害关系的办件，应当回避"), code="own-case", remedy=_("请交由其他工作人员办理"))
    if expected_version is not None and expected_version != case.version:
        raise Conflict()
    before = case.help["account"]
    if before == str(act.actor.account_id):
        act.unchanged()
        return {"case_id": str(case.id), "version": case.version}
    case.help = {**case.help, "account": str(act.actor.account_id)}
    touch(act, case, ["help"])
    act.emit(
        events.HANDED_OVER, subject=("case", case.id), version=case.version,
        body={"from": before, "to": act.actor.account_id, "unit": case.help["unit"]},
    )  # fmt: skip
    return {"case_id": str(case.id), "version": case.version}
