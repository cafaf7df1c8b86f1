"""The quick way to a leaf gives what the long way gives, for whatever an event may say, or refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.ledger import recompute, rules, writer
from tongqu.kernel.ledger.findings import Head, What
from tongqu.kernel.ledger.recompute import rows
from tongqu.kernel.ledger.verify import verify_all

pytestmark = pytest.mark.django_db
EVENT = Event._meta.db_table

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
numbers = st.one_of(st.integers(-(2**70), 2**70), st.integers(-3, 3), st.floats(allow_nan=False, allow_infinity=False))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), texts, numbers),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
sealed = st.one_of(st.none(), st.fixed_dictionaries({"party": texts, "commitment": texts, "box": texts}), values)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))
repeated = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@repeated
@given(
    st.dictionaries(texts, values, max_size=3), st.dictionaries(texts, values, max_size=4), sealed,
    moments, texts, st.one_of(st.none(), st.uuids()), st.one_of(st.none(), texts),
)  # fmt: skip
def test_both_ways_give_one_leaf(
    actor: Any, body: Any, box: Any, at: datetime, kind: str, cause: UUID | None, rule: str | None
) -> None:
    event = Event.objects.create(
        actor=actor, body=body, sealed=box, recorded_at=at, effective_at=at, kind=kind, cause=cause, rule=rule,
        subject_kind="thing", subject_id=uuid7(),
    )  # fmt: skip
    writer.append([event])
    last = rows(default_tenant(), 0, 10_000)[-1]
    assert UUID(str(last.event_id)) == event.id
    assert last.leaf == rules.leaf_of(Event.objects.get(id=event.id))
    assert last.leaf == last.stored  # computed before it was stored: PostgreSQL gives 1e16 back as a whole number


def test_an_ordinary_event_goes_the_quick_way(write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(5, party_id=uuid7())
    monkeypatch.setattr(recompute, "leaf_of", None)  # the long way would fail
    assert all(row.leaf == row.stored for row in rows(default_tenant(), 0, 10))


def test_text_that_only_looks_alike_is_another_leaf(write) -> None:
    """Each column is read by itself: what is moved over a border between two is not the same event."""
    ids = write(3)
    Event.objects.filter(id=ids[1]).update(kind='a","rule":"b', rule=None)
    assert verify_all().finding.what is What.EVENT_ALTERED


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL does not keep such a value")
@pytest.mark.parametrize(("column", "value"), [
    ("body", "{not json"), ("body", '{"a":1}, {"b":2}'), ("recorded_at", "yesterday"), ("subject_version", "three"),
    ("recorded_at", "2026-13-45 00:00:00"), ("sealed", '{"party":'), ("subject_id", "x"), ("actor", b"\xff"),
])  # fmt: skip
def test_a_broken_row_is_named_and_does_not_stop_the_walk(write, column: str, value: Any) -> None:
    ids = write(4, signed=True) + write(2)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")  # as whoever edits the file can
        cursor.execute(f"UPDATE {EVENT} SET {column} = %s WHERE id = %s", [value, ids[2].hex])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    finding = verify_all().finding
    assert (finding.what, finding.seq, finding.head) == (What.EVENT_ALTERED, 2, Head.DISAGREES)
    assert rows(default_tenant(), 0, 10)[2].leaf != rows(default_tenant(), 0, 10)[2].stored


@pytest.mark.skipif(connection.vendor != "sqlite", reason="how SQLite keeps a moment")
def test_the_same_moment_in_other_words_is_the_same_event(write) -> None:
    """The long way answers: the database may hold a moment or a number as another program wrote it."""
    ids = write(2)
    kept = Event.objects.get(id=ids[0])
    with connection.cursor() as cursor:
        said = kept.recorded_at.replace(tzinfo=None).isoformat("T") + "+00:00"
        cursor.execute(f"UPDATE {EVENT} SET body = %s WHERE id = %s", [json.dumps(kept.body, indent=3), ids[0].hex])
        cursor.execute(f"UPDATE {EVENT} SET effective_at = %s WHERE id = %s", [said[:26], ids[0].hex])
    assert [row.leaf for row in rows(default_tenant(), 0, 1)] == [row.stored for row in rows(default_tenant(), 0, 1)]
