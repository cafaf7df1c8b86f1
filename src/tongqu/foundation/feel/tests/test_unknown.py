"""Unknown is not false: what a missing fact leaves open, and what is settled without it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tongqu.foundation.feel.evaluating import evaluate
from tongqu.foundation.feel.values import Partial, Unknown

OPEN = {
    "age > 60": {"age"}, "age + 1": {"age"}, "age > 60 and income < 100": {"age", "income"}, "not(age > 60)": {"age"},
    "if age > 60 then 1 else 2": {"age"}, "age in [1..5]": {"age"}, "age between 1 and income": {"age", "income"},
    "some i in [1, age] satisfies i > 60": {"age"}, "sum([1, age])": {"age"}, "person.kids.age": {"person.kids"},
    "person.age >= 18": {"person.age"}, "[1, 2, 3][item > age]": {"age"}, "[1, 2][age]": {"age"}, "age = 3": {"age"},
    "max(1, age)": {"age"}, "for i in list return i": {"list"}, 'contains(name, "a")': {"name"}, "[age..5]": {"age"},
    "all([true, ok])": {"ok"}, "list contains([1, age], 2)": {"age"}, "age instance of number": {"age"},
    "-age": {"age"}, "age != 3": {"age"}, "{a: age}.a": {"age"}, "every i in [1, age] satisfies i < 60": {"age"},
    "sort([1, 2], function(a, b) ok)": {"ok"}, "list replace([1], function(a, b) ok, 2)": {"ok"},
    "string([[age]])": {"age"}, "string({a: {b: age}})": {"age"}, "index of([[age]], [1])": {"age"},
    "distinct values([[age], [1]])": {"age"}, "union([{a: age}], [{a: 1}])": {"age"},
}  # fmt: skip
SETTLED: dict[str, Any] = {
    "age > 60 and false": False, "true or age > 60": True, "known > 3 or age > 60": True, "any([true, ok])": True,
    "if age > 60 then 5 else 5": Decimal(5), "some i in [70, age] satisfies i > 60": True,
    "count([1, age])": Decimal(2),
    "every i in [70, age] satisfies i < 60": False, "list contains([2, age], 2)": True, "person.name": "秋",
    "known in (3, 5, age)": True, "{a: age, b: 1}.b": Decimal(1), "if known = 5 then 1 else age": Decimal(1),
    "all([false, ok])": False,
}  # fmt: skip
FACTS = {"known": Decimal(5), "person": Partial({"name": "秋"}, "person")}


@pytest.mark.parametrize(("text", "needs"), OPEN.items())
def test_what_depends_on_a_missing_fact_is_unknown_and_names_it(text: str, needs: set[str]) -> None:
    value = evaluate(text, {**FACTS}, partial=True).value if "person" in text else _partly(text)
    assert value == Unknown(frozenset(needs))


def _partly(text: str) -> Any:
    from tongqu.foundation.feel.evaluating import compile_expression

    return compile_expression(text, ["age", "income", "ok", "name", "list"]).evaluate(FACTS, partial=True).value


@pytest.mark.parametrize(("text", "wanted"), SETTLED.items())
def test_what_is_settled_without_it_is_known(text: str, wanted: Any) -> None:
    value = _partly(text)
    assert value == wanted and type(value) is type(wanted)


def test_without_partial_what_is_missing_is_null() -> None:
    assert evaluate("age > 60", {}).value is None
