"""What is signed and printed at the window, and what a clerk is told is missing."""

from __future__ import annotations

import io
import re

import pytest
from pypdf import PdfReader

from tongqu.domains.services.counter.models import Filing
from tongqu.domains.services.tests.test_counter import (
    ITEM,
    file,
    number,
    opened,
    papers,
    received,
    screen,
    signed_in,
    typed,
)
from tongqu.kernel.acts import relay
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.jobs import worker
from tongqu.kernel.records.models import Document
from tongqu.kernel.records.queries import document_pdf

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]
AGENT = {
    "capacity": "agent", "name": "何守一", "id_no": number("99010219780221315"), "letter_until": "2027-01-31",
}  # fmt: skip


def test_the_statement_says_who_signs_it_and_as_what(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk, **AGENT)
    page = clerk.get(f"{screen(row)}/statement").content.decode()
    assert "何守一" in page and "代理人" in page and "居民身份证" in page
    assert AGENT["id_no"] not in page, "the number is on the case, not on a sheet that lies about"
    assert "何守一" in clerk.get(screen(row)).content.decode(), "nor does the clerk lose sight of who stands there"


def test_an_agents_letter_is_handed_in_with_the_rest(world: World) -> None:
    """行政许可法 29: a window has no electronic letter, so the paper one lies with the case."""
    clerk = signed_in("clerk")
    row = opened(clerk, **AGENT)
    page = clerk.get(screen(row)).content.decode()
    assert 'name="letter_of_authority"' in page and "不用上传" not in page
    others = {m: file() for m in ("premises_plan", "declaration")}
    refused = clerk.post(screen(row), typed(world, row, **others))
    assert refused.status_code == 422 and "请交上“授权委托书”" in refused.content.decode()
    signed = {m: file() for m in ("letter_of_authority", "declaration")}
    assert clerk.post(screen(row), typed(world, row, **signed)).status_code == 302
    assert "授权委托书" in clerk.get(f"/desk/cases/{row.case_id}").content.decode()
    world.act("clerk", row.case_id, "request_supplement", inputs={"material__letter_of_authority": "没有写明权限"})


def test_who_handles_the_case_sees_how_it_came_and_who_acts_in_it(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk, **AGENT)
    sent = {m: file() for m in ("premises_plan", "letter_of_authority", "declaration")}
    assert clerk.post(screen(row), typed(world, row, **sent)).status_code == 302
    page = clerk.get(f"/desk/cases/{row.case_id}").content.decode()
    told = re.search(r"怎么提出的.*?</dd>", page, re.DOTALL)
    assert told and "窗口" in told[0]
    acts = re.search(r">办理人<.*?</dd>", page, re.DOTALL)
    assert acts and "何守一" in acts[0] and "代理人" in acts[0]
    online = clerk.get(f"/desk/cases/{world.submitted()}").content.decode()
    head = re.search(r">办理人<.*?</dd>", online, re.DOTALL)
    assert "网上" in online and head and "陈立秋" in head[0] and "代理人" not in head[0], "the head is no agent"


def test_the_head_himself_needs_no_letter(world: World) -> None:
    clerk = signed_in("clerk")
    assert 'name="letter_of_authority"' not in clerk.get(screen(opened(clerk))).content.decode()


def test_the_declaration_and_its_signature_stay_on_one_sheet(world: World) -> None:
    clerk = signed_in("clerk")
    page = clerk.get(f"{screen(opened(clerk))}/statement").content.decode()
    kept = re.search(r'<section class="[^"]*keep-whole[^"]*">(.*?)</section>', page, re.DOTALL)
    assert kept and "我已逐项核对无误" in kept[1] and "签名" in kept[1]


def test_the_signed_statement_is_called_what_it_is_on_the_case(world: World) -> None:
    clerk = signed_in("clerk")
    page = clerk.get(f"/desk/cases/{received(clerk, world).id}").content.decode()
    assert "申请人签名的确认单" in page
    assert "现场核查照片" not in page, "nobody has been there yet"


def test_the_statement_of_what_is_received_leads_to_its_receipt(world: World) -> None:
    """Back, or a bookmark: no page that can only be loaded again."""
    clerk = signed_in("clerk")
    row = Filing.objects.get(case_id=received(clerk, world).id)
    reply = clerk.get(f"{screen(row)}/statement")
    assert reply.status_code == 302 and reply["Location"] == f"{screen(row)}/done"
    assert "data-await" in clerk.get(f"{screen(row)}/done").content.decode(), "its receipt is being made"


def test_the_receipt_does_not_say_that_a_walk_in_filled_in_a_form_online(world: World) -> None:
    case = received(signed_in("clerk"), world)
    relay.drain()
    worker.run_pending()
    made = Document.objects.get(subject_id=case.id)
    text = "".join(
        page.extract_text() for page in PdfReader(io.BytesIO(document_pdf(made.tenant_id, made.id)[1])).pages
    )
    assert "窗口录入" in text and "网上填写" not in text


def test_what_is_wrong_with_the_papers_is_told_in_the_order_of_the_page(world: World) -> None:
    reply = signed_in("clerk").post(f"/desk/counter/new/{ITEM}", papers(name="", id_no="", credit_code=""))
    page = reply.content.decode()
    listed = re.findall(r'<a href="#f-(\w+)">', page)
    assert listed[:3] == ["id_no", "name", "credit_code"]
    assert "请填写居民身份证号码" in page, "not the card: its number"


def test_the_summary_names_the_material_that_is_missing(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    page = clerk.post(screen(row), typed(world, row, declaration=file())).content.decode()
    summary = page[page.index('id="errors"') : page.index("data-material")]
    assert "请交上“主要设备设施、经营布局和操作流程”" in summary
