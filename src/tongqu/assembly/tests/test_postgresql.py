"""What the address says of PostgreSQL, and when a connection is asked whether it is still there."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import NotSupportedError, close_old_connections, connection

from tongqu.assembly import settings


def _options(url: str) -> Any:
    return settings._database(url)["OPTIONS"]


def test_statements_are_prepared_unless_the_address_says_otherwise() -> None:
    assert _options("postgres://u@h/n?sslmode=require") == {
        "sslmode": "require", "server_side_binding": True, "prepare_threshold": 3,
    }  # fmt: skip
    assert _options("postgres://u@h/n?prepare_threshold=7")["prepare_threshold"] == 7
    assert _options("postgres://u@h/n?prepare_threshold=0") == {}


@pytest.fixture
def asked(monkeypatch: Any) -> list[bool]:
    """Each time the server was asked, and what it is to answer (the last stays)."""
    from django.db.backends.postgresql import base

    answers = [True]
    seen: list[bool] = []
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda self: seen.append(answers[-1]) or answers[-1])
    return seen


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only")
def test_a_connection_is_asked_after_a_silence_only_and_given_up_after_an_error(asked: list[bool]) -> None:
    from tongqu.assembly.postgresql import base

    connection.close()
    connection.ensure_connection()
    assert connection.connection.prepared_max == base.PREPARED
    assert connection.is_usable() and asked == []
    connection.errors_occurred = True
    assert not connection.is_usable()
    connection.errors_occurred = False
    assert connection.is_usable() and asked == []
    connection._answered -= base.SILENCE + 1
    assert connection.is_usable() and asked == [True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only")
def test_a_statement_asked_again_is_prepared_on_the_server() -> None:
    from tongqu.kernel.acts.models import Event
    from tongqu.kernel.acts.statements import fetch

    for _time in range(5):
        fetch(Event, kind="none")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%acts_event%%'")
        assert cursor.fetchone()[0] >= 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="PostgreSQL only")
def test_a_table_changed_by_another_process_fails_one_request_and_not_all_that_follow() -> None:
    from tongqu.kernel.acts.models import Event
    from tongqu.kernel.acts.statements import fetch_values

    for _time in range(5):
        fetch_values(Event, ("kind",), kind="none")
    with connection.copy().cursor() as other:  # a connection of its own
        other.execute("ALTER TABLE acts_event ALTER COLUMN kind TYPE text")
        try:
            with pytest.raises(NotSupportedError):
                fetch_values(Event, ("kind",), kind="none")
            close_old_connections()  # as before the next request
            assert fetch_values(Event, ("kind",), kind="none") == []
        finally:
            other.execute("ALTER TABLE acts_event ALTER COLUMN kind TYPE varchar(80)")
            other.db.close()
