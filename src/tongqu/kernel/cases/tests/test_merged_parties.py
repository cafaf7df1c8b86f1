"""After two entries turn out to be one party, the cases of both are its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import NotFound, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import drain
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import Case, CaseParty
from tongqu.kernel.cases.operations import follow_merge, record_ban
from tongqu.kernel.cases.queries import access_case, my_cases
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, World
from tongqu.kernel.identity.models import PartyIdentifier
from tongqu.kernel.identity.operations import merge_parties, register_firm

pytestmark = pytest.mark.django_db


def merged(world: World) -> tuple[UUID, UUID, Any]:
    """A case of a shop that was entered twice, once with a mistyped code; (kept party, case, its present actor)."""
    case_id = world.submitted()
    made = register_firm(SYSTEM, kind="sole_trader", name="清溪区秋实小馆", credit_code="92990103MA7DEM040T")
    PartyIdentifier.objects.filter(party_id=world.shop).update(valid_to=timezone.now(), end_ground="corrected")
    keep = UUID(made["party_id"])
    merge_parties(SYSTEM, keep_id=keep, absorb_id=world.shop)
    return keep, case_id, replace(world.owner, on_behalf_of=keep)


def test_the_absorbed_partys_cases_are_among_ones_own(world: World) -> None:
    with clock.at(MONDAY):
        keep, case_id, actor = merged(world)
        before = definition.plain_values(Case.objects.get(id=case_id))
        name = Case.objects.get(id=case_id).applicant_name
        drain()
        assert [row.case_id for row in my_cases(actor).rows] == [case_id]
        view = access_case(actor, case_id=case_id, purpose="test")
        assert view.who.relations == {"applicant"}
        assert definition.plain_values(view.case) == before  # sealed under the key of the entry that is gone
        assert view.case.applicant_name == name
        assert [e.body["roles"] for e in Event.objects.filter(kind="cases.party_merged")] == [["applicant"]]
        with pytest.raises(NotFound):
            access_case(world.stranger, case_id=case_id, purpose="test")
        count = Event.objects.count()
        follow_merge(SYSTEM, party_id=keep)
        assert Event.objects.count() == count
        assert CaseParty.objects.filter(party_id=world.shop).count() == 0


def test_a_ban_follows_the_party(world: World) -> None:
    from tongqu.kernel.cases.context import ban_on

    with clock.at(MONDAY):
        case = Case.objects.get(id=world.submitted())
        record_ban(
            SYSTEM, party_id=world.shop, item_code=case.item_code, until=None, rule="L20.fraud",
            reason="test", source_case_id=case.id,
        )  # fmt: skip
        made = register_firm(SYSTEM, kind="sole_trader", name="秋实", credit_code="92990103MA7DEM040T")
        PartyIdentifier.objects.filter(party_id=world.shop).update(valid_to=timezone.now())
        merge_parties(SYSTEM, keep_id=UUID(made["party_id"]), absorb_id=world.shop)
        drain()
        assert ban_on(case.tenant_id, UUID(made["party_id"]), case.item_code) is not None


def test_only_the_platform_follows_merges(world: World) -> None:
    with pytest.raises(NotPermitted):
        follow_merge(world.staff["head"], party_id=world.shop)
