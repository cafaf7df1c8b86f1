"""What follows when a period runs out, carried out by the platform exactly once.

    @on_miss("deemed_accepted")
    def accept(act: Act, clock: Clock) -> None: ...

A later room registers the consequence; it runs in the transaction that marks the clock, as the platform itself, with
the rule cited. It may be tried again after a failure, never after a success: either all of it is on record or none.
Provisional clocks are never missed, and a consequence that no room has registered leaves its clocks untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import models

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.law import events
from tongqu.kernel.law.models import Clock

log = logging.getLogger(__name__)
Handler = Callable[[Act, Clock], None]
BATCH = 100
LONGEST_WAIT = 3600  # seconds between two tries of a consequence that keeps failing

_handlers: dict[str, Handler] = {}
_open_ended: set[str] = set()
_locks: dict[str, Callable[[UUID], object]] = {}


def on_miss(code: str, *, ends: bool | None = None) -> Callable[[Handler], Handler]:
    """Register what a missed clock with this code brings about.

    `ends` False: it has no legal effect, so the act is still owed and the clock is not over. Unless it is said, that is
    so for every code that ends in `overdue`. Raises ValueError if another function already answers for the code.
    """

    def register(function: Handler) -> Handler:
        known = _handlers.setdefault(code, function)
        if known is not function and known.__qualname__ != function.__qualname__:
            raise ValueError(f"two consequences for {code}")
        _handlers[code] = function
        if not (not code.endswith("overdue") if ends is None else ends):
            _open_ended.add(code)
        return function

    return register


def locks(subject_kind: str) -> Callable[[Callable[[UUID], object]], Callable[[UUID], object]]:
    """Register how a subject of this kind is locked (`select_for_update`), given its id.

    Acts lock a subject and then write its clocks. The sweep must take the two in the same order, or a clerk who acts at
    the last moment and the sweep could each wait for the other.
    """

    def register(function: Callable[[UUID], object]) -> Callable[[UUID], object]:
        _locks[subject_kind] = function
        return function

    return register


def registered() -> list[str]:
    return sorted(_handlers)


def has_consequence(clock: Clock) -> bool:
    """Whether the law itself attaches something to this clock running out, and a room carries it out."""
    return clock.on_miss in _handlers and clock.on_miss not in _open_ended


@on_miss("overdue")
def mark_overdue(act: Act, clock: Clock) -> None:
    """Nothing but the mark itself and its event, on which supervision runs."""


@on_miss("", ends=False)
def mark_only(act: Act, clock: Clock) -> None:
    """A rule that names no consequence."""


@operation("law.miss_clock")
def miss_clock(act: Act, *, clock_id: UUID) -> bool:
    """Carry out the consequence of one clock that has run out. True if done now, False if nothing was left to do.

    The subject is locked first, as the acts on it do, then the clock, which is marked before the handler is called;
    a second sweep skips it or finds it marked.
    """
    act.require("law.miss_clock")
    subject = Clock.objects.filter(id=clock_id).values_list("subject_kind", "subject_id").first()
    if subject and subject[0] in _locks:
        _locks[subject[0]](subject[1])
    clock = (
        Clock.objects.select_for_update(skip_locked=True)
        .filter(id=clock_id, state=Clock.State.RUNNING, provisional=False, due_at__lt=act.at)
        .first()
    )
    if clock is None or clock.on_miss not in _handlers:
        act.unchanged()
        return False
    clock.state, clock.missed_at, clock.outcome = Clock.State.MISSED, act.at, clock.on_miss or "overdue"
    if clock.on_miss not in _open_ended:
        clock.ended_at = act.at
    clock.version += 1
    clock.save(update_fields=["state", "missed_at", "outcome", "ended_at", "version"])
    body = {
        "subject": [clock.subject_kind, clock.subject_id], "name": clock.name, "due_at": clock.due_at,
        "outcome": clock.outcome,
    }  # fmt: skip
    act.emit(
        events.CLOCK_MISSED, subject=("clock", clock.id), version=clock.version, body=body,
        rule=clock.consequence_cite,
    )  # fmt: skip
    _handlers[clock.on_miss](act, clock)
    return True


def sweep() -> int:
    """Carry out all that has run out by now, each clock in its own transaction; returns how many.

    One that fails is logged and tried again later, ever more slowly; it does not keep the others waiting.
    """
    done, after = 0, None
    while batch := _due(after):
        for due_at, clock_id, tenant_id in batch:
            try:
                done += miss_clock(Actor.system(tenant_id), clock_id=clock_id)
            except Exception:
                log.exception("the consequence of clock %s failed and will be tried again", clock_id)
                _put_off(clock_id)
            after = (due_at, clock_id)
    return done


def _due(after: tuple[Any, UUID] | None) -> list[tuple[Any, UUID, UUID]]:
    """The next clocks that have run out, oldest first. One query on a partial index."""
    moment = now()
    rows = Clock.objects.filter(
        state=Clock.State.RUNNING, provisional=False, due_at__lt=moment, on_miss__in=registered()
    ).filter(models.Q(try_after__isnull=True) | models.Q(try_after__lte=moment))
    if after:
        rows = rows.filter(models.Q(due_at__gt=after[0]) | models.Q(due_at=after[0], id__gt=after[1]))
    return list(rows.order_by("due_at", "id").values_list("due_at", "id", "tenant_id")[:BATCH])


def _put_off(clock_id: UUID) -> None:
    """After a failure: when to try again. No event is owed, for nothing happened to the subject."""
    tries = Clock.objects.filter(id=clock_id).values_list("tries", flat=True).first() or 0
    wait = timedelta(seconds=min(5 * 2**tries, LONGEST_WAIT))
    Clock.objects.filter(id=clock_id, state=Clock.State.RUNNING).update(
        tries=min(tries + 1, 1000), try_after=now() + wait
    )
