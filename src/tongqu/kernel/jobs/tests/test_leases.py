"""Leases that go wrong: a worker that ends, one that forgets a job, work that is asked for while it is lost."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from tongqu.kernel.jobs import moments, queue, registry, worker
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.registry import job
from tongqu.kernel.jobs.rules import Lane
from tongqu.kernel.jobs.worker import run_pending

seen: list[str] = []


@pytest.fixture(autouse=True)
def _empty(monkeypatch: pytest.MonkeyPatch) -> None:
    seen.clear()
    monkeypatch.setattr(registry, "_schedules", {})


@job("test.leased_once", unique="{case}", attempts=2)
def leased_once(*, case: str) -> None:
    seen.append(case)


@job("test.leased")
def leased(*, word: str) -> None:
    seen.append(word)


@job("test.leased_outside", lane=Lane.CALLING)
def leased_outside(*, word: str) -> None:
    seen.append(word)


def _end_leases() -> None:
    Job.objects.filter(state=State.RUNNING).update(lease_until=moments.real() - timedelta(seconds=1))


@pytest.mark.django_db
def test_what_was_asked_for_again_is_done_although_the_attempts_were_lost_with_their_workers() -> None:
    job_id = leased_once.enqueue(case="a")
    queue.claim("first")
    _end_leases()
    queue.claim("second")
    assert leased_once.enqueue(case="a") == job_id  # somebody asks again during the last attempt
    _end_leases()
    run_pending()
    row = Job.objects.get(id=job_id)
    assert seen and set(seen) == {"a"} and row.state == State.DONE


@pytest.mark.django_db
def test_the_heartbeat_prolongs_no_lease_of_a_job_that_is_not_held_any_more() -> None:
    leased.enqueue(word="kept")
    leased.enqueue(word="forgotten")
    kept, forgotten = queue.claim("w", limit=2)
    _end_leases()
    queue.keep([kept])
    assert Job.objects.get(id=kept.id).lease_until > moments.real()  # type: ignore[operator]
    assert Job.objects.get(id=forgotten.id).lease_until < moments.real()  # type: ignore[operator]


@pytest.mark.django_db
def test_a_job_given_back_before_it_began_runs_once_whoever_asked_for_it_meanwhile() -> None:
    leased_once.enqueue(case="a")
    (row,) = queue.claim("w")
    leased_once.enqueue(case="a")
    queue.give_back(row)
    run_pending()
    assert seen == ["a"]


@pytest.mark.django_db
def test_an_outside_job_that_waited_beyond_its_lease_tells_the_world_nothing_another_worker_has_told() -> None:
    leased_outside.enqueue(word="a")
    (slept,) = queue.claim("slept")
    slept.lease_until = moments.real() - timedelta(seconds=1)
    _end_leases()
    (taken_over,) = queue.claim("awake")
    worker._run_job(taken_over)
    assert seen == ["a"]
    worker._run_job(slept)
    assert seen == ["a"]


@pytest.mark.django_db
def test_an_outside_job_that_nobody_took_meanwhile_is_run_all_the_same() -> None:
    leased_outside.enqueue(word="a")
    (row,) = queue.claim("w")
    row.lease_until = moments.real() - timedelta(seconds=1)
    worker._run_job(row)
    assert seen == ["a"] and Job.objects.get().state == State.DONE


@pytest.mark.django_db
def test_the_heartbeat_tells_a_waiting_job_how_long_it_is_held(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    leased_outside.enqueue(word="a")
    (row,) = queue.claim("w")
    row.lease_until = moments.real() - timedelta(seconds=1)
    queue.keep([row])
    with django_assert_num_queries(3):  # a savepoint and the end: nothing is asked of one that is held
        queue.run_outside(row, lambda: None)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_worker_ends_in_time_however_many_of_its_lanes_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's database of the tests is one thread's own")
    monkeypatch.setattr(worker, "GRACE", 1.0)
    go_on, stop = threading.Event(), threading.Event()
    monkeypatch.setattr(registry, "_jobs", {**registry._jobs})
    for lane in Lane:
        job(f"test.long_{lane}", lane=lane)(lambda: seen.append("begun") or go_on.wait(20)).enqueue()
    running = threading.Thread(target=worker.run, args=[stop])
    running.start()
    while len(seen) < len(Lane):
        time.sleep(0.01)
    asked = time.monotonic()
    stop.set()
    running.join(10)
    took = time.monotonic() - asked
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith(tuple(f"{lane}-" for lane in Lane)):
            thread.join(5)
    assert took < 1.8
