"""Where file bytes lie: one encrypted file each, its own key wrapped under another. Here a folder.

Under which key is the caller's: the holder's own, so that destroying it erases the file, or the archives' (`archives`),
for what the law orders to be kept even then.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.errors import Unavailable

_UNFINISHED = ".new-"
_IDS = re.compile(r"[0-9a-f]{32}")


def put(blob_id: UUID, data: bytes) -> tuple[str, bytes]:
    """Write encrypted and durably; return (path below the store, the file's own key). Where that key is kept nowhere,
    nobody can read the file."""
    key = crypto.new_key()
    path = f"{blob_id.hex[-2:]}/{blob_id.hex}"
    _write(Path(settings.TQ_BLOB_DIR) / path, crypto.seal(key, data, blob_id.bytes))
    return path, key


def wrapped(blob_id: UUID, key: bytes, *, under: bytes) -> bytes:
    """A file's own key as its row keeps it."""
    return crypto.seal(under, key, blob_id.bytes)


def get(blob_id: UUID, path: str, wrapped: bytes, *, under: bytes) -> bytes:
    """Read back. Raises Unavailable when the file is gone, crypto.CryptoError when it was altered."""
    try:
        box = (Path(settings.TQ_BLOB_DIR) / path).read_bytes()
    except FileNotFoundError as error:
        raise Unavailable() from error
    return crypto.open_(crypto.open_(under, bytes(wrapped), blob_id.bytes), box, blob_id.bytes)


def kept() -> int:
    """How many files there are."""
    return sum(1 for _found in _files())


def older_than(moment: datetime) -> Iterator[tuple[str, UUID | None]]:
    """(path below the store, id) of files last written before `moment`, by the machine's clock; the id is None for one
    whose writing was broken off."""
    for path in _files():
        try:
            written = path.stat().st_mtime
        except FileNotFoundError:
            continue
        if written < moment.timestamp():
            yield path.relative_to(settings.TQ_BLOB_DIR).as_posix(), _id_of(path.name)


def remove(path: str) -> None:
    """Remove one file. A missing one is no error."""
    (Path(settings.TQ_BLOB_DIR) / path).unlink(missing_ok=True)


def _files() -> Iterator[Path]:
    for path in Path(settings.TQ_BLOB_DIR).glob("??/*"):
        if path.name.startswith(_UNFINISHED) or _id_of(path.name):
            yield path


def _id_of(name: str) -> UUID | None:
    return UUID(hex=name) if _IDS.fullmatch(name) else None


def archives() -> bytes:
    """The node's key for what must outlive the person's own: e-archives under the retention the law sets."""
    return keys.master("records/archives")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
