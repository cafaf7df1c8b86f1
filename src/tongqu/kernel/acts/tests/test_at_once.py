"""Two callers at the same moment, on a server that lets them: one does it, the other gets the same answer."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import kinds, relay
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs import queue
from tongqu.kernel.jobs.models import Job
from tongqu.kernel.jobs.registry import job

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
SYSTEM = Actor.system(default_tenant())
kinds.declare("test.slow", "慢慢发生了")


@pytest.fixture(autouse=True)
def _server() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@operation("test.slow")
def slowly(act: Act) -> dict[str, Any]:
    act.allow(True)
    time.sleep(0.2)
    act.emit("test.slow", subject=("test", uuid7()))
    return {"id": uuid7()}


@job("test.unique", unique="{n}")
def unique(*, n: int) -> None: ...


def at_once(call: Any, times: int) -> list[Any]:
    gate = threading.Barrier(times)

    def one(_: int) -> Any:
        try:
            gate.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_one_key_at_once() -> None:
    answers = at_once(lambda: slowly(SYSTEM, key="k"), 4)
    assert len({a["id"] for a in answers}) == 1
    assert Event.objects.count() == 1


def test_two_relays_at_once_hand_on_each_event_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    monkeypatch.setattr(relay, "_subscribers", {})
    relay.subscribe("slow", ["*"])(lambda events: (time.sleep(0.02), seen.extend(e.id for e in events))[0])
    for _ in range(3):
        slowly(SYSTEM)
    at_once(lambda: relay.relay_once(limit=1), 6)
    relay.drain()
    assert len(seen) == len(set(seen)) == 3
    assert not Outbox.objects.exists()


def test_claims_at_once_share_nothing() -> None:
    for n in range(20):
        unique.enqueue(n=n)
    taken = [row.id for rows in at_once(lambda: queue.claim("w", limit=7), 4) for row in rows]
    assert len(taken) == len(set(taken)) == 20


def test_a_unique_job_asked_for_at_once_is_one_job() -> None:
    ids = at_once(lambda: unique.enqueue(n=1), 6)
    assert len(set(ids)) == 1
    assert Job.objects.count() == 1
