"""Concurrent acts on both databases: one case number, one event, no gaps, nobody overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests.rig.queries import count_queries
from tongqu.kernel.acts import clock
from tongqu.kernel.cases.tests import races
from tongqu.kernel.cases.tests import world as worlds
from tongqu.kernel.cases.tests.world import World


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite: see the test below")
def test_at_once_on_postgresql() -> None:
    assert connection.vendor == "postgresql"
    with clock.at(worlds.MONDAY):
        races.judge(races.run_all(worlds.build()))


@pytest.mark.slow
def test_at_once_on_sqlite(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TQ_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tongqu.kernel.cases.tests.races"], cwd=settings.PROJECT_ROOT, capture_output=True,
        text=True, timeout=240, stdin=subprocess.DEVNULL,
        env=kept | {
            "DJANGO_SETTINGS_MODULE": "tongqu.assembly.settings", "TQ_DATA_DIR": str(tmp_path), "TQ_DEMO": "1",
            "PYTHONPATH": os.pathsep.join([str(settings.SOURCE_ROOT.parent), str(settings.PROJECT_ROOT)]),
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    races.judge(json.loads(done.stdout))


@pytest.mark.django_db
def test_what_an_act_costs(world: World) -> None:
    """Submitting is the one act of which a whole county may do thousands in an hour."""
    case_id = world.draft()
    spent: dict[str, Any] = {}
    for who, action, inputs in (("owner", "submit", races.SUBMIT), ("clerk", "accept", {})):
        with count_queries() as count:
            world.act(who, case_id, action, inputs=inputs, key=f"cost-of-{action}")
        spent[action] = count
    assert spent["submit"] <= 12, spent["submit"]
    assert spent["accept"] <= 13, spent["accept"]
