"""Two clocks. Deadlines of the business follow the house's clock, which the demonstration may move; leases never do.

`acts` hands in its `now()` at start-up, because jobs is the earlier room and may not import it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

_business: Callable[[], datetime] | None = None


def real() -> datetime:
    """The machine's time, aware UTC: for leases, heartbeats and retries, which are about processes."""
    return datetime.now(UTC)


def business() -> datetime:
    """The house's time, aware UTC: for `run_after` and daily schedules."""
    return _business() if _business else real()


def use_clock(source: Callable[[], datetime]) -> None:
    """Let `source` tell the business time."""
    global _business
    _business = source
