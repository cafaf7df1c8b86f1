"""`tongqu worker`: jobs, schedules, the relay of events and the sweep of clocks. Any number may run on one database.

Of several processes started as one, each is forked from what was loaded once, so that they share its memory. They live
and end together.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import sys
import threading

from tongqu.faces.cli import children
from tongqu.foundation import han

SWITCH_SECONDS = 0.001  # the thread that holds SQLite's write lock is not to wait 5 ms for one that draws
GRACE_SECONDS = 15.0  # a little more than a worker gives its jobs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="做完到期的工作就结束 do what is due and end")
    parser.add_argument("--processes", type=_count, default=1, help="进程数 processes (1)")
    parser.add_argument(
        "--nice",
        type=_niceness,
        default=10,
        help="让出处理器的程度 how far others go first at the processor, 0–19 (10)",
    )
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; the job under way is finished first. 1 when one of several processes ended."""
    from tongqu.kernel.jobs import worker
    from tongqu.kernel.packages import law_rows

    os.nice(
        options.nice
    )  # somebody waits for a page, nobody for the worker; on a machine of its own it changes nothing
    law_rows.take_all()
    sys.setswitchinterval(SWITCH_SECONDS)
    han.pinyin("通衢")  # its dictionary is large: loaded before the fork it is there once
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again
    if options.once:
        worker.run_pending()
        return 0
    if options.processes == 1:
        _work(options.parent)
        return 0
    return _work_together(options.processes, options.parent)


def _work(parent: int | None) -> None:
    from tongqu.kernel.jobs import worker
    from tongqu.kernel.law import watching

    stop = _asked_to_stop()
    watching.refresh()
    watching.watch()
    children.when_parent_ends(parent, stop.set)
    worker.run(stop)


def _work_together(count: int, parent: int | None) -> int:
    """Fork so many workers and wait for them; when one ends unasked, the others are asked to end too."""
    from django.db import connections

    connections.close_all()  # a connection is one process's own
    read_end, write_end = os.pipe()  # never written: its closing tells the workers that this process is gone
    workers = {_forked(read_end, write_end) for _ in range(count)}
    stop = _asked_to_stop()
    children.when_parent_ends(parent, stop.set)
    while not stop.wait(0.3) and not _ended(workers):
        pass
    unasked = not stop.is_set()
    _end(workers)
    return int(unasked)


def _forked(read_end: int, write_end: int) -> int:
    """The process id of a new worker."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.close(write_end)
        _work(read_end)
        status = 0
    finally:
        os._exit(status)  # what this process inherited is its parent's to clean up


def _ended(workers: set[int]) -> bool:
    """Whether one has ended; it is taken out of the set."""
    pid = next((pid for pid in workers if os.waitpid(pid, os.WNOHANG)[0]), None)
    workers.discard(pid or 0)
    return pid is not None


def _end(workers: set[int]) -> None:
    """Ask all to stop and wait for them; end those that do not."""
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    late = threading.Timer(GRACE_SECONDS, _kill, args=[workers])
    late.start()
    while workers:
        workers.discard(os.wait()[0])
    late.cancel()


def _kill(workers: set[int]) -> None:
    """End those still there; each may end and be taken out of the set meanwhile."""
    for pid in tuple(workers):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _asked_to_stop() -> threading.Event:
    """Set by SIGTERM and SIGINT."""
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return stop


def _niceness(text: str) -> int:
    """0 to 19. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) > 19:
        raise argparse.ArgumentTypeError("0–19")
    return int(text)


def _count(text: str) -> int:
    """A number of processes. Raises ArgumentTypeError."""
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("1–64")
    return int(text)
