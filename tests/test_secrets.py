"""Secrets that a node makes for itself: whole or not there, the same for every process, closed to others."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tongqu.assembly import settings


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.delenv("TQ_TEST_SECRET", raising=False)
    return tmp_path / "keys" / "made"


def test_it_is_made_once_and_kept(path: Path) -> None:
    made = settings._secret("TQ_TEST_SECRET", "made")
    assert len(made) >= 32 and settings._secret("TQ_TEST_SECRET", "made") == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["made"]


def test_a_process_that_starts_meanwhile_never_reads_half_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = os.fdopen, []

    def slowly(*args: Any, **kwargs: Any) -> Any:
        seen.append(path.exists())
        return real(*args, **kwargs)

    monkeypatch.setattr(settings.os, "fdopen", slowly)
    settings._secret("TQ_TEST_SECRET", "made")
    assert seen == [False]


def test_who_comes_second_takes_what_the_first_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_process() -> str:
        path.write_text("made by the other process, in the moment between")
        return "ours" * 10

    monkeypatch.setattr(settings.secrets, "token_urlsafe", lambda _n: other_process())
    assert settings._secret("TQ_TEST_SECRET", "made").startswith("made by the other")


def test_an_empty_file_is_no_secret(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    with pytest.raises(RuntimeError, match="made"):
        settings._secret("TQ_TEST_SECRET", "made")
