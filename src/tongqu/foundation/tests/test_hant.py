"""繁體 as people reviewed it, and questions in either script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import hant

TRAPS = {
    "决定之后": "決定之後", "皇后": "皇后", "文件里": "文件裡", "3公里": "3公里", "邻里": "鄰里",
    "发给执照": "發給執照", "理发店": "理髮店", "页面": "頁面", "面馆、米面": "麵館、米麵", "平台": "平台",
    "柜台": "櫃檯", "只卖食品": "只賣食品", "两只": "兩隻", "系统": "系統", "关系": "關係", "联系电话": "聯繫電話",
    "若干规定": "若干規定", "干净": "乾淨", "干部": "幹部", "行政复议": "行政復議", "复查": "複查",
    "书面答复": "書面答覆",
    "准予许可": "准予許可", "经批准": "經批准", "标准": "標準", "以文书为准": "以文書為準", "制发机关": "製發機關",
    "管理制度": "管理制度", "记录制度": "記錄制度", "注册": "註冊", "注意": "注意", "签署": "簽署", "标签": "標籤",
    "申请表": "申請表", "手表": "手錶", "日历": "日曆", "历史": "歷史", "互相冲突": "互相衝突", "合并办理": "合併辦理",
    "并发送短信": "並發送短信", "应当回避": "應當迴避", "周末": "週末", "才能": "才能", "现场核查": "現場核查",
}  # fmt: skip


@pytest.mark.parametrize(("simple", "traditional"), TRAPS.items())
def test_a_character_that_stands_for_several_is_the_one_meant(simple: str, traditional: str) -> None:
    assert hant.traditional(simple) == traditional
    assert list(hant.unreviewed(simple)) == []


def test_an_undecided_character_is_reported_with_what_stands_around_it() -> None:
    assert list(hant.unreviewed("这里的山谷")) == [] and list(hant.unreviewed("他姓干")) == [("他姓干", "幹")]


def test_every_reviewed_word_keeps_its_length_and_is_about_a_trap() -> None:
    reviewed = hant.reviewed()
    for word, becomes in reviewed.words.items():
        assert len(word) == len(becomes) and set(word) & reviewed.several, word
    assert set(reviewed.usual) <= reviewed.several
    assert set("后里发面台只系干复准制注签云周表历致松谷余沈") <= reviewed.several


@given(st.text(max_size=200))
def test_anything_is_converted_to_the_same_length(text: str) -> None:
    assert len(hant.traditional(text)) == len(text)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=100))
def test_placeholders_and_latin_text_stay(text: str) -> None:
    assert hant.traditional(text) == hant.simplified(text) == text


@pytest.mark.parametrize(
    ("asked", "known"), [("開飯館", "开饭馆"), ("食品經營許可證", "食品经营许可证"), ("髮廊", "发廊")]
)
def test_a_question_in_traditional_characters(asked: str, known: str) -> None:
    assert hant.simplified(asked) == known and hant.simplified(known) == known
