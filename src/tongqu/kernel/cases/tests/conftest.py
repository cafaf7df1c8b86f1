"""One world for each module, built once; every test works in a savepoint of its own that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The world on Monday 2026-03-02, 10:00. Do not change it: ask for `world`."""
    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests import world as worlds

    with django_db_blocker.unblock(), clock.at(worlds.MONDAY), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: Any, db: None) -> Any:
    """The module's world, as new for each test."""
    return built


@pytest.fixture
def who(world: Any, settings: Any, tmp_path: Path) -> Iterator[Any]:
    """Those who ask for government information and those who answer, on that Monday (`seekers`)."""
    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests import seekers

    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    settings.DATA_DIR = tmp_path
    with clock.at(seekers.at("03-02")):
        yield seekers.build(world)
