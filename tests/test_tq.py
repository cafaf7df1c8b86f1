"""The script `tq` itself: from anywhere, through links, with odd surroundings. Nothing here needs the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TQ = ROOT / "tq"
SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]

prepared = pytest.mark.skipif(
    not (ROOT / ".venv" / "tq-dev.txt").exists() and not (ROOT / ".venv" / "tq-run.txt").exists(),
    reason="the environment here was not made by tq",
)


def run(*command: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_reads_it(shell: str) -> None:
    words = [shell, "sh", "-n"] if shell == "busybox" else [shell, "-n"]
    assert run(*words, str(TQ), PATH="/usr/bin:/bin").returncode == 0


def test_it_may_be_run() -> None:
    assert os.access(TQ, os.X_OK) and os.access(ROOT / ".ci" / "run", os.X_OK)


@prepared
def test_from_elsewhere_through_links_and_without_a_home(tmp_path: Path) -> None:
    (tmp_path / "with space").mkdir()
    first = tmp_path / "with space" / "tq"
    first.symlink_to(TQ)
    second = tmp_path / "second"
    second.symlink_to(Path("with space") / "tq")
    done = run(str(second), "--help", cwd=tmp_path, PATH="/usr/bin:/bin")
    assert done.returncode == 0 and "up" in done.stdout, done.stderr


@prepared
@pytest.mark.parametrize(
    "odd",
    [
        {"HOME": "/nonexistent"},
        {"PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent", "VIRTUAL_ENV": "/nonexistent"},
        {"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_TARGET": "/nonexistent"},
        {"CDPATH": "/tmp:/usr", "LC_ALL": "POSIX"},
    ],
    ids=lambda odd: next(iter(odd)),
)
def test_odd_surroundings(odd: dict[str, str], tmp_path: Path) -> None:
    done = run("sh", str(TQ), "--help", cwd=tmp_path, PATH="/usr/bin:/bin", **odd)
    assert done.returncode == 0 and "启动平台" in done.stdout, done.stderr


@prepared
def test_a_module_lying_in_the_folder_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "django.py").write_text("raise SystemExit('taken')")
    (tmp_path / "argparse.py").write_text("raise SystemExit('taken')")
    assert run(str(TQ), "--help", cwd=tmp_path, PATH="/usr/bin:/bin").returncode == 0


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout without an environment."""
    folder = tmp_path / "bare"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(TQ, folder / "tq")
    shutil.copytree(ROOT / "requirements", folder / "requirements", dirs_exist_ok=True)
    return folder


def only(tmp_path: Path, *names: str) -> str:
    """A PATH with these programs alone."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return str(folder)


def test_without_python_one_line_says_the_mend(bare: Path, tmp_path: Path) -> None:
    path = only(tmp_path, "sh", "dirname", "cmp", "readlink")
    done = run("/bin/sh", str(bare / "tq"), "up", PATH=path)
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr and "TQ_PYTHON=" in done.stderr and done.stderr.count("\n") == 1


def test_an_old_python_is_named(bare: Path, tmp_path: Path) -> None:
    path = only(tmp_path, "sh", "dirname", "cmp", "readlink")
    old = Path(path) / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && { echo "Python 3.9.2"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    done = run("/bin/sh", str(bare / "tq"), "up", PATH=path)
    assert done.returncode == 1 and "Python 3.9.2" in done.stderr and done.stderr.count("\n") == 1


def test_without_the_network_one_line_says_the_mend(bare: Path, tmp_path: Path) -> None:
    """Nothing can be fetched: the address is one where nobody listens."""
    nowhere = "http://127.0.0.1:9/simple"
    done = run(
        "/bin/sh", str(bare / "tq"), "--help", PATH=os.environ["PATH"], HOME=str(tmp_path / "home"),
        TQ_PYTHON=sys.executable if has_pip(sys.executable) else "python3", PIP_INDEX_URL=nowhere,
        PIP_CONFIG_FILE=os.devnull, PIP_RETRIES="0", UV_HTTP_RETRIES="0", PIP_NO_INDEX="1",
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "preparing" not in line]
    assert done.returncode == 1 and len(said) == 1 and "Traceback" not in done.stderr, done.stderr
    assert "index-url" in said[0] or "pip" in said[0]


def has_pip(python: str) -> bool:
    return subprocess.run([python, "-c", "import pip"], capture_output=True).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_closed_folder_says_the_mend(bare: Path) -> None:
    bare.chmod(0o500)
    try:
        done = run("/bin/sh", str(bare / "tq"), "--help", PATH=os.environ["PATH"])
    finally:
        bare.chmod(0o700)
    assert done.returncode == 1 and "cannot write" in done.stderr
