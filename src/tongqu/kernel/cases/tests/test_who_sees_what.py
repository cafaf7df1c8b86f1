"""Lists are scoped by place as the acts are; the public sees a person's name masked."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.relay import drain
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.queries import access_case, public_case
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.cases.worklist import Worklist, state_counts, worklist
from tongqu.kernel.identity.operations import revoke_mandate
from tongqu.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


def reading(world: World, *grants: Grant) -> Actor:
    return replace(world.staff["outsider"], grants=grants)


def test_a_role_in_a_region_lists_that_region_alone(world: World) -> None:
    with clock.at(MONDAY):
        case_id = world.submitted()
        unit = Case.objects.get(id=case_id).unit_id
        sees = [
            (Grant("cases.read"),),
            (Grant("cases.read", None, "990102"),),
            (Grant("cases.*", None, "9901"),),
            (Grant("cases.read", unit),),
            (Grant("cases.read", unit, "990102"),),
            (Grant("cases.read", uuid4()), Grant("cases.read", None, "990102")),
        ]
        sees_not = [
            (),
            (Grant("cases.accept"),),
            (Grant("cases.read", None, "990103"),),
            (Grant("cases.read", uuid4()),),
            (Grant("cases.read", unit, "990103"),),
            (Grant("cases.read", uuid4(), "990102"), Grant("cases.read", None, "990104")),
        ]
        for grants in sees:
            actor = reading(world, *grants)
            assert [row.case_id for row in worklist(actor, Worklist()).rows] == [case_id], grants
            assert state_counts(actor) == {"received": 1}
            access_case(actor, case_id=case_id, purpose="test")
        for grants in sees_not:
            actor = reading(world, *grants)
            assert not worklist(actor, Worklist()).rows, grants
            assert not state_counts(actor)
            with pytest.raises(NotFound):
                access_case(actor, case_id=case_id, purpose="test")


def test_the_public_page_of_a_decision_masks_a_person_and_names_a_business(world: World) -> None:
    with clock.at(MONDAY):
        case = Case.objects.get(id=world.granted())
        assert public_case(case.tenant_id, str(case.case_no)).holder == "清溪区秋实小馆"
        Case.objects.filter(id=case.id).update(applicant_kind="person", applicant_name="陈立秋")
        assert public_case(case.tenant_id, str(case.case_no)).holder == "陈＊＊"


def test_an_agent_is_told_as_long_as_the_mandate_runs(world: World) -> None:
    with clock.at(MONDAY):
        case_id = world.submitted()
        drain()
        told = Notice.objects.filter(party_id=world.owner.party_id)
        assert [n.template for n in told] == ["case_received"]
        revoke_mandate(SYSTEM, mandate_id=world.owner.mandate_id)
        world.act("clerk", case_id, "accept")
        drain()
        assert [n.template for n in told.all()] == ["case_received"]
        assert Notice.objects.filter(party_id=world.shop, template="case_accepted").exists()
