from __future__ import annotations

from collections.abc import Iterator

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.cases.tests import world as worlds


@pytest.fixture
def world(db: None) -> Iterator[worlds.World]:
    """A fresh world on Monday 2026-03-02, 10:00."""
    with clock.at(worlds.MONDAY):
        yield worlds.build()
