"""Papers and licences: typeset, signed, verifiable by anyone with the token."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, NotFound, OnRecord
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.law import register
from tongqu.kernel.records import events, typeset
from tongqu.kernel.records.models import Document, ELicence
from tongqu.kernel.records.operations.files import keep
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.records.tokens import new_token, shown_token

log = logging.getLogger(__name__)


DEMO_NOTE = "演示样本，不具法律效力"


def _marks() -> dict[str, str]:
    """The note in the seal and, in a demonstration only, the words that say the paper is none."""
    if settings.TQ_DEMO:
        return {"seal_note": "电子印章（演示）", "demo_note": DEMO_NOTE}
    return {"seal_note": "电子印章", "demo_note": ""}


@operation("records.make_document")
def make_document(
    act: Act,
    *,
    kind: str,
    title: Mapping[str, str],
    subject: tuple[str, UUID],
    holder_party_id: UUID,
    template: str,
    data: Mapping[str, Any],
    holder_kind: str = PERSON,
    token: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Document:
    """Typeset and sign one paper. `data` is what the template needs besides date, QR, token and seal.

    The signature is over the canonical payload {token, kind, title, issuer, recipient, issued_on, sha256 of the PDF},
    which anyone with the token may see. A natural person stands in it masked, with a salted commitment to the whole
    name; without `holder_kind` we take the holder for one. Raises typeset.MissingGlyph, put on record.
    """
    token = token or new_token()
    day = act.at.astimezone(SHANGHAI).date()
    url = f"{settings.TQ_PUBLIC_URL}/v/{token}"
    pdf = _typeset(
        kind, subject, template,
        {
            **data, "date_iso": day.isoformat(), "token": shown_token(token), "qr_svg": typeset.qr_svg(url),
            "verify_at": f"{settings.TQ_PUBLIC_URL.split('://', 1)[-1]}/v", **_marks(), },
    )  # fmt: skip
    payload = {
        "format": "tongqu/document/1", "token": token, "kind": kind, "title": dict(title),
        "issuer": data["issuer"], "recipient": public_name(data["recipient"], holder_kind),
        "issued_on": day.isoformat(), "sha256": hashlib.sha256(pdf).hexdigest(), **(facts or {}),
    }  # fmt: skip
    salt = None
    if holder_kind == PERSON:
        commitment = crypto.commit(data["recipient"].encode())
        salt, payload["recipient_commitment"] = commitment.salt, commitment.value
    blob = keep(
        act, data=pdf, filename=f"{title['zh-Hans']}.pdf", media_type="application/pdf",
        holder_party_id=holder_party_id, purpose=f"document:{kind}",
    )  # fmt: skip
    document = Document.objects.create(
        tenant_id=act.actor.tenant_id, kind=kind, title=dict(title), subject_kind=subject[0], subject_id=subject[1],
        holder_id=holder_party_id, holder_name=data["recipient"], holder_kind=holder_kind, holder_salt=salt,
        issuer=data["issuer"], issued_on=day, token=token, blob=blob, payload=payload,
        signature=_sign(payload), created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.DOCUMENT_MADE, subject=("document", document.id),
        body={"kind": kind, "for": subject, "sha256": payload["sha256"]},
    )  # fmt: skip
    return document


@operation("records.issue_licence")
def issue_licence(
    act: Act,
    *,
    licence_type: str,
    title: Mapping[str, str],
    holder_party_id: UUID,
    holder_name: str,
    issuer_unit_id: UUID,
    issuer_name: Mapping[str, str],
    number: str,
    valid_from: date,
    valid_to: date | None,
    case_id: UUID,
    lines: Sequence[Mapping[str, str]],
    holder_kind: str = PERSON,
    foot: str = "",
) -> ELicence:
    """Register a licence, unique by type and number, and make its paper. Called inside the act that grants it."""
    token = new_token()
    issuer = issuer_name["zh-Hans"]
    term = {"valid_from": valid_from.isoformat(), "valid_to": valid_to.isoformat() if valid_to else ""}
    paper = make_document(
        act, kind=f"licence_{licence_type}", title=title, subject=("case", case_id), token=token,
        holder_party_id=holder_party_id, template="licence", holder_kind=holder_kind,
        facts={"licence": number, "issuer_name": dict(issuer_name), **term},
        data={
            "title": title["zh-Hans"], "issuer": issuer, "recipient": holder_name, "foot": foot,
            "copy_note": "电子证照（演示）" if settings.TQ_DEMO else "电子证照",
            "lines": [{"label": line["label"], "value": line["value"]} for line in lines],
            "date": f"{valid_from.year}年{valid_from.month}月{valid_from.day}日",
        },
    )  # fmt: skip
    licence = ELicence.objects.create(
        tenant_id=act.actor.tenant_id, licence_type=licence_type, number=number, holder_id=holder_party_id,
        holder_name=holder_name, issuer_id=issuer_unit_id, issuer_name=dict(issuer_name), case_id=case_id,
        lines=[dict(line) for line in lines], valid_from=valid_from, valid_to=valid_to, document=paper, token=token,
        created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.LICENCE_ISSUED, subject=("licence", licence.id),
        body={"type": licence_type, "number": number, "case": case_id, "valid_to": valid_to},
    )  # fmt: skip
    return licence


@operation("records.revoke_licence")
def revoke_licence(
    act: Act, *, licence_id: UUID, rule_id: str, region_code: str | None = None, expected_version: int | None = None
) -> dict[str, Any]:
    """Take a licence back, on a rule (L19: 撤回、撤销、注销). Raises Conflict when it is no longer valid.

    `region_code` is the place of the case, for a right that is limited to a region.
    """
    licence = ELicence.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=licence_id).first()
    if licence is None:
        raise NotFound()
    act.require("cases.revoke_licence", Scope(unit_id=licence.issuer_id))
    if licence.state != "valid" or (expected_version is not None and expected_version != licence.version):
        raise Conflict()
    rule = register.rule(rule_id)
    licence.state, licence.state_since, licence.state_rule = "revoked", act.at, rule.cite
    licence.version += 1
    licence.save(update_fields=["state", "state_since", "state_rule", "version"])
    act.emit(
        events.LICENCE_REVOKED, subject=("licence", licence.id), version=licence.version, rule=rule.cite,
        body={"number": licence.number},
    )  # fmt: skip
    return {"licence_id": str(licence.id), "state": licence.state}


def _typeset(kind: str, subject: tuple[str, UUID], template: str, data: Mapping[str, Any]) -> bytes:
    """The PDF. Where a glyph is missing, its code point goes on record and into the log, the text around it does not.

    Into the log as well, because inside a job the record is rolled back with the job.
    """
    try:
        return typeset.render(template, data)
    except typeset.MissingGlyph as error:
        log.error("no glyph for %s: %s for %s %s was not made", error.code_points, kind, *subject)
        error.on_record = OnRecord(
            events.DOCUMENT_NOT_MADE, *subject, body={"kind": kind, "code_points": list(error.code_points)}
        )
        raise


def _sign(payload: Mapping[str, Any]) -> dict[str, str]:
    return {"text": str(keys.signer().sign(canonical_bytes(payload)))}
