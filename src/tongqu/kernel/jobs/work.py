"""What jobs asks of itself: to forget finished work after a week."""

from __future__ import annotations

from datetime import timedelta

from tongqu.kernel.jobs import queue
from tongqu.kernel.jobs.registry import every

KEPT = timedelta(days=7)


@every("jobs.purge", daily_at="03:10")
def purge() -> None:
    queue.purge(KEPT)
