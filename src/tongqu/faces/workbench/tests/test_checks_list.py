"""The officers' own list on the phone: a touch opens what is to be done, where the phone keeps it without a network."""

from __future__ import annotations

import pytest

from tongqu.faces.workbench.tests.test_desk import signed_in
from tongqu.kernel.cases.tests.world import World

pytestmark = pytest.mark.django_db


def test_a_check_to_be_recorded_opens_its_sheet_and_a_recorded_one_its_case(world: World) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "accept")
    people = [str(world.staff[name].account_id) for name in ("officer", "officer2")]
    world.act("reviewer", case_id, "assign_check", inputs={"officers": people})
    page = signed_in(world, "officer").get("/desk/checks").content.decode()
    assert f'href="/desk/checks/{case_id}"' in page and f'href="/desk/cases/{case_id}"' not in page
    world.record_check(case_id)
    page = signed_in(world, "officer").get("/desk/checks").content.decode()
    assert f'href="/desk/cases/{case_id}"' in page, "what is left is to sign, on the case"
