"""Filling in a draft: going on where one stopped, and two tabs that say different things."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tongqu.kernel.acts import clock
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.definition import plain_values
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import MONDAY, PDF, World
from tongqu.kernel.identity.models import Account

pytestmark = pytest.mark.django_db
PLACE = {"premises_same": "same", "area": "86.5", "online_trade": "no"}


@pytest.fixture(autouse=True)
def _on_monday() -> Any:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def owner(world: World) -> Client:
    client = Client()
    client.force_login(
        Account.objects.get(id=world.owner.account_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def drawn(client: Client, url: str) -> dict[str, str]:
    page = client.get(url).content.decode()
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("_version", "_base")}  # type: ignore[index]


def area(case_id: UUID) -> Any:
    return plain_values(Case.objects.get(id=case_id))["area"]


def test_the_later_of_two_tabs_sees_both_answers_and_loses_nothing(world: World, owner: Client) -> None:
    case_id = world.draft()
    url = f"/my/cases/{case_id}/form/place"
    first, second = drawn(owner, url), drawn(owner, url)
    assert owner.post(url, {**PLACE, **first, "area": "90"}).status_code == 302
    late = owner.post(url, {**PLACE, **second, "area": "77"})
    assert late.status_code == 409 and area(case_id) == "90"
    page = late.content.decode()
    assert "90" in page and "77" in page and "经营面积" in page and "online_trade" in page
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    assert owner.post(url, {k: v for k, v in again.items() if k != "csrfmiddlewaretoken"}).status_code == 302
    assert area(case_id) == "77"


def test_what_another_tab_did_elsewhere_is_no_conflict(world: World, owner: Client) -> None:
    case_id = world.draft()
    url = f"/my/cases/{case_id}/form/place"
    seen = drawn(owner, url)
    cases.save_draft(world.owner, case_id=case_id, values={"contact_phone": "19900000009"})
    cases.remove_material(world.owner, case_id=case_id, material_id=Case.objects.get(id=case_id).materials.first().id)
    assert owner.post(url, {**PLACE, **seen, "area": "91"}).status_code == 302
    assert area(case_id) == "91"


def test_the_same_answer_twice_is_no_conflict(world: World, owner: Client) -> None:
    case_id = world.draft()
    url = f"/my/cases/{case_id}/form/place"
    seen = drawn(owner, url)
    for _ in range(2):
        assert owner.post(url, {**PLACE, **seen, "area": "92"}).status_code == 302


def test_saving_while_typing_goes_on_and_stops_at_a_conflict(world: World, owner: Client) -> None:
    case_id = world.draft()
    url, save = f"/my/cases/{case_id}/form/place", f"/my/cases/{case_id}/autosave"
    seen, other = drawn(owner, url), drawn(owner, url)
    first = owner.post(save, {**PLACE, **seen, "_page": "place", "area": "93"})
    assert first.status_code == 200
    kept = {f"_{name}": str(value) for name, value in first.json().items()}
    assert owner.post(save, {**PLACE, **kept, "_page": "place", "area": "94"}).status_code == 200
    late = owner.post(save, {**PLACE, **other, "_page": "place", "area": "70"}, headers={"Accept": "application/json"})
    assert late.status_code == 409 and area(case_id) == "94"


@pytest.mark.parametrize("odd", ["", "0", "99999999999999999999", "x", "-1", "１"])
def test_odd_versions_never_overwrite_unseen(world: World, owner: Client, odd: str) -> None:
    """No version is taken as drawn from what is stored, as a program sends it; a wrong one is a conflict."""
    case_id = world.draft()
    answer = owner.post(f"/my/cases/{case_id}/form/place", {**PLACE, "_version": odd, "_base": odd, "area": "95"})
    assert answer.status_code == (302 if odd == "" else 409)


def test_a_draft_goes_on_where_something_is_missing(world: World, owner: Client) -> None:
    case_id = world.draft()
    to = lambda: owner.get(f"/my/cases/{case_id}").headers["Location"]  # noqa: E731
    assert to().endswith("/check")
    cases.remove_material(world.owner, case_id=case_id, material_id=Case.objects.get(id=case_id).materials.first().id)
    assert to().endswith("/materials")
    cases.save_draft(world.owner, case_id=case_id, values={"area": ""})
    assert to().endswith("/form/place")
    assert "继续填写" in owner.get("/my/cases").content.decode()


def test_a_file_that_replaces_another_says_so(world: World, owner: Client) -> None:
    case_id = world.submitted()
    code = Case.objects.get(id=case_id).materials.first().code
    world.act("clerk", case_id, "request_supplement", inputs={f"material__{code}": "图纸看不清，请重拍"})
    page = owner.get(f"/my/cases/{case_id}/do/supply").content.decode()
    assert "会替换已经交的1个文件" in page
    world.act("owner", case_id, "supply", uploads=[Upload(code, "新图.pdf", PDF + b"%new")])
    assert [m.filename for m in Case.objects.get(id=case_id).materials.filter(replaced_at=None)] == ["新图.pdf"]
