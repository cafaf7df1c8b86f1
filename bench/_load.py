"""A small load client in a process of its own: reads one JSON plan from standard input, prints one JSON answer.

{"address": "host:port", "clients": 16, "requests": [{"method", "path", "body": {…} or null, "headers": {…}}, …],
 "rate": 0: as fast as answers come; else so many requests fall due each second, and each is timed from when it was due}
→ {"taken": [seconds, …], "wall": seconds, "statuses": {"200": n, …}, "first_fault": text}
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections import Counter
from typing import Any


def main(plan: dict[str, Any]) -> dict[str, Any]:
    waiting = [(n / (plan.get("rate") or 1), one) for n, one in enumerate(plan["requests"])][::-1]
    start: list[float] = []
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    fault: list[str] = []
    begin = threading.Barrier(plan["clients"] + 1)

    def client() -> None:
        connection = http.client.HTTPConnection(plan["address"], timeout=120)
        connection.connect()
        begin.wait()
        while True:
            try:
                due, one = waiting.pop()
            except IndexError:
                return
            if plan.get("rate"):
                time.sleep(max(0, start[0] + due - time.perf_counter()))
            body = None if one["body"] is None else json.dumps(one["body"])
            headers = {**one["headers"], "Content-Type": "application/json"} if body else one["headers"]
            began = start[0] + due if plan.get("rate") else time.perf_counter()
            connection.request(one["method"], one["path"], body, headers)
            answer = connection.getresponse()
            said = answer.read()
            taken.append(time.perf_counter() - began)
            statuses[str(answer.status)] += 1
            if answer.status >= 400 and not fault:
                fault.append(said.decode("utf-8", "replace")[:400])

    threads = [threading.Thread(target=client) for _ in range(plan["clients"])]
    for thread in threads:
        thread.start()
    start.append(time.perf_counter())
    begin.wait()
    began = start[0]
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - began
    return {"taken": taken, "wall": wall, "statuses": dict(statuses), "first_fault": fault[0] if fault else ""}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
