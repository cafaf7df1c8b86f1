"""The life of a text: drafted, checked, published by somebody else from a time, compared, gone back to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted, Refused
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.records import catalogue
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.models import DocumentNumbering, DocumentTemplate
from tongqu.kernel.records.operations.templates import EDIT, PUBLISH
from tongqu.kernel.records.templates_in_force import access_template, published, style_of, text_of_version
from tongqu.kernel.records.tests.making import MONDAY

pytestmark = pytest.mark.django_db
TENANT, UNIT, OTHER = default_tenant(), uuid7(), uuid7()
KIND = {"procedure": "licensing", "kind": "refusal_decision"}
SPEC_BODY = "经审查不符合条件：{ground}\n事实和理由：{reason}\n根据{basis}决定不予许可。\n{remedies}"


def actor(*verbs: str, unit: UUID | None = UNIT) -> Actor:
    return Actor(TENANT, "staff", uuid7(), grants=tuple(Grant(v, unit, "", "r") for v in verbs), login_strength=3)


def drafted(by: Actor, unit: UUID | None = UNIT, **changed: str) -> UUID:
    template_id = UUID(records.draft_template(by, **KIND, unit_id=unit)["template_id"])
    text = {"title": "不予行政许可决定书", "body": SPEC_BODY, "why": "改得更明白"} | changed
    records.save_template(by, template_id=template_id, **text)
    return template_id


def in_force(at: Any, unit: UUID | None = UNIT) -> Any:
    return text_of_version(TENANT, catalogue.kind(*KIND.values()), unit, at=at)


def test_from_draft_to_use_and_back_again() -> None:
    writer, head, kind = actor(EDIT), actor(PUBLISH), catalogue.kind(*KIND.values())
    with clock.at(MONDAY):
        assert in_force(MONDAY).number == 1 and in_force(MONDAY).body == kind.body
        template_id = drafted(writer)
        assert in_force(MONDAY).number == 1, "a draft is not in force"
        records.publish_template(head, template_id=template_id, effective_from=MONDAY + timedelta(days=2))
        assert in_force(MONDAY + timedelta(days=1)).number == 1, "nor is what starts later"
        used = in_force(MONDAY + timedelta(days=2))
        assert (used.number, used.body) == (2, SPEC_BODY)
        assert in_force(MONDAY + timedelta(days=2), OTHER).number == 1, "another unit keeps its own"
    with clock.at(MONDAY + timedelta(days=3)):
        back = UUID(records.draft_template(writer, **KIND, unit_id=UNIT, based_on=1)["template_id"])
        row = DocumentTemplate.objects.get(id=back)
        assert row.body == kind.body and row.based_on == "shipped@1"
        records.save_template(writer, template_id=back, title=row.title, body=row.body, why="退回原来的文本")
        assert records.publish_template(head, template_id=back)["number"] == 3
        assert in_force(clock.now()).body == kind.body
        assert published(TENANT, kind, UNIT, 2).body == SPEC_BODY, "what was published stays as it was"


def test_nobody_publishes_what_they_worked_on() -> None:
    both, writer = actor(EDIT, PUBLISH), actor(EDIT)
    mine = drafted(both)
    with pytest.raises(Refused):
        records.publish_template(both, template_id=mine)
    records.save_template(writer, template_id=mine, title="决定书", body=SPEC_BODY, why="再改")
    with pytest.raises(Refused):
        records.publish_template(both, template_id=mine)
    assert DocumentTemplate.objects.get(id=mine).state == "draft"
    records.publish_template(actor(PUBLISH), template_id=mine)


def test_what_is_published_never_changes() -> None:
    writer = actor(EDIT)
    template_id = drafted(writer)
    records.publish_template(actor(PUBLISH), template_id=template_id)
    before = DocumentTemplate.objects.filter(id=template_id).values().get()
    for call in (
        lambda: records.save_template(writer, template_id=template_id, title="甲", body=SPEC_BODY, why="乙"),
        lambda: records.publish_template(actor(PUBLISH), template_id=template_id),
        lambda: records.discard_template(writer, template_id=template_id),
    ):
        with pytest.raises(Conflict):
            call()
    assert DocumentTemplate.objects.filter(id=template_id).values().get() == before


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"body": SPEC_BODY.replace("\n{remedies}", "")}, "body"), ({"body": SPEC_BODY + "\n{nope}"}, "body"),
     ({"title": "决定书{remedies}"}, "title"), ({"title": ""}, "title"), ({"why": "因" * 301}, "why"),
     ({"body": SPEC_BODY + "\ue000"}, "body")],
)  # fmt: skip
def test_a_text_that_could_not_be_published_is_not_saved(changed: dict[str, str], field: str) -> None:
    writer = actor(EDIT)
    template_id = UUID(records.draft_template(writer, **KIND, unit_id=UNIT)["template_id"])
    before = DocumentTemplate.objects.filter(id=template_id).values().get()
    text = {"title": "决定书", "body": SPEC_BODY, "why": "改"} | changed
    with pytest.raises(Invalid) as refused:
        records.save_template(writer, template_id=template_id, **text)
    assert field in refused.value.fields
    assert DocumentTemplate.objects.filter(id=template_id).values().get() == before


def test_a_reason_is_owed_and_the_past_cannot_be_rewritten() -> None:
    template_id = drafted(actor(EDIT), why="")
    with pytest.raises(Invalid) as refused:
        records.publish_template(actor(PUBLISH), template_id=template_id)
    assert "why" in refused.value.fields
    other = drafted(actor(EDIT, unit=OTHER), unit=OTHER)
    with pytest.raises(Invalid) as refused:
        records.publish_template(
            actor(PUBLISH, unit=OTHER), template_id=other, effective_from=clock.now() - timedelta(days=1)
        )
    assert "effective_from" in refused.value.fields


def test_one_draft_at_a_time_and_only_ones_own_unit() -> None:
    writer = actor(EDIT)
    template_id = drafted(writer)
    with pytest.raises(Conflict):
        records.draft_template(actor(EDIT), **KIND, unit_id=UNIT)
    stranger = actor(EDIT, PUBLISH, unit=OTHER)
    with pytest.raises(NotPermitted):
        records.draft_template(stranger, **KIND, unit_id=UNIT)
    with pytest.raises(NotPermitted):
        records.draft_template(stranger, **KIND, unit_id=None)
    with pytest.raises(NotPermitted):
        records.save_template(stranger, template_id=template_id, title="甲", body=SPEC_BODY, why="乙")
    with pytest.raises(NotPermitted):
        records.publish_template(writer, template_id=template_id)
    with pytest.raises(NotFound):
        access_template(stranger, template_id, (EDIT, PUBLISH))
    with pytest.raises(NotFound):
        records.draft_template(writer, procedure="licensing", kind="site_check_record", unit_id=UNIT)
    assert access_template(writer, template_id, (EDIT,)).id == template_id


def test_two_who_save_at_once() -> None:
    writer = actor(EDIT)
    template_id = drafted(writer)
    seen = DocumentTemplate.objects.get(id=template_id).version
    records.save_template(writer, template_id=template_id, title="甲", body=SPEC_BODY, why="乙", expected_version=seen)
    with pytest.raises(Conflict):
        records.save_template(
            actor(EDIT), template_id=template_id, title="丙", body=SPEC_BODY, why="丁", expected_version=seen
        )
    assert DocumentTemplate.objects.get(id=template_id).title == "甲"


def test_a_units_own_text_goes_before_the_one_for_all() -> None:
    everywhere = drafted(actor(EDIT, unit=None), unit=None, title="全平台决定书")
    records.publish_template(actor(PUBLISH, unit=None), template_id=everywhere)
    assert in_force(clock.now()).title == "全平台决定书"
    own = drafted(actor(EDIT), title="本单位决定书")
    records.publish_template(actor(PUBLISH), template_id=own)
    assert in_force(clock.now()).title == "本单位决定书"
    assert in_force(clock.now(), OTHER).title == "全平台决定书"


def test_numbers_are_set_by_unit_and_kind() -> None:
    head, kind = actor(PUBLISH), catalogue.kind(*KIND.values())
    assert style_of(TENANT, UNIT, kind, agency="某局").number(2026, 1) == "某局许不准〔2026〕1号"
    records.set_numbering(head, unit_id=UNIT, agency="清市监")
    records.set_numbering(head, unit_id=UNIT, **KIND, word="不许", pattern="{agency}{word}字〔{year}〕第{serial3}号")
    assert style_of(TENANT, UNIT, kind, agency="某局").number(2026, 1) == "清市监不许字〔2026〕第001号"
    other = catalogue.kind("licensing", "grant_decision")
    assert style_of(TENANT, UNIT, other, agency="某局").number(2026, 1) == "清市监许准〔2026〕1号"
    with pytest.raises(Invalid) as refused:
        records.set_numbering(actor(PUBLISH, unit=OTHER), unit_id=OTHER, agency="清市监")
    assert "agency" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        records.set_numbering(head, unit_id=UNIT, pattern="{word}{year}{serial}", word="a\u202eb")
    assert {"pattern", "word"} <= set(refused.value.fields)
    with pytest.raises(NotPermitted):
        records.set_numbering(actor(EDIT), unit_id=UNIT, agency="甲")
    assert DocumentNumbering.objects.filter(unit_id=OTHER).count() == 0
