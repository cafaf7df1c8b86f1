"""What the platform carried out by itself is explained to applicant and clerk: which rule, from what, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.rig.queries import Visit
from tongqu.kernel.acts import clock
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.identity.actors import ACTING_FOR
from tongqu.kernel.identity.models import Account
from tongqu.kernel.law.misses import sweep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_a_monday(db: None) -> Iterator[None]:
    with clock.at(MONDAY):
        yield


def owner(world: World) -> Client:  # noqa: F811
    client = Client()
    client.force_login(Account.objects.get(id=world.owner.account_id))
    session = client.session
    session[ACTING_FOR] = str(world.owner.mandate_id)
    session.save()
    return client


def clerk(world: World) -> Client:  # noqa: F811
    client = Client()
    client.force_login(Account.objects.get(id=world.staff["clerk"].account_id))
    return client


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def deemed_accepted(world: World) -> UUID:  # noqa: F811
    case_id = world.submitted()
    with clock.at(MONDAY + timedelta(days=7, hours=15)):
        sweep()
    return case_id


def test_deemed_accepted_is_explained_to_both(world: World) -> None:  # noqa: F811
    case_id = deemed_accepted(world)
    for client, page in ((owner(world), f"/my/cases/{case_id}"), (clerk(world), f"/desk/cases/{case_id}")):
        text = body(client.get(page))
        part = text[text.index("系统依法自动办理") :]
        assert "视为受理" in part and "《中华人民共和国行政许可法》第32条第1款第4项" in part, "L2, on which it rests"
        assert "2026年3月2日不计入，从次日起算满5个工作日，到2026年3月9日24时届满" in part
        assert "起算：收到申请材料之日，2026年3月2日" in part and "周末，不计入" in part
    english = owner(world)
    english.cookies["django_language"] = "en"
    text = body(english.get(f"/my/cases/{case_id}"))
    assert "Done by the platform as the law says" in text and "5 working days from the next day end" in text


def test_deemed_given_up_is_explained_when_all_is_over(world: World) -> None:  # noqa: F811
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对面积"})
    with clock.at(MONDAY + timedelta(days=15)):
        sweep()
    text = body(owner(world).get(f"/my/cases/{case_id}"))
    part = text[text.index("系统依法自动办理") :]
    assert "视为放弃申请" in part and "满10个工作日，到2026年3月16日24时届满" in part
    assert "视为受理" not in part.split("办到哪一步")[0]


def test_a_case_on_which_nothing_ran_out_says_nothing_of_it(world: World) -> None:  # noqa: F811
    assert "系统依法自动办理" not in body(owner(world).get(f"/my/cases/{world.accepted()}"))


def test_each_period_of_a_case_by_program(world: World, visit: Visit) -> None:  # noqa: F811
    case_id = deemed_accepted(world)
    client = owner(world)
    client.get(f"/api/v1/cases/{case_id}/clocks")
    found = {one["name"]: one for one in visit(client, f"/api/v1/cases/{case_id}/clocks").json()}
    notice, decide = found["notice"], found["decide"]
    assert (notice["rule"], notice["outcome"], notice["trigger"]) == (
        "L1@行政许可法-2019",
        "deemed_accepted",
        "materials_received",
    )
    assert notice["on_miss_rule"] == "L2@行政许可法-2019" and notice["missed_at"] and notice["state"] == "missed"
    assert [day["number"] for day in notice["days"] if day["counted"]] == [1, 2, 3, 4, 5]
    assert notice["days"][-1]["date"] == notice["last_day"] == "2026-03-09"
    assert decide["last_day"] == "2026-03-16" and "10 working days" in decide["sentence"]["en"]
    assert not decide["provisional"] and decide["ended_at"] is None
    stranger = Client()
    assert stranger.get(f"/api/v1/cases/{case_id}/clocks").status_code == 401
