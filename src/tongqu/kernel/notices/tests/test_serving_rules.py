"""What the law opens when a document is to be served: by mode, by what was tried, whatever is entered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.law import register
from tongqu.kernel.notices import serving
from tongqu.kernel.notices.serving import Attempt, Tried

DAY = date(2026, 3, 2)
TRIES = st.lists(
    st.builds(
        Tried, st.sampled_from(sorted(serving.modes())), st.sampled_from(["sent", "failed"]),
        st.sampled_from(["", *serving.failures()]),
    ),
    max_size=6,
)  # fmt: skip
WHOLE = {
    "in_person": Attempt("in_person", on=DAY, receiver="陈立秋", relation="self", receipt_kept=True),
    "electronic": Attempt("electronic"),
    "post": Attempt("post", on=DAY, tracking_no="EM123", receiver="陈立秋", relation="self", has_file=True),
    "left": Attempt("left", on=DAY, place="店内", refusal="不愿签收", witness="居委会 王某"),
    "entrusted": Attempt("entrusted", on=DAY, entrusted_to="某局", receiver="陈", relation="self", has_file=True),
    "public_notice": Attempt("public_notice", result="announced", why="查无下落"),
}


def faults(attempt: Attempt) -> set[str]:
    return set(serving.faults_of(attempt, earliest=DAY - timedelta(days=3), today=DAY))


def test_each_mode_rests_on_a_rule_of_the_register() -> None:
    for mode in serving.modes().values():
        assert register.rule(mode.rule).rule_id == mode.rule
    assert set(WHOLE) == set(serving.modes())
    for failure in serving.failures().values():
        assert set(failure.next) <= set(serving.modes()), "what may follow exists"


@pytest.mark.parametrize("mode", sorted(WHOLE))
def test_a_whole_record_is_taken_and_each_part_is_missed(mode: str) -> None:
    whole = WHOLE[mode]
    assert faults(whole) == set()
    for name in serving.modes()[mode].fields:
        assert name in faults(_without(whole, **{name: ""}))


@pytest.mark.parametrize("mode", ["in_person", "post", "entrusted", "left"])
def test_service_needs_proof_and_a_day_that_can_be(mode: str) -> None:
    whole = WHOLE[mode]
    assert faults(_without(whole, receipt_kept=False, has_file=False, witness="")) & {"proof", "witness"}
    assert faults(_without(whole, on=None)) == {"happened_on"}
    assert faults(_without(whole, on=DAY + timedelta(days=1))) == {"happened_on"}
    assert faults(_without(whole, on=DAY - timedelta(days=4))) == {"happened_on"}


def test_what_cannot_be_is_refused_at_its_field() -> None:
    assert faults(Attempt("pigeon")) == {"mode"}
    assert faults(Attempt("in_person", result="sent", on=DAY)) == {"result"}
    assert faults(Attempt("public_notice", result="served", why="x")) == {"result"}
    assert faults(Attempt("post", result="failed", on=DAY)) == {"failure"}
    assert faults(_without(WHOLE["in_person"], relation="neighbour")) == {"relation"}
    assert faults(_without(WHOLE["in_person"], receiver="长" * 101)) == {"receiver"}


@given(TRIES, st.booleans())
def test_electronic_needs_consent_and_public_notice_comes_last(tried: list[Tried], consent: bool) -> None:
    closed = serving.modes_open(tried, consent=consent)
    assert (closed["electronic"] is None) == consent
    failed = [t for t in tried if t.result == "failed"]
    found = any(t.failure in {"moved", "unknown"} for t in failed)
    assert (closed["public_notice"] is None) == (found or len({t.mode for t in failed}) >= 2)
    assert all(closed[m] is None for m in ("in_person", "post", "left", "entrusted"))


@given(TRIES, st.booleans())
def test_what_is_offered_after_a_failure_is_open(tried: list[Tried], consent: bool) -> None:
    offered = serving.next_after(tried, consent=consent)
    closed = serving.modes_open(tried, consent=consent)
    assert all(closed[code] is None for code in offered)
    failed = [t for t in tried if t.result == "failed"]
    if failed and failed[-1].failure in {"refused", "absent", "moved"}:
        assert offered, "there is always a next step"
    if not failed:
        assert offered == []


def _without(attempt: Attempt, **changed: object) -> Attempt:
    from dataclasses import replace

    return replace(attempt, **changed)  # type: ignore[arg-type]
