"""The rig itself: what counts as a query, and how the baseline judges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction

from tests.rig import browser, postgres, suite
from tests.rig.queries import Baseline, Count, count_queries, counts
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity.models import Account


@pytest.mark.parametrize(
    ("sql", "counted"),
    [
        ("BEGIN IMMEDIATE", False),
        ("COMMIT", False),
        ('SAVEPOINT "s1"', False),
        ('RELEASE SAVEPOINT "s1"', False),
        ('SELECT * FROM "django_session" WHERE 1', False),
        ('UPDATE "identity_account" SET x = 1', False),
        ('SELECT * FROM "identity_account" JOIN "identity_party" ON 1', True),
        ('SELECT * FROM "acts_event"', True),
        ("INSERT INTO acts_idempotencykey (id) VALUES (1) ON CONFLICT (id) DO NOTHING", True),
        ("SELECT 1", True),
    ],
)
def test_what_counts(sql: str, counted: bool) -> None:
    assert counts(sql) is counted


def test_counting_the_database(db: None) -> None:
    with count_queries() as count, transaction.atomic():
        list(Session.objects.all())
        list(Account.objects.all())
        list(Event.objects.all())
        Event.objects.exists()
    assert count == 2 and count <= 2 and not count <= 1
    assert "acts_event" in str(count)
    list(Event.objects.all())
    assert count == 2, "what comes after is not counted"


def judged(tmp_path: Path, known: dict[str, int], *, update: bool = False) -> Baseline:
    path = tmp_path / "queries.json"
    path.write_text(json.dumps(known))
    return Baseline(path, update=update)


def test_a_page_keeps_to_its_baseline(tmp_path: Path) -> None:
    baseline = judged(tmp_path, {"GET /a": 2})
    baseline.check("GET /a", Count(["x", "y"]))
    with pytest.raises(pytest.fail.Exception, match="may use 2 queries but used 3"):
        baseline.check("GET /a", Count(["x", "y", "z"]))
    with pytest.raises(pytest.fail.Exception, match="no query baseline"):
        baseline.check("GET /b", Count([]))
    baseline.write()
    assert json.loads(baseline.path.read_text()) == {"GET /a": 2}, "nothing is written unless that is asked for"


def test_an_update_writes_the_most_that_was_measured(tmp_path: Path) -> None:
    baseline = judged(tmp_path, {"GET /a": 9, "GET /c": 1}, update=True)
    for statements in (["x"], ["x", "y"], ["x"]):
        baseline.check("GET /a", Count(list(statements)))
    baseline.check("GET /b", Count([]))
    baseline.write()
    assert json.loads(baseline.path.read_text()) == {"GET /a": 2, "GET /b": 0, "GET /c": 1}


def test_a_named_browser_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TQ_CHROMIUM", "/nonexistent/chromium")
    assert browser.chromium() is None


def test_without_a_postgresql_the_reason_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise postgres.NoServer("there is none")

    monkeypatch.delenv("TQ_TEST_POSTGRES", raising=False)
    monkeypatch.setattr(postgres, "programs", none)
    outcome = suite._postgres()
    assert outcome.verdict == "skipped" and "there is none" in outcome.note and "TQ_TEST_POSTGRES" in outcome.note


def test_a_named_postgresql_that_does_not_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TQ_TEST_POSTGRES", "postgres://postgres@127.0.0.1:9/none")
    outcome = suite._postgres()
    assert outcome.verdict == "FAILED" and "no answer" in outcome.note


def test_the_summary_names_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    passed, failed = suite.Outcome("one", "passed"), suite.Outcome("two", "FAILED")
    skipped = suite.Outcome("three", "skipped", "why")
    assert suite._summary([passed, skipped]) == 0
    assert suite._summary([passed, failed, skipped]) == 1
    said = capsys.readouterr().out
    assert "all passed" in said and "failed: two" in said and "why" in said
