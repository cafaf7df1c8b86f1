"""The database backend that `ENGINE` names: Django's for SQLite; who writes waits for his turn.

A transaction is IMMEDIATE, so it is a writer from its first statement on and holds the turn to its end; a statement
that writes outside one holds it while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.backends.sqlite3 import base

from tongqu.assembly.sqlite import turns

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
LONG = 2_000  # characters; longer ones are mostly lists of marks, each of another length


@lru_cache(maxsize=1024)
def _with_marks(query: str) -> str:
    return str(base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%"))


class Cursor(base.SQLiteCursorWrapper):
    """Django's cursor, which knows its connection."""

    def __init__(self, connection: Any, wrapper: DatabaseWrapper) -> None:
        super().__init__(connection)
        self._wrapper = wrapper

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """As Django does it, once for each statement of a usual length: the same few hundred come again and again."""
        if param_names is not None or len(query) > LONG:
            return str(super().convert_query(query, param_names=param_names))
        return _with_marks(query)

    def execute(self, query: str, params: Any = None) -> Any:
        if self._wrapper.in_turn or not query.lstrip()[:7].upper().startswith(WRITES):
            return super().execute(query, params)
        end = self._wrapper.take_turn()
        try:
            return super().execute(query, params)
        finally:
            end()


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's connection, with its turn."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._end_turn: Callable[[], None] | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._give()
        if self.transaction_mode == "IMMEDIATE":
            self._end_turn = self.take_turn()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._give()
            raise

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=lambda connection: Cursor(connection, self))

    @property
    def in_turn(self) -> bool:
        """Whether a transaction is under way: it has had its turn, or did without."""
        return self._end_turn is not None or self.in_atomic_block

    def take_turn(self) -> Callable[[], None]:
        """Wait for the turn at this database, as long as for SQLite's own lock. Returns what ends it."""
        if self.is_in_memory_db():
            return _nothing
        seconds = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        background = bool(self.settings_dict.get("BACKGROUND"))
        return turns.at(str(self.settings_dict["NAME"])).take(seconds, background=background)

    def somebody_waits(self) -> bool:
        """Whether anybody in the foreground waits to write."""
        return not self.is_in_memory_db() and turns.at(str(self.settings_dict["NAME"])).somebody_waits()

    def _commit(self) -> Any:
        done = super()._commit()
        self._give()
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()
        finally:
            self._give()

    def _close(self) -> Any:
        try:
            return super()._close()
        finally:
            self._give()

    def _give(self) -> None:
        end, self._end_turn = self._end_turn, None
        if end is not None:
            end()


def _nothing() -> None:
    """The end of a turn that nobody needed."""
