"""`tongqu up`, really started: what it says, what it refuses, and how it ends."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.rig.live import Live, clean_environment, platform, read_greeting, tongqu, wait_until
from tongqu.faces.cli import data

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def running() -> Iterator[Live]:
    with platform() as live:
        yield live


def status(url: str, host: str = "") -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", "/", headers={"Host": host} if host else {})
    return connection.getresponse().status


def processes_of(folder: Path) -> list[int]:
    """The platform's processes on a data folder, `up` itself among them (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes() if entry.name.isdigit() else b""
            command = (entry / "cmdline").read_bytes() if environment else b""
        except OSError:
            continue
        if b"tongqu.faces.cli" in command and (str(folder).encode() in environment + command):
            found.append(int(entry.name))
    return found


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks processes up in /proc")


def test_it_says_where_to_go_and_who_may_sign_in(running: Live) -> None:
    assert running.url in running.greeting and "Ctrl-C" in running.greeting
    assert running.logins, "the demonstration has logins"
    for row in running.logins.values():
        assert row["login"] in running.greeting and row["password"] in running.greeting
    assert status(running.url) == 200


def test_another_host_name_is_refused(running: Live) -> None:
    assert status(running.url, "elsewhere.example") == 400


def test_everything_in_the_data_folder_is_known_as_ours(running: Live) -> None:
    status(running.url)
    strangers = {entry.name for entry in running.data_dir.iterdir()} - set(data.OWN) - {data.LOCK}
    assert not strangers, "add them to tongqu.faces.cli.data.OWN, so that --fresh removes them"


def test_the_data_folder_is_closed_to_others(running: Live) -> None:
    assert (running.data_dir / "keys").stat().st_mode & 0o077 == 0


def test_a_second_start_on_the_same_data_names_the_first(running: Live) -> None:
    done = tongqu("up", "--data-dir", str(running.data_dir), "--port", "0")
    assert done.returncode == 1
    assert str(running.process.pid) in done.stderr and done.stderr.count("\n") == 1
    fresh = tongqu("up", "--data-dir", str(running.data_dir), "--port", "0", "--fresh")
    assert fresh.returncode == 1 and status(running.url) < 500, "and --fresh does not pull it from under the first"


def test_a_busy_port_names_another(running: Live, tmp_path: Path) -> None:
    port = str(urlsplit(running.url).port)
    done = tongqu("up", "--data-dir", str(tmp_path / "data"), "--port", port)
    assert done.returncode == 1 and "--port" in done.stderr and done.stderr.count("\n") == 1


def test_fresh_refuses_a_folder_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("x")
    done = tongqu("up", "--data-dir", str(tmp_path), "--fresh", "--port", "0")
    assert done.returncode == 1 and "--fresh" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["letters.txt"]


def test_commands_work_beside_it(running: Live) -> None:
    assert "demonstration time" in running.tq("demo", "clock")
    assert running.tq("migrate", "--check")


def words_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def start(folder: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tongqu.faces.cli", "up", "--port", "0", "--data-dir", str(folder), "--no-demo", *words],
        env=clean_environment(), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return process, read_greeting(process)[0]


@linux
def test_how_it_ends(tmp_path: Path) -> None:
    """Ctrl-C ends all with status 0; a killed child ends the other; a killed parent ends both; the next start works."""
    folder = tmp_path / "data"
    for signum, stop in ((signal.SIGINT, "parent"), (signal.SIGTERM, "parent"), (signal.SIGKILL, "parent")):
        process, url = start(folder)
        assert status(url) < 500
        began = time.monotonic()
        process.send_signal(signum)
        said = process.communicate(timeout=15)[0]
        assert time.monotonic() - began < 5, (stop, signum)
        if signum != signal.SIGKILL:
            assert process.returncode == 0 and "Traceback" not in said
        assert wait_until(lambda: not processes_of(folder), 10), "nothing is left behind"

    for name in ("worker", "web"):
        process, url = start(folder)
        child = next(p for p in processes_of(folder) if name in words_of(p))
        os.kill(child, signal.SIGKILL)
        said = process.communicate(timeout=15)[0]
        assert process.returncode == 1 and f"the {name} process ended" in said, said
        assert wait_until(lambda: not processes_of(folder), 10), "nothing is left behind"


@linux
def test_the_second_start_is_quick_and_fresh_is_fresh(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    process, _ = start(folder)
    process.terminate()
    process.wait(15)
    key = (folder / "keys" / "master").read_text()
    began = time.monotonic()
    process, url = start(folder)
    taken = time.monotonic() - began
    assert status(url) < 500
    process.terminate()
    assert "preparing" not in process.communicate(timeout=15)[0]
    assert (folder / "keys" / "master").read_text() == key
    assert taken < 15, "5 s on an idle machine; tests run beside others"
    process, _ = start(folder, "--fresh")
    process.terminate()
    process.wait(15)
    assert (folder / "keys" / "master").read_text() != key
