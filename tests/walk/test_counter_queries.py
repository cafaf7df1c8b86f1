"""What the counter's pages ask of the database: fixed numbers, whatever waits in the queue."""

from __future__ import annotations

import pytest

from tests.rig.queries import Visit, count_queries
from tests.walk.test_queries import signed_in
from tongqu.domains.services.counter import filing as filings
from tongqu.domains.services.counter.models import Handover
from tongqu.domains.services.tests.test_counter import opened, received, screen
from tongqu.domains.services.tests.test_counter_day import handed
from tongqu.kernel.acts import clock, relay
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import MONDAY, World

pytestmark = pytest.mark.django_db


def test_the_counters_pages(world: World, visit: Visit) -> None:  # noqa: F811
    with clock.at(MONDAY):
        handed(world)
        clerk = signed_in("clerk")
        row = opened(clerk)
        relay.drain()
        paths = [
            "/desk/counter", "/desk/counter/devices", "/desk/counter/new/food-business-licence",
            "/desk/counter/daybook",
            "/desk/counter/daybook.xlsx", "/desk/counter/shift", f"/desk/counter/handovers/{Handover.objects.get().id}",
            screen(row), f"{screen(row)}/statement", f"{screen(row)}/drop",
        ]  # fmt: skip
        for path in paths:
            clerk.get(path)
            visit(clerk, path)
        case = received(clerk, world)
        row = filings.Filing.objects.get(case_id=case.id)
        clerk.get(f"{screen(row)}/done")
        visit(clerk, f"{screen(row)}/done")


def test_the_queue_does_not_grow_with_its_rows(world: World) -> None:  # noqa: F811
    with clock.at(MONDAY):
        clerk = signed_in("clerk")
        opened(clerk)
        clerk.get("/desk/counter")
        with count_queries() as few:
            clerk.get("/desk/counter")
        for _ in range(9):
            opened(clerk)
        with count_queries() as many:
            clerk.get("/desk/counter")
    assert int(few) == int(many), f"{few} → {many}"
