"""FEEL by example: what each expression gives, after the specification (DMN 1.5, chapter 10)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tongqu.foundation.feel.evaluating import evaluate
from tongqu.foundation.feel.functions.conversion import said

FACTS: dict[str, Any] = {
    "x": Decimal(5), "名字": "秋实小馆", "年 收入": Decimal(60000), "a+b": Decimal(7), "date of birth": "秋",
    "p": {"age": Decimal(17), "first name": "立秋", "kids": [{"age": Decimal(3)}, {"age": Decimal(9)}]},
    "nothing": None, "if only": Decimal(2), "for ever": Decimal(4),
}  # fmt: skip

GIVES = {
    "arithmetic": {
        "1 + 2 * 3": "7", "(1 + 2) * 3": "9", "-2 ** 2": "4", "2 ** 3 ** 2": "64", "10 / 4": "2.5", "0.1 + 0.2": "0.3",
        "1 / 3": "0.3333333333333333333333333333333333", ".5 + 1e2": "100.5", "-x": "-5", "7 - -1": "8",
        "x - 1": "4", "1 / 0": "null", "0 ** -1": "null", "0 ** 0": "1", '@"P1D" / 1e-6143': "null", '1 + "a"': "null", '"a" + "b"': "ab", "1 + null": "null",
    },
    "comparison": {
        "1 = 1.0": "true", '"a" < "b"': "true", "1 != 2": "true", "null = null": "true", "1 = null": "false",
        "null != 1": "true", '1 = "1"': "null", "1 < null": "null", "true = false": "false", "true < false": "null",
        "[1, 2] = [1, 2]": "true", "[1, 2] = [2, 1]": "false", "{a: 1, b: 2} = {b: 2, a: 1}": "true",
        "x between 1 and 5": "true", "x between 6 and 9": "false", "x in [1..5)": "false", "x in (1, 5)": "true",
        "x in (< 3, > 4)": "true", "x in > 4": "true", "x in [1, 2]": "false", "5 in [[1..3], [4..6]]": "true",
        "x in ]4..6[": "true", "x in (= 5)": "true", "x in (!= 5)": "false", "5 in (null..10]": "null",
        '@"2026-03-02" < @"2026-03-03"': "true", '@"10:00:00Z" = @"18:00:00+08:00"': "true",
        '@"10:00:00" = @"10:00:00Z"': "false",
    },
    "logic": {
        "true and null": "null", "false and null": "false", "true or null": "true", "false or null": "null",
        "null and null": "null", 'true and "a"': "null", 'false and "a"': "false", "not(true)": "false",
        "not(null)": "null", 'not("a")': "null", "all([true, true])": "true", "all([])": "true",
        "all([true, null])": "null", "any([false, null])": "null", "any([])": "false", "any()": "null",
        "if true then 1 else 2": "1", "if null then 1 else 2": "2", "if 1 then 1 else 2": "2",
    },
    "names": {
        "名字": "秋实小馆", "年 收入 / 12": "5000", "a+b": "7", "a+b + 1": "8", "p.first name": "立秋", "p.age": "17",
        "p.nobody": "null", "nobody": "null", "date of birth": "秋", "if only + 1": "3", "if if only = 2 then for ever else 0": "4", "p.kids.age": "[3, 9]",
        "{年 龄: 3, 双倍: 年 龄 * 2}.双倍": "6", "{a: 1, b: {c: a + 1}}.b.c": "2", '{"a b": 1}.a b': "1",
        "1 /* one */ + 2 // two": "3",
    },
    "lists": {
        "[1, 2, 3][2]": "2", "[1, 2, 3][-1]": "3", "[1, 2, 3][0]": "null", "[1, 2, 3][4]": "null",
        "[1, 2, 3][item > 1]": "[2, 3]", "p.kids[age > 5].age": "[9]", "5[1]": "5", "5[2]": "null", "null[1]": "null",
        "5[item > 3]": "[5]", "[][1]": "null", "[1, 2][true]": "[1, 2]", "count(p.kids)": "2",
        "for i in 1..3 return i * 2": "[2, 4, 6]", "for i in 3..1 return i": "[3, 2, 1]",
        "for i in [1, 2], j in [10, 20] return i + j": "[11, 21, 12, 22]",
        "for i in 1..5 return if i < 3 then 1 else partial[-1] + partial[-2]": "[1, 1, 2, 3, 5]",
        'for d in @"2026-02-28"..@"2026-03-01" return string(d)': '["2026-02-28", "2026-03-01"]',
        "for i in [1..3] return i": "[1, 2, 3]", "for i in null return i": "null", "some i in [1, 2] satisfies i > 1": "true",
        "every i in [1, 2] satisfies i > 1": "false", "some i in [] satisfies i > 1": "false",
        "every i in [] satisfies i > 1": "true", "some i in [null, 2] satisfies i > 1": "true",
    },
    "functions": {
        "(function(a, b) a + b)(1, 2)": "3", "{double: function(n: number) n * 2, r: double(4)}.r": "8",
        '{f: function(n: number) n, r: f("a")}.r': "null", "{f: function(a, b) a - b, r: f(b: 1, a: 5)}.r": "4",
        "{fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(5)}.r": "120",
        "sort([3, 1, 2], function(a, b) a > b)": "[3, 2, 1]", "abs(n: -1)": "1", "abs()": "null", "abs(1, 2)": "null",
        "nobody(1)": "null", "x(1)": "null", "string length(string: \"秋实\")": "2",
    },
    "texts": {
        'substring("foobar", 3)': "obar", 'substring("foobar", 3, 3)': "oba", 'substring("foobar", -2, 1)': "a",
        'substring("😀ab", 2)': "ab", 'substring("a", 0)': "null", 'upper case("ß")': "SS", 'contains("办件", "件")': "true",
        'substring before("foobar", "bar")': "foo", 'substring after("foobar", "ob")': "ar", 'substring after("a", "")': "a",
        'substring before("foobar", "x")': "", 'starts with("foo", "f")': "true", 'ends with("foo", "f")': "false",
        'matches("foobar", "^fo*b")': "true", 'matches("a", "[")': "null", 'replace("abracadabra", "bra", "*")': "a*cada*",
        'split("a;b;;c", ";")': '["a", "b", "", "c"]', 'string join(["a", null, "b"], "-")': "a-b",
        'string join(["a", "b"])': "ab", "string join([1])": "null", r'"a\"b\\c\u4e2d"': 'a"b\\c中', r'"\uD83D\uDE00"': "😀",
    },
    "numbers": {
        "decimal(2.5, 0)": "2", "decimal(1/3, 2)": "0.33", "round half up(2.5, 0)": "3", "round half down(2.5, 0)": "2",
        "round up(-5.1, 0)": "-6", "round down(-5.9, 0)": "-5", "floor(-1.5)": "-2", "ceiling(1.2)": "2",
        "floor(1.56, 1)": "1.5", "decimal(125, -1)": "120", "modulo(-12, 5)": "3", "modulo(12, -5)": "-3",
        "modulo(1, 0)": "null", "sqrt(16)": "4", "sqrt(-1)": "null", "log(1)": "0", "exp(0)": "1", "odd(5)": "true",
        "even(1.5)": "false", 'number("1 000,5", " ", ",")': "1000.5", 'number("1,000.5", ",", ".")': "1000.5",
        'number("x", null, null)': "null", "min([3, 1])": "1", "max(1, 2, null)": "null", "sum([1, 2])": "3", "sum([])": "null",
        "sum(1, 2, 3)": "6", "mean([1, 2, 4])": "2.333333333333333333333333333333333", "median([6, 1, 2, 3])": "2.5",
        "stddev(2, 4, 7, 5)": "2.081665999466132735282297706979931", "mode([6, 3, 9, 6, 6, 9, 9])": "[6, 9]",
        "product([2, 3, 4])": "24", 'min(["b", "a"])': "a", "count(null)": "null",
        "min(n: 1)": "1", "max(n: [1, 2])": "2",
    },
    "list functions": {
        "append([1], 2, 3)": "[1, 2, 3]", "concatenate([1], [2, 3])": "[1, 2, 3]", "concatenate()": "null", "union()": "null", "insert before([1, 3], 2, 2)": "[1, 2, 3]",
        "insert before([1], 3, 2)": "null", "remove([1, 2, 3], 2)": "[1, 3]", "reverse([1, 2])": "[2, 1]",
        "index of([1, 2, 1, null], 1)": "[1, 3]", "union([1, 2], [2, 3])": "[1, 2, 3]", "flatten([1, [2, [3]]])": "[1, 2, 3]",
        "distinct values([1, 2, 1.0])": "[1, 2]", "sublist([1, 2, 3], 2)": "[2, 3]", "sublist([1, 2, 3], 1, 2)": "[1, 2]",
        "list contains([1, null], null)": "true", "list replace([1, 2], 2, 9)": "[1, 9]",
        "list replace([2, 4, 7, 8], function(item, newItem) item < newItem, 5)": "[5, 5, 7, 8]",
    },
    "contexts": {
        'get value({a: 1}, "a")': "1", 'get value({a: 1}, "b")': "null", "get entries({a: 1})[1].key": "a",
        'context([{key: "a", value: 1}]).a': "1", 'context put({a: 1}, "b", 2).b': "2",
        'context put({a: {b: 1}}, ["a", "b"], 2).a.b': "2", "context merge([{a: 1}, {a: 2, b: 3}]).a": "2",
        "{a: 1, a: 2}": "!", "string({a: 1, b: [\"c\"]})": '{a: 1, b: ["c"]}',
    },
    "moments": {
        'date("2026-02-30")': "null", 'date(2026, 2, 28) + duration("P1M")': "2026-03-28",
        'date("2026-01-31") + duration("P1M")': "2026-02-28", 'date("2026-03-02") - date("2026-02-28")': "P2D",
        'date and time("2026-03-02T23:00:00+08:00") + duration("PT2H")': "2026-03-03T01:00:00+08:00",
        'time("23:00:00") + duration("PT2H")': "01:00:00", 'duration("P1Y2M") + duration("P10M")': "P2Y",
        'duration("PT90M") * 2': "PT3H", 'duration("P1D") / duration("PT6H")': "4", 'duration("P1Y") / 5': "P2M",
        'duration("P1Y1D")': "null", 'years and months duration(date("2011-12-22"), date("2013-08-24"))': "P1Y8M",
        'years and months duration(@"2013-08-24", @"2011-12-22")': "-P1Y8M", '@"2026-03-02".weekday': "1",
        '@"PT36H30M".hours': "12", '@"-P1DT1H".days': "-1", '@"P14M".years': "1", 'day of week(@"2026-03-02")': "Monday",
        'week of year(date(2026, 1, 1))': "1", 'day of year(@"2026-12-31")': "365", 'month of year(@"2026-03-02")': "March",
        '@"2026-07-01T00:00:00@Europe/Paris".time offset': "PT2H", 'time("10:00:00@Asia/Shanghai").timezone': "Asia/Shanghai",
        'string(@"2026-03-02T10:00:00.500Z")': "2026-03-02T10:00:00.5Z", 'date("-0044-03-15").year': "-44",
        'time("24:00:00")': "00:00:00", 'date and time("2026-12-31T24:00:00Z")': "2027-01-01T00:00:00Z",
        'time("24:00:01")': "null", 'time("24:00:00.5")': "null", 'date and time("999999999-12-31T24:00:00")': "null",
        '@"2017-03-26T01:59:00@Europe/Paris" + @"PT2M"': "2017-03-26T03:01:00@Europe/Paris",
        '(@"2017-03-25T12:00:00@Europe/Paris" + @"P1D") - @"2017-03-25T12:00:00@Europe/Paris"': "P1D",
        '@"2017-10-29T03:00:00@Europe/Paris" - @"PT24H"': "2017-10-28T04:00:00@Europe/Paris",
        'date("999999999-12-31") + duration("P1D")': "null", 'is(@"10:00:00Z", @"10:00:00+00:00")': "true",
        'is(@"10:00:00", @"10:00:00Z")': "false", 'time(10, 30, 0, duration("PT8H"))': "10:30:00+08:00",
        'date and time(@"2026-03-02", @"10:00:00")': "2026-03-02T10:00:00", 'abs(@"-P1D")': "P1D",
    },
    "ranges": {
        "before(1, [2..3])": "true", "before([1..2), 2)": "true", "after(3, [1..3))": "true", "meets([1..2], [2..3])": "true",
        "meets([1..2), [2..3])": "false", "overlaps([1..5], [5..6])": "true", "overlaps before([1..5], [4..6])": "true",
        "overlaps after([4..6], [1..5])": "true", "finishes(5, [1..5])": "true", "finished by([1..5], 5)": "true",
        "includes([1..5], 5)": "true", "includes([1..5), 5)": "false", "during([2..3], [1..5])": "true",
        "starts(1, [1..5])": "true", "started by([1..5], 1)": "true", "coincides([1..5], [1..5])": "true",
        '[ ]1..5[ ].start': "[1]", "[]1..5], 7][2]": "7", "count([]1..5[, ]2..3]])": "2", "count([[], []])": "2", "[][1]": "null",
        '[1..5].start included': "true", "(> 5).end": "null", 'range("[1..3)").end included': "false",
        'range("[3..1]")': "null", 'before(1, "a")': "null", "(< 5) = (null..5)": "false",
    },
    "types": {
        "1 instance of number": "true", "null instance of Any": "false", "null instance of Null": "true",
        '@"P1D" instance of days and time duration': "true", "[1] instance of list<number>": "true",
        '["a"] instance of list<number>': "false", "{a: 1} instance of context<a: number>": "true",
        "{b: 1} instance of context<a: number>": "false", "[1..2] instance of range<number>": "true",
        "abs instance of function<number> -> number": "false",
        "(function(a: number) a) instance of function<number> -> Any": "true", "1 instance of nothing": "!",
    },
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [one for area in GIVES.values() for one in area.items()])
def test_what_it_gives(text: str, wanted: str) -> None:
    """Written as FEEL writes it; `!`: it cannot be read."""
    from tongqu.foundation.feel.diagnostics import FeelError

    if wanted == "!":
        with pytest.raises(FeelError) as caught:
            evaluate(text, FACTS)
        assert caught.value.problem.zh and caught.value.problem.en
        return
    answer = evaluate(text, FACTS)
    assert said(answer.value) == wanted, [str(note) for note in answer.notes]


def test_null_says_why_where_and_how_to_mend_it() -> None:
    answer = evaluate("年收入 * 2", FACTS)
    (note,) = answer.notes[:1]
    assert (answer.value, note.code, note.span.start, note.span.end) == (None, "unknown-name-near", 0, 3)
    assert "年 收入" in note.zh and "did you mean" in note.en
    note = evaluate('1 + "a"', {}).notes[0]
    assert note.zh == "数字和文字不能用“+”计算" and "number and string" in note.en
    assert evaluate("x > 3 and y > 3", {"x": Decimal(4)}).notes[0].span.start == 10


@pytest.mark.parametrize("text", ["1 +", "(1", "[1,", "{a 1}", "if 1 then 2", "for i in 1", '"abc', "1 2", "x between 1",
                                  '@"2026-13-01"', "function(x) external {}", "", "some x in y", "{a: 1, }"])  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(text: str) -> None:
    from tongqu.foundation.feel.diagnostics import FeelError

    with pytest.raises(FeelError) as caught:
        evaluate(text, FACTS)
    problem = caught.value.problem
    assert 0 <= problem.span.start <= len(text) and problem.zh and problem.en


def test_now_is_the_same_throughout_and_can_be_given() -> None:
    from tongqu.foundation.feel.reading_temporal import read_datetime

    at = read_datetime("2026-03-02T10:00:00+08:00")
    assert at is not None
    answer = evaluate("[string(now()), string(today())]", {}, clock=lambda: at)
    assert answer.value == ["2026-03-02T10:00:00+08:00", "2026-03-02"]
    assert evaluate("now() = now()", {}).value is True
