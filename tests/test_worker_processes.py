"""`tongqu worker --processes`: several workers on the data of a running platform; they live and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.live import Live, clean_environment, platform, tongqu, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks processes up in /proc"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[Live]:
    with platform() as live:
        yield live


@pytest.fixture
def family(running: Live) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tongqu.faces.cli", "worker", "--processes", "2"],
        env=clean_environment(TQ_DATA_DIR=str(running.data_dir), DJANGO_SETTINGS_MODULE="tongqu.assembly.settings"),
    )
    try:
        assert wait_until(lambda: len(below(process.pid)) == 2 and not asleep(running, below(process.pid)), 60)
        yield process
    finally:
        process.kill()
        process.wait()


def below(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def asleep(running: Live, pids: list[int]) -> list[int]:
    """Those of these workers that do not work yet: each at work keeps a file with its number in its name."""
    signs = [path.name for path in (running.data_dir / "workers").iterdir()]
    return [pid for pid in pids if not any(f"-{pid}-" in name for name in signs)]


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_asked_to_end_all_end_well(family: subprocess.Popen[bytes]) -> None:
    workers = below(family.pid)
    family.terminate()
    assert family.wait(40) == 0
    assert not any(lives(pid) for pid in workers)


def test_when_one_dies_the_others_end_and_the_family_says_so(family: subprocess.Popen[bytes]) -> None:
    first, second = below(family.pid)
    os.kill(first, signal.SIGKILL)
    assert family.wait(40) == 1
    assert not lives(second)


def test_the_workers_notice_that_their_family_is_gone(family: subprocess.Popen[bytes]) -> None:
    workers = below(family.pid)
    os.kill(family.pid, signal.SIGKILL)
    assert wait_until(lambda: not any(lives(pid) for pid in workers), 40)


def test_those_who_wait_for_a_page_go_first_at_the_processor(family: subprocess.Popen[bytes]) -> None:
    assert [os.getpriority(os.PRIO_PROCESS, pid) for pid in below(family.pid)] == [10, 10]


@pytest.mark.parametrize(
    ("option", "said", "allowed"),
    [("--processes", said, "1–64") for said in ("0", "-1", "65", "two")]
    + [("--nice", said, "0–19") for said in ("-1", "20", "much")],
)
def test_a_number_that_makes_no_sense_is_refused(running: Live, option: str, said: str, allowed: str) -> None:
    answer = tongqu("worker", f"{option}={said}", TQ_DATA_DIR=str(running.data_dir))
    assert answer.returncode == 2 and allowed in answer.stderr
