"""One account cannot fill the tables or the disk with drafts: not by dropping them, not by taking files out again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test.utils import override_settings

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Invalid, Refused
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.tests.world import MONDAY, PDF, World

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


def test_drafts_begun_and_thrown_away_are_limited_as_well(world: World) -> None:
    with override_settings(TQ_MAX_DROPPED=3):
        for _n in range(3):
            cases.drop_draft(world.owner, case_id=world.draft())
        before = Case.objects.count()
        for _n in range(20):
            with pytest.raises(Refused) as refused:
                world.draft()
        assert refused.value.code == "too-many-dropped" and "明天" in str(refused.value.remedy)
        assert Case.objects.count() == before
        with clock.at(MONDAY + timedelta(days=1, minutes=1)):
            assert world.draft()


def test_files_put_in_and_taken_out_again_count(world: World) -> None:
    draft = world.draft()
    code = CaseMaterial.objects.filter(case_id=draft).first().code
    with override_settings(TQ_DRAFT_LIMIT=20 * len(PDF)):
        with pytest.raises(Invalid) as refused:
            for n in range(100):
                upload = Upload(code, f"{n}.pdf", PDF + b"%" * (n % 7))
                made = cases.add_material(world.owner, case_id=draft, code=code, upload=upload)
                cases.remove_material(world.owner, case_id=draft, material_id=UUID(made["material_id"]))
        assert refused.value.code == "too-much-uploaded" and code in refused.value.fields
    assert CaseMaterial.objects.filter(case_id=draft).count() < 20
