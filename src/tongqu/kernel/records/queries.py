"""Reads of files, papers and licences. Who may read is the caller's question: cases asks it before it comes here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.records import store
from tongqu.kernel.records.models import Blob, Document, ELicence


class Altered(RuntimeError):
    """A stored file is not what was stored."""


def blob(tenant_id: UUID, blob_id: UUID) -> tuple[Blob, bytes]:
    """A stored file and its bytes, its hash checked. Raises NotFound, Altered. One query."""
    row = Blob.objects.filter(tenant_id=tenant_id, id=blob_id).first()
    if row is None:
        raise NotFound()
    return row, _bytes(row)


def _bytes(row: Blob) -> bytes:
    try:
        data = store.get(row.id, row.store_path, row.wrapped_key)
    except crypto.CryptoError as error:
        raise Altered(str(row.id)) from error
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Altered(str(row.id))
    return data


def document_pdf(tenant_id: UUID, document_id: UUID) -> tuple[Document, bytes]:
    """A paper and its PDF. Raises NotFound. One query."""
    row = Document.objects.select_related("blob").filter(tenant_id=tenant_id, id=document_id).first()
    if row is None:
        raise NotFound()
    return row, _bytes(row.blob)


def licences_of(tenant_id: UUID, party_ids: Sequence[UUID]) -> list[ELicence]:
    """The licences these parties hold, latest first, with their papers. One query."""
    rows = ELicence.objects.select_related("document").filter(tenant_id=tenant_id, holder_id__in=party_ids)
    return list(rows.order_by("-id")[:100])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `status`: valid, expired, revoked, cancelled, altered."""

    status: str
    document: Document
    licence: ELicence | None
    same_file: bool | None = None  # of an uploaded PDF; None when none was given


def status_on(licence: ELicence, day: date) -> str:
    """valid, revoked, cancelled or, after its last day, expired."""
    if licence.state != "valid":
        return licence.state
    return "expired" if licence.valid_to and day > licence.valid_to else "valid"


def verify(token: str, *, uploaded: bytes | None = None) -> Verdict:
    """Check what this token names: our signature over it, its state today, and whether an uploaded PDF is it.

    Raises NotFound for a token that is nobody's. Two queries.
    """
    clean = token.upper().replace("-", "").replace(" ", "").replace("O", "0").replace("I", "1").replace("L", "1")
    document = Document.objects.select_related("blob").filter(token=clean).first()
    if document is None:
        raise NotFound()
    licence = ELicence.objects.filter(token=clean).first()
    same = None if uploaded is None else hashlib.sha256(uploaded).hexdigest() == document.payload["sha256"]
    if not _intact(document, licence) or same is False:
        return Verdict("altered", document, licence, same)
    return Verdict(status_on(licence, today().date()) if licence else "valid", document, licence, same)


def _intact(document: Document, licence: ELicence | None) -> bool:
    """The signature holds, and the rows still say what was signed."""
    payload = document.payload
    signature = crypto.Signature.parse(document.signature["text"])
    if not crypto.verify(keys.public_keys(), signature, canonical_bytes(payload)):
        return False
    told = {
        "token": document.token, "kind": document.kind, "title": document.title["zh-Hans"], "issuer": document.issuer,
        "recipient": document.holder_name, "issued_on": document.issued_on.isoformat(), "sha256": document.blob.sha256,
    }  # fmt: skip
    if any(payload.get(name) != value for name, value in told.items()):
        return False
    if licence is None:
        return True
    told = {
        "licence": licence.number, "recipient": licence.holder_name, "valid_from": licence.valid_from.isoformat(),
        "valid_to": licence.valid_to.isoformat() if licence.valid_to else "",
    }  # fmt: skip
    return all(payload.get(name) == value for name, value in told.items())
