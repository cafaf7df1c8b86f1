"""What a person types finds what an office wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import han
from tongqu.foundation.han import fold, initials, initials_variants, normalise, pinyin, terms, words

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=10)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ＡＢＣ　１２３", "ABC 123"),
        ("  明川市 \t 云桥区\u200b ", "明川市 云桥区"),
        ("阿卜杜‧买买提", "阿卜杜·买买提"),
        ("• 第一项", "• 第一项"),
        ("（新办），办理！", "（新办），办理！"),
        ("一\r\n 二 \r三", "一\n二\n三"),
        ("\u202e倒写\u202c", "倒写"),
        ("e\u0301", "é"),
        ("葛\U000e0100", "葛\U000e0100"),
        ("𠮷", "𠮷"),
    ],
)
def test_what_is_stored(typed: str, stored: str) -> None:
    assert normalise(typed) == stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ（新办）", "abc(新办)"),
        ("葛\U000e0100市", "葛市"),
        ("Straße", "STRASSE"),
        ("①号\n楼", "1号 楼"),
        ("㎡", "m2"),
    ],
)
def test_what_compares_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(TEXT)
def test_both_forms_are_final(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
    assert fold(fold(text)) == fold(text) == fold(normalise(text))
    assert "\n" not in fold(text)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("食品经营许可", "spjyxk"), ("食品经营许可（新办）", "spjyxkxb"), ("5G基站", "5gjz"), ("银行", "yh"),
        ("行政许可", "xzxk"), ("重庆", "cq"), ("重要", "zy"), ("音乐", "yy"), ("旅游", "ly"),
        ("", ""), ("，。", ""), ("〇", "l"),
    ],
)  # fmt: skip
def test_initials_in_context(text: str, letters: str) -> None:
    assert initials(text) == letters
    assert letters in initials_variants(text)


def test_pinyin_in_context() -> None:
    assert pinyin("重庆ABC的银行") == ["chong", "qing", "abc", "de", "yin", "hang"]
    assert pinyin("旅") == ["lv"]
    assert pinyin("\U000323af") == ["\U000323af"]


@pytest.mark.parametrize(
    ("text", "typed"), [("长期护理", "zqhl"), ("行业", "xy"), ("重点", "cd"), ("车辆", "jl"), ("调解", "dj")]
)
def test_initials_read_the_other_way(text: str, typed: str) -> None:
    assert typed in initials_variants(text)
    assert typed in terms(text)


@given(st.text(st.sampled_from("长行重乐调朝传"), max_size=12))
def test_variants_are_bounded(text: str) -> None:
    found = initials_variants(text)
    assert initials(text) in found and 1 <= len(found) <= 16
    assert all(len(letters) == len(text) for letters in found)


@pytest.mark.parametrize(
    "query",
    [
        "食品",
        "许可",
        "经营许可",
        "spjyxk",
        "jyxk",
        "SPJYXK",
        "shipin",
        "ShiPin XuKe",
        "shipinjingyingxuke",
        "新办",
        "ｓｐｊｙｘｋ",
        "证3",
    ],
)
def test_ways_to_find_a_service(query: str) -> None:
    assert words(query) <= terms("食品经营许可（新办）证3")


@pytest.mark.parametrize("query", ["饭馆", "spjy2", "婚姻"])
def test_and_ways_not_to(query: str) -> None:
    assert not words(query) <= terms("食品经营许可（新办）")


@given(HAN, st.data())
def test_a_part_shares_all_its_words_with_the_whole(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert words(text[start:end]) <= words(text)


@given(HAN)
def test_one_syllable_and_one_letter_for_each_character(text: str) -> None:
    assert len(pinyin(text)) == len(initials(text)) == len(text)
    assert initials(text) in initials_variants(text)


@given(TEXT)
def test_terms_do_not_depend_on_width_or_case(text: str) -> None:
    assert terms(text) == terms(fold(text))
    assert all(term and " " not in term for term in terms(text))


def test_prose_gets_no_initials() -> None:
    prose = "为规范食品经营许可活动加强食品经营监督管理"
    assert initials(prose) not in han.sounds(prose)
    assert "shipin" in han.sounds(prose)
