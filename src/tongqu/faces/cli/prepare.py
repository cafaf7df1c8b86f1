"""What `up` has done before it serves: tables, static files and, for a demonstration, the city. Run in its own process,
so that the process which only watches never loads the house."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tongqu.faces.cli import data

PREPARED = "prepared.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true")


def run(options: argparse.Namespace) -> int:
    folder = data.Folder.named()
    started = fingerprint()
    from django.conf import settings

    from tongqu.faces.cli import migrate

    if waiting := migrate.pending():
        with step(f"数据库 tables ({len(waiting)})"):
            migrate.apply()
    collect_static(Path(settings.STATIC_ROOT))
    logins: list[dict[str, str]] = []
    if options.demo:
        from tongqu.faces.cli import demo

        logins = demo.build(step)
    remember(folder, started, demo=options.demo, logins=logins)
    return 0


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print one line of progress, with the time it took."""
    begin = time.monotonic()
    print(f"  · {title} …", end="", flush=True)
    try:
        yield
    except BaseException:
        print()
        raise
    print(f" {time.monotonic() - begin:.1f} s", flush=True)


def collect_static(root: Path) -> None:
    """Copy, hash and compress the static files of every room, when one of them has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    sources = sorted(
        (path, Path(storage.path(path)).stat().st_mtime_ns)
        for finder in get_finders()
        for path, storage in finder.list(["*.md"])
    )
    wanted, stamp = hashlib.sha256(json.dumps(sources).encode()).hexdigest(), root / ".collected"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    with step("静态文件 static files"):
        call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
        stamp.write_text(wanted)


# --- the quick way: nothing has changed since the last start ----------------------------------------------------------
def is_prepared(folder: data.Folder, *, demo: bool) -> bool:
    """Whether the last preparation still holds: same code, same settings, same tables, static files in place.

    Reads a few hundred file times and one row of SQLite; an outside database is always looked at properly.
    """
    try:
        said = json.loads((folder.path / PREPARED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return (
        not os.environ.get("TQ_DATABASE_URL")
        and (said["demo"] or not demo)
        and (folder.path / "static" / ".collected").exists()
        and said["code"] == fingerprint()
        and said["tables"] == _applied(folder.path / data.DATABASE)
    )


def remember(folder: data.Folder, code: str, *, demo: bool, logins: list[dict[str, str]]) -> None:
    """Note what was prepared, for the next start, and the demonstration's logins, for its greeting."""
    note = {"code": code, "tables": _applied(folder.path / data.DATABASE), "demo": demo, "logins": logins}
    (folder.path / PREPARED).write_text(json.dumps(note, ensure_ascii=False), encoding="utf-8")


def fingerprint() -> str:
    """A digest of the program as it lies on the disk (paths, sizes, times) and of what it runs under."""
    seen = hashlib.sha256(f"{sys.version} {data.PROJECT_ROOT}".encode())
    for folder in (data.PROJECT_ROOT / "src", data.PROJECT_ROOT / "packages"):
        for path, names, files in os.walk(folder):
            names[:] = sorted(n for n in names if n not in {"__pycache__", "tests"})
            for name in sorted(f for f in files if not f.endswith(".pyc")):
                facts = Path(path, name).stat()
                seen.update(f"{path}/{name} {facts.st_size} {facts.st_mtime_ns}\n".encode())
    for name in sorted(os.environ):
        if name.startswith("TQ_"):
            seen.update(f"{name}={os.environ[name]}\n".encode())
    return seen.hexdigest()


def _applied(database: Path) -> list[int] | None:
    """How many migrations the SQLite file has seen and the newest; None when it cannot say."""
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return list(connection.execute("SELECT count(*), max(id) FROM django_migrations").fetchone())
    except sqlite3.Error:
        return None
