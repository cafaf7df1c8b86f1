"""Who is told of a case, and how often: nobody twice on the same telephone."""

from __future__ import annotations

import pytest

from tongqu.kernel.acts import relay
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.notices.models import Delivery, Notice

pytestmark = pytest.mark.django_db


def test_the_operator_gets_one_message_and_both_have_it_in_the_site(world: World) -> None:
    world.submitted()
    relay.drain()
    told = Notice.objects.filter(template="case_received")
    assert {row.party_id for row in told} == {world.shop, world.owner.party_id}
    assert Delivery.objects.filter(channel="sms").count() == 1
