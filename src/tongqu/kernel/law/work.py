"""What law asks the worker to do."""

from __future__ import annotations

from uuid import UUID

from tongqu.kernel.jobs.registry import every, job
from tongqu.kernel.jobs.rules import Lane
from tongqu.kernel.law import misses, recounting


@every("law.sweep", seconds=5)
def sweep() -> None:
    misses.sweep()


@job("law.recount", attempts=20, lane=Lane.MAKING)
def recount(*, notice_id: str) -> None:
    """Work the running clocks out again after a notice was loaded; goes on where an earlier try stopped."""
    recounting.recount(UUID(notice_id))
