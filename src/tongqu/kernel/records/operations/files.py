"""Keeping files: checked, scanned, encrypted, once for each holder, each use bound to a purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import ports
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add, add_if_new, fetch_one
from tongqu.kernel.identity import vault
from tongqu.kernel.records import store
from tongqu.kernel.records.events import FILE_STORED
from tongqu.kernel.records.models import Blob, BlobUse
from tongqu.kernel.records.ports import VirusScanner
from tongqu.kernel.records.rules import as_kept, check_upload


@dataclass(slots=True)
class Laid:
    """A file in the store whose row is still to come, so that nobody waits for the disk with the database locked.

    Its key is in memory alone until the row is written, in the transaction that asks for the holder's: one whose row
    never comes nobody can read, and work.sweep_orphans removes it if `filed_or_removed` did not.
    """

    blob_id: UUID
    path: str
    key: bytes = field(repr=False)
    digest: str  # SHA-256 of the bytes
    size: int
    filed: bool = False  # whether a row was written for it, be that undone or not


@contextmanager
def filed_or_removed(laid: Laid | None) -> Iterator[None]:
    """What was laid ahead may be filed in this block. At its end the file is removed if no row was written for it."""
    try:
        yield
    finally:
        if laid is not None and not laid.filed:
            store.remove(laid.path)


def lay(data: bytes, digest: str = "") -> Laid:
    """Write the bytes, whose SHA-256 may be known, encrypted and durably. No query."""
    blob_id = uuid7()
    path, key = store.put(blob_id, data)
    return Laid(blob_id, path, key, digest or hashlib.sha256(data).hexdigest(), len(data))


@operation("records.store_file")
def store_file(act: Act, *, data: bytes, filename: str, holder_party_id: UUID, purpose: str) -> Blob:
    """Keep an uploaded file for its holder: of a picture nothing but the picture (rules.as_kept). Called inside the act
    it belongs to, which has checked permission.

    The same bytes of the same holder are kept once; another holder's are another file, since sharing one would tell
    each that the other has it. Raises Invalid (empty, too large, wrong type, active content, infected).
    """
    name, media_type = check_upload(data, filename, limit=settings.TQ_UPLOAD_LIMIT)
    if found := ports.adapter(VirusScanner).scan(data):  # type: ignore[type-abstract]
        raise Invalid(
            _("文件中发现恶意程序（%(name)s），没有保存") % {"name": found}, code="infected",
            remedy=_("请检查电脑或手机后换一份文件"),
        )  # fmt: skip
    data = as_kept(data, media_type, purpose=purpose)
    blob = keep(act, data=data, filename=name, media_type=media_type, holder_party_id=holder_party_id, purpose=purpose)
    body = {"sha256": blob.sha256, "size": blob.size, "purpose": purpose}
    act.emit(FILE_STORED, subject=("blob", blob.id), body=body)
    return blob


def keep(
    act: Act,
    *,
    data: bytes,
    filename: str,
    media_type: str,
    holder_party_id: UUID,
    purpose: str,
    sealed_under: str = "holder",
) -> Blob:
    """Store bytes that need no checking because we made them, or that were checked. Raises vault.Erased."""
    digest = hashlib.sha256(data).hexdigest()
    blob = fetch_one(Blob, tenant_id=act.actor.tenant_id, holder_id=holder_party_id, sha256=digest)
    if blob is None:
        under = key_over(sealed_under, holder_party_id)  # before anything is written
        blob = _first_of(
            _row(
                act, lay(data, digest), under=under, filename=filename, media_type=media_type,
                holder_party_id=holder_party_id, sealed_under=sealed_under,
            )
        )  # fmt: skip
    add([BlobUse(tenant_id=act.actor.tenant_id, blob=blob, purpose=purpose, created_at=act.at)])
    return blob


def keep_unique(
    act: Act,
    laid: Laid,
    *,
    filename: str,
    media_type: str,
    holder_party_id: UUID,
    purpose: str,
    sealed_under: str = "holder",
) -> Blob:
    """`keep` for bytes that nobody can have kept before, since we made them just now with something random in them.

    Raises vault.Erased.
    """
    blob = _row(
        act, laid, under=key_over(sealed_under, holder_party_id), filename=filename, media_type=media_type,
        holder_party_id=holder_party_id, sealed_under=sealed_under,
    )  # fmt: skip
    add([blob])
    add([BlobUse(tenant_id=act.actor.tenant_id, blob=blob, purpose=purpose, created_at=act.at)])
    laid.filed = True
    return blob


def _row(
    act: Act,
    laid: Laid,
    *,
    under: bytes,
    filename: str,
    media_type: str,
    holder_party_id: UUID,
    sealed_under: str,
) -> Blob:
    """Its row, not saved yet. work.sweep_orphans removes the file if the transaction is undone."""
    return Blob(
        id=laid.blob_id, tenant_id=act.actor.tenant_id, holder_id=holder_party_id, filename=filename,
        media_type=media_type, size=laid.size, sha256=laid.digest,
        wrapped_key=store.wrapped(laid.blob_id, laid.key, under=under), sealed_under=sealed_under,
        store_path=laid.path, created_at=act.at,
    )  # fmt: skip


def key_over(sealed_under: str, holder_party_id: UUID) -> bytes:
    """The key under which a file's own is wrapped: 1 query for the holder's, none where it is in hand (vault).

    Raises vault.Erased, NotFound for a holder that is no party.
    """
    return store.archives() if sealed_under == "archive" else vault.data_key(holder_party_id)


def _first_of(row: Blob) -> Blob:
    """Insert, unless the same bytes of the same holder came in at the same moment: then theirs."""
    if add_if_new(row):
        return row
    found = fetch_one(Blob, tenant_id=row.tenant_id, holder_id=row.holder_id, sha256=row.sha256)
    if found is None:
        raise LookupError(f"the file {row.id} is neither new nor kept")
    store.remove(row.store_path)
    return found
