"""One byte form for one value, so that equal values have equal hashes wherever they were made.

The output is RFC 8785 (JCS) JSON: keys sorted by UTF-16 code unit, no white space, UTF-8. Of JSON's numbers only
integers that every JSON reader keeps exact are allowed; money and measures are Decimal and travel as text.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_INTEGER = 2**53 - 1

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False).encode


class NotCanonical(ValueError):
    """The value has no canonical form (a float, a naive datetime, a key that is not text …)."""


def canonical_bytes(value: Any) -> bytes:
    """The canonical JSON of str, int, bool, None, list, tuple and dict with str keys.

    As text: UUID; date (`2026-03-01`); aware datetime, in UTC to the microsecond (`2026-03-01T08:00:00.000000Z`);
    Decimal in plain notation with its scale kept (`1.50`). Raises NotCanonical for everything else, floats included.
    """
    try:
        return _encode(_plain(value)).encode()
    except RecursionError as error:
        raise NotCanonical("nested too deeply, or contains itself") from error
    except UnicodeEncodeError as error:
        raise NotCanonical("text with a lone surrogate") from error


def digest(value: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits. Raises NotCanonical."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def utc_text(moment: datetime) -> str:
    """The text that an aware datetime has in canonical form. Raises NotCanonical for a naive one."""
    if moment.tzinfo is None:
        raise NotCanonical("a datetime without a time zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in _sorted_keys(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, int):
        if abs(value) > MAX_INTEGER:
            raise NotCanonical("an integer beyond 2**53-1 is not exact in every JSON reader; send it as text")
        return int(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise NotCanonical("a Decimal that is not a number")
        return format(value, "f")
    raise NotCanonical(f"{type(value).__name__} has no canonical form")


def _sorted_keys(value: dict[Any, Any]) -> list[str]:
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise NotCanonical("a key that is not text")
        keys.append(key)
    if all(map(str.isascii, keys)):
        return sorted(keys)
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))
