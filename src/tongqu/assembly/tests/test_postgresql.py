"""What the address says of PostgreSQL, and when a connection is asked whether it is still there."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

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
def test_a_connection_is_asked_after_a_silence_or_an_error_only(asked: list[bool]) -> None:
    from tongqu.assembly.postgresql import base

    connection.close()
    connection.ensure_connection()
    assert connection.connection.prepared_max == base.PREPARED
    assert connection.is_usable() and asked == []
    connection.errors_occurred = True
    assert connection.is_usable() and asked == [True]
    connection.errors_occurred = False
    assert connection.is_usable() and asked == [True]
    connection._answered -= base.SILENCE + 1
    assert connection.is_usable() and asked == [True, True]


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
