"""Patterns of XPath: the examples of the specification, agreement with another engine, and hostile ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongqu.foundation.feel.patterns import (
    Match,
    Pattern,
    PatternError,
    PatternTooCostly,
    PatternTooLarge,
    compile_pattern,
)
from tongqu.foundation.feel.patterns import automaton as automata
from tongqu.foundation.feel.patterns.automaton import Automaton
from tongqu.foundation.feel.patterns.classes import CATEGORIES, cases
from tongqu.foundation.feel.patterns.matching import Simulation

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
        ("Mum", r"([md])[aeiou]\1", "i", True), ("DUD", r"([md])[aeiou]\1", "i", True), ("b", r"(a)|b\1", "", True),
        ("x" + "y" * 5000 + "x", r"^(.).*\1$", "", True), ("aa1", r"^(a)\11$", "", True), ("aba", r"^(?:(a)|b)*\1$", "", True),
        ("aab", r"^(?:a?)*(b)\1?$", "", True), ("k", "\u212a", "i", True), ("\u212a", "k", "i", True), ("b", "[^Q]", "i", True),
        ("q", "[^Q]", "i", False), ("i", "[A-Z-[IO]]", "i", False), ("b", "[A-Z-[IO]]", "i", True), ("a", r"\p{Lu}", "i", False),
        ("a", r"[\p{Lu}]", "i", False), ("A", r"[\p{Lu}]", "i", True), ("X", r"^[\p{Lu}x]$", "i", True),
        ("aa", "^a { 2 } $", "x", True), ("a", "( ?: a )", "x", True), ("5", r"\p { Nd }", "x", True), ("[ ", r"^ \ [ [ ] $", "x", True),
        ("a]b", "a]b", "q", True), ("A.B", "a.b", "qi", True), ("a b", "a b", "qx", True), ("a", "a|", "", True), ("", "()", "", True),
        ("\n", "^$", "m", True), ("a\n", "^$", "m", False), ("a\n\nb", "^$", "m", True), ("a\nb", "^b$", "m", True), ("a\n", "a$", "", False),
        ("\r", ".", "s", True), ("^-]", r"^[\^\-\]]+$", "", True), ("-", "[a-]", "", True), ("-", "[-a]", "", True), ("^", "[a^]", "", True),
        ("𠮷", r"^\p{IsCJKUnifiedIdeographsExtensionB}$", "", True), ("𠮷", "^.$", "", True), ("办", r"\P{Lo}", "", False),
        ("-", r"\D", "", True), ("5", r"\D", "", False), ("5", r"[^\D]", "", True), ("a", "^(?:^)*a", "", True), ("aaa", "^a{0003}$", "", True),
        ("ab", "^[a-z-[c-[c]]]+$", "", True), ("xab", "(?:x|a)b", "", True), ("no", "needle", "", False), ("a needle", "needle", "", True),
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
        ("a", "(a)", "$12", "a2"), ("5元", "([0-9]+)元", r"\$$1", "$5"), ("ab", "a(b)?(c)?", "[$0|$1|$2|$3]", "[ab|b||]"),
        ("a", "a", "$" + "0" * 5000, "a"), ("a\\b", r"\\", r"\\\\", r"a\\b"), ("xaay", r"(.)\1", "<$1>", "x<a>y"),
        ("abcdefghijkl", "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$11$1", "kal"),
    ],
)  # fmt: skip
def test_replacing(text: str, pattern: str, replacement: str, answer: str) -> None:
    assert compile_pattern(pattern).replace(text, replacement) == answer


def test_a_replacement_is_a_text_with_the_flag_q() -> None:
    assert compile_pattern("a.b", "q").replace("a.b a\\b", r"$0\n") == r"$0\n a\b"


def test_matches_tell_where_they_are_and_what_took_part() -> None:
    found = compile_pattern("(a)|(b)")
    first, second = found.finditer("xab")
    assert (found.groups, first.start, first.end, second.start, second.end) == (2, 1, 2, 2, 3)
    assert (first.group(), first.group(1), first.group(2), second.group(2)) == ("a", "a", None, "b")


def test_all_cases_of_a_character_are_known() -> None:
    """The places looked at leave none out."""
    for char in map(chr, range(0x20000)):
        for other in (char.lower(), char.upper()):
            if len(other) == 1:
                assert other in cases(char) and char in cases(other), hex(ord(char))
    assert {"I", "i"} <= set(cases("I"))


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
        ("a", "g", "flag"), ("a{200000}", "", "too-large"), ("^*", "", "quantifier"), ("a{,3}", "", "syntax"), ("a{1", "", "syntax"),
        ("a{1,2}{3}", "", "quantifier"), ("a???", "", "quantifier"), ("a|*", "", "quantifier"), ("(?<n>a)", "", "syntax"),
        ("a)", "", "group"), ("[a-c-e]", "", "range"), (r"[a-\d]", "", "range"), (r"[\d-z]", "", "range"), ("[a[b]]", "", "syntax"),
        ("[a-z-[b]c]", "", "syntax"), (r"[\1]", "", "escape"), (r"\0", "", "escape"), (r"(a\1)", "", "back-reference"), (r"\p{L", "", "category"),
        (r"\pL", "", "category"), ("a{" + "9" * 5000 + "}", "", "too-large"), ("a" * 5000, "", "too-large"), (r"[\ ]", "x", "escape"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(pattern: str, flags: str, code: str) -> None:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, flags)
    assert caught.value.code == code and caught.value.zh and caught.value.en
    assert isinstance(caught.value, PatternTooLarge) is (code == "too-large")


def test_the_place_is_that_of_the_pattern_as_written() -> None:
    for pattern, flags, at in (("ab(", "", 3), ("a b (", "x", 5), ("ab**", "", 4), ("a[z-b]", "", 3)):
        with pytest.raises(PatternError) as caught:
            compile_pattern(pattern, flags)
        assert caught.value.at == at and str(at) in caught.value.en


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


HOSTILE = [
    "(a*)*b",
    "(a|a)*b",
    "(a+a+)+b",
    "((a*)*)*b",
    "(a|aa)+$b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(x+x+)+y",
    "(.*)(.*)(.*)[0-9]",
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_pattern_makes_it_slow(pattern: str) -> None:
    """Ten times the text takes about ten times the steps, and only known states where no places are asked for."""
    found = compile_pattern(pattern)

    def steps(length: int) -> int:
        one = Simulation(found.program, "ax" * length, lines=False, steps=10_000_000)
        assert one.search(0) is None
        return 10_000_000 - one.steps

    assert steps(500) <= 12 * steps(50) + 100
    assert found.is_match("ax" * 50_000, steps=2_000) is False


def test_all_matches_together_have_one_budget() -> None:
    """Each of these looks to the end of the text before it is content with one character."""
    with pytest.raises(PatternTooCostly):
        compile_pattern("a.*z|a").replace("a" * 2_000, "b")
    with pytest.raises(PatternTooCostly):
        compile_pattern(r"(a).*\1z|a").split("a" * 2_000)
    assert compile_pattern("[0-9]").replace("12345" * 4_000, "x", steps=100) == "x" * 20_000, (
        "what is left behind earns it"
    )
    with pytest.raises(PatternTooCostly):
        next(compile_pattern("[0-9]+x").finditer("12345" * 4_000, steps=100))


def test_what_would_take_too_long_is_stopped() -> None:
    with pytest.raises(PatternTooCostly):
        compile_pattern(r"(a*)*\1b").is_match("a" * 300)
    with pytest.raises(PatternTooCostly):
        list(compile_pattern("((a?){1,30}){1,30}b").finditer("a" * 2000))
    for pattern in (
        "((a{100}){100}){100}",
        "(" * 500 + ")" * 500,
        "(()){99999}",
        "[a" + "-[a" * 500 + "]" * 501,
        "a" * 50_000,
    ):
        with pytest.raises(PatternTooLarge):
            compile_pattern(pattern)


def test_repeating_nothing_costs_nothing() -> None:
    for pattern in (
        "(?:(?:(?:){99999}){99999}){99999}",
        "(?:" + "(?:){9}" * 900 + "a){4000}",
        "(?:(?:a{0}){99999}|b){900}",
    ):
        assert compile_pattern(pattern).is_match("a" * 4000)


def test_lines_end_before_a_newline_and_none_begins_after_the_last() -> None:
    assert spans(compile_pattern("a$|$", "m"), "b\na\n") == [(1, 1), (2, 3), (3, 3)]
    assert spans(compile_pattern("^|$", "m"), "\n") == [(0, 0)]
    assert spans(compile_pattern("^|$", "m"), "") == [(0, 0)]


@pytest.mark.parametrize("pattern", ["[{}]b|b", "(?:[{}]|a){{1,2}}b", "(?:x?[{}]|a?)*b", r"(x|[{}])y\1"])
def test_a_class_of_many_parts_is_paid_for_where_its_answers_are_not_kept(pattern: str) -> None:
    """Thousands of characters, each looked for in dozens of categories: seconds, had they cost nothing."""
    said = pattern.format("".join(rf"\p{{{name}}}" for name in sorted(CATEGORIES - {"L", "Lo"})))
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 10_000)))
    with pytest.raises(PatternTooCostly):
        compile_pattern(said).is_match(text)
    with pytest.raises(PatternTooCostly):
        list(compile_pattern(said).finditer(text))
    assert compile_pattern(said).is_match(text[:100]) is False


def test_an_ordinary_class_reads_long_texts() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 5_000))) * 8
    assert compile_pattern(r"^[\p{Lo}，。]+$").is_match(text)
    assert compile_pattern(r"\p{Lo}").replace(text, "x") == "x" * len(text)


def test_states_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automata, "MOST_KEPT", 40)
    found = Automaton(compile_pattern("(?:[ab]b[^c]d|bd(?:a|b){3}c)$").program, lines=False)
    for text, answer in (("abdbd" * 30 + "abxd", True), ("abdbd" * 30 + "abcd", False), ("abd" * 20 + "bdabac", True)):
        assert found.matches(text, 100_000) is answer
        assert found.kept <= 41


ATOMS = st.sampled_from(
    ["a", "b", "c", ".", "[ab]", "[^a]", "(a)", "(a|b)", "(?:ab)", r"\s", "[a-c-[b]]", "(a|bc|c)", "(?:a+b|c??a)"]
)
COUNTS = st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,2}", "??", "*?", "+?", "{0}", "{2,}?"])
ROWS = st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=4).map("".join)
PATTERNS = st.tuples(
    st.sampled_from(["", "", "^"]), st.lists(ROWS, min_size=1, max_size=2).map("|".join), st.sampled_from(["", "", "$"])
).map("".join)
TEXTS = st.text("abc \n", max_size=8)


def spans(found: Pattern, text: str) -> list[tuple[int, int]]:
    return [(one.start, one.end) for one in found.finditer(text)]


def groups(found: Pattern, one: Match) -> tuple[str | None, ...]:
    return tuple(one.group(number) for number in range(1, found.groups + 1))


@settings(max_examples=400, deadline=None)
@given(PATTERNS, TEXTS, st.sampled_from(["", "m", "s"]))
def test_it_finds_what_another_engine_finds(pattern: str, text: str, flags: str) -> None:
    """On the language that both have; `.` leaves out a return here too, which the texts have none of."""
    end = r"(?:(?=\n)|(?<!\n)\Z)" if "m" in flags else r"\Z"
    begin = r"(?:\A|(?<=\n)(?!\Z))" if "m" in flags else r"\A"
    said = pattern.replace("[a-c-[b]]", "[ac]").replace("[^a]", "[!a]").replace("^", begin).replace("$", end)
    other = re.compile(said.replace("[!a]", "[^a]"), re.DOTALL if "s" in flags else 0)
    found = compile_pattern(pattern, flags)
    assert found.is_match(text) is (other.search(text) is not None)
    first, ours = other.search(text), next(found.finditer(text), None)
    assert (first and (first.span(), first.groups())) == (ours and ((ours.start, ours.end), groups(found, ours)))
    if not found.matches_empty:
        assert spans(found, text) == [one.span() for one in other.finditer(text)]
        assert found.replace(text, "<$0>") == other.sub(r"<\g<0>>", text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(["(a|b)", "(?:b|c)", "a", ".", "(b+)", "(?:a|ab)"]), min_size=1, max_size=3), TEXTS)
def test_back_references_find_what_another_engine_finds(parts: list[str], text: str) -> None:
    pattern = "(a|b|ab)" + "".join(parts) + r"\1"
    first, ours = re.search(pattern, text), next(compile_pattern(pattern).finditer(text), None)
    assert (first and (first.span(), first.groups())) == (
        ours and ((ours.start, ours.end), groups(compile_pattern(pattern), ours))
    )


@settings(max_examples=200, deadline=None)
@given(st.text("ab(|)*+?[]^-\\{},1d$.", max_size=12), TEXTS, st.sampled_from(["", "x", "i", "q", "ms"]))
def test_whatever_is_typed_ends_in_an_answer_or_an_error(pattern: str, text: str, flags: str) -> None:
    try:
        found = compile_pattern(pattern, flags)
        found.is_match(text)
        found.replace(text, "x")
    except PatternError as error:
        assert error.zh
