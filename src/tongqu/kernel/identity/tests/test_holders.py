"""The register of who holds personal data: no table that refers to a person is forgotten, on my data or at erasure."""

from __future__ import annotations

import pytest
from django.apps import apps
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import ERASED, Holder, Subject
from tongqu.kernel.law import grounds, register


def covered() -> dict[str, str]:
    return {label: holder.code for holder in holders.holders() for label in holder.models}


def test_every_table_with_a_reference_to_a_person_has_a_holder_or_a_reason() -> None:
    known = {**covered(), **holders.excused()}
    forgotten = sorted(
        m._meta.label for m in apps.get_models() if holders.touches_a_person(m) and m._meta.label not in known
    )
    assert not forgotten, f"register a Holder in the room's apps.py, or excuse these with a reason: {forgotten}"


def test_nothing_is_covered_or_excused_that_does_not_exist_and_nothing_twice() -> None:
    labels = {m._meta.label for m in apps.get_models()}
    assert set(covered()) <= labels
    assert set(holders.excused()) <= labels
    assert not set(covered()) & set(holders.excused())
    assert all(len(reason) > 15 for reason in holders.excused().values())


def test_the_test_finds_a_table_that_refers_to_a_person() -> None:
    """The rule itself can fail: tables known to refer to people are seen, tables of pure structure are not."""
    from tongqu.kernel.cases.models import Case, NumberSeries
    from tongqu.kernel.ledger.models import LedgerNode
    from tongqu.kernel.notices.models import Notice

    assert holders.touches_a_person(Case)
    assert holders.touches_a_person(Notice)
    assert not holders.touches_a_person(NumberSeries)
    assert not holders.touches_a_person(LedgerNode)


def test_every_section_names_rules_that_exist_and_is_found_by_its_code() -> None:
    codes = [one.code for holder in holders.holders() for one in holder.sections]
    assert len(codes) == len(set(codes))
    for holder in holders.holders():
        for section in holder.sections:
            assert section.basis
            assert all(register.latest(rule_id) for rule_id in (*section.basis, *filter(None, [section.kept_rule])))
            assert holders.section_of(section.code) == (holder, section)


@pytest.mark.parametrize("code", ["keep.case_running", "keep.licence_valid", "keep.archive", "keep.heads_business"])
def test_what_stands_in_the_way_is_a_ground_with_its_source(code: str) -> None:
    found = grounds.ground(code)
    assert found.rule_id and found.source + found.instrument


@given(names=st.lists(st.text(min_size=2, max_size=6), min_size=1, max_size=3), around=st.text(max_size=20))
def test_a_redacted_value_contains_no_name(names: list[str], around: str) -> None:
    kept = [n for n in names if n not in ERASED]
    subject = Subject(default_tenant(), None, "person", "", names=tuple(sorted(kept, key=len, reverse=True)))
    value = {"a": [f"{around}{name}{around}" for name in kept], "b": 3}
    found = subject.redacted(value)
    assert found["b"] == 3
    for text in found["a"]:
        for name in kept:
            assert name not in text.replace(ERASED, "\x00")


def test_a_holder_that_forgets_a_duty_says_so() -> None:
    with pytest.raises(NotImplementedError):
        Holder().count(Subject(default_tenant(), None, "person", ""), "x")
