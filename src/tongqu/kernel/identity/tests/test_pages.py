"""The account's pages, and acting for somebody else: chosen once, checked again on each request."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tongqu.kernel.acts import clock, ports
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.directory import demo as directory_demo
from tongqu.kernel.directory.operations import appoint
from tongqu.kernel.identity import demo, operations, queries
from tongqu.kernel.identity.actors import actor_for, actor_of
from tongqu.kernel.identity.models import Account, Mandate
from tongqu.kernel.identity.ports import RealNameProvider
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
CHOOSE = "acting_for"


def signed_in(account: Account) -> Client:
    client = Client()
    client.force_login(account)
    return client


def actor_in(client: Client) -> Actor:
    return actor_of(client.get(reverse("account_reset_password")).wsgi_request)


def choose(client: Client, mandate: UUID | str, **more: str) -> Any:
    return client.post(reverse(CHOOSE), {"mandate": str(mandate), **more})


@pytest.fixture
def owner() -> Account:
    return people.citizen("owner", "陈立秋", phone="13912345678")


@pytest.fixture
def operated(owner: Account) -> Mandate:
    trader = people.sole_trader(owner.party_id)
    return Mandate.objects.get(principal_id=trader)


def test_choosing_whom_to_act_for(owner: Account, operated: Mandate) -> None:
    client = signed_in(owner)
    page = client.get(reverse(CHOOSE), {"next": "/apply"}).content.decode()
    assert "清溪区秋实小馆" in page
    assert "个体工商户，您是经营者" in page
    assert choose(client, operated.id, next="/apply")["Location"] == "/apply"
    acting = actor_in(client)
    assert (acting.represented, acting.mandate_id) == (operated.principal_id, operated.id)
    assert f'value="{operated.id}" id="f-mandate-' in client.get(reverse(CHOOSE)).content.decode()
    assert choose(client, "", next="//evil.example")["Location"] == "/"
    assert actor_in(client).represented == owner.party_id


@pytest.mark.parametrize("wanted", ["other", "unknown", "nonsense", "revoked", "later"])
def test_what_one_holds_no_mandate_for_cannot_be_chosen(owner: Account, operated: Mandate, wanted: str) -> None:
    stranger = people.citizen("stranger", "周明远")
    party = people.person("某人")
    given: dict[str, Any] = {"principal_id": party, "agent_id": stranger.party_id, "kind": "proxy"}
    if wanted == "later":
        given["valid_from"] = clock.now() + timedelta(days=1)
    made = operations.give_mandate(people.system(), **given)["mandate_id"]
    if wanted == "revoked":
        operations.revoke_mandate(people.system(), mandate_id=UUID(made))
    value = {"other": operated.id, "unknown": uuid4(), "nonsense": "1 OR 1=1"}.get(wanted, made)
    client = signed_in(stranger)
    response = choose(client, value)
    assert response.status_code == 422
    assert "您不能以这一身份办理" in response.content.decode()
    assert actor_in(client).on_behalf_of is None


def test_a_mandate_that_ends_is_dropped_and_said_so(owner: Account, operated: Mandate) -> None:
    client = signed_in(owner)
    choose(client, operated.id)
    operations.revoke_mandate(people.system(), mandate_id=operated.id)
    page = client.get(reverse("my_account"))
    assert actor_of(page.wsgi_request).represented == owner.party_id
    assert "您的代理权限已终止或失效" in page.content.decode()
    assert "acting_for" not in client.session


def test_a_session_cannot_carry_a_choice_to_another_account(owner: Account, operated: Mandate) -> None:
    client = signed_in(owner)
    choose(client, operated.id)
    client.force_login(people.citizen("stranger", "周明远"))
    session = client.session
    session["acting_for"] = str(operated.id)
    session.save()
    assert actor_in(client).on_behalf_of is None


@pytest.mark.parametrize("junk", ["", "x", 7, None, ["a"], {"a": 1}])
def test_junk_in_the_session_is_nobody(owner: Account, junk: Any) -> None:
    client = signed_in(owner)
    session = client.session
    session["acting_for"] = junk
    session.save()
    assert actor_in(client).represented == owner.party_id


def test_an_actor_costs_at_most_two_queries(owner: Account, operated: Mandate) -> None:
    """Session and account not counted: they are Django's own two."""
    client = signed_in(owner)
    url = reverse("account_reset_password")
    assert cost(client, url) == 0
    choose(client, operated.id)
    assert cost(client, url) == 1
    clerk = people.officer("clerk")
    city = directory_demo.build(people.system())
    appoint(people.system(), account_id=clerk.id, post_id=city.posts["qx-scjg/window"])
    assert cost(signed_in(clerk), url) == 2
    assert cost(Client(), url) == 0


def cost(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        actor_of(client.get(url).wsgi_request)
    ours = [q["sql"] for q in seen.captured_queries]
    return len([q for q in ours if "django_session" not in q and 'FROM "identity_account"' not in q])


# --- the account's page --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my_account", "acting_for", "real_name", "real_name_return"])
def test_a_guest_is_sent_to_sign_in_and_back(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={reverse(name).replace('/', '%2F')}"


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password", "account_inactive"])
def test_pages_for_guests(client: Client, name: str) -> None:
    page = client.get(reverse(name))
    assert page.status_code == 200
    assert "<h1>" in page.content.decode()
    assert "style=" not in page.content.decode().split("<main")[1].split("</main>")[0]


def test_ones_own_page_shows_numbers_masked_and_mandates(owner: Account, operated: Mandate) -> None:
    helper = people.citizen("helper", "何守一")
    operations.give_mandate(actor_for(owner), principal_id=owner.party_id, agent_id=helper.party_id, kind="proxy")
    client = signed_in(owner)
    with CaptureQueriesContext(connection) as seen:
        page = client.get(reverse("my_account"))
    shown = page.content.decode()
    number = queries.reveal(people.system(), owner.party_id, "citizen_id", purpose="test")
    assert number not in shown
    assert "139****5678" in shown
    assert "13912345678" not in shown
    for text in ("清溪区秋实小馆", "经营者", "何守一", "委托代理人", "实名登录"):
        assert text in shown
    assert len(seen) <= 9  # session and account among them


def test_a_mandate_is_ended_on_the_page_by_its_sides_only(owner: Account) -> None:
    helper, stranger = people.citizen("helper", "何守一"), people.citizen("stranger", "周明远")
    made = operations.give_mandate(
        actor_for(owner), principal_id=owner.party_id, agent_id=helper.party_id, kind="proxy"
    )
    url = reverse("my_mandate_revoke", args=[made["mandate_id"]])
    assert signed_in(stranger).post(url).status_code == 404
    assert signed_in(helper).get(url).status_code == 405
    assert Mandate.objects.get().revoked_at is None
    assert signed_in(helper).post(url)["Location"] == reverse("my_account")
    assert Mandate.objects.get().revoked_at is not None
    assert signed_in(owner).post(url).status_code == 409


def test_staff_have_a_page_too_and_no_real_name_check() -> None:
    client = signed_in(people.officer("clerk", "许静宜"))
    assert "许静宜" in client.get(reverse("my_account")).content.decode()
    assert client.get(reverse("real_name")).status_code == 404
    assert client.get(reverse("demo_real_name")).status_code == 404


# --- the real-name check -------------------------------------------------------------------------------------------


def test_nobody_comes_back_verified_without_having_been_asked() -> None:
    account = people.citizen("chen", verified=False)
    client = signed_in(account)
    assert client.get(reverse("demo_real_name"))["Location"] == reverse("real_name")
    page = client.get(reverse("real_name_return"))
    assert page.status_code == 422
    account.refresh_from_db()
    assert account.real_name_at is None


def test_a_person_already_tied_is_told_and_not_taken_over(owner: Account) -> None:
    number = queries.reveal(people.system(), owner.party_id, "citizen_id", purpose="test")
    thief = people.citizen("thief", verified=False)
    client = signed_in(thief)
    client.post(reverse("real_name"))
    client.post(reverse("demo_real_name"), {"name": "陈立秋", "id_kind": "citizen_id", "id_no": number})
    page = client.get(reverse("real_name_return"))
    assert page.status_code == 409
    assert "已经绑定其他账号" in page.content.decode()
    assert Account.objects.get(party_id=owner.party_id) == owner


def test_without_a_provider_the_page_says_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ports._adapters, RealNameProvider)
    page = signed_in(people.citizen("chen", verified=False)).get(reverse("real_name"))
    assert page.status_code == 503
    assert "窗口" in page.content.decode()


# --- the demonstration's people ------------------------------------------------------------------------------------


def test_the_demonstrations_people_are_there_once() -> None:
    city = directory_demo.build(people.system())
    first = demo.build(city)
    rows = [Account.objects.count(), Mandate.objects.count()]
    second = demo.build(city)
    assert rows == [Account.objects.count(), Mandate.objects.count()]
    assert first == second
    assert len(first.logins) == len(first.accounts) >= 16

    owner = Account.objects.get(username="chenliqiu")
    standings = queries.parties_of(actor_for(owner))
    assert [(s.name, s.mandate_kind) for s in standings] == [("陈立秋", ""), ("清溪区秋实小馆", "operator")]
    assert actor_for(owner).login_strength == 2
    assert queries.reveal(people.system(), first.parties["qiushi"], "credit_code", purpose="t") == "92990102MA7DEM016U"
    assert {queries.party_names([p])[p] for p in first.parties.values()} >= {"独孤𬭎", "阿依古丽·买买提"}

    def roles_of(login: str) -> set[str]:
        return set(actor_for(Account.objects.get(username=login)).roles)

    expected = {
        "clerk1": "window_clerk", "reviewer1": "reviewer", "officer1": "site_officer", "officer2": "site_officer",
        "head1": "head", "archivist1": "archivist", "sysadmin": "system_admin", "secadmin": "security_admin",
        "auditadmin": "audit_admin",
    }  # fmt: skip
    assert {login: roles_of(login) for login in expected} == {login: {role} for login, role in expected.items()}
    clerk = actor_for(Account.objects.get(username="clerk-wjw"))
    assert clerk.unit_id == city.units["qx-wjw"]


def test_a_demo_login_works(client: Client) -> None:
    made = demo.build(directory_demo.build(people.system()))
    for login in made.logins[:1] + made.logins[-1:]:
        response = client.post(reverse("account_login"), {"login": login.login, "password": login.password})
        assert response.status_code == 302
        client.logout()


def test_there_are_no_such_people_outside_a_demonstration(settings: Any) -> None:
    settings.TQ_DEMO = False
    with pytest.raises(RuntimeError):
        demo.build(directory_demo.DemoCity())
    assert not Account.objects.exists()


CLEAR_BY_ITSELF = {"password"}  # on the login page


def test_each_field_of_the_account_pages_says_what_is_wanted(client: Client, db: None) -> None:
    """Help stands at the field and is tied to it, so that a screen reader reads it with the field."""
    for path in ("/account/login", "/account/signup"):
        page = client.get(path).content.decode()
        fields = re.findall(r'<input class="input[^>]*name="([^"]+)"[^>]*>', page)
        assert fields
        for name in set(fields) - CLEAR_BY_ITSELF:
            tag = re.search(rf'<input class="input[^>]*name="{name}"[^>]*>', page)
            described = tag and re.search(r'aria-describedby="([^"]+)"', tag[0])
            assert described and f'id="{described[1].split()[0]}"' in page, f"{path}: {name}"
