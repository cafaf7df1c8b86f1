"""However consultations come and go, the time to answer rests exactly while one is open, on a ground that fits."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.cases.models import Consultation
from tongqu.kernel.cases.tests.seekers import Seekers, at, clock_of, registered
from tongqu.kernel.law import register
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.rules import Pause, due
from tongqu.kernel.law.work import sweep

pytestmark = pytest.mark.django_db
GROUNDS = {"third_party": "pause.third_party", "co_maker": "pause.co_maker"}


def step(who: Seekers, case_id: UUID, dice: random.Random, now: datetime) -> None:
    """One thing that a clerk may do now, or nothing but the platform's sweep."""
    sweep()
    rows = list(Consultation.objects.filter(case_id=case_id, outcome="").order_by("id"))
    row = dice.choice(rows) if rows else None
    what = dice.choice(["ask", "receive", "answer", "call off", "nothing"])
    if what == "ask":
        who.consult(case_id, dice.choice(sorted(GROUNDS)))
    elif row and what == "receive" and row.received_on is None:
        who.received(row, now.strftime("%m-%d"))
    elif row and what == "answer":
        who.answered(row, "agrees")
    elif row and what == "call off":
        who.act(
            "desk", case_id, "call_off_consultation", inputs={"consultation": str(row.id), "reason": "不再需要"}
        )  # fmt: skip


def spans(rows: list[Consultation]) -> list[tuple[datetime, datetime | None]]:
    """From when to when at least one was open."""
    found: list[tuple[datetime, datetime | None]] = []
    for row in sorted(rows, key=lambda one: one.created_at):
        if found and (found[-1][1] is None or row.created_at <= found[-1][1]):
            end = None if None in (found[-1][1], row.ended_at) else max(found[-1][1], row.ended_at)  # type: ignore[type-var]
            found[-1] = (found[-1][0], end)
        else:
            found.append((row.created_at, row.ended_at))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_the_time_rests_exactly_while_somebody_is_asked(who: Seekers, seed: int) -> None:
    dice, case_id, now = random.Random(seed), registered(who), at("03-03", 11)
    for _turn in range(14):
        now += timedelta(days=dice.choice([0, 1, 2, 5, 20]), minutes=1)
        answer = clock_of(case_id, "answer")
        if answer.state == Clock.State.MISSED or (answer.state == Clock.State.RUNNING and answer.due_at < now):
            break  # too late to ask anybody
        with clock.at(now):
            step(who, case_id, dice, now)
        rows = list(Consultation.objects.filter(case_id=case_id).order_by("id"))
        answer = clock_of(case_id, "answer")
        waiting = [row for row in rows if not row.outcome]
        assert (answer.state == Clock.State.PAUSED) == bool(waiting)
        if waiting:
            assert answer.pauses[-1]["ground"] == GROUNDS[waiting[0].kind]
        rests = [Pause("", start, end) for start, end in spans(rows)]
        if not waiting:
            expected = due(answer, answer.started_at, pauses=rests, calendar=register.calendar())
            assert answer.due_at == expected.at, "nothing but the consultations' own time is left out"
