"""The e-archive of an ended case: a package that explains itself, checked for the four properties, signed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import add
from tongqu.kernel.records import events
from tongqu.kernel.records.archiving import four_property_check, retention
from tongqu.kernel.records.models import Archive
from tongqu.kernel.records.operations.files import Laid, keep_unique, lay

_COMPRESSED = (".pdf", ".jpg", ".png")  # in themselves: trying again takes long and gains little
_EPOCH = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same contents give the same bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """A package as it lies in the store, signed and checked, whose rows are still to come."""

    archive_no: str
    manifest: Mapping[str, Any]
    signature: str
    check: Mapping[str, Any]
    file: Laid


def pack(*, archive_no: str, metadata: Mapping[str, Any], files: Mapping[str, bytes]) -> Packed:
    """Pack `files` {path: bytes} with a manifest, sign it, check it and write it encrypted. No query.

    The manifest lists each file with its SHA-256; the signature is over its canonical bytes.
    """
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())}
    manifest = {"format": "tongqu/archive/1", "archive_no": archive_no, "metadata": dict(metadata), "files": hashes}
    signature = str(keys.signer().sign(canonical_bytes(manifest)))
    package = _zip(files, manifest, signature)
    found = four_property_check(package, public_keys=keys.public_keys())
    return Packed(archive_no, manifest, signature, found, lay(package))


@operation("records.archive_case")
def archive_case(
    act: Act,
    *,
    subject: tuple[str, UUID],
    archive_no: str,
    holder_party_id: UUID,
    kind: str,
    metadata: Mapping[str, Any],
    files: Mapping[str, bytes],
) -> Archive:
    """Pack `files` {path: bytes} and file the archive. `kind` chooses the retention period (data/retention.yaml)."""
    packed = pack(archive_no=archive_no, metadata=metadata, files=files)
    return file_archive(act, packed=packed, subject=subject, holder_party_id=holder_party_id, kind=kind)


@operation("records.file_archive")
def file_archive(act: Act, *, packed: Packed, subject: tuple[str, UUID], holder_party_id: UUID, kind: str) -> Archive:
    """Register a package as the archive of its subject. Called inside the closing act, which has seen to it that the
    package says what is so now."""
    blob = keep_unique(
        act, packed.file, filename=f"{packed.archive_no}.zip", media_type="application/zip",
        holder_party_id=holder_party_id, purpose="archive", sealed_under="archive",
    )  # fmt: skip
    row = Archive(
        tenant_id=act.actor.tenant_id, archive_no=packed.archive_no, subject_kind=subject[0], subject_id=subject[1],
        blob=blob, manifest=packed.manifest, signature={"text": packed.signature}, check_result=packed.check,
        retain_until=_retain_until(kind, act.at.astimezone(SHANGHAI).date()), created_at=act.at,
    )  # fmt: skip
    add([row])
    act.emit(
        events.ARCHIVED, subject=("archive", row.id),
        body={"archive_no": row.archive_no, "for": subject, "sha256": blob.sha256, "check": packed.check["passed"]},
    )  # fmt: skip
    return row


def _retain_until(kind: str, closed: date) -> date | None:
    """The end of the year so many years after the file was closed; None: for ever."""
    years = retention(kind)
    return date(closed.year + years, 12, 31) if years else None


def _zip(files: Mapping[str, bytes], manifest: Mapping[str, Any], signature: str) -> bytes:
    out = io.BytesIO()
    head = {"manifest.json": canonical_bytes(manifest), "manifest.sig": signature.encode()}
    parts = {**head, **dict(sorted(files.items()))}
    with zipfile.ZipFile(out, "w") as package:
        for path, data in parts.items():
            how = zipfile.ZIP_STORED if path.endswith(_COMPRESSED) else zipfile.ZIP_DEFLATED
            package.writestr(zipfile.ZipInfo(path, _EPOCH), data, how)
    return out.getvalue()
