"""The 12-digit statistical region code: 2 province + 2 city + 2 county + 3 township + 3 village (rule K2).

Shorter codes of the same scheme (GB/T 2260 has 2, 4 or 6 digits, rule K1) are padded with zeros, so that a place has
one code everywhere.
"""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongqu.kernel.acts.errors import Invalid

STATISTICAL = "statistical"
ADMINISTRATIVE = "administrative"
TREES = (STATISTICAL, ADMINISTRATIVE)

WIDTHS = {2: 1, 4: 2, 6: 3, 9: 4, 12: 5}  # significant digits → level
DIGITS = {level: width for width, level in WIDTHS.items()}
LEVEL_NAMES = {
    1: gettext_lazy("省级"),
    2: gettext_lazy("地级"),
    3: gettext_lazy("县级"),
    4: gettext_lazy("乡级"),
    5: gettext_lazy("村级"),
}

# GB/T 2260 assigns no province 99 and the national statistical tree has none; demonstrations live there.
FICTIONAL_PROVINCE = "99"


def normalise(text: str) -> str:
    """The 12-digit form of a code of 2, 4, 6, 9 or 12 digits. Raises Invalid (code `region-code`)."""
    text = text.strip()
    if len(text) not in WIDTHS or not (text.isascii() and text.isdigit()):
        raise Invalid(
            _("“%(code)s”不是行政区划代码：应为 2、4、6、9 或 12 位数字") % {"code": text[:20]},
            code="region-code",
            field="region_code",
        )
    if text.startswith("00"):
        raise Invalid(
            _("“%(code)s”不是行政区划代码：省级代码不能是 00") % {"code": text}, code="region-code", field="region_code"
        )
    return text.ljust(12, "0")


def level_of(code: str) -> int:
    """The level, 1 province to 5 village, that the trailing zeros of a 12-digit code tell."""
    if code[9:] != "000":
        return 5
    if code[6:9] != "000":
        return 4
    if code[4:6] != "00":
        return 3
    return 2 if code[2:4] != "00" else 1


def significant(code: str) -> str:
    """The digits that every place inside shares: what a region-prefix right is written with."""
    return code[: DIGITS[level_of(code)]]


def above(code: str) -> str:
    """The code of the place directly above, "" for a province.

    A township of a city without counties (东莞) stands directly under the city: its county's code is the city's.
    """
    if code[9:] != "000":
        return code[:9] + "000"
    if code[6:9] != "000":
        return code[:6] + "000000"
    if code[4:6] != "00":
        return code[:4] + "00000000"
    return code[:2] + "0000000000" if code[2:4] != "00" else ""


def ancestors(code: str) -> tuple[str, ...]:
    """Codes of the places above, province first, without the place itself."""
    line: list[str] = []
    while code := above(code):
        line.append(code)
    return tuple(reversed(line))


def line(code: str) -> tuple[str, ...]:
    """The place and all above it, province first."""
    return (*ancestors(code), code)


def is_fictional(code: str) -> bool:
    """Whether the place is invented for a demonstration; pages say so beside the name."""
    return code.startswith(FICTIONAL_PROVINCE)


def category(code: str) -> str:
    """What the digits of level 4 or 5 say about the kind of place (ranges of K2), else "".

    `street`, `town`, `township`, `township_like`; `residents`, `villagers`, `village_like`.
    """
    ranges: dict[int, tuple[tuple[int, str], ...]] = {
        4: ((99, "street"), (199, "town"), (399, "township"), (599, "township_like")),
        5: ((199, "residents"), (399, "villagers"), (599, "village_like")),
    }
    level = level_of(code)
    number = int(code[6:9] if level == 4 else code[9:])
    return next((name for top, name in ranges.get(level, ()) if number <= top), "")
