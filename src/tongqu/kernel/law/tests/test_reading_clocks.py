"""Reading clocks: what it costs, how they stand, and why they end when they do."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import at as clock_at
from tongqu.kernel.acts.models import Event
from tongqu.kernel.law import operations as law
from tongqu.kernel.law import queries, register
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.law.rules import CHINA, Rule

pytestmark = pytest.mark.django_db
TENANT = UUID(settings.TQ_TENANT_ID)
SYSTEM = Actor.system(TENANT)
HEAD = UUID("01900000-0000-7000-8000-00000000aaaa")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def start(rule_id: str = "L7", when: str = "2026-03-02T09:00", name: str = "decide", **more) -> Clock:
    with clock_at(moment(when)):
        return law.start_clock(SYSTEM, subject=("case", uuid7()), name=name, rule_id=rule_id, **more)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_clocks_of_a_subject_cost_one_query(django_assert_num_queries) -> None:
    clock = start()
    with django_assert_num_queries(1):
        found = queries.clocks_of(clock.subject)
        assert [c.id for c in found] == [clock.id]
        assert queries.running(found, "decide") == clock
        assert queries.running(found, "other") is None
        assert queries.explain(found[0]).due.at == clock.due_at
        assert why(found[0]).summary
    assert queries.clocks_of(clock.subject, tenant_id=uuid7()) == []


def test_the_clocks_of_many_subjects_cost_one_query(django_assert_num_queries) -> None:
    clocks = [start() for _ in range(5)]
    with django_assert_num_queries(1):
        found = queries.clocks_of_many("case", [c.subject_id for c in clocks] + [HEAD])
    assert {len(v) for k, v in found.items() if k != HEAD} == {1}
    assert found[HEAD] == []


def test_a_change_costs_one_update(django_assert_max_num_queries) -> None:
    clock = start()
    with clock_at(moment("2026-03-03T09:00")), CaptureQueriesContext(connection) as seen:
        law.pause_clock(SYSTEM, clock=clock, ground="pause.hearing")
    assert sum("law_clock" in q["sql"] for q in seen) == 1


@pytest.mark.parametrize(
    ("when", "code", "left"),
    [
        ("2026-03-02T09:00", "ok", 20),
        ("2026-03-26T09:00", "soon", 2),
        ("2026-03-30T23:59", "soon", 0),
        ("2026-03-31T00:00", "overdue", -1),
    ],
)
def test_how_a_clock_stands(when: str, code: str, left: int) -> None:
    found = queries.standing(start(), moment(when))
    assert (found.code, found.days_left) == (code, left)


def test_why_names_pauses_and_holidays_in_both_languages() -> None:
    clock = start(when="2026-03-23T09:00")
    with clock_at(moment("2026-03-25T15:00")):
        law.pause_clock(SYSTEM, clock=clock.id, ground="pause.expert_review")
    with clock_at(moment("2026-03-27T15:00")):
        clock = law.resume_clock(SYSTEM, clock=clock.id)
    found = queries.explain(clock)
    texts = {day.date: (day.text_zh, day.text_en) for day in found.days}
    assert texts[date(2026, 3, 26)] == ("依法组织专家评审期间，不计入", "expert review, not counted")
    assert texts[date(2026, 4, 6)] == ("清明节，不计入", "Qingming Festival, not counted")
    assert texts[date(2026, 3, 28)] == ("周末，不计入", "weekend, not counted")
    assert "暂停3天" in found.sentence_zh and "3 paused days" in found.sentence_en
    assert not found.stale


def test_why_says_when_the_stored_date_is_of_another_calendar(monkeypatch) -> None:
    clock = start()
    monkeypatch.setattr(register, "_calendar", type(register.calendar())())
    Clock.objects.filter(id=clock.id).update(due_at=clock.due_at - timedelta(days=1))
    assert queries.explain(Clock.objects.get(id=clock.id)).stale


def test_hours(monkeypatch) -> None:
    rule = Rule(
        "ZZ1", "v", "示例", "", None, None, "organ", "M", {"zh-Hans": "四小时", "en": "Four hours"}, trigger="report",
        quantity=4, unit="hour", day_type="hour",
    )  # fmt: skip
    monkeypatch.setattr(register, "_books", register._open().joined_by([rule]))
    clock = start("ZZ1", "2026-03-02T22:30")
    assert clock.due_at == moment("2026-03-03T02:30")
    found = queries.explain(clock)
    assert found.days == () and "02:30" in found.sentence_zh
