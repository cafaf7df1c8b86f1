"""The node's own keys: the one it signs with, those it signed with before, and secrets derived for one purpose each.

Kept under `settings.DATA_DIR/keys`, readable by the owner alone:

    signing    the private key: 32 bytes in base64. Made once, unless TQ_SIGNING_KEY gives it
    retired    public keys still believed, one a line: `Ed25519:<base64>`, then anything after a space or `#`
"""

from __future__ import annotations

import base64
import binascii
import functools
import logging
import os
import tempfile
from pathlib import Path

from django.conf import settings

from tongqu.foundation import crypto
from tongqu.foundation.crypto import ED25519, Ed25519Signer, public_key_id

log = logging.getLogger(__name__)


class BadKeyFile(RuntimeError):
    """A key file or TQ_SIGNING_KEY does not hold what it should; the message names the place, never the content."""


def signer() -> Ed25519Signer:
    """The node's signer; one private key for the life of the process. Raises BadKeyFile."""
    return _signer(os.environ.get("TQ_SIGNING_KEY", ""), _folder() / "signing")


def public_keys() -> dict[str, bytes]:
    """{key id: raw public key} of the present key and all retired ones, for `crypto.verify`. Raises BadKeyFile."""
    present = signer()
    return {**_retired(_folder() / "retired"), present.key_id: present.public_bytes}


def master(purpose: str) -> bytes:
    """A 32-byte secret for one purpose ("identity/phone-index"), derived from TQ_MASTER_KEY and stored nowhere."""
    return crypto.derive(settings.TQ_MASTER_KEY.encode(), purpose)


def rotate() -> Ed25519Signer:
    """Retire the key in the `signing` file and make a new one. Other processes sign with it once restarted.

    Raises BadKeyFile when TQ_SIGNING_KEY rules: whoever set it must change it, and add the old one to `retired`.
    """
    if os.environ.get("TQ_SIGNING_KEY"):
        raise BadKeyFile("TQ_SIGNING_KEY is set; change it there")
    old, folder = signer(), _folder()
    with (folder / "retired").open("a") as out:
        out.write(f"{ED25519}:{base64.b64encode(old.public_bytes).decode()} {old.key_id}\n")
        out.flush()
        os.fsync(out.fileno())
    new = _written(Ed25519Signer.generate(), folder)
    new.replace(folder / "signing")
    _signer.cache_clear()
    return signer()


def _folder() -> Path:
    folder: Path = settings.DATA_DIR / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


@functools.lru_cache(maxsize=4)
def _signer(given: str, path: Path) -> Ed25519Signer:
    if given:
        return _decoded(given, "TQ_SIGNING_KEY")
    if not path.exists():
        _make_once(path)
    if path.stat().st_mode & 0o077:
        log.warning("%s was readable by others; it is closed to them now", path)
        path.chmod(0o600)
    return _decoded(path.read_text(), str(path))


def _make_once(path: Path) -> None:
    """Write the whole key beside its place, then link it in: of several processes one wins, none reads half a key."""
    fresh = _written(Ed25519Signer.generate(), path.parent)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _written(new: Ed25519Signer, folder: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".signing-")  # mode 0600
    with os.fdopen(handle, "w") as out:
        out.write(base64.b64encode(new.seed).decode() + "\n")
        out.flush()
        os.fsync(out.fileno())
    return Path(name)


def _decoded(text: str, where: str) -> Ed25519Signer:
    try:
        return Ed25519Signer(base64.b64decode(text.strip(), validate=True))
    except (binascii.Error, ValueError) as error:
        raise BadKeyFile(f"{where} must hold 32 bytes in base64") from error


def _retired(path: Path) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return keys
    for number, line in enumerate(lines, start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        algorithm, _, value = words[0].partition(":")
        try:
            public = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            public = b""
        if algorithm != ED25519 or len(public) != crypto.KEY_BYTES:
            raise BadKeyFile(f"{path}, line {number}: `{ED25519}:<base64 of 32 bytes>` is expected")
        keys[public_key_id(algorithm, public)] = public
    return keys
