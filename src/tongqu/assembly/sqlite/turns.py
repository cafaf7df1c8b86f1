"""Turns at writing. SQLite has one writer at a time and makes the others sleep on its lock, longer at each try, in no
order: with a few of them some sleep for many seconds and are then refused. Here they queue before they ask for it.

Within a process threads wait for each other; between processes a locked file beside the database says whose turn it is.
A turn is a courtesy, not a safety: SQLite's own lock still guards the database, and whoever has waited too long for a
turn goes on to ask for that, as if there were no turns.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable

LOOK = 0.001  # how often a process looks whether the turn is free, in seconds


class Turn:
    """The turn at one database, for all threads of this process. `take` and `give` are called in pairs."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._file: int | None = None
        self._pid = 0

    def take(self, within: float) -> Callable[[], None]:
        """Wait up to `within` seconds. Returns what ends the turn, for one call; without one it does nothing."""
        until = time.monotonic() + within
        if not self._threads.acquire(timeout=within):
            return _nothing
        try:
            locked = self._lock(until)
        except BaseException:
            self._threads.release()
            raise
        return lambda: self._give(locked)

    def _lock(self, until: float) -> bool:
        file = self._open()
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(LOOK)
            else:
                return True

    def _open(self) -> int:
        """The file, opened by this very process: a fork shares its parent's lock."""
        if self._file is None or self._pid != os.getpid():
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        return self._file

    def _give(self, locked: bool) -> None:
        if locked and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._threads.release()


def _nothing() -> None:
    """The end of a turn that was not had."""


_turns: dict[str, Turn] = {}
_guard = threading.Lock()


def at(database: str) -> Turn:
    """The turn at this database file."""
    with _guard:
        return _turns.setdefault(database, Turn(f"{database}-turn"))


def _after_fork() -> None:
    """A child has none of its parent's threads, and so none of their turns."""
    global _guard
    _guard = threading.Lock()
    _turns.clear()


os.register_at_fork(after_in_child=_after_fork)
