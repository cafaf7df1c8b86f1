"""Papers that wait to be served, where the window keeps its day: in the day book, and from one shift to the next."""

from __future__ import annotations

from typing import Any

import pytest

from tongqu.domains.services.counter import daybook, shifts
from tongqu.domains.services.counter.models import Filing
from tongqu.domains.services.tests.test_counter import screen, signed_in
from tongqu.domains.services.tests.test_counter_day import handed, unit_of
from tongqu.kernel.acts import relay
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import CaseDocument
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.tests.world import MONDAY, World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def with_a_refusal_to_serve(world: World) -> CaseDocument:
    """A decision not to accept, which waits to be served on somebody who did not agree to electronic service."""
    case_id = world.draft()
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]})
    world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": "不需要许可"})
    work()
    return CaseDocument.objects.get(case_id=case_id, kind="non_acceptance_decision")


def tried(world: World, paper: CaseDocument, **inputs: Any) -> None:
    said = {"happened_on": "2026-03-02", "result": "failed", **inputs}
    cases.serve(world.staff["clerk"], case_id=paper.case_id, documents=[paper.document_id], inputs=said)
    relay.drain()


def test_the_day_book_tells_of_each_try_at_serving_and_which_paper_it_was(world: World) -> None:
    paper = with_a_refusal_to_serve(world)
    tried(world, paper, mode="post", failure="returned", tracking_no="EA123456789CN")
    book = daybook.access_book(world.staff["clerk"], unit_id=unit_of(world), day=MONDAY.date())
    assert [str(line.sentence) for line in book.lines if line.paper] == ["文书没有送达"]
    tried(world, paper, mode="in_person", result="served", receiver="陈立秋", relation="self", receipt_kept=["yes"])
    book = daybook.access_book(world.staff["clerk"], unit_id=unit_of(world), day=MONDAY.date())
    assert [str(line.sentence) for line in book.lines if line.paper] == ["文书没有送达", "文书送达"]
    assert book.groups["gave"] == 1, "what did not arrive was not given out"
    page = signed_in("clerk").get("/desk/counter/daybook").content.decode()
    assert page.count("不予受理决定书") == 2 and str(book.lines[-1].case_no) in page


def test_every_paper_that_waits_to_be_served_is_handed_over_until_it_is(world: World) -> None:
    paper = with_a_refusal_to_serve(world)

    def waiting() -> list[str]:
        return [one.text for one in shifts.open_things(world.staff["clerk"], unit_of(world)) if one.kind == "paper"]

    assert len(waiting()) == 1 and "不予受理决定书" in waiting()[0] and "秋实小馆" in waiting()[0]
    tried(world, paper, mode="post", failure="returned", tracking_no="EA123456789CN")
    assert len(waiting()) == 1, "a failed try leaves it to be served"
    tried(world, paper, mode="in_person", result="served", receiver="陈立秋", relation="self", receipt_kept=["yes"])
    assert waiting() == []


def test_what_waits_leads_to_where_it_is_done_and_may_be_taken_over_together(world: World) -> None:
    paper = with_a_refusal_to_serve(world)
    made = handed(world)
    page = signed_in("clerk").get("/desk/counter/shift").content.decode()
    assert f'href="/desk/cases/{paper.case_id}/service"' in page and f'href="{screen(Filing.objects.get())}"' in page
    lines = {line.kind: line for line in made.lines.all()}
    taker, url = signed_in("clerk2"), f"/desk/counter/handovers/{made.id}"
    assert f'href="/desk/cases/{paper.case_id}/service"' in taker.get(url).content.decode()
    doubted = {f"state_{lines['original'].id}": "disputed", f"remark_{lines['original'].id}": "没有见到"}
    assert taker.post(url, {**doubted, "_do": "rest"}).status_code == 302
    assert {line.kind: line.state for line in made.lines.all()} == {
        "draft": "confirmed", "paper": "confirmed", "original": "disputed",
    }  # fmt: skip
    made.refresh_from_db()
    assert made.answered_at is not None
