"""The papers of a case: asked for by its events, made by the worker, readable and verifiable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from django.db import connection
from django.db.models import F

from tongqu.kernel.acts import clock, relay
from tongqu.kernel.acts.errors import NotPermitted, Refused
from tongqu.kernel.cases import called_papers
from tongqu.kernel.cases import numbers as case_numbers
from tongqu.kernel.cases import work as case_work
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.paper_content import content_of
from tongqu.kernel.cases.tests.world import MONDAY, TENANT, World
from tongqu.kernel.directory.models import UnitVersion
from tongqu.kernel.jobs.models import Job
from tongqu.kernel.jobs.worker import run_pending
from tongqu.kernel.law.models import Clock
from tongqu.kernel.records import numbering, typeset
from tongqu.kernel.records.models import Document
from tongqu.kernel.records.queries import document_pdf, verify


def text_of(document_id: object) -> str:
    _row, pdf = document_pdf(TENANT, document_id)  # type: ignore[arg-type]
    opened = pypdfium2.PdfDocument(pdf)
    return "".join(page.get_textpage().get_text_range() for page in opened)


def work() -> None:
    relay.drain()
    run_pending()
    relay.drain()
    assert not Job.objects.filter(kind="acts.redeliver").exists(), "a subscriber failed"


def test_a_granted_case_has_its_papers_and_its_licence(world: World) -> None:
    case_id = world.granted()
    work()
    case = Case.objects.get(id=case_id)
    assert case.state == "delivered", "issued by the worker, delivered electronically as the applicant chose"
    kinds = list(CaseDocument.objects.filter(case=case).order_by("id").values_list("kind", flat=True))
    assert kinds == ["receipt", "acceptance_notice", "site_check_record", "grant_decision"]
    for row in CaseDocument.objects.filter(case=case):
        words = text_of(row.document_id)
        assert "清溪区秋实小馆" in words and case.case_no in words
        assert "None" not in words and "{" not in words
    decision = case.decisions.get()
    found = verify(decision.licence_token)
    assert found.status == "valid" and found.licence.number == decision.licence_no
    assert "热食类食品制售" in text_of(found.document.id)


def test_a_refusal_tells_ground_reason_and_remedies(world: World) -> None:
    case_id = world.reviewed()
    world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "没有洗消设施"})
    work()
    words = (
        text_of(CaseDocument.objects.get(case_id=case_id, kind="refusal_decision").document_id)
        .replace("\r\n", "")
        .replace(" ", "")
    )
    for told in ("没有洗消设施", "行政许可法", "60", "行政复议", "人民法院"):
        assert told in words


def test_a_supplement_notice_lists_every_demand(world: World) -> None:
    case_id = world.submitted()
    world.act(
        "clerk",
        case_id,
        "request_supplement",
        inputs={"field__area": "面积与图纸不一致", "field__manager_is": "写明是谁"},
    )
    work()
    words = (
        text_of(CaseDocument.objects.get(case_id=case_id, kind="supplement_notice").document_id)
        .replace("\r\n", "")
        .replace(" ", "")
    )
    assert "面积与图纸不一致" in words and "写明是谁" in words and "3月16日" in words


def test_an_annulled_licence_no_longer_verifies_and_may_bar_a_new_one(world: World) -> None:
    case_id = world.granted()
    work()
    token = Case.objects.get(id=case_id).decisions.get(kind="grant").licence_token
    with pytest.raises(NotPermitted):
        world.act("reviewer", case_id, "annul", inputs={"ground": "annul.fraud", "reason": "图纸系伪造"})
    world.act("head", case_id, "annul", inputs={"ground": "annul.fraud", "reason": "图纸系伪造"})
    work()
    assert verify(token).status == "revoked"
    assert "图纸系伪造" in text_of(CaseDocument.objects.get(case_id=case_id, kind="annulment_decision").document_id)
    again = world.submitted()
    with pytest.raises(Refused) as refused:
        world.act("clerk", again, "accept")
    assert refused.value.rule == "L20.fraud"


def test_a_paper_is_typeset_before_the_database_is_locked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, and not again inside: where nobody took its number meanwhile, what was drawn is what is filed."""
    render, put_paper, order = typeset.render, case_work.put_paper, []
    monkeypatch.setattr(typeset, "render", lambda *a: (order.append("typeset"), render(*a))[1])
    monkeypatch.setattr(case_work, "put_paper", lambda *a, **k: (order.append("transaction"), put_paper(*a, **k))[1])
    case_id = world.submitted()
    work()
    assert order == ["typeset", "transaction"]
    row = CaseDocument.objects.get(case_id=case_id)
    assert row.number in text_of(row.document_id).replace(" ", "")


def test_a_licence_is_typeset_before_the_database_is_locked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: the act files what was drawn. One whose number was taken meanwhile is typeset again, inside."""
    render, order = typeset.render, []

    def drawn(template: str, data: Any) -> bytes:
        if template == "licence":
            order.append("inside" if connection.in_atomic_block and len(connection.atomic_blocks) > depth else "ahead")
        return render(template, data)

    depth = len(connection.atomic_blocks)
    monkeypatch.setattr(typeset, "render", drawn)
    first = world.granted()
    work()
    assert order == ["ahead"]
    monkeypatch.setattr(case_numbers, "likely_next", lambda *a: 77)
    second = world.granted()
    work()
    assert order == ["ahead", "ahead", "inside"]
    for case_id, serial in ((first, "000001"), (second, "000002")):
        decision = Case.objects.get(id=case_id).decisions.get()
        assert serial in decision.licence_no
        assert decision.licence_no in text_of(verify(decision.licence_token).document.id)


def test_a_licence_that_the_platform_issued_calls_for_no_second_job(world: World) -> None:
    case_id = world.granted()
    work()
    assert Case.objects.get(id=case_id).state == "delivered"
    assert Job.objects.filter(kind="cases.issue").count() == 1


def test_a_paper_whose_number_was_taken_meanwhile_is_typeset_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    likely = numbering.likely_next
    monkeypatch.setattr(numbering, "likely_next", lambda *a: likely(*a).replace("1号", "7号"))
    case_id = world.submitted()
    work()
    row = CaseDocument.objects.get(case_id=case_id)
    words = text_of(row.document_id).replace(" ", "")
    assert row.number.endswith("〔2026〕1号") and row.number in words and "7号" not in words
    assert verify(Document.objects.get(id=row.document_id).token).status == "valid"


def rename(case_id: UUID) -> None:
    Case.objects.filter(id=case_id).update(applicant_name="改过名的小馆", version=F("version") + 1)


def put_off(case_id: UUID) -> None:
    for row in Clock.objects.filter(subject_id=case_id):
        Clock.objects.filter(id=row.id).update(due_at=row.due_at + timedelta(days=500), version=row.version + 1)


def move(case_id: UUID) -> None:
    unit_id = Case.objects.get(id=case_id).unit_id
    UnitVersion.objects.filter(unit_id=unit_id).update(address="新址路 1 号")


@pytest.mark.parametrize(("change", "told"), [(rename, "改过名的小馆"), (put_off, "2027年7月"), (move, "新址路1号")])
def test_what_changes_after_a_paper_was_drawn_stands_on_it(
    world: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[UUID], None], told: str
) -> None:
    put_paper, read = case_work.put_paper, []

    def meanwhile(*args: Any, **given: Any) -> Any:
        change(case_id)
        return put_paper(*args, **given)

    monkeypatch.setattr(case_work, "put_paper", meanwhile)
    monkeypatch.setattr(called_papers, "content_of", lambda *a: (read.append(1), content_of(*a))[1])
    case_id = world.submitted()
    work()
    words = text_of(CaseDocument.objects.get(case_id=case_id, kind="receipt").document_id)
    assert told in words.replace(" ", "").replace("\r\n", "")
    assert len(read) == 2


def test_a_paper_is_read_once_where_nothing_changed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(called_papers, "content_of", lambda *a: (read.append(1), content_of(*a))[1])
    world.submitted()
    work()
    assert read == [1]


def test_what_is_supplied_has_a_receipt_each_time_that_says_what_is_still_missing(world: World) -> None:
    case_id = world.submitted()
    asked = {"field__area": "面积和图纸不一致", "field__manager_is": "写明是谁"}
    world.act("clerk", case_id, "request_supplement", inputs=asked)
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    world.act("clerk", case_id, "remind_supplement", inputs={"field__manager_is": "写明是谁"})
    with clock.at(MONDAY + timedelta(hours=2)):
        world.act("owner", case_id, "supply", inputs={"manager_is": "holder"})
    work()
    first, second = CaseDocument.objects.filter(case_id=case_id, kind="supplement_receipt").order_by("id")
    told, whole = ("".join(text_of(row.document_id).split()) for row in (first, second))
    assert "经营面积（已更正）" in told and "还没有补齐：食品安全管理人员。" in told and "不表示已经受理" in told
    assert "食品安全管理人员（已更正）" in whole and "还没有补齐" not in whole
    assert (first.number[-3:], second.number[-3:]) == ("〕2号", "〕3号"), "in the series of the first receipt"
