"""Whatever a column is given: the quick ways keep it, find it or refuse it as the ORM does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils.translation import gettext_lazy

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.inserting import insert_rows
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.statements import add, change, fetch_values

pytestmark = [pytest.mark.django_db, pytest.mark.postgres, pytest.mark.filterwarnings("ignore:DateTimeField")]
ONE = UUID("01900000-0000-7000-8000-00000000abcd")
STRANGE: dict[str, list[Any]] = {
    "kind": ["a\0b", "\ud800", "", "x" * 81, 5, None, "𠮷" * 80, gettext_lazy("正在执行"), b"x"],
    "rule": [None, ""],
    "subject_version": [2**31, -1, True, "7", 2.0, None],
    "body": [
        None, {"a": None}, {"a": "\0"}, {"a": "\ud800"}, [], "x", 0, False, {"n": float("nan")}, {"b": 10**40}, {1: 2},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    "sealed": [None, {}, "null"],
    "cause": ["not", "0" * 32, ONE, str(ONE), None, 5],
    "recorded_at": [datetime.max.replace(tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z",
                    date(2026, 1, 1)],
}  # fmt: skip


def _event(**given: Any) -> Event:
    return Event(**{
        "id": uuid7(), "actor": {}, "kind": "k", "subject_kind": "s", "subject_id": uuid7(), "body": {}, **given
    })  # fmt: skip


def _kept(write: Callable[[], Event], name: str) -> str:
    """What stands in the row that was written, or that it was refused."""
    try:
        with transaction.atomic():
            row = write()
            return repr(Event.objects.filter(id=row.id).values_list(name, name + "__isnull").get())
    except Exception:
        return "refused"


def _saved(row: Event) -> Event:
    row.save(force_insert=True)
    return row


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in STRANGE.items() for value in values])
def test_a_strange_value_is_kept_found_or_refused_as_the_orm_does_it(name: str, value: Any) -> None:
    def added() -> Event:
        add([row := _event(**{name: value})])
        return row

    def added_with_many() -> Event:
        insert_rows(rows := [_event(**{name: value}) for _ in range(21)])
        return rows[7]

    def changed() -> Event:
        change(Event, {name: value}, id=(row := _saved(_event())).id)
        return row

    def changed_by_the_orm() -> Event:
        Event.objects.filter(id=(row := _saved(_event())).id).update(**{name: value})
        return row

    by_orm = _kept(lambda: _saved(_event(**{name: value})), name)
    assert (_kept(added, name), _kept(added_with_many, name)) == (by_orm, by_orm)
    assert _kept(changed, name) == _kept(changed_by_the_orm, name)
    if by_orm != "refused":
        row = added()
        assert fetch_values(Event, (name,), id=row.id) == list(Event.objects.filter(id=row.id).values_list(name))
