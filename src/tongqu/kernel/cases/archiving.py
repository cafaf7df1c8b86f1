"""What goes into the archive of a case: everything that was said, shown, decided and cited, in open formats."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.statements import fetch, fetch_values
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.context import Ctx, LoadedFacts
from tongqu.kernel.cases.models import Case, CaseDocument, CaseMaterial, Consultation, Decision, Opinion, SiteCheck
from tongqu.kernel.cases.queries import history_of
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.notices.models import Service
from tongqu.kernel.notices.service_queries import services_about
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.records import operations as records
from tongqu.kernel.records import queries as record_queries
from tongqu.kernel.records.models import Archive, Blob


@dataclass(frozen=True, slots=True)
class PackedAhead:
    """A package made before the act that files it: of what state of the case, and of which files in the store."""

    case_id: UUID
    state: tuple[Any, ...]
    blobs: frozenset[UUID]
    packed: records.Packed

    def stands(self, case: Case, facts: LoadedFacts) -> bool:
        """Whether all that was read is still so, and no file was erased meanwhile. 5 queries, and that for the clocks
        where nobody has asked for them."""
        if (case.id, _state(case, facts)) != (self.case_id, self.state):
            return False
        kept = fetch_values(Blob, ("id",), tenant_id=case.tenant_id, id__in=tuple(self.blobs), erased_at=None)
        return len(kept) == len(self.blobs)


def pack_ahead(case: Case) -> PackedAhead:
    """The archive of this case, made before the transaction: reading, packing and storing it takes longer than anything
    that must be done under lock. To be brought to the act."""
    facts = LoadedFacts(case, definition.package_of(case))
    state = _state(case, facts)  # before anything else is read: what changes while that goes on is found out
    with in_hand():
        package, blobs = _package(case, facts)
    return PackedAhead(case.id, state, blobs, records.pack(**package))


def file_archive(ctx: Ctx) -> Archive:
    """Make the archive of the case, or take the one that was packed ahead where all it was made of stands, and register
    it."""
    ahead, case = ctx.ahead, ctx.case
    about = {"subject": ("case", case.id), "holder_party_id": case.applicant_id, "kind": _kind(case)}
    if isinstance(ahead, PackedAhead) and ahead.stands(case, ctx.facts):
        return records.file_archive(ctx.act, packed=ahead.packed, **about)
    with in_hand():
        package, _blobs = _package(case, ctx.facts)
    return records.archive_case(ctx.act, **package, **about)


def _state(case: Case, facts: LoadedFacts) -> tuple[Any, ...]:
    """What is another wherever anything in the archive is. 4 queries, and that for the clocks.

    An act counts up the case's version with whatever it writes to rows of the case. Papers and their service come with
    events and rows of their own, clocks and services count theirs.
    """
    return (
        [getattr(case, column.attname) for column in Case._meta.concrete_fields],
        [(clock.id, clock.version) for clock in facts.clocks],
        fetch_values(Event, ("id",), order=("id",), tenant_id=case.tenant_id, subject_kind="case", subject_id=case.id),
        fetch_values(CaseDocument, ("id", "document_id"), order=("id",), case=case),
        fetch_values(CaseMaterial, ("id", "blob_id"), order=("id",), case=case),
        fetch_values(
            Service, ("id", "version", "consent"), order=("id",),
            tenant_id=case.tenant_id, subject_kind="case", subject_id=case.id,
        ),
    )  # fmt: skip


def _package(case: Case, facts: LoadedFacts) -> tuple[dict[str, Any], frozenset[UUID]]:
    """The arguments of `records.pack` for this case, and which files in the store it holds."""
    files = {
        "case.json": _json(_metadata(case)),
        "form.json": _json(definition.all_values(case)),
        "definition.json": _definition(case.package_version_id),
        "history.json": _json([_line(line) for line in history_of(case, level="staff")]),
        "opinions.json": _json(_columns(Opinion, _OPINION, case)),
        "decisions.json": _json(_columns(Decision, _DECISION, case)),
        "clocks.json": _json([_clock(c) for c in facts.clocks]),
        "consultations.json": _json([_consultation(row) for row in facts.consultations]),
        "checks.json": _json([_check(row) for row in fetch(SiteCheck, order=("id",), case=case)]),
        "service.json": _json([_service(row) for row in services_about(case.tenant_id, ("case", case.id))]),
    }
    papers = record_queries.papers_with_pdf(
        case.tenant_id, [row[0] for row in fetch_values(CaseDocument, ("document_id",), case=case)]
    )
    for row, pdf in papers:
        files[f"documents/{row.id}.pdf"] = pdf
        files[f"documents/{row.id}.json"] = _json({"payload": row.payload, "signature": row.signature})
    materials = fetch(CaseMaterial, order=("id",), case=case)
    kept = record_queries.files(case.tenant_id, [material.blob_id for material in materials])
    for material in materials:
        blob, data = kept[material.blob_id]
        extension = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}[blob.media_type]
        files[f"materials/{material.code}/{material.id}.{extension}"] = data
    package = {
        "archive_no": f"{case.item_code}-{case.case_no}",
        "metadata": {"case_no": case.case_no, "item": case.item_code, "outcome": case.outcome, "files": len(files)},
        "files": files,
    }
    return package, frozenset([*kept, *(row.blob_id for row, _pdf in papers)])


_OPINION = ("account_name", "recommendation", "reason", "created_at")
_DECISION = ("kind", "ground", "reason", "rule", "decided_at", "licence_no")


def _columns(model: type[Model], names: tuple[str, ...], case: Case) -> list[dict[str, Any]]:
    return [dict(zip(names, row, strict=True)) for row in fetch_values(model, names, order=("id",), case=case)]


def _kind(case: Case) -> str:
    """Which row of the retention table holds."""
    if case.procedure_code != "licensing":
        return str(case.procedure_code)
    return "licensing_granted" if case.outcome == "granted" else "licensing_other"


@lru_cache(maxsize=64)
def _definition(version_id: UUID) -> bytes:
    """The package as it is archived with each of its cases: a published version never changes."""
    return _json(dict(packages.version(version_id).content))


def _json(value: Any) -> bytes:
    return canonical_bytes(json.loads(json.dumps(value, cls=DjangoJSONEncoder)))


def _metadata(case: Case) -> dict[str, Any]:
    return {
        "case_no": case.case_no, "receipt_no": case.receipt_no, "item": case.item_code, "title": case.title,
        "definition": case.package_hash, "procedure": f"{case.procedure_code}@{case.procedure_version}",
        "applicant": {"party": case.applicant_id, "name": case.applicant_name, "kind": case.applicant_kind},
        "agent": case.agent_id, "mandate": case.mandate_id, "unit": {"id": case.unit_id, "name": case.unit_name},
        "region": case.region_code, "received_at": _moment(case.received_at), "accepted_at": _moment(case.accepted_at),
        "decided_at": _moment(case.decided_at), "ended_at": _moment(case.ended_at), "outcome": case.outcome,
        "triage": case.triage, "demands": case.demands,
    }  # fmt: skip


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at else None


def _line(line: Any) -> dict[str, Any]:
    return {
        "event": line.event_id, "at": line.at, "effective_at": line.effective_at, "kind": line.kind,
        "actor": line.actor, "rule": line.rule, "body": line.body,
    }  # fmt: skip


def _clock(clock: Any) -> dict[str, Any]:
    return {
        "name": clock.name, "rule": f"{clock.rule_id}@{clock.rule_version}", "started_at": clock.started_at,
        "due_at": clock.due_at, "pauses": clock.pauses, "extensions": clock.extensions, "outcome": clock.outcome,
    }  # fmt: skip


def _service(row: Service) -> dict[str, Any]:
    """How one paper reached its recipient: every try, with the hash of what proves it and of the file as served."""
    return {
        "document": row.document_id, "number": row.number, "sha256": row.sha256, "recipient": row.recipient,
        "state": row.state, "mode": row.mode, "served_on": row.served_on, "entered_at": row.entered_at,
        "opened_at": row.opened_at, "consent": row.consent, "announced_on": row.announced_on,
        "announced_until": row.announced_until,
        "tries": [
            {"mode": one.mode, "result": one.result, "failure": one.failure, "on": one.happened_on,
             "details": one.details, "proof_sha256": one.proof_sha256, "by": one.by_name}
            for one in row.tries  # type: ignore[attr-defined]
        ],
    }  # fmt: skip


def _consultation(row: Consultation) -> dict[str, Any]:
    return {
        "kind": row.kind, "name": row.name, "address": row.address, "about": row.about, "asked_at": row.created_at,
        "received_on": row.received_on, "outcome": row.outcome, "reason": row.reason, "ended_at": row.ended_at,
    }  # fmt: skip


def _check(row: SiteCheck) -> dict[str, Any]:
    return {
        "officers": row.officers, "assigned_at": row.assigned_at, "checked_at": row.checked_at, "sheet": row.sheet,
        "conclusion": row.conclusion, "applicant_signature": row.applicant_signature, "note": row.signature_note,
        "rectify_by": row.rectify_by, "rectification": row.rectification,
    }  # fmt: skip
