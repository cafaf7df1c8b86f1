"""Yellow cards before the last day, red ones after it, explained; by the settings of item and unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import supervision
from tongqu.kernel.cases.models import Case, SupervisionCard, WarningDays
from tongqu.kernel.cases.subscribers import settle_cards
from tongqu.kernel.cases.tests.world import SYSTEM, TENANT
from tongqu.kernel.law import misses
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import SOON


def at(moment: str) -> Any:
    return clocks.at(datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI))


def decide(case_id: UUID) -> Clock:
    return Clock.objects.get(subject_id=case_id, name="decide")


def before(clock: Clock, working_days: int) -> Any:
    """In the morning, so many working days before the last day of the period."""
    from tongqu.kernel.law import register

    calendar = register.calendar()
    number = calendar.working_upto(clock.last_day.toordinal()) - working_days
    return at(f"{datetime.fromordinal(calendar.working_day(number)).date()}T09:00")


def settle() -> None:
    """What the relay does with the events of clocks."""
    settle_cards(list(Event.objects.filter(kind__startswith="law.clock_").order_by("recorded_at")))


def card(case_id: UUID) -> SupervisionCard | None:
    return SupervisionCard.objects.filter(case_id=case_id).first()


def test_a_yellow_card_comes_two_working_days_before_the_last_unless_set_otherwise(world: Any) -> None:
    case_id = world.accepted()
    with before(decide(case_id), SOON + 1):
        assert supervision.warn_all() == 0 and card(case_id) is None
    with before(decide(case_id), SOON):
        assert supervision.warn_all() == 1
        assert supervision.warn_all() == 0, "one card for each clock"
    found = card(case_id)
    assert found is not None and (found.level, found.state, found.clock_name) == ("yellow", "open", "decide")
    assert found.rule == decide(case_id).cite and found.unit_id == Case.objects.get(id=case_id).unit_id
    assert Event.objects.get(kind="cases.warned").subject_id == case_id


def test_the_time_to_tell_of_acceptance_is_warned_of_too(world: Any) -> None:
    case_id = world.submitted()
    clock = Clock.objects.get(subject_id=case_id, name="notice")
    with before(clock, 1):
        assert supervision.warn_all() == 1
    found = card(case_id)
    assert found is not None and found.clock_name == "notice"


def test_the_nearer_setting_goes_first(world: Any) -> None:
    case_id = world.accepted()
    case = Case.objects.get(id=case_id)
    supervision.set_warning_days(SYSTEM, item_code="", unit_id=None, days=1)
    supervision.set_warning_days(SYSTEM, item_code=case.item_code, unit_id=None, days=3)
    supervision.set_warning_days(world.staff["head"], item_code="", unit_id=case.unit_id, days=5)
    with before(decide(case_id), 6):
        assert supervision.warn_all() == 0
    with before(decide(case_id), 5):
        supervision.set_warning_days(world.staff["head"], item_code=case.item_code, unit_id=case.unit_id, days=4)
        assert supervision.warn_all() == 0
        supervision.set_warning_days(world.staff["head"], item_code=case.item_code, unit_id=case.unit_id, days=None)
        assert supervision.warn_all() == 1
    assert Event.objects.filter(kind="cases.warning_days_set").count() == 5


units = st.sampled_from([None, UUID(int=1), UUID(int=2)])
items = st.sampled_from(["", "a", "b"])


@given(
    st.dictionaries(st.tuples(items, units), st.integers(0, 30)), st.sampled_from(["a", "b"]), st.sampled_from([1, 2])
)
def test_what_holds_is_one_of_what_is_set_or_the_default(
    days: dict[tuple[str, UUID | None], int], item: str, unit: int
) -> None:
    found = supervision.Settings(days).of(item, UUID(int=unit))
    nearer = [
        days[key] for key in ((item, UUID(int=unit)), ("", UUID(int=unit)), (item, None), ("", None)) if key in days
    ]
    assert found == (nearer[0] if nearer else SOON)
    assert found <= supervision.Settings(days).most


@pytest.mark.parametrize("days", [-1, 31, 10**6])
def test_days_out_of_range_are_refused(world: Any, days: int) -> None:
    with pytest.raises(Invalid):
        supervision.set_warning_days(SYSTEM, item_code="", unit_id=None, days=days)
    assert not WarningDays.objects.exists()


def test_who_may_not_set_it(world: Any) -> None:
    unit = Case.objects.get(id=world.accepted()).unit_id
    for who, where in (("clerk", unit), ("head", None), ("head", uuid7())):
        with pytest.raises(NotPermitted):
            supervision.set_warning_days(world.staff[who], item_code="", unit_id=where, days=3)


def test_a_red_card_when_the_time_has_passed_and_the_act_is_owed(world: Any) -> None:
    case_id = world.reviewed()
    clock = decide(case_id)
    with before(clock, 1):
        supervision.warn_all()
    with clocks.at(clock.due_at + timedelta(hours=9)):
        assert misses.sweep() >= 1
        misses.sweep()
        red = card(case_id)
        assert red is not None and (red.level, red.state) == ("red", "open")
        assert supervision.warn_all() == 0
        assert Event.objects.filter(kind="cases.overdue", subject_id=case_id).count() == 1
        world.act("head", case_id, "grant")
        settle()
    closed = card(case_id)
    assert closed is not None and (closed.state, closed.late) == ("closed", 1)
    assert Event.objects.get(kind="cases.card_closed").body["late"] == 1


def test_an_act_in_time_closes_the_yellow_card(world: Any) -> None:
    case_id = world.reviewed()
    with before(decide(case_id), 1):
        supervision.warn_all()
        world.act("head", case_id, "grant")
        settle()
        settle()
    found = SupervisionCard.objects.get(case_id=case_id, clock_name="decide")
    assert (found.state, found.late) == ("closed", 0)
    assert Event.objects.filter(kind="cases.card_closed").count() == 1


def test_an_extension_lifts_the_yellow_card_and_it_comes_again(world: Any) -> None:
    case_id = world.reviewed()
    with before(decide(case_id), 1):
        supervision.warn_all()
        world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "需向上级请示"})
        settle()
    lifted = card(case_id)
    assert lifted is not None and lifted.state == "lifted"
    with before(decide(case_id), 2):
        assert supervision.warn_all() == 1
    again = card(case_id)
    assert again is not None and (again.id, again.state, again.due_at) == (lifted.id, "open", decide(case_id).due_at)


def test_a_provisional_date_brings_no_card(world: Any) -> None:
    case_id = world.accepted()
    Clock.objects.filter(subject_id=case_id).update(provisional=True)
    with before(decide(case_id), 1):
        assert supervision.warn_all() == 0


def test_what_was_promised_is_warned_of_and_its_overrun_explained(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """L27: the promised time is public beside the law's, and passing it is to be explained."""
    from tongqu.domains.services.queries import case_context
    from tongqu.kernel.cases import definition
    from tongqu.kernel.cases.queries import access_case
    from tongqu.kernel.law.pages.why import why

    monkeypatch.setattr(definition, "promise", lambda _package, clock: (4, "day") if clock == "decide" else None)
    case_id = world.reviewed()
    clock = decide(case_id)
    assert clock.promised_last_day is not None and clock.promised_last_day < clock.last_day
    assert why(clock).promised == clock.promised_last_day
    view = access_case(world.owner, case_id=case_id, purpose="test")
    assert [one["why"].promised for one in case_context(view)["clocks"] if one["clock"].name == "decide"] == [
        clock.promised_last_day
    ]
    with at(f"{clock.promised_last_day}T09:00"):
        assert supervision.warn_all() == 1
        yellow = card(case_id)
        assert yellow is not None and yellow.level == "yellow"
        with pytest.raises(Conflict):
            supervision.explain_overdue(world.staff["head"], card_id=yellow.id, text="未到", expected_version=1)
    with at(f"{clock.promised_last_day + timedelta(days=1)}T09:00"):
        supervision.explain_overdue(
            world.staff["head"], card_id=yellow.id, text="多人同时申请", expected_version=yellow.version
        )
    assert card(case_id).explanation == "多人同时申请"  # type: ignore[union-attr]


# --- explaining ------------------------------------------------------------------------------------------------------


def overdue(world: Any) -> tuple[UUID, SupervisionCard]:
    case_id = world.reviewed()
    with clocks.at(decide(case_id).due_at + timedelta(hours=9)):
        misses.sweep()
    found = card(case_id)
    assert found is not None
    return case_id, found


def test_the_unit_explains_and_the_applicant_reads_it(world: Any) -> None:
    from tongqu.domains.services.queries import case_context
    from tongqu.kernel.cases.queries import access_case

    case_id, red = overdue(world)
    supervision.explain_overdue(
        world.staff["reviewer"], card_id=red.id, text="核查设备故障，\r\n已修复。", expected_version=red.version
    )
    assert Event.objects.get(kind="cases.overdue_explained").subject_id == case_id
    view = access_case(world.owner, case_id=case_id, purpose="test")
    assert [one["card"].explanation for one in case_context(view)["overruns"]] == ["核查设备故障，\n已修复。"]
    with clocks.at(decide(case_id).due_at + timedelta(days=2)):
        world.act("head", case_id, "grant")
        ended = access_case(world.owner, case_id=case_id, purpose="test")
        assert case_context(ended)["overruns"], "also when it is over"


def test_two_who_explain_at_once(world: Any) -> None:
    _case_id, red = overdue(world)
    supervision.explain_overdue(world.staff["reviewer"], card_id=red.id, text="一", expected_version=red.version)
    with pytest.raises(Conflict):
        supervision.explain_overdue(world.staff["head"], card_id=red.id, text="二", expected_version=red.version)
    assert SupervisionCard.objects.get(id=red.id).explanation == "一"


@pytest.mark.parametrize("text", ["", "  \n", "长" * 1001, "有\x00空字符", "从右\u202e到左"])
def test_what_cannot_be_shown_is_refused(world: Any, text: str) -> None:
    _case_id, red = overdue(world)
    with pytest.raises(Invalid) as refused:
        supervision.explain_overdue(world.staff["head"], card_id=red.id, text=text, expected_version=red.version)
    assert "text" in refused.value.fields or refused.value.field == "text"


def test_who_may_explain_what(world: Any) -> None:
    _case_id, red = overdue(world)
    with pytest.raises(NotPermitted):
        supervision.explain_overdue(world.staff["clerk"], card_id=red.id, text="x", expected_version=red.version)
    for stranger in (world.owner, world.stranger):
        with pytest.raises(NotFound):
            supervision.explain_overdue(stranger, card_id=red.id, text="x", expected_version=red.version)
    with pytest.raises(NotFound):
        supervision.explain_overdue(world.staff["head"], card_id=uuid7(), text="x", expected_version=1)


def test_a_yellow_card_needs_no_explanation(world: Any) -> None:
    case_id = world.accepted()
    with before(decide(case_id), 1):
        supervision.warn_all()
    found = card(case_id)
    assert found is not None
    with pytest.raises(Conflict):
        supervision.explain_overdue(world.staff["head"], card_id=found.id, text="x", expected_version=found.version)


def test_the_list_shows_what_one_may_read(world: Any) -> None:
    case_id, _red = overdue(world)
    assert [c.case_id for c in supervision.cards(world.staff["clerk"]).rows] == [case_id]
    assert supervision.cards(world.staff["clerk"], level="yellow").rows == []
    assert supervision.cards(world.stranger).rows == []
    assert SYSTEM.tenant_id == TENANT
