"""Recomputing a long log in several processes. Imports nothing of Django before the process has set it up."""

from __future__ import annotations

import multiprocessing
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from tongqu.kernel.ledger.recompute import Row

AHEAD = 2  # chunks in work or waiting, for each process: what keeps memory from growing with the log


def chunks(tenant_id: UUID, size: int, *, width: int, processes: int) -> Iterator[list[Row]]:
    """The entries before `size`, `width` places at a time, in order. One query for each chunk.

    With several processes the rows are read and hashed there (spawned, each with its own connection) and handed over in
    order; what is compared with what stays with the caller.
    """
    from tongqu.kernel.ledger.recompute import rows

    ranges = list(pairwise([*range(0, size, width), size])) if size else []
    if processes < 2 or len(ranges) < 2:
        for first, end in ranges:
            yield rows(tenant_id, first, end)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=_begin) as pool:
        waiting: deque[Future[list[Row]]] = deque()
        try:
            for first, end in ranges:
                waiting.append(pool.submit(_rows, tenant_id, first, end))
                if len(waiting) >= AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    import django

    django.setup()


def _rows(tenant_id: UUID, first: int, end: int) -> list[Row]:
    from tongqu.kernel.ledger.recompute import rows

    return rows(tenant_id, first, end)
