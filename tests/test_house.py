"""The house rules that no other tool keeps: names, sizes, docstrings, and what must not stand in the repository."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tongqu"
LONGEST = 400
LONGER_FOR_A_REASON: dict[str, str] = {
    "src/tongqu/kernel/ui/static/ui/ui.css": "one stylesheet is one request; it reads as a list of components",
}
CODE = {".py", ".html", ".css", ".js", ".sh", ".typ"}
NO_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
LOCK_FILES = {
    "uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json", "yarn.lock", "pnpm-lock.yaml",
}  # fmt: skip
# Built from pieces, so that this file does not hold what it forbids.
HOSTS = [
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"), ("files", "pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("npmmirror", "com"),
        ("taobao", "org"), ("pypi", "tuna", "tsinghua"), ("mirrors", "aliyun"), ("mirrors", "tencent"),
        ("mirrors", "ustc"), ("repo", "huaweicloud"), ("anaconda", "org"), ("deb", "debian", "org"),
        ("archive", "ubuntu"), ("crates", "io"), ("proxy", "golang"), ("registry", "yarnpkg"), ("unpkg", "com"),
        ("jsdelivr", "net"), ("cdnjs", "cloudflare"), ("docker", "io"), ("ghcr", "io"),
    )
]  # fmt: skip
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/\w")


def repository_files() -> list[Path]:
    """What is or would be committed."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in sorted(set(listed.stdout.split("\0"))) if name and (path := ROOT / name).is_file()]


def text_of(path: Path) -> str | None:
    data = path.read_bytes()
    return None if b"\0" in data[:4096] else data.decode("utf-8", errors="replace")


def rooms() -> list[Path]:
    floors = [SOURCE / "foundation", SOURCE / "assembly"]
    return floors + [d for f in ("kernel", "domains", "faces") for d in sorted((SOURCE / f).iterdir()) if is_room(d)]


def is_room(folder: Path) -> bool:
    return folder.is_dir() and folder.name != "__pycache__"


@pytest.mark.parametrize("room", rooms(), ids=lambda room: room.name)
def test_every_room_says_what_it_is_for(room: Path) -> None:
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    assert said and len(said) > 30, f"{room.name}/__init__.py says nothing of the room"


def test_files_stay_short() -> None:
    long = {}
    for path in repository_files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in CODE and "/migrations/" not in name and "/vendor/" not in name:
            lines = (text_of(path) or "").count("\n")
            if lines > LONGEST and name not in LONGER_FOR_A_REASON:
                long[name] = lines
    assert not long, f"longer than {LONGEST} lines, with no reason listed: {long}"


def test_reasons_for_long_files_are_still_needed() -> None:
    needless = [name for name in LONGER_FOR_A_REASON if not (ROOT / name).exists()]
    assert not needless


def test_nothing_is_called_after_nothing() -> None:
    named = [p for p in repository_files() if {part.split(".")[0] for part in p.relative_to(ROOT).parts} & NO_NAMES]
    assert not named, f"name the thing: {named}"


def test_no_lock_files_with_addresses() -> None:
    assert not [p for p in repository_files() if p.name in LOCK_FILES]


def test_no_package_host_and_no_machine_path() -> None:
    found = []
    for path in repository_files():
        for number, line in enumerate((text_of(path) or "").splitlines(), 1):
            if any(host in line for host in HOSTS) or MACHINE_PATH.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert not found, "\n".join(found)


def test_the_root_is_tidy() -> None:
    allowed = {
        ".ci", ".editorconfig", ".gitignore", ".importlinter", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
        "README.md", "README.zh-CN.md", "SECURITY.md", "bench", "conftest.py", "deploy", "docs", "packages",
        "pyproject.toml", "requirements", "src", "tests", "tq", ".gitattributes", "NOTICE",
    }  # fmt: skip
    assert {p.relative_to(ROOT).parts[0] for p in repository_files()} <= allowed
