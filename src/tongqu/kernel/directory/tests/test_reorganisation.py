from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.directory import operations, queries
from tongqu.kernel.directory.models import MatterLead, UnitVersion
from tongqu.kernel.directory.operations import Share
from tongqu.kernel.directory.rules import duties
from tongqu.kernel.directory.rules.dating import Span, broken
from tongqu.kernel.directory.tests.places import EAST, WEST, day, found, leads, plant, post, system

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tree() -> None:
    plant()


def test_after_a_merger_the_successor_leads_from_the_day_and_the_old_one_before() -> None:
    industry, trade, market = found("工商局"), found("质监局"), found("市场监管局")
    leads(industry, "licence")
    leads(trade, "quality", region=WEST)
    operations.merge_units(system(), unit_ids=[industry, trade], into=market, on=day(100))
    for matter, place, before in (("licence", EAST, industry), ("quality", WEST, trade)):
        assert queries.lead_unit(matter, place, day(99)).id == before
        assert queries.lead_unit(matter, place, day(100)).id == market
    assert queries.unit(industry, day(99)).ended_on is None
    assert (queries.unit(industry, day(100)).name, queries.unit(industry, day(100)).ended_on) == ("工商局", day(100))
    assert queries.successors(industry, day(99)) == [industry]
    assert queries.successors(industry, day(100)) == [market]
    assert [e.subject_id for e in Event.objects.filter(kind="directory.unit_merged").order_by("id")] == [
        industry,
        trade,
    ]
    assert Event.objects.filter(kind="directory.lead_moved").count() == 2


def test_people_and_units_below_move_along() -> None:
    top = found("区政府")
    old, new = found("甲局", parent_id=top), found("乙局", parent_id=top)
    below = found("甲局一科", parent_id=old)
    window, head = post(old, "window_clerk", code="window"), post(old, "head", code="head")
    clerk, chief, leaving = uuid7(), uuid7(), uuid7()
    operations.appoint(system(), account_id=clerk, post_id=window, on=day(1))
    operations.appoint(system(), account_id=chief, post_id=head, on=day(1), until=day(300))
    operations.appoint(system(), account_id=leaving, post_id=window, on=day(1), until=day(50))
    operations.appoint(system(), account_id=leaving, post_id=head, on=day(200))
    operations.merge_units(system(), unit_ids=[old], into=new, on=day(100))
    (held,) = queries.appointments_of(clerk, day(100))
    assert (held.unit_id, held.role_codes, held.post_code) == (new, ("window_clerk",), "window")
    assert queries.appointments_of(clerk, day(99))[0].unit_id == old
    assert queries.appointments_of(chief, day(299))[0].unit_id == new and not queries.appointments_of(chief, day(300))
    assert not queries.appointments_of(leaving, day(150))
    assert queries.appointments_of(leaving, day(200))[0].unit_id == new, "one who was to begin later begins there"
    assert queries.unit(below, day(99)).parent_id == old and queries.unit(below, day(100)).parent_id == new
    assert not queries.staff_of(old, on=day(100)) and not queries.posts_of(old, day(100))


def test_a_department_may_merge_into_its_own_division() -> None:
    top = found("区政府")
    old = found("甲局", parent_id=top)
    division, sister = found("一科", parent_id=old), found("二科", parent_id=old)
    operations.merge_units(system(), unit_ids=[old], into=division, on=day(10))
    assert queries.unit(division, day(10)).parent_id == top
    assert queries.unit(sister, day(10)).parent_id == division


def test_a_merger_that_would_close_a_ring_is_refused() -> None:
    old = found("甲局")
    division = found("一科", parent_id=old)
    group = found("一组", parent_id=division)
    before = UnitVersion.objects.count()
    with pytest.raises(Refused) as refused:
        operations.merge_units(system(), unit_ids=[old], into=group, on=day(10))
    assert refused.value.code == "unit-ring" and UnitVersion.objects.count() == before
    assert queries.unit(old, day(20)).ended_on is None


def test_a_unit_merges_once_and_not_before_what_is_on_record() -> None:
    first, second = found("甲局"), found("乙局")
    leads(first, "m", on=day(50))
    with pytest.raises(Conflict):
        operations.merge_units(system(), unit_ids=[first], into=second, on=day(40))
    with pytest.raises(Invalid):
        operations.merge_units(system(), unit_ids=[second], into=second, on=day(60))
    operations.merge_units(system(), unit_ids=[first, second], into=second, on=day(60))
    with pytest.raises(Conflict):
        operations.merge_units(system(), unit_ids=[first], into=second, on=day(70))
    with pytest.raises(Conflict):
        operations.merge_units(system(), unit_ids=[second], into=first, on=day(70))


def test_a_lead_named_on_the_day_of_the_merger_is_the_successors() -> None:
    first, second = found("甲局"), found("乙局")
    leads(first, "m", on=day(60))
    operations.merge_units(system(), unit_ids=[first], into=second, on=day(60))
    assert queries.lead_unit("m", EAST, day(60)).id == second
    assert MatterLead.objects.count() == 2


def test_a_split_shares_out_everything() -> None:
    top = found("区政府")
    old = found("城建环保局", parent_id=top)
    build, green = found("住建局", parent_id=top), found("环保局", parent_id=old)
    permit, water = leads(old, "permit"), leads(old, "water", region=WEST)
    window = post(old, "window_clerk")
    below = found("一科", parent_id=old)
    clerk = uuid7()
    operations.appoint(system(), account_id=clerk, post_id=window, on=day(1))
    shares = [
        Share(unit_id=build, leads=(permit,), units=(below,)),
        Share(unit_id=green, leads=(water,), posts=(window,)),
    ]
    operations.split_unit(system(), unit_id=old, shares=shares, on=day(100))
    assert [queries.lead_unit("permit", EAST, day(n)).id for n in (99, 100)] == [old, build]
    assert [queries.lead_unit("water", WEST, day(n)).id for n in (99, 100)] == [old, green]
    assert queries.appointments_of(clerk, day(100))[0].unit_id == green
    assert queries.unit(below, day(100)).parent_id == build
    assert queries.unit(green, day(100)).parent_id == top, "the division that became a bureau stands beside"
    assert set(queries.successors(old, day(100))) == {build, green}
    assert Event.objects.get(kind="directory.unit_split").body["successors"] == [str(build), str(green)]


def test_a_split_that_leaves_or_doubles_something_is_refused() -> None:
    old, one, two = found("甲局"), found("乙局"), found("丙局")
    permit, water, window = leads(old, "permit"), leads(old, "water", region=WEST), post(old, "head")
    everything = (permit, water)
    for shares, code in [
        ([Share(one, leads=(permit,), posts=(window,)), Share(two)], "not-taken"),
        ([Share(one, leads=everything, posts=(window,)), Share(two, leads=(permit,))], "taken-twice"),
        ([Share(one, leads=everything, posts=(window, uuid7())), Share(two)], "not-its-own"),
        ([Share(one, leads=everything, posts=(window,))], "invalid"),
        ([Share(one, leads=everything, posts=(window,)), Share(one)], "invalid"),
        ([Share(one, leads=everything, posts=(window,)), Share(old)], "invalid"),
    ]:
        with pytest.raises(Invalid) as refused:
            operations.split_unit(system(), unit_id=old, shares=shares, on=day(10))
        assert refused.value.code == code
        if code == "not-taken":
            assert "water" in str(refused.value.message)
    assert queries.unit(old, day(20)).ended_on is None and not Event.objects.filter(kind="directory.unit_split")


def test_heirs_of_heirs_are_found() -> None:
    a, b, c, d = (found(name) for name in "甲乙丙丁")
    leads(a, "m")
    operations.merge_units(system(), unit_ids=[a], into=b, on=day(10))
    (lead,) = MatterLead.objects.filter(unit_id=b)
    operations.split_unit(system(), unit_id=b, shares=[Share(c, leads=(lead.id,)), Share(d)], on=day(20))
    assert [set(queries.successors(a, day(n))) for n in (9, 10, 20)] == [{a}, {b}, {c, d}]
    assert [queries.lead_unit("m", EAST, day(n)).id for n in (9, 10, 20)] == [a, b, c]


# --- whatever happens ----------------------------------------------------

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "merge", "split", "lead", "move"]),
        st.integers(0, 3),
        st.integers(0, 3),
        st.integers(0, 3),  # days since the step before
    ),
    min_size=1,
    max_size=8,
)


class Model:
    """What ought to be true, kept in plain dictionaries, day by day."""

    def __init__(self, units: list[UUID]) -> None:
        self.names: list[tuple[int, UUID, str]] = []
        self.leads: list[tuple[int, str, UUID]] = []
        self.alive = list(units)
        self.ended: dict[UUID, int] = {}

    def name(self, unit: UUID, on: int) -> str | None:
        on = min(on, self.ended.get(unit, on + 1) - 1)  # a unit that has ended keeps the name of its last day
        return next((name for at, one, name in reversed(self.names) if one == unit and at <= on), None)

    def lead(self, matter: str, on: int) -> UUID:
        return next(unit for at, one, unit in reversed(self.leads) if one == matter and at <= on)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_on_any_day_one_name_one_lead_and_no_ring(steps: list[tuple[str, int, int, int]]) -> None:
    with transaction.atomic():
        tenant = uuid7()
        who = system(tenant)
        units = [found(f"{n}局", actor=who) for n in range(4)]
        model = Model(units)
        for n, unit in enumerate(units):
            leads(unit, f"m{n}", actor=who)
            model.names.append((0, unit, f"{n}局"))
            model.leads.append((0, f"m{n}", unit))
        today = 1
        for step, (kind, i, j, wait) in enumerate(steps):
            today += wait
            _take_step(who, model, units, kind, i, j, today, step)
            _check(model, units, tenant, today)
        transaction.set_rollback(True)


def _take_step(who, model: Model, units: list[UUID], kind: str, i: int, j: int, today: int, step: int) -> None:  # type: ignore[no-untyped-def]
    one, other, on = units[i], units[j], day(today)
    try:
        with transaction.atomic():
            if kind == "rename":
                operations.rename_unit(who, unit_id=one, name=f"{step}新局", on=on)
                model.names.append((today, one, f"{step}新局"))
            elif kind == "lead":
                leads(one, f"m{j}", actor=who, on=on)
                model.leads.append((today, f"m{j}", one))
            elif kind == "move":
                operations.change_unit(who, unit_id=one, changes={"parent_id": other}, on=on)
            elif kind == "merge":
                operations.merge_units(who, unit_ids=[one], into=other, on=on)
                _hand_on(model, one, {f"m{n}": other for n in range(4)}, today)
            else:
                third = units[(j + 1) % 4]
                mine = MatterLead.objects.filter(unit_id=one, valid_to=None).order_by("matter")
                below = UnitVersion.objects.filter(parent_id=one, valid_to=None).exclude(unit_id__in=[other, third])
                shares = [
                    Share(other, leads=tuple(lead.id for lead in mine[:1])),
                    Share(
                        third,
                        leads=tuple(lead.id for lead in mine[1:]),
                        units=tuple(below.values_list("unit_id", flat=True)),
                    ),
                ]
                heirs = {lead.matter: other if n == 0 else third for n, lead in enumerate(mine)}
                operations.split_unit(who, unit_id=one, shares=shares, on=on)
                _hand_on(model, one, heirs, today)
    except (Conflict, Invalid, Refused):
        pass  # a ring, an ended unit, a unit with itself: refused, and the model stays as it was


def _hand_on(model: Model, ended: UUID, heirs: dict[str, UUID], today: int) -> None:
    for matter in [f"m{n}" for n in range(4)]:
        if model.lead(matter, today) == ended:
            model.leads.append((today, matter, heirs[matter]))
    model.alive.remove(ended)
    model.ended[ended] = today


def _check(model: Model, units: list[UUID], tenant: UUID, today: int) -> None:
    versions = list(UnitVersion.objects.filter(tenant_id=tenant))
    for unit in units:
        series = [Span(row.valid_from, row.valid_to) for row in versions if row.unit_id == unit]
        assert broken(series) == []
    for offset in range(today + 2):
        on: date = day(offset)
        in_force = [row for row in versions if Span(row.valid_from, row.valid_to).holds(on)]
        assert len({row.unit_id for row in in_force}) == len(in_force), "one name a day"
        assert duties.cycle({row.unit_id: row.parent_id for row in in_force}) == []
        views = queries.units(units, on)
        for unit in units:
            assert views[unit].name == model.name(unit, offset)
            assert (views[unit].ended_on is None) == any(row.unit_id == unit for row in in_force)
        for n in range(4):
            assert queries.lead_unit(f"m{n}", EAST, on, tenant_id=tenant).id == model.lead(f"m{n}", offset)
    assert {row.unit_id for row in versions if row.valid_to is None} == set(model.alive)
