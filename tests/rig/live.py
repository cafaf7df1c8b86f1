"""A running platform for browser tests: the real `tongqu up`, on a temporary data folder and a free port."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def clean_environment(**more: str) -> dict[str, str]:
    """The environment of a user who has set nothing of ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TQ_", "DJANGO_"))}
    paths = {"PYTHONPATH": str(ROOT / "src"), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
    return {**kept, **paths, **more}


def tongqu(*words: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command once and return what it said."""
    return subprocess.run(
        [sys.executable, "-m", "tongqu.faces.cli", *words],
        env=clean_environment(**more), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@dataclass(slots=True)
class Live:
    """`url` without a slash at its end; `logins` as the greeting shows them, by who."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]
    greeting: str
    logins: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def desk_url(self) -> str:
        """Where the staff are served: with `--two-networks` another address than `url`."""
        return re.findall(r"http://\S+?:\d+", self.greeting)[1]  # type: ignore[no-any-return]

    def tq(self, *words: str) -> str:
        """Run a command on the same data and return its output, for example `tq("demo", "clock", "--days", "6")`."""
        done = tongqu(*words, TQ_DATA_DIR=str(self.data_dir))
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout


@contextmanager
def platform(*words: str, begins: datetime | None = None, **more: str) -> Iterator[Live]:
    """Start it and stop it; `words` are further options of `up`. `begins`: what its clock shows at the start."""
    folder = Path(tempfile.mkdtemp(prefix="tongqu-live-"))
    try:
        if begins:
            ahead = (begins - datetime.now(UTC)).total_seconds()
            (folder / "demo-clock").write_text(json.dumps({"seconds": ahead}))
        process = subprocess.Popen(
            [sys.executable, "-m", "tongqu.faces.cli", "up", "--port", "0", "--data-dir", str(folder), *words],
            env=clean_environment(**more), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            url, said = read_greeting(process)
            logins = json.loads((folder / "prepared.json").read_text()).get("logins", [])
            yield Live(url, folder, process, said, {row["who"]: row for row in logins})
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    """Whether it became true within the time."""
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def read_greeting(process: subprocess.Popen[str], within: float = 120) -> tuple[str, str]:
    """Read up to the last line of the greeting; the address is in it."""
    said, until = "", time.monotonic() + within
    assert process.stdout is not None
    while time.monotonic() < until:
        line = process.stdout.readline()
        said += line
        if line.startswith("Ctrl-C"):
            found = re.search(r"http://\S+?:\d+", said)
            assert found, said
            return found.group(), said
        if not line:
            break
    raise AssertionError(f"the platform did not start:\n{said}")
