"""Reads of files, papers and licences. Who may read is the caller's question: cases asks it before it comes here."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import CharField, QuerySet, UUIDField

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.kept_queries import Kept, Param
from tongqu.kernel.acts.statements import fetch, fetch_one
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
    row = fetch_one(Blob, tenant_id=tenant_id, id=blob_id)
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
    found = _PAPER(tenant=tenant_id, document=document_id)
    if not found:
        raise NotFound()
    return found[0], _bytes(found[0].blob)


def _paper(tenant: Param, document: Param) -> QuerySet[Document]:
    return Document.objects.select_related("blob").filter(tenant_id=tenant, id=document)


_PAPER = Kept(_paper, tenant=UUIDField(), document=UUIDField())


def papers_with_pdf(tenant_id: UUID, document_ids: Collection[UUID]) -> list[tuple[Document, bytes]]:
    """These papers in the order in which they were made. Raises as `document_pdf`. Two queries, and one for each
    holder whose key is not in hand."""
    rows = fetch(Document, order=("id",), tenant_id=tenant_id, id__in=tuple(document_ids)) if document_ids else []
    if len(rows) < len(set(document_ids)):
        raise NotFound()
    kept = files(tenant_id, [row.blob_id for row in rows])
    return [(row, kept[row.blob_id][1]) for row in rows]


def files(tenant_id: UUID, blob_ids: Collection[UUID]) -> dict[UUID, tuple[Blob, bytes]]:
    """{id: the file and its bytes}. Raises as `blob`. One query, and one for each holder whose key is not in hand."""
    rows = fetch(Blob, tenant_id=tenant_id, id__in=tuple(blob_ids)) if blob_ids else []
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
    return next(iter(_NUMBERED(tenant=tenant_id, kind=licence_type, number=number)), None)


def _numbered(tenant: Param, kind: Param, number: Param) -> QuerySet[ELicence]:
    rows = ELicence.objects.filter(tenant_id=tenant, licence_type=kind, number=number)
    return rows.exclude(state="renewed").order_by("id")[:1]


_NUMBERED = Kept(_numbered, tenant=UUIDField(), kind=CharField(), number=CharField())


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
