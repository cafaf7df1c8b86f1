"""Papers: what is drawn, what cannot be drawn, what is written down about either."""

from __future__ import annotations

import logging
import re
from datetime import date
from typing import Any

import pypdfium2 as pdfium
import pytest
from django.db import IntegrityError, transaction

from tests.rig.queries import count_queries
from tongqu.kernel.acts.models import Event
from tongqu.kernel.records import queries, typeset
from tongqu.kernel.records.content import DEMO_NOTE
from tongqu.kernel.records.models import Document, ELicence
from tongqu.kernel.records.tests.making import BUREAU, HOLDER, NOTICE, SYSTEM, licence, paper

pytestmark = pytest.mark.usefixtures("monday")
RARE = "独孤𬭎"
LONG = "明川" + "清溪秋实餐饮管理服务连锁" * 8 + "有限公司"


def pages(document: Document) -> list[str]:
    """The text of each page as a reader copies it, without blanks and line ends."""
    pdf = queries.document_pdf(SYSTEM.tenant_id, document.id)[1]
    return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pdfium.PdfDocument(pdf)]


def test_a_paper_holds_its_words_its_code_and_its_demonstration_mark() -> None:
    document = paper()
    (text,) = pages(document)
    code = "-".join(re.findall("....", document.token))
    for part in (BUREAU, NOTICE["title"], "清溪区秋实小馆：", "2026年3月2日", code, "第1页共1页", DEMO_NOTE):
        assert part in text, part


def test_long_names_rare_characters_and_many_pages_are_drawn_whole() -> None:
    text = "".join(
        pages(
            paper(
                LONG[:96] + RARE, paragraphs=[{"text": "经营场所的清洗消毒设施没有与食品处理区分开。" * 60, "mark": ""}]
            )
        )
    )
    assert LONG[:96] + RARE in text
    for mark in ("第1页共3页", "第3页共3页"):
        assert mark in text
    assert text.count(DEMO_NOTE) == 3


def test_names_beyond_the_common_set_are_drawn_and_each_looks_different() -> None:
    """Implementation level 3 of GB 18030-2022, and letters that stand in foreign passports."""
    seen = set()
    for name in ("王𠀾", "王𪚥", "王𫜴", "王𬺡", "王𮯠", "Nguyễn Thị Hằng"):
        pdf = queries.document_pdf(SYSTEM.tenant_id, paper(name, holder_kind="person").id)[1]
        page = pdfium.PdfDocument(pdf)[0]
        assert name in page.get_textpage().get_text_range().replace("\r\n", "")
        seen.add(page.render(crop=(0, 600, 300, 90)).to_pil().tobytes())
    assert len(seen) == 6


@pytest.mark.parametrize("paragraphs", [1, 6, 8, 9, 12, 13, 14, 20, 26, 27, 28])
def test_seal_and_code_never_stand_on_a_page_without_text(paragraphs: int) -> None:
    """A text a little too long is set closer; otherwise the last paragraph goes over with the seal."""
    said = [{"text": f"第{n}段说明经营场所的清洗消毒设施没有与食品处理区分开。", "mark": ""} for n in range(paragraphs)]
    text = pages(paper(paragraphs=said))
    assert all(mark in text[-1] for mark in (f"第{paragraphs - 1}段", "2026年3月2日", "签收人", "核验码"))
    assert "".join(text).count("没有与食品处理区分开。") == paragraphs


def test_an_ordinary_paper_is_set_at_its_ease_and_a_little_more_still_fits_one_page() -> None:
    said = {"text": "你（单位）提出的食品经营许可（新办）申请，申请材料齐全，符合法定形式，现在决定受理。", "mark": ""}
    assert [len(pages(paper(paragraphs=[said] * n))) for n in (3, 8, 11)] == [1, 1, 2]


@pytest.mark.parametrize(
    "text",
    [
        "经营场所的清洗消毒设施没有与食品处理区分开，", "请看《办法》（第3条）。", "网址https://www.example.gov.cn/permits/list.html",
        "WWWWWW与MMMMMM、@@@@@@与%%%%%%",
    ],
)  # fmt: skip
def test_a_text_that_is_not_measured_fits_the_page_it_is_said_to_fit(text: str) -> None:
    """The layout counts lines of 27 squares, and 11 lines, before it measures: no text may need more."""
    for lines in range(1, 12):
        long = (text * 30)[: 27 * lines - 4]
        for said in ([long], [(text * 30)[:24]] * lines):
            assert len(pages(paper(paragraphs=[{"text": one, "mark": ""} for one in said]))) == 1, (lines, said)


def test_a_licence_is_one_page_with_all_its_lines() -> None:
    (text,) = pages(licence().document)
    for part in ("食品经营许可证", "经营者名称", "清溪区秋实小馆", "JY29901020000017", "发证机关", BUREAU, DEMO_NOTE):
        assert part in text, part


def test_data_is_never_markup() -> None:
    hostile = '#panic("x") *粗* $x$ \\ #read("base.typ") @a <b> [c] //d "e"'
    (text,) = pages(paper(hostile))
    assert re.sub(r"\s", "", hostile) in text


def test_the_same_data_makes_the_same_bytes() -> None:
    data = {
        **NOTICE, "date_iso": "2026-03-02", "token": "x", "verify_at": "x", "qr_svg": typeset.qr_svg("x"),
        "seal_note": "", "demo_note": "",
    }  # fmt: skip
    assert typeset.render("notice", data) == typeset.render("notice", dict(reversed(data.items())))
    with pytest.raises(typeset.UnknownPaper):
        typeset.render("no-such", data)


def test_characters_that_cannot_be_drawn_are_named_to_the_clerk_and_not_to_the_log(caplog: Any) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(typeset.MissingGlyph) as caught:
        paper("陈立\U0003134f😀\U0003134f", holder_kind="person")
    error = caught.value
    assert error.characters == "\U0003134f😀" and error.code_points == ("U+3134F", "U+1F600")
    assert "\U0003134f（U+3134F）" in str(error.message) and str(error.remedy)
    assert "U+3134F" in caplog.text and "accept_notice" in caplog.text
    event = Event.objects.get(kind="records.document_not_made")
    assert event.body["code_points"] == ["U+3134F", "U+1F600"] and event.subject_kind == "case"
    for told in (caplog.text, str(error), str(event.body)):
        assert "陈" not in told and "\U0003134f" not in told
    assert not Document.objects.exists()


def test_events_and_payload_of_a_persons_paper_hold_no_name() -> None:
    document = paper("欧阳立秋", holder_kind="person")
    assert document.payload["recipient"] == "欧＊＊＊" and "立秋" not in str(document.payload)
    bodies = str(list(Event.objects.values_list("body", flat=True)))
    assert "欧" not in bodies and document.token not in bodies


def test_a_number_is_given_once_for_its_type() -> None:
    licence()
    with pytest.raises(IntegrityError), transaction.atomic():
        licence(valid_to=date(2027, 1, 1))
    assert ELicence.objects.count() == 1 and Document.objects.count() == 1


def test_reading_papers_takes_few_queries() -> None:
    for n in range(3):
        licence(number=f"JY2990102000001{n}")
    with count_queries() as count:
        found = [row.document.title for row in queries.licences_of(SYSTEM.tenant_id, [HOLDER])]
    assert len(found) == 3 and count <= 1, count
    with count_queries() as count:
        queries.document_pdf(SYSTEM.tenant_id, Document.objects.order_by("id")[0].id)
    assert count <= 3, count  # the paper, the holder's key; one of them is this test's own
