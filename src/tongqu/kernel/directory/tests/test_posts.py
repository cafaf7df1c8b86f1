from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import Conflict, NotFound, Refused
from tongqu.kernel.directory import operations, queries
from tongqu.kernel.directory.models import Appointment
from tongqu.kernel.directory.tests.places import EAST, day, found, plant, post, system

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tree() -> None:
    plant()


def test_an_appointment_gives_the_posts_roles_while_it_runs() -> None:
    unit, account = found("甲局"), uuid7()
    window = post(unit, "window_clerk", "archivist")
    operations.appoint(system(), account_id=account, post_id=window, on=day(1), until=day(10))
    assert not queries.appointments_of(account, day(0)) and not queries.appointments_of(account, day(10))
    (held,) = queries.appointments_of(account, day(9))
    assert (held.unit_id, held.post_id, held.role_codes) == (unit, window, ("archivist", "window_clerk"))
    assert (held.region_code, held.valid_to) == (EAST, day(10))
    assert [one.account_id for one in queries.staff_of(unit, "archivist", day(9))] == [account]
    assert not queries.staff_of(unit, "head", day(9)) and len(queries.staff_of(unit, on=day(9))) == 1
    assert [one.code for one in queries.posts_of(unit, day(9))] == ["p"]


def test_nobody_is_appointed_twice_to_one_post_at_a_time() -> None:
    unit, account = found("甲局"), uuid7()
    window = post(unit, "window_clerk")
    operations.appoint(system(), account_id=account, post_id=window, on=day(1), until=day(10))
    with pytest.raises(Conflict) as refused:
        operations.appoint(system(), account_id=account, post_id=window, on=day(9))
    assert refused.value.code == "already-appointed"
    operations.appoint(system(), account_id=account, post_id=window, on=day(10))
    assert len(queries.appointments_of(account, day(10))) == 1


def test_an_appointment_ends_once_and_a_post_only_when_vacant() -> None:
    unit, account = found("甲局"), uuid7()
    window = post(unit, "window_clerk")
    made = operations.appoint(system(), account_id=account, post_id=window, on=day(1))
    held = UUID(made["appointment_id"])
    with pytest.raises(Refused):
        operations.close_post(system(), post_id=window, on=day(5))
    with pytest.raises(Conflict):
        operations.end_appointment(system(), appointment_id=held, on=day(0))
    operations.end_appointment(system(), appointment_id=held, on=day(5))
    with pytest.raises(Conflict):
        operations.end_appointment(system(), appointment_id=held, on=day(6))
    operations.close_post(system(), post_id=window, on=day(5))
    with pytest.raises(Conflict):
        operations.appoint(system(), account_id=account, post_id=window, on=day(6))
    for missing in (
        lambda: operations.end_appointment(system(), appointment_id=uuid7()),
        lambda: operations.appoint(system(), account_id=account, post_id=uuid7()),
        lambda: operations.close_post(system(), post_id=uuid7()),
    ):
        with pytest.raises(NotFound):
            missing()


def test_the_three_administrators_are_three_people() -> None:
    unit, account, other = found("数据局"), uuid7(), uuid7()
    posts = {role: post(unit, role, code=role) for role in ("system_admin", "security_admin", "audit_admin")}
    operations.appoint(system(), account_id=account, post_id=posts["system_admin"], on=day(10), until=day(20))
    for on, until in [(day(15), None), (day(1), day(11)), (day(1), None)]:
        with pytest.raises(Refused) as refused:
            operations.appoint(system(), account_id=account, post_id=posts["audit_admin"], on=on, until=until)
        assert refused.value.code == "three-admins" and refused.value.rule
    operations.appoint(system(), account_id=other, post_id=posts["audit_admin"], on=day(1))
    operations.appoint(system(), account_id=account, post_id=posts["security_admin"], on=day(20))
    assert Appointment.objects.count() == 3
    with pytest.raises(Refused):
        post(unit, "system_admin", "audit_admin")


def test_roles_held_elsewhere_count_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from tongqu.kernel.acts import ports
    from tongqu.kernel.directory.ports import RolesElsewhere

    account = uuid7()

    class Held:
        def roles_of(self, account_id: UUID, start: date, until: date | None) -> frozenset[str]:
            return frozenset({"audit_admin"} if account_id == account else ())

    monkeypatch.setitem(ports._adapters, RolesElsewhere, Held())
    system_post = post(found("数据局"), "system_admin")
    with pytest.raises(Refused):
        operations.appoint(system(), account_id=account, post_id=system_post, on=day(1))
    operations.appoint(system(), account_id=uuid7(), post_id=system_post, on=day(1))
