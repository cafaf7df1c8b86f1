"""Statements written once answer what the ORM answers, and refuse what it refuses."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import CharField, DateTimeField, QuerySet
from django.utils.translation import gettext_lazy

from tests.rig.queries import count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.inserting import insert_rows
from tongqu.kernel.acts.kept_queries import Kept, Param, Several
from tongqu.kernel.acts.models import Event, IdempotencyKey, Outbox
from tongqu.kernel.acts.statements import add, add_if_new, change, fetch, fetch_one, fetch_values

pytestmark = pytest.mark.django_db


def _events(count: int = 3) -> list[Event]:
    at = now()
    rows = [
        Event(
            id=uuid7(), recorded_at=at + timedelta(seconds=n), actor={"kind": "system"}, kind=f"test.{n}",
            subject_kind="thing", subject_id=uuid7(), body={"n": n, "字": "值"}, rule=None if n else "L1@1",
        )
        for n in range(count)
    ]  # fmt: skip
    add(rows)
    return rows


def _same(a: Event, b: Event) -> bool:
    return {f.attname: getattr(a, f.attname) for f in a._meta.concrete_fields} == {
        f.attname: getattr(b, f.attname) for f in b._meta.concrete_fields
    }


def test_what_is_added_is_fetched_as_the_orm_has_it() -> None:
    first, *_rest = _events()
    assert not first._state.adding
    found = fetch_one(Event, id=first.id)
    assert found is not None and _same(found, Event.objects.get(id=first.id)) and _same(found, first)
    assert isinstance(found.id, UUID) and found.body == {"n": 0, "字": "值"} and found.recorded_at == first.recorded_at
    assert found._state.db == "default" and not found._state.adding


def test_conditions_order_and_how_many() -> None:
    a, b, c = _events()
    assert [row.id for row in fetch(Event, order=("-recorded_at",), subject_kind="thing")] == [c.id, b.id, a.id]
    assert [row.id for row in fetch(Event, order=("id",), rule=None)] == [b.id, c.id]
    assert fetch(Event, recorded_at__lt=b.recorded_at)[0].id == a.id
    assert {row.id for row in fetch(Event, recorded_at__gte=b.recorded_at)} == {b.id, c.id}
    assert {row.id for row in fetch(Event, id__in=[a.id, c.id])} == {a.id, c.id}
    assert fetch(Event, id__in=[]) == []
    assert len(fetch(Event, order=("id",), most=2, subject_kind="thing")) == 2
    assert fetch_values(Event, ("kind", "body"), order=("id",), id=b.id) == [("test.1", b.body)]


def test_a_row_given_for_a_key_is_found_again_without_a_query() -> None:
    event = _events(1)[0]
    add([Outbox(event=event)])
    found = fetch_one(Outbox, event=event)
    assert found is not None
    with count_queries() as count:
        assert found.event is event
    assert count == 0


def test_a_change_tells_how_many_rows_it_met() -> None:
    a, b, _c = _events()
    assert change(Event, {"body": {"new": 1}, "rule": None}, id__in=[a.id, b.id]) == 2
    assert Event.objects.get(id=a.id).body == {"new": 1}
    assert change(Event, {"kind": "x"}, id=uuid7()) == 0


def test_names_that_are_no_fields_and_no_condition_at_all_are_refused() -> None:
    with pytest.raises(LookupError):
        fetch(Event, colour="red")
    with pytest.raises(LookupError):
        fetch(Event)
    with pytest.raises(LookupError):
        change(Event, {"kind": "x"})
    with pytest.raises(LookupError):
        fetch(Event, kind__like="x")
    _events(1)
    for compared in ("recorded_at__lt", "recorded_at__gte", "cause__lte"):
        with pytest.raises(LookupError):  # and not every row whose column is null
            fetch(Event, **{compared: None})


def test_a_refused_row_spoils_the_transaction_as_with_the_orm() -> None:
    taken = IdempotencyKey(owner="a", key="k", verb="v", body_digest="")
    add([taken])
    with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
        with pytest.raises(IntegrityError):
            add([IdempotencyKey(owner="a", key="k", verb="w", body_digest="")])
        IdempotencyKey.objects.count()


def test_a_row_is_inserted_unless_its_like_is_there_and_nothing_is_spoilt() -> None:
    first, second = (IdempotencyKey(owner="a", key="k", verb=verb, body_digest="") for verb in "vw")
    with transaction.atomic():
        assert add_if_new(first) and not first._state.adding
        assert not add_if_new(second) and second._state.adding
        assert IdempotencyKey.objects.get().verb == "v"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("within", [False, True])
def test_of_many_rows_all_are_inserted_or_none(within: bool) -> None:
    rows = [IdempotencyKey(owner="a", key=str(n % 30), verb="v", body_digest="") for n in range(31)]
    if not within:
        with pytest.raises(IntegrityError):
            insert_rows(rows)
    else:
        with pytest.raises(transaction.TransactionManagementError), transaction.atomic():
            with pytest.raises(IntegrityError):
                insert_rows(rows)
            IdempotencyKey.objects.count()  # as after the ORM's own refusal
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_held_inside_a_transaction_only() -> None:
    event = _events(1)[0]
    with pytest.raises(transaction.TransactionManagementError):
        fetch_one(Event, lock=True, id=event.id)
    with transaction.atomic():
        assert fetch_one(Event, lock=True, id=event.id) is not None


# --- queries compiled once -------------------------------------------------------------------------------------------


def _waiting(kind: Param, since: Param, rules: list[Param]) -> QuerySet[Outbox]:
    found = Outbox.objects.select_related("event").filter(
        event__kind=kind, event__recorded_at__gte=since, event__rule__in=rules, event__cause=None
    )
    return found.order_by("event_id")


def test_a_kept_query_answers_each_time_with_its_own_values() -> None:
    rows = _events()
    add([Outbox(event_id=row.id) for row in rows])
    kept = Kept(_waiting, kind=CharField(), since=DateTimeField(), rules=Several(CharField(), 3))
    for _time in range(2):
        with count_queries() as count:
            found = kept(kind="test.0", since=rows[0].recorded_at, rules=["L1@1"])
            assert [_same(one.event, rows[0]) for one in found] == [True]
        assert count == 1
    assert kept(kind="test.0", since=rows[1].recorded_at, rules=["L1@1"]) == []
    assert kept(kind="test.0", since=rows[0].recorded_at, rules=["L2", "L3"]) == []
    with pytest.raises(ValueError, match="1 to 3"):
        kept(kind="test.0", since=rows[0].recorded_at, rules=["a", "b", "c", "d"])


def test_a_kept_query_of_columns_gives_tuples() -> None:
    row = _events(1)[0]
    kept = Kept(lambda kind: Event.objects.filter(kind=kind).values_list("id", "body", "recorded_at"), kind=CharField())
    assert kept(kind="test.0") == [(row.id, row.body, row.recorded_at)]


@pytest.mark.django_db(transaction=True)
def test_each_thread_compiles_for_its_own_connection() -> None:
    kept = Kept(lambda kind: Event.objects.filter(kind=kind), kind=CharField())
    assert kept(kind="none") == []
    seen: list[int] = []

    def other() -> None:
        seen.append(id(kept._compiled(connections["default"])))
        connection.close()

    thread = Thread(target=other)
    thread.start()
    thread.join()
    assert seen != [id(kept._compiled(connections["default"]))]


def test_a_statement_that_comes_again_is_read_the_same() -> None:
    """A sign of the text itself is doubled, a mark is not; the second time neither is looked for anew."""
    for given in ("a", "b"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT '100%%', %s", [given])
            assert cursor.fetchone() == ("100%", given)


def test_a_value_that_is_no_plain_one_goes_through_its_field() -> None:
    """Only what the driver takes as it stands is given as it is."""
    events = _events(1)
    events[0].id = uuid7()
    events[0].subject_version = "7"  # type: ignore[assignment]
    events[0].kind = gettext_lazy("办件")  # type: ignore[assignment]
    add(events)
    assert fetch_values(Event, ("subject_version", "kind"), id=events[0].id) == [(7, "办件")]
