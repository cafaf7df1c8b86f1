"""Mandates: who may give which, windows of time, revocation, and that an actor loses them at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD as WEAK
from tongqu.kernel.acts.actor import REAL_NAME, Actor
from tongqu.kernel.acts.errors import (
    Conflict,
    Invalid,
    LoginNeeded,
    NotFound,
    NotPermitted,
    Refused,
    StrongerLoginNeeded,
)
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity import operations, queries, rules
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Mandate
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db


def actor(account: Account, **more: Any) -> Actor:
    return actor_for(account, **more)


def give(who: Actor, principal: UUID, agent: UUID, kind: str = "proxy", **more: Any) -> UUID:
    made = operations.give_mandate(who, principal_id=principal, agent_id=agent, kind=kind, **more)
    return UUID(made["mandate_id"])


@pytest.mark.parametrize("party_kind", rules.PARTY_KINDS)
@pytest.mark.parametrize(
    "kind",
    [
        "legal_representative",
        "operator",
        "person_in_charge",
        "proxy",
        "guardian",
        "window_helper",
        "family_helper",
        "stand_in",
        "king",
    ],
)
def test_each_kind_of_party_gives_only_its_kinds_of_mandate(party_kind: str, kind: str) -> None:
    if party_kind == "person":
        principal = people.person("周明远")
    else:
        prefix = "92" if party_kind == "sole_trader" else "91"
        made = operations.register_firm(
            people.system(), kind=party_kind, name="某店", credit_code=people.credit_no(prefix)
        )
        principal = UUID(made["party_id"])
    agent, before = people.person(), Mandate.objects.count()
    more: dict[str, Any] = {}
    if kind == "guardian":
        more = {"proof": {"kind": "court_decision", "ref": "1"}}
    elif kind in rules.HELPERS:
        more = {"scope": {"items": ["food"]}, "valid_to": clock.now() + timedelta(days=30)}
    if kind in rules.mandate_kinds(party_kind):
        give(people.system(), principal, agent, kind, **more)
        assert Mandate.objects.count() == before + 1
    else:
        with pytest.raises(Refused):
            give(people.system(), principal, agent, kind, **more)
        assert Mandate.objects.count() == before


def test_a_principal_and_an_operator_may_give_a_proxy_but_nobody_else() -> None:
    owner, helper, stranger = (people.citizen(n, n.title()) for n in ("owner", "helper", "stranger"))
    trader = people.sole_trader(owner.party_id)
    give(actor(owner), trader, helper.party_id, "proxy")
    term = {"scope": {"items": ["food"]}, "valid_to": clock.now() + timedelta(days=30)}
    give(actor(owner), owner.party_id, helper.party_id, "window_helper", **term)
    count = Event.objects.count()
    for who, error in (
        (actor(stranger), NotPermitted),
        (actor(helper), NotPermitted),  # an agent does not appoint agents
        (people.nobody(), LoginNeeded),
        (people.staff_with("cases.read"), NotPermitted),
        (actor(owner, strength=WEAK), StrongerLoginNeeded),
    ):
        with pytest.raises(error):
            give(who, trader, stranger.party_id)
    assert Event.objects.count() == count
    assert Mandate.objects.filter(principal_id=trader).count() == 2


def test_heads_and_guardians_come_from_registration() -> None:
    owner, other = people.citizen("owner"), people.citizen("other", "周明远")
    trader = people.sole_trader(owner.party_id)
    for kind in ("operator", "guardian"):
        with pytest.raises(NotPermitted):
            give(actor(owner), trader, other.party_id, kind)
    with pytest.raises(Conflict) as caught:
        give(people.system(), trader, other.party_id, "operator")
    assert caught.value.code == "head-taken"
    head = Mandate.objects.get(principal_id=trader)
    with pytest.raises(NotFound):
        operations.revoke_mandate(actor(owner), mandate_id=head.id)
    operations.revoke_mandate(people.system(), mandate_id=head.id)
    give(people.system(), trader, other.party_id, "operator")
    assert queries.head_of(trader) == other.party_id


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"agent": "trader"}, "agent_id"),
        ({"agent": "principal"}, "agent_id"),
        ({"valid_to": -1}, "valid_to"),
        ({"scope": {"items": "all"}}, "scope"),
        ({"scope": {"anything": []}}, "scope"),
        ({"scope": {"items": [1]}}, "scope"),
    ],
)
def test_what_cannot_be_is_named_by_field(change: dict[str, Any], field: str) -> None:
    principal, agent = people.person(), people.person("周明远")
    if change.get("agent") == "trader":
        agent = people.sole_trader()
    if change.get("agent") == "principal":
        agent = principal
    more: dict[str, Any] = {}
    if "valid_to" in change:
        more["valid_to"] = clock.now() - timedelta(days=1)
    if "scope" in change:
        more["scope"] = change["scope"]
    with pytest.raises(Invalid) as caught:
        give(people.system(), principal, agent, **more)
    assert list(caught.value.fields) == [field]
    with pytest.raises(NotFound):
        give(people.system(), uuid4(), people.person("陈"))


def test_a_mandate_counts_within_its_term_only() -> None:
    owner, helper = people.citizen("owner"), people.citizen("helper", "周明远")
    trader = people.sole_trader(owner.party_id)
    start = clock.now() + timedelta(days=1)
    mandate = give(actor(owner), trader, helper.party_id, valid_from=start, valid_to=start + timedelta(days=10))

    def stands(at: datetime) -> bool:
        with clock.at(at):
            as_actor = actor(helper, acting_for=mandate)
            listed = trader in {s.party_id for s in queries.parties_of(as_actor)}
            assert listed == (as_actor.on_behalf_of == trader) == (as_actor.mandate_id == mandate)
            assert queries.mandate_covers(as_actor, "food_licence")
            return listed

    second = timedelta(seconds=1)
    expected = [(start - second, False), (start, True), (start + timedelta(days=10) - second, True),
                (start + timedelta(days=10), False)]  # fmt: skip
    assert [stands(at) for at, _ in expected] == [value for _, value in expected]


def test_revoking_ends_it_at_once_for_either_side() -> None:
    owner, helper = people.citizen("owner"), people.citizen("helper", "周明远")
    trader = people.sole_trader(owner.party_id)
    for who in (owner, helper):
        mandate = give(actor(owner), trader, helper.party_id)
        assert actor(helper, acting_for=mandate).represented == trader
        operations.revoke_mandate(actor(who), mandate_id=mandate, expected_version=1)
        assert actor(helper, acting_for=mandate).represented == helper.party_id
        with pytest.raises(Conflict):
            operations.revoke_mandate(actor(who), mandate_id=mandate)


def test_a_stranger_cannot_find_or_use_or_revoke_a_mandate() -> None:
    owner, helper, stranger = (people.citizen(n, n.title()) for n in ("owner", "helper", "stranger"))
    mandate = give(actor(owner), owner.party_id, helper.party_id)
    assert actor(stranger, acting_for=mandate).on_behalf_of is None
    assert actor(owner, acting_for=mandate).on_behalf_of is None
    for who, error in ((actor(stranger), NotFound), (people.nobody(), LoginNeeded)):
        with pytest.raises(error):
            operations.revoke_mandate(who, mandate_id=mandate)
    with pytest.raises(Conflict):
        operations.revoke_mandate(actor(owner), mandate_id=mandate, expected_version=7)
    assert Mandate.objects.get(id=mandate).revoked_at is None


def test_scope_limits_what_is_covered() -> None:
    owner, helper = people.citizen("owner"), people.citizen("helper", "周明远")
    mandate = give(actor(owner), owner.party_id, helper.party_id, scope={"items": ["food_licence"]})
    acting = actor(helper, acting_for=mandate)
    assert queries.mandate_covers(acting, "food_licence")
    assert not queries.mandate_covers(acting, "fire_check")
    assert queries.mandate_covers(actor(owner), "fire_check")


def test_a_proxy_does_not_change_where_the_principal_is_reached() -> None:
    owner, helper = people.citizen("owner"), people.citizen("helper", "周明远")
    shop = people.sole_trader(owner.party_id)
    for scope in ({}, {"items": ["food_licence"]}):
        proxy = give(actor(owner), shop, helper.party_id, scope=scope)
        with pytest.raises(NotPermitted):
            operations.change_contact(
                actor(helper, acting_for=proxy), party_id=shop, kind="phone", value=people.phone_no()
            )
    operations.change_contact(actor(owner), party_id=shop, kind="phone", value=people.phone_no())


def test_events_name_no_person() -> None:
    owner, helper = people.citizen("owner", "陈立秋"), people.citizen("helper", "周明远")
    give(actor(owner), owner.party_id, helper.party_id, proof={"kind": "paper"})
    event = Event.objects.get(kind="identity.mandate_given")
    assert set(event.body) == {"principal", "agent", "kind", "from", "to", "items", "proof"}
    assert event.actor["login_strength"] == REAL_NAME
