"""Is that worker of this machine still alive? Each worker keeps a lock on a file; the kernel drops it with the process.

It only makes recovery quicker: after a crash and a restart, work goes on at once instead of after the lease. A file
that cannot be found or locked says nothing, and the lease decides.
"""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings

try:
    import fcntl
except ImportError:  # a system without flock: leases alone
    fcntl = None  # type: ignore[assignment]


def folder() -> Path:
    return Path(settings.DATA_DIR) / "workers"


class Sign:
    """A locked file that says "this worker lives" for as long as its process does."""

    def __init__(self, worker: str) -> None:
        self._path = folder() / worker
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl:
            fcntl.flock(self._handle, fcntl.LOCK_EX)

    def take_down(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def the_dead() -> list[str]:
    """Workers whose file is there and whose lock is gone. Call `bury` once their leases are ended."""
    if not fcntl or not folder().is_dir():
        return []
    return [path.name for path in folder().iterdir() if _unlocked(path)]


def bury(worker: str) -> None:
    (folder() / worker).unlink(missing_ok=True)


def _unlocked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
