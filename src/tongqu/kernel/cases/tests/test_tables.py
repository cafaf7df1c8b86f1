"""The tables of a package in a case: what it comes to, what stops it, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tongqu.kernel.acts.errors import Refused
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.world import SYSTEM, World
from tongqu.kernel.packages import queries
from tongqu.kernel.packages.operations import publish
from tongqu.kernel.packages.tests.samples import food, write

pytestmark = pytest.mark.django_db


def test_the_answers_decide_the_way_and_the_trace_says_why(world: World) -> None:
    view = access_case(world.staff["clerk"], case_id=world.submitted(), purpose="test")
    found = {one.table.name: one for one in view.facts.decisions}
    visit = found["site_visit"]
    assert visit.fired is not None and visit.fired.matched == (1,) and visit.cites == ("L5",)
    assert visit.results == {"site_visit": True} and view.facts.check_called_for is True
    assert found["materials_by_situation"].results == {"needed_materials": []}


def test_a_management_company_is_not_visited_and_decided_without_a_check(world: World) -> None:
    case_id = world.accepted(items_catering=["catering_chain"])
    view = access_case(world.staff["reviewer"], case_id=case_id, purpose="test")
    visit = next(one for one in view.facts.decisions if one.table.name == "site_visit")
    assert visit.fired is not None and visit.fired.matched == (3,) and not view.facts.check_called_for
    world.act("reviewer", case_id, "give_opinion", inputs={"recommendation": "grant", "reason": "符合条件"})
    world.act("head", case_id, "grant")
    assert Case.objects.get(id=case_id).state == "approved"


def qualifying(world: World, folder: Path) -> World:
    """A world where a table says who qualifies: premises of 50 m² and more."""
    content: Any = food()
    content["package"]["version"] = "9.0.0"
    content["tables"]["qualifies"] = [
        ["表", "谁能办 | Who qualifies"], ["列", "条件", "结果", "备注"],
        ["名称", "面积 | Area", "能办 | Qualifies", "依据 | Basis"],
        ["表达式", "area", "qualifies"], ["类型", "number", "boolean"],
        ["1", ">= 50", "true", "L1"], ["2", "< 50", "false", "L1"],
    ]  # fmt: skip
    text = {"zh-Hans": "面积不到50平方米", "en": "below 50 m²"}
    content["procedure"]["acceptance"]["conditions"] = [{"when": {"feel": "qualifies"}, "rule": "L1", "text": text}]
    published = publish(SYSTEM, folder=write(folder, content))
    return replace(world, package=queries.version(published.id))


def test_who_does_not_qualify_by_the_table_is_not_accepted(world: World, tmp_path: Path) -> None:
    here = qualifying(world, tmp_path)
    case_id = here.submitted(area="49.9")
    with pytest.raises(Refused) as caught:
        here.act("clerk", case_id, "accept")
    assert "面积不到50平方米" in str(caught.value) and caught.value.rule == "L1"
    assert Case.objects.get(id=case_id).state == "received"
    here.act("clerk", other := here.submitted(area="50"), "accept")
    assert Case.objects.get(id=other).state == "accepted"


def test_a_case_keeps_the_tables_it_was_submitted_under(world: World, tmp_path: Path) -> None:
    case_id = world.submitted(area="10")
    qualifying(world, tmp_path)
    world.act("clerk", case_id, "accept")
    view = access_case(world.staff["clerk"], case_id=case_id, purpose="test")
    assert "qualifies" not in {one.table.name for one in view.facts.decisions}
