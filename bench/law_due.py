"""How fast due dates are worked out: `python bench/law_due.py [rounds]`, 100,000 unless told otherwise.

Beside each figure stands a calibration loop of plain arithmetic run just before it, so that figures from different
machines, or from one that was busy, can be compared: the ratio moves little where the rate does.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

PLAIN = datetime(2026, 3, 2, 2, tzinfo=UTC)


def main(rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongqu.assembly.settings")
    from tongqu.kernel.law import register
    from tongqu.kernel.law.explaining import explain
    from tongqu.kernel.law.rules import Pause, due

    calendar = register.calendar()
    decide, sue = register.rule("L7"), register.rule("RM2")
    starts = [PLAIN + timedelta(hours=7 * n) for n in range(512)]
    pauses = [
        Pause("pause.hearing", PLAIN + timedelta(days=3), PLAIN + timedelta(days=8)),
        Pause("pause.testing", PLAIN + timedelta(days=12), PLAIN + timedelta(days=14)),
    ]
    _report("due, working days", rounds, lambda n: due(decide, starts[n & 511], calendar=calendar))
    _report("due, months", rounds, lambda n: due(sue, starts[n & 511], calendar=calendar))
    _report("due, two pauses", rounds, lambda n: due(decide, starts[0], pauses=pauses, calendar=calendar))
    _report("explain, two pauses", rounds // 100, lambda n: explain(decide, PLAIN, pauses=pauses, calendar=calendar))


def _report(name: str, rounds: int, work: Callable[[int], object]) -> None:
    standard = _rate(1_000_000, lambda n: n * 3 + 1)
    rate = _rate(rounds, work)
    print(f"{name:<22}{rate:>12,.0f} a second of CPU   calibration {standard:>12,.0f}   ratio {rate / standard:.4f}")


def _rate(rounds: int, work: Callable[[int], object]) -> float:
    began = time.process_time()
    for n in range(rounds):
        work(n)
    return rounds / (time.process_time() - began)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
