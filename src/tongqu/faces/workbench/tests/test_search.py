"""One box over all the clerk may see: forgiving, scoped in the question, logged, unmoved by hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.faces.workbench.searching import marked
from tongqu.faces.workbench.tests.test_desk import body, signed_in
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.acts.relay import drain
from tongqu.kernel.cases import indexing
from tongqu.kernel.cases.finding import as_number, find_cases
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import MONDAY, SYSTEM, TENANT, World
from tongqu.kernel.search.models import Document, Posting
from tongqu.kernel.search.queries import find

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday() -> Any:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def case(world: World) -> Case:
    case_id = world.submitted()
    drain()
    return Case.objects.get(id=case_id)


def found(actor: Actor, text: str) -> list[UUID]:
    return [one.row.case_id for one in find_cases(actor, text)]


def wide(number: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number)


def test_what_people_remember_finds_the_case(world: World, case: Case) -> None:
    number, receipt = str(case.case_no), str(case.receipt_no)
    asked = [
        number, receipt, receipt.lower(), number[-6:], f" {number[:6]}-{number[6:14]} {number[14:]} ", wide(number),
        wide(number[-6:]), "秋实小馆", "秋实", "qiushixiaoguan", "qiushi", "qsxg", "清溪区秋实小馆", "秋石小馆",
        "qiusih", "石桥路18号", "槐荫街道",
    ]  # fmt: skip
    for text in asked:
        assert found(world.staff["clerk"], text) == [case.id], text
        assert found(world.staff["outsider"], text) == [], text
        assert found(replace(world.staff["clerk"], grants=()), text) == [], text


def test_the_question_is_scoped_by_the_right_and_its_place(world: World, case: Case) -> None:
    sees = [(Grant("cases.read"),), (Grant("cases.read", None, "990102"),), (Grant("cases.read", case.unit_id),)]
    sees_not = [
        (Grant("cases.accept"),), (Grant("cases.read", None, "990103"),), (Grant("cases.read", uuid4()),),
        (Grant("cases.read", case.unit_id, "990103"),), (Grant("cases.accept", case.unit_id),),
    ]  # fmt: skip
    for grants in sees:
        assert found(replace(world.staff["outsider"], grants=grants), "秋实") == [case.id], grants
    for grants in sees_not:
        actor = replace(world.staff["outsider"], grants=grants)
        assert found(actor, "秋实") == [] and found(actor, str(case.case_no)) == [], grants


def test_the_public_search_never_finds_a_case(world: World, case: Case) -> None:
    for actor in (world.staff["clerk"], world.owner, Actor(TENANT)):
        assert all(hit.kind != "case" for hit in find(actor, "秋实小馆"))
    page = body(Client().get("/search?q=秋实小馆"))
    assert "/desk/cases" not in page and "清溪区" not in page


def test_a_former_name_is_found_too(world: World, case: Case) -> None:
    from tongqu.kernel.identity.operations import rename_party

    with clock.at(MONDAY + timedelta(days=1)):
        rename_party(SYSTEM, party_id=world.shop, name="清溪区春华面馆")
    indexing.index_case(case)
    assert found(world.staff["clerk"], "春华") == [case.id] == found(world.staff["clerk"], "秋实")


def test_the_page_marks_what_fits_and_logs_who_was_shown(world: World, case: Case) -> None:
    clerk = signed_in(world, "clerk")
    page = body(clerk.get("/desk/search", {"q": "秋实"}))
    assert "<mark>秋实</mark>" in page and f"/desk/cases/{case.id}" in page
    assert ReadLog.objects.filter(purpose="search", subject_id=case.id, party_id=world.shop).count() == 1
    tail = str(case.case_no)[-6:]
    assert f"<mark>{tail}</mark>" in body(clerk.get("/desk/search", {"q": tail}))
    assert "/desk?item=food-business-licence" in body(clerk.get("/desk/search", {"q": "食品经营"}))
    before = ReadLog.objects.count()
    nothing = body(signed_in(world, "outsider").get("/desk/search", {"q": "秋实"}))
    assert "没有找到" in nothing and "秋实小馆" not in nothing and ReadLog.objects.count() == before
    assert "没有找到" in body(clerk.get("/desk/search", {"q": "完全不存在的名字"}))


HOSTILE = [
    "", " ", "%", "_", "%%%%", "' OR 1=1 --", '"; DROP TABLE cases_case; --', "*", "\\", "a" * 5000, "秋" * 5000,
    "\u202e秋实", "\u200b\u200b", "<script>alert(1)</script>", "\ud800", "😀", "𠮷",
    "0" * 400, "9" * 6, "-" * 50, "·", "\n\n",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t)[:20])
def test_hostile_text_is_answered_well(world: World, case: Case, text: str) -> None:
    clerk = signed_in(world, "clerk")
    answer = clerk.get("/desk/search", {"q": text.encode("utf-8", "replace").decode()})
    assert answer.status_code == 200 and "<script>alert(1)" not in body(answer)
    assert "清溪区秋实小馆" not in body(signed_in(world, "outsider").get("/desk/search", {"q": "清溪"}))
    if not set(text) & set("秋实1"):  # a 1 is a word of the address
        assert "清溪区秋实小馆" not in body(answer)


def test_a_nul_is_refused(world: World, case: Case) -> None:
    assert signed_in(world, "clerk").get("/desk/search?q=%00").status_code == 400


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=150))
def test_no_question_fails(world: World, case: Case, text: str) -> None:
    assert found(world.staff["outsider"], text) == []
    assert set(found(world.staff["clerk"], text)) <= {case.id}


@given(st.text(max_size=200))
def test_a_number_keeps_letters_and_digits_only(text: str) -> None:
    number = as_number(text)
    assert number == "" or (number.isalnum() and number == as_number(number))


@given(st.text(max_size=60), st.text(max_size=60))
def test_marking_escapes_everything_else(text: str, question: str) -> None:
    from django.utils.html import strip_tags

    shown = marked(text, question)
    assert "<" not in shown.replace("<mark>", "").replace("</mark>", "")
    assert strip_tags(shown.replace("<mark>", "").replace("</mark>", "")) is not None


def test_a_party_can_be_taken_out_of_the_index_whole(world: World, case: Case) -> None:
    from tongqu.kernel.acts.operation import operation

    world.submitted()
    drain()
    assert Document.objects.filter(kind="case").count() == 2

    @operation("tests.erase")
    def erase(act: Act) -> int:
        act.allow(True)
        act.unchanged()
        return indexing.forget_party(act, party_id=world.shop)

    assert erase(SYSTEM) == 2
    assert not Document.objects.filter(kind="case").exists() and not Posting.objects.filter(kind="case").exists()
    assert found(world.staff["clerk"], "秋实") == []


def test_an_erased_party_is_not_indexed_again(world: World, case: Case) -> None:
    from tongqu.kernel.identity.models import Party

    Document.objects.filter(kind="case").delete()
    Party.objects.filter(id=world.shop).update(erased_at=MONDAY)
    indexing.index_case(case)
    assert not Document.objects.filter(kind="case").exists()
