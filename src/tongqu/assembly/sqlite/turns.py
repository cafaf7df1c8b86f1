"""Turns at writing. SQLite has one writer at a time and makes the others sleep on its lock, longer at each try, in no
order: with a few of them some sleep for many seconds and are then refused. Here they queue before they ask for it.

Within a process threads wait for each other; between processes a locked file beside the database says whose turn it is,
and whoever ends one writes into a pipe, so that the next goes on at once. A lost byte costs no more than LISTEN.
A turn is a courtesy, not a safety: SQLite's own lock still guards the database, and whoever has waited too long for a
turn goes on to ask for that, as if there were no turns.

Somebody waits for a page; nobody waits for the worker. So what runs in the background lets the others go first, though
never for longer than PATIENCE at a time: processes in which anybody waits in the foreground hold a second file together
(shared), and the background goes on when it can have that file for itself.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path

LOOK = 0.001  # how often the background looks whether the foreground is done, in seconds
LISTEN = 0.005  # how long to wait for word of a turn's end before looking by oneself, in seconds
PATIENCE = 0.25  # how long the background lets the foreground go first, in seconds


class Turn:
    """The turn at one database, for all threads of this process. `take` and `give` are called in pairs."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._threads = threading.Lock()
        self._count = threading.Lock()
        self._waiting = 0
        self._files: tuple[int, int, int] | None = None  # whose turn it is; who waits in the foreground; the pipe
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

    def somebody_waits(self) -> bool:
        """Whether anybody waits in the foreground, here or in another process."""
        return bool(self._waiting) or not _free(self._open()[1])

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
        turn, _foreground, word = self._open()
        while True:
            at = time.monotonic()
            if at < others_first and self.somebody_waits():
                time.sleep(LOOK)
                continue
            _forget(word)  # before trying: what is said after that wakes us
            if _locked(turn):
                return True
            if at >= until:
                return False
            _listen(word)

    def _wait_in_foreground(self, more: int) -> None:
        """Count who waits here, and show the other processes whether anybody does."""
        with self._count:
            _turn, foreground, _word = self._open()
            self._waiting += more
            if self._waiting == max(more, 0):  # the first has come, or the last has gone
                fcntl.flock(foreground, fcntl.LOCK_SH if self._waiting else fcntl.LOCK_UN)

    def _open(self) -> tuple[int, int, int]:
        """The files, opened by this very process: a fork shares its parent's locks."""
        if self._files is None or self._pid != os.getpid():
            turn, foreground = (
                os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                for path in (self._path, f"{self._path}-next")
            )
            self._files, self._pid = (turn, foreground, _pipe(f"{self._path}-word")), os.getpid()
        return self._files

    def let_go(self) -> None:
        """In a child that was forked: hold no more what is its parent's, whose turn would outlive it, and end none of
        his."""
        files, self._files = self._files, None
        for file in files or ():
            os.close(file)

    def _give(self, locked: bool) -> None:
        if locked and self._files is not None:
            fcntl.flock(self._files[0], fcntl.LOCK_UN)
            _tell(self._files[2])
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


def _pipe(path: str) -> int:
    """Open a named pipe, made if need be, at both ends: it never blocks and never ends."""
    there = Path(path)
    if there.exists() and not there.is_fifo():  # a copied folder may have a plain file in its place
        there.unlink(missing_ok=True)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)


def _listen(pipe: int) -> None:
    """Until there is word, at most LISTEN."""
    waiting = select.poll()  # select() takes no file beyond the thousandth
    waiting.register(pipe, select.POLLIN)
    waiting.poll(LISTEN * 1000)


def _tell(pipe: int) -> None:
    with contextlib.suppress(BlockingIOError):  # full of word that nobody has waited for
        os.write(pipe, b".")


def _forget(pipe: int) -> None:
    with contextlib.suppress(BlockingIOError):
        while len(os.read(pipe, 65536)) == 65536:
            pass


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
    for turn in _turns.values():
        turn.let_go()
    _turns.clear()


os.register_at_fork(after_in_child=_after_fork)
