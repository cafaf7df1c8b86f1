"""The pinned lists, `pyproject.toml` and `docs/dependencies.md` say the same."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUN = [Requirement(line) for line in PROJECT["dependencies"]]
DEV = [Requirement(line) for line in PROJECT["optional-dependencies"]["dev"]]
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def pinned(name: str) -> dict[str, tuple[str, int]]:
    """Package → (version, number of hashes) of a list."""
    found: dict[str, tuple[str, int]] = {}
    current = ""
    for line in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9][\w.-]*)(?:\[\w+\])?==([^\s;]+)", line):
            current = str(canonicalize_name(match[1]))
            found[current] = (match[2], 0)
        elif line.strip().startswith("--hash=sha256:"):
            found[current] = (found[current][0], found[current][1] + 1)
        else:
            assert not line.strip() or line.strip().startswith("#"), f"unexpected in {name}.txt: {line}"
    return found


@pytest.mark.parametrize("name", ["run", "dev", "tools"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    without = [package for package, (_, hashes) in pinned(name).items() if not hashes]
    assert pinned(name) and not without


@pytest.mark.parametrize(("name", "wanted"), [("run", RUN), ("dev", RUN + DEV)])
def test_lists_satisfy_the_project_file(name: str, wanted: list[Requirement]) -> None:
    have = pinned(name)
    for requirement in wanted:
        version = have.get(canonicalize_name(requirement.name), ("", 0))[0]
        assert version and requirement.specifier.contains(version), f"{requirement} against {version or 'nothing'}"


def test_the_development_list_holds_the_running_list() -> None:
    run, dev = pinned("run"), pinned("dev")
    assert {name: version for name, (version, _) in run.items()}.items() <= {
        name: version for name, (version, _) in dev.items()
    }.items()


def test_lists_hold_nothing_that_nobody_asked_for() -> None:
    """Each pin's note says who wants it: those wanted by the project file are exactly its dependencies."""
    asked: set[str] = set()
    current = ""
    for line in (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z][\w.-]*)", line):
            current = str(canonicalize_name(match[1]))
        elif "pyproject.toml" in line:
            asked.add(current)
    assert asked == {canonicalize_name(r.name) for r in RUN}


@pytest.mark.parametrize("requirement", RUN + DEV, ids=lambda r: r.name)
def test_each_direct_dependency_has_its_line(requirement: Requirement) -> None:
    line = next((row for row in PAGE.splitlines() if row.startswith(f"| {requirement.name} |")), None)
    assert line, f"docs/dependencies.md has no line for {requirement.name}"
    licence, reason = [cell.strip() for cell in line.split("|")[2:4]]
    assert licence and len(reason) > 10
    said = metadata(requirement.name).get("License-Expression")
    if said:
        assert said in licence, f"{requirement.name}: the page says {licence}, the package {said}"


def test_the_page_lists_nothing_else() -> None:
    rows = {row.split("|")[1].strip() for row in PAGE.splitlines() if re.match(r"\| [A-Za-z]", row)}
    assert rows - {"Package"} == {r.name for r in RUN + DEV} | {"uv"}


def test_strong_copyleft_is_flagged() -> None:
    for requirement in RUN:
        said = f"{metadata(requirement.name).get('License-Expression')} {metadata(requirement.name).get('License')}"
        if "GPL" in said:
            assert re.search(rf"^\| {requirement.name} \| \*\*.*GPL", PAGE, re.M), f"{requirement.name} is {said}"
