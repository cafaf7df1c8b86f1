"""What counts as handed in follows every adding, removing and replacing of files."""

from __future__ import annotations

from uuid import UUID

import pytest

from tongqu.kernel.acts.errors import Refused
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.context import Upload
from tongqu.kernel.cases.models import Case, CaseMaterial
from tongqu.kernel.cases.tests.world import PDF, World

pytestmark = pytest.mark.django_db


def copied(case_id: UUID) -> list[str]:
    return list(Case.objects.get(id=case_id).handed_in)


def really(case_id: UUID) -> list[str]:
    return sorted(set(CaseMaterial.objects.filter(case_id=case_id, replaced_at=None).values_list("code", flat=True)))


def test_the_copy_on_the_case_says_what_the_rows_say(world: World) -> None:
    case_id = world.draft()
    assert copied(case_id) == really(case_id) != []
    row = CaseMaterial.objects.filter(case_id=case_id).first()
    assert row is not None
    cases.remove_material(world.owner, case_id=case_id, material_id=row.id)
    assert copied(case_id) == really(case_id) == []
    with pytest.raises(Refused):
        world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    cases.add_material(world.owner, case_id=case_id, code=row.code, upload=Upload(row.code, "再交.pdf", PDF))
    assert copied(case_id) == really(case_id) == [row.code]
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    world.act("clerk", case_id, "request_supplement", inputs={f"material__{row.code}": "看不清"})
    world.act("owner", case_id, "supply", uploads=[Upload(row.code, "清楚.pdf", PDF + b"%%EOF")])
    assert copied(case_id) == really(case_id) == [row.code]


def test_the_same_bytes_keep_the_name_they_were_sent_under(world: World) -> None:
    """Bytes are kept once for their holder; what one calls them may differ from case to case."""
    case_id = world.draft()
    row = CaseMaterial.objects.filter(case_id=case_id).first()
    assert row is not None
    cases.add_material(world.owner, case_id=case_id, code=row.code, upload=Upload(row.code, "又一张.pdf", PDF))
    names = CaseMaterial.objects.filter(case_id=case_id).order_by("id").values_list("filename", "blob_id")
    assert [name for name, _blob in names] == ["图纸.pdf", "又一张.pdf"]
    assert len({blob for _name, blob in names}) == 1
