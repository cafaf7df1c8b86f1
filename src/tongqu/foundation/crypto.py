"""Signatures, sealed boxes, derived keys, blind indexes and salted commitments, each naming its algorithm.

Every stored signature carries an algorithm id, so that another suite (P-256, SM2) can be added beside Ed25519 without
touching what was signed before. Nothing here is a certified module.

Sources: RFC 8032 (Ed25519), NIST SP 800-38D (GCM), RFC 5869 (HKDF), RFC 2104 (HMAC).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ED25519 = "Ed25519"
KEY_BYTES = 32
SALT_BYTES = 32

_BOX_VERSION = b"\x01"  # AES-256-GCM, 96-bit random nonce
_BOX_KEY_ID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = 1 + _BOX_KEY_ID_BYTES
_TAG_BYTES = 16


class CryptoError(ValueError):
    """Base of what can go wrong here. No message ever contains a key or a plaintext."""


class MalformedSignature(CryptoError):
    """A signature's text is not `algorithm:key id:base64`."""


class MalformedBox(CryptoError):
    """The bytes are not a sealed box of a version we know."""


class WrongKey(CryptoError):
    """The box was sealed with another key; `key_id` names it."""

    def __init__(self, key_id: str) -> None:
        self.key_id = key_id
        super().__init__(f"sealed with key {key_id}")


class BoxBroken(CryptoError):
    """The box, or the context it is opened in, is not the one that was sealed."""


# --- signatures ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signature:
    """A detached signature. Text form: `Ed25519:<key id>:<standard base64>`."""

    alg: str
    key_id: str
    value: bytes

    def __str__(self) -> str:
        return f"{self.alg}:{self.key_id}:{base64.b64encode(self.value).decode()}"

    @classmethod
    def parse(cls, text: str) -> Signature:
        """Read the text form. Raises MalformedSignature."""
        parts = text.strip().split(":")
        if len(parts) != 3 or not all(parts):
            raise MalformedSignature("a signature reads algorithm:key id:base64")
        try:
            return cls(parts[0], parts[1], base64.b64decode(parts[2], validate=True))
        except (binascii.Error, ValueError) as error:
            raise MalformedSignature("the signature's value is not base64") from error


class Signer(Protocol):
    """Whatever holds a private key: a file, a card, a module behind PKCS#11."""

    @property
    def alg(self) -> str: ...

    @property
    def key_id(self) -> str: ...

    @property
    def public_bytes(self) -> bytes: ...

    def sign(self, data: bytes) -> Signature: ...


class Ed25519Signer:
    """Signs with an Ed25519 key held in memory. Its key id follows from the public key, so it never changes."""

    alg = ED25519
    __slots__ = ("_private", "key_id", "public_bytes")

    def __init__(self, seed: bytes) -> None:
        """`seed` is the 32-byte private key of RFC 8032. Raises CryptoError for another length."""
        if len(seed) != KEY_BYTES:
            raise CryptoError("an Ed25519 private key has 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_bytes: bytes = self._private.public_key().public_bytes_raw()
        self.key_id: str = public_key_id(ED25519, self.public_bytes)

    @classmethod
    def generate(cls) -> Ed25519Signer:
        return cls(new_key())

    @property
    def seed(self) -> bytes:
        """The private key, for whoever must store it."""
        return self._private.private_bytes_raw()

    def sign(self, data: bytes) -> Signature:
        return Signature(ED25519, self.key_id, self._private.sign(data))

    def __repr__(self) -> str:
        return f"Ed25519Signer({self.key_id})"


def public_key_id(alg: str, public: bytes) -> str:
    """16 hex digits that name a public key *and* its algorithm, so that neither can be passed off as another's."""
    return hashlib.sha256(b"tongqu public key\x00" + alg.encode() + b"\x00" + public).hexdigest()[:16]


def verify(public_keys: Mapping[str, bytes], signature: Signature, data: bytes) -> bool:
    """Whether one of these keys, {key id: public bytes}, made this signature over `data`.

    False, never an exception, for an unknown key, an unknown algorithm or a signature that does not fit.
    """
    public = public_keys.get(signature.key_id)
    check = _VERIFIERS.get(signature.alg)
    if public is None or check is None or public_key_id(signature.alg, public) != signature.key_id:
        return False
    return check(public, signature.value, data)


def verify_ed25519(public: bytes, value: bytes, data: bytes) -> bool:
    """Whether `value` is the Ed25519 signature of `data` by the raw 32-byte key `public`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, data)
    except (InvalidSignature, ValueError):
        return False
    return True


_VERIFIERS: dict[str, Callable[[bytes, bytes, bytes], bool]] = {ED25519: verify_ed25519}


# --- sealed boxes --------------------------------------------------------------------------------------------------


def new_key() -> bytes:
    """32 fresh random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt and authenticate. Layout: version (1 byte), key id (8), nonce (12), ciphertext, tag (16).

    `aad` says where the box belongs (a table, a row); it is not stored and must be given again to open it. One key
    may seal 2**32 boxes (SP 800-38D §8.3, random nonces): derive a key for each purpose. Raises CryptoError for a key
    that is not 32 bytes.
    """
    header = _BOX_VERSION + _box_key_id(key)
    nonce = os.urandom(_NONCE_BYTES)
    return header + nonce + AESGCM(key).encrypt(nonce, plaintext, header + aad)


def open_(key: bytes, box: bytes, aad: bytes) -> bytes:
    """The plaintext of a sealed box. Raises MalformedBox, WrongKey (sealed with another key) or BoxBroken."""
    sealed_with = box_key_id(box)
    if not hmac.compare_digest(sealed_with, _box_key_id(key).hex()):
        raise WrongKey(sealed_with)
    header, nonce, rest = box[:_HEADER_BYTES], box[_HEADER_BYTES:][:_NONCE_BYTES], box[_HEADER_BYTES + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, rest, header + aad)
    except InvalidTag as error:
        raise BoxBroken("the box or its context was changed") from error


def open_with(keys: Mapping[str, bytes], box: bytes, aad: bytes) -> bytes:
    """Open with whichever of {key id: key} sealed it: how a rotated key stays readable. Raises as `open_`."""
    key_id = box_key_id(box)
    if key_id not in keys:
        raise WrongKey(key_id)
    return open_(keys[key_id], box, aad)


def box_key_id(box: bytes) -> str:
    """Which key sealed this box (16 hex digits). Raises MalformedBox."""
    if len(box) < _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES or box[:1] != _BOX_VERSION:
        raise MalformedBox("not a sealed box")
    return box[1:_HEADER_BYTES].hex()


def key_id(key: bytes) -> str:
    """The id that boxes sealed with `key` carry; it tells nothing about the key."""
    return _box_key_id(key).hex()


def _box_key_id(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise CryptoError("a box key has 32 bytes")
    return hmac.digest(key, b"tongqu box key id", "sha256")[:_BOX_KEY_ID_BYTES]


# --- derived keys, blind indexes, commitments ----------------------------------------------------------------------


def derive(master: bytes, purpose: str, *, length: int = KEY_BYTES) -> bytes:
    """A key for one purpose ("identity/phone-index"). Another purpose gives an unrelated key.

    Raises CryptoError for an empty purpose or a master of fewer than 16 bytes.
    """
    if not purpose or len(master) < 16:
        raise CryptoError("a purpose and a master key of at least 16 bytes are needed")
    return hkdf(master, salt=b"tongqu v1", info=purpose.encode(), length=length)


def hkdf(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def blind_index(key: bytes, text: str) -> str:
    """A keyed fingerprint (HMAC-SHA256, 64 hex digits) by which an encrypted value can be looked up but not guessed.

    Bring the text into its one form first (identifiers.*, han.normalise): equality is all that an index knows.
    Raises CryptoError for a key of fewer than 16 bytes.
    """
    if len(key) < 16:
        raise CryptoError("a blind index needs a key of at least 16 bytes")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Commitment:
    """`value` (64 hex digits) may be published. `salt` belongs with the data, under its key: once both are destroyed
    the value tells nothing, and while they exist nobody can claim that other data was meant."""

    salt: bytes
    value: str


def commit(data: bytes, *, salt: bytes | None = None) -> Commitment:
    """Commit to `data` under a fresh 32-byte salt, or recompute under a kept one. Raises CryptoError."""
    salt = os.urandom(SALT_BYTES) if salt is None else salt
    if len(salt) != SALT_BYTES:
        raise CryptoError("a commitment's salt has 32 bytes")
    return Commitment(salt, hashlib.sha256(b"tongqu commitment\x00" + salt + data).hexdigest())


def commits_to(value: str, *, salt: bytes, data: bytes) -> bool:
    """Whether the published `value` was made from this salt and data."""
    return len(salt) == SALT_BYTES and hmac.compare_digest(commit(data, salt=salt).value.encode(), value.encode())
