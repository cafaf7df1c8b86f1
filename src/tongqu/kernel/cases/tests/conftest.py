from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def world(db: None) -> Iterator[Any]:
    """A fresh world on Monday 2026-03-02, 10:00."""
    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests import world as worlds

    with clock.at(worlds.MONDAY):
        yield worlds.build()
