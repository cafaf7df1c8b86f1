"""What staff may do and where: posts, direct grants, terms, and three administrators who are never one person."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD as WEAK
from tongqu.kernel.acts.actor import TWO_FACTOR, Actor, Grant, Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, StrongerLoginNeeded
from tongqu.kernel.acts.models import Event
from tongqu.kernel.directory import demo as directory_demo
from tongqu.kernel.directory.models import Appointment, Post
from tongqu.kernel.directory.operations import appoint, create_post
from tongqu.kernel.identity import operations, roles
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, RoleGrant
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
ADMINS = ("system_admin", "security_admin", "audit_admin")


@pytest.fixture
def city() -> directory_demo.DemoCity:
    return directory_demo.build(people.system())


def grant(account: Account, role: str, who: Actor | None = None, **more: Any) -> UUID:
    made = operations.grant_role(who or people.system(), account_id=account.id, role=role, **more)
    return UUID(made["grant_id"])


def put(account: Account, post: UUID, **more: Any) -> None:
    appoint(people.system(), account_id=account.id, post_id=post, **more)


# --- from posts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["window_clerk", "reviewer", "site_officer", "head", "archivist"])
def test_a_posts_role_holds_in_its_unit_and_nowhere_else(city: directory_demo.DemoCity, role: str) -> None:
    account = people.officer("clerk")
    post = next(key for key in city.posts_with(role) if key.startswith("qx-scjg/"))
    put(account, city.posts[post])
    actor = actor_for(account)
    here, elsewhere = Scope(unit_id=city.regulator_id), Scope(unit_id=city.units["qx-wjw"])
    every = {verb for one in roles.book().by_code.values() for verb in one.verbs}
    own = set(roles.role(role).verbs)
    assert {verb for verb in every if actor.may(verb, here)} == own
    assert {verb for verb in every if actor.may(verb, elsewhere)} == set()
    assert {verb for verb in every if actor.may(verb)} == set()
    assert (actor.kind, actor.unit_id, actor.post_id) == ("staff", city.regulator_id, city.posts[post])
    assert actor.roles == {role}
    for verb in own:
        assert actor.units_for(verb) == {city.regulator_id}


@pytest.mark.parametrize(("post", "role"), [("system", ADMINS[0]), ("security", ADMINS[1]), ("audit", ADMINS[2])])
def test_an_administrators_role_holds_everywhere(city: directory_demo.DemoCity, post: str, role: str) -> None:
    account = people.officer("admin")
    put(account, city.posts[f"mc-sjj/{post}"])
    actor = actor_for(account)
    for verb in roles.role(role).verbs:
        assert actor.may(verb)
        assert actor.may(verb, Scope(unit_id=city.regulator_id, region_code="990102000000"))
        assert actor.units_for(verb) is None
    others = {v for other in ADMINS if other != role for v in roles.role(other).verbs}
    assert not any(actor.may(verb) for verb in others)
    assert not actor.may("cases.read", Scope(unit_id=city.regulator_id))


def test_an_actor_of_staff_costs_two_queries(city: directory_demo.DemoCity, django_assert_num_queries: Any) -> None:
    account = people.officer("clerk")
    for post in ("qx-scjg/window", "qx-scjg/review", "qx-wjw/window"):
        put(account, city.posts[post])
    grant(account, "archivist", region_prefix="990102")
    grant(account, "head", unit_id=city.units["qx-wjw"])
    with django_assert_num_queries(2):
        actor = actor_for(account)
    assert actor.roles == {"window_clerk", "reviewer", "archivist", "head"}
    assert actor.may("cases.archive", Scope(unit_id=city.regulator_id, region_code="990102003000"))
    assert not actor.may("cases.archive", Scope(unit_id=city.regulator_id, region_code="990103000000"))
    assert actor.may("cases.grant", Scope(unit_id=city.units["qx-wjw"]))
    assert not actor.may("cases.grant", Scope(unit_id=city.regulator_id))


def test_an_appointment_counts_from_its_first_day_to_its_last(city: directory_demo.DemoCity) -> None:
    account = people.officer("clerk")
    put(account, city.posts["qx-scjg/window"], on=date(2026, 3, 2), until=date(2026, 3, 5))

    def may(moment: datetime) -> bool:
        with clock.at(moment):
            return actor_for(account).may("cases.accept", Scope(unit_id=city.regulator_id))

    first = datetime(2026, 3, 2, tzinfo=clock.SHANGHAI)
    second = timedelta(seconds=1)
    end = first + timedelta(days=3)
    assert [may(at) for at in (first - second, first, end - second, end)] == [False, True, True, False]


# --- direct grants -------------------------------------------------------------------------------------------------


def test_a_grant_counts_within_its_term_and_until_revoked(city: directory_demo.DemoCity) -> None:
    account, scope = people.officer("clerk"), Scope(unit_id=city.regulator_id)
    start = clock.now() + timedelta(hours=1)
    made = grant(account, "head", unit_id=city.regulator_id, valid_from=start, valid_to=start + timedelta(hours=2))

    def may(moment: datetime) -> bool:
        with clock.at(moment):
            return actor_for(account).may("cases.grant", scope)

    second = timedelta(seconds=1)
    end = start + timedelta(hours=2)
    assert [may(at) for at in (start - second, start, end - second, end)] == [False, True, True, False]
    operations.revoke_role(people.system(), grant_id=made)
    assert not may(start)
    with pytest.raises(NotFound):
        operations.revoke_role(people.system(), grant_id=made)


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (people.nobody(), "login-needed"),
        (people.staff_with("identity.manage_accounts"), "not-permitted"),
        (people.staff_with("directory.manage", "audit.read"), "not-permitted"),
        (people.staff_with("identity.grant_roles", strength=WEAK), "stronger-login-needed"),
    ],
)
def test_who_may_grant(city: directory_demo.DemoCity, who: Actor, error: str) -> None:
    account = people.officer("clerk")
    made = grant(account, "head", unit_id=city.regulator_id)
    count = Event.objects.count()
    for attempt in (
        lambda: grant(account, "reviewer", who, unit_id=city.regulator_id),
        lambda: operations.revoke_role(who, grant_id=made),
    ):
        with pytest.raises(Exception) as caught:
            attempt()
        assert caught.value.code == error  # type: ignore[attr-defined]
    assert RoleGrant.objects.filter(revoked_at=None).count() == 1
    assert Event.objects.count() == count


def test_nobody_grants_to_himself() -> None:
    account = people.officer("secadmin")
    self_made = people.staff_with("identity.grant_roles", account_id=account.id)
    with pytest.raises(Refused) as caught:
        grant(account, "audit_admin", self_made)
    assert caught.value.code == "grant-to-self"
    grant(people.officer("other"), "audit_admin", self_made)


@pytest.mark.parametrize(
    ("role", "more", "field"),
    [
        ("king", {}, "role"),
        ("head", {}, "unit_id"),
        ("head", {"region_prefix": "99x"}, "region_prefix"),
        ("head", {"region_prefix": "9" * 13}, "region_prefix"),
        ("audit_admin", {"valid_to": datetime(2020, 1, 1, tzinfo=clock.SHANGHAI)}, "valid_to"),
    ],
)
def test_what_cannot_be_granted(role: str, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        grant(people.officer("clerk"), role, **more)
    assert list(caught.value.fields) == [field]


def test_citizens_and_strangers_get_no_role(city: directory_demo.DemoCity) -> None:
    with pytest.raises(NotFound):
        grant(people.citizen("chen", verified=False), "head", unit_id=city.regulator_id)
    with pytest.raises(NotFound):
        operations.grant_role(people.system(), account_id=uuid4(), role="audit_admin")
    account = people.officer("clerk")
    grant(account, "head", unit_id=city.regulator_id)
    with pytest.raises(Conflict):
        grant(account, "head", unit_id=city.regulator_id)
    grant(account, "head", unit_id=city.units["qx-wjw"])


# --- three administrators ------------------------------------------------------------------------------------------


def by_grant(account: Account, role: str, city: directory_demo.DemoCity, **more: Any) -> None:
    grant(account, role, **more)


def by_post(account: Account, role: str, city: directory_demo.DemoCity) -> None:
    put(account, city.posts["mc-sjj/" + role.removesuffix("_admin")])


@pytest.mark.parametrize("second", [by_grant, by_post])
@pytest.mark.parametrize("first", [by_grant, by_post])
@pytest.mark.parametrize("pair", [(a, b) for a in ADMINS for b in ADMINS])
def test_no_way_leads_to_two_administrators_in_one_person(
    city: directory_demo.DemoCity, pair: tuple[str, str], first: Any, second: Any
) -> None:
    account = people.officer("admin")
    first(account, pair[0], city)
    if pair[0] != pair[1]:
        with pytest.raises(Refused) as caught:
            second(account, pair[1], city)
        assert caught.value.rule == "N10"
    assert actor_for(account).roles == {pair[0]}


def test_a_second_account_makes_no_second_person(city: directory_demo.DemoCity) -> None:
    one, two, party = people.officer("one"), people.officer("two"), people.person()
    Account.objects.filter(id__in=[one.id, two.id]).update(party=party)
    two.refresh_from_db()
    grant(one, "system_admin")
    with pytest.raises(Refused):
        grant(two, "audit_admin")
    with pytest.raises(Refused):
        by_post(two, "audit_admin", city)
    grant(two, "head", unit_id=city.regulator_id)


def test_one_after_the_other_is_allowed() -> None:
    account, now = people.officer("admin"), clock.now()
    grant(account, "system_admin", valid_to=now + timedelta(days=30))
    with pytest.raises(Refused):
        grant(account, "audit_admin", valid_from=now + timedelta(days=29))
    grant(account, "audit_admin", valid_from=now + timedelta(days=30))


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one after the other anyway")
@pytest.mark.django_db(transaction=True)
def test_a_grant_and_an_appointment_at_one_moment_see_each_other() -> None:
    city = directory_demo.build(people.system())
    account, start = people.officer("admin"), threading.Barrier(2)

    def attempt(role: str, way: Any) -> bool:
        try:
            start.wait()
            way(account, role, city)
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(attempt, role, way) for role, way in ((ADMINS[0], by_grant), (ADMINS[2], by_post))]
        assert sum(one.result() for one in done) == 1
    assert len(actor_for(account).roles) == 1


def test_should_two_ever_meet_neither_counts(city: directory_demo.DemoCity) -> None:
    """Rows that no operation would write, for example from a restored backup."""
    account = people.officer("admin")
    put(account, city.posts["qx-scjg/head"])
    for role in ADMINS[:2]:
        RoleGrant.objects.create(account=account, role=role, valid_from=clock.now())
    assert actor_for(account).roles == {"head"}


def test_a_post_cannot_carry_two_administrators_either(city: directory_demo.DemoCity) -> None:
    count = Post.objects.count()
    with pytest.raises(Refused):
        create_post(people.system(), unit_id=city.data_bureau_id, code="both", title="兼任岗", roles=list(ADMINS[:2]))
    assert Post.objects.count() == count
    assert not Appointment.objects.exists()


def test_posts_and_appointments_are_the_security_administrators(city: directory_demo.DemoCity) -> None:
    """Whoever puts people into posts grants roles, so it is not the system administrator's to do."""
    accounts = {role: people.officer(role.replace("_", ".")) for role in ADMINS}
    for role, account in accounts.items():
        by_post(account, role, city)
    clerk = people.officer("clerk")
    for role, account in accounts.items():
        who = actor_for(account, strength=TWO_FACTOR)
        if role == "security_admin":
            appoint(who, account_id=clerk.id, post_id=city.posts["qx-scjg/window"])
        else:
            with pytest.raises(NotPermitted):
                appoint(who, account_id=clerk.id, post_id=city.posts["qx-scjg/window"])
    with pytest.raises(StrongerLoginNeeded):
        operations.close_account(actor_for(accounts["system_admin"]), account_id=clerk.id)
    operations.close_account(actor_for(accounts["system_admin"], strength=TWO_FACTOR), account_id=clerk.id)


def test_grants_are_events_of_ids_and_codes(city: directory_demo.DemoCity) -> None:
    account = people.officer("clerk", "许静宜")
    grant(account, "head", unit_id=city.regulator_id)
    event = Event.objects.get(kind="identity.role_granted")
    assert (event.subject_id, event.body["role"]) == (account.id, "head")
    assert "许静宜" not in str(event.body)
    assert Grant("cases.grant", city.regulator_id, "", "head") in actor_for(account).grants
