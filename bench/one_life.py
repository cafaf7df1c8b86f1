"""A case's life when nothing waits for anything: `python bench/one_life.py [lives]`, 40 unless told otherwise.

The lives of `bench/lives.py` in one process and one thread, eight at a time; and of that, what is not our Python: the
papers, typeset once more from the same data, and the same statements, run once more by bare sqlite3 on a copy of the
database. What two processors could do at most, if they never waited, follows from the first; what no change of ours
could take away, from the others. SQLite only; under a minute.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

BATCH = 8


def main(lives: int) -> None:
    from bench import _city
    from bench._calibration import around

    _city.open_city()
    world = _city.world()
    _batch(world)  # what a process reads once
    with around("one life"), _Recording() as recorded:
        began = _clocks()
        for _ in range(lives // BATCH):
            _batch(world)
        _say("all of it", began, lives)
    lives = lives // BATCH * BATCH
    _say("typesetting alone", _typeset_again(recorded.papers), lives)
    _say(f"its {len(recorded.statements) // lives} statements by bare sqlite3", _replay(recorded), lives)


def _batch(world: Any) -> None:
    ids = [world.granted() for _ in range(BATCH)]
    _drain()
    for case_id in ids:
        world.act("owner", case_id, "rate", inputs={"level": "5"})
    _drain()


def _drain() -> None:
    from tongqu.kernel.acts import relay
    from tongqu.kernel.jobs import queue, worker

    while True:
        handed, jobs = relay.relay_once(64), queue.claim("bench", limit=32)
        for row in jobs:
            worker._run_job(row)
        if not handed and not jobs:
            return


class _Recording:
    """The statements and papers of a stretch of work, and a copy of the database as it was before."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, Any, bool]] = []
        self.papers: list[tuple[str, Any]] = []

    def __enter__(self) -> _Recording:
        from django.db import connection

        from tongqu.assembly.sqlite import base
        from tongqu.kernel.records import typeset

        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.database = Path(str(connection.settings_dict["NAME"]))
        self.copy = self.database.with_name("replayed.sqlite3")
        shutil.copy(self.database, self.copy)
        self._patches = [
            patch.object(base.Cursor, "execute", self._noting(base.Cursor.execute, many=False)),
            patch.object(base.Cursor, "executemany", self._noting(base.Cursor.executemany, many=True)),
            patch.object(base.DatabaseWrapper, "_commit", self._noting_commit(base.DatabaseWrapper._commit)),
            patch.object(typeset, "render", self._noting_paper(typeset.render)),
        ]
        for one in self._patches:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._patches:
            one.stop()

    def _noting(self, real: Callable[..., Any], *, many: bool) -> Callable[..., Any]:
        def execute(cursor: Any, query: str, params: Any = None) -> Any:
            given = [tuple(row) for row in params] if many else tuple(params or ())
            text = query if params is None else cursor.convert_query(query)
            self.statements.append((text, given, many))
            return real(cursor, query, given if many else params)

        return execute

    def _noting_commit(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def commit(wrapper: Any) -> Any:
            self.statements.append(("COMMIT", (), False))
            return real(wrapper)

        return commit

    def _noting_paper(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def render(template: str, data: Any) -> bytes:
            self.papers.append((template, data))
            return bytes(real(template, data))

        return render


def _typeset_again(papers: list[tuple[str, Any]]) -> tuple[float, float]:
    from tongqu.kernel.records import typeset

    began = _clocks()
    for template, data in papers:
        typeset.render(template, data)
    return began


def _replay(recorded: _Recording) -> tuple[float, float]:
    connection = sqlite3.connect(recorded.copy, isolation_level=None, cached_statements=1000)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8000", "cache_size=-8000"):
        connection.execute(f"PRAGMA {setting}")
    began = _clocks()
    for text, given, many in recorded.statements:
        if many:
            connection.executemany(text, given)
        else:
            connection.execute(text, given).fetchall()
    return began


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _say(what: str, began: tuple[float, float], lives: int) -> None:
    wall, busy = (after - before for after, before in zip(_clocks(), began, strict=True))
    print(f"{what:<50}{busy / lives * 1000:>8.1f} ms of processor a life, {wall / lives * 1000:.1f} on the wall")


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1])]
    if "TQ_DATABASE_URL" in os.environ:
        sys.exit("bench/one_life.py: SQLite only")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
