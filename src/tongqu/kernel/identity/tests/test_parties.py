"""Parties: registered once, numbers encrypted and masked, dated names, merges without loss, lawful erasure."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD as WEAK
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.errors import (
    Conflict,
    Invalid,
    LoginNeeded,
    NotFound,
    NotPermitted,
    Refused,
    StrongerLoginNeeded,
)
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.identity import events, operations, queries, vault
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Mandate, Party, PartyIdentifier, PersonKey
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db


def everything_stored() -> bytes:
    """Every value of every row of every table, as the database holds it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [bytes(v) if isinstance(v, memoryview) else str(v).encode() for row in cursor for v in row]
    return b"\x00".join(v if isinstance(v, bytes) else bytes(v) for v in found)


def test_numbers_are_nowhere_in_the_database() -> None:
    number, phone = people.citizen_no(), people.phone_no()
    account = people.citizen("chen", phone=phone)
    party = people.person(id_no=number, phone=phone)
    operations.change_contact(people.system(), party_id=party, kind="email", value="Chen@Example.org")
    stored = everything_stored()
    for secret in (number, number[:17], phone, "chen@example.org"):
        assert secret.encode() not in stored
        assert secret.encode().hex().encode() not in stored
    assert queries.reveal(people.system(), party, "citizen_id", purpose="test") == number
    assert queries.reveal(people.system(), party, "phone", purpose="test") == phone
    assert queries.reveal(people.system(), party, "email", purpose="test") == "chen@example.org"
    assert account.party is not None


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the pages of an SQLite database")
def test_numbers_and_destroyed_keys_are_nowhere_in_the_pages() -> None:
    number, phone = people.citizen_no(), people.phone_no()
    party = people.person("独孤𬭎", id_no=number, phone=phone)
    wrapped = bytes(PersonKey.objects.get(party_id=party).box)
    pages = connection.connection.serialize()
    assert "独孤𬭎".encode() in pages
    assert wrapped in pages
    assert number.encode() not in pages
    assert phone.encode() not in pages
    operations.destroy_person_key(people.system(), party_id=party, ground="erase.purpose_met")
    pages = connection.connection.serialize()
    assert "独孤𬭎".encode() not in pages
    assert wrapped not in pages


def test_a_number_is_registered_once_however_it_is_typed() -> None:
    number = people.citizen_no()
    first = people.person(id_no=number)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in number)
    with pytest.raises(Conflict) as caught:
        people.person("别人", id_no=f" {wide} ")
    assert caught.value.code == "identifier-known"
    assert Party.objects.count() == 1
    assert queries.party_by_identifier("citizen_id", number.lower()) == first
    assert queries.party_by_identifier("citizen_id", people.citizen_no()) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id_no": "990102198802140019"}, "id_no"),
        ({"id_no": "123"}, "id_no"),
        ({"id_no": ""}, "id_no"),
        ({"name": "陈\u202e秋"}, "name"),
        ({"name": "  "}, "name"),
        ({"phone": "12345"}, "phone"),
        ({"id_kind": "credit_code"}, "id_kind"),
        ({"id_kind": "nonsense"}, "id_kind"),
    ],
)
def test_what_cannot_be_is_named_by_field_and_changes_nothing(fields: dict[str, str], field: str) -> None:
    wanted = {"name": "陈立秋", "id_kind": "citizen_id", "id_no": people.citizen_no(), **fields}
    if wanted["id_no"] == "990102198802140019":
        wanted["id_no"] = people.citizen_no()[:17] + "Z"
    with pytest.raises(Invalid) as caught:
        operations.register_person(people.system(), **wanted)
    if field != "id_kind":
        assert field in caught.value.fields
    assert (Party.objects.count(), Event.objects.count(), PersonKey.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "number", "stored"),
    [
        ("passport", " e-1234 5678 ", "E12345678"),
        ("hm_permit", "h12345678", "H12345678"),
        ("tw_permit", "12345678", "12345678"),
        ("foreign_residence", "usa 1100 900203 12", "USA110090020312"),
    ],
)
def test_other_papers(kind: str, number: str, stored: str) -> None:
    made = operations.register_person(people.system(), name="Mary O'Neill", id_kind=kind, id_no=number)
    assert queries.reveal(people.system(), UUID(made["party_id"]), kind, purpose="test") == stored


def test_a_sole_trader_gets_an_operator_and_a_firm_a_legal_representative() -> None:
    owner = people.person()
    trader = people.sole_trader(owner)
    assert [m.kind for m in Mandate.objects.filter(principal_id=trader)] == ["operator"]
    assert queries.head_of(trader) == owner
    firm = operations.register_firm(
        people.system(), kind="firm", name="明川禾和餐饮管理有限公司", credit_code=people.credit_no("91"), head_id=owner
    )
    assert Mandate.objects.get(id=firm["mandate_id"]).kind == "legal_representative"
    with pytest.raises(Refused) as caught:
        operations.give_mandate(
            people.system(), principal_id=trader, agent_id=people.person("顾云帆"), kind="legal_representative"
        )
    assert caught.value.code == "mandate-kind"


@pytest.mark.parametrize(
    ("kind", "prefix"), [("sole_trader", "91"), ("firm", "92"), ("branch", "92"), ("person", "91")]
)
def test_a_code_must_fit_the_kind_of_party(kind: str, prefix: str) -> None:
    with pytest.raises(Invalid):
        operations.register_firm(people.system(), kind=kind, name="某店", credit_code=people.credit_no(prefix))


@pytest.mark.parametrize(
    ("actor", "error"),
    [(people.nobody(), LoginNeeded), (people.staff_with("cases.read"), NotPermitted)],
)
def test_who_may_register(actor: Actor, error: type[Exception]) -> None:
    with pytest.raises(error):
        operations.register_person(actor, name="陈立秋", id_kind="citizen_id", id_no=people.citizen_no())
    assert not Party.objects.exists()
    counter = people.staff_with("cases.receive", strength=WEAK)
    made = operations.register_person(counter, name="陈立秋", id_kind="citizen_id", id_no=people.citizen_no())
    with pytest.raises(NotPermitted):
        operations.rename_party(counter, party_id=UUID(made["party_id"]), name="陈立冬")
    with pytest.raises(NotPermitted):
        operations.change_contact(counter, party_id=UUID(made["party_id"]), kind="phone", value="19900000009")


def test_a_counter_cannot_say_who_heads_a_firm_nor_end_a_mandate() -> None:
    counter = people.staff_with("cases.receive", strength=WEAK)
    head, other = people.person("陈立秋"), people.person("周明远")
    with pytest.raises(NotPermitted):
        operations.give_mandate(counter, principal_id=head, agent_id=other, kind="proxy")
    given = operations.give_mandate(
        counter, principal_id=head, agent_id=other, kind="proxy", proof={"kind": "letter", "ref": "1"}
    )
    with pytest.raises(NotFound):
        operations.revoke_mandate(counter, mandate_id=UUID(given["mandate_id"]))


def test_a_staff_account_is_told_whose_it_is() -> None:
    person = people.person("许静宜")
    account = Account.objects.create(username="clerk-x", name="许静宜", kind="staff")
    operations.tie_staff_account(people.system(), account_id=account.id, party_id=person)
    assert actor_for(Account.objects.get(id=account.id)).party_id == person
    with pytest.raises(Conflict):
        operations.tie_staff_account(people.system(), account_id=account.id, party_id=people.person("旁人"))


def test_names_are_dated() -> None:
    party = people.person("陈立秋")
    before = clock.now()
    with clock.at(before + timedelta(days=3)):
        operations.rename_party(people.system(), party_id=party, name="陈丽秋")
        operations.rename_party(people.system(), party_id=party, name="陈丽秋")
    assert queries.party_name_on(party, before) == "陈立秋"
    assert queries.party_name_on(party, before + timedelta(days=4)) == "陈丽秋"
    assert queries.party_name_on(party, before - timedelta(days=4)) == ""
    assert queries.party_names([party]) == {party: "陈丽秋"}
    renamed = Event.objects.get(kind=events.PARTY_RENAMED)
    assert "陈" not in json.dumps(renamed.body, ensure_ascii=False)
    assert vault.open_sealed(party, renamed.sealed or {}) == {"old_name": "陈立秋", "new_name": "陈丽秋"}


def test_a_new_phone_replaces_the_old_one() -> None:
    account = people.citizen("chen", phone=people.phone_no())
    actor = Actor(tenant_id=account.tenant_id, kind="person", account_id=account.id, party_id=account.party_id)
    operations.change_contact(actor, party_id=account.party_id, kind="phone", value="+86 139-0000-1234")
    view = queries.access_party(actor, account.party_id, purpose="test")
    assert view.phone == "139****1234"
    assert len(view.contacts) == 1
    stranger = people.citizen("zhou", "周明远")
    with pytest.raises(NotPermitted):
        operations.change_contact(
            Actor(tenant_id=account.tenant_id, kind="person", account_id=stranger.id, party_id=stranger.party_id),
            party_id=account.party_id, kind="phone", value="13900001234",
        )  # fmt: skip


# --- reading -------------------------------------------------------------------------------------------------------


def test_reading_is_masked_scoped_and_logged() -> None:
    number = people.citizen_no()
    party = people.person(id_no=number, phone="13912345678")
    clerk = people.staff_with("cases.read")
    view = queries.access_party(clerk, party, purpose="case 1")
    assert view.name == "陈立秋"
    assert [n.masked for n in view.identifiers] == [number[:3] + "*" * 13 + number[16:]]
    assert view.phone == "139****5678"
    assert "13912345678" not in repr(view)
    log = ReadLog.objects.get()
    assert (log.account_id, log.party_id, log.purpose, log.refused) == (clerk.account_id, party, "case 1", False)


@pytest.mark.parametrize("actor", [people.nobody(), people.staff_with("directory.manage"), people.staff_with()])
def test_a_stranger_finds_nothing_and_is_logged(actor: Actor) -> None:
    party = people.person()
    for read in (
        lambda: queries.access_party(actor, party, purpose="look"),
        lambda: queries.reveal(actor, party, "citizen_id", purpose="look"),
        lambda: queries.access_party(actor, uuid4(), purpose="look"),
    ):
        with pytest.raises(NotFound):
            read()
    assert list(ReadLog.objects.values_list("refused", flat=True)) == [True, True, True]


def test_reading_costs_a_constant_number_of_queries(django_assert_num_queries: Any) -> None:
    account = people.citizen("chen", phone=people.phone_no())
    own = Actor(tenant_id=account.tenant_id, kind="person", account_id=account.id, party_id=account.party_id)
    with django_assert_num_queries(3):
        queries.access_party(own, account.party_id, purpose="own account")
    with django_assert_num_queries(4):
        queries.access_party(people.staff_with("cases.read"), account.party_id, purpose="case")
    assert ReadLog.objects.count() == 1  # nobody is logged for reading himself


# --- sealing and erasure -------------------------------------------------------------------------------------------


@operation("identity.test_note")
def note(act: Act, *, party_id: UUID) -> None:
    act.allow(True)
    act.emit(events.CONTACT_CHANGED, subject=("party", party_id), sealed=(party_id, {"住址": "槐荫街道", "no": "1"}))


def test_sealed_values_open_until_the_key_is_destroyed() -> None:
    party = people.person()
    note(people.system(), party_id=party)
    sealed = Event.objects.filter(kind=events.CONTACT_CHANGED).get().sealed or {}
    assert set(sealed) == {"party", "commitment", "box"}
    assert vault.open_sealed(party, sealed) == {"住址": "槐荫街道", "no": "1"}
    operations.destroy_person_key(people.system(), party_id=party, ground="erase.purpose_met")
    for attempt in (lambda: vault.open_sealed(party, sealed), lambda: note(people.system(), party_id=party)):
        with pytest.raises((vault.Erased, NotFound)):
            attempt()
    assert Event.objects.filter(kind=events.CONTACT_CHANGED).count() == 1


def test_a_sealed_value_cannot_be_altered_or_moved() -> None:
    party, other = people.person(), people.person("周明远")
    sealer = vault.PartyKeys()
    sealed, second = sealer.seal(party, {"a": "1"}), sealer.seal(party, {"a": "1"})
    assert sealed["commitment"] != second["commitment"]
    for broken in (
        {**sealed, "commitment": second["commitment"]},
        {**sealed, "box": second["box"]},
        {**sealed, "box": "!"},
    ):
        with pytest.raises(vault.Tampered):
            vault.open_sealed(party, broken)
    with pytest.raises(vault.Tampered):
        vault.open_sealed(other, sealed)
    with pytest.raises(NotFound):
        sealer.seal(uuid4(), {"a": "1"})


def test_a_column_does_not_open_in_another_row() -> None:
    one, two = people.person(), people.person("周明远")
    box = PartyIdentifier.objects.get(party_id=one).box
    PartyIdentifier.objects.filter(party_id=two).update(box=box)
    with pytest.raises(ValueError, match="key"):
        queries.reveal(people.system(), two, "citizen_id", purpose="test")


def test_erasure_leaves_no_trace_of_the_person_but_the_events() -> None:
    number, phone = people.citizen_no(), people.phone_no()
    account = people.citizen("chen", verified=False, phone=phone)
    made = operations.register_person(
        people.system(), name="独孤𬭎", id_kind="citizen_id", id_no=number, phone=phone, account_id=account.id
    )
    party, trader = UUID(made["party_id"]), people.sole_trader(UUID(made["party_id"]))
    index = PartyIdentifier.objects.get(party_id=party).blind_index
    with pytest.raises(Refused) as heads:  # the register of businesses needs its operator
        operations.destroy_person_key(people.system(), party_id=party, ground="erase.purpose_met")
    assert heads.value.code == "keep.heads_business" and heads.value.rule == "D23.keep"
    Mandate.objects.filter(principal_id=trader).update(revoked_at=now())
    count = Event.objects.count()
    operations.destroy_person_key(people.system(), party_id=party, ground="erase.purpose_met")

    stored = everything_stored()
    for trace in (number, phone, "独孤𬭎", index, vault.index_of("phone", phone)):
        assert trace.encode() not in stored
    assert Event.objects.count() == count + 1
    assert PersonKey.objects.get(party_id=party).destroyed_at is not None
    closed = Account.objects.get(id=account.id)
    assert not closed.is_active
    assert not closed.has_usable_password()
    assert queries.head_of(trader) is None
    with pytest.raises(vault.Erased):
        queries.reveal(people.system(), party, "citizen_id", purpose="test")
    view = queries.access_party(people.system(), party, purpose="test")
    assert view.erased
    assert view.identifiers == ()
    people.person(id_no=number)  # a person who comes back is a new one
    with pytest.raises(NotFound):
        operations.destroy_person_key(people.system(), party_id=party, ground="erase.purpose_met")


def test_erasure_asks_for_an_administrator_a_second_factor_and_a_ground() -> None:
    party = people.person()
    with pytest.raises(NotPermitted):
        operations.destroy_person_key(people.staff_with("cases.read"), party_id=party, ground="x")
    with pytest.raises(StrongerLoginNeeded):
        weak = people.staff_with("identity.manage_accounts", strength=WEAK)
        operations.destroy_person_key(weak, party_id=party, ground="x")
    with pytest.raises(Invalid):
        operations.destroy_person_key(people.system(), party_id=party, ground=" ")
    assert PersonKey.objects.get(party_id=party).destroyed_at is None


# --- merging -------------------------------------------------------------------------------------------------------


def test_merging_loses_nothing() -> None:
    number = people.citizen_no()
    keep = people.person(id_no=number)
    made = operations.register_person(
        people.system(), name="陈立秋", id_kind="passport", id_no="E12345678", phone="13912345678"
    )
    absorb = UUID(made["party_id"])
    note(people.system(), party_id=absorb)
    trader = people.sole_trader(absorb)
    operations.merge_parties(people.system(), keep_id=keep, absorb_id=absorb)

    view = queries.access_party(people.system(), absorb, purpose="old case")
    assert view.id == keep
    assert {n.kind for n in view.identifiers} == {"citizen_id", "passport"}
    assert queries.reveal(people.system(), keep, "passport", purpose="t") == "E12345678"
    assert queries.reveal(people.system(), keep, "phone", purpose="t") == "13912345678"
    assert queries.party_by_identifier("passport", "E12345678") == keep
    assert queries.head_of(trader) == keep
    assert queries.present_id(absorb) == keep
    assert queries.former_ids(keep) == [absorb]
    sealed = Event.objects.filter(kind=events.CONTACT_CHANGED).get().sealed or {}
    assert vault.open_sealed(absorb, sealed)["no"] == "1"
    Mandate.objects.filter(principal_id=trader).update(revoked_at=now())
    operations.destroy_person_key(people.system(), party_id=keep, ground="erase.purpose_met")
    with pytest.raises(vault.Erased):
        vault.open_sealed(absorb, sealed)


def test_what_cannot_be_one_party_is_not_merged() -> None:
    one, two = people.person(), people.person("周明远")
    trader = people.sole_trader(one)
    for pair in ((one, two), (one, trader)):
        with pytest.raises(Refused):
            operations.merge_parties(people.system(), keep_id=pair[0], absorb_id=pair[1])
    with pytest.raises(Invalid):
        operations.merge_parties(people.system(), keep_id=one, absorb_id=one)
    with pytest.raises(NotPermitted):
        operations.merge_parties(people.staff_with("cases.receive"), keep_id=one, absorb_id=two)
    assert not Party.objects.exclude(merged_into=None).exists()
