"""Django's cache in a table, so that all processes of a face count the same tries. No further service is needed.

Each call is one statement, so two processes that count at once count two (Django's own table backend reads, then
writes).
Values are JSON and never pickles. Names are hashed with the secret of this process's network: they hold addresses of
visitors, and the other network's counts are others. Rows live for minutes, by the machine's clock and not by the
demonstration's; `acts.forget_counts` clears what has run out.

A count made inside a transaction is undone with it: count before you begin one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache, caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

_FOR_EVER = 4102444800.0  # the year 2100
_PUT = """INSERT INTO acts_sharedvalue (name, value, expires_at) VALUES (%s, %s, %s)
ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"""
_ADD = f"{_PUT} WHERE acts_sharedvalue.expires_at <= %s"
_GET = "SELECT value FROM acts_sharedvalue WHERE name = %s AND expires_at > %s"
_TOUCH = "UPDATE acts_sharedvalue SET expires_at = %s WHERE name = %s AND expires_at > %s"
_MORE = """UPDATE acts_sharedvalue SET value = CAST(CAST(value AS bigint) + %s AS text)
WHERE name = %s AND expires_at > %s RETURNING value"""
_COUNT = """INSERT INTO acts_sharedvalue (name, value, expires_at) VALUES (%s, '1', %s)
ON CONFLICT (name) DO UPDATE SET
  value = CASE WHEN acts_sharedvalue.expires_at <= %s THEN '1'
          ELSE CAST(CAST(acts_sharedvalue.value AS bigint) + 1 AS text) END,
  expires_at = CASE WHEN acts_sharedvalue.expires_at <= %s THEN excluded.expires_at ELSE acts_sharedvalue.expires_at END
RETURNING value"""
_DELETE = "DELETE FROM acts_sharedvalue WHERE name = %s AND expires_at > %s"
_FORGET = "DELETE FROM acts_sharedvalue WHERE expires_at <= %s"


def count(key: str, *, seconds: int) -> int:
    """How often `key` was counted in the `seconds` since it was first, this time included."""
    backend = caches["default"]
    if isinstance(backend, TableCache):
        return backend.count(key, seconds)
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1


def forget() -> int:
    """Remove what has run out; how many rows that were."""
    return _run(_FORGET, time.time())


class TableCache(BaseCache):
    """Values are whatever JSON can hold; anything else raises TypeError."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return _run(_ADD, self._name(key, version), json.dumps(value), self._until(timeout), time.time()) == 1

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = _one(_GET, self._name(key, version), time.time())
        return default if row is None else json.loads(row)

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        _run(_PUT, self._name(key, version), json.dumps(value), self._until(timeout))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return _run(_TOUCH, self._until(timeout), self._name(key, version), time.time()) == 1

    def delete(self, key: str, version: int | None = None) -> bool:
        return _run(_DELETE, self._name(key, version), time.time()) == 1

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        row = _one(_MORE, delta, self._name(key, version), time.time())
        if row is None:
            raise ValueError("no such key")
        return int(row)

    def count(self, key: str, seconds: int) -> int:
        """One more, in one statement, beginning at one."""
        at = time.time()
        return int(cast(str, _one(_COUNT, self._name(key, None), at + seconds, at, at)))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return _one(_GET, self._name(key, version), time.time()) is not None

    def clear(self) -> None:
        _run("DELETE FROM acts_sharedvalue")

    def _name(self, key: str, version: int | None) -> str:
        whole = self.make_key(str(key), version=version)
        secret = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
        return hashlib.blake2b(whole.encode(), key=secret, digest_size=24).hexdigest()

    def _until(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return _FOR_EVER if seconds is None else time.time() + max(float(seconds), 0.0)


def _run(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)


def _one(statement: str, *values: Any) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        rows: Iterable[tuple[str]] = cursor.fetchall()  # all of them: SQLite writes only once it was read to its end
        return next((row[0] for row in rows), None)
