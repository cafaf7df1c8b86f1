"""Patterns of XPath: the examples of the specification, agreement with another engine, and hostile ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.feel.patterns import Pattern, PatternError, PatternTooCostly, PatternTooLarge, compile_pattern

POEM = "Kaum hat dies der Hahn gesehen,\nfängt er auch schon an zu krähen:\nKikeriki! Kikikerikih!!\nTak, tak, tak!"


@pytest.mark.parametrize(
    ("text", "pattern", "flags", "answer"),
    [
        ("abracadabra", "bra", "", True), ("abracadabra", "^a.*a$", "", True), ("abracadabra", "^bra", "", False),
        (POEM, "Kaum.*krähen", "", False), (POEM, "Kaum.*krähen", "s", True), (POEM, "^Kaum.*gesehen,$", "m", True),
        (POEM, "^Kaum.*gesehen,$", "", False), (POEM, "kiki", "i", True), ("a.b", "a.b", "q", True),
        ("axb", "a.b", "q", False), ("helloworld", "hello world", "x", True), ("hello world", r"hello\ sworld", "x", True),
        ("hello world", "hello[ ]world", "x", True), ("e", "[a-z-[aeiou]]", "", False), ("b", "[a-z-[aeiou]]", "", True),
        ("办件", r"^\p{Lo}+$", "", True), ("办件", r"^\p{IsCJKUnifiedIdeographs}+$", "", True),
        ("٣", r"^\d$", "", True), ("a-b:c", r"^\i\c*$", "", True), ("-a", r"^\i", "", False), ("a_1", r"^\w+$", "", False),
        ("K", "[A-Z]", "i", True), ("ſ", "s", "i", True), ("\r", "^.$", "", False), ("ab", "(a)(b)?", "", True),
        ("2026-03-02", r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "", True), ("aa", "^a{3,}$", "", False), ("", "^$", "", True),
        ("hello", r"(.)\1", "", True), ("helo", r"(.)\1", "", False), ("abAB", r"(ab)\1", "i", True),
    ],
)  # fmt: skip
def test_matching(text: str, pattern: str, flags: str, answer: bool) -> None:
    assert compile_pattern(pattern, flags).is_match(text) is answer


@pytest.mark.parametrize(
    ("text", "pattern", "replacement", "answer"),
    [
        ("abracadabra", "bra", "*", "a*cada*"), ("abracadabra", "a.*a", "*", "*"),
        ("abracadabra", "a.*?a", "*", "*c*bra"), ("abracadabra", "a", "", "brcdbr"),
        ("abracadabra", "a(.)", "a$1$1", "abbraccaddabbra"), ("AAAA", "A+", "b", "b"), ("AAAA", "A+?", "b", "bbbb"),
        ("darted", "^(.*?)d(.*)$", "$1c$2", "carted"), ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "[1=ab][2=]cd"),
        ("a", "(a)", "$12", "a2"), ("5元", "([0-9]+)元", r"\$$1", "$5"),
    ],
)  # fmt: skip
def test_replacing(text: str, pattern: str, replacement: str, answer: str) -> None:
    assert compile_pattern(pattern).replace(text, replacement) == answer


def test_splitting() -> None:
    assert compile_pattern(r"\s+").split("The cat  sat") == ["The", "cat", "sat"]
    assert compile_pattern(r"\s*,\s*").split(",a , b,") == ["", "a", "b", ""]
    assert compile_pattern("，").split("") == [""]


@pytest.mark.parametrize(
    ("pattern", "flags", "code"),
    [
        ("(", "", "group"), (")", "", "group"), ("a**", "", "quantifier"), ("*a", "", "quantifier"), ("[b-a]", "", "range"),
        ("a{2,1}", "", "range"), ("a{", "", "syntax"), ("]", "", "syntax"), ("}", "", "syntax"), ("[", "", "syntax"),
        ("[]", "", "syntax"), ("(?=a)", "", "syntax"), ("\\", "", "escape"), (r"\y", "", "escape"),
        (r"\p{Xx}", "", "category"), (r"\p{IsNowhere}", "", "category"), (r"\1(a)", "", "back-reference"),
        ("a", "g", "flag"), ("a{200000}", "", "too-large"), ("^*", "", "quantifier"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(pattern: str, flags: str, code: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, flags)
    assert caught.value.code == code and caught.value.zh and caught.value.en


def test_what_matches_nothing_splits_and_replaces_nothing() -> None:
    for pattern in ("a*", "", "^", "(a?)", "a{0}"):
        for use in (lambda p: p.replace("b", "x"), lambda p: p.split("b")):
            with pytest.raises(PatternError) as caught:
                use(compile_pattern(pattern))
            assert caught.value.code == "matches-empty"
    for replacement in ("$", "$x", "\\", "\\n"):
        with pytest.raises(PatternError) as caught:
            compile_pattern("a").replace("a", replacement)
        assert caught.value.code == "replacement"


HOSTILE = ["(a*)*b", "(a|a)*b", "(a+a+)+b", "((a*)*)*b", "(a|aa)+$b", "^(([a-z])+.)+[A-Z]([a-z])+$"]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_makes_it_slow(pattern: str) -> None:
    """Ten times the text takes about ten times the steps: counted, not timed."""

    def steps(length: int) -> int:
        from tongqu.foundation.feel.patterns.matching import Simulation

        found = compile_pattern(pattern)
        assert found.program is not None
        one = Simulation(found.program, "a" * length, lines=False, slots=0, steps=10_000_000)
        assert one.matches() is False
        return 10_000_000 - one.steps

    assert steps(1000) <= 12 * steps(100)


def test_what_would_take_too_long_is_stopped() -> None:
    with pytest.raises(PatternTooCostly):
        compile_pattern(r"(a*)*\1b").is_match("a" * 300)
    with pytest.raises(PatternTooCostly):
        compile_pattern("((a?){1,30}){1,30}b").is_match("a" * 2000)
    with pytest.raises(PatternTooLarge):
        compile_pattern("((a{100}){100}){100}")
    with pytest.raises(PatternError):
        compile_pattern("(" * 500 + ")" * 500)


ATOMS = st.sampled_from(["a", "b", "c", ".", "[ab]", "[^a]", "(a)", "(a|b)", "(?:ab)", r"\s", "[a-c-[b]]"])
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,2}", "??", "*?", "+?"])
PATTERNS = st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=4).map("".join)
TEXTS = st.text("abc \n", max_size=8)


def spans(found: Pattern, text: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in found.finditer(text)]


@settings(max_examples=300, deadline=None)
@given(PATTERNS, TEXTS)
def test_it_finds_what_another_engine_finds(pattern: str, text: str) -> None:
    """On the language that both have; `.` leaves out a return here too, which the texts have none of."""
    other = re.compile(pattern.replace("[a-c-[b]]", "[ac]"))
    assert compile_pattern(pattern).is_match(text) is (other.search(text) is not None)
    first = other.search(text)
    assert spans(compile_pattern(pattern), text)[:1] == ([first.span()] if first else [])


@settings(max_examples=200, deadline=None)
@given(st.text("ab(|)*+?[]^-\\{},1d$.", max_size=12), TEXTS)
def test_whatever_is_typed_ends_in_an_answer_or_an_error(pattern: str, text: str) -> None:
    try:
        found = compile_pattern(pattern)
        found.is_match(text)
        found.replace(text, "x")
    except PatternError as error:
        assert error.zh
