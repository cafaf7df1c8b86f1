"""Processes that live and end together."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tongqu.faces.cli import children, data, greeting, up
from tongqu.faces.cli.trouble import Trouble


def test_a_child_learns_that_its_parent_is_gone() -> None:
    read_end, write_end = os.pipe()
    gone = threading.Event()
    children.when_parent_ends(read_end, gone.set)
    assert not gone.wait(0.1)
    os.close(write_end)
    assert gone.wait(5)
    os.close(read_end)


def test_without_a_parent_nothing_is_watched() -> None:
    children.when_parent_ends(None, lambda: pytest.fail("called"))


def test_a_child_that_ends_is_reported_with_its_last_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = children.Family(tmp_path, {**os.environ, "PYTHONPATH": str(data.PROJECT_ROOT / "src")})
    child = family.start("odd", ["nonsense"])
    try:
        child.process.wait(30)
        assert family.ended() is child
        with pytest.raises(Trouble, match=r"the odd process ended \(status 2\)"):
            up._raise_if_one_ended(family)
        assert "nonsense" in capsys.readouterr().err
    finally:
        family.stop()


def test_columns_count_han_characters_twice() -> None:
    first, second = greeting._columns([("门户", "a"), ("data", "b")])
    assert first == "  门户  a" and second == "  data  b"


def test_the_greeting_shows_logins_of_a_demonstration_only(tmp_path: Path) -> None:
    row = '{"logins": [{"who": "窗口", "login": "ck", "password": "secret-word"}]}'
    (tmp_path / "prepared.json").write_text(row, encoding="utf-8")
    assert "secret-word" in greeting.table("http://x", tmp_path, demo=True, seconds=1)
    assert "secret-word" not in greeting.table("http://x", tmp_path, demo=False, seconds=1)
