"""What government already knows is told to the party itself and to nobody else, with where it came from."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

import pytest

from tongqu.foundation import identifiers
from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.standards import legal_entities
from tongqu.kernel.standards.facts import FETCH, FactSource, fetch
from tongqu.kernel.standards.legal_entities import DemoLegalEntityRegister
from tongqu.kernel.standards.register import UnknownStandard, declared_source
from tongqu.kernel.standards.rules import check_value

CODE = "92990102MA7DEM016U"
PARTY = UUID("01900000-0000-7000-8000-00000000a001")


@pytest.fixture(autouse=True)
def register_of_one_party() -> object:
    before = ports._adapters.get(FactSource)
    ports.register(FactSource, DemoLegalEntityRegister(lambda _actor, party, _why: CODE if party == PARTY else None))
    yield
    ports._adapters[FactSource] = before


def person(party: UUID, **more: object) -> Actor:
    return Actor(tenant_id=default_tenant(), kind="person", party_id=party, **more)  # type: ignore[arg-type]


def test_a_party_learns_what_the_register_holds_of_it() -> None:
    facts = fetch(person(PARTY), party_id=PARTY, elements=["party.holder", "party.name"], purpose="apply:x")
    assert [(f.element, f.value) for f in facts] == [("party.holder", "陈立秋"), ("party.name", "清溪区秋实小馆")]
    assert {(f.source, f.source_ref, f.as_of) for f in facts} == {("legal_entity_register", CODE, date(2026, 11, 20))}
    assert facts[0].as_json()["as_of"] == "2026-11-20"


def test_so_does_whoever_acts_for_it_and_staff_with_the_right() -> None:
    helper = person(uuid4(), on_behalf_of=PARTY)
    clerk = Actor(tenant_id=default_tenant(), kind="staff", grants=(Grant(FETCH),))
    for actor in (helper, clerk, Actor.system(default_tenant())):
        assert len(fetch(actor, party_id=PARTY, elements=["party.name"], purpose="apply:x")) == 1


@pytest.mark.parametrize(
    "actor",
    [
        Actor(tenant_id=default_tenant()),
        person(uuid4()),
        Actor(tenant_id=default_tenant(), kind="staff", grants=(Grant("cases.accept"),)),
    ],
)
def test_nobody_else_does(actor: Actor) -> None:
    with pytest.raises(NotFound):
        fetch(actor, party_id=PARTY, elements=["party.name"], purpose="apply:x")


def test_what_the_register_does_not_hold_is_left_out() -> None:
    facts = fetch(person(PARTY), party_id=PARTY, elements=["contact.phone", "party.name"], purpose="apply:x")
    assert [f.element for f in facts] == ["party.name"]
    other = uuid4()
    assert fetch(person(other), party_id=other, elements=["party.name"], purpose="apply:x") == []


def test_a_purpose_and_known_elements_are_needed() -> None:
    with pytest.raises(ValueError, match="purpose"):
        fetch(person(PARTY), party_id=PARTY, elements=["party.name"], purpose="")
    with pytest.raises(UnknownStandard):
        fetch(person(PARTY), party_id=PARTY, elements=["party.shoe_size"], purpose="apply:x")


def test_the_demonstration_register_is_sound() -> None:
    for entity in legal_entities.entities():
        code = identifiers.credit_code(entity.credit_code)
        assert code.region_code.startswith("99"), "invented codes lie under an unassigned province"
        assert (code.kind == "sole_trader") == (entity.kind == "sole_trader")
        assert entity.domicile_region.startswith(code.region_code)
        for element, column in legal_entities.COLUMNS.items():
            assert check_value(element, getattr(entity, column)) is None
            source = declared_source(element)
            assert source is not None
            assert source.code == "legal_entity_register"
