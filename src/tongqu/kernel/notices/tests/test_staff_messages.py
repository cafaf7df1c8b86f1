"""Messages to staff: scoped by account, the unread first, counted beside the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from tests.rig.queries import count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import PASSWORD, Actor, Grant
from tongqu.kernel.acts.errors import LoginNeeded, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity.models import Account
from tongqu.kernel.notices import operations, queries
from tongqu.kernel.notices.models import Delivery, Notice

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system(default_tenant())
PARAMS = {"case_no": "MC2611210004", "item": "食品经营许可（新办）"}


def officer(name: str, *grants: Grant) -> Actor:
    account = Account.objects.create(username=f"s-{name}", kind="staff", password=make_password(None))
    return Actor(default_tenant(), "staff", account.id, login_strength=PASSWORD, grants=grants)


def tell(*who: Actor | UUID, by: Actor = SYSTEM, **more: Any) -> list[UUID]:
    made: list[UUID] = operations.tell_staff(
        by, account_ids=[one.account_id if isinstance(one, Actor) else one for one in who], template="case_received",
        params=PARAMS, subject=("case", uuid7()), url="/desk/cases/1", **more,
    )  # fmt: skip
    return made


def kept(actor: Actor) -> int:
    return int(Account.objects.values_list("unread", flat=True).get(id=actor.account_id))


def test_whoever_is_told_sees_it_and_nobody_else() -> None:
    one, other, stranger = officer("one"), officer("other"), officer("stranger")
    tell(one, other, one)
    for reader in (one, other):
        (row,) = queries.staff_messages(reader).rows
        assert (row.url, row.read_at, kept(reader), queries.unread_count(reader)) == ("/desk/cases/1", None, 1, 1)
        assert queries.access_notice(reader, row.id) == row
        with pytest.raises(NotFound):
            queries.access_notice(stranger, row.id)
        with pytest.raises(NotFound):
            operations.read_notice(stranger, notice_id=row.id)
    operations.read_all(stranger)
    assert queries.staff_messages(stranger).rows == [] and kept(stranger) == 0
    assert Notice.objects.filter(read_at=None).count() == 2 and not Delivery.objects.exists()
    event = Event.objects.get(kind="notices.told_staff")
    assert set(event.body["accounts"]) == {str(one.account_id), str(other.account_id)}


def test_a_citizen_whose_party_has_the_same_id_reads_none_of_it_nor_the_other_way() -> None:
    clerk = officer("clerk")
    assert clerk.account_id
    twin = Actor(default_tenant(), "person", uuid4(), party_id=clerk.account_id, login_strength=PASSWORD)
    (for_staff,) = tell(clerk)
    (for_party,) = operations.tell(
        SYSTEM, party_ids=[clerk.account_id], template="case_received", params=PARAMS, subject=("case", uuid7()),
        channels=("site",),
    )  # fmt: skip
    assert [row.id for row in queries.my_notices(twin).rows] == [for_party]
    assert [row.id for row in queries.staff_messages(clerk).rows] == [for_staff]
    for actor, foreign in ((twin, for_staff), (clerk, for_party)):
        with pytest.raises(NotFound):
            queries.access_notice(actor, foreign)
    with pytest.raises(NotPermitted):
        queries.staff_messages(twin)
    with pytest.raises(LoginNeeded):
        queries.staff_messages(Actor(default_tenant()))


def test_the_unread_come_first_page_after_page() -> None:
    clerk = officer("clerk")
    ids = [tell(clerk)[0] for _ in range(7)]
    for read in ids[3:6]:
        operations.read_notice(clerk, notice_id=read)
    assert kept(clerk) == 4
    operations.read_notice(clerk, notice_id=ids[3])
    assert kept(clerk) == 4 and Event.objects.filter(kind="notices.read").count() == 3
    seen, after = [], None
    for _ in range(4):
        with count_queries() as cost:
            page = queries.staff_messages(clerk, after=after, size=2)
        assert cost == 1, cost
        seen += [row.id for row in page.rows]
        after = page.next
    assert seen == [ids[6], ids[2], ids[1], ids[0], ids[5], ids[4], ids[3]] and after is None
    operations.read_all(clerk)
    assert kept(clerk) == 0 and queries.unread_count(clerk) == 0


def test_who_may_tell_staff() -> None:
    clerk = officer("clerk")
    with pytest.raises(NotPermitted):
        tell(clerk, by=officer("other"))
    assert not Notice.objects.exists()
    assert tell(clerk, by=officer("herald", Grant("notices.tell")))
    assert tell() == []


def test_a_notice_has_one_reader() -> None:
    for wrong in ({}, {"party_id": uuid4(), "account_id": uuid4()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.create(template="case_received", version=1, subject_kind="case", subject_id=uuid4(), **wrong)
