from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tongqu.kernel.cases.tests.conftest import built, who, world  # noqa: F401


@pytest.fixture
def on_monday() -> Iterator[None]:
    """A working day, with no tries counted yet."""
    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests.world import MONDAY

    cache.clear()
    with clock.at(MONDAY):
        yield
