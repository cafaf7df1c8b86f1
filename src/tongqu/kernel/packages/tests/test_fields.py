"""What is shown, needed and derived, for any values."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import (
    check_values,
    derived_values,
    effective,
    holds,
    materials,
    required_fields,
    visible_fields,
)
from tongqu.kernel.packages.tests.samples import food

PACKAGE = Package.of(food())
OFFERED = {
    name: [o["value"] for o in f["options"]] if "options" in f else ["", "文昌街道", "86.5", "13800000000"]
    for name, f in PACKAGE.fields.items()
}


@st.composite
def filled(draw: st.DrawFn) -> dict[str, Any]:
    """Any subset of the fields with offered values, and some rubbish."""
    values: dict[str, Any] = {}
    for name, offered in OFFERED.items():
        if draw(st.booleans()):
            several = PACKAGE.fields[name]["widget"] == "checkboxes"
            one = st.sampled_from(offered)
            values[name] = draw(st.lists(one, unique=True) if several else one)
    return values | draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2))


@given(filled())
def test_needed_is_shown_and_only_what_is_shown_counts(values: dict[str, Any]) -> None:
    shown = set(visible_fields(PACKAGE, values))
    assert required_fields(PACKAGE, values) <= shown
    assert set(check_values(PACKAGE, values)) <= shown
    counted = effective(PACKAGE, values)
    assert set(counted) <= shown | set(derived_values(PACKAGE, values))
    assert effective(PACKAGE, counted) == counted, "what counts stays what counts"


@given(filled())
def test_what_is_hidden_changes_nothing(values: dict[str, Any]) -> None:
    shown = visible_fields(PACKAGE, values)
    bare = {name: values[name] for name in shown if name in values}
    assert visible_fields(PACKAGE, bare) == shown
    assert materials(PACKAGE, bare) == materials(PACKAGE, values)
    assert check_values(PACKAGE, bare).keys() == check_values(PACKAGE, values).keys()


@given(filled())
def test_a_draft_is_told_less_than_a_submission(values: dict[str, Any]) -> None:
    draft, whole = check_values(PACKAGE, values, complete=False), check_values(PACKAGE, values)
    assert draft.keys() <= whole.keys()
    assert {p.code for name, p in whole.items() if name not in draft} <= {"missing"}


RUBBISH = st.none() | st.integers() | st.lists(st.text(max_size=3)) | st.text()


@given(st.dictionaries(st.sampled_from(list(OFFERED)), RUBBISH))
def test_hostile_values_are_refused_and_break_nothing(values: dict[str, Any]) -> None:
    check_values(PACKAGE, values)
    materials(PACKAGE, values)


def test_conditions() -> None:
    several = {"items": ["a", "b"], "one": "a", "none": "", "empty": []}
    assert holds(None, {})
    assert holds({"field": "items", "equals": "b"}, several)
    assert holds({"field": "items", "in": ["x", "a"]}, several)
    assert holds([{"field": "one", "equals": "a"}, {"field": "items", "equals": "b"}], several)
    assert not holds([{"field": "one", "equals": "a"}, {"field": "items", "equals": "x"}], several)
    for name in ("none", "empty", "absent"):
        assert not holds({"field": name, "in": ["", "a"]}, several)
