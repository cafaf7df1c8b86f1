"""When a counter is open: one truth, the hours by which periods run, in the reader's language."""

from __future__ import annotations

import pytest
import yaml
from django.test import Client

from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.directory.demo import SOURCE
from tongqu.kernel.directory.models import MatterLead
from tongqu.kernel.law import office_hours, register

pytestmark = pytest.mark.django_db
GUIDE = "/services/food-business-licence"


def guide(language: str = "zh-hans") -> str:
    client = Client()
    client.cookies["django_language"] = language
    return client.get(GUIDE).content.decode()


def test_a_counter_keeps_the_hours_by_which_periods_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "9:00–12:00 13:30–17:30" in guide()
    monkeypatch.setattr(register.calendar(), "hours", office_hours.read("08:30-16:00"))
    assert "8:30–16:00" in guide() and "13:30" not in guide()


def test_the_hours_are_said_in_the_language_of_the_page(world: World) -> None:
    shown = guide("en")
    assert "9:00–12:00 13:30–17:30" in shown and "Working days" in shown
    assert "調休上班日照常" in guide("zh-hant")


def test_a_counter_with_hours_of_its_own_says_those(world: World) -> None:
    MatterLead.objects.update(counter_hours="周六也开 9:00—16:00")
    assert "周六也开 9:00—16:00" in guide() and "13:30" not in guide()


def test_the_demonstration_gives_no_counter_hours_that_its_periods_do_not_keep() -> None:
    assert not [
        row
        for row in yaml.safe_load(SOURCE.read_text(encoding="utf-8"))["leads"]
        if row["counter"].get("counter_hours")
    ]
