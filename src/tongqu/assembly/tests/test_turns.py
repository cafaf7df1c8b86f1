"""Writers to SQLite take turns, between threads and between processes, and nobody is refused for having waited."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tongqu.assembly.sqlite import turns
from tongqu.assembly.sqlite.turns import Turn

ROOT = Path(__file__).resolve().parents[4]

WRITER = """
import sys, threading, time, django
from django.conf import settings
settings.configure(DATABASES={"default": {
    "ENGINE": sys.argv[2], "NAME": sys.argv[1],
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
}})
django.setup()
from django.db import connection, transaction
worst = []
def write():
    for n in range(25):
        began = time.monotonic()
        if n % 5 == 4:  # a single statement, outside a transaction
            with connection.cursor() as cursor:
                cursor.execute("UPDATE counted SET n = n + %s", [1])
        else:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE counted SET n = n + 1")
                time.sleep(0.004)
        worst.append(time.monotonic() - began)
    connection.close()
threads = [threading.Thread(target=write) for _ in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print(max(worst))
assert len(worst) == 100, "a writer was refused"
"""


def test_threads_and_processes_all_write(tmp_path: Path) -> None:
    import sqlite3

    name = str(tmp_path / "turns.sqlite3")
    with sqlite3.connect(name) as made:
        made.execute("PRAGMA journal_mode=WAL")  # by one, as migrating does it: of several at once some are refused
        made.execute("CREATE TABLE counted (n int)")
        made.execute("INSERT INTO counted VALUES (0)")
    command = [sys.executable, "-c", WRITER, name, "tongqu.assembly.sqlite"]
    running = [
        subprocess.Popen(command, env={"PYTHONPATH": str(ROOT / "src")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ends = [(one.communicate(timeout=120), one.returncode) for one in running]
    assert [code for _, code in ends] == [0, 0, 0], ends
    with sqlite3.connect(name) as made:
        assert made.execute("SELECT n FROM counted").fetchone() == (300,)


def test_one_at_a_time_and_the_next_when_it_is_given_back(tmp_path: Path) -> None:
    turn = Turn(str(tmp_path / "turn"))
    order: list[str] = []

    def second() -> None:
        end = turn.take(5)
        order.append("second")
        end()

    end = turn.take(5)
    thread = threading.Thread(target=second)
    thread.start()
    time.sleep(0.05)
    order.append("first")
    end()
    thread.join()
    assert order == ["first", "second"]


@pytest.mark.parametrize("copied", [False, True])
def test_word_of_the_end_reaches_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copied: bool) -> None:
    """Who waits does not look by himself here; in a copied folder a plain file lies where the pipe should be."""
    monkeypatch.setattr(turns, "LISTEN", 60)
    if copied:
        (tmp_path / "turn-word").write_bytes(b"copied")
    one, other = Turn(str(tmp_path / "turn")), Turn(str(tmp_path / "turn"))
    for _ in range(20):
        held = one.take(5)
        waiting = threading.Thread(target=lambda: other.take(120)(), daemon=True)
        waiting.start()
        time.sleep(0.01)
        held()
        waiting.join(30)
        assert not waiting.is_alive(), "nobody told it"


FORKING = """
import os, sys, time
from tongqu.assembly.sqlite import turns
end = turns.at(sys.argv[1]).take(5)
child = os.fork()
if not child:
    if sys.argv[2] == "ends":
        end()  # as an inherited connection does when it is closed
    print("forked", flush=True)
    time.sleep(60)
    os._exit(0)
print(child, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(("child_does", "parent_is_killed"), [("sleeps", True), ("ends", False)])
def test_a_turn_is_its_process_s_own_and_no_child_s(tmp_path: Path, child_does: str, parent_is_killed: bool) -> None:
    """A forked child neither keeps its parent's turn when he is killed nor ends it while he lives."""
    database = str(tmp_path / "turns.sqlite3")
    parent = subprocess.Popen(
        [sys.executable, "-c", FORKING, database, child_does],
        env={"PYTHONPATH": str(ROOT / "src")}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert parent.stdout is not None
    said = {parent.stdout.readline().strip() for _ in range(2)}
    (child,) = said - {"forked"}
    try:
        if parent_is_killed:
            parent.kill()
            parent.wait()
        began = time.monotonic()
        turns.at(database).take(1.5)()
        waited = time.monotonic() - began
        assert (waited < 1) == parent_is_killed
    finally:
        parent.kill()
        parent.wait()
        os.kill(int(child), signal.SIGKILL)


def test_who_has_waited_too_long_goes_on_without_a_turn(tmp_path: Path) -> None:
    """Of the same process and of another one: neither waits for ever for somebody who is stuck."""
    one, other = Turn(str(tmp_path / "turn")), Turn(str(tmp_path / "turn"))
    held = one.take(5)
    for waiting in (one, other):
        began = time.monotonic()
        end = waiting.take(0.05)
        assert 0.04 < time.monotonic() - began < 3
        end()
    held()
    one.take(0)()
    other.take(0)()


def test_the_background_lets_who_waits_for_a_page_go_first(tmp_path: Path) -> None:
    """Each Turn stands for a process. The worker asked first, and is served last."""
    holder, worker, web = (Turn(str(tmp_path / "turn")) for _ in range(3))
    order: list[str] = []

    def write(turn: Turn, name: str, background: bool) -> None:
        end = turn.take(5, background=background)
        order.append(name)
        time.sleep(0.02)
        end()

    held = holder.take(5)
    threads = [threading.Thread(target=write, args=(worker, "worker", True))]
    threads += [threading.Thread(target=write, args=(web, f"page {n}", False)) for n in range(3)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    held()
    for thread in threads:
        thread.join()
    assert order[-1] == "worker" and len(order) == 4


def test_whoever_has_the_turn_sees_that_a_page_waits(tmp_path: Path) -> None:
    """The worker writes several things in one turn only as long as nobody waits, here or in another process."""
    worker, web = Turn(str(tmp_path / "turn")), Turn(str(tmp_path / "turn"))
    for waiting in (web, worker):
        held = worker.take(5, background=True)
        assert not worker.somebody_waits()
        page = threading.Thread(target=lambda turn=waiting: turn.take(5)())
        page.start()
        until = time.monotonic() + 5
        while not worker.somebody_waits():
            assert time.monotonic() < until
            time.sleep(0.001)
        held()
        page.join()
        assert not worker.somebody_waits()


def test_the_background_is_not_kept_waiting_for_ever(tmp_path: Path) -> None:
    """Somebody always waits for a page; the worker has its turn after a moment all the same."""
    worker, web = Turn(str(tmp_path / "turn")), Turn(str(tmp_path / "turn"))
    web._wait_in_foreground(1)
    began = time.monotonic()
    worker.take(5, background=True)()
    assert turns.PATIENCE <= time.monotonic() - began < 5
    web._wait_in_foreground(-1)
    began = time.monotonic()
    worker.take(5, background=True)()
    assert time.monotonic() - began < turns.PATIENCE


@pytest.mark.django_db(transaction=True)
def test_a_turn_ends_with_its_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection, connections, transaction

    from tongqu.kernel.jobs.models import Schedule

    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    monkeypatch.setattr(connections["default"], "is_in_memory_db", lambda: False)
    monkeypatch.setitem(turns._turns, str(connection.settings_dict["NAME"]), turn := Turn(str(tmp_path / "turn")))
    with transaction.atomic():
        assert turn._threads.locked()
    assert not turn._threads.locked()
    Schedule.objects.filter(name="nobody").update(worker="")  # outside a transaction
    assert not turn._threads.locked()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        raise ZeroDivisionError
    assert not turn._threads.locked()


@pytest.mark.django_db(transaction=True)
def test_a_single_statement_that_writes_waits_for_its_turn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import connection, connections

    from tongqu.kernel.jobs.models import Schedule

    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    taken: list[str] = []
    monkeypatch.setattr(connections["default"], "take_turn", lambda: taken.append("taken") or (lambda: None))
    Schedule.objects.filter(name="nobody").update(worker="")
    Schedule.objects.filter(name="nobody").exists()
    assert taken == ["taken"]
