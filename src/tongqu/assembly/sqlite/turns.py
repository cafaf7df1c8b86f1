"""Turns at writing. SQLite has one writer at a time and makes the others sleep on its lock, longer at each try, in no
order: with a few of them some sleep for many seconds and are then refused. Here they queue before they ask for it.

Within a process threads wait for each other; between processes a locked file beside the database says whose turn it is.
A turn is a courtesy, not a safety: SQLite's own lock still guards the database, and whoever has waited too long for a
turn goes on to ask for that, as if there were no turns.

Somebody waits for a page; nobody waits for the worker. So what runs in the background lets the others go first, though
never for longer than PATIENCE at a time: processes in which anybody waits in the foreground hold a second file together
(shared), and the background goes on when it can have that file for itself.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable

LOOK = 0.001  # how often a process looks whether the turn is free, in seconds
PATIENCE = 0.25  # how long the background lets the foreground go first, in seconds


class Turn:
    """The turn at one database, for all threads of this process. `take` and `give` are called in pairs."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._files: tuple[int, int] | None = None  # whose turn it is; who waits in the foreground
        self._pid = 0

    def take(self, within: float, *, background: bool = False) -> Callable[[], None]:
        """Wait up to `within` seconds. Returns what ends the turn, for one call; without one it does nothing."""
        until = time.monotonic() + within
        if background:
            return self._queue(until, time.monotonic() + PATIENCE)
        self._wait_in_foreground(1)
        try:
            return self._queue(until, 0)
        finally:
            self._wait_in_foreground(-1)

    def _queue(self, until: float, others_first: float) -> Callable[[], None]:
        if not self._threads.acquire(timeout=max(0, until - time.monotonic())):
            return _nothing
        try:
            locked = self._lock(until, others_first)
        except BaseException:
            self._threads.release()
            raise
        return lambda: self._give(locked)

    def _lock(self, until: float, others_first: float) -> bool:
        turn, foreground = self._open()
        while True:
            at = time.monotonic()
            if at >= others_first or (not self._waiting and _free(foreground)):
                if _locked(turn):
                    return True
                if at >= until:
                    return False
            time.sleep(LOOK)

    def _wait_in_foreground(self, more: int) -> None:
        """Count who waits here, and show the other processes whether anybody does."""
        with self._count:
            _turn, foreground = self._open()
            self._waiting += more
            if self._waiting == max(more, 0):  # the first has come, or the last has gone
                fcntl.flock(foreground, fcntl.LOCK_SH if self._waiting else fcntl.LOCK_UN)

    def _open(self) -> tuple[int, int]:
        """The files, opened by this very process: a fork shares its parent's locks."""
        if self._files is None or self._pid != os.getpid():
            turn, foreground = (
                os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                for path in (self._path, f"{self._path}-next")
            )
            self._files, self._pid = (turn, foreground), os.getpid()
        return self._files

    def _give(self, locked: bool) -> None:
        if locked and self._files is not None:
            fcntl.flock(self._files[0], fcntl.LOCK_UN)
        self._threads.release()


def _locked(file: int) -> bool:
    """Whether we have it for ourselves now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _free(foreground: int) -> bool:
    """Whether nobody waits in the foreground."""
    if not _locked(foreground):
        return False
    fcntl.flock(foreground, fcntl.LOCK_UN)
    return True


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
