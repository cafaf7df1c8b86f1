"""What law asks the worker to do."""

from __future__ import annotations

from tongqu.kernel.jobs.registry import every
from tongqu.kernel.law import misses


@every("law.sweep", seconds=5)
def sweep() -> None:
    misses.sweep()
