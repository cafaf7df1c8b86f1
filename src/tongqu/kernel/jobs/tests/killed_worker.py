"""Worker processes to be killed: `python -m …killed_worker prepare` makes the tables, `… work` works until SIGTERM,
`… nursery` starts such a worker, by forking, for each line it reads: quicker than a fresh interpreter each time;
`… ask` asks for jobs that wait for a receiver that does not answer.

Its jobs count what they did, so that a repeated or a lost effect shows. Only the jobs room is installed: it starts
quickly. Environment: KILL_FOLDER (the receiver's), KILL_SQLITE (a file) or TQ_DATABASE_URL, TQ_DATA_DIR.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings

settings.INSTALLED_APPS = ["tongqu.kernel.jobs"]
settings.LOGGING = {}
if path := os.environ.get("KILL_SQLITE"):
    settings.DATABASES["default"]["NAME"] = path
django.setup()

from django.db import connection, transaction  # noqa: E402

from tongqu.kernel.jobs import timetable, worker  # noqa: E402
from tongqu.kernel.jobs.models import Job, Schedule  # noqa: E402
from tongqu.kernel.jobs.registry import current_job, every, job  # noqa: E402
from tongqu.kernel.jobs.rules import Lane  # noqa: E402

RECEIVER = Path(os.environ["KILL_FOLDER"])
COUNT = int(os.environ.get("KILL_COUNT", "150"))
WAITING = 60  # more than a worker claims at once


def sql(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def a_moment() -> None:
    time.sleep(random.random() * 0.008)


@job("kill.count", attempts=200, lease_seconds=1)
def count(*, n: int) -> None:
    a_moment()
    sql("UPDATE kill_count SET times = times + 1 WHERE n = %s", n)
    a_moment()
    child.enqueue(n=n)
    tell.enqueue(n=n)
    a_moment()


@job("kill.child", attempts=200, lease_seconds=1)
def child(*, n: int) -> None:
    sql("UPDATE kill_count SET children = children + 1 WHERE n = %s", n)
    a_moment()


@job("kill.tell", attempts=200, lease_seconds=1, lane=Lane.MAKING)
def tell(*, n: int) -> None:
    a_moment()
    with (RECEIVER / "told").open("a") as out:
        out.write(f"{n} {current_job().message_id}\n")
    a_moment()


@job("kill.wait", attempts=200, lane=Lane.CALLING)
def wait() -> None:
    while not (RECEIVER / "answers").exists():
        time.sleep(0.02)


@every("kill.feed", seconds=0.1)
def feed() -> None:
    """Takes numbers out of a list and asks for their jobs, as the relay does with the outbox."""
    with transaction.atomic():
        lock = "" if connection.vendor == "sqlite" else " FOR UPDATE"
        waiting = sql("SELECT n FROM kill_todo ORDER BY n LIMIT 5" + lock)
        for (n,) in waiting:
            count.enqueue(n=n)
            sql("DELETE FROM kill_todo WHERE n = %s", n)
        a_moment()


def prepare() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Job)
        editor.create_model(Schedule)
    sql("CREATE TABLE kill_count (n integer PRIMARY KEY, times integer, children integer)")
    sql("CREATE TABLE kill_todo (n integer PRIMARY KEY)")
    for n in range(COUNT):
        sql("INSERT INTO kill_count VALUES (%s, 0, 0)", n)
        sql("INSERT INTO kill_todo VALUES (%s)", n)


def ask() -> None:
    wait.enqueue_many({} for _ in range(WAITING))


def work() -> None:
    timetable.LEASE, worker.BEAT, worker.POLL = timedelta(seconds=1.5), 0.4, 0.1
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    print(os.getpid(), flush=True)
    worker.run(stop)


def nursery() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need no burial here
    for line in sys.stdin:
        if os.fork() == 0:
            settings.DATA_DIR = Path(line.strip())
            work()
            os._exit(0)


if __name__ == "__main__":
    {"prepare": prepare, "ask": ask, "work": work, "nursery": nursery}[sys.argv[1]]()
