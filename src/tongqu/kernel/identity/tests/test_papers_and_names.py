"""Several papers of one person, new numbers in place of old; dated names; finding people by any of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import Conflict, Invalid, LoginNeeded, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.identity import events, finding, numbers, operations, queries, vault
from tongqu.kernel.identity.models import NameTerm, Party, PartyIdentifier
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
SYSTEM = people.system()


def foreigner(name: str = "Mary-Jane O'Neill", number: str = "C01X00T47", country: str = "GBR", **more: Any) -> UUID:
    made = operations.register_person(SYSTEM, name=name, id_kind="passport", id_no=number, country=country, **more)
    return UUID(made["party_id"])


def found(typed: str, **more: Any) -> list[str]:
    return [one.name for one in finding.find_parties(SYSTEM, typed, purpose="test", **more)]


# --- papers ----------------------------------------------------------------------------------------------------------


def test_a_person_holds_several_papers_and_each_finds_him() -> None:
    party = foreigner()
    operations.add_identifier(SYSTEM, party_id=party, id_kind="foreign_residence", id_no="CAN110081080310")
    operations.add_identifier(SYSTEM, party_id=party, id_kind="passport", id_no="123456789", country="USA")
    assert queries.party_by_identifier("passport", "C01X00T47") == party
    assert queries.party_by_identifier("passport", "123456789", country="USA") == party
    assert queries.party_by_identifier("foreign_residence", "can1100-810803-10") == party
    view = queries.access_party(SYSTEM, party, purpose="test")
    assert [str(n.label) for n in view.identifiers] == ["外国护照（GBR）", "外国人永久居留身份证", "外国护照（USA）"]
    assert all("*" in n.masked for n in view.identifiers)


def test_two_countries_may_give_out_one_number() -> None:
    one = foreigner("Ann Lee", "AB123456", "USA")
    two = foreigner("Bo Lind", "AB123456", "SWE")
    assert queries.party_by_identifier("passport", "AB123456", country="SWE") == two
    assert queries.party_by_identifier("passport", "AB123456", country="USA") == one
    with pytest.raises(Conflict) as caught:
        queries.party_by_identifier("passport", "AB123456")
    assert caught.value.code == "passport-country-missing"
    with pytest.raises(Conflict):  # without the country nobody can say that it is another
        foreigner("Cy Poe", "AB123456", "")


def test_a_new_passport_keeps_the_history() -> None:
    party = foreigner()
    made = operations.replace_identifier(
        SYSTEM, party_id=party, id_kind="passport", id_no="D22222222", country="GBR", ground="renewed"
    )
    view = queries.access_party(SYSTEM, party, purpose="test")
    assert [n.masked for n in view.identifiers] == [made["masked"]] == ["D******22"]
    assert [(n.masked, n.end_ground) for n in view.former_identifiers] == [("C******47", "renewed")]
    assert queries.reveal(SYSTEM, party, "passport", purpose="test") == "D22222222"
    assert queries.party_by_identifier("passport", "C01X00T47", country="GBR") == party  # old papers still turn up
    again = operations.find_or_register_person(
        SYSTEM, name="mary jane oneill", id_kind="passport", id_no="C01X00T47", country="GBR"
    )
    assert again == {"party_id": str(party), "registered": False, "ended": True}
    event = Event.objects.get(kind=events.IDENTIFIER_REPLACED)
    assert event.body["ground"] == "renewed" and "D22222222" not in str(event.body)
    assert vault.open_sealed(party, event.sealed or {}) == {"passport": "D22222222"}
    with pytest.raises(Conflict):  # an ended number is nobody else's
        foreigner("Somebody Else", "C01X00T47", "GBR")


def test_what_cannot_be_done_with_papers_changes_nothing() -> None:
    party, other = people.person(), people.person("周明远")
    own = PartyIdentifier.objects.get(party_id=party)
    before = list(PartyIdentifier.objects.order_by("id").values())
    no = people.citizen_no()
    for refused, attempt in (
        (Conflict, lambda: operations.add_identifier(SYSTEM, party_id=party, id_kind="citizen_id", id_no=no)),
        (
            NotFound,
            lambda: operations.replace_identifier(
                SYSTEM, party_id=party, id_kind="cn_passport", id_no="E12345678", ground="lost"
            ),
        ),
        (
            Invalid,
            lambda: operations.replace_identifier(
                SYSTEM, party_id=party, id_kind="citizen_id", id_no=no, ground="whim"
            ),
        ),
        (
            Invalid,
            lambda: operations.add_identifier(SYSTEM, party_id=party, id_kind="credit_code", id_no=people.credit_no()),
        ),
        (
            Invalid,
            lambda: operations.add_identifier(
                SYSTEM, party_id=people.sole_trader(), id_kind="cn_passport", id_no="E12345678"
            ),
        ),
        (
            Invalid,
            lambda: operations.add_identifier(
                SYSTEM, party_id=party, id_kind="passport", id_no="E12345678", country="CHN"
            ),
        ),
        (
            Conflict,
            lambda: operations.replace_identifier(
                SYSTEM, party_id=party, id_kind="citizen_id", id_no=no, ground="corrected", expected_version=9
            ),
        ),
        (Conflict, lambda: operations.end_identifier(SYSTEM, identifier_id=own.id, ground="lost")),
        (
            NotPermitted,
            lambda: operations.add_identifier(
                people.staff_with("cases.receive"), party_id=other, id_kind="cn_passport", id_no="E12345678"
            ),
        ),
        (
            LoginNeeded,
            lambda: operations.add_identifier(
                people.nobody(), party_id=other, id_kind="cn_passport", id_no="E12345678"
            ),
        ),
    ):
        with pytest.raises(refused):
            attempt()
    assert [
        row for row in PartyIdentifier.objects.order_by("id").values() if row["party_id"] in {party, other}
    ] == before


def test_a_counter_that_has_seen_the_paper_may_enter_it() -> None:
    clerk = people.staff_with("cases.receive")
    proof = {"kind": "cn_passport", "ref": "seen"}
    party = people.person()
    operations.add_identifier(clerk, party_id=party, id_kind="cn_passport", id_no="EA1234567", proof=proof)
    made = operations.find_or_register_person(clerk, name="许安", id_kind="cn_passport", id_no="EA1234568")
    assert made["registered"] is True
    assert operations.find_or_register_person(clerk, name=" 许安 ", id_kind="cn_passport", id_no="ea 1234568") == {
        "party_id": made["party_id"],
        "registered": False,
        "ended": False,
    }
    with pytest.raises(Conflict) as caught:
        operations.find_or_register_person(clerk, name="许平", id_kind="cn_passport", id_no="EA1234568")
    assert "name" in caught.value.fields
    with pytest.raises(NotPermitted):
        operations.find_or_register_person(people.staff_with(), name="许安", id_kind="cn_passport", id_no="EA1234568")


@pytest.mark.parametrize(
    ("kind", "number", "says"),
    [
        ("citizen_id", "810000199001010012", "校验位"),
        ("hm_permit", "X1234", "港澳居民来往内地通行证应为 9 / 11 位，您填写了 5 位"),
        ("hm_permit", "X12345678", "字母 H 或 M"),
        ("citizen_id", "81000019900101001X", "港澳台居民居住证"),
        ("cn_passport", "12", "中国护照应为"),
    ],
)
def test_the_sentence_says_what_is_wrong_and_what_to_do(kind: str, number: str, says: str) -> None:
    if "港澳台" in says:
        from tongqu.foundation.identifiers import citizen_id_check

        number = number[:17] + citizen_id_check(number[:17])
    with pytest.raises(Invalid) as caught:
        numbers.clean(kind, number, field="id_no")
    assert says in str(caught.value.fields["id_no"])
    assert number not in str(caught.value.fields["id_no"])


def test_birth_dates_come_from_numbers_or_are_said() -> None:
    from datetime import date

    child = people.person(id_no=people.citizen_no("20150601"))
    assert queries.access_party(SYSTEM, child, purpose="t").born == date(2015, 6, 1)
    assert queries.access_party(SYSTEM, foreigner(born=date(2001, 2, 3)), purpose="t").born == date(2001, 2, 3)
    with pytest.raises(Invalid) as caught:
        operations.register_person(
            SYSTEM, name="许安", id_kind="citizen_id", id_no=people.citizen_no("20150601"), born=date(2015, 6, 2)
        )
    assert "born" in caught.value.fields
    with pytest.raises(Invalid):
        foreigner("A B", "XY12345", born=date(2999, 1, 1))


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(numbers.OF_PERSONS), text=st.text(max_size=40), country=st.text(max_size=5))
def test_whatever_is_typed_into_the_fields_is_taken_or_refused_at_a_field(kind: str, text: str, country: str) -> None:
    before = Party.objects.count()
    try:
        operations.register_person(SYSTEM, name="许安", id_kind=kind, id_no=text, country=country)
    except (Invalid, Conflict) as error:
        assert set(error.fields) <= {"id_no", "country", "id_kind"} and error.fields
        assert Party.objects.count() == before
    else:
        assert Party.objects.count() == before + 1


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_married_name_is_dated_and_the_old_one_still_finds_her() -> None:
    party = people.person("林晓月")
    married = clock.now() + timedelta(days=30)
    with clock.at(married + timedelta(days=3)):
        operations.rename_party(SYSTEM, party_id=party, name="欧阳林晓月", since=married)
        assert queries.party_name_on(party, married - timedelta(days=1)) == "林晓月"
        assert queries.party_name_on(party, married) == "欧阳林晓月"
        assert found("林晓月") == ["欧阳林晓月"]
        assert finding.find_parties(SYSTEM, "林晓月", purpose="test")[0].by == "林晓月"
        assert [n.name for n in queries.names_of(party)] == ["林晓月"]
        for wrong in (married - timedelta(days=1), married, clock.now() + timedelta(days=1)):
            with pytest.raises(Invalid):
                operations.rename_party(SYSTEM, party_id=party, name="林月", since=wrong)


def test_former_names_and_aliases_find_but_are_never_the_name_on_paper() -> None:
    party = people.person("陈立秋")
    operations.add_name(SYSTEM, party_id=party, kind="former", name="陈二妹")
    made = operations.add_name(SYSTEM, party_id=party, kind="alias", name="Autumn Chen")
    assert found("陈二妹") == found("autumn") == ["陈立秋"]
    assert queries.party_name_on(party, clock.now() + timedelta(days=1)) == "陈立秋"
    for refused, kind, name in (
        (Conflict, "alias", "陈 二妹"),
        (Invalid, "legal", "王五"),
        (Invalid, "alias", "\u202e"),
    ):
        with pytest.raises(refused):
            operations.add_name(SYSTEM, party_id=party, kind=kind, name=name)
    operations.remove_name(SYSTEM, name_id=UUID(made["name_id"]))
    assert found("autumn") == [] and found("陈二妹") == ["陈立秋"]
    legal = queries.PartyName.objects.get(party_id=party, kind="legal")
    with pytest.raises(NotFound):
        operations.remove_name(SYSTEM, name_id=legal.id)
    with pytest.raises(NotPermitted):
        operations.add_name(people.staff_with("cases.receive"), party_id=party, kind="alias", name="王五")


@pytest.mark.parametrize(
    "typed", ["独孤𬭎", "独孤", "dugu", "duguhong", "dgh", "独孤钅宏", "独孤金宏", "独孤?", "独孤𬭎 "]
)
def test_a_rare_name_is_found_in_the_database(typed: str) -> None:
    people.person("独孤𬭎")
    people.person("陈立秋")
    assert found(typed) == ["独孤𬭎"]


def test_a_list_of_people_is_in_the_order_of_their_names() -> None:
    wanted = [
        "阿依古丽·买买提",
        "陈立秋",
        "独孤𬭎",
        "单雄信",
        "沈晓月",
        "解晓东",
        "曾国藩",
        "查良镛",
        "张三",
        "𠀾明",
        "Li Na",
        "Zoë",
    ]
    for name in reversed(wanted):
        people.person(name)
    assert list(Party.objects.order_by("sort_key", "id").values_list("name", flat=True)) == wanted


def test_looking_up_is_for_those_who_may_and_is_logged() -> None:
    party = people.person("独孤𬭎")
    for actor, refused in (
        (people.nobody(), LoginNeeded),
        (people.staff_with("directory.manage"), NotPermitted),
        (Actor(tenant_id=SYSTEM.tenant_id, kind="person", party_id=party), NotPermitted),
    ):
        with pytest.raises(refused):
            finding.find_parties(actor, "独孤", purpose="look")
    assert not ReadLog.objects.exists()
    clerk = people.staff_with("cases.read")
    one = finding.find_parties(clerk, "独孤", purpose="counter")[0]
    assert one.party_id == party and one.papers[0].startswith("居民身份证 990") and "*" in one.papers[0]
    log = ReadLog.objects.get()
    assert (log.party_id, log.account_id, log.purpose) == (party, clerk.account_id, "counter")


def test_looking_up_costs_a_constant_number_of_queries(django_assert_num_queries: Any) -> None:
    for _ in range(8):
        people.person("独孤𬭎")
    with django_assert_num_queries(5):
        assert len(finding.find_parties(people.staff_with("cases.read"), "独孤𬭎", purpose="test")) == 8
    with django_assert_num_queries(1):
        assert finding.find_parties(people.staff_with("cases.read"), "nobody", purpose="test") == []


@pytest.mark.parametrize(
    "typed", ["", " ", "'; DROP TABLE identity_party; --", "\x00", "%", "_", "😀", "?" * 500, "名" * 5000, "\ud800"]
)
def test_hostile_questions_find_nothing(typed: str) -> None:
    people.person("陈立秋")
    assert found(typed) == []


def test_erasure_and_merging_take_the_index_along() -> None:
    keep, absorb = people.person("陈立秋"), foreigner("Autumn Chen")
    operations.merge_parties(SYSTEM, keep_id=keep, absorb_id=absorb)
    assert found("autumn chen") == ["陈立秋"]
    operations.destroy_person_key(SYSTEM, party_id=keep, ground="erase.purpose_met")
    assert found("autumn chen") == found("陈立秋") == []
    assert not NameTerm.objects.exists()


# --- pages -----------------------------------------------------------------------------------------------------------


def test_the_account_page_shows_papers_in_use_and_ended_ones(client: Client) -> None:
    account = people.citizen("chen")
    assert account.party_id is not None
    operations.add_identifier(SYSTEM, party_id=account.party_id, id_kind="cn_passport", id_no="EA1234567")
    operations.replace_identifier(
        SYSTEM, party_id=account.party_id, id_kind="cn_passport", id_no="EB7654321", ground="renewed"
    )
    operations.add_name(SYSTEM, party_id=account.party_id, kind="former", name="陈二妹")
    client.force_login(account)
    page = client.get("/account").content.decode()
    assert "E******21" in page and "E******67" in page and "换发新证" in page and "陈二妹" in page
    assert "EA1234567" not in page


def test_an_old_code_point_in_a_name_is_replaced_and_said(client: Client, settings: Any) -> None:
    page = client.post(
        "/account/signup",
        {"name": "陈\ue863", "phone": people.phone_no(), "password1": "quite long 20", "password2": "quite long 20"},
        follow=True,
    )
    assert "U+E863 → 䶮（U+4DAE）" in page.content.decode()
