"""Opening, submitting and reading one case, by the verb and over HTTP, alone and with 16 clients.

`bench/cases.py [sizes]`: with the demonstration's handful of cases unless told otherwise, or with so many in the
database (`bench/cases.py 100000`; see `bench/_fill.py`). Over HTTP the product's own web process answers (one process,
four threads) with its worker beside it; the load comes from a process of its own. SQLite with synchronous FULL, or what
TQ_DATABASE_URL names. Two minutes without filling.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

ALONE, MANY, CLIENTS, OFFERED = 100, 400, 16, 100
GIVEN = {"declaration": ["yes"]}
TRIAGE = {"what": "serve_meals", "small_by_area": "above", "small_by_kind": "not_small"}


def main(sizes: list[int]) -> None:
    from bench import _city, _fill
    from bench._calibration import around

    _city.open_city()
    world = _city.world()
    for size in sizes:
        if size:
            _fill.to(size)
        with around(f"cases, {size or 'few'} in the database"):
            _by_verb(world)
            _over_http(world)


def _by_verb(world: Any) -> None:
    from tongqu.foundation.uuid7 import uuid7
    from tongqu.kernel.cases import operations as cases
    from tongqu.kernel.cases.queries import access_case
    from tongqu.kernel.cases.tests.world import FACTS

    def open_one() -> None:
        cases.open_draft(
            world.owner, package_version_id=world.package.id, applicant_id=world.shop, applicant_kind="sole_trader",
            applicant_name="清溪区秋实小馆", region_code="990102000000", facts=FACTS, key=str(uuid7()),
        )  # fmt: skip

    read = world.accepted()

    def read_one() -> None:
        view = access_case(world.staff["clerk"], case_id=read, purpose="bench")
        assert len(view.history) + len(view.clocks) and view.entries_shown and view.offers is not None

    waiting = drafts(world, ALONE + 1)

    def submit_one() -> None:
        world.act("owner", waiting.pop(), "submit", inputs=GIVEN, key=str(uuid7()))

    alone("open a draft, by the verb", open_one)
    alone("submit, by the verb", submit_one)
    alone("one case read and judged, by the verb", read_one)


def drafts(world: Any, count: int) -> list[UUID]:
    """Complete drafts of the restaurant, ready to submit: one made through the engine, the rest copies of its rows."""
    from django.db import transaction

    from tongqu.foundation.uuid7 import uuid7
    from tongqu.kernel.cases.models import Case, CaseMaterial, CaseParty

    first = world.draft()
    ids = [uuid7() for _ in range(count - 1)]
    with transaction.atomic():
        for model, field in ((Case, "id"), (CaseParty, "case_id"), (CaseMaterial, "case_id")):
            rows = list(model.objects.filter(**{field: first}).values())
            copies = [model(**{**row, "id": uuid7(), field: one}) for one in ids for row in rows]
            model.objects.bulk_create(copies, batch_size=200)
    return [first, *ids]


def _over_http(world: Any) -> None:
    from bench import _city
    from tongqu.foundation.uuid7 import uuid7

    token = "t" * 32
    owner = _city.session_of("chenliqiu", acting_for=world.owner.mandate_id)
    head = {"Cookie": f"sessionid={owner}; csrftoken={token}", "X-CSRFToken": token}
    clerk = {"Cookie": f"sessionid={_city.session_of('clerk1')}"}
    read = world.accepted()

    def submits(count: int) -> list[dict[str, Any]]:
        return [
            _request("POST", f"/api/v1/cases/{one}/acts/submit", {"inputs": GIVEN, "expected_version": _version(one)},
                     {**head, "Idempotency-Key": str(uuid7())})
            for one in drafts(world, count)
        ]  # fmt: skip

    def opens(count: int) -> list[dict[str, Any]]:
        return [
            _request("POST", "/api/v1/services/food-business-licence/drafts", {"triage": TRIAGE},
                     {**head, "Idempotency-Key": str(uuid7())})
            for _ in range(count)
        ]  # fmt: skip

    for processes in (1, 2):
        print(f"{processes} web process(es)", flush=True)
        with _city.server(workers=1, processes=processes) as (address, _):
            _loads(address, read, clerk, opens, submits)


def _loads(address: str, read: UUID, clerk: dict[str, str], opens: Any, submits: Any) -> None:
    load("one case, JSON", address, [_request("GET", f"/api/v1/cases/{read}", None, clerk)] * ALONE, 1)
    load("one case, the desk's page", address, [_request("GET", f"/desk/cases/{read}", None, clerk)] * ALONE, 1)
    load("open a draft", address, opens(ALONE), 1)
    load("submit", address, submits(ALONE), 1)
    load(f"open a draft, {CLIENTS} clients", address, opens(MANY), CLIENTS)
    load(f"submit, {CLIENTS} clients", address, submits(MANY), CLIENTS)
    load(f"submit, {OFFERED} a second offered", address, submits(MANY), CLIENTS, OFFERED)


def _version(case_id: UUID) -> int:
    from tongqu.kernel.cases.models import Case

    return Case.objects.values_list("version", flat=True).get(id=case_id)


def _request(method: str, path: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
    return {"method": method, "path": path, "body": body, "headers": headers}


def load(what: str, address: str, requests: list[dict[str, Any]], clients: int, rate: int = 0) -> None:
    from bench._calibration import quantile

    plan = json.dumps({"address": address, "clients": clients, "requests": requests, "rate": rate})
    command = [sys.executable, str(Path(__file__).with_name("_load.py"))]
    said = json.loads(subprocess.run(command, input=plan, capture_output=True, text=True, check=True).stdout)
    taken = [one * 1000 for one in said["taken"]]
    print(
        f"HTTP, {what:<40} median {quantile(taken, 0.5):6.1f} ms, p95 {quantile(taken, 0.95):6.1f} ms, "
        f"{len(taken) / said['wall']:6.1f} a second, {said['statuses']} {said['first_fault']}",
        flush=True,
    )


def alone(what: str, work: Callable[[], None]) -> None:
    from bench._calibration import quantile

    work()
    taken, busy = [], time.process_time()
    for _ in range(ALONE):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    spent = (time.process_time() - busy) * 1000 / ALONE
    print(
        f"{what:<46} median {quantile(taken, 0.5):6.1f} ms, p95 {quantile(taken, 0.95):6.1f} ms, "
        f"{spent:5.1f} ms of processor",
        flush=True,
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main([int(word) for word in sys.argv[1:]] or [0])
