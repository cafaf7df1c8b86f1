"""Names as people bear them: stored once, sorted as people expect, found by whatever somebody can type."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongqu.foundation import han, names, rare_han

FONTS = Path(names.__file__).parents[1] / "kernel" / "records" / "fonts"
rare = st.integers(0x20000, 0x323AF).map(chr) | st.integers(0x3400, 0x4DBF).map(chr)
han_names = st.text(st.integers(0x4E00, 0x9FFF).map(chr) | rare, min_size=1, max_size=12)


def found_by(typed: str, name: str) -> bool:
    have = names.terms(name)
    return any(
        one.terms <= have or (one.begins and any(term.startswith(one.begins) for term in have))
        for one in names.ask(typed)
    )


# --- private code points ---------------------------------------------------------------------------------------------


def test_private_code_points_follow_the_standard() -> None:
    """The codec knows GB 18030-2000: of row FE it gave 66 their code points and left 14 private."""
    row = [bytes([0xFE, low]).decode("gb18030") for low in (*range(0x50, 0x7F), *range(0x80, 0xA1))]
    assert len(row) == 80
    left = {char for char in row if rare_han.is_private(char)}
    assert len(left) == 14
    for at, char in enumerate(row):
        assigned = rare_han.PRIVATE[chr(0xE815 + at)]
        assert assigned == char or (char in left and not rare_han.is_private(assigned))
    moved = {char for char in left if 0x9FB4 <= ord(rare_han.PRIVATE[char]) <= 0x9FBB}
    vertical = [char for char in rare_han.PRIVATE if 0xE78D <= ord(char) <= 0xE796]
    assert len(moved) + len(vertical) == 18  # what GB 18030-2022 moved
    assert len(left - moved) == 6  # what stays private there, of extension B in Unicode


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("陈\ue863", "陈䶮"),
        ("\ue81e", "龴"),
        ("\ue816", "\U00020087"),
        ("⼀", "一"),
        ("\uf92c", "郎"),
        ("﨑", "﨑"),
        ("\U0002f800", "丽"),
    ],
)
def test_old_and_look_alike_code_points_are_settled_and_said(typed: str, stored: str) -> None:
    read = names.read(typed)
    assert read.text == stored
    assert bool(read.settled) == (typed != stored)


@given(st.text(max_size=30))
def test_settling_settles_once(text: str) -> None:
    once, replaced = rare_han.settle(text)
    assert rare_han.settle(once) == (once, ())
    assert all(one.found in text and one.put not in {"", one.found} for one in replaced)


def test_a_private_character_nobody_knows_is_named() -> None:
    with pytest.raises(names.BadName) as caught:
        names.read("陈\ue123秋")
    assert (caught.value.code, caught.value.at, caught.value.point) == ("private", 2, "U+E123")


# --- the stored form -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "阿依古丽·买买提",
        "阿依古丽.买买提",
        "阿依古丽。买买提",
        "阿依古丽 • 买买提",
        "阿依古丽・买买提",
        "阿依古丽‧买买提",
    ],
)
def test_every_dot_is_the_one_dot(typed: str) -> None:
    assert names.read(typed).text == "阿依古丽·买买提"


@pytest.mark.parametrize(
    "name",
    [
        "Mary-Jane O'Neill",
        "María José Carreño Quiñones",
        "Nguyễn Thị Minh Khai",
        "J. R. Müller",
        "김철수",
        "Łukasz Żak",
    ],
)
def test_foreign_names_stay(name: str) -> None:
    assert names.read(name).text == name


@given(han_names)
def test_rare_han_pass_and_come_back(name: str) -> None:
    stored = names.read(name).text
    assert names.read(stored).text == stored
    assert len(stored) == len(name)


@given(st.text(max_size=130))
def test_a_name_is_read_once_for_all_or_refused(text: str) -> None:
    try:
        name = names.read(text).text
    except names.BadName as error:
        assert error.code in {"empty", "too_long", "characters", "private"}
        return
    assert names.read(name).text == name and 0 < len(name) <= names.LENGTH
    key = names.sort_key(name)
    assert key == names.sort_key(name) and len(key) <= names.KEY_LENGTH
    assert key.isascii() and key.isalnum() and key == key.lower()
    assert all(0 < len(term) <= names.TERM_LENGTH for term in names.terms(name))
    names.ask(text)


# --- order -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("surname", "syllable"),
    [
        ("单", "shan4"),
        ("曾", "zeng1"),
        ("解", "xie4"),
        ("仇", "qiu2"),
        ("查", "zha1"),
        ("区", "ou1"),
        ("朴", "piao2"),
        ("盖", "ge3"),
        ("任", "ren2"),
        ("乐", "yue4"),
        ("翟", "zhai2"),
        ("缪", "miao4"),
        ("冼", "xian3"),
        ("万俟", "mo4"),
        ("尉迟", "yu4"),
        ("单于", "chan2"),
        ("长孙", "zhang3"),
        ("令狐", "ling2"),
    ],
)
def test_surnames_have_their_own_readings(surname: str, syllable: str) -> None:
    assert names.syllables(surname + "明远", person=True)[0] == syllable


def test_lists_are_in_the_order_people_expect() -> None:
    wanted = [
        "阿依古丽·买买提",
        "陈立秋",
        "陈明",
        "独孤𬭎",
        "李娜",
        "连城",
        "吕布",
        "单雄信",
        "沈晓月",
        "解晓东",
        "曾国藩",
        "查良镛",
        "张三",
        "\U0003134a明",
        "Li Na",
        "Mary-Jane O'Neill",
        "Ólafur Arnalds",
        "Zoë",
        "김철수",
    ]
    assert sorted(reversed(wanted), key=names.sort_key) == wanted


def test_a_firm_is_no_person() -> None:
    assert names.sort_key("单县面馆") != names.sort_key("单县面馆", person=False)


@given(st.lists(han_names, min_size=2, max_size=8))
def test_the_order_does_not_depend_on_where_a_list_began(given_names: list[str]) -> None:
    one = sorted(given_names, key=names.sort_key)
    two = sorted(reversed(given_names), key=names.sort_key)
    assert [names.sort_key(n) for n in one] == [names.sort_key(n) for n in two]
    for before, after in pairwise(one):
        assert names.sort_key(before) <= names.sort_key(after)


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "独孤𬭎",
        "独孤",
        "dugu",
        "duguhong",
        "DuGu Hong",
        "dgh",
        "独孤金宏",
        "独孤钅宏",
        "独孤(钅宏)",
        "独孤⿰钅宏",
        "独孤宏金",
        "独孤?",
        "独孤某",
        "孤𬭎",
    ],
)
def test_a_rare_name_is_found_by_whatever_can_be_typed(typed: str) -> None:
    assert found_by(typed, "独孤𬭎")
    assert not found_by(typed, "陈立秋")


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("shanxiongxin", "单雄信"),
        ("danxiongxin", "单雄信"),
        ("sxx", "单雄信"),
        ("阿依古丽买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("ayiguli", "阿依古丽·买买提"),
        ("oneill", "Mary-Jane O'Neill"),
        ("mary jane", "Mary-Jane O'Neill"),
        ("陈\ue863", "陈䶮"),
        ("陈龙天", "陈䶮"),
        ("chenyan", "陈䶮"),
        ("muller", "J. R. Müller"),
    ],
)
def test_people_are_found_as_they_are_called(typed: str, name: str) -> None:
    assert found_by(typed, name)


@given(han_names)
def test_every_han_name_finds_itself(name: str) -> None:
    stored = names.read(name).text
    assert found_by(stored, stored)


def test_the_general_index_reads_dots_and_old_code_points_alike() -> None:
    assert han.terms("阿依古丽·买买提") == han.terms("阿依古丽•买买提") == han.terms("阿依古丽买买提")
    assert han.words("陈\ue863") == han.words("陈䶮")
    assert "孤𬭎" in han.words("独孤𬭎")


# --- what the typefaces of papers have ----------------------------------------------------------------------


# The 196 characters of the List of General Standard Chinese Characters (2013) beyond the unified block and
# extension A: what implementation level 2 of GB 18030-2022 adds to level 1.
LEVEL_TWO = (
    "𠅤𠙶𠳐𡎚𡐓𣗋𣲗𣲘𣸣𤧛𤩽𤫉𥔲𥕢𥖨𥻗𦈡𦒍𦙶𦝼𦭜𦰡𧿹𨐈𨙸𨚕𨟠𨭉𨱇𨱏𨱑𨱔𨺙𩽾𩾃𩾌𪟝𪣻𪤗𪨰𪨶𪩘𪾢𫄧𫄨𫄷𫄸𫇭𫌀𫍣𫍯𫍲𫍽𫐄𫐐𫐓𫑡𫓧𫓯𫓶𫓹"
    "𫔍𫔎𫔶𫖮𫖯𫖳𫗧𫗴𫘜𫘝𫘦𫘧𫘨𫘪𫘬𫚕𫚖𫚭𫛭𫞩𫟅𫟦𫟹𫟼𫠆𫠊𫠜𫢸𫫇𫭟𫭢𫭼𫮃𫰛𫵷𫶇𫷷𫸩𬀩𬀪𬂩𬃊𬇕𬇙𬇹𬉼𬊈𬊤𬌗𬍛𬍡𬍤𬒈𬒔𬒗𬕂𬘓𬘘𬘡𬘩𬘫"
    "𬘬𬘭𬘯𬙂𬙊𬙋𬜬𬜯𬞟𬟁𬟽𬣙𬣞𬣡𬣳𬤇𬤊𬤝𬨂𬨎𬩽𬪩𬬩𬬭𬬮𬬱𬬸𬬹𬬻𬬿𬭁𬭊𬭎𬭚𬭛𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠"
    "𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
)


def test_papers_can_print_every_han_of_level_two_of_gb_18030_2022() -> None:
    """27,584 of level 1 (20,902 + 66 + 14 unified, 6,530 + 52 of extension A, …) and 196: none is missing."""
    have = {c for first, last in json.loads((FONTS / "coverage.json").read_text()) for c in range(first, last + 1)}
    level_one = {*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6), *range(0x9FA6, 0x9FC4)}
    assert len(set(LEVEL_TWO)) == len(LEVEL_TWO) == 196
    assert not level_one - have
    assert not {ord(char) for char in LEVEL_TWO} - have
    assert rare_han.known() - {"䶮"} <= set(LEVEL_TWO)
    assert all(names.syllables(char, person=False)[0] for char in LEVEL_TWO)


LEVEL_THREE = (  # 87,887 Han and 214 radicals; the standard's ranges by Unicode block
    (0x4E00, 0x9FEF), (0x3400, 0x4DB5), (0x20000, 0x2A6D6), (0x2A700, 0x2B734), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0), (0x2F00, 0x2FD5),
)  # fmt: skip
CHEMICAL = range(0x9FEB, 0x9FF0)  # names of elements and a protein: no free typeface has them, no person is called so


def test_papers_can_print_every_han_of_level_three_and_the_letters_of_foreign_names() -> None:
    """What GB 18030-2022 asks of whatever serves the public."""
    have = {c for first, last in json.loads((FONTS / "coverage.json").read_text()) for c in range(first, last + 1)}
    wanted = {c for first, last in LEVEL_THREE for c in range(first, last + 1)}
    assert wanted - have == set(CHEMICAL)
    assert not set(map(ord, "Nguyễn Thị Hằng Đặng Ṣāliḥ")) - have
