"""延续, as its holder meets it: from "my licences" into a form that is filled in already."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.test import Client

from tongqu.kernel.acts import clock, ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.test_set_otherwise import PILOT, own_register, set_otherwise  # noqa: F401
from tongqu.kernel.cases.tests.world import FACTS, MONDAY, SYSTEM, World
from tongqu.kernel.identity.models import Account
from tongqu.kernel.packages.operations import publish
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.standards.facts import Fact, FactSource

pytestmark = pytest.mark.django_db
ITEM = "food-business-licence-renewal"


class Register:
    """What the legal-entity register says of the shop."""

    def facts(self, actor: Actor, *, party_id: UUID, elements: Any, purpose: str) -> list[Fact]:
        return [Fact(**fact | {"as_of": date.fromisoformat(fact["as_of"])}) for fact in FACTS]


@pytest.fixture(autouse=True)
def _on_monday(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setitem(ports._adapters, FactSource, Register())
    with clock.at(MONDAY):
        yield


@pytest.fixture
def item(world: World) -> str:
    publish(SYSTEM, folder=Path(settings.TQ_PACKAGES_DIR) / ITEM)
    return ITEM


@pytest.fixture
def held(world: World) -> ELicence:
    return licence_until(world, date(2026, 6, 30))


def licence_until(world: World, last_day: date) -> ELicence:
    case_id = world.granted()
    world.act("system", case_id, "issue")
    ELicence.objects.filter(case_id=case_id).update(valid_to=last_day)
    return ELicence.objects.get(case_id=case_id)


@pytest.fixture
def owner(world: World) -> Client:
    client = Client()
    account = Account.objects.get(id=world.owner.account_id)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


def offered(world: World, number: str) -> dict[str, str]:
    return {"party": str(world.owner.mandate_id), "licence": number, "_key": uuid4().hex}


def number_in(address: str) -> Any:
    case = Case.objects.get(id=UUID(address.split("/")[3]))
    return definition.plain_values(case).get("licence_no")


def test_the_licence_offers_its_renewal_in_its_time_only(
    world: World, item: str, held: ELicence, owner: Client
) -> None:
    page = body(owner.get("/my/licences"))
    assert "申请延续" in page and held.number in page and "2026年6月8日" in page
    ELicence.objects.filter(id=held.id).update(valid_to=date(2026, 3, 10))
    assert "不得继续经营" in body(owner.get("/my/licences")), "late, and what that means"
    for valid_to, state in ((date(2027, 6, 30), "valid"), (date(2026, 3, 1), "valid"), (date(2026, 6, 30), "revoked")):
        ELicence.objects.filter(id=held.id).update(valid_to=valid_to, state=state)
        assert "申请延续" not in body(owner.get("/my/licences"))


def test_one_step_leads_into_a_form_with_the_number_filled_in(
    world: World, item: str, held: ELicence, owner: Client
) -> None:
    other = licence_until(world, date(2026, 6, 30))
    started = owner.post(f"/services/{item}/start", offered(world, other.number))
    assert started.status_code == 302 and number_in(started.url) == other.number
    page = body(owner.get(started.url))
    assert other.number in page and "清溪区秋实小馆" in page


def test_the_only_licence_whose_time_has_come_is_filled_in_unasked(
    world: World, item: str, held: ELicence, owner: Client
) -> None:
    started = owner.post(f"/services/{item}/start", offered(world, ""))
    assert number_in(started.url) == held.number
    licence_until(world, date(2026, 6, 29))
    assert number_in(owner.post(f"/services/{item}/start", offered(world, "")).url) is None, "of two, one chooses"
    wrong = owner.post(f"/services/{item}/start", offered(world, "JY00000000000000"))
    assert number_in(wrong.url) is None, "what is not the holder's is not taken over"


def test_what_stands_in_the_way_is_said_before_and_after_submitting(
    world: World, item: str, held: ELicence, owner: Client
) -> None:
    started = owner.post(f"/services/{item}/start", offered(world, held.number)).url
    case_id = started.split("/")[3]
    filled = {"licence_no": "JY29901020000999", "conditions": "unchanged", "contact_phone": "19900000001",
              "delivery_way": "electronic", "_do": "next"}  # fmt: skip
    assert owner.post(started, filled).status_code == 302
    assert "您名下没有这个编号的许可证" in body(owner.get(f"/my/cases/{case_id}/check"))
    owner.post(f"/my/cases/{case_id}/check", {"declaration": ["yes"], "_key": uuid4().hex})
    assert Case.objects.get(id=case_id).state == "draft"
    owner.post(started, filled | {"licence_no": held.number})
    owner.post(f"/my/cases/{case_id}/check", {"declaration": ["yes"], "_key": uuid4().hex})
    assert Case.objects.get(id=case_id).state == "received"
    assert "视为准予延续" in body(owner.get(f"/my/cases/{case_id}")), "with the day, from the first moment"


def test_an_item_that_asks_nothing_beforehand_is_started_from_its_guide(world: World, item: str, owner: Client) -> None:
    guide = body(Client().get(f"/services/{item}"))
    assert f"/services/{item}/triage" in guide
    stranger = Client().get(f"/services/{item}/triage")
    assert stranger.status_code == 200 and "登录后开始填写" in body(stranger)
    assert "开始填写" in body(owner.get(f"/services/{item}/triage")) and "清溪区秋实小馆" in body(
        owner.get(f"/services/{item}/triage")
    )


def test_the_packages_rules_are_asked_for_by_name_when_they_are_missing() -> None:
    from tongqu.kernel.law import register
    from tongqu.kernel.packages.rules import check

    found = [p for p in check(Path(settings.TQ_PACKAGES_DIR) / ITEM)]
    there = {rule.package for rule in register.all_versions()}
    assert bool(found) == ("food-business-licence" not in there)
    assert all(p.code == "publish-first" for p in found)


def test_my_licences_name_the_document_of_the_regions_window(
    world: World,
    item: str,
    held: ELicence,
    owner: Client,
    own_register: None,  # noqa: F811
) -> None:
    assert "代替" not in body(owner.get("/my/licences"))
    set_otherwise("FB9.close", sets={"quantity": 5})
    page = body(owner.get("/my/licences"))
    assert "2026年6月23日" in page and PILOT in page and "代替" in page
