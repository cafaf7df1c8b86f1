"""Whatever is typed ends in an answer or in a clear error: bounded depth, steps and sizes, and no way out to Python."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tongqu.foundation.feel.diagnostics import FeelError, LimitExceeded
from tongqu.foundation.feel.evaluating import compile_expression, evaluate
from tongqu.foundation.feel.functions import BUILTINS
from tongqu.foundation.feel.parser import Parser
from tongqu.foundation.feel.running import Limits
from tongqu.foundation.feel.scanning import Names


class CountingParser(Parser):
    visits = 0

    def skip(self) -> int:
        self.visits += 1
        return super().skip()


HOSTILE = [
    "for a in 1..1000, b in 1..1000, c in 1..1000 return a * b * c",
    "{f: function(n) f(n + 1), r: f(0)}.r",
    "count(for i in 1..100000000 return i)",
    "some a in 1..2000, b in 1..2000 satisfies a + b < 0",
    'for i in 1..40 return if i = 1 then "xxxxxxxxxx" else partial[-1] + partial[-1]',
    "for i in 1..60 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])",
    "sort(for i in 1..20000 return modulo(i * 7919, 10007), function(a, b) a < b)",
    "distinct values(for i in 1..100000 return i)",
    "{f: function(a) sum(for i in 1..1000 return f(a)), r: f(1)}.r",
    'replace(string join(for i in 1..50000 return "aaaaaaaaaa"), "a", "bbbbbbbbbbbbbbbbbbbbbbbbb")',
    "every a in 1..3000 satisfies every b in 1..3000 satisfies a + b > 0",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_would_never_end_is_stopped_with_a_clear_error(text: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        evaluate(text, {}, limits=Limits(seconds=None, steps=50_000, text=100_000))
    assert caught.value.problem.code in {"too-many-steps", "too-deep", "too-large"} and caught.value.problem.zh
    with pytest.raises(LimitExceeded) as caught:
        evaluate(text, {})
    assert caught.value.problem.code in {"too-many-steps", "too-deep", "too-large", "too-slow"}


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "1" + ")" * 5000, "[" * 500, "-" * 3000 + "1", "1" + "+1" * 100_001, "if " * 400, "{a:" * 300,
             "not(" * 300 + "true" + ")" * 300, "f[" * 200, "function(x) " * 200 + "1"],
)  # fmt: skip
def test_nesting_and_length_are_bounded(text: str) -> None:
    try:
        evaluate(text, {})
    except (FeelError, LimitExceeded) as error:
        assert error.problem.zh
    else:
        assert len(text) <= 200_003, "a long sum is no nesting"


@pytest.mark.parametrize(
    "unit",
    [
        "1 in (",
        "f(1 in (",
        "1 in (not(",
        "1[1 in (",
        "[1 in (",
        "[](",
        "[]1..2[,",
        "1[",
        "not(",
        "1 in ((1,",
        "]1[",
        "{a:1 in (",
        "1 in ([]",
    ],
)
def test_reading_does_not_take_exponential_time(unit: str) -> None:
    """Counted in places looked at, not in seconds: the first two of these took seconds at sixteen repetitions."""
    visits: list[int] = []
    for repeated in (8, 16):
        parser = CountingParser(unit * repeated, [Names(BUILTINS)], Names(), {})
        with pytest.raises(FeelError):
            parser.expression()
            parser.ends()
        visits.append(parser.visits)
    assert visits[1] < 12 * visits[0], visits


@pytest.mark.parametrize("text", ["1e6000 * 1e6000", "10 ** 1000000", "9 ** 999999999", "exp(1e6)", "1e-6143 / 1e6000"])
def test_numbers_out_of_range_are_null(text: str) -> None:
    assert evaluate(text, {}).value in (None, Decimal(0)) or evaluate(text, {}).value == 0


@pytest.mark.parametrize(
    "text",
    ['"a".__class__', "{}.__class__", "x.__globals__", "abs.work", "abs.__call__(1)", "@import os", "__import__", "x.real",
     '"{0.__class__}"', "now().astimezone", "[1].append", "function(x) x.__code__"],
)  # fmt: skip
def test_no_expression_reaches_python(text: str) -> None:
    """What is no member of a FEEL value is null, whatever the Python object behind it has."""
    try:
        value = evaluate(text, {"x": Decimal(1)}).value
    except FeelError:
        return
    assert value is None or isinstance(value, str | list) or callable(getattr(value, "call", None))
    assert "class" not in repr(value) or isinstance(value, str)


TWICE = "for i in 1..60 return if i = 1 then [1] else [partial[-1], partial[-1]]"


@pytest.mark.parametrize(
    "text",
    [TWICE, f"({TWICE})[-1].a", f"string(({TWICE})[-1])", f"flatten(({TWICE})[-1])", f"({TWICE})[-1] = ({TWICE})[-1]",
     f"distinct values({TWICE})", f"list contains([({TWICE})[-1]], ({TWICE})[-1])", f"[({TWICE})[-1]] instance of list<{'list<' * 40}Any{'>' * 41}",
     "(for i in 1..90 return if i = 1 then {a: 1} else {a: partial[-1], b: partial[-1]})[-1]",
     "for i in 1..3000 return if i = 1 then [1] else [partial[-1]]",
     f"{{a0: [1], {', '.join(f'a{n}: [a{n - 1}, a{n - 1}]' for n in range(1, 59))}}}"],
)  # fmt: skip
def test_a_value_that_holds_itself_many_times_over_is_not_gone_through_part_by_part(text: str) -> None:
    """A few lines make a list of 2 to the power of 60 parts: nobody could print it, or compare it."""
    with pytest.raises(LimitExceeded) as caught:
        evaluate(text, {})
    assert caught.value.problem.code in {"too-large", "too-deep", "too-many-steps", "too-slow"}


@pytest.mark.parametrize("text", ['@"P1D" * 1e6000', '@"P1Y" * 1e6000', '@"P1D" / 1e-6143', 'string(@"P1D" * 1e5000)', "0 ** -1",
                                  'for i in 1..1000 return if i = 1 then @"P1Y" else sum([partial[-1], partial[-1]])'])  # fmt: skip
def test_durations_and_powers_stay_in_range(text: str) -> None:
    answer = evaluate(text, {})
    last = answer.value[-1] if isinstance(answer.value, list) else answer.value
    assert last is None and answer.notes[0].code in {"out-of-range", "divide-by-zero"}


@pytest.mark.parametrize(
    "text",
    ["1e99999", "9" * 90_000, "1 instance of " + "list<" * 3000 + "number" + ">" * 3000, "[1]" + "[1]" * 20_000, "f" + "()" * 30_000,
     "1" + "+1" * 30_000, "1" + " and 1" * 10_000, "[" + "1," * 40_000 + "1]", "{" + ",".join(f"k {i}: k {i - 1}" for i in range(4_000)) + "}",
     "function(" + ",".join(f"p{i}" for i in range(9_000)) + ") 1", "{a" + " " * 90_000 + "b}", "1" + "+1" * 300, "\ud800"],
)  # fmt: skip
def test_what_is_too_long_or_too_deep_to_be_read_is_told_so(text: str) -> None:
    """Each is refused while it is read, in time that grows with its length, by an error of ours."""
    with pytest.raises(FeelError) as caught:
        compile_expression(text)
    assert len(caught.value.problem.zh) < 300


def test_a_long_list_of_codes_and_many_names_are_fine() -> None:
    codes = ",".join(f'"3101040{n:05d}"' for n in range(2_000))
    assert evaluate(f"count(distinct values([{codes}]))", {}).value == 2_000
    assert evaluate(" + ".join(f"k {n}" for n in range(150)), {f"k {n}": Decimal(1) for n in range(2_000)}).value == 150


def test_a_long_text_is_replaced_and_split_within_its_limits() -> None:
    facts = {"t": "ab" * 20_000, "long": "b" * 300}
    assert evaluate('string length(replace(t, "^a", long))', facts).value == 40_299
    for text in ('replace(t, "a", long)', 'split(t + t + t + t + t + t, "a")'):
        with pytest.raises(LimitExceeded):
            evaluate(text, facts)


def test_notes_stay_short() -> None:
    answer = evaluate("x" * 50_000 + "(1)", {})
    assert answer.value is None and all(len(note.zh) < 300 for note in answer.notes)


NUMBERS = st.sampled_from(["1", "0", "-2.5", "1e3", "x", "null", '"a"', "true", '@"2026-03-02"', '@"PT1H"', "[1, 2]", "{a: 1}",
                           "[1..3]", "nobody", "p.a", '"\\u4e2d"'])  # fmt: skip
NAMES = st.sampled_from(sorted(BUILTINS))


def wider(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(parts, st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"]), parts).map(" ".join),
        st.tuples(parts, parts, parts).map(lambda t: f"if {t[0]} then {t[1]} else {t[2]}"),
        st.tuples(NAMES, st.lists(parts, max_size=3)).map(lambda t: f"{t[0]}({', '.join(t[1])})"),
        st.tuples(parts, parts).map(lambda t: f"({t[0]})[{t[1]}]"),
        st.tuples(parts, parts).map(lambda t: f"for i in {t[0]} return {t[1]}"),
        st.tuples(parts, parts).map(lambda t: f"some i in {t[0]} satisfies {t[1]}"),
        parts.map(lambda t: f"({t}).a"), parts.map(lambda t: f"[{t}, {t}]"), parts.map(lambda t: f"{{k: {t}}}"),
        parts.map(lambda t: f"-({t})"), parts.map(lambda t: f"({t}) instance of number"),
        st.tuples(parts, parts, parts).map(lambda t: f"({t[0]}) between ({t[1]}) and ({t[2]})"),
    )  # fmt: skip


EXPRESSIONS = st.recursive(NUMBERS, wider, max_leaves=12)
FACTS: dict[str, Any] = {"x": Decimal(3), "p": {"a": Decimal(1)}}
FEW = Limits(steps=20_000, items=5_000, text=20_000)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
@example("(list contains(nobody, 1)).a")
@example("concatenate([1], nobody)")
@example("all(nobody, true)")
def test_every_expression_ends_in_an_answer(text: str) -> None:
    """Also where facts are missing: no error but the two that are foreseen."""
    compiled = compile_expression(text, FACTS)
    for partial in (False, True):
        try:
            answer = compiled.evaluate(FACTS, partial=partial, limits=FEW)
        except LimitExceeded:
            continue
        assert all(note.zh and note.en for note in answer.notes)


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("1a \"'()[]{}<>=.,:?-+*/@function if then\\u中\n"), max_size=30))
def test_every_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        evaluate(text, FACTS, limits=FEW)
    except (FeelError, LimitExceeded) as error:
        assert error.problem.zh and error.problem.en
