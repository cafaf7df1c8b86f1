"""Whole lives of cases, from draft to archive, on this machine: `python bench/lives.py [lives] [writers] [workers]`.

200 lives by 2 processes, with 1 process for the work behind them, unless told otherwise; each life has eleven acts and
more by people (draft, values, four files, submit, accept, two officers' check with a photo and two signatures, opinion,
grant, rating), and beside them the product's worker makes the papers and the licence, signs, delivers, archives, logs
every event and writes the notices. The clock starts when the processes are ready and stops when all are archived,
nothing waits in the outbox and no job is left. SQLite with synchronous FULL, or what TQ_DATABASE_URL names. Under two
minutes on an idle machine; it gives up after ten.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

GIVE_UP = 600


def main(lives: int, writers: int, workers: int) -> None:
    from bench import _city
    from bench._calibration import around, row

    _city.open_city()
    from django.db import connection

    from tongqu.kernel.acts.models import Event, Outbox
    from tongqu.kernel.cases.models import Case
    from tongqu.kernel.jobs.models import UNFINISHED, Job

    before = Event.objects.count()
    connection.close()
    with around("lives"), _city.server(workers=workers) as (_, pids):
        command = [sys.executable, __file__, "--write", str(lives // writers)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        family = [subprocess.Popen(command, **pipes) for _ in range(writers)]
        ready = [one.stdout.readline() for one in family if one.stdout]
        assert ready == ["ready\n"] * writers
        began, busy = time.perf_counter(), _processor(pids)
        for one in family:
            assert one.stdin
            one.stdin.write("go\n")
            one.stdin.flush()
        said = [one.communicate(timeout=GIVE_UP)[0] for one in family]
        assert all(one.returncode == 0 for one in family)
        by_people = time.perf_counter() - began
        ids = [UUID(word) for words in said for word in words.split()]
        while time.perf_counter() - began < GIVE_UP:
            done = Case.objects.filter(id__in=ids, state="archived").count()
            if (
                done == len(ids)
                and not Outbox.objects.exists()
                and not Job.objects.filter(state__in=UNFINISHED).exists()
            ):
                break
            time.sleep(0.2)
        wall = time.perf_counter() - began
        spent = _processor(pids) - busy
        events = Event.objects.count() - before
    failed = Job.objects.filter(state="failed").count()
    print(
        f"{done} of {len(ids)} lives archived in {wall:.1f} s (people's part {by_people:.1f} s): {done / wall:.2f} a "
        f"second, {events / max(len(ids), 1):.0f} events a life, web and worker {spent:.1f} s of processor, "
        f"{failed} failed jobs"
    )
    row("whole lives, draft to archive", "20 a second", f"{done / wall:.1f} a second", "`./tq bench lives`")


def write(count: int) -> None:
    """One writer: lives up to the rating, as the people in them act; prints the cases' ids."""
    from bench import _city

    _city.open_city(prepare=False)
    world = _city.world()
    print("ready", flush=True)
    sys.stdin.readline()
    waiting: list[UUID] = []
    for _ in range(count):
        waiting.append(world.granted())
    until = time.monotonic() + GIVE_UP
    for case_id in waiting:
        _when_delivered(case_id, until)
        world.act("owner", case_id, "rate", inputs={"level": "5"})
        print(case_id, flush=True)


def _when_delivered(case_id: UUID, until: float) -> None:
    from tongqu.kernel.cases.models import Case

    while time.monotonic() < until:
        if Case.objects.values_list("state", flat=True).get(id=case_id) == "delivered":
            return
        time.sleep(0.1)
    raise TimeoutError(f"{case_id} was not delivered")


def _processor(pids: list[int]) -> float:
    """Seconds of processor that these processes and all below them have used; 0 where the system does not say."""
    total, waiting, ticks = 0.0, list(pids), os.sysconf("SC_CLK_TCK")
    while waiting:
        one = waiting.pop()
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += (int(fields[11]) + int(fields[12])) / ticks
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return total


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    words: Any = sys.argv[1:]
    if words[:1] == ["--write"]:
        write(int(words[1]))
    else:
        numbers = [int(word) for word in words]
        main(*numbers, *[200, 2, 1][len(numbers) :])
