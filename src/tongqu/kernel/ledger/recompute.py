"""The leaf of each logged event, computed again from the rows themselves, quickly: for verification only.

A row is read as the database keeps it. Where every value has the form that the platform writes, its entry is put
together straight from those; anything else (a number beyond JSON's, a date in other words, characters beyond the Basic
Multilingual Plane, a row somebody has edited into another shape) goes the long way, through the model and
`rules.leaf_of`. Both ways give the same leaf: see `tests/test_recompute.py`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection

from tongqu.foundation.canonical import MAX_INTEGER
from tongqu.kernel.acts.models import Event
from tongqu.kernel.ledger.models import LedgerEntry
from tongqu.kernel.ledger.rules import FORMAT, leaf_of

UNREADABLE = b""  # the event is there, and not even the model can read it: no leaf is like this one


class Row(NamedTuple):
    """One entry as stored, and the leaf that its event gives now: None without one, UNREADABLE for a broken one."""

    seq: int
    event_id: UUID | str
    stored: bytes
    chain: bytes
    leaf: bytes | None


class _Slow(Exception):
    """This row is not in the form that the platform writes."""


def rows(tenant_id: UUID, first: int, end: int) -> list[Row]:
    """The entries `first` to `end` (not included) that are there, in order. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_select(), [_native(tenant_id), first, end])
        return [
            Row(seq, event_id, bytes(stored), bytes(chain), _leaf(event) if event[0] is not None else None)
            for seq, event_id, stored, chain, *event in cursor.fetchall()
        ]


_COLUMNS = (
    "id", "tenant_id", "recorded_at", "effective_at", "actor", "kind", "schema_version", "subject_kind", "subject_id",
    "subject_version", "cause", "rule", "body", "sealed",
)  # fmt: skip
_SELECT = f"""SELECT entry.seq, entry.event_id, entry.leaf_hash, entry.chain, {{columns}}
FROM {LedgerEntry._meta.db_table} entry
LEFT JOIN {Event._meta.db_table} event ON event.id = entry.event_id AND event.tenant_id = entry.tenant_id
WHERE entry.tenant_id = %s AND entry.seq >= %s AND entry.seq < %s ORDER BY entry.seq"""  # noqa: S608  names only


def _select() -> str:
    """Moments as text on SQLite: its driver would read them, and one that cannot be read would end the query."""
    as_text = {"recorded_at", "effective_at"} if connection.vendor == "sqlite" else set()
    return _SELECT.format(
        columns=", ".join(f"CAST(event.{c} AS TEXT)" if c in as_text else f"event.{c}" for c in _COLUMNS)
    )


def _native(value: UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex


def _leaf(event: list[Any]) -> bytes:
    try:
        return sha256(b"\x00" + entry_of_row(event)).digest()
    except (_Slow, ValueError, TypeError, AttributeError, RecursionError):
        pass
    try:
        return leaf_of(Event.objects.get(id=event[0]))
    except (ValueError, TypeError, AttributeError, ValidationError, Event.DoesNotExist):
        return UNREADABLE


def entry_of_row(event: list[Any]) -> bytes:
    """What `rules.entry_of` gives for this row (`_COLUMNS`). Raises for every row that is not plainly ours."""
    id_, tenant, recorded, effective, actor, kind, schema, subject_kind, subject_id, version, cause, rule = event[:12]
    body, sealed = event[12:]
    promise = _json(sealed)
    if isinstance(promise, dict):
        promise = {"party": promise.get("party"), "commitment": promise.get("commitment")}
    at = _moment(recorded)
    text = _encode(
        {
            "format": FORMAT,
            "id": _uuid(id_),
            "tenant": _uuid(tenant),
            "recorded_at": at,
            "effective_at": at if effective == recorded else _moment(effective),
            "actor": _json(actor),
            "kind": _text(kind),
            "schema_version": _integer(schema),
            "subject": {"kind": _text(subject_kind), "id": _uuid(subject_id), "version": _integer(version)},
            "cause": None if cause is None else _uuid(cause),
            "rule": None if rule is None else _text(rule),
            "body": _json(body),
            "sealed": promise,
        }
    )
    if not text.isascii() and len(text.encode("utf-16-le")) != 2 * len(text):
        raise _Slow  # beyond the Basic Multilingual Plane keys sort otherwise by UTF-16 than by code point
    return text.encode()


_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False, check_circular=False
).encode
_HEX = re.compile(r"[0-9a-f]{32}").fullmatch


def _refuse(_said: str) -> Any:
    raise _Slow


def _exactly(digits: str) -> int:
    value = int(digits)
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise _Slow
    return value


_decode = json.JSONDecoder(parse_float=_refuse, parse_int=_exactly, parse_constant=_refuse).decode


def _json(said: Any) -> Any:
    if said is None:
        return None
    if type(said) is not str:
        raise _Slow
    return _decode(said)


def _text(said: Any) -> str:
    if type(said) is not str:
        raise _Slow
    return said


def _integer(said: Any) -> int:
    if type(said) is not int or not -MAX_INTEGER <= said <= MAX_INTEGER:
        raise _Slow
    return said


def _uuid(said: Any) -> str:
    if type(said) is str and _HEX(said):
        return f"{said[:8]}-{said[8:12]}-{said[12:16]}-{said[16:20]}-{said[20:]}"
    if type(said) is UUID:
        return str(said)
    raise _Slow


def _moment(said: Any) -> str:
    """In UTC to the microsecond. SQLite keeps text without a zone, PostgreSQL gives a moment with one."""
    if type(said) is str:
        if len(said) == 19:
            said += ".000000"
        if len(said) != 26 or said[10] != " " or said[19] != "." or not said[20:].isdigit():
            raise _Slow
        datetime.fromisoformat(said)  # raises ValueError for a day that does not exist
        return f"{said[:10]}T{said[11:]}Z"
    if type(said) is datetime and said.tzinfo is not None:
        return said.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    raise _Slow
