"""Working running clocks out again when the calendar has changed: those that moved are written, each with its event.

A room that copies due dates says how its subjects are locked and what follows:

    @on_moved("case", lock=lock_cases)
    def follow(act: Act, clocks: Sequence[Clock]) -> None: ...
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, TextField
from django.db.models.functions import Cast

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.law import calendars, events
from tongqu.kernel.law.dating import Dates, dates, dates_at, work_out
from tongqu.kernel.law.models import CalendarNotice, Clock, extensions_of, pauses_of
from tongqu.kernel.law.rules import Extension, Pause

Follow = Callable[[Act, Sequence[Clock]], None]
Lock = Callable[[Iterable[UUID]], object]
READ = 2_000  # clocks looked at in one query
WRITTEN = 150  # clocks written in one transaction, so that nobody else waits long
PAUSE = 0.005  # seconds in which others get their turn

_followers: dict[str, tuple[Lock, Follow]] = {}


def on_moved(subject_kind: str, *, lock: Lock) -> Callable[[Follow], Follow]:
    """Register what follows, in the same transaction, when clocks on subjects of this kind have moved."""

    def register(function: Follow) -> Follow:
        _followers[subject_kind] = (lock, function)
        return function

    return register


@dataclass(slots=True)
class _Progress:
    row: CalendarNotice

    def note(self, last: UUID, checked: int, moved: int) -> None:
        self.row.cursor, self.row.checked, self.row.moved = last, self.row.checked + checked, self.row.moved + moved
        CalendarNotice.objects.filter(id=self.row.id).update(
            cursor=last, checked=self.row.checked, moved=self.row.moved
        )

    def end(self) -> None:
        CalendarNotice.objects.filter(id=self.row.id).update(done_at=now())


def recount(notice_id: UUID) -> None:
    """Look at every running clock that may rest on the notice's year, from where an earlier try stopped, and move those
    whose date changed. Reads outside a transaction; each small batch of moves is one operation of the platform."""
    calendars.refresh()
    progress = _Progress(CalendarNotice.objects.get(id=notice_id))
    system, since = Actor.system(progress.row.tenant_id), calendars.first_day(progress.row.year)
    while rows := _next(progress.row, since):
        at = now()
        moved = _moved([row.id for row in rows if dates_at(row, at) != dates(row)], system, notice_id)
        progress.note(rows[-1].id, len(rows), moved)
    progress.end()


@dataclass(slots=True)
class _Looked:
    """What decides whether a clock moves, and no more, because most stay where they are."""

    id: UUID
    started_at: datetime
    quantity: int
    unit: str
    day_type: str
    kept_terms: str
    kept_pauses: str
    kept_extensions: str
    promise_quantity: int | None
    promise_unit: str
    due_at: datetime
    provisional: bool
    promised_due_at: datetime | None

    direction = "after"

    @property
    def rolls(self) -> bool:
        return bool(_parsed(self.kept_terms).get("rolls", True))

    @property
    def ends(self) -> str:
        return str(_parsed(self.kept_terms).get("ends", "day"))

    @property
    def pause_list(self) -> list[Pause]:
        return pauses_of(json.loads(self.kept_pauses)) if self.kept_pauses != "[]" else []

    @property
    def extension_list(self) -> list[Extension]:
        return extensions_of(json.loads(self.kept_extensions)) if self.kept_extensions != "[]" else []


@lru_cache(256)
def _parsed(terms: str) -> dict[str, Any]:
    """Few rules run at a time, so few terms differ."""
    return dict(json.loads(terms))


def _next(notice: CalendarNotice, since: date) -> list[_Looked]:
    rows = Clock.objects.filter(calendars.touched(since))
    if notice.cursor:
        rows = rows.filter(id__gt=notice.cursor)
    found = rows.order_by("id").values_list(
        "id", "started_at", "quantity", "unit", "day_type", _text("terms"), _text("pauses"), _text("extensions"),
        "promise_quantity", "promise_unit", "due_at", "provisional", "promised_due_at",
    )[:READ]  # fmt: skip
    return [_Looked(*row) for row in found]


def _text(name: str) -> Cast:
    return Cast(name, TextField())


def _moved(ids: list[UUID], system: Actor, notice_id: UUID) -> int:
    moved = 0
    for start in range(0, len(ids), WRITTEN):
        moved += move_clocks(system, clock_ids=ids[start : start + WRITTEN], notice_id=notice_id)["moved"]
        time.sleep(PAUSE)
    return moved


@operation("law.move_clocks")
def move_clocks(act: Act, *, clock_ids: Sequence[UUID], notice_id: UUID) -> dict[str, Any]:
    """Write the new dates of those of these clocks that still run and still differ, one event each.

    The subjects are locked before the clocks, as the acts on them do. Returns {"moved": how many}.
    """
    act.allow(act.actor.kind == "system")
    for kind, subjects in _subjects(clock_ids).items():
        if kind in _followers:
            _followers[kind][0](sorted(subjects))
    rows = Clock.objects.select_for_update().filter(id__in=clock_ids, state__in=calendars.OPEN).order_by("id")
    moved: dict[str, list[Clock]] = defaultdict(list)
    for clock in rows:
        before = dates(clock)
        work_out(clock, act.at)
        if dates(clock) != before:
            clock.version += 1
            moved[clock.subject_kind].append(clock)
            _tell(act, clock, before.due_at, notice_id)
    everything = [clock for clocks in moved.values() for clock in clocks]
    if not everything:
        act.unchanged()
        return {"moved": 0}
    _write(everything)
    for kind, clocks in moved.items():
        if kind in _followers:
            _followers[kind][1](act, clocks)
    return {"moved": len(everything)}


def _write(clocks: Sequence[Clock]) -> None:
    """One update for each date that clocks move to, which are few; the rows are locked."""
    together: dict[Dates, list[UUID]] = defaultdict(list)
    for clock in clocks:
        together[dates(clock)].append(clock.id)
    for (due_at, provisional, promised), ids in together.items():
        Clock.objects.filter(id__in=ids).update(
            due_at=due_at, provisional=provisional, promised_due_at=promised, version=F("version") + 1
        )


def _subjects(clock_ids: Sequence[UUID]) -> dict[str, set[UUID]]:
    found: dict[str, set[UUID]] = defaultdict(set)
    for kind, subject_id in Clock.objects.filter(id__in=clock_ids).values_list("subject_kind", "subject_id"):
        found[kind].add(subject_id)
    return found


def _tell(act: Act, clock: Clock, before: datetime, notice_id: UUID) -> None:
    body = {
        "subject": [clock.subject_kind, clock.subject_id], "name": clock.name, "from": before, "due_at": clock.due_at,
        "provisional": clock.provisional, "notice": notice_id,
    }  # fmt: skip
    act.emit(events.CLOCK_MOVED, subject=("clock", clock.id), version=clock.version, body=body, rule=clock.cite)
