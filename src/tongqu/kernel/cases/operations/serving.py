"""Serving the papers of a case: owed when a paper is made, recorded by mode, copied onto the case's own list.

Where the applicant agreed to electronic service, the platform serves each paper as soon as it is made: it has then
entered the recipient's account. The licence is served like any paper; that is what the act `deliver` rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.clock import SHANGHAI, today
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Text
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, change, fetch, fetch_one, fetch_values
from tongqu.kernel.cases import inputs as case_inputs
from tongqu.kernel.cases import service_form
from tongqu.kernel.cases.context import Ctx, Upload, scope_of
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.service_receipt import receipt_content
from tongqu.kernel.directory.queries import unit
from tongqu.kernel.identity.queries_rights import consent_withdrawn
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices import service_operations as services
from tongqu.kernel.notices import serving
from tongqu.kernel.notices.models import Service
from tongqu.kernel.notices.serving import SERVED, Attempt
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.catalogue import Kind, kind
from tongqu.kernel.records.models import Document
from tongqu.kernel.records.operations.files import store_file
from tongqu.kernel.ui import forms

SERVE = "cases.deliver"
CONSENT = "electronic_delivery"
TITLE = {"zh-Hans": "送达", "en": "Service"}


def consent_of(case: Case, *, licence: bool = False) -> dict[str, Any] | None:
    """The applicant's agreement to electronic service on record; None without one, or once it was withdrawn (D19).

    For the papers it is given with the submission. For the licence it lies in how it was asked for: who wants it on
    paper too has not agreed to have it electronically alone.
    """
    agreed = agreed_to(case, licence=licence)
    if agreed and consent_withdrawn(case.applicant_id, CONSENT, ("case", case.id)):
        return None
    return agreed


def agreed_to(case: Case, *, licence: bool = False) -> dict[str, Any] | None:
    """What the applicant agreed to with the submission, whatever became of it since."""
    way = case.values.get("delivery_way", {})
    if not licence or not way:
        return dict(case.service_consent) if case.service_consent else None
    if way.get("value") != "electronic":
        return None
    at = case.received_at.isoformat() if case.received_at else ""
    return {"by": "delivery_way", "at": at, "agreed_by": way.get("confirmed_by")}


def owe(act: Act, case: Case, document: Document, *, remedies: str = "", licence: bool = False) -> Service:
    """Put on record that this paper of the case must be served on the applicant."""
    if case.unit_id is None:
        raise LookupError(f"case {case.id} has no unit")
    return services.owe_service(
        act, document_id=document.id, document_kind=document.kind, title=document.title, number=document.number,
        sha256=document.payload["sha256"], issued_on=document.issued_on, issuer=document.issuer,
        unit_id=case.unit_id, party_id=case.applicant_id, recipient=case.applicant_name, subject=("case", case.id),
        case_no=case.case_no or "", consent=consent_of(case, licence=licence), remedies=remedies,
    )  # fmt: skip


def put_in_account(act: Act, case: Case, service: Service) -> None:
    """Serve electronically: the paper stands in the recipient's account from this moment on."""
    record(act, case, service.id, Attempt(mode="electronic"))


def record(act: Act, case: Case, service_id: UUID, attempt: Attempt, proof: tuple[UUID, str] | None = None) -> Service:
    """One try, with what follows copied onto the case's list of papers."""
    row, clocks = services.record_service(act, service_id=service_id, attempt=attempt, proof=proof)
    copy_to_case(case.id, row, clocks)
    return row


def copy_to_case(case_id: UUID, row: Service, clocks: Sequence[Clock]) -> None:
    """The case's page shows how each paper stands without asking notices."""
    remedies = [
        {"code": c.name, "rule": c.rule_id, "until": c.due_at.astimezone(SHANGHAI).date().isoformat(),
         "provisional": c.provisional}
        for c in clocks
    ]  # fmt: skip
    stands = {
        "service": row.state, "service_mode": row.mode, "served_on": row.served_on, "opened_at": row.opened_at,
        "remedies": remedies,
    }  # fmt: skip
    change(CaseDocument, stands, case_id=case_id, document_id=row.document_id)


# --- by people -------------------------------------------------------------------------------------------------------


@operation("cases.serve")
def serve(
    act: Act,
    *,
    case_id: UUID,
    documents: Sequence[UUID],
    inputs: Mapping[str, Any],
    uploads: Sequence[Upload] = (),
) -> dict[str, Any]:
    """Record one try at serving several papers of a case together, as when they are handed over with one receipt.

    `inputs` are the fields of `service_form`. Serving the licence takes the act `deliver` with it. Raises Invalid with
    the fields at fault, Refused for a mode that the law does not open for one of them, Conflict for one served already.
    """
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    if case is None:
        raise NotFound()
    act.require(SERVE, scope_of(case))
    rows = fetch(
        Service, order=("id",),
        tenant_id=case.tenant_id, subject_kind="case", subject_id=case.id, document_id__in=list(documents),
    )  # fmt: skip
    if not documents:
        raise Invalid(fields={"documents": _("请至少选择一份文书")})
    if len(rows) != len(set(documents)):
        raise NotFound()
    attempt = read_attempt(inputs, uploads)
    _fault_first(attempt, rows)
    proof = _proof(act, case, uploads)
    for row in rows:
        if row.document_kind.startswith("licence_") and attempt.result == SERVED and case.state == "issued":
            _deliver(act, case, attempt, proof)
        else:
            record(act, case, row.id, attempt, proof)
    return {"case_id": str(case.id), "result": attempt.result, "documents": len(rows)}


def read_attempt(inputs: Mapping[str, Any], uploads: Sequence[Upload]) -> Attempt:
    """What was entered, checked as any form. Raises Invalid."""
    drawn = service_form.form(service_form.fields({}), TITLE)
    listed = forms.all_fields(drawn)
    if wrong := case_inputs.wrong_types(listed, inputs):
        raise Invalid(code="wrong-type", fields=wrong)
    if unknown := forms.unknown(drawn, inputs):
        raise Invalid(code="unknown-field", fields={name: _("没有这一填写项") for name in sorted(unknown)})
    values, found = forms.parse(case_inputs.without_files(drawn), inputs)
    errors: dict[str, Text] = dict(found)
    if stray := {u.field for u in uploads} - {"proof"}:
        errors |= {name: _("这里不能上传文件") for name in stray}
    if len(uploads) > 1:
        errors["proof"] = _("请把证明材料合成一个文件")
    if errors:
        raise Invalid(fields=errors)
    return service_form.attempt_of(values, has_file=bool(uploads))


def _fault_first(attempt: Attempt, rows: Sequence[Service]) -> None:
    """Before a file is stored: is the record whole for the paper with the latest date?"""
    earliest = max(row.issued_on for row in rows)
    if faults := serving.faults_of(attempt, earliest=earliest, today=today().date()):
        raise Invalid(fields=faults)


def _proof(act: Act, case: Case, uploads: Sequence[Upload]) -> tuple[UUID, str] | None:
    if not uploads:
        return None
    try:
        blob = store_file(
            act, data=uploads[0].data, filename=uploads[0].filename, holder_party_id=case.applicant_id,
            purpose="service_proof",
        )  # fmt: skip
    except Invalid as error:
        raise Invalid(error.message, code=error.code, remedy=error.remedy, field="proof") from error
    return blob.id, blob.sha256


def _deliver(act: Act, case: Case, attempt: Attempt, proof: tuple[UUID, str] | None) -> None:
    from tongqu.kernel.cases.operations.engine import take  # the engine's effects serve too

    take(act, case, "deliver", {"attempt": attempt, "proof": proof})


def deliver(ctx: Ctx) -> None:
    """The act `deliver`: the licence is served. By itself it must have been served; a failed try is no delivery."""
    owed = fetch_values(
        Service, ("document_kind", "id", "state", "mode"), order=("id",),
        tenant_id=ctx.case.tenant_id, subject_kind="case", subject_id=ctx.case.id,
    )  # fmt: skip
    found = next((rest for document_kind, *rest in owed if document_kind.startswith("licence_")), None)
    if found is None:
        raise Conflict()
    service_id, state, mode = found
    if state == "served":  # by public notice, whose period is over
        ctx.body |= {"mode": mode, "service": service_id}
        return
    attempt: Attempt = ctx.inputs.get("attempt") or Attempt(mode=str(ctx.inputs.get("mode", "")))
    if attempt.result != SERVED:
        raise Invalid(fields={"result": _("许可证还没有送达，请在送达页面登记这次结果")})
    record(ctx.act, ctx.case, service_id, attempt, ctx.inputs.get("proof") or _proof(ctx.act, ctx.case, ctx.uploads))
    ctx.body |= {"mode": attempt.mode, "service": service_id}


# --- 送达回证 and reading --------------------------------------------------------------------------------------------


@operation("cases.make_service_receipt")
def make_service_receipt(act: Act, *, case_id: UUID, document_id: UUID) -> dict[str, Any]:
    """The 送达回证 of one paper: blank where it is to be signed, filled where it was served. Made once."""
    case = fetch_one(Case, lock=True, tenant_id=act.actor.tenant_id, id=case_id)
    if case is None:
        raise NotFound()
    act.require(SERVE, scope_of(case))
    row = fetch_one(Service, lock=True, tenant_id=case.tenant_id, document_id=document_id)
    if row is None or (row.subject_kind, row.subject_id) != ("case", case.id) or case.unit_id is None:
        raise NotFound()
    if row.receipt_id:
        act.unchanged()
        return {"document_id": str(row.receipt_id)}
    spec = kind(case.procedure_code, "service_receipt")
    made = file_paper(
        act, case, spec, records.make_paper(
            act, spec=spec, unit_id=case.unit_id, agency=unit(case.unit_id).name, subject=("case", case.id),
            holder_party_id=case.applicant_id, holder_kind=case.applicant_kind,
            content=receipt_content(case, row), day=act.at.astimezone(SHANGHAI).date(),
        ),
    )  # fmt: skip
    change(Service, {"receipt_id": made.document_id}, id=row.id)
    return {"document_id": str(made.document_id)}


def file_paper(act: Act, case: Case, spec: Kind, document: Document, service: str = "") -> CaseDocument:
    """Put a paper on the case's list."""
    filed = CaseDocument(
        tenant_id=case.tenant_id, case=case, kind=spec.kind, title=document.title, document_id=document.id,
        number=document.number, service=service, created_at=act.at, seen_by="staff" if spec.to else "party",
    )  # fmt: skip
    add([filed])
    return filed


@operation("cases.open_paper")
def open_paper(act: Act, *, case_id: UUID, document_id: UUID) -> datetime | None:
    """The applicant's side reads a paper: the first time goes on record beside its service."""
    act.allow(act.actor.kind == "person")
    opened = services.open_service(act, document_id=document_id)
    if opened:
        change(CaseDocument, {"opened_at": opened}, case_id=case_id, document_id=document_id)
    return opened


__all__ = ["consent_of", "deliver", "make_service_receipt", "open_paper", "owe", "serve"]
