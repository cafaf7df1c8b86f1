"""How long `tongqu up` takes on new and on known data, how much memory it holds, and how fast `/` answers.

`python bench/start.py [requests]`, 500 unless told otherwise. Times are wall-clock, from the command to the first
answer; memory is proportional (PSS), summed over the processes, where the system tells it.
"""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]


def main(requests: int) -> None:
    sys.path.insert(0, str(ROOT))
    from tests.rig import live

    folder = Path(tempfile.mkdtemp(prefix="tongqu-start-"))
    try:
        for name in ("first start", "second start"):
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "tongqu.faces.cli", "up", "--port", "0", "--data-dir", str(folder)],
                env=live.clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            url, _ = live.read_greeting(process)
            print(f"{name}: {time.perf_counter() - began:.1f} s")
            if name == "second start":
                print(f"memory: {pss(process.pid):.0f} MB (PSS)")
                rate(url, requests)
            began = time.perf_counter()
            process.terminate()
            process.wait(15)
            print(f"  stopped in {time.perf_counter() - began:.1f} s")
    finally:
        shutil.rmtree(folder)


def rate(url: str, requests: int) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        connection.request("GET", "/")
        connection.getresponse().read()
        taken.append(time.perf_counter() - began)
    taken.sort()
    median, late = taken[len(taken) // 2] * 1000, taken[len(taken) * 95 // 100] * 1000
    print(f"GET /: median {median:.1f} ms, 95% within {late:.1f} ms")


def pss(pid: int) -> float:
    """Megabytes held by a process and all below it; 0 where the system does not say."""
    total, waiting = 0, [pid]
    while waiting:
        one = waiting.pop()
        try:
            rollup = Path(f"/proc/{one}/smaps_rollup").read_text()
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
            for task in Path(f"/proc/{one}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except (OSError, StopIteration):
            continue
    return total / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
