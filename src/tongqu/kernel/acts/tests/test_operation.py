"""The operation wrapper, through operations made for the purpose. Their "state" is a line in the read log."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import kinds
from tongqu.kernel.acts.actor import PASSWORD, TWO_FACTOR, Actor, Grant, Scope
from tongqu.kernel.acts.errors import (
    KeyReused,
    LoginNeeded,
    NotPermitted,
    OnRecord,
    Refused,
    StrongerLoginNeeded,
)
from tongqu.kernel.acts.models import Event, IdempotencyKey, Outbox, ReadLog
from tongqu.kernel.acts.operation import Act, ProgrammingError, operation
from tongqu.kernel.acts.reading import log_read
from tongqu.kernel.acts.rows import default_tenant

pytestmark = pytest.mark.django_db

kinds.declare("test.changed", "改变了")
kinds.declare("test.refused", "被拒绝")
SUBJECT = uuid7()


def clerk(strength: int = PASSWORD, **grant: Any) -> Actor:
    return Actor(
        tenant_id=default_tenant(), kind="staff", account_id=uuid7(), login_strength=strength,
        grants=(Grant("test.change", **grant),),
    )  # fmt: skip


STRANGER = Actor(tenant_id=default_tenant())


def change_something(actor: Actor) -> None:
    log_read(actor, subject=("test", SUBJECT), purpose="test")


@operation("test.change")
def change(act: Act, *, word: str = "", where: Any = None, refuse: bool = False) -> dict[str, Any]:
    act.require("test.change")
    change_something(act.actor)
    act.emit("test.changed", subject=("test", SUBJECT), body={"word": word, "on": date(2026, 8, 3), "id": SUBJECT})
    if refuse:
        raise Refused(rule="L3@1", on_record=OnRecord("test.refused", "test", SUBJECT, {"why": "x"}, rule="L3@1"))
    return {"word": word, "id": SUBJECT}


@operation("test.outer")
def outer(act: Act, *, then_refuse: bool = False) -> None:
    act.allow(True)
    change(act, word="inner")
    act.emit("test.changed", subject=("test", SUBJECT), version=2)
    if then_refuse:
        change(act, word="inner again", refuse=True)


@operation("test.unasked")
def asks_nobody(act: Act) -> None:
    change_something(act.actor)
    act.emit("test.changed", subject=("test", SUBJECT))


@operation("test.silent")
def says_nothing(act: Act) -> None:
    act.allow(True)
    change_something(act.actor)


@operation("test.nothing")
def nothing_to_do(act: Act) -> None:
    act.allow(True)
    act.unchanged()


@operation("test.strong")
def needs_two_factors(act: Act) -> None:
    act.require("test.change", login=TWO_FACTOR)
    act.unchanged()


def nothing_happened() -> bool:
    return not (ReadLog.objects.exists() or Event.objects.exists() or Outbox.objects.exists())


def test_one_change_one_event_in_the_outbox() -> None:
    actor = clerk()
    change(actor, word="a")
    event = Event.objects.get()
    assert (event.kind, event.subject_id, event.tenant_id) == ("test.changed", SUBJECT, actor.tenant_id)
    assert event.body == {"word": "a", "on": "2026-08-03", "id": str(SUBJECT)}
    assert event.actor["account"] == str(actor.account_id)
    assert Outbox.objects.get().event_id == event.id
    assert ReadLog.objects.count() == 1


def test_an_operation_that_asks_for_no_permission_is_a_mistake_and_changes_nothing() -> None:
    with pytest.raises(ProgrammingError, match="permission"):
        asks_nobody(clerk())
    assert nothing_happened()


def test_an_operation_that_records_no_event_is_a_mistake_and_changes_nothing() -> None:
    with pytest.raises(ProgrammingError, match="no event"):
        says_nothing(clerk())
    assert nothing_happened()
    nothing_to_do(clerk())


def test_who_may_not_changes_nothing() -> None:
    with pytest.raises(LoginNeeded):
        change(STRANGER)
    with pytest.raises(NotPermitted):
        change(Actor(tenant_id=default_tenant(), kind="staff", account_id=uuid7()))
    with pytest.raises(NotPermitted):
        change(clerk(unit_id=uuid7()))  # a right in one unit is not a right everywhere
    with pytest.raises(StrongerLoginNeeded):
        needs_two_factors(clerk(PASSWORD))
    needs_two_factors(clerk(TWO_FACTOR))
    assert nothing_happened()


def test_scopes() -> None:
    unit = uuid7()
    here, there = Scope(unit_id=unit, region_code="990101000000"), Scope(unit_id=uuid7(), region_code="990202000000")
    assert clerk(unit_id=unit).may("test.change", here)
    assert not clerk(unit_id=unit).may("test.change", there)
    assert clerk(region_prefix="9901").may("test.change", here)
    assert not clerk(region_prefix="9901").may("test.change", there)
    assert not clerk(region_prefix="9901").may("test.change")
    assert not clerk().may("test.changes")
    assert Grant("test.*").covers("test.change", None)
    assert not Grant("test.*").covers("testing.change", None)
    assert clerk(unit_id=unit).units_for("test.change") == frozenset({unit})
    assert clerk().units_for("test.change") is None
    assert clerk().units_for("test.other") == frozenset()


def test_the_same_key_and_body_give_the_same_answer_and_change_once() -> None:
    actor = clerk()
    first = change(actor, word="a", where={"b": [1, 2]}, key="k1")
    again = change(actor, word="a", where={"b": [1, 2]}, key="k1")
    assert first == again
    assert Event.objects.count() == ReadLog.objects.count() == 1


def test_the_body_of_a_key_may_hold_sets_and_bytes_in_any_order() -> None:
    actor = clerk()
    change(actor, where={"words": {"甲", "乙", "丙", "丁"}, "file": b"\x00\x01"}, key="k1")
    change(actor, where={"file": b"\x00\x01", "words": {"丁", "丙", "乙", "甲"}}, key="k1")
    with pytest.raises(KeyReused):
        change(actor, where={"words": {"甲", "乙", "丙", "丁"}, "file": b"\x00\x02"}, key="k1")
    assert Event.objects.count() == 1


def test_a_body_that_has_no_fixed_form_cannot_be_repeated_and_is_a_mistake() -> None:
    with pytest.raises(ProgrammingError, match="key"):
        change(clerk(), where=object(), key="k1")
    assert nothing_happened()


def test_the_same_key_with_another_body_or_verb_is_refused() -> None:
    actor = clerk()
    change(actor, word="a", key="k1")
    with pytest.raises(KeyReused) as caught:
        change(actor, word="b", key="k1")
    assert caught.value.status == 409
    with pytest.raises(KeyReused):
        outer(actor, key="k1")
    assert Event.objects.count() == 1


def test_keys_belong_to_their_account_and_tenant() -> None:
    change(clerk(), word="a", key="k1")
    change(clerk(), word="b", key="k1")
    elsewhere = clerk()
    object.__setattr__(elsewhere, "tenant_id", UUID(int=7))
    change(elsewhere, word="c", key="k1")
    assert Event.objects.count() == 3


def test_a_refused_call_leaves_its_key_free() -> None:
    actor = clerk()
    with pytest.raises(Refused):
        change(actor, word="a", refuse=True, key="k1")
    assert not IdempotencyKey.objects.exists()
    change(actor, word="b", key="k1")


def test_a_refusal_is_on_record_although_the_change_is_rolled_back() -> None:
    actor = clerk()
    with pytest.raises(Refused):
        change(actor, word="a", refuse=True)
    assert not ReadLog.objects.exists()
    event = Event.objects.get()
    assert (event.kind, event.rule) == ("test.refused", "L3@1")
    assert event.body == {"verb": "test.change", "why": "x"}
    assert Outbox.objects.get().event_id == event.id


def test_an_act_inside_an_act_shares_its_transaction_and_writes_its_events_with_it() -> None:
    outer(clerk())
    assert [e.subject_version for e in Event.objects.order_by("id")] == [1, 2]
    assert ReadLog.objects.count() == 1


def test_a_refusal_inside_undoes_the_whole_and_names_the_outer_verb() -> None:
    with pytest.raises(Refused):
        outer(clerk(), then_refuse=True)
    assert not ReadLog.objects.exists()
    assert Event.objects.get().body["verb"] == "test.outer"


def test_an_event_of_an_undeclared_kind_cannot_be_written() -> None:
    @operation("test.unknown")
    def unknown(act: Act) -> None:
        act.allow(True)
        act.emit("test.nobody_declared_it", subject=("test", SUBJECT))

    with pytest.raises(kinds.UnknownKind):
        unknown(clerk())
    with pytest.raises(ValueError, match="twice"):
        kinds.declare("test.changed", "另一句话")


def test_keyword_arguments_only() -> None:
    with pytest.raises(TypeError, match="keyword"):
        change(clerk(), "a")


def test_an_operation_costs_two_inserts_for_its_events_and_three_queries_for_its_key(  # type: ignore[no-untyped-def]
    django_assert_num_queries,
) -> None:
    with django_assert_num_queries(5):  # savepoint, its release, the change itself, events, outbox
        change(clerk(), word="a")
    with django_assert_num_queries(7):  # … and the claim of the key, and its answer
        change(clerk(), word="a", key="k1")


@operation("test.change_many")
def change_many(act: Act, *, count: int) -> dict[str, Any]:
    act.allow(True)
    for number in range(count):
        body = {"number": number, "text": '制表\t换行\n反斜杠\\N "引号"', "at": date(2026, 3, 2)}
        act.emit("test.changed", subject=("test", uuid7()), version=number + 1, body=body, rule="L7@行政许可法-2019")
    return {}


@pytest.mark.parametrize("count", [20, 21, 300])
def test_many_events_of_one_act_are_kept_as_one_is(count: int) -> None:
    change_many(Actor.system(default_tenant()), count=count)
    kept = list(Event.objects.order_by("id"))
    assert [event.body["number"] for event in kept] == list(range(count))
    assert {event.body["text"] for event in kept} == {'制表\t换行\n反斜杠\\N "引号"'}
    assert {event.body["at"] for event in kept} == {"2026-03-02"} and {event.rule for event in kept} == {
        "L7@行政许可法-2019"
    }
    first = kept[0]
    assert (first.cause, first.sealed, first.actor["kind"]) == (None, None, "system")
    assert first.recorded_at.tzinfo is not None and first.recorded_at == first.effective_at
    assert list(Outbox.objects.order_by("event_id").values_list("event_id", flat=True)) == [e.id for e in kept]
    assert Event.objects.filter(sealed__isnull=True, body__number=count - 1, subject_version=count).count() == 1
