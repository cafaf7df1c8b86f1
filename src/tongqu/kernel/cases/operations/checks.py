"""The site check 现场核查: at least two officers, a sheet, every signature or its refusal, and mending by a date."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid
from tongqu.kernel.acts.statements import add, change, fetch_values
from tongqu.kernel.cases.context import Ctx
from tongqu.kernel.cases.models import CaseMaterial, CheckOfficer, SiteCheck
from tongqu.kernel.cases.operations.drafts import keep_material
from tongqu.kernel.law import register

MOST_PHOTOS = 100  # of one case, all checks and replaced ones together


def assign(ctx: Ctx) -> None:
    """L5: at least two officers. Their names are kept as of now."""
    least = register.rule("L5").quantity or 2
    chosen = {o["account"]: o for o in ctx.inputs["officers"]}
    if len(chosen) < least:
        raise Invalid(_("现场核查应当指派至少%(count)s名工作人员") % {"count": least}, field="officers", rule="L5")
    check = SiteCheck(
        tenant_id=ctx.case.tenant_id, case=ctx.case, officers=list(chosen.values()), assigned_at=ctx.at,
        planned_on=_day(ctx.inputs.get("planned_on")), created_at=ctx.at,
    )  # fmt: skip
    add([check])
    add([
        CheckOfficer(
            tenant_id=ctx.case.tenant_id, check_row=check, case_id=ctx.case.id, account_id=UUID(account),
            created_at=ctx.at,
        )
        for account in chosen
    ])  # fmt: skip
    ctx.body |= {"check": check.id, "officers": sorted(chosen)}


def record(ctx: Ctx) -> None:
    """Fill in the sheet. Filling it anew before all have signed takes earlier signatures back."""
    check = _current(ctx)
    if ctx.uploads and _photos_kept(ctx) + len(ctx.uploads) > MOST_PHOTOS:
        raise Invalid(_("一件最多保存%(most)s张现场照片") % {"most": MOST_PHOTOS}, field="photos")
    photos = [keep_material(ctx.act, ctx.case, code="site_check", upload=u, purpose="site_check") for u in ctx.uploads]
    officers = [{k: v for k, v in o.items() if k != "signed_at"} for o in check.officers]
    _save(
        check, sheet=ctx.inputs["sheet"] | {"photos": [str(p.blob_id) for p in photos] or _photos(check)},
        conclusion=ctx.inputs["conclusion"], applicant_signature=ctx.inputs["applicant_signature"],
        signature_note=ctx.inputs.get("signature_note") or "", checked_at=ctx.at, state="recorded", officers=officers,
    )  # fmt: skip
    ctx.body |= {"check": check.id, "conclusion": check.conclusion, "photos": [p.blob_id for p in photos]}
    ctx.sealed["sheet"] = check.sheet


def _photos_kept(ctx: Ctx) -> int:
    return len(fetch_values(CaseMaterial, ("id",), case=ctx.case, code="site_check"))


def _photos(check: SiteCheck) -> list[str]:
    return list(check.sheet.get("photos", []))


def sign(ctx: Ctx) -> None:
    """One officer signs; with the last signature the record is closed and the check's clock stops."""
    check = _current(ctx)
    officers = [
        o | {"signed_at": ctx.at.isoformat()} if o["account"] == str(ctx.actor.account_id) else o
        for o in check.officers
    ]
    done = all(o.get("signed_at") for o in officers)
    _save(check, officers=officers, state="signed" if done else check.state)
    if done:
        change(CheckOfficer, {"is_open": False}, check_row=check)
    ctx.facts.check_row = check
    ctx.body |= {"check": check.id, "signed_by": ctx.actor.account_id, "complete": done}


def order_rectification(ctx: Ctx) -> None:
    check = _current(ctx)
    until = _day(ctx.inputs["rectify_by"])
    if until is None or until <= ctx.at.astimezone(SHANGHAI).date():
        raise Invalid(_("整改期限应当晚于今天"), field="rectify_by")
    _save(check, rectify_by=until, rectification="ordered", rectification_note=ctx.inputs["reason"])
    ctx.body |= {"check": check.id, "rectify_by": until}
    ctx.sealed["reason"] = ctx.inputs["reason"]


def confirm_rectification(ctx: Ctx) -> None:
    check = _current(ctx)
    _save(check, rectification=ctx.inputs["result"], rectification_note=ctx.inputs.get("reason") or "")
    ctx.body |= {"check": check.id, "result": ctx.inputs["result"]}


def _current(ctx: Ctx) -> SiteCheck:
    check = ctx.facts.check_row
    if check is None:
        raise Conflict()
    return check


def _save(check: SiteCheck, **changes: Any) -> None:
    if not change(SiteCheck, {**changes, "version": check.version + 1}, id=check.id, version=check.version):
        raise Conflict()
    for name, value in changes.items():
        setattr(check, name, value)
    check.version += 1


def _day(text: Any) -> date | None:
    return date.fromisoformat(str(text)) if text else None
