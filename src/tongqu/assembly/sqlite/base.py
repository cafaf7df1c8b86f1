"""The database backend that `ENGINE` names: Django's for SQLite; a transaction begins when it is this writer's turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.sqlite3 import base

from tongqu.assembly.sqlite import turns


class DatabaseWrapper(base.DatabaseWrapper):
    """Every transaction here is IMMEDIATE, so it is a writer from its first statement on."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._end_turn: Callable[[], None] | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._give()
        if self.transaction_mode == "IMMEDIATE" and not self.is_in_memory_db():
            seconds = float(self.settings_dict["OPTIONS"].get("timeout", 5))
            self._end_turn = turns.at(str(self.settings_dict["NAME"])).take(seconds)
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._give()
            raise

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
