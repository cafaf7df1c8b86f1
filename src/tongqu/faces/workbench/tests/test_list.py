"""The work list: every filter alone and together, scoped always, in the address, said back when wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import QueryDict
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from tongqu.faces.workbench import filters, listing
from tongqu.faces.workbench.tests.test_desk import body, signed_in
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Grant
from tongqu.kernel.acts.errors import Conflict, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import drain
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.cases.operations import assigning
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.cases.worklist import COUNTED, Worklist, every_row, state_counts, worklist

NOBODYS = UUID("00000000-0000-4000-8000-000000000001")
pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _on_monday() -> Any:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world, "clerk")


def ids(world: World, wanted: Worklist, who: str = "clerk") -> list[UUID]:
    return [row.case_id for row in worklist(world.staff[who], wanted).rows]


def test_each_filter_finds_its_cases_and_nobody_elses(world: World) -> None:
    old = world.submitted()
    with clock.at(MONDAY + DAY):
        new = world.accepted()
        drain()
        row = CaseUnit.objects.select_related("case").get(case_id=new)
        CaseUnit.objects.filter(case_id=new).update(channel="counter")
        tuesday, monday = (MONDAY + DAY).date(), MONDAY.date()
        expected = {
            Worklist(state="received"): [old],
            Worklist(state="accepted"): [new],
            Worklist(item=world.package.code): [old, new],
            Worklist(item="another"): [],
            Worklist(unit=row.unit_id, channel="counter"): [new],
            Worklist(region="990102"): [old, new],
            Worklist(region="990103"): [],
            Worklist(channel="web"): [old],
            Worklist(received_from=tuesday): [new],
            Worklist(received_to=monday): [old],
            Worklist(received_from=monday, received_to=tuesday): [old, new],
            Worklist(decided_from=monday): [],
            Worklist(number=str(row.case.case_no)): [new],
            Worklist(number=str(row.case.receipt_no).lower()): [new],
            Worklist(name="秋实"): [old, new],
            Worklist(name="qiushi"): [old, new],
            Worklist(name="qsxg"): [old, new],
            Worklist(name="不存在的人"): [],
            Worklist(handler="nobody"): [old, new],
            Worklist(handler="me"): [],
            Worklist(handler="checks"): [],
            Worklist(due="overdue"): [],
            Worklist(due="within", within=250): [old, new],
            Worklist(due="none"): [],
            Worklist(due="provisional"): [],
            Worklist(ended=True): [],
        }
        for wanted, found in expected.items():
            assert sorted(ids(world, wanted)) == sorted(found), wanted
            assert ids(world, wanted, "outsider") == [], wanted
    assert ids(world, Worklist(sort="received")) == [new, old] == ids(world, Worklist(sort="changed"))


def test_due_filters_follow_the_working_calendar(world: World) -> None:
    case_id = world.submitted()
    row = CaseUnit.objects.get(case_id=case_id)
    last = row.due_at.astimezone(clock.SHANGHAI)
    with clock.at(last - timedelta(hours=3)):
        assert ids(world, Worklist(due="today")) == [case_id]
        assert listing.due_of(row, clock.now()).level == "today"  # type: ignore[union-attr]
    with clock.at(row.due_at + timedelta(minutes=1)):
        assert ids(world, Worklist(due="overdue")) == [case_id] and not ids(world, Worklist(due="today"))
        late = listing.due_of(row, clock.now())
        assert late and late.level == "over" and "个工作日" in late.text and late.icon == "due-over"
        CaseUnit.objects.filter(id=row.id).update(provisional=True)
        assert not ids(world, Worklist(due="overdue")) and ids(world, Worklist(due="provisional")) == [case_id]
        row.refresh_from_db()
        told = listing.due_of(row, clock.now())
        assert told and told.level == "fine" and told.provisional
    near = ids(world, Worklist(due="within", within=0))
    assert near == [] and ids(world, Worklist(due="within", within=5)) == [case_id]


def test_a_region_wide_reader_filters_by_region_and_unit_inside_his_reach(world: World) -> None:
    world.submitted()
    seen = replace(world.staff["outsider"], grants=(Grant("cases.read", None, "9901"),))
    choices = listing.choices_for(seen)
    unit = str(CaseUnit.objects.get().unit_id)
    assert unit in choices.units and choices.regions
    narrow = replace(world.staff["outsider"], grants=(Grant("cases.read", None, "990103"),))
    assert unit not in listing.choices_for(narrow).units
    assert not worklist(narrow, Worklist(unit=UUID(unit))).rows


def test_paging_by_every_order_gives_each_case_once(world: World) -> None:
    made = {world.submitted() for _ in range(5)}
    for sort in ("due", "received", "changed"):
        seen: list[UUID] = []
        after = None
        while True:
            found = worklist(world.staff["clerk"], Worklist(sort=sort), after=after, size=2)
            seen += [row.case_id for row in found.rows]
            after = found.next
            if after is None:
                break
        assert len(seen) == 5 and set(seen) == made, sort
    assert len(list(every_row(world.staff["clerk"], Worklist(), most=3))) == 3


def test_counts_stop_at_the_cap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(4):
        world.submitted()
    monkeypatch.setattr("tongqu.kernel.cases.worklist.COUNTED", 3)
    assert state_counts(world.staff["clerk"]) == {"received": 3}
    assert listing.shown_count(COUNTED, True) == "999+" and listing.shown_count(12, False) == "12"


def test_the_page_shows_removable_chips_and_keeps_them_in_the_address(world: World, clerk: Client) -> None:
    world.submitted()
    drain()
    page = body(clerk.get("/desk?name=qiushi&due=within&within=9&sort=received"))
    assert "9个工作日内到期" in page and "去掉条件 申请人" in page and "清溪区秋实小馆" in page
    assert "due=within&amp;within=9&amp;sort=received" in page and "name=qiushi&amp;sort=received" in page
    none = body(clerk.get("/desk?name=查无此人"))
    assert "没有符合这些条件的办件" in none and "去掉“申请人：查无此人”" in none


@pytest.mark.parametrize(
    "query",
    ["state=draft", "state=nonsense", "due=soon", "within=-1", "within=９９９９", "unit=1", f"unit={NOBODYS}", "item=x",
     "received_from=2026-02-30", "received_from=yesterday", "received_from=2026-03-05&received_to=2026-03-01",
     "number=abc", "channel=pigeon", "ended=yes", "sort=name", "nonsense=1", "name=" + "长" * 101, "region=99"],
)  # fmt: skip
def test_a_wrong_filter_lists_nothing_and_says_where(world: World, clerk: Client, query: str) -> None:
    world.submitted()
    answer = clerk.get(f"/desk?{query}")
    assert answer.status_code == 422
    assert "筛选条件有误" in body(answer) and "清溪区秋实小馆" not in body(answer)


@example({"within": "0"})
@given(st.dictionaries(st.sampled_from([*filters.PARAMETERS, "after", "x"]), st.text(max_size=130), max_size=6))
def test_reading_any_address_gives_filters_or_errors(typed: dict[str, str]) -> None:
    choices = filters.Choices(states={"received": "已收件"}, items={"food": "食品"}, channels={"web": "网上"})
    asked = filters.read(typed, choices)
    again = filters.read(QueryDict(filters.text_of(asked.wanted)), choices)
    assert not again.errors and again.wanted == asked.wanted


@given(
    st.builds(
        Worklist, state=st.sampled_from(["", "received"]), ended=st.booleans(), due=st.sampled_from(["", "within"]),
        within=st.integers(0, 250), name=st.sampled_from(["", "陈立秋", "阿卜杜·买买提", "𠮷田"]),
        received_from=st.none() | st.dates(date(2020, 1, 1), date(2029, 1, 1)),
        sort=st.sampled_from(["due", "received", "changed"]),
    )
)  # fmt: skip
def test_filters_survive_the_address(wanted: Worklist) -> None:
    read = filters.read(QueryDict(filters.text_of(wanted)), filters.Choices(states={"received": ""}))
    expected = wanted if wanted.due == "within" else replace(wanted, within=5)
    assert not read.errors and read.wanted == expected


@given(st.text(max_size=300))
def test_a_name_or_number_of_any_kind_never_fails(text: str) -> None:
    for name in ("name", "number", "region", "unit"):
        filters.read({name: text}, filters.Choices())


# --- who has a case --------------------------------------------------------------------------------------------------


def test_a_case_is_taken_by_one_and_given_back(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    assert "认领" in body(clerk.get(f"/desk/cases/{case_id}"))
    clerk.post(f"/desk/cases/{case_id}/take", {"_do": "take"})
    assert ids(world, Worklist(handler="me")) == [case_id] and ids(world, Worklist(handler="nobody")) == []
    with pytest.raises(Conflict):
        assigning.take(world.staff["clerk2"], case_id=case_id)
    with pytest.raises(NotPermitted):
        assigning.give_back(world.staff["clerk2"], case_id=case_id)
    assigning.take(world.staff["clerk"], case_id=case_id)
    assert Event.objects.filter(kind="cases.taken").count() == 1
    assigning.give_back(world.staff["head"], case_id=case_id)
    assert ids(world, Worklist(handler="nobody")) == [case_id]
    assert signed_in(world, "outsider").post(f"/desk/cases/{case_id}/take", {"_do": "take"}).status_code == 404


def test_a_case_is_handed_to_a_colleague(world: World, clerk: Client) -> None:
    case_id, two = world.submitted(), world.staff["clerk2"]
    where, me = f"/desk/cases/{case_id}/handover", str(world.staff["clerk"].account_id)
    assert clerk.get(where).status_code == 403, "nobody's case is taken first; only the head gives it out"
    clerk.post(f"/desk/cases/{case_id}/take", {"_do": "take"})
    page = body(clerk.get(where))
    assert "clerk2某" in page and "clerk某</span>" not in page.split("<fieldset")[1]
    sent = {"to": str(two.account_id), "_seen": me, "reason": "请假三天", "_key": "a" * 20}
    for wrong in ({"to": ""}, {"to": "x"}, {"to": str(NOBODYS)}, {"to": str(world.staff["outsider"].account_id)}):
        again = clerk.post(where, sent | wrong)
        assert again.status_code == 422 and "请假三天" in body(again), wrong
    assert clerk.post(where, sent | {"reason": "\x00"}).status_code == 422
    assert ids(world, Worklist(handler="me")) == [case_id], "nothing moved"
    for _press in range(2):
        assert clerk.post(where, sent).status_code == 302
    assert ids(world, Worklist(handler="me"), "clerk2") == [case_id] and ids(world, Worklist(handler="me")) == []
    event = Event.objects.get(kind="cases.handed_over")
    assert event.body == {"from": me, "to": str(two.account_id)} and "请假" not in str(event.body)
    with pytest.raises(NotPermitted):
        assigning.hand_over(world.staff["clerk"], case_id=case_id, to=two.account_id, seen=two.account_id)
    with pytest.raises(Conflict):
        assigning.hand_over(world.staff["head"], case_id=case_id, to=UUID(me), seen=UUID(me))
    assigning.hand_over(world.staff["head"], case_id=case_id, to=UUID(me), seen=two.account_id)
    assert ids(world, Worklist(handler="me")) == [case_id]


def test_all_that_somebody_has_goes_to_a_colleague(world: World, clerk: Client) -> None:
    cases = [world.submitted() for _ in range(3)]
    one, two, head = world.staff["clerk"], world.staff["clerk2"], world.staff["head"]
    for case_id in cases[:2]:
        assigning.take(one, case_id=case_id)
    sent = {"holder": str(one.account_id), "to": str(one.account_id), "_key": "b" * 20}
    assert clerk.post("/desk/handover", sent).status_code == 422
    page = clerk.post("/desk/handover", sent | {"to": str(two.account_id)}, follow=True)
    assert "已转交 2 件" in body(page)
    assert (
        ids(world, Worklist(handler="me"), "clerk2") == cases[:2]
        and Event.objects.filter(kind="cases.handed_over").count() == 2
    )
    with pytest.raises(NotPermitted):
        assigning.hand_over_all(one, unit_id=one.unit_id, holder=two.account_id, to=one.account_id)
    assert assigning.hand_over_all(head, unit_id=head.unit_id, holder=two.account_id, to=one.account_id) == {"count": 2}
    assert assigning.hand_over_all(head, unit_id=head.unit_id, holder=two.account_id, to=one.account_id) == {"count": 0}
    assert signed_in(world, "outsider").get(f"/desk/cases/{cases[0]}/handover").status_code in (403, 404)


def test_the_heads_first_button_is_the_usual_next_act(world: World) -> None:
    case_id = world.reviewed()
    page = body(signed_in(world, "head").get(f"/desk/cases/{case_id}"))
    assert page.index("do/grant") < page.index("do/extend") < page.index("do/refuse")
    assert 'btn btn--primary" href="/desk/cases/' + str(case_id) + "/do/grant" in page
    case_id = world.accepted()
    page = body(signed_in(world, "head").get(f"/desk/cases/{case_id}"))
    assert "do/extend" in page and "btn--primary" not in page.split("do/extend")[0][-120:]


def test_a_rule_is_cited_by_instrument_and_article(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    page = body(clerk.get(f"/desk/cases/{case_id}"))
    assert "行政许可法" in page and ">L1<" not in page
    guide = body(Client().get(f"/services/{world.package.code}"))
    assert "《" in guide and ">L7<" not in guide and ">FB2<" not in guide


def test_draft_rows_never_reach_the_list(world: World) -> None:
    world.draft()
    assert not CaseUnit.objects.exists() and Case.objects.filter(state="draft").count() == 1
