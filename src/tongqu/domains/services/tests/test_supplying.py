"""Answering a supplement: what was asked, what one had written, until when."""

from __future__ import annotations

import pytest

from tongqu.domains.services.tests.test_whose_cases import body, signed_in
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.law.models import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def test_who_supplies_reads_what_he_had_written_and_by_when(world: World) -> None:
    case_id = world.submitted(area="86.5")
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积和图纸不一致，请核对"})
    page = body(signed_in(world.owner.account_id).get(f"/my/cases/{case_id}/do/supply"))
    assert "现在填的是：86.5" in page and "面积和图纸不一致，请核对" in page
    last = Clock.objects.get(subject_id=case_id, name="supply", ended_at=None).last_day
    assert "请您最迟在这一天补正" in page
    assert f"{last.year}年{last.month}月{last.day}日" in page


def test_an_act_that_no_period_waits_for_names_none(world: World) -> None:
    case_id = world.submitted()
    page = body(signed_in(world.owner.account_id).get(f"/my/cases/{case_id}/do/withdraw"))
    assert "请您最迟在这一天补正" not in page
