"""Where a finished print waits some hours to be fetched: one encrypted file each, its key wrapped by the node's."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.errors import NotFound


def put(batch_id: UUID, data: bytes) -> bytes:
    """Write encrypted; return the wrapped key."""
    key = crypto.new_key()
    path = _path(batch_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    temporary.write_bytes(crypto.seal(key, data, batch_id.bytes))
    temporary.replace(path)
    return crypto.seal(keys.master("workbench/prints"), key, batch_id.bytes)


def get(batch_id: UUID, wrapped: bytes) -> bytes:
    """Raises NotFound when it is gone."""
    try:
        box = _path(batch_id).read_bytes()
    except FileNotFoundError:
        raise NotFound() from None
    key = crypto.open_(keys.master("workbench/prints"), bytes(wrapped), batch_id.bytes)
    return crypto.open_(key, box, batch_id.bytes)


def remove(batch_id: UUID) -> None:
    _path(batch_id).unlink(missing_ok=True)


def _path(batch_id: UUID) -> Path:
    return Path(settings.DATA_DIR) / "prints" / batch_id.hex
