"""Signed notes, log checkpoints and offline proofs in the public text formats, which tools nobody here wrote can read.

Sources: c2sp.org/signed-note (Ed25519, type 0x01), c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof.

    sign_checkpoint(Checkpoint(origin, size, root), signer)   →  the text to publish
    open_checkpoint(text, [NoteKey.parse("origin+…")])        →  the Checkpoint, once its signature has been checked
    InclusionProof(index, hashes, text)                       →  what a holder keeps to prove an entry without us
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from tongqu.foundation.crypto import KEY_BYTES, Signer, verify_ed25519
from tongqu.foundation.merkle import HASH_BYTES, verify_inclusion

MAX_NOTE_CHARACTERS = 1_000_000
MAX_SIGNATURES = 100

_DASH = "\u2014"
_ED25519_TYPE = b"\x01"
_PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteError(ValueError):
    """The text is not of its format, or no trusted key signed it. It must then be ignored as a whole."""


# --- signed notes ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that signs notes under a name. Text form: `<name>+<key hash in hex>+<base64 of type and public key>`."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Raises NoteError for a name with a space or a plus, or a public key that is not 32 bytes."""
        _need_key_name(self.name)
        if len(self.public) != KEY_BYTES:
            raise NoteError("an Ed25519 public key has 32 bytes")

    @property
    def hash(self) -> bytes:
        """The four bytes that, with the name, say which key made a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519_TYPE + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{_base64(_ED25519_TYPE + self.public)}"

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read the text form. Raises NoteError."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteError("a note key reads name+hash+key")
        raw = _bytes(parts[2])
        if raw[:1] != _ED25519_TYPE:
            raise NoteError("not an Ed25519 note key")
        key = cls(parts[0], raw[1:])
        if key.hash.hex() != parts[1]:
            raise NoteError("the key's hash does not fit the key")
        return key


@dataclass(frozen=True, slots=True)
class NoteSignature:
    name: str
    key_hash: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH} {self.name} {_base64(self.key_hash + self.value)}\n"


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text that ends in a newline, and who signed it. `str()` is what is published."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    @classmethod
    def parse(cls, note: str) -> SignedNote:
        """Take a published note apart; nothing is trusted yet. Raises NoteError."""
        if len(note) > MAX_NOTE_CHARACTERS:
            raise NoteError("too long for a note")
        text, separator, rest = note.rpartition("\n\n")
        if not separator or not rest.endswith("\n"):
            raise NoteError("a note is a text, an empty line and signature lines")
        text += "\n"
        _need_note_text(text)
        lines = rest[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError("too many signatures")
        return cls(text, tuple(map(_signature, lines)))

    def signed_by(self, keys: Iterable[NoteKey]) -> list[NoteKey]:
        """Which of these keys signed, at least one. Raises NoteError when none did, or a known key's does not fit."""
        known = {(key.name, key.hash): key for key in keys}
        found: list[NoteKey] = []
        for signature in self.signatures:
            key = known.get((signature.name, signature.key_hash))
            if key is None:
                continue
            if not verify_ed25519(key.public, signature.value, self.text.encode()):
                raise NoteError(f"the signature of {key.name} does not fit the note")
            if key not in found:
                found.append(key)
        if not found:
            raise NoteError("no trusted key signed the note")
        return found


def sign_note(text: str, signer: Signer, *, name: str) -> SignedNote:
    """Sign a text, which must end in a newline, as `name`. Raises NoteError."""
    _need_note_text(text)
    key = NoteKey(name, signer.public_bytes)
    return SignedNote(text, (NoteSignature(name, key.hash, signer.sign(text.encode()).value),))


# --- checkpoints -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's tree head: whose log, how many entries, the root over them."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text. Raises NoteError for values that would read back as another checkpoint."""
        lines = [self.origin, str(self.size), _base64(self.root), *self.extensions]
        if self.size < 0 or len(self.root) != HASH_BYTES or not all(lines) or any("\n" in line for line in lines):
            raise NoteError("not a checkpoint")
        text = "\n".join(lines) + "\n"
        _need_note_text(text)
        return text

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note whose signature has been checked. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):
            raise NoteError("a checkpoint is an origin, a size and a root hash")
        return cls(lines[0], int(lines[1]), _hash(lines[2]), tuple(lines[3:-1]))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """The signed note to publish; the key's name is the log's origin. Raises NoteError."""
    return str(sign_note(checkpoint.text(), signer, name=checkpoint.origin))


def open_checkpoint(note: str, keys: Iterable[NoteKey]) -> Checkpoint:
    """The checkpoint in a note that one of `keys` signed, under the name of its own log. Raises NoteError."""
    signed = SignedNote.parse(note)
    signers = signed.signed_by(keys)
    checkpoint = Checkpoint.parse(signed.text)
    if all(key.name != checkpoint.origin for key in signers):
        raise NoteError("the log itself did not sign")
    return checkpoint


# --- offline proofs ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """That an entry is in a log, checkable offline: its position, the path to the root, the checkpoint with that root.

    `extra` is free and proves nothing by itself. `str()` is a `.tlog-proof` file.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def __str__(self) -> str:
        lines = [_PROOF_HEADER]
        if self.extra is not None:
            lines.append(f"extra {_base64(self.extra)}")
        lines += [f"index {self.index}", *map(_base64, self.hashes), "", self.checkpoint]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> InclusionProof:
        """Read a `.tlog-proof` file; nothing is trusted yet. Raises NoteError."""
        head, separator, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not separator or lines.pop(0) != _PROOF_HEADER or not lines:
            raise NoteError("not a tlog-proof")
        extra = _bytes(lines.pop(0)[6:]) if lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index ") or not _NUMBER.fullmatch(lines[0][6:]):
            raise NoteError("a tlog-proof says the entry's index")
        return cls(int(lines[0][6:]), tuple(map(_hash, lines[1:])), checkpoint, extra)

    def open(self, leaf: bytes, keys: Iterable[NoteKey]) -> Checkpoint:
        """The signed checkpoint under which the entry with this leaf hash stands. Raises NoteError if it does not."""
        checkpoint = open_checkpoint(self.checkpoint, keys)
        if not verify_inclusion(leaf, self.index, checkpoint.size, self.hashes, checkpoint.root):
            raise NoteError("the entry does not lead to the signed root")
        return checkpoint


# --- the small print of the formats ------------------------------------------------------------------------------


def _signature(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != _DASH:
        raise NoteError("a signature line reads: dash, name, base64")
    _need_key_name(parts[1])
    raw = _bytes(parts[2])
    if len(raw) < 5:
        raise NoteError("a signature has a key hash and a value")
    return NoteSignature(parts[1], raw[:4], raw[4:])


def _need_key_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteError("a key name has no spaces and no plus")


def _need_note_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise NoteError("a note's text ends in a newline and has no other control characters")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("a note is UTF-8") from error


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if _base64(raw) != text:
        raise NoteError("not base64 in its one form")
    return raw


def _hash(text: str) -> bytes:
    raw = _bytes(text)
    if len(raw) != HASH_BYTES:
        raise NoteError("a hash has 32 bytes")
    return raw
