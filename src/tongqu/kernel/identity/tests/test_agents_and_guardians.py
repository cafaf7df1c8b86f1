"""A firm's agents, guardians of minors, helpers of the elderly: who gives what, how far, how long, and how it ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotPermitted, Refused
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity import capacity, operations, queries
from tongqu.kernel.identity.actors import actor_for
from tongqu.kernel.identity.models import Account, Mandate
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
SYSTEM = people.system()
PAPER = {"kind": "birth_certificate", "ref": "seen"}


def noon(year: int, month: int = 6, day: int = 1) -> datetime:
    return datetime(year, month, day, 12, tzinfo=SHANGHAI)


def real(username: str, name: str, born: str = "19880214") -> tuple[Account, str]:
    """An account with a verified person, and his number."""
    account, number = people.citizen(username, name, verified=False), people.citizen_no(born)
    operations.register_person(SYSTEM, name=name, id_kind="citizen_id", id_no=number, account_id=account.id)
    account.refresh_from_db()
    return account, number


def signed_in(account: Account, mandate: UUID | None = None) -> Client:
    client = Client()
    client.force_login(account)
    if mandate is not None:
        client.post("/acting-for", {"mandate": str(mandate)})
    return client


def head_of(firm: UUID) -> UUID:
    return Mandate.objects.get(principal_id=firm, revoked_at=None, kind="operator").id


def form(name: str, number: str, **more: Any) -> dict[str, Any]:
    last = (clock.now().astimezone(SHANGHAI) + timedelta(days=90)).date()
    return {"_key": str(uuid7()), "kind": "proxy", "name": name, "id_kind": "citizen_id", "id_no": number,
            "until": last.isoformat(), **more}  # fmt: skip


# --- a firm's agents -------------------------------------------------------------------------------------------------


def test_the_head_names_an_agent_sees_him_and_takes_it_back_at_once() -> None:
    (boss, _no), (agent, number) = real("boss", "陈立秋"), real("agent", "周明远")
    shop = people.sole_trader(boss.party_id)
    head = signed_in(boss, head_of(shop))
    page = head.get("/acting-for/agents").content.decode()
    assert "本单位没有委托代理人" in page
    assert head.post("/acting-for/agents", form("周明远", number)).status_code == 302
    mandate = Mandate.objects.get(principal_id=shop, kind="proxy")
    assert mandate.agent_id == agent.party_id and mandate.valid_to is not None
    assert "周明远" in head.get("/acting-for/agents").content.decode()
    page = head.get("/acting-for/agents").content.decode()
    assert number not in page
    asked = page.split("</summary>")[0].rsplit("<details", 1)[1] + page.split("</summary>")[1].split("</details>")[0]
    assert "终止委托" in asked and "不能再代为办理" in asked, "one touch alone ends nothing"

    his = signed_in(agent, mandate.id)
    assert his.session["acting_for"] == str(mandate.id)
    assert his.get("/acting-for/agents").status_code == 403  # an agent does not see the other agents
    assert head.post(f"/acting-for/agents/{mandate.id}/revoke").status_code == 302
    answer = his.get("/account")  # his next request is in his own name, and says so
    assert "您的代理权限已终止或失效" in answer.content.decode()
    assert his.post("/acting-for", {"mandate": str(mandate.id)}).status_code == 422
    assert "已经终止的委托" in head.get("/acting-for/agents").content.decode()
    kinds = list(Event.objects.filter(subject_id=mandate.id).order_by("id").values_list("kind", flat=True))
    assert kinds == ["identity.mandate_given", "identity.mandate_revoked"]
    assert head.post(f"/acting-for/agents/{mandate.id}/revoke").status_code == 409  # pressed twice


def test_naming_an_agent_twice_with_one_form_makes_one() -> None:
    (boss, _no), (_agent, number) = real("boss", "陈立秋"), real("agent", "周明远")
    shop = people.sole_trader(boss.party_id)
    head, sent = signed_in(boss, head_of(shop)), form("周明远", number)
    assert [head.post("/acting-for/agents", sent).status_code for _ in range(2)] == [302, 302]
    again = head.post("/acting-for/agents", form("周明远", number))
    assert again.status_code == 422 and "已经有一份有效的同类委托" in again.content.decode()
    assert Mandate.objects.filter(kind="proxy").count() == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "周远明"}, "没有找到这样的实名用户"),
        ({"id_no": people.citizen_no("19990101")}, "没有找到这样的实名用户"),
        ({"id_no": "990102199903070010"}, "校验位"),
        ({"name": "\u202e"}, "不能用在姓名"),
        ({"until": "2020-01-01"}, "最后一天不能早于今天"),
        ({"until": "9999-12-31"}, "期限太长"),
        ({"until": "soon"}, "日期"),
        ({"kind": "guardian"}, "guardian"),
        ({"kind": "family_helper"}, "family_helper"),
        ({"id_kind": "credit_code"}, "credit_code"),
        ({"items": ["no-such-item"]}, ""),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_given(change: dict[str, Any], says: str) -> None:
    (boss, _no), (_agent, number) = real("boss", "陈立秋"), real("agent", "周明远")
    shop = people.sole_trader(boss.party_id)
    head, before = signed_in(boss, head_of(shop)), Mandate.objects.count()
    answer = head.post("/acting-for/agents", {**form("周明远", number), **change})
    if "items" in change:  # no service is published here, so the field is not offered and not read
        assert answer.status_code == 302
        return
    assert answer.status_code == 422
    page = answer.content.decode()
    assert says in page
    assert Mandate.objects.count() == before


def test_a_firm_names_no_family_helper_and_a_stranger_names_nobody() -> None:
    (boss, _no), (stranger, number) = real("boss", "陈立秋"), real("agent", "周明远")
    shop = people.sole_trader(boss.party_id)
    term = clock.now() + timedelta(days=10)
    given = {"principal_id": shop, "name": "周明远", "id_kind": "citizen_id", "id_no": number, "valid_to": term}
    with pytest.raises(Refused):
        operations.appoint_agent(actor_for(boss), kind="family_helper", items=["food"], **given)
    with pytest.raises(NotPermitted):
        operations.appoint_agent(actor_for(stranger), kind="proxy", items=None, **given)
    with pytest.raises(Invalid):
        operations.appoint_agent(actor_for(boss), kind="legal_representative", items=None, **given)
    assert Mandate.objects.count() == 1


def test_numbers_cannot_be_tried_by_naming_agents() -> None:
    boss, _no = real("boss", "陈立秋")
    client = signed_in(boss)
    answers = [
        client.post("/acting-for/agents", form("周明远", people.citizen_no())).content.decode() for _ in range(21)
    ]  # fmt: skip
    assert "没有找到" in answers[19] and "操作过于频繁" in answers[20]


# --- guardians -------------------------------------------------------------------------------------------------------


def ward(born: str = "20150601", name: str = "陈小满") -> UUID:
    return people.person(name, id_no=people.citizen_no(born))


def guard(child: UUID, guardian: UUID, **more: Any) -> Mandate:
    made = operations.give_mandate(
        SYSTEM, principal_id=child, agent_id=guardian, kind="guardian", **{"proof": PAPER, **more}
    )
    return Mandate.objects.get(id=made["mandate_id"])


def test_a_guardian_acts_until_the_ward_comes_of_age() -> None:
    mother, _no = real("mother", "陈立秋")
    child = ward()
    with clock.at(noon(2026)):
        mandate = guard(child, mother.party_id)
        assert mandate.valid_to == datetime(2033, 6, 1, tzinfo=SHANGHAI)
        assert Event.objects.get(subject_id=mandate.id).rule == "CP17"
        assert actor_for(mother, acting_for=mandate.id).on_behalf_of == child
        client = signed_in(mother, mandate.id)
        page = client.get("/acting-for").content.decode()
        assert "陈小满" in page and "不满 14 周岁，您是监护人" in page
    with clock.at(noon(2030)):
        assert "不满 14 周岁" not in client.get("/acting-for").content.decode()
    with clock.at(datetime(2033, 5, 31, 23, 59, tzinfo=SHANGHAI)):
        assert actor_for(mother, acting_for=mandate.id).on_behalf_of == child
    with clock.at(datetime(2033, 6, 1, tzinfo=SHANGHAI)):
        assert actor_for(mother, acting_for=mandate.id).on_behalf_of is None
        assert [s.party_id for s in queries.parties_of(actor_for(mother))] == [mother.party_id]


def test_what_a_guardian_must_show() -> None:
    mother, _no = real("mother", "陈立秋")
    with clock.at(noon(2026)):
        child, adult = ward(), ward("19500101", "陈秋实")
        made = operations.register_person(SYSTEM, name="Tom Li", id_kind="passport", id_no="X1234567", country="USA")
        unknown = UUID(made["party_id"])
        teen = ward("20100101", "周小远")
        for error, who, by, proof in (
            (Invalid, child, mother.party_id, {}),
            (Invalid, child, mother.party_id, {"kind": "say-so"}),
            (Invalid, unknown, mother.party_id, PAPER),
            (Refused, adult, mother.party_id, PAPER),
            (Refused, child, teen, PAPER),
        ):
            with pytest.raises(error):
                guard(who, by, proof=proof)
        assert not Mandate.objects.filter(kind="guardian").exists()
        assert guard(adult, mother.party_id, proof={"kind": "court_decision", "ref": "1"}).valid_to is None
        with pytest.raises(NotPermitted):  # nobody makes himself a guardian
            operations.give_mandate(
                actor_for(mother), principal_id=child, agent_id=mother.party_id, kind="guardian", proof=PAPER
            )
        clerk = people.staff_with("cases.receive")
        operations.give_mandate(clerk, principal_id=child, agent_id=mother.party_id, kind="guardian", proof=PAPER)
        with pytest.raises(Conflict):
            guard(child, mother.party_id)


def test_a_minor_names_nobody_but_his_guardian_may() -> None:
    (teen, _no), (mother, _no2), (aunt, number) = (
        real("teen", "周小远", "20100101"), real("mother", "陈立秋"), real("aunt", "周明远")
    )  # fmt: skip
    with clock.at(noon(2026)):
        mandate = guard(teen.party_id, mother.party_id)
        more = {"principal_id": teen.party_id, "name": "周明远", "id_kind": "citizen_id", "id_no": number,
                "kind": "proxy", "items": None, "valid_to": noon(2027)}  # fmt: skip
        with pytest.raises(Refused) as caught:
            operations.appoint_agent(actor_for(teen), **more)
        assert caught.value.rule == "CP17"
        operations.appoint_agent(actor_for(mother, acting_for=mandate.id), **more)
        assert Mandate.objects.filter(principal_id=teen.party_id, agent_id=aunt.party_id).exists()


@given(st.dates(date(1950, 1, 1), date(2020, 12, 31)), st.integers(1, 40))
def test_a_birthday_is_the_first_day_of_that_age(born: date, years: int) -> None:
    day = capacity.birthday(born, years)
    assert day.year == born.year + years
    assert (day.month, day.day) == (born.month, born.day) or (born.month, born.day, day.month, day.day) == (2, 29, 3, 1)


def test_who_is_under_14_is_marked_for_whoever_reads() -> None:
    child = ward("20150601")
    clerk = people.staff_with("cases.read")
    with clock.at(noon(2029, 5, 31)):
        assert queries.access_party(clerk, child, purpose="t").under_14
    with clock.at(noon(2029, 6, 1)):
        view = queries.access_party(clerk, child, purpose="t")
        assert (view.under_14, view.minor) == (False, True)


# --- helpers ---------------------------------------------------------------------------------------------------------


def test_a_family_helper_has_named_items_and_a_term_and_the_elder_takes_it_back() -> None:
    (elder, _no), (son, number) = real("elder", "陈秋实", "19450101"), real("son", "陈立秋")
    more = {"principal_id": elder.party_id, "name": "陈立秋", "id_kind": "citizen_id", "id_no": number,
            "kind": "family_helper"}  # fmt: skip
    for items, days in ((None, 30), ([], 30), (["food"], 400)):
        with pytest.raises(Invalid):
            operations.appoint_agent(actor_for(elder), items=items, valid_to=clock.now() + timedelta(days=days), **more)
    made = operations.appoint_agent(actor_for(elder), items=["food"], valid_to=clock.now() + timedelta(days=30), **more)
    helper = actor_for(son, acting_for=UUID(made["mandate_id"]))
    assert helper.covers("food") and not helper.covers("pension")
    with pytest.raises(NotPermitted):
        operations.change_contact(helper, party_id=elder.party_id, kind="phone", value=people.phone_no())
    client = signed_in(elder)
    assert "亲友帮办" in client.get("/acting-for/agents").content.decode()
    assert client.post(f"/acting-for/agents/{made['mandate_id']}/revoke").status_code == 302
    assert actor_for(son, acting_for=UUID(made["mandate_id"])).on_behalf_of is None


def test_a_counter_enters_a_helper_with_the_paper_it_saw() -> None:
    (elder, _no), (son, _no2) = real("elder", "陈秋实", "19450101"), real("son", "陈立秋")
    clerk = people.staff_with("cases.receive")
    given = {"principal_id": elder.party_id, "agent_id": son.party_id, "kind": "family_helper",
             "scope": {"items": ["food"]}, "valid_to": clock.now() + timedelta(days=30)}  # fmt: skip
    with pytest.raises(NotPermitted):
        operations.give_mandate(clerk, **given)
    operations.give_mandate(clerk, proof={"kind": "power_of_attorney", "ref": "seen"}, **given)
    assert "陈立秋" in signed_in(elder).get("/account").content.decode()
