"""Keyset paging: together the pages are the list, whatever the order, the ties and the size; no cursor breaks it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.paging import MAX_SIZE, page_of

pytestmark = pytest.mark.django_db
START = datetime(2026, 8, 3, tzinfo=UTC)
ORDERS = [
    ("id",),
    ("-id",),
    ("-recorded_at", "id"),
    ("kind", "-recorded_at", "-id"),
    ("-subject_version", "kind", "recorded_at", "id"),
]
repeated = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def fill(rows: list[tuple[int, str, int]]) -> None:
    Event.objects.all().delete()
    Event.objects.bulk_create(
        Event(
            recorded_at=START + timedelta(microseconds=moment), kind=kind, subject_version=version,
            actor={}, subject_kind="test", subject_id=uuid7(),
        )
        for moment, kind, version in rows
    )  # fmt: skip


@repeated
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["甲", "乙", "a", "B"]), st.integers(0, 2)), max_size=25),
    st.integers(1, 9),
    st.sampled_from(ORDERS),
)
def test_the_pages_are_the_list(rows: list[tuple[int, str, int]], size: int, order: tuple[str, ...]) -> None:
    fill(rows)
    whole = [e.id for e in Event.objects.order_by(*order)]
    paged, after = [], None
    for _ in range(len(rows) + 2):
        page = page_of(Event.objects.all(), order=order, after=after, size=size)
        assert len(page.rows) == size or page.next is None
        paged += [e.id for e in page.rows]
        after = page.next
        if after is None:
            break
    assert paged == whole


def test_a_row_that_comes_in_between_moves_no_other() -> None:
    fill([(n, "a", 1) for n in range(0, 10, 2)])
    first = page_of(Event.objects.all(), order=("recorded_at", "id"), size=2)
    Event.objects.create(recorded_at=START, kind="z", actor={}, subject_kind="test", subject_id=uuid7())
    second = page_of(Event.objects.all(), order=("recorded_at", "id"), after=first.next, size=2)
    assert [e.recorded_at.microsecond for e in [*first.rows, *second.rows]] == [0, 2, 4, 6]


def test_a_page_is_one_query_and_has_a_ceiling(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    fill([(n, "a", 1) for n in range(MAX_SIZE + 5)])
    with django_assert_num_queries(1):
        page = page_of(Event.objects.all(), order=("id",), size=10**9)
    assert len(page.rows) == MAX_SIZE
    assert len(page_of(Event.objects.all(), order=("id",), size=-3).rows) == 1


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@repeated
@given(st.text(max_size=200))
@example(forged(float("inf"), "a", "x", "y"))
@example(forged(10**40, "\x00", "0001-01-01T00:00:00+14:00", "\ud800"))
@example(forged(1, "\x00", START.isoformat(), str(uuid7())))
@example("=" * 5)
@example("é")
def test_a_cursor_that_we_did_not_make_is_invalid(cursor: str) -> None:
    if not cursor:
        return
    with pytest.raises(Invalid) as caught:
        page_of(Event.objects.all(), order=ORDERS[-1], after=cursor)
    assert caught.value.code == "bad-cursor"


def test_a_cursor_of_another_list_is_invalid() -> None:
    fill([(n, "a", 1) for n in range(4)])
    cursor = page_of(Event.objects.all(), order=("recorded_at", "id"), size=1).next
    with pytest.raises(Invalid):
        page_of(Event.objects.all(), order=("-recorded_at", "id"), after=cursor)
