"""The text of papers: what is refused with which mend, what filling gives, whatever anybody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.records import catalogue, wording
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.wording import Incomplete, Place

PLACES = {
    "item": Place("item", "事项", "样例事项"), "reason": Place("reason", "理由", "样例理由"),
    "demands": Place("demands", "补正内容", ("一", "二"), numbered=True),
    "remedies": Place("remedies", "救济", ("复议", "诉讼")),
}  # fmt: skip


def body_fault(body: str, required: tuple[str, ...] = ()) -> str:
    return str(wording.faults_of("标题", body, PLACES, required).get("body", ""))


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("你的{item", "成对"), ("你的item}", "成对"), ("你的{}申请", "不是"), ("你的{{item}}", "成对"),
        ("你的{itme}申请", "是不是 {item}"), ("你的{__class__}", "不是"), ("{item.__class__}", "不是"),
        ("{item!r}", "不是"), ("你的｛item｝", "全角"), ("须补：{demands}", "单独占一行"), ("字" * 8001, "太长"),
        ("一\n" * 130 + "二", "段落太多"), ("私有\ue000字", "无法显示"), ("坏\ud800字", "无法显示"), ("", "不能为空"),
        ("空\x00字", "无法显示"), ("a" + "\u0301" * 9, "无法显示"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_is_refused_with_the_mend(body: str, told: str) -> None:
    assert told in body_fault(body)


def test_what_the_law_wants_must_stand_in_the_text() -> None:
    assert "{remedies}" in body_fault("理由：{reason}", ("reason", "remedies"))
    assert not body_fault("理由：{reason}\n{remedies}", ("reason", "remedies"))


def test_invisible_marks_go_and_direction_cannot_be_turned() -> None:
    title, body, faults = wording.clean("决\u202e定书", "正\u200b文\u2066")
    assert (title, body, faults) == ("决定书", "正文", {})


def test_filling() -> None:
    values = {"item": "许可", "reason": ""}
    lists = {"demands": ["甲", "乙"], "remedies": ["复议", "诉讼"]}
    text = "你的{item}：\n{demands}\n理由：{reason}\n{remedies}"
    filled = wording.fill(text, values, lists, numbered=["demands"])
    assert [(p["mark"], p["text"]) for p in filled] == [
        ("", "你的许可："), ("1.", "甲"), ("2.", "乙"), ("", "复议"), ("", "诉讼"),
    ]  # fmt: skip
    with pytest.raises(Incomplete):
        wording.fill(text, values, lists, required=["reason"])


@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_a_value_is_never_read_as_text(item: str, reason: str) -> None:
    """Braces and markup in data stand on the paper as they are; nothing in them is a place or a command."""
    values = {"item": item, "reason": reason}
    filled = wording.fill("甲{item}乙", values, {})
    assert "\n".join(p["text"] for p in filled).split() == f"甲{item}乙".split()


@given(st.text(max_size=300))
def test_any_text_is_judged_and_what_passes_can_be_filled(body: str) -> None:
    if not wording.faults_of("标题", body, PLACES, ()):
        _title, clean, _faults = wording.clean("标题", body)
        values = {n: "值" for n, p in PLACES.items() if not p.is_list}
        lists = {n: ["项"] for n, p in PLACES.items() if p.is_list}
        for paragraph in wording.fill(clean, values, lists):
            assert "{" not in paragraph["text"] and "}" not in paragraph["text"]


@given(st.lists(st.sampled_from("甲乙丙丁"), max_size=8), st.lists(st.sampled_from("甲乙丙丁"), max_size=8))
def test_differences_rebuild_both_texts(old: list[str], new: list[str]) -> None:
    lines = wording.differences("\n".join(old), "\n".join(new))
    assert "\n".join(t for s, t in lines if s in " -") == "\n".join(old)
    assert "\n".join(t for s, t in lines if s in " +") == "\n".join(new)


# --- the catalogue: L3 and L12 hold for each kind that they bind -----------------------------------------------------


def test_every_shipped_kind_gives_what_its_laws_ask() -> None:
    assert len(catalogue.kinds()) >= 16
    for kind in catalogue.kinds():
        assert catalogue.faults_of(kind) == []


def test_the_kinds_that_the_law_binds_say_so() -> None:
    """L3: acceptance and non-acceptance. L12: every decision against somebody."""
    bound = {rule: {k.kind for k in catalogue.kinds() if rule in k.binds} for rule in ("L3", "L12")}
    assert bound["L3"] == {"acceptance_notice", "deemed_acceptance_notice", "non_acceptance_decision"}
    assert bound["L12"] == {
        "non_acceptance_decision", "refusal_decision", "retraction_decision", "annulment_decision",
        "deregistration_decision",
    }  # fmt: skip
    for kind in catalogue.kinds():
        told = any("remedies" in catalogue.LAWS[rule].places for rule in kind.binds)
        assert bool(kind.remedies) == told, f"{kind.kind}: being served opens the remedies it tells"


@pytest.mark.parametrize(
    "change", [{"body": "决定不予许可。{reason}"}, {"seal": ""}, {"word": ""}, {"seal": "golden"}, {"binds": ("L99",)}]
)
def test_a_kind_that_could_not_be_lawful_is_not_taken(change: dict[str, object]) -> None:
    good = catalogue.kind("licensing", "refusal_decision")
    fields = {name: getattr(good, name) for name in Kind.__slots__}
    with pytest.raises(catalogue.BadKind):
        catalogue.register([Kind(**{**fields, "kind": "bad", **change})])
    with pytest.raises(catalogue.UnknownKind):
        catalogue.kind("licensing", "bad")


def test_a_note_follows_the_first_paragraph_that_asks_it_once() -> None:
    values = {"days": "5日", "due": "3月9日", "item": "", "contact": "电话"}
    notes = {"days": "依据甲。", "due": "依据甲。", "item": "依据乙。"}
    filled = wording.fill("{item}\n期限{days}，至{due}。\n再说{due}。\n{contact}", values, {}, notes=notes)
    assert [p["text"] for p in filled] == ["期限5日，至3月9日。", "依据甲。", "再说3月9日。", "电话"]
