"""How far a case is, for whoever holds its receipt: both numbers are needed, tries are few, nothing personal shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases import progress
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.test_papers import text_of, work
from tongqu.kernel.cases.tests.world import MONDAY, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(db: None) -> Iterator[None]:
    cache.clear()
    with clock.at(MONDAY):
        yield


def asked(number: str, code: str) -> Any:
    return Client().post("/progress", {"number": number, "code": code})


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_receipt_says_how_and_both_its_numbers_are_needed(world: World) -> None:  # noqa: F811
    case_id = world.submitted()
    work()
    case, code = Case.objects.get(id=case_id), progress.shown_code(case_id)
    words = "".join(text_of(CaseDocument.objects.get(case_id=case_id, kind="receipt").document_id).split())
    assert code in words and "/progress" in words
    assert "收件回执" in body(Client().get("/progress"))
    for number in (case.receipt_no, case.case_no, (case.receipt_no or "").lower()):
        for typed in (code, code.lower(), code.replace("-", " "), code.replace("0", "O")):
            page = asked(str(number), typed)
            assert page.status_code == 200 and "已收件" in body(page) and "为什么是这个日期" in body(page)
    cache.clear()
    for number, typed in ((str(case.receipt_no), ""), (str(case.receipt_no), "AAAA-AAAA"), ("", code), ("SJ0", code)):
        page = asked(number, typed)
        assert page.status_code == 404 and "请核对收件编号" in body(page) and "已收件" not in body(page)


def test_it_tells_states_and_dates_and_nothing_that_was_entered(world: World) -> None:  # noqa: F811
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "面积和图纸不一致"})
    case = Case.objects.get(id=case_id)
    page = body(asked(str(case.receipt_no), progress.code_of(case_id)))
    assert "待补正" in page
    for private in (case.applicant_name, "面积和图纸不一致", "槐荫街道", "陈立秋", str(case_id)):
        assert private not in page, private
    read = ReadLog.objects.get(purpose="progress")
    assert (read.party_id, read.refused) == (case.applicant_id, False)


def test_codes_cannot_be_guessed_for_long(world: World) -> None:  # noqa: F811
    case_id = world.submitted()
    number = str(Case.objects.get(id=case_id).receipt_no)
    answers = [asked(number, f"AAAA-{n:04d}").status_code for n in range(12)]
    assert answers[:10] == [404] * 10 and answers[10:] == [429] * 2
    assert asked(number, progress.code_of(case_id)).status_code == 429, "nor does the right one come through then"
    other = world.submitted()
    page = asked(str(Case.objects.get(id=other).receipt_no), progress.code_of(other))
    assert page.status_code == 200, "another case is not shut out"


@given(st.uuids(), st.uuids())
def test_codes_belong_to_their_case(one: UUID, two: UUID) -> None:
    assert progress.code_of(one) == progress.code_of(one)
    assert len(progress.code_of(one)) == progress.LENGTH
    assert one == two or progress.code_of(one) != progress.code_of(two)


@pytest.mark.parametrize("text", ["\x00", "'; --", "९" * 30, "SJ" + "9" * 5000, "％%_"])
def test_hostile_numbers_and_codes_find_nothing(text: str) -> None:
    assert asked(text, text).status_code == 404
    assert Client().get("/progress", {"number": text.replace("\x00", "")}).status_code == 200
