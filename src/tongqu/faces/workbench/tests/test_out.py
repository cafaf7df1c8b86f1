"""What leaves the desk: one PDF of many papers, lists as files, saved views. Scoped, logged, limited."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from tongqu.faces.workbench import exporting, printing
from tongqu.faces.workbench import operations as desk
from tongqu.faces.workbench.models import PrintBatch, SavedView
from tongqu.faces.workbench.tests.test_desk import body, signed_in
from tongqu.faces.workbench.work import clear_prints, make_print
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock
from tongqu.kernel.acts.errors import Invalid, NotFound, NotPermitted
from tongqu.kernel.acts.models import Event, ReadLog
from tongqu.kernel.acts.relay import drain
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.world import MONDAY, World
from tongqu.kernel.cases.work import put_paper
from tongqu.kernel.cases.worklist import Worklist

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_monday() -> Any:
    with clock.at(MONDAY):
        yield


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world, "clerk")


def with_papers(world: World) -> UUID:
    """An accepted case with its receipt and its notice of acceptance."""
    from tongqu.kernel.cases.documents import papers_for
    from tongqu.kernel.cases.tests.world import SYSTEM

    case_id = world.accepted()
    for event in Event.objects.filter(subject_id=case_id).order_by("id"):
        for paper in papers_for("licensing", event):
            put_paper(SYSTEM, event_id=event.id, kind=paper.kind)
    assert CaseDocument.objects.filter(case_id=case_id).count() >= 1
    return case_id


def pdf(response: Any) -> PdfReader:
    assert response.status_code == 200 and response.headers["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content if not response.streaming else b"".join(response)))


def ask(client: Client, cases: list[UUID], **more: Any) -> Any:
    return client.post("/desk/print", {"case": [str(c) for c in cases], "_key": str(uuid7()), **more})


# --- printing --------------------------------------------------------------------------------------------------------


def test_all_papers_of_a_case_in_one_file(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    count = CaseDocument.objects.filter(case_id=case_id).count()
    one = pdf(clerk.get(f"/desk/cases/{case_id}/papers.pdf"))
    assert len(one.pages) >= count and "受理" in one.pages[-1].extract_text()
    both = pdf(clerk.get(f"/desk/cases/{case_id}/papers.pdf?duplex=1"))
    assert len(both.pages) % 2 == 0
    assert ReadLog.objects.filter(subject_id=case_id, purpose="print", refused=False).count() == 2
    assert signed_in(world, "outsider").get(f"/desk/cases/{case_id}/papers.pdf").status_code == 404
    assert clerk.get(f"/desk/cases/{world.submitted()}/papers.pdf").status_code == 404


def test_papers_of_several_cases_in_order_with_a_list_in_front(world: World, clerk: Client) -> None:
    first, second, without = with_papers(world), with_papers(world), world.submitted()
    chosen = [second, without, first]
    page = body(clerk.get("/desk/print", {"case": chosen}))
    assert "已选 3 件" in page and "受理通知书" in page
    made = ask(clerk, chosen, cover="yes", duplex="yes")
    assert made.status_code == 302
    shown = body(clerk.get(made.headers["Location"]))
    assert "做好了" in shown and "没有所选种类的文书" in shown
    batch = PrintBatch.objects.get()
    found = pdf(clerk.get(f"/desk/print/{batch.id}/papers.pdf"))
    text = "".join(p.extract_text() for p in found.pages)
    numbers = [str(Case.objects.get(id=c).case_no) for c in (second, first)]
    assert "合并打印清单" in found.pages[0].extract_text() and len(found.pages) % 2 == 0
    after = "".join(p.extract_text() for p in found.pages[2:])
    assert after.index(numbers[0]) < after.index(numbers[1]) and str(Case.objects.get(id=without).case_no) in text
    assert ReadLog.objects.filter(purpose="print").count() == 3


def test_only_the_chosen_kinds_are_printed(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    kind = CaseDocument.objects.filter(case_id=case_id).order_by("id").first().kind  # type: ignore[union-attr]
    ask(clerk, [case_id], kind=[kind])
    assert PrintBatch.objects.get().papers == 1
    ask(clerk, [case_id], kind=["refusal_decision"])
    assert "没有这些种类" in body(clerk.get(f"/desk/print/{PrintBatch.objects.order_by('-id')[0].id}"))


def test_only_papers_that_the_chosen_cases_have_are_offered(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    page = body(clerk.get("/desk/print", {"case": [case_id]}))
    offered = re.findall(r'name="kind" value="(\w+)"', page)
    assert sorted(offered) == sorted(set(CaseDocument.objects.filter(case_id=case_id).values_list("kind", flat=True)))
    assert 'name="kind"' not in body(signed_in(world, "outsider").get("/desk/print", {"case": [case_id]}))


def test_what_was_ticked_is_still_ticked_after_an_error(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    kind = CaseDocument.objects.filter(case_id=case_id).values_list("kind", flat=True)[0]
    many = [case_id, *(uuid4() for _ in range(desk.MOST_CASES))]
    page = body(ask(clerk, many, kind=[kind], duplex="yes"))
    assert f'value="{kind}" checked' in page and 'name="duplex" value="yes" checked' in page
    assert 'name="cover" value="yes" checked' not in page, "it was not asked for"


def test_a_print_that_breaks_says_so_and_can_be_asked_for_again(
    world: World, clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = with_papers(world)
    desk.ask_print(world.staff["clerk"], cases=[str(case_id)], kinds=[], duplex=False, cover=True)
    batch = PrintBatch.objects.get()

    def broken(*_args: Any, **_more: Any) -> bytes:
        raise RuntimeError("the typesetter fell over")

    with monkeypatch.context() as m:
        m.setattr(printing, "_cover", broken)
        with pytest.raises(RuntimeError):  # the job fails and is tried again
            make_print.function(batch_id=str(batch.id))
    answer = clerk.get(f"/desk/print/{batch.id}")
    page = body(answer)
    assert "Refresh" not in answer.headers and "没有做成" in page and "平台出了错" in page
    assert f"/desk/print?case={case_id}" in page, "the cases need not be ticked anew"
    make_print.function(batch_id=str(batch.id))
    assert "做好了" in body(clerk.get(f"/desk/print/{batch.id}"))


def test_ones_prints_of_the_day_are_found_again(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    ask(clerk, [case_id])
    batch = PrintBatch.objects.get()
    answer = clerk.get("/desk/print")
    assert answer.status_code == 200 and f"/desk/print/{batch.id}" in body(answer)
    assert str(batch.id) not in body(signed_in(world, "clerk2").get("/desk/print"))


def test_another_units_clerk_prints_nothing(world: World, clerk: Client) -> None:
    case_id = with_papers(world)
    outsider = signed_in(world, "outsider")
    made = ask(outsider, [case_id], cover="yes")
    batch = PrintBatch.objects.get()
    assert batch.state == "empty" and not batch.papers
    page = body(outsider.get(made.headers["Location"]))
    assert "不能查看" in page and str(Case.objects.get(id=case_id).case_no) not in page
    ask(clerk, [case_id])
    mine = PrintBatch.objects.order_by("-id")[0]
    assert outsider.get(f"/desk/print/{mine.id}").status_code == 404
    assert outsider.get(f"/desk/print/{mine.id}/papers.pdf").status_code == 404
    assert signed_in(world, "clerk2").get(f"/desk/print/{mine.id}/papers.pdf").status_code == 404


def test_many_go_to_the_worker_and_are_thrown_away_in_time(world: World, clerk: Client) -> None:
    cases = [with_papers(world)] + [world.submitted() for _ in range(6)]
    made = ask(clerk, cases)
    batch = PrintBatch.objects.get()
    waiting = clerk.get(made.headers["Location"])
    assert batch.state == "waiting" and "正在合并：0 / 7 件" in body(waiting) and waiting.headers["Refresh"]
    assert clerk.get(f"/desk/print/{batch.id}/papers.pdf").status_code == 302
    make_print.function(batch_id=str(batch.id))
    make_print.function(batch_id=str(batch.id))  # a second run, after a crash, changes nothing
    batch.refresh_from_db()
    assert batch.state == "done" and batch.done == 7
    pdf(clerk.get(f"/desk/print/{batch.id}/papers.pdf"))
    with clock.at(MONDAY + desk.KEPT_FOR * 2):
        clear_prints()
        assert clerk.get(f"/desk/print/{batch.id}/papers.pdf").status_code == 404
    assert not PrintBatch.objects.exists()


def test_printing_has_limits_and_a_replay_makes_one(world: World, clerk: Client) -> None:
    assert "还没有勾选办件" in body(clerk.get("/desk/print"))
    assert "请先" in body(ask(clerk, []))
    many = ask(clerk, [uuid4() for _ in range(desk.MOST_CASES + 1)])
    assert many.status_code == 422 and not PrintBatch.objects.exists()
    key = str(uuid7())
    for _ in range(2):
        clerk.post("/desk/print", {"case": str(world.shop), "_key": key})
    assert PrintBatch.objects.count() == 1
    assert clerk.get("/desk/print?case=nonsense&case=%22").status_code == 200


def test_a_damaged_paper_is_named_not_dropped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = with_papers(world)
    monkeypatch.setattr("tongqu.kernel.records.queries.document_pdf", lambda *_a: (None, b"not a pdf"))
    data, bundle = printing.put_together(world.staff["clerk"], [case_id])
    assert data == b"" and bundle.left_out and "文件损坏" in bundle.left_out[0]["why"]


# --- lists as files --------------------------------------------------------------------------------------------------


def test_the_list_as_excel_keeps_numbers_as_text(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    Case.objects.filter(id=case_id).update(applicant_name="=cmd|' /C calc'!A0", case_no="0099")
    answer = clerk.post("/desk/export", {"form": "xlsx", "query": ""})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    row = next(sheet.iter_rows(min_row=2, max_row=2))
    assert row[0].value == "0099" and row[0].data_type == "s"
    assert row[3].value == "=cmd|' /C calc'!A0" and row[3].data_type == "s"
    assert "19900000001" not in str([c.value for r in sheet.iter_rows() for c in r])
    assert ReadLog.objects.filter(subject_id=case_id, purpose="export", party_id=world.shop).count() == 1
    assert Event.objects.filter(kind="workbench.list_exported").count() == 1


def test_the_list_as_excel_can_be_sorted_and_reckoned_with(world: World, clerk: Client) -> None:
    world.submitted()
    answer = clerk.post("/desk/export", {"form": "xlsx", "query": ""})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["收到时间"].value == datetime(2026, 3, 2, 10, 0) and cells["收到时间"].is_date
    assert cells["期限"].is_date and cells["剩余工作日"].value == 5, "a number, not a text that looks like one"
    assert cells["决定时间"].value is None and cells["经办人"].value is None, "nothing is an empty cell"
    assert sheet.auto_filter.ref == "A1:M2" and sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.orientation == "landscape" and sheet.page_setup.fitToHeight == 0
    assert sheet.column_dimensions["G"].width >= 17, "no date is shown as ####"


def test_the_list_as_csv_runs_nothing(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    Case.objects.filter(id=case_id).update(applicant_name='=HYPERLINK("x")\n,"')
    answer = clerk.post("/desk/export", {"form": "csv", "query": "state=received"})
    raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows[0][0] == "办件编号" and rows[1][3] == '\'=HYPERLINK("x")\n,"' and len(rows) == 2


def test_a_file_holds_what_the_filters_show_and_no_more(world: World, clerk: Client) -> None:
    world.submitted()
    accepted = world.accepted()
    drain()

    def numbers(client: Client, query: str) -> list[str]:
        answer = client.post("/desk/export", {"form": "csv", "query": query})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        return [row[0] for row in csv.reader(io.StringIO(text))][1:]

    assert numbers(clerk, "state=accepted") == [Case.objects.get(id=accepted).case_no]
    assert len(numbers(clerk, "")) == 2 and len(numbers(clerk, "name=qiushi")) == 2
    for query in ("", "state=accepted", "name=qiushi", f"number={Case.objects.get(id=accepted).case_no}"):
        assert numbers(signed_in(world, "outsider"), query) == [], query
    assert clerk.get("/desk/export?due=nonsense").status_code == 422


def test_a_long_list_is_cut_with_a_word(world: World) -> None:
    for _ in range(3):
        world.submitted()
    lines = exporting.lines(world.staff["clerk"], Worklist(), most=3)
    rows = exporting.Limited(lines, exporting.worklist_columns(), most=2)
    assert len(list(rows)) == 2 and rows.cut and "缩小范围" in rows.note


@given(st.text(max_size=80))
def test_no_cell_is_a_formula(text: str) -> None:
    cell = exporting.harmless(text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert all(ord(c) >= 32 or c in "\t\n" for c in cell)


# --- saved views -----------------------------------------------------------------------------------------------------


def save(client: Client, name: str, query: str, **more: str) -> Any:
    return client.post("/desk/views", {"name": name, "query": query, **more})


def test_a_view_is_saved_opened_first_moved_and_deleted(world: World, clerk: Client) -> None:
    assert save(clerk, "今天要办的", "due=today&x=", default="yes").status_code == 422
    assert save(clerk, "今天要办的", "due=today", default="yes").status_code == 302
    save(clerk, "待受理", "state=received")
    assert clerk.get("/desk").headers["Location"] == "/desk?due=today"
    assert "待受理" in body(clerk.get("/desk?all=1"))
    one, two = SavedView.objects.order_by("place")
    clerk.post("/desk/views", {"view": str(two.id), "_do": "up"})
    assert [v.name for v in SavedView.objects.order_by("place")] == ["待受理", "今天要办的"]
    clerk.post("/desk/views", {"view": str(two.id), "_do": "up"})
    save(clerk, "待受理", "state=accepted")
    assert SavedView.objects.get(name="待受理").query == "state=accepted" and SavedView.objects.count() == 2
    clerk.post("/desk/views", {"view": str(one.id), "_do": "no_default"})
    assert clerk.get("/desk").status_code == 200
    clerk.post("/desk/views", {"view": str(one.id), "_do": "delete"})
    assert SavedView.objects.count() == 1
    kinds = set(Event.objects.filter(kind__startswith="workbench.view").values_list("kind", flat=True))
    assert kinds == {"workbench.view_saved", "workbench.view_changed", "workbench.view_deleted"}


def test_the_head_shares_a_view_with_the_unit_alone(world: World, clerk: Client) -> None:
    head = signed_in(world, "head")
    save(head, "快到期的", "due=within&within=3")
    view = SavedView.objects.get()
    assert "快到期的" not in body(clerk.get("/desk?all=1"))
    head.post("/desk/views", {"view": str(view.id), "_do": "share"})
    assert "快到期的" in body(clerk.get("/desk?all=1"))
    assert "快到期的" not in body(signed_in(world, "outsider").get("/desk?all=1"))
    assert clerk.post("/desk/views", {"view": str(view.id), "_do": "delete"}).status_code == 404
    save(clerk, "我的", "state=received")
    with pytest.raises(NotPermitted):
        desk.share_view(world.staff["clerk"], view_id=SavedView.objects.get(name="我的").id, share=True)
    head.post("/desk/views", {"view": str(view.id), "_do": "unshare"})
    assert "快到期的" not in body(clerk.get("/desk?all=1"))


def test_views_have_limits_and_belong_to_their_owner(world: World, clerk: Client) -> None:
    for n in range(desk.MOST):
        desk.save_view(world.staff["clerk"], name=f"视图{n}", query="")
    with pytest.raises(Invalid, match="too-many-views"):
        desk.save_view(world.staff["clerk"], name="再一个", query="")
    for name in ("", " ", "长" * 41):
        with pytest.raises(Invalid):
            desk.save_view(world.staff["clerk2"], name=name, query="")
    view = SavedView.objects.order_by("place")[0]
    for verb in (desk.delete_view, desk.choose_default):
        with pytest.raises(NotFound):
            verb(world.staff["clerk2"], view_id=view.id)
    for wrong in ({"view": "nonsense", "_do": "up"}, {"view": str(uuid4()), "_do": "up"}, {"view": str(view.id)}):
        assert clerk.post("/desk/views", wrong).status_code in {404, 422}
    assert signed_in(world, "outsider").get("/desk/views").status_code == 200
