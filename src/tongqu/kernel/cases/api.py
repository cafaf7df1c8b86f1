"""Cases as JSON: parse, call, answer. What may be done now comes with each case, and `act` takes exactly that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from ninja import File, Header, Query, Router, Status
from ninja.files import UploadedFile

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Invalid, NotFound
from tongqu.kernel.acts.networks import on_both, public_only, staff_only
from tongqu.kernel.cases import api_shapes as shapes
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.describing import document_json, inputs_schema
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import upper
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.queries import CaseView, access_case, my_cases, unchecked
from tongqu.kernel.cases.worklist import Worklist, worklist
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.law.api import RunningOut, running
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import standing
from tongqu.kernel.packages.rules import form_json_schema
from tongqu.kernel.records import queries as records
from tongqu.kernel.ui import forms

router = Router(tags=["cases"])

Key = Annotated[str, Header(alias="Idempotency-Key", pattern="^[0-9A-Za-z-]{8,64}$")]
After = Annotated[str | None, Query(description="`next` of the page before")]
Size = Annotated[int, Query(ge=1, le=200)]


def caller(request: HttpRequest) -> Actor:
    """Who asks, by this channel."""
    return replace(actor_of(request), channel="api")


# --- lists -----------------------------------------------------------------------------------------------------------


@router.get("/cases/mine", response=shapes.CasePage, summary="Cases of the party one stands for, latest change first")
@public_only
def mine(request: HttpRequest, after: After = None, size: Size = 20) -> dict[str, Any]:
    page = my_cases(caller(request), after=after, size=size)
    return {"items": [_card(row.case) for row in page.rows], "next": page.next}


@router.get("/cases/worklist", response=shapes.CasePage, summary="Cases of the units one works for, most urgent first")
@staff_only
def work_list(
    request: HttpRequest, state: str = "", number: str = "", ended: bool = False, after: After = None, size: Size = 50
) -> dict[str, Any]:
    page = worklist(caller(request), Worklist(state=state, number=number, ended=ended), after=after, size=size)
    items = [_card(row.case) | {"due_at": row.due_at if row.due_at.year < 9999 else None} for row in page.rows]
    return {"items": items, "next": page.next}


# --- one case --------------------------------------------------------------------------------------------------------


@router.get("/cases/{uuid:case_id}", response=shapes.CaseOut, summary="One case and what may be done with it now")
@on_both
def one(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    view = _seen(request, case_id, "api.case")
    case, clocks = view.case, view.running
    return _card(case) | {
        "version": case.version, "stage": view.state.stage, "unit": forms.text(case.unit_name),
        "received_at": case.received_at, "accepted_at": case.accepted_at, "decided_at": case.decided_at,
        "outcome": case.outcome, "definition": case.package_hash, "values": view.entries_shown,
        "demands": case.demands, "missing_materials": view.facts.missing_materials,
        "materials": [_material(m) for m in view.materials],
        "clocks": [_clock(c) for c in clocks], "due_at": min((c.due_at for c in clocks), default=None),
        "offers": [_offer(view, o) for o in view.offers],
    }  # fmt: skip


@router.get("/cases/{uuid:case_id}/form", response=dict[str, Any], summary="The application form as JSON Schema")
@on_both
def form(request: HttpRequest, case_id: UUID) -> dict[str, Any]:
    return form_json_schema(_seen(request, case_id, "api.form").package)


@router.get("/cases/{uuid:case_id}/history", response=list[shapes.EventOut], summary="What happened, oldest first")
@on_both
def history(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    return [
        {"id": line.event_id, "at": line.at, "effective_at": line.effective_at, "kind": line.kind,
         "sentence": str(line.sentence), "by": line.actor["kind"], "rule": line.rule, "body": line.body}
        for line in _seen(request, case_id, "api.history").history
    ]  # fmt: skip


@router.get(
    "/cases/{uuid:case_id}/clocks", response=list[RunningOut], summary="Its periods, over or not, each with why"
)
@on_both
def clocks(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    return [running(clock) for clock in _seen(request, case_id, "api.clocks").clocks]


@router.get("/cases/{uuid:case_id}/documents", response=list[shapes.DocumentOut], summary="The papers of a case")
@on_both
def documents(request: HttpRequest, case_id: UUID) -> list[dict[str, Any]]:
    return [document_json(row) for row in _seen(request, case_id, "api.documents").documents]


@router.get("/cases/{uuid:case_id}/documents/{uuid:document_id}", response={200: None}, summary="One paper as PDF")
@on_both
def document(request: HttpRequest, case_id: UUID, document_id: UUID) -> HttpResponse:
    view = _seen(request, case_id, "api.document")
    if not view.has_paper(document_id):
        raise NotFound()
    row, pdf = records.document_pdf(view.case.tenant_id, document_id)
    return _download(pdf, "application/pdf", f"{forms.text(row.title)}.pdf")


@router.get("/cases/{uuid:case_id}/materials/{uuid:material_id}", response={200: None}, summary="A handed-in file")
@on_both
def material(request: HttpRequest, case_id: UUID, material_id: UUID) -> HttpResponse:
    view = _seen(request, case_id, "api.material")
    row = view.material(material_id)
    blob, data = records.blob(view.case.tenant_id, row.blob_id)
    return _download(data, blob.media_type, row.filename)


# --- acts ------------------------------------------------------------------------------------------------------------


@router.post("/cases/{uuid:case_id}/acts/{action}", response=shapes.Done, summary="Take an act that the case offers")
@on_both
def act(request: HttpRequest, case_id: UUID, action: str, body: shapes.ActIn, key: Key) -> dict[str, Any]:
    with in_hand():  # the applicant's key is opened once, for the number from above and for the act
        actor, number, judged = caller(request), None, None
        if action == "submit":
            number, judged = upper.fetch_for(actor, unchecked(actor.tenant_id, case_id))
        done: dict[str, Any] = upper.bring(
            number,
            lambda brought: cases.act(
                actor, key=key, case_id=case_id, action=action, inputs=_named(body.inputs),
                expected_version=body.expected_version, brought=brought,
            ),
            judged=judged,
        )  # fmt: skip
    return done


_MULTIPART = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"expected_version": {"type": "integer", "minimum": 1}},
                    "required": ["expected_version"],
                    "additionalProperties": {
                        "description": "fields of the offer's schema as text, files under the names of `x-files`"
                    },
                }
            }
        },
    }
}


@router.post(
    "/cases/{uuid:case_id}/acts/{action}/with-files", response=shapes.Done, openapi_extra=_MULTIPART,
    summary="The same with files: what was asked as a supplement, photos of a site check",
)  # fmt: skip
@on_both
def act_with_files(request: HttpRequest, case_id: UUID, action: str, key: Key) -> dict[str, Any]:
    sent = {name: request.POST.getlist(name) for name in request.POST}
    version = sent.pop("expected_version", [""])[-1]
    if not version.isascii() or not version.isdigit():
        raise Invalid(_("请写明办件版本"), field="expected_version")
    uploads = [_upload(name, file) for name in request.FILES for file in request.FILES.getlist(name)]
    done: dict[str, Any] = cases.act(
        caller(request), key=key, case_id=case_id, action=action, inputs=_named(sent), uploads=uploads,
        expected_version=int(version[:18]),
    )  # fmt: skip
    return done


# --- drafts ----------------------------------------------------------------------------------------------------------


@router.patch("/cases/{uuid:case_id}/draft", response=shapes.Done, summary="Save a draft, right or wrong")
@public_only
def save(request: HttpRequest, case_id: UUID, body: shapes.DraftIn) -> dict[str, Any]:
    actor = caller(request)
    package = access_case(actor, case_id=case_id, purpose="api.draft").package
    fixed = {name for name, field in package.fields.items() if "prefill" in field}
    wrong = {name: _("没有这一填写项") for name in body.values if name not in package.fields}
    wrong |= {name: _("这一项由登记信息自动填写，不能更改") for name in body.values if name in fixed}
    if wrong:
        raise Invalid(code="unknown-field", fields=wrong)
    saved: dict[str, Any] = cases.save_draft(
        actor, case_id=case_id, values=body.values, expected_version=body.expected_version
    )
    return saved


@router.delete("/cases/{uuid:case_id}/draft", response={204: None}, summary="Throw a draft away")
@public_only
def drop(request: HttpRequest, case_id: UUID) -> Status[None]:
    cases.drop_draft(caller(request), case_id=case_id)
    return Status(204, None)


@router.post("/cases/{uuid:case_id}/materials/{code}", response={201: shapes.Done}, summary="Add a file to a draft")
@public_only
def add_material(
    request: HttpRequest, case_id: UUID, code: str, key: Key, file: Annotated[UploadedFile, File()]
) -> Status[dict[str, Any]]:
    made = cases.add_material(caller(request), key=key, case_id=case_id, code=code, upload=_upload(code, file))
    return Status(201, made | {"case_id": case_id})


@router.delete("/cases/{uuid:case_id}/materials/{uuid:material_id}", response=shapes.Done, summary="Take it out again")
@public_only
def remove_material(request: HttpRequest, case_id: UUID, material_id: UUID) -> dict[str, Any]:
    return cases.remove_material(caller(request), case_id=case_id, material_id=material_id) | {"case_id": case_id}


# --- shapes ----------------------------------------------------------------------------------------------------------


def _seen(request: HttpRequest, case_id: UUID, purpose: str) -> CaseView:
    return access_case(caller(request), case_id=case_id, purpose=purpose)


def _named(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Names that pages use for themselves are unknown here."""
    if ours := [name for name in inputs if name.startswith("_") or name in forms.parsing.OURS]:
        raise Invalid(code="unknown-field", fields={name: _("没有这一填写项") for name in ours})
    return inputs


def _upload(name: str, file: Any) -> Upload:
    return Upload(name, file.name or "file", file.read())


def _card(case: Case) -> dict[str, Any]:
    state = procedure(case.procedure_code, case.procedure_version).states[case.state]
    return {
        "id": case.id, "case_no": case.case_no, "item": case.item_code, "title": forms.text(case.title),
        "applicant": case.applicant_name, "state": case.state, "state_name": forms.text(state.name),
        "updated_at": case.updated_at,
    }  # fmt: skip


def _offer(view: CaseView, offer: Any) -> dict[str, Any]:
    action = offer.action
    return {
        "action": action.code, "name": forms.text(action.name), "open": offer.open, "confirm": action.confirm,
        "rule": view.procedure.rule_id(action.rule, definition.parameters(view.package)),
        "blockers": [{"code": b.code, "message": str(b.message), "rule": b.rule} for b in offer.blockers],
        "inputs": inputs_schema(view.form(action)),
    }  # fmt: skip


def _clock(clock: Clock) -> dict[str, Any]:
    return {
        "name": clock.name, "rule": clock.cite, "started_at": clock.started_at, "due_at": clock.due_at,
        "provisional": clock.provisional, "standing": standing(clock).code,
    }  # fmt: skip


def _material(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "code": row.code, "filename": row.filename, "media_type": row.media_type, "size": row.size,
        "added_at": row.created_at,
    }  # fmt: skip


def _download(data: bytes, media_type: str, filename: str) -> HttpResponse:
    """Always as a file to keep: nothing that was uploaded runs in our pages."""
    return HttpResponse(
        data, content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(True, filename) or "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'", "Cache-Control": "private, no-store",
        },
    )  # fmt: skip
