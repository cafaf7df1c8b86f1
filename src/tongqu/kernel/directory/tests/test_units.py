from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, TongquError
from tongqu.kernel.acts.models import Event
from tongqu.kernel.directory import operations, queries
from tongqu.kernel.directory.models import Appointment, MatterLead, Post, Unit, UnitChange, UnitVersion
from tongqu.kernel.directory.tests.places import CITY, EAST, START, WEST, day, found, leads, plant, post, staff, system

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tree() -> None:
    plant()


def test_a_unit_keeps_its_old_name_on_old_days() -> None:
    unit = found("大数据局", phone="0000-5550102", address="某路 1 号", names={"en": "Big Data"})
    operations.rename_unit(system(), unit_id=unit, name="数据局", names={"en": "Data"}, on=day(100))
    assert queries.unit(unit, day(99)).name == "大数据局"
    now = queries.unit(unit, day(100))
    assert (now.name, now.short_name, now.names, now.phone) == ("数据局", "数据局", {"en": "Data"}, "0000-5550102")
    assert [version.name for version in queries.unit_history(unit)] == ["大数据局", "数据局"]
    with pytest.raises(NotFound):
        queries.unit(unit, day(-1))
    told = Event.objects.get(kind="directory.unit_renamed")
    assert told.subject_id == unit and told.subject_version == 2 == Unit.objects.get(id=unit).version
    assert told.body == {
        "from": str(UnitVersion.objects.get(name="大数据局").id),
        "to": str(UnitVersion.objects.get(name="数据局").id),
        "on": day(100).isoformat(),
    }


def test_without_a_day_a_change_holds_from_today_in_shanghai() -> None:
    unit = found("甲局")
    with clock.at(datetime(2026, 3, 1, 17, 0, tzinfo=UTC)):  # 01:00 on the 2nd there
        operations.rename_unit(system(), unit_id=unit, name="乙局")
        assert queries.unit(unit).name == "乙局"
    assert queries.unit(unit, date(2026, 3, 1)).name == "甲局"
    assert queries.unit(unit, date(2026, 3, 2)).name == "乙局"


def test_a_wrong_name_is_put_right_on_its_own_day() -> None:
    unit = found("甲局")
    for name in ("错字局", "正字局"):
        operations.rename_unit(system(), unit_id=unit, name=name, on=day(10))
    assert [queries.unit(unit, day(n)).name for n in (9, 10, 11)] == ["甲局", "正字局", "正字局"]
    assert UnitVersion.objects.filter(name="错字局").exists(), "the record of the mistake stays"


@pytest.mark.parametrize("name", ["乙\x00局", "乙\x07局", "乙\ue000局", "乙\ud800局"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    unit = found("甲局")
    with pytest.raises(Invalid) as refused:
        operations.rename_unit(system(), unit_id=unit, name=name, on=day(10))
    assert set(refused.value.fields) == {"name"} and queries.unit(unit, day(10)).name == "甲局"
    operations.rename_unit(system(), unit_id=unit, name="\u202e乙\u200b  局", on=day(10))
    assert queries.unit(unit, day(10)).name == "乙 局", "what turns the direction or is not seen is left out"


def test_nothing_changes_under_a_later_change() -> None:
    unit = found("甲局")
    operations.rename_unit(system(), unit_id=unit, name="乙局", on=day(10))
    with pytest.raises(Conflict) as refused:
        operations.rename_unit(system(), unit_id=unit, name="丙局", on=day(5))
    assert refused.value.code == "later-change"
    assert [version.name for version in queries.unit_history(unit)] == ["甲局", "乙局"]


def test_the_same_name_again_is_no_change() -> None:
    unit = found("甲局")
    before = Event.objects.count()
    operations.rename_unit(system(), unit_id=unit, name="甲局", on=day(10))
    assert Event.objects.count() == before and len(queries.unit_history(unit)) == 1


def test_who_saw_an_older_version_is_told() -> None:
    unit = found("甲局")
    operations.rename_unit(system(), unit_id=unit, name="乙局", on=day(10), expected_version=1)
    with pytest.raises(Conflict):
        operations.rename_unit(system(), unit_id=unit, name="丙局", on=day(20), expected_version=1)
    assert queries.unit(unit, day(30)).name == "乙局"


def test_phone_place_and_superior_change_from_a_day() -> None:
    above, unit = found("政府"), found("甲局")
    changes = {"phone": "0000-1", "address": "新址", "region_code": "980103", "parent_id": above}
    operations.change_unit(system(), unit_id=unit, changes=changes, on=day(5))
    now = queries.unit(unit, day(5))
    assert (now.phone, now.address, now.region_code, now.parent_id) == ("0000-1", "新址", WEST, above)
    assert queries.unit(unit, day(4)).region_code == EAST
    with pytest.raises(Invalid):
        operations.change_unit(system(), unit_id=unit, changes={"name": "乙局"}, on=day(6))


def test_no_unit_comes_to_stand_under_itself() -> None:
    top = found("政府")
    middle = found("厅", parent_id=top)
    low = found("处", parent_id=middle)
    for parent in (low, middle, top):
        with pytest.raises(Refused) as refused:
            operations.change_unit(system(), unit_id=top, changes={"parent_id": parent}, on=day(5))
        assert refused.value.code == "unit-ring"
    assert queries.unit(top, day(5)).parent_id is None


@pytest.mark.parametrize(
    ("inputs", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 101}, "name"),
        ({"kind": "club"}, "kind"),
        ({"region_code": "980177"}, "region_code"),
        ({"region_code": "98x"}, "region_code"),
        ({"code": ""}, "code"),
        ({"address": "长" * 201}, "address"),
    ],
)
def test_a_wrong_field_is_named(inputs: dict[str, str], field: str) -> None:
    good = {"code": "a", "name": "甲局", "kind": "department", "region_code": EAST}
    with pytest.raises(Invalid) as refused:
        operations.create_unit(system(), **{**good, **inputs}, on=START)
    assert field in refused.value.fields
    assert not Unit.objects.exists() and not Event.objects.filter(subject_kind="unit").exists()


def test_a_unit_code_is_used_once() -> None:
    found("甲局", code="a")
    with pytest.raises(Conflict) as refused:
        found("乙局", code="a")
    assert refused.value.code == "unit-code-used" and Unit.objects.count() == 1
    assert queries.unit_by_code("a", day(1)).name == "甲局"
    found("丙局", code="a", actor=system(uuid7()))
    assert Unit.objects.count() == 2, "another tenant has its own codes"


def test_an_unused_unit_may_close_and_keeps_its_last_name() -> None:
    unit = found("临时办")
    operations.close_unit(system(), unit_id=unit, on=day(50))
    assert queries.unit(unit, day(49)).ended_on is None
    gone = queries.unit(unit, day(50))
    assert (gone.name, gone.ended_on) == ("临时办", day(50))
    assert queries.units_in(EAST, day(49)) and not queries.units_in(EAST, day(50))
    with pytest.raises(Conflict):
        operations.rename_unit(system(), unit_id=unit, name="乙局", on=day(60))
    with pytest.raises(Conflict):
        leads(unit, "m", on=day(60))


def test_a_unit_with_duties_does_not_close() -> None:
    for attach, code in [
        (lambda unit: leads(unit, "m"), "still-leads"),
        (lambda unit: found("下属", parent_id=unit), "still-superior"),
        (
            lambda unit: operations.appoint(system(), account_id=uuid7(), post_id=post(unit), on=day(1), until=day(99)),
            "still-staffed",
        ),
    ]:
        unit = found("甲局")
        attach(unit)
        with pytest.raises(Refused) as refused:
            operations.close_unit(system(), unit_id=unit, on=day(50))
        assert refused.value.code == code and queries.unit(unit, day(60)).ended_on is None


# --- the duty ledger ----------------------------------------------------


def test_the_nearest_place_with_a_lead_answers() -> None:
    city, east = found("市局", region=CITY), found("东区局")
    leads(city, "m", region=CITY)
    leads(east, "m")
    assert queries.lead_unit("m", "980102001001", day(1)).id == east
    assert queries.lead_unit("m", WEST, day(1)).id == city
    assert queries.lead_unit("m", "9801", day(1)).id == city
    for place, matter in (("98", "m"), (EAST, "other")):
        with pytest.raises(NotFound):
            queries.lead_unit(matter, place, day(1))
    with pytest.raises(NotFound):
        queries.lead_unit("m", EAST, day(-1))
    assert queries.unled(["m", "other"], [EAST, "98"], day(1)) == [
        ("m", "980000000000"), ("other", EAST), ("other", "980000000000"),
    ]  # fmt: skip


def test_one_unit_leads_at_a_time_and_the_counter_goes_with_it() -> None:
    first, second = found("甲局"), found("乙局")
    leads(first, "m")
    operations.name_lead(
        system(),
        matter="m",
        region_code=EAST,
        unit_id=second,
        on=day(10),
        counter_name="一号窗",
        counter_phone="0000-2",
    )
    assert [queries.lead_unit("m", EAST, day(n)).id for n in (9, 10)] == [first, second]
    counter = queries.lead("m", EAST, day(10))
    assert (counter.counter_name, counter.counter_phone, counter.region_code) == ("一号窗", "0000-2", EAST)
    before = Event.objects.count()
    operations.name_lead(
        system(),
        matter="m",
        region_code=EAST,
        unit_id=second,
        on=day(20),
        counter_name="一号窗",
        counter_phone="0000-2",
    )
    assert Event.objects.count() == before, "naming the same again is no change"
    operations.end_lead(system(), matter="m", region_code=EAST, on=day(30))
    with pytest.raises(NotFound):
        queries.lead_unit("m", EAST, day(30))
    with pytest.raises(NotFound):
        operations.end_lead(system(), matter="m", region_code=EAST, on=day(31))


def test_the_lead_has_the_name_of_the_day_asked() -> None:
    unit = found("甲局")
    leads(unit, "m")
    operations.rename_unit(system(), unit_id=unit, name="乙局", on=day(10))
    assert [queries.lead_unit("m", EAST, day(n)).name for n in (9, 10)] == ["甲局", "乙局"]


def test_another_tenants_ledger_is_not_ours() -> None:
    other = uuid7()
    theirs = found("他局", actor=system(other))
    leads(theirs, "m", actor=system(other))
    with pytest.raises(NotFound):
        queries.lead_unit("m", EAST, day(1))
    assert queries.lead_unit("m", EAST, day(1), tenant_id=other).id == theirs
    with pytest.raises(NotFound):
        operations.rename_unit(system(), unit_id=theirs, name="我局", on=day(5))
    with pytest.raises(NotFound):
        leads(theirs, "m")


# --- rights ----------------------------------------------------


def _verbs(unit: UUID, other: UUID, place: UUID, held: UUID) -> dict[str, Callable[..., object]]:
    share = [operations.Share(unit_id=other), operations.Share(unit_id=found("丙局"))]
    return {
        "create_unit": lambda who: operations.create_unit(
            who, code="n", name="新局", kind="department", region_code=EAST, parent_id=unit, on=day(9)
        ),
        "rename_unit": lambda who: operations.rename_unit(who, unit_id=unit, name="新局", on=day(9)),
        "change_unit": lambda who: operations.change_unit(who, unit_id=unit, changes={"phone": "1"}, on=day(9)),
        "close_unit": lambda who: operations.close_unit(who, unit_id=unit, on=day(9)),
        "merge_units": lambda who: operations.merge_units(who, unit_ids=[unit], into=other, on=day(9)),
        "split_unit": lambda who: operations.split_unit(who, unit_id=unit, shares=share, on=day(9)),
        "create_post": lambda who: operations.create_post(
            who, unit_id=unit, code="n", title="岗", roles=["head"], on=day(9)
        ),
        "close_post": lambda who: operations.close_post(who, post_id=place, on=day(9)),
        "appoint": lambda who: operations.appoint(who, account_id=uuid7(), post_id=place, on=day(9)),
        "end_appointment": lambda who: operations.end_appointment(who, appointment_id=held, on=day(9)),
        "name_lead": lambda who: operations.name_lead(who, matter="n", region_code=EAST, unit_id=unit, on=day(9)),
        "end_lead": lambda who: operations.end_lead(who, matter="m", region_code=EAST, on=day(9)),
    }


RIGHTS = {
    "create_post": "directory.manage_posts",
    "close_post": "directory.manage_posts",
    "appoint": "directory.appoint",
    "end_appointment": "directory.appoint",
}


def _state() -> list[object]:
    models = (Unit, UnitVersion, UnitChange, Post, Appointment, MatterLead, Event)
    return [sorted(map(repr, model.objects.values_list())) for model in models]


def test_whoever_lacks_the_right_changes_nothing() -> None:
    """Anonymous; staff of the unit without the verb; staff with the verb of the other kind; with it in another unit."""
    unit, other = found("甲局"), found("乙局")
    place = post(unit, "head")
    held = UUID(operations.appoint(system(), account_id=uuid7(), post_id=place, on=day(1))["appointment_id"])
    leads(unit, "m")
    verbs = _verbs(unit, other, place, held)
    before = _state()
    for name, call in verbs.items():
        wanted = RIGHTS.get(name, "directory.manage")
        wrong = [verb for verb in ("directory.manage", "directory.manage_posts", "directory.appoint") if verb != wanted]
        for who in (
            staff(),
            staff("cases.accept", unit_id=unit),
            staff(*wrong),
            staff(wanted, unit_id=other),
            type(staff())(tenant_id=staff().tenant_id),
        ):
            with pytest.raises(TongquError) as refused:
                call(who)
            assert refused.value.status in (401, 403), name
        assert _state() == before, name
    for name in ("rename_unit", "create_post", "appoint", "name_lead"):
        right = RIGHTS.get(name, "directory.manage")
        with pytest.raises(NotPermitted):
            verbs[name](staff(right, unit_id=other))
        verbs[name](staff(right, unit_id=unit))


# --- reading ----------------------------------------------------


def test_reading_takes_one_query(django_assert_num_queries: Callable[[int], object]) -> None:
    units = [found(name) for name in ("甲局", "乙局", "丙局")]
    account = uuid7()
    operations.appoint(system(), account_id=account, post_id=post(units[0], "head"), on=day(1))
    leads(units[0], "m")
    reads: list[Callable[[], object]] = [
        lambda: queries.unit(units[0]),
        lambda: queries.units(units),
        lambda: queries.units_in("98"),
        lambda: queries.unit_history(units[0]),
        lambda: queries.successors(units[0]),
        lambda: queries.lead("m", "980102001001"),
        lambda: queries.lead_unit("m", EAST),
        lambda: queries.unled(["m", "n"], [EAST, WEST]),
        lambda: queries.appointments_of(account),
        lambda: queries.staff_of(units[0], "head"),
        lambda: queries.posts_of(units[0]),
    ]
    for read in reads:
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert read() is not None
    assert [view.name for view in queries.units(units).values()] != [] and len(queries.units(units)) == 3
