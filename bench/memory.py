"""What web and worker hold after the walk: `python bench/memory.py`. PSS, summed over the processes of each.

A few cases go through their whole lives, the worker makes the papers, and the pages of the walk are asked for many
times with four clients. A minute.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 40


def main() -> None:
    from bench import _city
    from bench._calibration import around, row
    from bench.start import pss

    _city.open_city()
    world = _city.world()
    clerk = {"Cookie": f"sessionid={_city.session_of('clerk1')}"}
    with around("memory"), _city.server(workers=1) as (address, (web, worker)):
        began = {"web": pss(web), "worker": pss(worker)}
        ids = [world.granted() for _ in range(5)]
        paths = ["/", "/services", "/services/food-business-licence", "/search?q=spjyxk", "/desk", "/law/rules",
                 *(f"/desk/cases/{one}" for one in ids), *(f"/api/v1/cases/{one}" for one in ids)]  # fmt: skip
        requests = [{"method": "GET", "path": p, "body": None, "headers": clerk} for p in paths] * ROUNDS
        plan = json.dumps({"address": address, "clients": 4, "requests": requests})
        command = [sys.executable, str(Path(__file__).with_name("_load.py"))]
        said = json.loads(subprocess.run(command, input=plan, capture_output=True, text=True, check=True).stdout)
        time.sleep(5)  # the papers
        held = {"web": pss(web), "worker": pss(worker)}
    print(f"{len(requests)} requests, {said['statuses']}; at the start {began}")
    total = sum(held.values())
    row("memory of web and worker after the walk (PSS)", "400 MB",
        f"{total:.0f} MB: web {held['web']:.0f}, worker {held['worker']:.0f}", "`./tq bench memory`")  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main()
