"""The key vault: each party's personal values are sealed under a key of its own, so that destroying it is erasure.

A data key is random, stored sealed under the master key, and opened anew for each act: nothing is kept in memory beyond
that, since a cached key would outlive its destruction. Sealed values carry a salted commitment that the ledger can hold
for ever; the salt lies inside the box, so after erasure the commitment cannot even be guessed at.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from tongqu.foundation import crypto
from tongqu.foundation.canonical import canonical_bytes
from tongqu.kernel.acts import keys
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.statements import fetch_one
from tongqu.kernel.identity.models import PersonKey

log = logging.getLogger(__name__)
_hand: ContextVar[dict[UUID, bytes] | None] = ContextVar("tongqu_keys_in_hand", default=None)


class Erased(NotFound):
    """The key was destroyed; what it sealed can never be read again."""

    code, message = "erased", _("这些个人信息已依法删除，无法再读取")


class Tampered(RuntimeError):
    """A sealed value is not what was sealed."""


class PartyKeys:
    """Port Sealer, answered with each party's own key."""

    def seal(self, party_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
        """1 query. Raises Erased, or NotFound for a party without a key."""
        return seal_values(data_key(party_id), party_id, values)


@contextmanager
def in_hand() -> Iterator[None]:
    """Within this block (one act, one page) a key opened once stays open; at its end it is forgotten."""
    if _hand.get() is not None:
        yield
        return
    token = _hand.set({})
    try:
        yield
    finally:
        _hand.reset(token)


def data_key(party_id: UUID) -> bytes:
    """The party's key, 1 query or, `in_hand`, none the second time. Raises Erased, or NotFound where there was none."""
    hand = _hand.get()
    if hand is None:
        return _fetched(party_id)
    if party_id not in hand:
        hand[party_id] = _fetched(party_id)
    return hand[party_id]


def _fetched(party_id: UUID) -> bytes:
    row = fetch_one(PersonKey, party_id=party_id)
    if row is None:
        raise NotFound()
    return opened(row)


def opened(row: PersonKey) -> bytes:
    """The key in this row. Raises Erased."""
    if row.destroyed_at is not None or not row.box:
        raise Erased()
    return crypto.open_(_wrapping_key(), bytes(row.box), _key_context(row.party_id))


def new_key_row(party_id: UUID) -> tuple[PersonKey, bytes]:
    """A fresh key for a new party: the row to save, and the key itself for the values saved with it."""
    key = crypto.new_key()
    return PersonKey(party_id=party_id, box=crypto.seal(_wrapping_key(), key, _key_context(party_id))), key


def seal_values(key: bytes, party_id: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    """{"party", "commitment", "box"} as events store it. The commitment is over the canonical JSON of `values`."""
    data = canonical_bytes(dict(values))
    made = crypto.commit(data)
    box = crypto.seal(key, made.salt + data, _value_context(party_id, made.value))
    return {"party": str(party_id), "commitment": made.value, "box": base64.b64encode(box).decode()}


def open_sealed(party_id: UUID, sealed: Mapping[str, Any]) -> dict[str, Any]:
    """What was sealed, 1 query. The caller has authorised and logged the reading. Raises Erased or Tampered."""
    commitment = str(sealed["commitment"])
    try:
        box = base64.b64decode(str(sealed["box"]), validate=True)
        plain = crypto.open_(data_key(party_id), box, _value_context(party_id, commitment))
    except (crypto.CryptoError, binascii.Error) as error:
        raise Tampered("a sealed value does not open under its party's key") from error
    salt, data = plain[: crypto.SALT_BYTES], plain[crypto.SALT_BYTES :]
    if not crypto.commits_to(commitment, salt=salt, data=data):
        raise Tampered("a sealed value does not match its commitment")
    values: dict[str, Any] = json.loads(data)
    return values


def destroy(party_ids: Iterable[UUID], at: datetime) -> None:
    """Empty the keys of these parties for good. What they sealed cannot be read again, not even from old pages.

    On SQLite freed pages are overwritten and the write-ahead log is emptied after the commit; PostgreSQL's vacuum
    removes the old row versions, and backups made earlier must follow the erasure list when they are restored.
    """
    party_ids = list(party_ids)
    for party_id in party_ids:
        (_hand.get() or {}).pop(party_id, None)
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete=ON")
        transaction.on_commit(_empty_write_ahead_log)
    PersonKey.objects.filter(party_id__in=list(party_ids)).update(box=b"", destroyed_at=at)


def _empty_write_ahead_log() -> None:
    """At once where it can be; while somebody reads it cannot, and the nightly `identity.compact` does it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except OperationalError as busy:
        log.warning("the write-ahead log was not emptied at once: %s", busy)


def seal_text(key: bytes, text: str, row_id: UUID) -> bytes:
    """Encrypt one column of the row `row_id`; moved to another row it does not open."""
    return crypto.seal(key, text.encode(), b"identity/column:" + row_id.bytes)


def open_text(key: bytes, box: bytes | memoryview, row_id: UUID) -> str:
    """Raises crypto.CryptoError when the column was altered or moved."""
    return crypto.open_(key, bytes(box), b"identity/column:" + row_id.bytes).decode()


def index_of(kind: str, text: str) -> str:
    """The blind index of a number in its one form; another kind gives another index."""
    return crypto.blind_index(keys.master("identity/blind-index"), f"{kind}:{text}")


def account_key() -> bytes:
    """Accounts exist before any party is known, so their phone numbers lie under a key of the node."""
    return keys.master("identity/account")


def _wrapping_key() -> bytes:
    return keys.master("identity/person-keys")


def _key_context(party_id: UUID) -> bytes:
    return b"identity/person-key:" + party_id.bytes


def _value_context(party_id: UUID, commitment: str) -> bytes:
    return b"identity/sealed:" + party_id.bytes + commitment.encode()
