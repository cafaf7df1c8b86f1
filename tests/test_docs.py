"""The documents keep up with the code: every link leads somewhere, every test they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "deploy" / "README.md"]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
TEST = re.compile(r"`((?:tests|\w+/tests)/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    wanted = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    assert not [link for link in wanted if not (page.parent / link).exists()]


def test_tests_named_by_the_requirements_exist() -> None:
    missing = []
    for file, name in TEST.findall((ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")):
        path = ROOT / file if file.startswith("tests/") else ROOT / "src" / "tongqu" / "kernel" / file
        if not path.exists() or (name and f"def {name}(" not in path.read_text(encoding="utf-8")):
            missing.append(f"{file}::{name}")
    assert not missing


def test_each_built_room_has_its_page() -> None:
    """A room with more than a docstring is described in docs/rooms."""
    source = ROOT / "src" / "tongqu"
    rooms = [room for floor in ("kernel", "domains", "faces") for room in (source / floor).iterdir() if room.is_dir()]
    built = {room.name for room in rooms if len(list(room.glob("*.py"))) > 1}
    assert built == {page.stem for page in (ROOT / "docs" / "rooms").glob("*.md")} - {"README"}
