"""Reads of files, papers and licences. Who may read is the caller's question: cases asks it before it comes here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.identity.vault import Erased, data_key
from tongqu.kernel.records import store
from tongqu.kernel.records.models import Blob, Document, ELicence
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.records.tokens import read_token


class Altered(RuntimeError):
    """A stored file is not what was stored."""


def blob(tenant_id: UUID, blob_id: UUID) -> tuple[Blob, bytes]:
    """A stored file and its bytes, its hash checked. Two queries, one with the holder's key in hand (vault).

    Raises NotFound, vault.Erased once its holder or its retention is over, Altered.
    """
    row = Blob.objects.filter(tenant_id=tenant_id, id=blob_id).first()
    if row is None:
        raise NotFound()
    return row, _bytes(row)


def _bytes(row: Blob) -> bytes:
    if row.erased_at is not None:
        raise Erased()
    try:
        under = store.archives() if row.sealed_under == "archive" else data_key(row.holder_id)
        data = store.get(row.id, row.store_path, bytes(row.wrapped_key), under=under)
    except crypto.CryptoError as error:
        raise Altered(str(row.id)) from error
    if hashlib.sha256(data).hexdigest() != row.sha256:
        raise Altered(str(row.id))
    return data


def document_pdf(tenant_id: UUID, document_id: UUID) -> tuple[Document, bytes]:
    """A paper and its PDF. Raises NotFound, vault.Erased. Two queries, one with the holder's key in hand."""
    row = Document.objects.select_related("blob").filter(tenant_id=tenant_id, id=document_id).first()
    if row is None:
        raise NotFound()
    return row, _bytes(row.blob)


def papers_with_pdf(tenant_id: UUID, document_ids: Collection[UUID]) -> list[tuple[Document, bytes]]:
    """These papers in the order in which they were made. Raises as `document_pdf`. One query, and one for each holder
    whose key is not in hand."""
    rows = Document.objects.select_related("blob").filter(tenant_id=tenant_id, id__in=document_ids).order_by("id")
    found = [(row, _bytes(row.blob)) for row in rows]
    if len(found) < len(set(document_ids)):
        raise NotFound()
    return found


def files(tenant_id: UUID, blob_ids: Collection[UUID]) -> dict[UUID, tuple[Blob, bytes]]:
    """{id: the file and its bytes}. Raises as `blob`. One query, and one for each holder whose key is not in hand."""
    rows = Blob.objects.filter(tenant_id=tenant_id, id__in=blob_ids)
    found = {row.id: (row, _bytes(row)) for row in rows}
    if len(found) < len(set(blob_ids)):
        raise NotFound()
    return found


def licences_of(tenant_id: UUID, party_ids: Sequence[UUID]) -> list[ELicence]:
    """The licences these parties hold, latest first, with their papers. One query."""
    rows = ELicence.objects.select_related("document").filter(tenant_id=tenant_id, holder_id__in=party_ids)
    return list(rows.order_by("-id")[:100])


def licence_numbered(tenant_id: UUID, licence_type: str, number: str) -> ELicence | None:
    """The licence that bears this number now; one that was renewed has given it to its successor. One query."""
    rows = ELicence.objects.filter(tenant_id=tenant_id, licence_type=licence_type, number=number)
    return rows.exclude(state="renewed").first()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `status`: valid, expired, renewed, retracted, revoked, cancelled, altered."""

    status: str
    document: Document
    licence: ELicence | None
    same_file: bool | None = None  # as the PDF that was given; None when none was, or when the record itself is altered


def status_on(licence: ELicence, day: date) -> str:
    """valid, renewed, retracted, revoked, cancelled or, after its last day, expired."""
    if licence.state != "valid":
        return licence.state
    return "expired" if licence.valid_to and day > licence.valid_to else "valid"


def verify(token: str, *, pdf_sha256: str | None = None) -> Verdict:
    """Check what this token names: our signature over it, its state today, and whether a PDF of this hash is it.

    Anyone may ask who has the token. Raises NotFound for a token that is nobody's. Two queries.
    """
    clean = read_token(token)
    document = Document.objects.select_related("blob").filter(token=clean).first() if clean else None
    if document is None:
        raise NotFound()
    licence = ELicence.objects.filter(token=document.token).first()
    if not _intact(document, licence):
        return Verdict("altered", document, licence)
    same = None if pdf_sha256 is None else pdf_sha256 == document.payload["sha256"]
    return Verdict(status_on(licence, today().date()) if licence else "valid", document, licence, same)


def signature_of(document: Document) -> crypto.Signature | None:
    """The signature as it is stored; None when what is stored is none."""
    try:
        return crypto.Signature.parse(document.signature["text"])
    except (crypto.MalformedSignature, KeyError, TypeError, AttributeError):
        return None


def _intact(document: Document, licence: ELicence | None) -> bool:
    """The signature holds, and the rows still say what was signed."""
    payload, signature = document.payload, signature_of(document)
    if signature is None or not isinstance(payload, dict):
        return False
    if not crypto.verify(keys.public_keys(), signature, canonical_bytes(payload)):
        return False
    told = {
        "token": document.token, "kind": document.kind, "title": document.title,
        "issuer": document.issuer, "issued_on": document.issued_on.isoformat(), "sha256": document.blob.sha256,
    }  # fmt: skip
    if document.number or "number" in payload:
        told["number"] = document.number
    if document.erased_at is None:
        told["recipient"] = public_name(document.holder_name, document.holder_kind)
    if licence is not None:
        told |= {
            "licence": licence.number, "issuer_name": licence.issuer_name, "valid_from": licence.valid_from.isoformat(),
            "valid_to": licence.valid_to.isoformat() if licence.valid_to else "",
        }  # fmt: skip
    elif "licence" in payload:
        return False
    return (
        all(payload.get(name) == value for name, value in told.items())
        and (licence is None or licence.holder_name == document.holder_name)
        and _is_holder(document)
    )


def _is_holder(document: Document) -> bool:
    """The whole name is the one committed to, where the payload shows it masked. After erasure name and salt are gone,
    the commitment tells nothing any more, and the signature stands alone."""
    value = document.payload.get("recipient_commitment")
    if value is None or document.erased_at is not None:
        return True
    salt = bytes(document.holder_salt or b"")
    return crypto.commits_to(str(value), salt=salt, data=document.holder_name.encode())
