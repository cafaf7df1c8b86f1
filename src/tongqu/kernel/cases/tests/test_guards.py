"""The file of guards: what stands in the way, in words and by rule; what is wrong in it; what it costs to ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.cases import guards
from tongqu.kernel.cases.facts import Blocker, Check, PlainFacts, Who
from tongqu.kernel.cases.guards import GuardError
from tongqu.kernel.cases.tests.test_rules import PEOPLE, facts, whos

NOBODY = Who(frozenset(), frozenset())
TEXT = {"zh-Hans": "不行", "en": "No"}


class Careful:
    """Facts that must not be asked for more than is named here."""

    def __init__(self, **known: Any) -> None:
        self.__dict__.update(known)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} was read, and nobody needs it")


@given(facts, whos, st.sampled_from(sorted(guards.guards())), st.sampled_from(["zh-hans", "zh-hant", "en"]))
def test_every_guard_answers_any_case_in_every_language(known: PlainFacts, who: Who, name: str, language: str) -> None:
    with translation.override(language):
        found = guards.blocker(name, known, who)
    if found is not None:
        assert found.code and found.message and "{" not in str(found.message)
        assert (language == "en") is str(found.message).isascii() or "登记" in str(found.message)


@pytest.mark.parametrize(
    ("name", "known", "blocked"),
    [
        ("check_settled", {"check_called_for": False}, False),
        ("check_passed", {"check_called_for": False}, False),
        ("first_supplement", {"tally": {}}, False),
        ("demand_still_unmet", {"tally": {}}, True),
        ("confirmed_at_counter", {}, False),
        ("chair_is_not_reviewer", {"opinion_by": frozenset(), "check": None}, False),
    ],
)
def test_a_guard_reads_only_what_its_answer_needs(name: str, known: dict[str, Any], blocked: bool) -> None:
    found = guards.blocker(name, Careful(**known), NOBODY)  # type: ignore[arg-type]
    assert (found is not None) is blocked


def test_words_and_rule_come_from_the_facts() -> None:
    found = guards.blocker("standing_holds", PlainFacts("received", standing_fault=("登记状态不正常", "L1")), NOBODY)
    assert found == Blocker("no-standing", "受理前提不成立：登记状态不正常", "L1")
    late = Blocker("too-late", "已经过期", "L15")
    assert guards.blocker("renewal_open", PlainFacts("received", renewal_fault=late), NOBODY) == late
    kept = guards.blocker("nothing_keeps", PlainFacts("received", kept_by_law=("D23.keep", "{what}档案")), NOBODY)
    assert kept is not None and kept.message == "依法还不能删除：{what}档案" and kept.report


@pytest.mark.parametrize("officers", [frozenset(), frozenset(PEOPLE[:1])])
def test_who_examined_does_not_chair(officers: frozenset[Any]) -> None:
    me = Who(frozenset(), frozenset(), PEOPLE[0])
    known = PlainFacts("under_review", check=Check("signed", "passed", officers=officers))
    assert (guards.blocker("chair_is_not_reviewer", known, me) is None) is (not officers)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"if": "form_erors = null"}, "form_errors"), ({"if": "count(form_errors) >"}, "row 1"),
        ({"if": "count(form_errors)"}, "true or false"), ({"if": 'check.state > 3'}, "row 1"),
        ({"if": 'hearing = 3'}, "row 1"), ({"if": ""}, "guards/x/0/if"), ({"unless": "true"}, "unless"),
        ({"text": {"zh-Hans": "不行"}}, "text"), ({"with": {"why": "standing_fault."}}, "row 1"),
        ({"rule": {"feel": "bann"}}, "no fact bann"), ({"if": "count(form_errors) > 1 and moon"}, "no fact moon"),
    ],
)  # fmt: skip
def test_a_wrong_guard_is_refused_with_its_place(row: dict[str, Any], told: str) -> None:
    sound = {"if": "count(form_errors) > 0", "code": "x", "text": TEXT}
    assert guards.read({"guards": {"x": [sound]}})
    with pytest.raises(GuardError, match=told):
        guards.read({"guards": {"x": [{**sound, **row}]}})
