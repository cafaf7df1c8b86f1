"""The end of an e-archive: appraised and destroyed by people once its term is over, never by itself (B7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity.roles import login_for
from tongqu.kernel.law import register
from tongqu.kernel.records import events
from tongqu.kernel.records.models import Archive

DISPOSE = "records.dispose"


@operation(DISPOSE)
def dispose_archive(act: Act, *, archive_id: UUID, appraisal: str) -> dict[str, Any]:
    """Destroy the key and the bytes of an archive whose term is over. `appraisal` is the number of the report.

    Manifest and signature stay: hashes, no names. Raises NotFound, Invalid, Conflict (destroyed already), Refused
    while the term runs, where there is none, or under legal hold.
    """
    from tongqu.kernel.records.held import erase_blob

    act.require(DISPOSE, login=login_for(DISPOSE))
    if not appraisal.strip() or len(appraisal) > 60:
        raise Invalid(_("请填写鉴定报告的编号"), field="appraisal")
    row = Archive.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=archive_id).first()
    if row is None:
        raise NotFound()
    if row.destroyed_at is not None:
        raise Conflict(_("这份档案已经销毁"))
    rule = register.rule("B7")
    if row.legal_hold or row.retain_until is None or row.retain_until >= act.at.astimezone(SHANGHAI).date():
        raise Refused(_("保管期限没有届满或者依法暂停处置的档案不能销毁"), code="still-kept", rule="B7")
    erase_blob(act, row.blob_id)
    Archive.objects.filter(id=row.id).update(destroyed_at=act.at)
    act.emit(
        events.ARCHIVE_DISPOSED, subject=("archive", row.id), rule=rule.cite,
        body={"archive_no": row.archive_no, "appraisal": appraisal.strip()},
    )  # fmt: skip
    return {"archive_id": str(row.id)}


@operation("records.note_archive_due")
def note_archive_due(act: Act, *, archive_id: UUID) -> None:
    """Put on record, once, that an archive's term is over and it waits for its appraisal."""
    act.allow(act.actor.kind == "system")
    row = Archive.objects.select_for_update().get(id=archive_id)
    if row.due_noted_at is not None:
        act.unchanged()
        return
    Archive.objects.filter(id=row.id).update(due_noted_at=act.at)
    act.emit(
        events.ARCHIVE_DUE, subject=("archive", row.id), rule=register.rule("B7").cite,
        body={"archive_no": row.archive_no, "person_erased": row.destroy_after is not None},
    )  # fmt: skip
