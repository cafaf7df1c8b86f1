"""A card tells people: the handler, for a red one the head of the unit as well; once, and nothing after it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils.translation import override

from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts import relay
from tongqu.kernel.acts.errors import NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases import card_messages, definition, procedure, supervision
from tongqu.kernel.cases.models import Case, CaseUnit, SupervisionCard
from tongqu.kernel.cases.operations import assigning
from tongqu.kernel.cases.subscribers import tell_staff_of_cards
from tongqu.kernel.cases.tests.test_supervision import at, before, decide
from tongqu.kernel.cases.tests.world import SYSTEM
from tongqu.kernel.directory.models import Appointment
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import grant_role
from tongqu.kernel.law import misses
from tongqu.kernel.notices import queries
from tongqu.kernel.notices.models import Delivery, Notice
from tongqu.kernel.notices.queries import NoticeView

pytestmark = pytest.mark.django_db


def told(world: Any, who: str) -> list[NoticeView]:
    """The messages about cards that somebody has, the last first."""
    return queries.staff_messages(world.staff[who]).rows


def handled(world: Any, who: str = "reviewer") -> UUID:
    """A case that waits for its decision and that somebody has taken."""
    case_id: UUID = world.reviewed()
    assigning.take(world.staff[who], case_id=case_id)
    return case_id


def warned(case_id: UUID) -> None:
    with before(decide(case_id), 1):
        assert supervision.warn_all() == 1
        relay.drain()


def missed(case_id: UUID) -> None:
    with clocks.at(decide(case_id).due_at + timedelta(hours=9)):
        misses.sweep()
        relay.drain()


def test_a_yellow_card_is_told_to_the_handler_and_a_red_one_to_the_head_too(world: Any) -> None:
    case_id = handled(world)
    case = Case.objects.get(id=case_id)
    warned(case_id)
    (yellow,) = told(world, "reviewer")
    assert (yellow.kind, yellow.url) == ("card_yellow", f"/desk/cases/{case_id}")
    assert yellow.title == "黄牌：作出决定的期限将满"
    last = decide(case_id).last_day
    for said in (
        case.case_no,
        case.title["zh-Hans"],
        f"{last.year}年{last.month}月{last.day}日",
        "管理办法》",
        "第21条（FB2）",
    ):
        assert said in yellow.body
    assert told(world, "head") == []
    missed(case_id)
    for who in ("reviewer", "head"):
        red = told(world, who)[0]
        assert red.kind == "card_red" and "超期的原因" in red.body
    assert [len(told(world, who)) for who in ("reviewer", "head", "clerk", "outsider")] == [2, 1, 0, 0]
    assert not Delivery.objects.filter(notice__template__startswith="card_").exists(), "on the desk only"


def test_it_is_told_in_english_too_and_names_nobody(world: Any) -> None:
    case_id = handled(world)
    case = Case.objects.get(id=case_id)
    missed(case_id)
    with override("en"):
        (red,) = told(world, "head")
        assert red.title == "Red card: the time to decide is over"
        assert case.title["en"] in red.body and "Article 21 (FB2)" in red.body and "{" not in red.body
    row = Notice.objects.get(account_id=world.staff["head"].account_id)
    everything = f"{row.params} {red.body} {told(world, 'head')[0].body}"
    for personal in (case.applicant_name, "陈立秋", "19900000001", "石桥路"):
        assert personal not in everything
    event = Event.objects.get(kind="notices.told_staff")
    assert case.applicant_name not in str(event.body) and event.subject_id == case_id
    assert event.cause == Event.objects.get(kind="cases.overdue").id


def test_the_promised_day_is_said_where_there_is_one(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definition, "promise", lambda _package, clock: (4, "day") if clock == "decide" else None)
    case_id = handled(world)
    promised = decide(case_id).promised_last_day
    assert promised is not None
    with at(f"{promised}T09:00"):
        supervision.warn_all()
        relay.drain()
    (yellow,) = told(world, "reviewer")
    assert yellow.kind == "card_yellow_promised" and f"{promised.month}月{promised.day}日" in yellow.body


def test_without_a_handler_it_goes_to_the_head(world: Any) -> None:
    case_id = world.reviewed()
    warned(case_id)
    assert [m.kind for m in told(world, "head")] == ["card_yellow"] and told(world, "reviewer") == []
    missed(case_id)
    assert [m.kind for m in told(world, "head")] == ["card_red", "card_yellow"]


@pytest.mark.parametrize("left", ["post", "account"])
def test_a_handler_who_has_left_the_unit_is_none(world: Any, left: str) -> None:
    case_id = handled(world)
    account = world.staff["reviewer"].account_id
    if left == "post":
        Appointment.objects.filter(account_id=account).update(valid_to="2026-03-02")
    else:
        Account.objects.filter(id=account).update(is_active=False)
    warned(case_id)
    assert told(world, "reviewer") == [] and len(told(world, "head")) == 1


def test_a_head_who_has_the_case_is_told_once(world: Any) -> None:
    case_id = handled(world, "head")
    missed(case_id)
    assert [m.kind for m in told(world, "head")] == ["card_red"]


def test_a_head_by_a_role_granted_at_the_unit_is_told_and_one_of_elsewhere_is_not(world: Any) -> None:
    case_id = world.reviewed()
    unit = Case.objects.get(id=case_id).unit_id
    grant_role(SYSTEM, account_id=world.staff["archivist"].account_id, role="head", unit_id=unit)
    elsewhere = CaseUnit.objects.model().id
    grant_role(SYSTEM, account_id=world.staff["outsider"].account_id, role="head", unit_id=elsewhere)
    missed(case_id)
    assert [len(told(world, who)) for who in ("head", "archivist", "outsider")] == [1, 1, 0]


def test_a_unit_without_handler_and_head_sends_nothing_and_loses_nothing(world: Any) -> None:
    case_id = world.reviewed()
    Account.objects.filter(id=world.staff["head"].account_id).update(is_active=False)
    missed(case_id)
    assert not Notice.objects.filter(template="card_red").exists()
    assert SupervisionCard.objects.get(case_id=case_id, clock_name="decide").level == "red"


def test_once_however_often_the_event_is_handed_over(world: Any) -> None:
    case_id = handled(world)
    warned(case_id)
    events = list(Event.objects.filter(kind="cases.warned", subject_id=case_id))
    assigning.hand_over(
        world.staff["head"], case_id=case_id, to=world.staff["clerk"].account_id,
        seen=world.staff["reviewer"].account_id,
    )  # fmt: skip
    tell_staff_of_cards(events)
    tell_staff_of_cards(events)
    assert [len(told(world, who)) for who in ("reviewer", "clerk", "head")] == [1, 0, 0]
    assert [one.level for one in supervision.open_cards(case_id)] == ["yellow"], "the new handler sees it on the case"


def test_a_card_that_has_changed_before_the_worker_came_sends_nothing_of_what_it_was(world: Any) -> None:
    case_id = handled(world)
    with before(decide(case_id), 1):
        supervision.warn_all()
        world.act("head", case_id, "grant")
        relay.drain()
    assert told(world, "reviewer") == [] and not Notice.objects.filter(template__startswith="card_").exists()


def test_explaining_and_closing_send_nothing_more(world: Any) -> None:
    case_id = handled(world)
    missed(case_id)
    red = SupervisionCard.objects.get(case_id=case_id, clock_name="decide")
    with clocks.at(decide(case_id).due_at + timedelta(hours=10)):
        supervision.explain_overdue(
            world.staff["reviewer"], card_id=red.id, text="核查设备故障", expected_version=red.version
        )
        relay.drain()
        world.act("head", case_id, "grant")
        relay.drain()
    assert SupervisionCard.objects.get(id=red.id).state == "closed"
    assert [len(told(world, who)) for who in ("reviewer", "head")] == [1, 1]


def test_only_the_platform_tells(world: Any) -> None:
    for who in (world.staff["head"], world.owner):
        with pytest.raises(NotPermitted):
            card_messages.tell_of_card(who, card_id=world.shop, card_version=1)
    assert card_messages.tell_of_card(SYSTEM, card_id=world.shop, card_version=1) == []


def test_every_clock_that_brings_cards_has_its_own_words() -> None:
    known = card_messages.duties()
    for one in procedure.shipped().values():
        for action in one.actions.values():
            for clock in action.clocks.get("start", ()):
                assert clock["name"] in known or clock["on_miss"] not in supervision.WARNED, clock
    for said in known.values():
        for words in (*said["duty"].values(), *said["todo"].values()):
            assert 0 < len(words) <= 100, words
