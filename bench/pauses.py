"""How long Python's cycle collector stops the web process: `bench/pauses.py [requests]`, 600 unless told otherwise.

The product's own WSGI application is loaded as its server loads it, in this process, and asked for pages and JSON as a
clerk and a visitor would; `gc.callbacks` time each collection on the wall and by processor. Half a minute.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path
from typing import Any


def main(requests: int) -> None:
    from bench import _city, _fill
    from bench._calibration import around, quantile, row

    _city.open_city()
    world = _city.world()
    _fill.to(2_000)
    case_id = world.accepted()
    from django.conf import settings
    from django.test import Client

    from bench.lists import readers_with_accounts
    from tongqu.assembly import wsgi  # noqa: F401  freezes the collector and sets it

    settings.ALLOWED_HOSTS = ["testserver"]
    client, visitor = Client(), Client()
    client.cookies["sessionid"] = _city.session_of("clerk1")
    reader = Client()
    reader.cookies["sessionid"] = _city.session_of(readers_with_accounts()["node"])
    asked: list[tuple[Any, str]] = [
        (visitor, "/"), (visitor, "/services"), (visitor, "/search?q=开饭馆"), (client, f"/desk/cases/{case_id}"),
        (client, f"/api/v1/cases/{case_id}"), (reader, "/desk"), (reader, "/api/v1/cases/worklist?size=100"),
    ]  # fmt: skip
    pauses: dict[int, list[tuple[float, float]]] = {0: [], 1: [], 2: []}
    began = [0.0, 0.0]

    def note(phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            began[:] = [time.perf_counter(), time.thread_time()]
        else:
            taken = ((time.perf_counter() - began[0]) * 1000, (time.thread_time() - began[1]) * 1000)
            pauses[info["generation"]].append(taken)

    with around("collector pauses"):
        gc.callbacks.append(note)
        for n in range(requests):
            who, path = asked[n % len(asked)]
            answer = who.get(path)
            assert answer.status_code == 200, (path, answer.status_code)
        gc.callbacks.remove(note)
    for generation, found in pauses.items():
        if found:
            wall, busy = [w for w, _ in found], [b for _, b in found]
            print(
                f"generation {generation}: {len(found)} in {requests} requests, median {quantile(wall, 0.5):.2f} ms, "
                f"longest {max(wall):.1f} ms ({max(busy):.1f} ms of processor)"
            )
    longest = max((b for found in pauses.values() for _, b in found), default=0.0)
    row("collector pauses, the longest", "20 ms", f"{longest:.1f} ms of processor", "`./tq bench pauses`")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
