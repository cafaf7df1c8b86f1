"""`tongqu worker`: jobs, schedules, the relay of events and the sweep of clocks. Any number may run on PostgreSQL."""

from __future__ import annotations

import argparse
import gc
import signal
import threading

from tongqu.faces.cli import children


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help="做完到期的工作就结束 do what is due and end")
    parser.add_argument("--parent", type=int, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; the job under way is finished first."""
    from tongqu.kernel.jobs import worker
    from tongqu.kernel.law import watching
    from tongqu.kernel.packages import law_rows

    law_rows.take_all()
    watching.refresh()
    watching.watch()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again

    if options.once:
        worker.run_pending()
        return 0
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    children.when_parent_ends(options.parent, stop.set)
    worker.run(stop)
    return 0
