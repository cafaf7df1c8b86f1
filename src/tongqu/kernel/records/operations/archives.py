"""The e-archive of an ended case: a package that explains itself, checked for the four properties, signed."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.records import events
from tongqu.kernel.records.archiving import four_property_check, retention
from tongqu.kernel.records.models import Archive
from tongqu.kernel.records.operations.files import keep_unique

_COMPRESSED = (".pdf", ".jpg", ".png")  # in themselves: trying again takes long and gains little
_EPOCH = (1980, 1, 1, 0, 0, 0)  # fixed, so that the same contents give the same bytes


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
    """Pack `files` {path: bytes} with a manifest, check it, sign it, keep it encrypted. Called inside the closing act.

    `kind` chooses the retention period (data/retention.yaml). The manifest lists each file with its SHA-256; the
    signature is over its canonical bytes.
    """
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files.items())}
    manifest = {"format": "tongqu/archive/1", "archive_no": archive_no, "metadata": dict(metadata), "files": hashes}
    signature = str(keys.signer().sign(canonical_bytes(manifest)))
    package = _zip(files, manifest, signature)
    found = four_property_check(package, public_keys=keys.public_keys())
    blob = keep_unique(
        act, data=package, digest=hashlib.sha256(package).hexdigest(), filename=f"{archive_no}.zip",
        media_type="application/zip", holder_party_id=holder_party_id, purpose="archive", sealed_under="archive",
    )  # fmt: skip
    row = Archive.objects.create(
        tenant_id=act.actor.tenant_id, archive_no=archive_no, subject_kind=subject[0], subject_id=subject[1], blob=blob,
        manifest=manifest, signature={"text": signature}, check_result=found,
        retain_until=_retain_until(kind, act.at.astimezone(SHANGHAI).date()), created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.ARCHIVED, subject=("archive", row.id),
        body={"archive_no": archive_no, "for": subject, "sha256": blob.sha256, "check": found["passed"]},
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
