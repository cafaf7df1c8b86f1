"""Accounts: registering, the real-name check, phones, and the actor each account makes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.test import RequestFactory

from tongqu.kernel.acts.actor import PASSWORD as WEAK
from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity import operations, queries, vault
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Party
from tongqu.kernel.identity.operations.accounts import phone_of
from tongqu.kernel.identity.ports import Verified
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db


def check(account: Account, *, name: str = "陈立秋", id_no: str | None = None) -> UUID:
    seen = Verified(name, "citizen_id", id_no or people.citizen_no(), "demo")
    made = operations.verify_real_name(actor_for(account), account_id=account.id, verified=seen)
    account.refresh_from_db()
    return UUID(made["party_id"])


def test_registering_is_an_event_without_names() -> None:
    account = people.citizen("chen", verified=False, phone="13912345678")
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.body) == ("identity.account_registered", account.id, {"kind": "person"})
    assert actor_for(account).login_strength == WEAK
    assert (account.name, phone_of(account), account.party_id) == ("陈立秋", "13912345678", None)
    assert "13912345678" not in str(vars(account))


def test_a_login_name_is_made_up_and_says_nothing() -> None:
    made = {operations.register_account(people.nobody(), name="陈", password_hash="!").username for _ in range(5)}
    assert len(made) == 5
    assert all(name.startswith("u") and len(name) == 21 for name in made)


@pytest.mark.parametrize("username", ["chen", "Chen", " CHEN "])
def test_a_login_name_is_given_once(username: str) -> None:
    people.citizen("chen", verified=False)
    with pytest.raises(Conflict):
        people.citizen(username, verified=False)
    assert Account.objects.count() == 1


def test_accounts_of_another_tenant_do_not_exist_here() -> None:
    account = people.citizen("chen", verified=False)
    Account._base_manager.filter(id=account.id).update(tenant_id=UUID(int=7))
    assert not Account.objects.exists()
    assert authenticate(RequestFactory().post("/"), username="chen", password=people.PASSWORD) is None
    people.citizen("chen", verified=False)


# --- the real-name check -------------------------------------------------------------------------------------------


def test_a_real_name_makes_a_person_and_a_stronger_login() -> None:
    account = people.citizen("chen", "小陈", verified=False, phone="13912345678")
    party = check(account, name="陈立秋")
    assert (account.name, account.party_id, account.real_name_by) == ("陈立秋", party, "demo")
    assert actor_for(account).login_strength == REAL_NAME
    assert queries.reveal(people.system(), party, "phone", purpose="test") == "13912345678"


def test_it_finds_the_person_a_counter_registered_before() -> None:
    number = people.citizen_no()
    known = people.person("陈立秋", id_no=number)
    trader = people.sole_trader(known)
    account = people.citizen("chen", verified=False)
    assert check(account, id_no=number) == known
    assert [s.party_id for s in queries.parties_of(actor_for(account))] == [known, trader]
    assert Party.objects.count() == 2


def test_one_person_has_one_account_and_one_name() -> None:
    number = people.citizen_no()
    first, second, third = (people.citizen(n, verified=False) for n in ("one", "two", "three"))
    check(first, id_no=number)
    with pytest.raises(Conflict) as caught:
        check(second, id_no=number)
    assert caught.value.code == "party-tied"
    with pytest.raises(Conflict) as caught:
        check(third, name="别人", id_no=number)
    assert caught.value.code == "name-differs"
    with pytest.raises(Conflict):  # and one account is not handed from person to person
        check(first, name="周明远")
    assert Account.objects.exclude(party=None).count() == 1
    assert Party.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(id=second.id).update(party=first.party_id)


def test_nobody_verifies_for_somebody_else() -> None:
    mine, other = people.citizen("mine", verified=False), people.citizen("other", verified=False)
    seen = Verified("陈立秋", "citizen_id", people.citizen_no(), "demo")
    for who in (actor_for(mine), people.nobody(), people.staff_with("identity.manage_accounts")):
        with pytest.raises(Exception) as caught:
            operations.verify_real_name(who, account_id=other.id, verified=seen)
        assert caught.value.status in {401, 403}  # type: ignore[attr-defined]
    assert not Party.objects.exists()


def test_a_provider_that_errs_is_not_believed() -> None:
    account = people.citizen("chen", verified=False)
    with pytest.raises(Invalid):
        check(account, id_no="990102198802140010"[:17] + "Q")
    assert account.real_name_at is None


# --- phones --------------------------------------------------------------------------------------------------------


def test_a_number_typed_by_somebody_else_does_not_shut_out_its_owner() -> None:
    squatter, owner = people.citizen("squatter", verified=False), people.citizen("owner", verified=False)
    operations.change_phone(actor_for(squatter), account_id=squatter.id, phone="13912345678")
    operations.change_phone(actor_for(owner), account_id=owner.id, phone="+86 139 1234 5678")
    operations.verify_phone(actor_for(owner), account_id=owner.id, phone="13912345678")
    with pytest.raises(Conflict):
        operations.verify_phone(actor_for(squatter), account_id=squatter.id, phone="13912345678")
    index = vault.index_of("phone", "13912345678")
    assert list(Account.objects.filter(phone_index=index, phone_verified=True)) == [owner]
    with pytest.raises(NotPermitted):
        operations.change_phone(actor_for(squatter), account_id=owner.id, phone="13912345679")


# --- closing -------------------------------------------------------------------------------------------------------


def test_a_closed_account_signs_in_no_more() -> None:
    account = people.citizen("chen", verified=False)
    request = RequestFactory().post("/")
    assert authenticate(request, username="chen", password=people.PASSWORD) == account
    admin = people.staff_with("identity.manage_accounts")
    operations.close_account(admin, account_id=account.id)
    assert authenticate(request, username="chen", password=people.PASSWORD) is None
    with pytest.raises(NotFound):
        operations.close_account(admin, account_id=account.id)


@pytest.mark.parametrize("verbs", [(), ("identity.grant_roles",), ("cases.read",)])
def test_only_account_managers_open_and_close(verbs: tuple[str, ...]) -> None:
    account, who = people.citizen("chen", verified=False), people.staff_with(*verbs)
    with pytest.raises(NotPermitted):
        operations.open_staff_account(who, username="clerk", name="周望", password_hash="!")
    with pytest.raises(NotPermitted):
        operations.close_account(who, account_id=account.id)
    assert Account.objects.get().is_active


# --- actors --------------------------------------------------------------------------------------------------------


def test_a_citizens_actor_costs_nothing_and_one_query_for_another(django_assert_num_queries: Any) -> None:
    account = people.citizen("chen")
    trader = people.sole_trader(account.party_id)
    mandate = queries.parties_of(actor_for(account))[1].mandate_id
    with django_assert_num_queries(0):
        own = actor_for(account)
    with django_assert_num_queries(1):
        acting = actor_for(account, acting_for=mandate)
    assert (own.represented, own.party_id, own.kind, own.grants) == (account.party_id, account.party_id, "person", ())
    assert (acting.represented, acting.mandate_id, acting.party_id) == (trader, mandate, account.party_id)
    assert acting.as_json()["on_behalf_of"] == str(trader)
    assert isinstance(acting, Actor)
    assert acting.name == "陈立秋"
    assert "陈立秋" not in str(acting.as_json())
