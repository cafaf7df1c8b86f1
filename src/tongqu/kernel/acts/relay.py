"""Hands events to their subscribers: in batches, in the transaction that takes them out of the outbox.

A subscriber's effects in our database therefore happen exactly once. One that fails is rolled back alone and its
share of the batch is parked as a job that retries with backoff.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from tongqu.kernel.acts.models import Event, Outbox
from tongqu.kernel.acts.statements import fetch, remove

log = logging.getLogger(__name__)
Handler = Callable[[Sequence[Event]], None]


@dataclass(frozen=True, slots=True)
class Subscriber:
    name: str
    kinds: tuple[str, ...]
    handle: Handler

    def wants(self, kind: str) -> bool:
        return any(k in {"*", kind} or (k.endswith(".*") and kind.startswith(k[:-1])) for k in self.kinds)


_subscribers: dict[str, Subscriber] = {}


def subscribe(name: str, kinds: Iterable[str]) -> Callable[[Handler], Handler]:
    """Call the decorated function with each batch of events of these kinds (`cases.*`, `*`), oldest first."""

    def register(function: Handler) -> Handler:
        _subscribers[name] = Subscriber(name, tuple(kinds), function)
        return function

    return register


LARGEST, SMALLEST = 200, 8
AIM = 0.02  # seconds that a batch should take: while it runs SQLite has no other writer


@dataclass(slots=True)
class Pace:
    """How many events to take at once: fewer when the last batch took long, so that nobody waits long for it."""

    size: int = 32

    def learn(self, handed: int, seconds: float) -> None:
        if seconds > 2 * AIM:
            self.size = max(SMALLEST, self.size // 2)
        elif handed == self.size and seconds < AIM:
            self.size = min(LARGEST, self.size * 2)


def relay_all(pace: Pace, *, pause: float) -> int:
    """Hand on everything that waits, in batches as `pace` says; in a pause between two other writers get their turn."""
    total = 0
    while True:
        began = time.monotonic()
        handed = relay_once(pace.size)
        total += handed
        if not handed:
            return total
        pace.learn(handed, time.monotonic() - began)
        time.sleep(pause)


def relay_once(limit: int = LARGEST) -> int:
    """Hand on up to `limit` waiting events and return how many there were. One relay runs at a time (a job lease)."""
    if not Outbox.objects.exists():  # a plain read: an idle relay takes no lock
        return 0
    with transaction.atomic():
        waiting = Outbox.objects.select_for_update(skip_locked=True).order_by("event_id")
        ids = list(waiting.values_list("event_id", flat=True)[:limit])
        if not ids:
            return 0
        events = fetch(Event, order=("id",), id__in=ids)
        for subscriber in list(_subscribers.values()):
            _hand_over(subscriber, [e for e in events if subscriber.wants(e.kind)])
        remove(Outbox, event_id__in=ids)
    return len(ids)


def drain(rounds: int = 1000) -> int:
    """Relay until nothing waits; for tests and the command line."""
    total = 0
    for _ in range(rounds):
        count = relay_once()
        total += count
        if not count:
            break
    return total


def _hand_over(subscriber: Subscriber, events: list[Event]) -> None:
    if not events:
        return
    try:
        with transaction.atomic():
            subscriber.handle(events)
    except Exception:
        log.exception("subscriber %s failed on %d events; they will be retried", subscriber.name, len(events))
        from tongqu.kernel.acts.work import redeliver

        redeliver.enqueue_many({"subscriber": subscriber.name, "event_id": str(event.id)} for event in events)


def deliver_again(subscriber: str, event_id: str) -> None:
    """One parked delivery, run by the worker as a job with its own retries."""
    _subscribers[subscriber].handle([Event.objects.get(id=event_id)])
