"""Decision tables where people meet them: on the guide, and beside what they are asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.identity.models import Account

pytestmark = pytest.mark.django_db


def body(response: Any) -> str:
    return str(response.content.decode())


def test_the_guide_draws_the_tables_in_the_words_of_the_form(world: World) -> None:
    page = body(Client().get("/services/food-business-licence"))
    drawn = page.split("按什么判断")[1].split("<h2")[0]
    assert drawn.count('<table class="decision">') == 2 and drawn.count("<caption>") == 2
    assert drawn.count('scope="row"') == 5 and "is-fired" not in drawn
    assert "授权委托书" in drawn and "代理人" in drawn and "不限" in drawn
    for code in ("letter_of_authority", "vending_plan", "agent", "true", "false", "|"):
        assert code not in drawn.replace("data-label", ""), code


def test_the_applicant_reads_why_a_material_is_asked_for(world: World) -> None:
    client = Client()
    client.force_login(
        Account.objects.get(id=world.owner.account_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    plain, vending = world.draft(), world.draft(brackets_catering=["vending_machine"])
    why = "设备没有人看守"
    assert why in body(client.get(f"/my/cases/{vending}/materials"))
    assert why not in body(client.get(f"/my/cases/{plain}/materials"))
