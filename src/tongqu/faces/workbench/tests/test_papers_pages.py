"""The pages of service and of texts, as clerks and heads use them: drawn, refused at the field, done, scoped."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.rig.queries import Visit
from tests.walk.test_queries import signed_in
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases.models import Case, CaseDocument
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.test_papers import work
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.notices.models import Service
from tongqu.kernel.records import catalogue
from tongqu.kernel.records.models import DocumentTemplate

pytestmark = pytest.mark.django_db
KIND = "/desk/documents/licensing/refusal_decision"


def keyed(**fields: Any) -> dict[str, Any]:
    return {"_key": str(uuid7()), **fields}


def accepted(world: World) -> UUID:  # noqa: F811
    case_id = world.accepted()
    work()
    return case_id


# --- service ---------------------------------------------------------------------------------------------------------


def test_the_clerk_serves_from_the_list_in_a_few_clicks(world: World, visit: Visit) -> None:  # noqa: F811
    clerk, case_id = signed_in("clerk"), accepted(world)
    row = CaseDocument.objects.get(case_id=case_id, kind="acceptance_notice")
    clerk.get("/desk/service")
    listed = visit(clerk, "/desk/service").content.decode()
    assert row.number in listed and f"/desk/cases/{case_id}/service?document={row.document_id}" in listed
    url = f"/desk/cases/{case_id}/service"
    page = visit(clerk, url).content.decode()
    assert "登记送达" in page and "清溪区秋实小馆" in page and "SV4" in page, "why a mode is closed is told"
    wrong = keyed(documents=[str(row.document_id)], mode="in_person", result="served", receiver="")
    refused = clerk.post(url, wrong)
    assert refused.status_code == 422 and "请填写签收人的姓名" in refused.content.decode()
    assert Service.objects.get(document_id=row.document_id).state == "due"
    right = wrong | keyed(receiver="陈立秋", relation="self", happened_on="2026-03-02", receipt_kept="yes")
    assert clerk.post(url, right).status_code == 302
    assert "2026年3月2日 直接送达" in clerk.get(f"/desk/cases/{case_id}").content.decode()
    again = clerk.post(url, right)
    assert again.status_code == 302, "a double click is answered as the first"
    assert Service.objects.get(document_id=row.document_id).attempts.count() == 1
    made = clerk.post(f"{url}/{row.document_id}/receipt")
    assert made.status_code == 302 and clerk.get(made["Location"]).content.startswith(b"%PDF")
    assert clerk.get(f"{url}/{row.document_id}/receipt").status_code == 302, "a link changes nothing"


def test_the_form_of_service_does_not_call_optional_what_the_law_asks_for(world: World) -> None:  # noqa: F811
    page = signed_in("clerk").get(f"/desk/cases/{accepted(world)}/service").content.decode()
    for label in ("签收人姓名", "签收人与受送达人的关系", "没有送达的原因", "邮件号码", "留置地点"):
        shown = page[page.index(label) :][: len(label) + 120]
        assert "选填" not in shown and "必填" not in shown, label
    assert "备注" in page and "选填" in page[page.index("备注") :][:120]


def test_a_shop_does_not_sign_for_itself(world: World) -> None:  # noqa: F811
    page = signed_in("clerk").get(f"/desk/cases/{accepted(world)}/service").content.decode()
    assert re.search(r'<input[^>]*name="receiver"[^>]*>', page)
    assert "清溪区秋实小馆" not in re.search(r'<input[^>]*name="receiver"[^>]*>', page)[0]  # type: ignore[index]


def test_strangers_do_not_serve(world: World) -> None:  # noqa: F811
    case_id = accepted(world)
    assert signed_in("outsider").get(f"/desk/cases/{case_id}/service").status_code == 404
    assert signed_in("reviewer").get("/desk/service").status_code == 403
    assert "清溪区秋实小馆" not in signed_in("outsider").get("/desk/service").content.decode()
    assert Client().get("/desk/service").status_code == 302


def test_strange_input_is_told_and_loses_nothing(world: World) -> None:  # noqa: F811
    clerk, case_id = signed_in("clerk"), accepted(world)
    url = f"/desk/cases/{case_id}/service"
    for strange in ({"documents": ["x"]}, {"documents": [str(uuid7())]}, {"mode": "\x00"}, {"happened_on": "明天"}):
        fields = keyed(documents=[], mode="in_person", result="served", note="记在这里") | strange
        answer = clerk.post(url, fields)
        assert answer.status_code in {404, 422}, strange
        if answer.status_code == 422:
            assert "记在这里" in answer.content.decode()


def test_the_applicant_sees_number_service_and_until_when(world: World, visit: Visit) -> None:  # noqa: F811
    case_id = world.draft()
    world.act("owner", case_id, "submit", inputs={"declaration": ["yes"], "e_service": ["yes"]})
    world.act("clerk", case_id, "not_accept", inputs={"ground": "not_accept.no_licence_needed", "reason": "不需要许可"})
    work()
    owner = signed_in("owner")
    owner.get(f"/my/cases/{case_id}")
    page = visit(owner, f"/my/cases/{case_id}", label="served").content.decode()
    assert "许不受〔2026〕1号" in page and "电子送达" in page and "2026年5月6日前（含当天）申请行政复议" in page
    row = CaseDocument.objects.get(case_id=case_id, kind="non_acceptance_decision")
    assert owner.get(f"/my/cases/{case_id}/papers/{row.document_id}").content.startswith(b"%PDF")
    row.refresh_from_db()
    assert row.opened_at is not None
    found = Case.objects.get(id=case_id)
    assert "首次查看" in signed_in("clerk").get(f"/desk/cases/{found.id}/service").content.decode()


def test_how_a_licence_ended_is_told_to_its_holder_and_to_the_public(world: World) -> None:  # noqa: F811
    case_id = world.granted()
    work()
    case = Case.objects.get(id=case_id)
    world.act("head", case_id, "retract", inputs={"ground": "retract.law_changed", "reason": "新规施行"})
    work()
    page = signed_in("owner").get(f"/my/cases/{case_id}").content.decode()
    assert "许可已被撤回" in page and "新规施行" in page and "行政复议" in page and "下载电子许可证" not in page
    assert "已撤回" in Client().get(f"/decisions/{case.case_no}").content.decode()
    assert "已撤回" in Client().get("/decisions").content.decode()
    assert "已撤回" in signed_in("owner").get("/my/licences").content.decode()
    assert "许撤回〔2026〕1号" in signed_in("clerk").get(f"/desk/cases/{case_id}").content.decode()


def test_public_notices_are_for_everybody_and_only_for_their_time(world: World, visit: Visit) -> None:  # noqa: F811
    from datetime import timedelta

    from tongqu.kernel.acts import clock
    from tongqu.kernel.cases.tests.world import MONDAY

    clerk, case_id = signed_in("clerk"), accepted(world)
    row = CaseDocument.objects.get(case_id=case_id, kind="acceptance_notice")
    url, one = f"/desk/cases/{case_id}/service", [str(row.document_id)]
    failed = keyed(documents=one, mode="in_person", result="failed", failure="unknown", happened_on="2026-03-02")
    assert clerk.post(url, failed).status_code == 302
    assert "公告送达" in clerk.get(url).content.decode()
    assert clerk.post(url, keyed(documents=one, mode="public_notice", why="查无下落")).status_code == 302
    visitor = Client()
    visitor.get("/announcements")
    page = visit(visitor, "/announcements")
    assert row.number in page.content.decode() and page["X-Robots-Tag"] == "noindex"
    with clock.at(MONDAY + timedelta(days=40)):
        assert row.number not in visitor.get("/announcements").content.decode()


# --- texts -----------------------------------------------------------------------------------------------------------


def test_an_official_changes_a_text_and_another_publishes_it(world: World, visit: Visit) -> None:  # noqa: F811
    writer, head = signed_in("reviewer"), signed_in("head")
    writer.get("/desk/documents")
    assert "不予行政许可决定书" in visit(writer, "/desk/documents").content.decode()
    writer.get(KIND)
    assert "修改现用文本" in visit(writer, KIND).content.decode()
    editor = writer.post(KIND, keyed())["Location"]
    writer.get(editor)
    page = visit(writer, editor).content.decode()
    assert "{remedies}" in page and "必须有" in page
    body = "情形：{ground}\n理由：{reason}\n根据{basis}，决定不予行政许可。\n{remedies}"
    bad = writer.post(editor, keyed(do="save", title="决定书", body=body.replace("\n{remedies}", ""), why="改"))
    assert bad.status_code == 422 and "复议和诉讼" in bad.content.decode() and "情形：{ground}" in bad.content.decode()
    assert writer.post(editor, keyed(do="save", title="决定书", body=body, why="更简明")).status_code == 302
    shown = writer.post(editor, keyed(do="preview", title="决定书", body=body))
    assert shown.content.startswith(b"%PDF") and shown["Content-Type"] == "application/pdf"
    bad_preview = writer.post(editor, keyed(do="preview", title="决定书", body="{", why=""))
    assert bad_preview.status_code == 422
    assert writer.post(editor, keyed(do="publish")).status_code == 403
    assert "核对无误，发布" in head.get(editor).content.decode()
    assert head.post(editor, keyed(do="publish", effective_from="明天")).status_code == 422
    assert head.post(editor, keyed(do="publish")).status_code == 302
    assert "更简明" in writer.get(KIND).content.decode()
    compared = writer.get(f"{KIND}?compare=2").content.decode()
    assert re.search(r"<ins>.*情形：\{ground\}", compared) and "<del>" in compared
    assert writer.get(f"{KIND}?compare=zz").status_code == 200


def test_a_real_case_in_the_preview_is_read_on_record_and_only_ones_own(world: World) -> None:  # noqa: F811
    case_id = accepted(world)
    case_no = Case.objects.get(id=case_id).case_no
    kind = "/desk/documents/licensing/acceptance_notice"
    writer = signed_in("reviewer")
    editor = writer.post(kind, keyed())["Location"]
    row = DocumentTemplate.objects.get()
    fields = {"title": row.title, "body": row.body}
    taken = writer.post(editor, keyed(do="preview_case", case_no=case_no, **fields))
    assert taken.content.startswith(b"%PDF")
    assert ReadLog.objects.filter(purpose="template_preview", subject_id=case_id, refused=False).count() == 1
    missing = writer.post(editor, keyed(do="preview_case", case_no="99010020990101000001", **fields))
    assert missing.status_code == 422
    early = world.submitted()
    none_yet = writer.post(editor, keyed(do="preview_case", case_no=Case.objects.get(id=early).case_no, **fields))
    assert none_yet.status_code == 422 and "请换一件" in none_yet.content.decode()


def test_numbers_are_set_on_a_page(world: World, visit: Visit) -> None:  # noqa: F811
    head = signed_in("head")
    head.get("/desk/documents/numbering")
    assert "还没有设定机关代字" in visit(head, "/desk/documents/numbering").content.decode()
    refused = head.post("/desk/documents/numbering", keyed(agency="清市监", pattern="{word}{serial}"))
    assert refused.status_code == 422 and "{word}{serial}" in refused.content.decode()
    assert head.post("/desk/documents/numbering", keyed(agency="清市监")).status_code == 302
    assert "清市监许受〔2026〕1号" in head.get("/desk/documents/numbering").content.decode()
    case_id = accepted(world)
    assert CaseDocument.objects.get(case_id=case_id, kind="acceptance_notice").number == "清市监许受〔2026〕1号"


def test_numbers_go_on_where_the_old_system_stopped(world: World) -> None:  # noqa: F811
    head, where = signed_in("head"), "/desk/documents/numbering"
    head.post(where, keyed(agency="清市监", seal="行政审批专用章（2）"))
    go_on = {"do": "series", "series": "licensing/acceptance_notice"}
    wrong = head.post(where, keyed(**go_on, next_no="零"))
    assert wrong.status_code == 422 and "请填写 1 到" in wrong.content.decode()
    assert "请选择一种文书" in head.post(where, keyed(do="series", next_no="5")).content.decode()
    assert head.post(where, keyed(**go_on, next_no="129")).status_code == 302
    page = head.get(where).content.decode()
    assert "清市监许受〔2026〕129号" in page and "行政审批专用章（2）" in page
    case_id = accepted(world)
    paper = CaseDocument.objects.get(case_id=case_id, kind="acceptance_notice")
    assert paper.number == "清市监许受〔2026〕129号"
    back = head.post(where, keyed(**go_on, next_no="12"))
    assert back.status_code == 422 and "下一个已经是 130 号" in back.content.decode()
    assert 'value="12"' in back.content.decode(), "what was typed is kept"
    assert signed_in("reviewer").post(where, keyed(**go_on, next_no="500")).status_code == 403


def test_a_text_that_is_not_yet_in_force_can_be_taken_back(world: World) -> None:  # noqa: F811
    writer, head = signed_in("reviewer"), signed_in("head")
    begun = writer.post(KIND, keyed())["Location"]
    draft = writer.get(begun).content.decode()
    body = catalogue.kind("licensing", KIND.rsplit("/", 1)[1]).body
    title = catalogue.kind("licensing", KIND.rsplit("/", 1)[1]).title
    assert draft and writer.post(begun, keyed(title=title, body=body, why="试改")).status_code == 302
    published = head.post(begun, keyed(do="publish", effective_from="2026-09-01 09:00"))
    assert published.status_code == 302, published.content.decode()
    page = head.get(KIND).content.decode()
    assert "取消，不让它生效" in page and "取消，不让它生效" not in writer.get(KIND).content.decode()
    assert writer.post(f"{begun}/cancel", keyed()).status_code in {403, 404}
    assert head.post(f"{begun}/cancel", keyed()).status_code == 302
    page = head.get(KIND).content.decode()
    assert "已取消，没有生效" in page and "取消，不让它生效" not in page
    assert head.post(f"{begun}/cancel", keyed()).status_code == 409, "twice is once"
    again = writer.post(KIND, keyed())["Location"]
    writer.post(again, keyed(title=title, body=body, why="再改"))
    head.post(again, keyed(do="publish"))
    assert "第 3 版" in head.get(KIND).content.decode(), "the number of what was cancelled stays used"
    assert head.post(f"{again}/cancel", keyed()).status_code == 409, "in force is in force"


def test_others_have_no_business_with_texts(world: World) -> None:  # noqa: F811
    for name in ("clerk", "owner"):
        assert signed_in(name).get("/desk/documents").status_code == 403
        assert signed_in(name).get(KIND).status_code == 403
    assert signed_in("reviewer").get("/desk/documents/numbering").status_code == 403
    assert signed_in("reviewer").get("/desk/documents/licensing/site_check_record").status_code == 404


def test_how_papers_are_served_is_offered_while_it_may_still_change(world: World) -> None:  # noqa: F811
    case_id = world.submitted()
    owner, where = signed_in("owner"), f"/my/cases/{case_id}"
    assert (
        f'href="{where}/service"' in owner.get(where).content.decode()
        and owner.get(f"{where}/service").status_code == 200
    )
    world.act("owner", case_id, "withdraw")
    world.act("system", case_id, "archive")
    assert (
        f'href="{where}/service"' not in owner.get(where).content.decode()
        and owner.get(f"{where}/service").status_code == 404
    )
