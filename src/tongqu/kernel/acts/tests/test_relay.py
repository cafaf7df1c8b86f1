"""The relay hands each event to each subscriber exactly once, also when a subscriber fails."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import kinds, relay
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import Event, Outbox, ReadLog
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.reading import log_read
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs import moments, registry
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.worker import run_pending

pytestmark = pytest.mark.django_db

for name in ("test.one", "test.two", "other.three"):
    kinds.declare(name, "发生了")
SYSTEM = Actor.system(default_tenant())


@pytest.fixture(autouse=True)
def _own_subscribers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "_subscribers", {})
    known = registry.all_schedules()
    monkeypatch.setattr(registry, "_schedules", {"acts.relay": known["acts.relay"]})


@operation("test.happen")
def happen(act: Act, *, kinds: Sequence[str]) -> None:
    act.require("test.happen")
    for kind in kinds:
        act.emit(kind, subject=("test", uuid7()))


class Subscriber:
    """Leaves a line in the read log for each event it takes; fails as long as `broken` says so."""

    def __init__(self, name: str, *kinds: str, broken: bool = False) -> None:
        self.name, self.broken, self.batches = name, broken, 0
        relay.subscribe(name, kinds)(self)

    def __call__(self, events: Sequence[Event]) -> None:
        self.batches += 1
        for event in events:
            log_read(SYSTEM, subject=(self.name, event.id), purpose=event.kind)
        if self.broken:
            raise ConnectionError("not now")

    @property
    def taken(self) -> list[str]:
        return list(ReadLog.objects.filter(subject_kind=self.name).order_by("id").values_list("purpose", flat=True))


def test_each_event_goes_once_to_each_subscriber_that_wants_it_oldest_first() -> None:
    everything, tests, one = Subscriber("all", "*"), Subscriber("tests", "test.*"), Subscriber("one", "test.one")
    happen(SYSTEM, kinds=["test.one", "other.three", "test.two"])
    assert relay.drain() == 3
    assert relay.drain() == 0
    assert everything.taken == ["test.one", "other.three", "test.two"]
    assert tests.taken == ["test.one", "test.two"]
    assert one.taken == ["test.one"]
    assert everything.batches == 1
    assert not Outbox.objects.exists()


def test_batches_are_bounded() -> None:
    everything = Subscriber("all", "*")
    happen(SYSTEM, kinds=["test.one"] * 5)
    assert [relay.relay_once(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert everything.batches == 3


def test_a_failing_subscriber_is_undone_alone_and_served_later_exactly_once() -> None:
    good, bad = Subscriber("good", "*"), Subscriber("bad", "*", broken=True)
    happen(SYSTEM, kinds=["test.one", "test.two"])
    run_pending()
    assert good.taken == ["test.one", "test.two"]
    assert bad.taken == []  # what it did before it failed is undone
    assert not Outbox.objects.exists()
    assert Job.objects.filter(kind="acts.redeliver", state=State.READY).count() == 2

    bad.broken = False
    run_pending(until=moments.business() + timedelta(minutes=1))
    assert sorted(bad.taken) == ["test.one", "test.two"]
    run_pending(until=moments.business() + timedelta(hours=2))
    assert len(bad.taken) == 2
    assert good.batches == 1
    assert not Job.objects.exclude(state=State.DONE).exists()


def test_parking_costs_one_insert_whatever_the_size_of_the_batch(django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    relay.subscribe("bad", ["*"])(lambda events: 1 / 0)  # type: ignore[arg-type, return-value]
    happen(SYSTEM, kinds=["test.one"] * 30)
    with django_assert_max_num_queries(10):
        relay.relay_once()
    assert Job.objects.count() == 30


def test_an_event_that_no_one_wants_leaves_the_outbox() -> None:
    happen(SYSTEM, kinds=["test.one"])
    assert relay.drain() == 1
    assert not Outbox.objects.exists()


def test_a_subscriber_that_is_gone_ends_in_a_failed_job_for_a_person() -> None:
    Subscriber("bad", "*", broken=True)
    happen(SYSTEM, kinds=["test.one"])
    run_pending()
    relay._subscribers.clear()
    for hours in range(1, 40):
        run_pending(until=moments.business() + timedelta(hours=2 * hours))
    job = Job.objects.get(kind="acts.redeliver")
    assert (job.state, job.attempts, job.error_class) == (State.FAILED, 12, "builtins.KeyError")


def test_an_idle_relay_only_reads(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        assert relay.relay_once() == 0


def test_the_pace_follows_the_time_a_batch_took() -> None:
    pace = relay.Pace()
    for _ in range(10):
        pace.learn(pace.size, 0.01)
    assert pace.size == relay.LARGEST
    pace.learn(3, 0.01)
    assert pace.size == relay.LARGEST, "a batch that was not full says nothing of a larger one"
    for _ in range(10):
        pace.learn(pace.size, 1.0)
    assert pace.size == relay.SMALLEST
