"""A plain condition is a cell of texts: it says what the engine would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation.conditions import holds
from tongqu.foundation.feel.compiling import compile_tests
from tongqu.foundation.feel.reading import read_tests
from tongqu.foundation.feel.running import Frame, Run

TEXTS = st.text(st.characters(exclude_categories=("C",)), max_size=8) | st.sampled_from(["true", "1", "null", "-"])


def _cell(values: list[str], value: str) -> bool:
    quoted = ('"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"' for one in values)
    return compile_tests(read_tests(", ".join(quoted)))(Frame({}, Run()), value) is True


@given(values=st.lists(TEXTS, min_size=1, max_size=4), given=TEXTS)
def test_equal_texts_and_no_others_as_in_a_cell_of_a_decision_table(values: list[str], given: str) -> None:
    says = holds({"field": "a", "in": values}, {"a": given})
    assert says is (given != "" and _cell(values, given))
    assert holds({"field": "a", "in": values}, {"a": [given]}) is _cell(values, given)
    assert holds({"field": "a", "equals": values[0]}, {"a": given}) is (given != "" and _cell(values[:1], given))
