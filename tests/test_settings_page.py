"""Every TQ_ variable that is read has its line in docs/settings.md, and the page promises none that is not read."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
READ = re.compile(
    r"""(?:_env|_flag|_secret|environ\.get|environ\.pop|getenv|environ\s*\[|in\s+os\.environ|in\s+environ)\W*["'](TQ_[A-Z_]+)"""
    r"""|["'](TQ_[A-Z_]+)["']\s+(?:not\s+)?in\s+os\.environ"""
)


def read_somewhere() -> set[str]:
    """Names read from the environment by the platform, the rig and the scripts."""
    found: set[str] = set()
    for folder in ("src", "tests/rig", "bench"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not re.search(r"/tests/(test_|conftest)", path.as_posix()):
                found |= {a or b for a, b in READ.findall(path.read_text(encoding="utf-8"))}
    for script in ("tq", ".ci/run"):
        found |= set(re.findall(r"\$\{(TQ_[A-Z_]+)", (ROOT / script).read_text(encoding="utf-8")))
    return found


def test_every_setting_is_explained() -> None:
    explained = set(
        re.findall(r"^\| `(TQ_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.M)
    )
    assert read_somewhere() - explained == set(), "docs/settings.md does not explain these"
    assert explained - read_somewhere() == set(), "docs/settings.md explains what nobody reads"
