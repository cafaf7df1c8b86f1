"""When the notice of a new year is loaded, the cases whose clocks move are sorted by their new dates."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.cases.models import CaseUnit
from tongqu.kernel.cases.tests.world import SYSTEM, World
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.law import calendars, register
from tongqu.kernel.law.rules import china_date


def test_the_work_list_follows_the_calendar(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "_calendar", register.calendar())
    monkeypatch.setattr(calendars, "_seen", None)
    with clock.at(datetime(2026, 12, 21, 10, tzinfo=clock.SHANGHAI)):
        case_id = world.accepted()
        before = CaseUnit.objects.get(case_id=case_id)
        assert before.provisional, "10 working days from 21 December run into a year without a notice"
        assert china_date(before.due_at) == date(2027, 1, 4)
        document = calendars.written(
            year="2027", notice="示例通知（测试用）", issued="", workdays="", checked=False,
            holidays="元旦 2027-01-01 2027-01-03",
        )  # fmt: skip
        calendars.load_notice(SYSTEM, document=document)
        calendars.refresh()
        run_pending()
        after = CaseUnit.objects.get(case_id=case_id)
    assert not after.provisional and after.due_at == before.due_at + timedelta(days=1), "Friday 1 January is off"
