"""Chinese text as people type it: one stored form, one folded form for comparing, pinyin, initials and index terms.

    normalise("ＡＢＣ　阿卜杜‧买买提")   "ABC 阿卜杜·买买提"   what is stored
    fold("ＡＢＣ（新办）")               "abc(新办)"           what is compared
    initials("食品经营许可")             "spjyxk"
    terms("食品经营许可")                characters, pairs, pinyin and initials, for an index

Readings come from pypinyin's phrase dictionary, loaded at first use.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator

from tongqu.foundation import rare_han

_HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_HAN_RUN = re.compile(f"[{_HAN}]+")
_RUNS = re.compile(f"(?P<han>[{_HAN}]+)|(?P<word>[^\\W_{_HAN}]+)")
# Invisible marks that change how text looks or compares and that nobody means to type. Joiners (U+200C, U+200D) and
# variation selectors stay: Mongolian, Uyghur and rare Han need them.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_JOINERS = re.compile("[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_SPACES = re.compile(r"[^\S\n]+")
_NAME_DOTS = re.compile(r"(?<=\w)[\u2022\u2027\u2219\u22c5\u30fb\uff65](?=\w)")
_BETWEEN_HAN = re.compile(f"(?<=[{_HAN}])·(?=[{_HAN}])")
_HALF_WIDTH: dict[int, int | str] = {
    **{code: code - 0xFEE0 for first, last in ("０９", "ＡＺ", "ａｚ") for code in range(ord(first), ord(last) + 1)},
    0x3000: " ",
}
_RUN_LIMIT = 12  # longer runs of Han are prose: nobody types their initials

# Characters whose everyday readings begin with different letters, by those letters.
_POLYPHONES = {
    character: letters
    for letters, characters in {
        "bp": "便泊堡", "pb": "炮朴埔", "cd": "澄铛", "cj": "车", "cq": "仇", "cs": "参乘刹匙伺", "cx": "臭畜",
        "cz": "长重朝传藏曾查颤褚种", "dsc": "单", "dt": "调弹提", "ew": "恶", "fp": "否番繁", "gh": "合桧",
        "gj": "给芥", "gq": "乾", "gw": "莞", "gjq": "伽", "hk": "会溃", "hx": "行吓巷虾浒", "jq": "期奇强茄圈缉",
        "jx": "降校系解见酵械", "kq": "卡壳", "ls": "率", "ly": "乐", "mb": "秘", "nl": "弄", "nz": "粘", "oq": "区",
        "qt": "覃", "qx": "券纤", "qy": "铅", "sc": "盛", "sd": "石", "sx": "宿厦省", "sy": "说俞", "sz": "属折识",
        "tz": "屯", "wy": "尾尉蔚遗",
    }.items()
    for character in characters
}  # fmt: skip


def normalise(text: str) -> str:
    """The form to store: NFC; full-width letters, digits and blanks made narrow; invisible marks out; blanks single;
    lines trimmed; the dot inside a name always `·`. Chinese punctuation and letter case stay."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _INVISIBLE.sub("", text.translate(_HALF_WIDTH))
    text = _NAME_DOTS.sub("·", _SPACES.sub(" ", text))
    lines = "\n".join(line.strip() for line in text.split("\n")).strip()
    return unicodedata.normalize("NFC", lines)


def fold(text: str) -> str:
    """The form to compare by: normalised, width and case made alike (NFKC, casefold), private code points of old
    systems assigned, no dot between Han (阿依古丽·买买提 is 阿依古丽买买提), one line. Not for storing."""
    text, _ = rare_han.settle(text)
    for _ in range(2):  # folding case can undo compatibility forms, and the other way round
        text = unicodedata.normalize("NFKC", normalise(text)).casefold()
    return _BETWEEN_HAN.sub("", " ".join(_JOINERS.sub("", text).split()))


def pinyin(text: str) -> list[str]:
    """Syllables without tones, one for each Han character, read in context; other words as they are, folded.

    ü is written v. A character without a known reading stands for itself.
    """
    return [part for run, is_han in _runs(text) for part in (_read(run) if is_han else (run,))]


def initials(text: str) -> str:
    """First letters of the syllables, read in context; letters and digits between them are kept ("5G基站" → "5gjz")."""
    return "".join(_first_letters(run) if is_han else run for run, is_han in _runs(text))


def initials_variants(text: str, *, limit: int = 16) -> set[str]:
    """The initials and what someone who reads 长, 行 or 重 the other way would type; at most `limit`."""
    choices = [letters for run, is_han in _runs(text) for letters in (_all_letters(run) if is_han else [[run]])]
    return {"".join(letters) for letters in itertools.islice(itertools.product(*choices), limit)}


def words(text: str) -> set[str]:
    """Index terms from the writing: each Han character, each pair of neighbours, each word of another script."""
    found: set[str] = set()
    for run, is_han in _runs(text):
        if is_han:
            found.update(run)
            found.update(map("".join, itertools.pairwise(run)))
        else:
            found.add(run)
    return found


def sounds(text: str) -> set[str]:
    """Index terms from the sound: syllables, joined syllables of neighbours, and of short runs the whole pinyin and
    the initials from each character on, other readings included (`spjyxk`, `jyxk`, …)."""
    found: set[str] = set()
    for run in _HAN_RUN.findall(fold(text)):
        syllables = _read(run)
        found.update(syllables)
        found.update(map("".join, itertools.pairwise(syllables)))
        if 1 < len(run) <= _RUN_LIMIT:
            found.add("".join(syllables))
            letters = _first_letters(run)
            found.update(letters[start:] for start in range(len(run) - 1))
            found.update(initials_variants(run))
    return found


def terms(text: str) -> set[str]:
    """All terms to index a text under. Look it up by the `words` of a query, which are then all among them; by the
    `sounds` of a query too, with less weight, to forgive homophones."""
    return words(text) | sounds(text)


def _runs(text: str) -> Iterator[tuple[str, bool]]:
    """(run, is it Han) of the folded text; marks and blanks between runs are left out."""
    for match in _RUNS.finditer(fold(text)):
        yield match.group(), match.lastgroup == "han"


def _first_letters(run: str) -> str:
    return "".join(syllable[0] for syllable in _read(run))


def _all_letters(run: str) -> list[list[str]]:
    """For each character the letters it may begin with, the reading in context first."""
    read = zip(run, _first_letters(run), strict=True)
    return [[first, *(x for x in _POLYPHONES.get(character, "") if x != first)] for character, first in read]


@functools.lru_cache(maxsize=8192)
def _read(run: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    return tuple(lazy_pinyin(run, errors=list))  # type: ignore[arg-type]  # a list gives each unknown its own place
