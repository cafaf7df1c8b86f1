"""What this machine gives at this moment, measured beside each figure: a figure without it says nothing.

with around("lists"):      # prints the machine before and after
    ...
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

LOOP = 2_000_000
SYNCS = 50


@contextmanager
def around(what: str) -> Iterator[None]:
    """Print load, a fixed loop of plain Python and the time of an fsync before and after what is measured."""
    _say(what, "before")
    try:
        yield
    finally:
        _say(what, "after")


def loop_ms() -> tuple[float, float]:
    """Milliseconds on the wall and of processor for a fixed loop; far apart when the machine is shared."""
    began, busy = time.perf_counter(), time.process_time()
    total = 0
    for n in range(LOOP):
        total += n * 3 & 7
    assert total
    return (time.perf_counter() - began) * 1000, (time.process_time() - busy) * 1000


def fsync_ms() -> float:
    """The median time to append 4 KB to a file and have it on the disk, in milliseconds."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=os.environ.get("TQ_DATA_DIR")) as file:
        for _ in range(SYNCS):
            began = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return quantile(taken, 0.5)


def quantile(taken: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def row(what: str, mark: str, measured: str, note: str = "") -> None:
    """One line of the table in docs/figures.md."""
    print(f"| {what} | {mark} | {measured} | {note} |", flush=True)


def _say(what: str, when: str) -> None:
    wall, busy = loop_ms()
    print(
        f"calibration {when} {what}: loop {wall:.0f} ms ({busy:.0f} ms of processor), "
        f"fsync {fsync_ms():.2f} ms, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores",
        flush=True,
    )
