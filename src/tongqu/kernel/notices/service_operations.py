"""The verbs of service: a document is owed to somebody, tries are recorded, being served starts the remedy periods.

All are called inside the act of the room that owns the document, which has asked for permission and holds its subject.
A document is served once; what proves it, who did it and who received it is an attempt row that never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, change, fetch_one, fetch_values
from tongqu.kernel.law import operations as law
from tongqu.kernel.law import register
from tongqu.kernel.law.grounds import remedies_for
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices import events, serving
from tongqu.kernel.notices.models import Service, ServiceAttempt
from tongqu.kernel.notices.serving import ANNOUNCED, FAILED, SENT, SERVED, Attempt, Tried

ANNOUNCEMENT = "announcement"  # the name of the clock of a public notice, on subject ("service", id)
_NEXT = {SERVED: "served", SENT: "under_way", FAILED: "due", ANNOUNCED: "announced"}
_EVENT = {
    SERVED: events.SERVED, SENT: events.SERVICE_SENT, FAILED: events.SERVICE_FAILED,
    ANNOUNCED: events.SERVICE_ANNOUNCED,
}  # fmt: skip
_KEPT = (
    "receiver",
    "relation",
    "tracking_no",
    "entrusted_to",
    "place",
    "witness",
    "refusal",
    "why",
    "note",
    "receipt_kept",
)


@operation("notices.owe_service")
def owe_service(
    act: Act,
    *,
    document_id: UUID,
    document_kind: str,
    title: Mapping[str, str],
    number: str,
    sha256: str,
    issued_on: date,
    issuer: str,
    unit_id: UUID,
    party_id: UUID,
    recipient: str,
    subject: tuple[str, UUID],
    case_no: str = "",
    consent: Mapping[str, Any] | None = None,
    remedies: str = "",
) -> Service:
    """Put on record that a document must be served on a party. `remedies` names the act whose remedies it opens."""
    service = Service(
        tenant_id=act.actor.tenant_id, document_id=document_id, document_kind=document_kind, title=dict(title),
        number=number, sha256=sha256, issued_on=issued_on, issuer=issuer, unit_id=unit_id, party_id=party_id,
        recipient=recipient, subject_kind=subject[0], subject_id=subject[1], case_no=case_no,
        consent=dict(consent) if consent else None, remedies=remedies, created_at=act.at,
    )  # fmt: skip
    add([service])
    act.emit(
        events.SERVICE_DUE, subject=("service", service.id),
        body={"document": document_id, "sha256": sha256, "for": subject, "consent": bool(consent)},
    )  # fmt: skip
    return service


@operation("notices.note_agreement")
def note_agreement(act: Act, *, service_id: UUID, consent: Mapping[str, Any] | None) -> Service:
    """What the party agrees to by now, for a paper that is still to be served. Called inside the act that says so.

    Raises Conflict for one that is served.
    """
    row = _held(act.actor, service_id)
    if row.state in {"served", "announced"}:
        raise Conflict(_("这份文书已经送达或者正在公告，不能重复登记"))
    row.consent = dict(consent) if consent else None
    change(Service, {"consent": row.consent}, id=row.id)
    act.unchanged()  # the act it belongs to has its own event
    return row


@operation("notices.record_service")
def record_service(
    act: Act,
    *,
    service_id: UUID,
    attempt: Attempt,
    proof: tuple[UUID, str] | None = None,
    expected_version: int | None = None,
) -> tuple[Service, list[Clock]]:
    """Record one try at serving, and what follows: served, sent and waiting, failed, or announced to the public.

    `proof` is (stored file, its SHA-256). Being served starts the remedy periods as clocks on the document; a public
    notice starts its own. Returns the row and the clocks started. Raises Invalid with the fields at fault, Refused with
    the rule for a mode that is not open, Conflict when it was served already.
    """
    row = _held(act.actor, service_id)
    if expected_version is not None and expected_version != row.version:
        raise Conflict()
    if row.state in {"served", "announced"}:
        raise Conflict(_("这份文书已经送达或者正在公告，不能重复登记"))
    tried = tried_of(row)
    if closed := serving.modes_open(tried, consent=row.consent is not None).get(attempt.mode):
        raise Refused(closed.message, code="mode-closed", rule=closed.rule)
    today = act.at.astimezone(SHANGHAI).date()
    if faults := serving.faults_of(attempt, earliest=row.issued_on, today=today):
        raise Invalid(fields=faults)
    mode = serving.modes()[attempt.mode]
    on = attempt.on if attempt.on and not mode.needs_consent and mode.settles != "over_time" else today
    details = {name: value for name, value in asdict(attempt).items() if name in _KEPT and value}
    _note_attempt(act, row, attempt, on, details, proof)
    row.state, row.mode = _NEXT[attempt.result], attempt.mode
    clocks: list[Clock] = []
    if attempt.result == SERVED:
        clocks = _served(act, row, on, entered=act.at if mode.needs_consent else None)
    elif attempt.result == ANNOUNCED:
        clocks = _announce(act, row, on, mode.rule)
    _save(row)
    act.emit(
        _EVENT[attempt.result], subject=("service", row.id), version=row.version,
        rule=register.rule(mode.rule).cite,
        body={"document": row.document_id, "sha256": row.sha256, "for": [row.subject_kind, row.subject_id],
              "mode": attempt.mode, "on": on, "failure": attempt.failure or None,
              "proof": proof[1] if proof else None, "until": row.announced_until},
        sealed=(row.party_id, details) if details else None,
    )  # fmt: skip
    return row, clocks


@operation("notices.deem_served")
def deem_served(act: Act, *, service_id: UUID) -> tuple[Service, list[Clock]]:
    """The period of a public notice is over: it counts as served. Carried out by the platform on the rule (SV7)."""
    act.allow(act.actor.kind == "system")
    row = _held(act.actor, service_id)
    if row.state != "announced" or row.announced_until is None:
        raise Conflict()
    row.state = "served"
    clocks = _served(act, row, row.announced_until, entered=None)
    _save(row)
    act.emit(
        events.SERVED, subject=("service", row.id), version=row.version,
        rule=register.rule(serving.modes()[row.mode].rule).cite,
        body={"document": row.document_id, "sha256": row.sha256, "for": [row.subject_kind, row.subject_id],
              "mode": row.mode, "on": row.announced_until},
    )  # fmt: skip
    return row, clocks


@operation("notices.open_service")
def open_service(act: Act, *, document_id: UUID) -> datetime | None:
    """Put on record that the recipient's side read the document; the first time counts. None: it was no news."""
    act.allow(act.actor.kind == "person")
    row = fetch_one(Service, lock=True, tenant_id=act.actor.tenant_id, document_id=document_id)
    if row is None or row.opened_at is not None or act.actor.represented != row.party_id:
        act.unchanged()
        return None
    row.opened_at = act.at
    _save(row)
    act.emit(
        events.SERVICE_OPENED, subject=("service", row.id), version=row.version,
        body={"document": row.document_id, "for": [row.subject_kind, row.subject_id]},
    )  # fmt: skip
    return act.at


def tried_of(row: Service) -> list[Tried]:
    """Earlier attempts, oldest first. One query."""
    rows = fetch_values(ServiceAttempt, ("mode", "result", "failure"), order=("id",), service=row)
    return [Tried(*one) for one in rows]


def _note_attempt(
    act: Act, row: Service, attempt: Attempt, on: date, details: Mapping[str, Any], proof: tuple[UUID, str] | None
) -> None:
    tried = ServiceAttempt(
        tenant_id=row.tenant_id, service=row, mode=attempt.mode, result=attempt.result, failure=attempt.failure,
        happened_on=on, details=details, proof_id=proof[0] if proof else None,
        proof_sha256=proof[1] if proof else "", by_account=act.actor.account_id, by_name=act.actor.name,
        created_at=act.at,
    )  # fmt: skip
    add([tried])


def _served(act: Act, row: Service, on: date, *, entered: datetime | None) -> list[Clock]:
    """Note the day and start what the person may do about the document: reconsideration and suit, a clock each."""
    row.served_on, row.entered_at = on, entered
    if not row.remedies:
        return []
    start = entered or datetime.combine(on, time(), SHANGHAI)
    specs = [law.ClockSpec(remedy.code, remedy.rule_id, started_at=start) for remedy in remedies_for(row.remedies)]
    return law.start_clocks(act, subject=("document", row.document_id), specs=specs)


def _announce(act: Act, row: Service, on: date, rule_id: str) -> list[Clock]:
    clock = law.start_clock(act, subject=("service", row.id), name=ANNOUNCEMENT, rule_id=rule_id)
    row.announced_on, row.announced_until = on, clock.due_at.astimezone(SHANGHAI).date()
    return []


def _held(actor: Actor, service_id: UUID) -> Service:
    row = fetch_one(Service, lock=True, tenant_id=actor.tenant_id, id=service_id)
    if row is None:
        raise NotFound()
    return row


_MUTABLE = ("state", "mode", "served_on", "entered_at", "opened_at", "announced_on", "announced_until", "version")


def _save(row: Service) -> None:
    row.version += 1
    change(Service, {name: getattr(row, name) for name in _MUTABLE}, id=row.id)


__all__ = ["deem_served", "note_agreement", "open_service", "owe_service", "record_service", "tried_of"]
