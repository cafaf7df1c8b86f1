from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.search import rules

letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("shipinjingyingxuke", ["shi", "pin", "jing", "ying", "xu", "ke"]),
        ("kaifanguan", ["kai", "fan", "guan"]),
        ("xian", ["xian"]),
        ("nvshi", ["nv", "shi"]),
        ("spjyxk", []),
        ("", []),
    ],
)
def test_syllables(word: str, parts: list[str]) -> None:
    assert rules.syllables(word) == parts


@given(letters)
def test_syllables_are_the_word_cut(word: str) -> None:
    assert "".join(rules.syllables(word)) in {word, ""}


@given(letters, st.data())
def test_one_slip_either_way(word: str, data: st.DataObject) -> None:
    other = data.draw(st.sampled_from(sorted(rules.slips(word))))
    assert word in rules.slips(other)
    assert word not in rules.slips(word)
    assert abs(len(other) - len(word)) <= 1


@given(st.text(max_size=400))
def test_a_plan_is_bounded_and_worth_at_most_all(text: str) -> None:
    plan = rules.plan(text)
    slots = [slot for reading in plan.readings for slot in reading.slots]
    assert len(slots) <= rules.SLOTS
    assert len(plan.readings) <= rules.READINGS
    assert all(reading.slots for reading in plan.readings)
    assert sum(len(slot.terms) for slot in slots) < 20_000
    for slot in slots:
        assert all(0 < worth <= 1 for worth in slot.terms.values())
        assert all(len(term) <= 2 * rules.TERM_LENGTH for term in slot.terms)


@given(st.text(max_size=100))
def test_whatever_is_indexed_is_found_by_itself(title: str) -> None:
    indexed = rules.postings([title])
    for reading in rules.plan(title).readings[:1]:
        for slot in reading.slots:
            assert any(term in indexed for term in slot.terms)


def test_everyday_words_and_fillers() -> None:
    plan = rules.plan("我想开一家奶茶店需要什么材料")
    assert any("食品" in slot.terms for slot in plan.readings[1].slots)
    assert rules.plan("怎么办理").readings  # nothing but fillers: they are then what is looked for
    assert not rules.plan("、，。 !?")


def test_a_room_may_add_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = rules._words()
    monkeypatch.setattr(rules, "_words", lambda: rules._Words(dict(kept.everyday), {}, list(kept.fillers)))
    words = rules._words()
    monkeypatch.setattr(rules, "_words", lambda: words)
    file = tmp_path / "words.yaml"
    file.write_text("everyday: {居住证申领: [暂住证]}\nfillers: [麻烦]\n", encoding="utf-8")
    rules.add_words(file)
    assert any("居住" in slot.terms for reading in rules.plan("麻烦办暂住证").readings for slot in reading.slots)
    assert any("居住" in slot.terms for reading in rules.plan("zanzhuzheng").readings for slot in reading.slots)


def test_weights() -> None:
    found = rules.postings(["食品"], ["许可"], ["食品说明许可"])
    assert (found["食品"], found["许可"], found["说明"]) == (rules.TITLE, rules.KEYWORD, rules.BODY)
    assert "shuoming" not in found  # the body is found by its words, not by its sound
