"""What the counter keeps of a person goes with him; an original still at the window stands in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tongqu.domains.services.counter.models import Filing, Handover, HandoverLine, HeldOriginal
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import Refused
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.persons import NAME, PersonWorld, everything_stored, person_world, spellings
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, TENANT, World
from tongqu.kernel.identity import operations
from tongqu.kernel.identity.queries_rights import outline, subject_of

GROUND = "erase.purpose_met"


@pytest.fixture
def own(world: World, settings: Any, tmp_path: Path) -> Iterator[PersonWorld]:  # noqa: F811
    settings.TQ_BLOB_DIR = tmp_path / "blobs"
    settings.DATA_DIR = tmp_path
    with clock.at(MONDAY):
        yield person_world(world)


def queued(own: PersonWorld, case_id: UUID) -> Filing:
    unit, clerk = uuid7(), uuid7()
    row = Filing.objects.create(
        tenant_id=TENANT, case_id=case_id, queue_no="0302-007", unit_id=unit, clerk_id=clerk, person_id=own.shop,
        applicant_name=NAME, item_code="x", item_title={"zh-Hans": "事项", "en": "Item"}, channel="counter",
        touched_at=now(),
    )  # fmt: skip
    handed = Handover.objects.create(
        tenant_id=TENANT, shift_id=uuid7(), unit_id=unit, giver_id=clerk, taker_id=uuid7(), window="1",
        note=f"{NAME}下午还来", signed_at=now(),
    )  # fmt: skip
    HandoverLine.objects.create(tenant_id=TENANT, handover=handed, kind="draft", ref_id=row.id, text=f"{NAME}的草稿")
    return row


def test_the_queue_and_the_hand_over_name_nobody_afterwards(own: PersonWorld) -> None:
    filing = queued(own, own.draft())
    held = {one.section.code: one.count for one in outline(subject_of(own.shop))}
    assert held["filings"] == 1
    operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert not any(spelling in everything_stored() for spelling in spellings(NAME))
    assert Handover.objects.get().note.endswith("下午还来")  # the sentence stays, the name is gone
    assert Filing.objects.get(id=filing.id).queue_no == "0302-007"


def test_an_original_at_the_window_goes_back_first(own: PersonWorld) -> None:
    filing = queued(own, own.draft())
    original = HeldOriginal.objects.create(
        tenant_id=TENANT, unit_id=filing.unit_id, holder_id=filing.clerk_id, filing_id=filing.id, what=f"{NAME}的证件",
        taken_at=now(),
    )  # fmt: skip
    with pytest.raises(Refused) as caught:
        operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert caught.value.code == "keep.case_running"
    HeldOriginal.objects.filter(id=original.id).update(returned_at=now())
    operations.destroy_person_key(SYSTEM, party_id=own.shop, ground=GROUND)
    assert not any(spelling in everything_stored() for spelling in spellings(NAME))
