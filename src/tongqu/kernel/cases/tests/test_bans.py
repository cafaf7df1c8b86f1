"""Bans on applying again: which findings carry one, for which item, and who may record one."""

from __future__ import annotations

from uuid import UUID

import pytest

from tongqu.kernel.acts.errors import NotFound, NotPermitted
from tongqu.kernel.cases import definition
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import Case, ReapplicationBan
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.packages.package import Package, thaw

pytestmark = pytest.mark.django_db
OPINION = {"recommendation": "grant", "reason": "符合条件"}


def case(case_id: UUID) -> Case:
    return Case.objects.get(id=case_id)


def _package_without_bans(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    content = thaw(world.package.content)
    del content["procedure"]["acceptance"]["bans"]
    plain = Package.of(content, id=world.package.id)
    monkeypatch.setattr(definition, "package_of", lambda case: plain)


def test_a_ground_bars_the_next_application_only_where_the_item_says_so(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.reviewed()
    _package_without_bans(world, monkeypatch)
    world.act("head", case_id, "refuse", inputs={"ground": "refuse.false_materials", "reason": "图纸系伪造"})
    assert not ReapplicationBan.objects.exists()


def test_false_materials_found_at_the_window_bar_the_next_application_too(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.false_materials", "reason": "图纸系伪造"})
    assert ReapplicationBan.objects.get().rule == "L20.false_application"
    with pytest.raises(NotPermitted):
        cases.record_ban(
            world.staff["clerk"], party_id=world.shop, item_code="food-business-licence", until=None, rule="L20",
            reason="", source_case_id=case_id,
        )  # fmt: skip
    with pytest.raises(NotFound):
        cases.record_ban(
            world.staff["head"], party_id=world.stranger.party_id, item_code="food-business-licence", until=None,
            rule="L20", reason="", source_case_id=case_id,
        )  # fmt: skip
