from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.kernel.acts.errors import Conflict, Invalid, Refused
from tongqu.kernel.directory.rules import codes, duties
from tongqu.kernel.directory.rules.dating import Span, broken, close
from tongqu.kernel.directory.rules.editions import Changes, compare, explain
from tongqu.kernel.directory.tests.places import TREE, listed

# --- codes ----------------------------------------------------


@pytest.mark.parametrize(
    ("code", "full", "level"),
    [
        ("33", "330000000000", 1),
        ("3301", "330100000000", 2),
        ("330106", "330106000000", 3),
        ("330106109", "330106109000", 4),
        ("330106109001", "330106109001", 5),
    ],
)
def test_a_code_of_any_width_has_one_form_and_a_level(code: str, full: str, level: int) -> None:
    assert codes.normalise(code) == full
    assert codes.level_of(full) == level
    assert codes.significant(full) == code


@pytest.mark.parametrize(
    "bad", ["", "3", "330", "33010", "3301061", "33010610900", "3301061090011", "33010x", "٣٣", "00"]
)
def test_what_is_no_code_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        codes.normalise(bad)


@given(st.from_regex(r"[1-9][0-9]{11}", fullmatch=True))
def test_ancestors_rise_one_after_the_other_and_never_repeat(code: str) -> None:
    line = codes.line(code)
    assert list(line) == sorted(set(line)), "the nearest has the largest code, which lead_unit relies on"
    levels = [codes.level_of(one) for one in line]
    assert levels == sorted(set(levels)) and levels[0] == 1
    assert all(code.startswith(codes.significant(one)) for one in line)


def test_a_town_of_a_city_without_counties_stands_under_the_city() -> None:
    assert codes.above("441900003000") == "441900000000"
    assert codes.ancestors("441900003001") == ("440000000000", "441900000000", "441900003000")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("110101001000", "street"),
        ("110101100000", "town"),
        ("110101200000", "township"),
        ("110101400000", "township_like"),
        ("110101001001", "residents"),
        ("110101100201", "villagers"),
        ("110101100498", "village_like"),
        ("110101000000", ""),
        ("110101600000", ""),
    ],
)
def test_the_digits_tell_the_kind_of_township_and_village(code: str, kind: str) -> None:
    assert codes.category(code) == kind


# --- dating ----------------------------------------------------

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 1, 1))


@given(st.lists(DAYS, min_size=1, max_size=12), DAYS)
def test_whatever_is_changed_when_each_day_has_at_most_one_row(days: list[date], asked: date) -> None:
    series = [Span(days[0])]
    for on in days[1:]:
        try:
            series[-1] = close(series[-1], on)
        except Conflict:
            assert on < series[-1].start
            continue
        series.append(Span(on))
    assert broken(series) == []
    assert sum(span.holds(asked) for span in series) == (asked >= min(span.start for span in series))


def test_a_series_that_has_ended_cannot_be_changed() -> None:
    with pytest.raises(Conflict) as refused:
        close(Span(date(2020, 1, 1), date(2021, 1, 1)), date(2022, 1, 1))
    assert refused.value.code == "ended"


@given(DAYS, st.one_of(st.none(), DAYS), DAYS, st.one_of(st.none(), DAYS), DAYS)
def test_an_overlap_holds_what_both_hold(a: date, b: date | None, c: date, d: date | None, asked: date) -> None:
    one, other = Span(a, b), Span(c, d)
    both = one.overlap(other)
    assert (both is not None and both.holds(asked)) == (one.holds(asked) and other.holds(asked))


# --- duties ----------------------------------------------------


@given(st.dictionaries(st.integers(0, 8), st.one_of(st.none(), st.integers(0, 8))))
def test_a_ring_is_found_if_there_is_one(parents: dict[int, int | None]) -> None:
    def rises(node: int | None) -> bool:
        for _step in range(20):
            if node is None:
                return True
            node = parents.get(node)
        return False

    ring = duties.cycle(parents)
    assert bool(ring) == (not all(rises(node) for node in parents))
    assert all(parents[ring[n - 1]] == node for n, node in enumerate(ring))


def test_no_post_and_no_person_joins_two_of_the_three_administrators() -> None:
    assert duties.separated(["head", "audit_admin"]) == "audit_admin"
    with pytest.raises(Refused):
        duties.separated(["system_admin", "audit_admin"])
    duties.check_separation(["system_admin"], {"system_admin", "head"})
    duties.check_separation(["head"], {"system_admin", "security_admin"})
    with pytest.raises(Refused):
        duties.check_separation(["system_admin"], {"security_admin"})


# --- editions ----------------------------------------------------

FULL = {codes.normalise(code): name for code, name in TREE.items()}


def _diff(new: dict[str, str], *told: tuple[str, str, str], old: dict[str, str] = FULL, whole: bool = True) -> Changes:
    edition = listed(new, successions=told, whole=whole)
    return explain(compare(sorted(old.items()), edition), edition, old)


def test_the_same_list_changes_nothing() -> None:
    assert not _diff(TREE)


def test_a_new_name_under_the_same_code_is_a_rename() -> None:
    changes = _diff(TREE | {"980103": "新西区"})
    assert changes.renamed == {"980103000000": "新西区"}
    assert not (changes.added or changes.ended or changes.recoded)


def test_a_list_that_is_not_whole_ends_nothing() -> None:
    changes = _diff({"980102003": "四街道"}, whole=False)
    assert list(changes.added) == ["980102003000"] and not changes.ended


def test_a_whole_list_ends_only_on_its_own_levels_and_in_its_own_provinces() -> None:
    towns = {code: name for code, name in TREE.items() if len(code) <= 9 and code != "980103001"}
    old = FULL | {"970000000000": "别省"}
    changes = _diff(towns, old=old)
    assert list(changes.ended) == ["980103001000"], "no village and no other province"


def test_a_county_given_a_new_code_keeps_its_places() -> None:
    moved = {code.replace("980103", "980113"): name for code, name in TREE.items()}
    changes = _diff(moved)
    assert changes.recoded == {
        "980103000000": "980113000000",
        "980103001000": "980113001000",
        "980103001001": "980113001001",
    }
    assert changes.inferred == set(changes.recoded) and not changes.added and not changes.ended


def test_two_candidates_of_one_name_are_not_guessed_at() -> None:
    old = FULL | {"980102003000": "同名街道", "980102004000": "同名街道"}
    new = TREE | {"980102013": "同名街道", "980102014": "同名街道"}
    changes = _diff(new, old=old)
    assert not changes.recoded and len(changes.added) == 2 and changes.lost == 2


def test_a_merger_told_by_the_source_carries_the_towns_along() -> None:
    new = {code: name for code, name in TREE.items() if not code.startswith("980103")}
    new |= {"980102009": "三街道", "980102009001": "丙社区"}
    changes = _diff(new, ("merged", "980103", "980102"))
    assert changes.recoded == {"980103001000": "980102009000", "980103001001": "980102009001"}
    assert [relation.new for relation in changes.relations] == ["980102000000"] and changes.lost == 0


def test_a_split_told_by_the_source() -> None:
    new = {code: name for code, name in TREE.items() if code != "980102001002"}
    new |= {"980102001003": "乙一社区", "980102001004": "乙二社区"}
    told = [("split", "980102001002", "980102001003"), ("split", "980102001002", "980102001004")]
    changes = _diff(new, *told)
    assert len(changes.relations) == 2 and changes.lost == 0 and len(changes.added) == 2


def test_two_places_may_swap_codes() -> None:
    new = TREE | {"980102001": "二街道", "980102002": "一街道"}
    told = [("recoded", "980102001", "980102002"), ("recoded", "980102002", "980102001")]
    old = {code: name for code, name in FULL.items() if codes.level_of(code) < 5}
    changes = _diff({c: n for c, n in new.items() if len(c) < 12}, *told, old=old)
    assert changes.recoded == {"980102001000": "980102002000", "980102002000": "980102001000"}
    assert changes.names == {"980102002000": "一街道", "980102001000": "二街道"}
    assert not (changes.renamed or changes.added or changes.ended)


@pytest.mark.parametrize(
    "told",
    [
        ("recoded", "980102", "980102003"),  # still there
        ("recoded", "980177", "980102003"),  # never was
        ("merged", "980103", "980199"),  # into nothing
        ("vanished", "980103", "980102"),
    ],
)
def test_a_change_the_list_does_not_bear_out_is_refused(told: tuple[str, str, str]) -> None:
    new = {code: name for code, name in TREE.items() if not code.startswith("980103")}
    with pytest.raises(Invalid):
        _diff(new, told)


SMALL = st.dictionaries(
    st.sampled_from([f"9801020{n:02d}" for n in range(1, 9)]), st.sampled_from("甲乙丙丁戊"), min_size=1
)


@given(SMALL, SMALL)
def test_applying_the_changes_to_the_old_list_gives_the_new_one(old: dict[str, str], new: dict[str, str]) -> None:
    full_old = {codes.normalise(code): name for code, name in old.items()}
    full_new = {codes.normalise(code): name for code, name in new.items()}
    changes = _diff(new, old=full_old)
    now = {code: name for code, name in full_old.items() if code not in changes.ended and code not in changes.recoded}
    now |= changes.renamed | changes.added
    now |= {code: changes.names[code] for code in changes.recoded.values()}
    assert now == full_new
    assert len(set(changes.recoded.values())) == len(changes.recoded)
    assert not changes.recoded.keys() & changes.ended.keys()
