"""The life of a licensing case through the one verb, the happy way and the unhappy ones."""

from __future__ import annotations

import pytest

from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import World

pytestmark = pytest.mark.django_db


def test_from_draft_to_grant(world: World) -> None:
    case_id = world.granted()
    case = Case.objects.get(id=case_id)
    assert (case.state, case.outcome) == ("approved", "granted")
    assert case.case_no.startswith("990102")
