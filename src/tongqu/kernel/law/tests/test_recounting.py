"""Clocks moved by several workers at once, and by one that dies: each once, with one event."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tongqu.kernel.law.tests.test_misses import House

PROGRAM = Path(__file__).with_name("recounter.py")


@pytest.fixture
def house(tmp_path: Path, transactional_db: None) -> House:
    return House(tmp_path, PROGRAM)


@pytest.mark.slow
def test_two_workers_at_once_move_each_clock_once(house: House) -> None:
    house.ask("prepare", "200")
    together = str(time.time() + 6)
    both = [house.run("recount", together), house.run("recount", together)]
    for process in both:
        process.communicate(timeout=120)
    assert [process.returncode for process in both] == [0, 0]
    assert house.ask("count") == "moved 200, events 200, of 200, waiting 200"


@pytest.mark.slow
def test_one_killed_in_the_middle_leaves_the_rest_to_the_next(house: House) -> None:
    house.ask("prepare", "100")
    slow = house.run("recount-slowly")
    assert slow.stdout is not None
    assert slow.stdout.readline().strip() == "in the middle"
    slow.send_signal(signal.SIGKILL)
    slow.wait(timeout=30)
    assert house.ask("count") == "moved 30, events 30, of 30, waiting 30", "the batch it was in left nothing"
    assert house.ask("recount") == "done"
    assert house.ask("count") == "moved 100, events 100, of 100, waiting 100"
