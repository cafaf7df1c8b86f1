"""The database backend that `ENGINE` names: Django's for PostgreSQL, sparing the server what it was asked before.

Statements that come again are prepared on their connection (`settings.py`); and whether a connection still answers is
asked only after a silence, not before each request.

After an error that is not of the data a connection is given up: what was prepared on it may be of a table that has been
changed since, and would fail each time, although the connection answers.
"""

from __future__ import annotations

import time
from typing import Any

from django.db.backends.postgresql import base

PREPARED = 400  # statements kept on a connection: what a web process asks again and again, with room
SILENCE = 1.0  # seconds since the last answer, after which a connection is asked whether it is still there


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, which knows when it last answered."""

    _answered = 0.0  # on the monotonic clock

    def get_new_connection(self, conn_params: Any) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.prepared_max = PREPARED
        self._answered = time.monotonic()
        return connection

    def is_usable(self) -> bool:
        if self.errors_occurred:
            return False
        if time.monotonic() - self._answered < SILENCE:
            return True
        if usable := super().is_usable():
            self._answered = time.monotonic()
        return usable

    def _commit(self) -> Any:
        done = super()._commit()
        self._answered = time.monotonic()
        return done
