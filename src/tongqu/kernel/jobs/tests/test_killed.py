"""Workers as processes: killed with SIGKILL at random moments they lose nothing and repeat no effect in our database;
whatever keeps some of their work waiting keeps none of the rest."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

POSTGRES = os.environ.get("TQ_TEST_POSTGRES", "")
SCRIPT = "tongqu.kernel.jobs.tests.killed_worker"
SOURCE = Path(__file__).resolve().parents[4]
KILLING_SECONDS = 2.5
LEAST_KILLS = 12
LEAST_HITS = 3  # kills of a worker that had work
PATIENCE = 60.0
JOBS = 150  # more than are done before the first worker is killed


class Site:
    """A database of its own, workers on it, and a receiver outside (a folder)."""

    def __init__(self, folder: Path, database: str, *, one_machine: bool = True, count: int = JOBS) -> None:
        self.folder, self.database, self.one_machine, self.count = folder, database, one_machine, count
        self._started = 0
        self.run("prepare")

    def run(self, what: str) -> None:
        subprocess.run([sys.executable, "-m", SCRIPT, what], env=self._environment(), check=True, timeout=60)

    def open_nursery(self) -> None:
        """Call once, before the first `start`."""
        command = [sys.executable, "-m", SCRIPT, "nursery"]
        self.nursery = subprocess.Popen(command, env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def start(self) -> int:
        """A new worker process; its id."""
        self._started += 1
        assert self.nursery.stdin is not None and self.nursery.stdout is not None
        self.nursery.stdin.write(f"{self._data()}\n".encode())
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())

    def start_by_itself(self) -> subprocess.Popen[bytes]:
        """A worker that heeds SIGTERM by the time this returns."""
        self._started += 1
        worker = subprocess.Popen(
            [sys.executable, "-m", SCRIPT, "work"], env=self._environment(), stdout=subprocess.PIPE
        )  # fmt: skip
        assert worker.stdout is not None and worker.stdout.readline().strip() == str(worker.pid).encode()
        return worker

    def rows(self, query: str) -> list[tuple[object, ...]]:
        if not self.database:
            with sqlite3.connect(self.folder / "kill.sqlite3", timeout=20) as file:
                return file.execute(query).fetchall()
        with psycopg.connect(self.database) as server:
            return server.execute(query).fetchall()  # type: ignore[arg-type]

    def left_behind(self, pid: int) -> bool:
        """Whether that worker has claimed jobs and not ended them."""
        return bool(self.rows(f"SELECT 1 FROM jobs_job WHERE state = 'running' AND worker LIKE '%-{pid}-%' LIMIT 1"))

    def at_work(self, pids: list[int]) -> int | None:
        """One of these workers that has claimed jobs; waits for a moment until there is one."""
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            for pid in pids:
                if self.left_behind(pid):
                    return pid
        return None

    def told(self) -> dict[int, list[str]]:
        """What the receiver heard: number → message ids."""
        heard: dict[int, list[str]] = defaultdict(list)
        told = self.folder / "told"
        for line in told.read_text().splitlines() if told.exists() else []:
            number, message = line.split()
            heard[int(number)].append(message)
        return heard

    def _data(self) -> Path:
        # a worker on another machine does not see our files: there, only the lease tells that one is dead
        data = self.folder / ("data" if self.one_machine else f"data-{self._started}")
        data.mkdir(exist_ok=True)
        return data

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings",
            "PYTHONPATH": str(SOURCE),
            "TQ_DATABASE_URL": self.database,
            "TQ_DATA_DIR": str(self._data()),
            "KILL_SQLITE": "" if self.database else str(self.folder / "kill.sqlite3"),
            "KILL_FOLDER": str(self.folder),
            "KILL_COUNT": str(self.count),
        }


@pytest.fixture
def database() -> Iterator[str]:
    """An own database on the server of the tests; empty text means an SQLite file."""
    if not POSTGRES:
        yield ""
        return
    name = f"tq_kill_{os.getpid()}"
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]
        server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        yield urlunsplit(urlsplit(POSTGRES)._replace(path=f"/{name}"))
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.mark.parametrize("one_machine", [True, False], ids=["one-machine", "two-machines"])
def test_killed_workers_lose_nothing_and_repeat_nothing(tmp_path: Path, database: str, one_machine: bool) -> None:
    site = Site(tmp_path, database, one_machine=one_machine)
    site.open_nursery()
    workers = [site.start(), site.start()]
    kills = hits = 0
    until = time.monotonic() + KILLING_SECONDS
    while kills < LEAST_KILLS or time.monotonic() < until or hits < LEAST_HITS:  # a busy machine takes longer
        assert time.monotonic() < until + PATIENCE, f"{kills} kills, {hits} of them hit work"
        time.sleep(random.random() * 0.25)
        # by turns one that has work, as long as any has, and any of the two: the feeding schedule dies as well
        victim = (kills % 2 and site.at_work(workers)) or random.choice(workers)
        os.kill(victim, signal.SIGKILL)
        kills += 1
        hits += site.left_behind(victim)
        workers.remove(victim)
        workers.append(site.start())
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    site.nursery.communicate()

    last = site.start_by_itself()
    try:
        until = time.monotonic() + PATIENCE
        unsettled = "SELECT kind, state, attempts FROM jobs_job WHERE state <> 'done'"
        while site.rows("SELECT count(*) FROM kill_todo") != [(0,)] or site.rows(unsettled):
            assert time.monotonic() < until, site.rows(unsettled)
            time.sleep(0.1)
    finally:
        last.send_signal(signal.SIGTERM)
    assert last.wait(20) == 0  # told to end, it ends cleanly

    assert site.rows("SELECT DISTINCT state FROM jobs_job") == [("done",)]
    assert site.rows("SELECT times, children, count(*) FROM kill_count GROUP BY times, children") == [(1, 1, JOBS)]
    told = site.told()
    assert sorted(told) == list(range(JOBS))
    assert all(len(set(messages)) == 1 for messages in told.values())  # repeats are told by their message id
    messages = {messages[0] for messages in told.values()}
    assert len(messages) == JOBS
    # what the dead had left behind was taken up again
    assert site.rows("SELECT count(*) FROM jobs_job WHERE attempts > 1")[0][0] >= 1  # type: ignore[operator]
    print(f"{kills} kills, {hits} hits, {site.rows('SELECT sum(attempts) FROM jobs_job')[0][0]} attempts")


def test_a_receiver_that_does_not_answer_keeps_nothing_else_waiting(tmp_path: Path, database: str) -> None:
    site = Site(tmp_path, database, count=1)
    site.run("ask")
    worker = site.start_by_itself()
    try:
        until = time.monotonic() + PATIENCE
        while site.rows("SELECT times, children FROM kill_count") != [(1, 1)] or not site.told():
            assert time.monotonic() < until, site.rows("SELECT kind, state, count(*) FROM jobs_job GROUP BY 1, 2")
            time.sleep(0.05)
        assert site.rows("SELECT count(*) FROM jobs_job WHERE kind = 'kill.wait' AND state = 'done'") == [(0,)]
    finally:
        (tmp_path / "answers").touch()
        worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    # what was under way has come to its end, and what was not begun waits for another worker
    assert {state for (state,) in site.rows("SELECT DISTINCT state FROM jobs_job")} <= {"done", "ready"}
    assert site.rows("SELECT count(*) FROM jobs_job WHERE kind = 'kill.wait' AND state = 'done'")[0][0] >= 1  # type: ignore[operator]
