"""The data folder is ours, or it is left alone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tongqu.faces.cli import data
from tongqu.faces.cli.trouble import Trouble


@pytest.fixture
def folder(tmp_path: Path) -> data.Folder:
    return data.Folder(tmp_path / "data")


def test_a_new_folder_is_made_and_marked(folder: data.Folder) -> None:
    folder.claim(demo=True)
    assert folder.marker() == {"made_by": "tongqu", "format": 1, "demo": True}
    assert folder.path.stat().st_mode & 0o077 == 0, "closed to others on the machine"
    folder.claim()
    assert (folder.marker() or {})["demo"] is True, "a later start without a wish keeps what it was"


def test_a_demonstration_is_known_by_its_folder(folder: data.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TQ_DEMO", raising=False)
    folder.claim(demo=True)
    assert folder.environment() == {"TQ_DATA_DIR": str(folder.path), "TQ_DEMO": "1"}
    monkeypatch.setenv("TQ_DEMO", "0")
    assert "TQ_DEMO" not in folder.environment(), "what the operator set stays"


def test_a_strangers_folder_is_refused(folder: data.Folder) -> None:
    folder.path.mkdir()
    (folder.path / "thesis.docx").write_text("years of work")
    with pytest.raises(Trouble, match="thesis.docx"):
        folder.claim()
    assert [p.name for p in folder.path.iterdir()] == ["thesis.docx"], "and nothing was put into it"


def test_a_file_is_not_a_folder(folder: data.Folder) -> None:
    folder.path.write_text("")
    with pytest.raises(Trouble, match="not a folder"):
        folder.claim()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder_says_the_mend(folder: data.Folder) -> None:
    folder.path.mkdir(mode=0o500)
    with pytest.raises(Trouble, match="--data-dir"):
        folder.claim()


def test_a_full_disk_says_so(folder: data.Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "LEAST_FREE_MB", 2**40)
    with pytest.raises(Trouble, match="MB free"):
        folder.claim()


def test_emptying_takes_only_what_is_ours(folder: data.Folder) -> None:
    folder.claim()
    for name in ("keys", "blobs"):
        (folder.path / name).mkdir()
        (folder.path / name / "x").write_text("x")
    (folder.path / data.DATABASE).write_text("x")
    (folder.path / "notes.txt").write_text("put here by someone later")
    folder.empty()
    assert {p.name for p in folder.path.iterdir()} == {"notes.txt"}


def test_emptying_does_not_follow_links(folder: data.Folder, tmp_path: Path) -> None:
    folder.claim()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    (folder.path / "blobs").symlink_to(elsewhere)
    folder.empty()
    assert (elsewhere / "kept").exists() and not (folder.path / "blobs").exists()


@pytest.mark.parametrize("marker", [None, "{}", json.dumps({"made_by": "another"})])
def test_an_unmarked_folder_is_never_emptied(folder: data.Folder, marker: str | None) -> None:
    folder.path.mkdir()
    (folder.path / data.DATABASE).write_text("another programme's file of the same name")
    if marker is not None:
        (folder.path / data.MARKER).write_text(marker)
    before = {p.name for p in folder.path.iterdir()}
    with pytest.raises(Trouble, match="--fresh"):
        folder.empty()
    assert {p.name for p in folder.path.iterdir()} == before


def test_emptying_nothing_is_no_trouble(folder: data.Folder) -> None:
    folder.empty()
    folder.path.mkdir()
    folder.empty()


def test_only_one_may_hold_it(folder: data.Folder) -> None:
    folder.claim()
    with folder.lock() as held:
        data.sign(held, "http://127.0.0.1:8000")
        with pytest.raises(Trouble, match=rf"pid {os.getpid()}, http://127.0.0.1:8000"):
            folder.lock()
    folder.lock().close()
