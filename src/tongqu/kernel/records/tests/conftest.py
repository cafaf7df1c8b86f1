"""Each test has an empty store. Rooms are imported inside: they are not loaded yet when this is read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _own_store(settings: Any, tmp_path: Path) -> None:
    settings.TQ_BLOB_DIR = tmp_path / "blobs"


@pytest.fixture(autouse=True)
def _nobody_counted() -> None:
    from tongqu.kernel.records.pages import limiting

    limiting._here.clear()  # what the table counted goes with each test's transaction


@pytest.fixture
def monday(db: None) -> Iterator[None]:
    from tongqu.kernel.acts import clock
    from tongqu.kernel.records.tests.making import HOLDER, MONDAY, holder_of

    with clock.at(MONDAY):
        holder_of(HOLDER)
        yield
