"""The filters of the work list as they stand in the address: read, checked, and written back in one form. Pure.

Whatever is wrong is said at its field and nothing is listed: a filter that is silently dropped shows more than was
asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _

from tongqu.foundation import han
from tongqu.kernel.cases.finding import LONGEST, as_number
from tongqu.kernel.cases.worklist import DUES, HANDLERS, SORTS, Worklist

DATES = ("received_from", "received_to", "decided_from", "decided_to")
PARAMETERS = (
    "state", "ended", "item", "due", "within", "unit", "region", "name", "number", "channel", "handler", *DATES, "sort",
)  # fmt: skip
OTHERS = {"after", "all", "select"}  # what the address of the list may hold besides
MOST_DAYS = 250
_DAY = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen, {value: words}. `units` and `regions` are those the clerk may see."""

    states: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `typed` is what stood there, for drawing the form again."""

    wanted: Worklist
    errors: Mapping[str, str]
    typed: Mapping[str, str]


def read(query: Mapping[str, str], choices: Choices) -> Asked:
    """`query` gives one text for each name, as Django's QueryDict does."""
    typed = {name: str(query[name]).strip()[: LONGEST * 3] for name in PARAMETERS if query.get(name)}
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    for name, text in typed.items():
        try:
            values[name] = _READERS[name](text, choices)
        except ValueError as error:
            errors[name] = str(error)
    for name in sorted(set(query) - set(PARAMETERS) - OTHERS):
        errors[name[:40]] = _("没有这一筛选条件")
    for first, last in (DATES[:2], DATES[2:]):
        if values.get(first) and values.get(last) and values[first] > values[last]:
            errors[last] = _("截止日期早于起始日期")
    if values.get("due") != "within":
        values.pop("within", None)  # it says how many days “within” means, and nothing by itself
    return Asked(Worklist(**{n: v for n, v in values.items() if n not in errors}), errors, typed)


def parameters(wanted: Worklist) -> dict[str, str]:
    """The filters as they stand in the address, in one order, without what is not set."""
    plain = Worklist()
    found = {}
    for name in PARAMETERS:
        value = getattr(wanted, name)
        if value == getattr(plain, name) or (name == "within" and wanted.due != "within"):
            continue
        found[name] = "1" if value is True else value.isoformat() if isinstance(value, date) else str(value)
    if wanted.due == "within":
        found["within"] = str(wanted.within)
    return found


def text_of(wanted: Worklist) -> str:
    return urlencode(parameters(wanted))


def without(wanted: Worklist, *names: str) -> str:
    """The address's query with these filters taken off; "all=1" when nothing is left."""
    plain = Worklist()
    return text_of(replace(wanted, **{name: getattr(plain, name) for name in names})) or "all=1"


def is_plain(wanted: Worklist) -> bool:
    """Whether nothing but state and order is asked for, so that the counts of the tabs speak of this list."""
    return not set(parameters(wanted)) - {"state", "ended", "sort"}


def _one_of(choices: Mapping[str, Any] | tuple[str, ...], text: str) -> str:
    if text not in choices:
        raise ValueError(_("没有这一选项"))
    return text


def _day(text: str, _choices: Choices) -> date:
    match = _DAY.fullmatch(han.fold(text).replace("/", "-"))
    try:
        if match:
            return date(*map(int, match.groups()))
    except ValueError:
        pass
    raise ValueError(_("请按2026-01-31的样子填写日期"))


def _number_of_days(text: str, _choices: Choices) -> int:
    folded = han.fold(text)
    if not re.fullmatch(r"[0-9]{1,3}", folded) or not 0 <= int(folded) <= MOST_DAYS:
        raise ValueError(_("请填写0到%(most)s之间的天数") % {"most": MOST_DAYS})
    return int(folded)


def _unit(text: str, choices: Choices) -> UUID:
    try:
        found = UUID(text)
    except ValueError:
        raise ValueError(_("没有这一选项")) from None
    return UUID(_one_of(choices.units, str(found)))


def _name(text: str, _choices: Choices) -> str:
    if len(text) > LONGEST:
        raise ValueError(_("最多填写%(most)s个字") % {"most": LONGEST})
    return han.normalise(text)


def _number(text: str, _choices: Choices) -> str:
    if not as_number(text):
        raise ValueError(_("这不像一个编号：请填写办件编号、收件编号，或者末6位数字"))
    return han.normalise(text)


def _yes(text: str, _choices: Choices) -> bool:
    return _one_of(("1",), text) == "1"


_READERS: dict[str, Any] = {
    "state": lambda t, c: _one_of(c.states, t),
    "item": lambda t, c: _one_of(c.items, t),
    "unit": _unit,
    "region": lambda t, c: _one_of(c.regions, t),
    "channel": lambda t, c: _one_of(c.channels, t),
    "due": lambda t, c: _one_of(DUES, t),
    "handler": lambda t, c: _one_of(HANDLERS, t),
    "sort": lambda t, c: _one_of(tuple(SORTS), t),
    "within": _number_of_days,
    "name": _name,
    "number": _number,
    "ended": _yes,
    **dict.fromkeys(DATES, _day),
}
