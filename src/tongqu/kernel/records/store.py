"""Where file bytes lie: one encrypted file each, its key wrapped by the node's. Here a folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from uuid import UUID

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.errors import Unavailable


def put(blob_id: UUID, data: bytes) -> tuple[str, bytes]:
    """Write encrypted and durably; return (path below the store, wrapped key)."""
    key = crypto.new_key()
    path = f"{blob_id.hex[-2:]}/{blob_id.hex}"
    _write(Path(settings.TQ_BLOB_DIR) / path, crypto.seal(key, data, blob_id.bytes))
    return path, crypto.seal(_wrapping(), key, blob_id.bytes)


def get(blob_id: UUID, path: str, wrapped: bytes) -> bytes:
    """Read back. Raises Unavailable when the file is gone, crypto.CryptoError when it was altered."""
    try:
        box = (Path(settings.TQ_BLOB_DIR) / path).read_bytes()
    except FileNotFoundError as error:
        raise Unavailable() from error
    return crypto.open_(crypto.open_(_wrapping(), bytes(wrapped), blob_id.bytes), box, blob_id.bytes)


def _wrapping() -> bytes:
    return keys.master("records/blobs")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
