"""Drafts: open, save as typed, add and remove materials, drop. A draft is a case that nobody sees but its maker and the
clerk who types it for him."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import UUIDField
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, change, fetch_one, fetch_values
from tongqu.kernel.cases import counter, definition, events
from tongqu.kernel.cases.context import Upload, acts_as_applicant
from tongqu.kernel.cases.inputs import wrong_types
from tongqu.kernel.cases.models import Case, CaseMaterial, CaseParty
from tongqu.kernel.cases.operations import at_counter
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.records.operations import store_file
from tongqu.kernel.records.rules import clean_name
from tongqu.kernel.ui import forms


@operation("cases.open_draft")
@in_hand()
def open_draft(
    act: Act,
    *,
    package_version_id: UUID,
    applicant_id: UUID,
    applicant_name: str,
    applicant_kind: str,
    by_proxy: bool = False,
    region_code: str,
    triage: Mapping[str, str] | None = None,
    facts: Sequence[Mapping[str, Any]] = (),
    help: Mapping[str, Any] | None = None,
    agent_id: UUID | None = None,
    mandate_id: UUID | None = None,
) -> dict[str, Any]:
    """Open a draft for the party the actor stands for, pre-filled with facts fetched before (never in here).

    `facts` are {element, value, source, source_ref, as_of}. `help`, with the agent whose papers were seen, is for a
    counter (`counter.py`). Raises Refused when too many drafts are open, or at a counter that is not competent.
    """
    package = definition.package_by_id(package_version_id)
    if help is not None:
        at_counter.require_competent(act, help, matter=package.item["matter"], region_code=region_code)
    else:
        agent_id = act.actor.party_id if act.actor.mandate_id else None
        mandate_id = act.actor.mandate_id
        stands_for = act.actor.represented == applicant_id and act.actor.covers(package.code)
        own = act.actor.party_id == applicant_id or (act.actor.kind != "staff" and stands_for)
        act.allow(own, login=PASSWORD)
    open_now, dropped = _drafts_of(act, applicant_id)
    if dropped >= settings.TQ_MAX_DROPPED:
        raise Refused(
            _("一天内新建又删除的草稿太多（%(most)s份）") % {"most": settings.TQ_MAX_DROPPED}, code="too-many-dropped",
            remedy=_("请使用已有的草稿，或者明天再试"),
        )  # fmt: skip
    if open_now >= settings.TQ_MAX_DRAFTS:
        raise Refused(
            _("未提交的草稿已达上限（%(most)s份）") % {"most": settings.TQ_MAX_DRAFTS}, code="too-many-drafts",
            remedy=_("请先提交或删除不再需要的草稿"),
        )  # fmt: skip
    proc = definition.procedure_of(package)
    case = Case(
        tenant_id=act.actor.tenant_id,
        item_code=package.code,
        title=dict(package.title),
        package_version_id=package_version_id,
        package_hash=package.hash,
        procedure_code=proc.code,
        procedure_version=proc.version,
        channel=act.actor.channel,
        applicant_id=applicant_id,
        applicant_name=applicant_name,
        applicant_kind=applicant_kind,
        mandate_is_proxy=by_proxy,
        agent_id=agent_id,
        mandate_id=mandate_id,
        help=dict(help) if help is not None else None,
        opened_by=act.actor.account_id,
        region_code=region_code,
        triage=dict(triage or {}),
        updated_at=act.at,
        created_at=act.at,
    )
    definition.store_values(case, definition.from_facts(package, facts))
    case.standing = definition.standing(package, facts)
    add([case])
    people = [
        CaseParty(tenant_id=case.tenant_id, case=case, party_id=applicant_id, role="applicant", touched_at=act.at)
    ]
    if case.agent_id and case.agent_id != applicant_id:
        people.append(
            CaseParty(tenant_id=case.tenant_id, case=case, party_id=case.agent_id, role="agent", touched_at=act.at)
        )
    add(people)
    body = {"item": case.item_code, "definition": case.package_hash, **counter.on_record(case)}
    act.emit(events.OPENED, subject=("case", case.id), body=body)
    return {"case_id": str(case.id), "version": case.version}


# The words of the conditions as the indexes `case_drafts` and `case_dropped` have them: SQLite uses a partial index for
# no others.
_DRAFTS = """SELECT (SELECT COUNT(*) FROM (
SELECT 1 FROM cases_case WHERE tenant_id = %s AND applicant_id = %s AND state = 'draft' AND ended_at IS NULL LIMIT %s
) kept), (SELECT COUNT(*) FROM (
SELECT 1 FROM cases_case WHERE tenant_id = %s AND applicant_id = %s AND created_at > %s
AND state = 'draft' AND ended_at IS NOT NULL LIMIT %s
) dropped)"""


def _drafts_of(act: Act, applicant_id: UUID) -> tuple[int, int]:
    """(open ones of the applicant, those begun and thrown away within a day), counted no further than he may have: each
    leaves its row and its events. One query."""
    uuids = UUIDField()
    given = [uuids.get_db_prep_value(one, connection) for one in (act.actor.tenant_id, applicant_id)]
    since = connection.ops.adapt_datetimefield_value(act.at - timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute(_DRAFTS, [*given, settings.TQ_MAX_DRAFTS, *given, since, settings.TQ_MAX_DROPPED])
        open_now, dropped = cursor.fetchone()
        return int(open_now), int(dropped)


@operation("cases.save_draft")
@in_hand()
def save_draft(
    act: Act, *, case_id: UUID, values: Mapping[str, Any], expected_version: int | None = None
) -> dict[str, Any]:
    """Keep what was typed, right or wrong: checking is for submission, losing nothing is for now.

    `values` (text, or a list of texts) replace the fields they name; facts that came from a register cannot be
    overwritten. Raises Invalid for values of another type.
    """
    case = own_draft(act, case_id)
    if expected_version is not None and expected_version != case.version:
        raise Conflict()
    if wrong := wrong_types(definition.package_of(case).fields, values):
        raise Invalid(code="wrong-type", fields=wrong)
    merged = _merged(case, values, by=counter.provenance(act.actor))
    if merged == definition.all_values(case):
        act.unchanged()
        return {"case_id": str(case.id), "version": case.version}
    definition.store_values(case, merged)
    at_counter.unconfirm(case)
    touch(act, case, ["values", "personal", "help"])
    act.emit(events.DRAFT_SAVED, subject=("case", case.id), version=case.version, body={"fields": sorted(values)})
    return {"case_id": str(case.id), "version": case.version}


def _merged(case: Case, values: Mapping[str, Any], *, by: Mapping[str, str] | None) -> definition.Values:
    """What was typed over what was there: read as the form reads it where it is right, made harmless where not."""
    package = definition.package_of(case)
    before = {n: e["value"] for n, e in definition.all_values(case).items()}
    typed = forms.typed(package.form, values)
    right, _errors = forms.parse(package.form, {**before, **typed}, given=before)
    known = [name for name in values if name in package.fields]
    read = {n: right.get(n, typed[n]) if n in typed else "" for n in known}
    return definition.typed(case, package, read, by=by)


@operation("cases.refresh_facts")
@in_hand()
def refresh_facts(act: Act, *, case_id: UUID, facts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Bring a draft's pre-filled fields up to date with what the registers say now."""
    case = own_draft(act, case_id)
    merged = {**definition.all_values(case), **definition.from_facts(definition.package_of(case), facts)}
    definition.store_values(case, merged)
    case.standing = definition.standing(definition.package_of(case), facts)
    touch(act, case, ["values", "personal", "standing"])
    act.emit(events.DRAFT_SAVED, subject=("case", case.id), version=case.version, body={"facts": len(facts)})
    return {"case_id": str(case.id), "version": case.version}


@operation("cases.add_material")
@in_hand()
def add_material(act: Act, *, case_id: UUID, code: str, upload: Upload) -> dict[str, Any]:
    """Add a file to a draft. Raises Invalid for a material this case does not know or a file that is refused."""
    case = own_draft(act, case_id)
    package = definition.package_of(case)
    declaration = code == definition.DECLARATION and case.help is not None
    if code not in definition.material_codes(package, case) and not declaration:
        raise Invalid(_("本事项没有这一材料"), field=code)
    most = 1 if declaration else definition.material_spec(package, code).get("max_files", 1)
    sent = fetch_values(CaseMaterial, ("code", "replaced_at", "size"), case=case)
    if len([1 for known, replaced_at, _size in sent if known == code and replaced_at is None]) >= most:
        raise Invalid(
            _("这一材料最多上传%(most)s个文件") % {"most": most}, field=code, code="too-many-files",
            remedy=_("请先移除不需要的文件，或者合并成一个文件"),
        )  # fmt: skip
    if sum(size for _code, _replaced_at, size in sent) + len(upload.data) > settings.TQ_DRAFT_LIMIT:
        raise Invalid(
            _("这份申请先后上传的文件太多，合计超过 %(most)s MB") % {"most": settings.TQ_DRAFT_LIMIT // (1024 * 1024)},
            field=code, code="too-much-uploaded", remedy=_("请压缩文件；仍然不够的，请到窗口办理"),
        )  # fmt: skip
    row = keep_material(act, case, code=code, upload=upload, purpose=f"case:{case.item_code}")
    touch(act, case, ["handed_in"])
    act.emit(
        events.MATERIAL_ADDED, subject=("case", case.id), version=case.version,
        body={"material": code, "blob": row.blob_id},
    )  # fmt: skip
    return {"material_id": str(row.id), "version": case.version}


@operation("cases.remove_material")
def remove_material(act: Act, *, case_id: UUID, material_id: UUID) -> dict[str, Any]:
    """Take a file out of a draft. The row stays, marked replaced."""
    case = own_draft(act, case_id)
    current = CaseMaterial.objects.filter(case=case, replaced_at=None)
    if not current.filter(id=material_id).update(replaced_at=act.at):
        raise NotFound()
    case.handed_in = sorted(set(current.values_list("code", flat=True)))
    touch(act, case, ["handed_in"])
    act.emit(
        events.MATERIAL_REMOVED, subject=("case", case.id), version=case.version, body={"material_id": material_id}
    )
    return {"version": case.version}


@operation("cases.drop_draft")
def drop_draft(act: Act, *, case_id: UUID) -> dict[str, Any]:
    """Throw a draft away: what was typed is wiped, the empty row stays so that its events keep their subject."""
    case = own_draft(act, case_id)
    case.values, case.personal, case.handed_in, case.ended_at = {}, None, [], act.at
    touch(act, case, ["values", "personal", "handed_in", "ended_at"])
    CaseParty.objects.filter(case=case).update(is_open=False, until=act.at)
    CaseMaterial.objects.filter(case=case, replaced_at=None).update(replaced_at=act.at)
    act.emit(events.DRAFT_DROPPED, subject=("case", case.id), version=case.version)
    return {"case_id": str(case_id)}


def keep_material(act: Act, case: Case, *, code: str, upload: Upload, purpose: str) -> CaseMaterial:
    """Store the file for its one holder and purpose and tie it to the case."""
    blob = store_file(
        act, data=upload.data, filename=upload.filename, holder_party_id=case.applicant_id, purpose=purpose
    )
    case.handed_in = sorted({*case.handed_in, code})
    row = CaseMaterial(
        tenant_id=case.tenant_id, case=case, code=code, blob_id=blob.id, filename=clean_name(upload.filename),
        media_type=blob.media_type, size=blob.size, purpose=purpose, added_by=act.actor.account_id, created_at=act.at,
    )  # fmt: skip
    add([row])
    return row


def own_draft(act: Act, case_id: UUID) -> Case:
    """The actor's own draft, or one that he types at a counter, locked.

    Raises NotFound for anybody else's, Conflict for one already handed in or being typed by a colleague.
    """
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    if case is None or (case.state == "draft" and case.ended_at):
        raise NotFound()
    helper = at_counter.in_charge(act.actor, case)
    if not helper and not acts_as_applicant(act.actor, case):
        raise NotFound()
    act.allow(helper or act.actor.kind == "person", login=PASSWORD)
    if case.state != "draft":
        raise Conflict(_("申请已经提交，不能再按草稿修改"))
    return case


def touch(act: Act, case: Case, fields: list[str]) -> None:
    case.version += 1
    case.updated_at = act.at
    changed = {name: getattr(case, name) for name in (*fields, "version", "updated_at")}
    if not change(Case, changed, id=case.id, version=case.version - 1):
        raise Conflict()
    change(CaseParty, {"touched_at": act.at}, case_id=case.id)
