"""The processes that `up` starts and watches, and how each of them notices that `up` itself is gone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 4.0  # between asking a child to stop and ending it


@dataclass(slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for the message that says why it ended."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


class Family:
    """Children that live and end together. Their standard output goes to one log file each."""

    def __init__(self, log_dir: Path, environment: Mapping[str, str]) -> None:
        self.children: list[Child] = []
        self._log_dir, self._environment = log_dir, environment
        self._read_end, self._write_end = os.pipe()  # never written: its closing tells the children that we are gone

    def start(self, name: str, arguments: Sequence[str]) -> Child:
        """Start `tongqu <arguments>` as a child in its own process group."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        log = self._log_dir / f"{name}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(  # noqa: S603  our own interpreter and our own module
                [sys.executable, "-m", "tongqu.faces.cli", *arguments, "--parent", str(self._read_end)],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=(self._read_end,),
                start_new_session=True,  # Ctrl-C reaches `up` alone, which then stops them in order
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def ended(self) -> Child | None:
        """The first child that is no longer running."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """Ask all to stop, wait, and end those that did not, with whatever they had started."""
        for child in self.children:
            if child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + PATIENCE_SECONDS
        for child in self.children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, until - time.monotonic()))
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)  # its group outlives it when it left something behind
            child.process.wait()
        os.close(self._read_end)
        os.close(self._write_end)


def when_parent_ends(read_end: int | None, act: Callable[[], None]) -> None:
    """Call `act` once, from a thread, when the process holding the other end of the pipe is gone."""
    if read_end is None:
        return

    def wait() -> None:
        with contextlib.suppress(OSError):
            os.read(read_end, 1)
        act()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()
