"""Two at once, on PostgreSQL: whoever comes second waits, sees what the first did, and cannot break what holds."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import TongquError
from tongqu.kernel.directory import load, operations, queries
from tongqu.kernel.directory.models import OPEN, Appointment, MatterLead, RegionEdition, RegionVersion, UnitVersion
from tongqu.kernel.directory.rules import duties
from tongqu.kernel.directory.tests.places import EAST, TREE, day, found, leads, listed, plant, post, system

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time anyway"),
]
ROUNDS = 6


def _together(*calls: Callable[[], object]) -> list[str]:
    """Run them at the same moment; "" for each that went through, its code for each refused."""
    start = threading.Barrier(len(calls))
    results = ["?"] * len(calls)

    def run(n: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            calls[n]()
            results[n] = ""
        except TongquError as error:
            results[n] = error.code
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_nobody_slips_into_two_administrators_posts() -> None:
    plant()
    unit = found("数据局")
    one, other = post(unit, "system_admin"), post(unit, "audit_admin")
    for _round in range(ROUNDS):
        account = uuid7()
        results = _together(
            *(
                lambda place=place, account=account: operations.appoint(
                    system(), account_id=account, post_id=place, on=day(1)
                )
                for place in (one, other)
            )
        )
        assert sorted(results) == ["", "three-admins"]
        assert Appointment.objects.filter(account_id=account).count() == 1


def test_two_moves_do_not_close_a_ring() -> None:
    plant()
    for n in range(ROUNDS):
        top, low = found(f"{n}甲局"), found(f"{n}乙局")
        between = found(f"{n}丙局", parent_id=low)
        results = _together(
            lambda low=low, top=top: operations.change_unit(
                system(), unit_id=low, changes={"parent_id": top}, on=day(1)
            ),
            lambda top=top, between=between: operations.change_unit(
                system(), unit_id=top, changes={"parent_id": between}, on=day(1)
            ),
        )
        assert sorted(results) == ["", "unit-ring"]
        assert not duties.cycle(dict(UnitVersion.objects.filter(OPEN).values_list("unit_id", "parent_id")))


def test_two_mergers_of_each_other_leave_one() -> None:
    plant()
    for n in range(ROUNDS):
        one, other = found(f"{n}甲局"), found(f"{n}乙局")
        results = _together(
            lambda one=one, other=other: operations.merge_units(system(), unit_ids=[one], into=other, on=day(1)),
            lambda one=one, other=other: operations.merge_units(system(), unit_ids=[other], into=one, on=day(1)),
        )
        assert sorted(results) == ["", "ended"]


def test_what_is_attached_during_a_merger_goes_along_or_is_refused() -> None:
    plant()
    for n in range(ROUNDS):
        old, new, account = found(f"{n}甲局"), found(f"{n}乙局"), uuid7()
        window = post(old, "window_clerk")
        results = _together(
            lambda old=old, new=new: operations.merge_units(system(), unit_ids=[old], into=new, on=day(5)),
            lambda old=old, n=n: leads(old, f"m{n}", on=day(5)),
            lambda account=account, window=window: operations.appoint(
                system(), account_id=account, post_id=window, on=day(5)
            ),
            lambda old=old: found("下属", parent_id=old, on=day(5)),
        )
        assert results[0] == "" and set(results[1:]) <= {"", "ended"}
        assert not MatterLead.objects.filter(OPEN, unit_id=old).exists()
        assert not UnitVersion.objects.filter(OPEN, parent_id=old).exists()
        if results[1] == "":
            assert queries.lead_unit(f"m{n}", EAST, day(5)).id == new
        if results[2] == "":
            assert [held.unit_id for held in queries.appointments_of(account, day(5))] == [new]


def test_two_named_at_once_leave_one_lead() -> None:
    plant()
    units = [found("甲局"), found("乙局")]
    for n in range(ROUNDS):
        results = _together(*(lambda unit=unit, n=n: leads(unit, f"m{n}", on=day(1)) for unit in units))
        assert "" in results and set(results) <= {"", "conflict"}
        assert MatterLead.objects.filter(OPEN, matter=f"m{n}").count() == 1
        assert queries.lead_unit(f"m{n}", EAST, day(1)).id in units


def test_one_list_loaded_twice_at_once_is_loaded_once() -> None:
    results = _together(lambda: load.apply(listed(TREE)), lambda: load.apply(listed(TREE)))
    assert "" in results and set(results) <= {"", "import-race"}
    assert RegionEdition.objects.count() == 1 and RegionVersion.objects.count() == len(TREE)
    assert load.apply(listed(TREE)).unchanged
