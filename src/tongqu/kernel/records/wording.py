"""The text of a paper: named places {like_this} in plain text, checked, filled, compared. Pure.

A text is a title and a body. Each line of the body is a paragraph. Some places hold one text and may stand anywhere in
a line; others hold a list (what is to be supplied, the remedies) and stand alone on a line. A line whose places are all
empty is left out, so that an optional reason needs no condition. Nothing in a text or in the data is ever run.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.errors import Text
from tongqu.kernel.records.typeset import uncovered
from tongqu.kernel.ui.forms import cleaning

PLACE = re.compile(r"\{([a-z][a-z0-9_]{0,39})\}")
MOST_TITLE, MOST_BODY, MOST_LINES = (
    60,
    8000,
    120,
)  # characters, characters, paragraphs: what fits a paper of a few pages
_WIDE = {"｛": "{", "｝": "}"}


@dataclass(frozen=True, slots=True)
class Place:
    """What may stand in a text: its name, what it means to the official, a sample. `numbered`: a list gets 1., 2., …"""

    name: str
    meaning: str
    sample: str | tuple[str, ...]
    numbered: bool = False

    @property
    def is_list(self) -> bool:
        return isinstance(self.sample, tuple)


class Incomplete(ValueError):
    """A place that the law wants filled has nothing to be filled with."""


def clean(title: str, body: str) -> tuple[str, str, dict[str, Text]]:
    """Title and body as they are stored, and what cannot be: characters nobody can see, print or that no font has."""
    faults: dict[str, Text] = {}
    cleaned = []
    for name, raw, most, read in (
        ("title", title, MOST_TITLE, cleaning.one_line), ("body", body, MOST_BODY, cleaning.many_lines),
    ):  # fmt: skip
        if len(raw) > most:
            faults[name] = _("太长：%(have)s字，最多%(most)s字，请删减") % {"have": len(raw), "most": most}
            cleaned.append(raw[:most])
            continue
        try:
            text = read(raw)
        except cleaning.Unreadable:
            faults[name] = _("含有无法显示或者打印的字符，请删除后重新输入，不要从其他软件直接粘贴")
            cleaned.append(cleaning.visible(raw))
            continue
        if missing := uncovered(text):
            faults[name] = _("字库中没有这些字：%(chars)s，请换用其他字") % {"chars": "、".join(missing[:10])}
        elif not text:
            faults[name] = _("不能为空")
        cleaned.append(text)
    return cleaned[0], cleaned[1], faults


def faults_of(title: str, body: str, places: Mapping[str, Place], required: Iterable[str]) -> dict[str, Text]:
    """{title or body: what is wrong and how to mend it}; empty when the text may be published."""
    _title, _body, faults = clean(title, body)
    if "title" not in faults and (found := _brace_fault(title, {n: p for n, p in places.items() if not p.is_list})):
        faults["title"] = found
    if "body" not in faults and (found := _brace_fault(body, places) or _body_fault(body, places, required)):
        faults["body"] = found
    return faults


def _brace_fault(text: str, places: Mapping[str, Place]) -> Text | None:
    for number, line in enumerate(text.split("\n"), 1):
        if wide := next((c for c in line if c in _WIDE), None):
            return _("第%(line)s行用了全角的“%(brace)s”，请改为半角的“%(ascii)s”") % {
                "line": number, "brace": wide, "ascii": _WIDE[wide],
            }  # fmt: skip
        for name in re.findall(r"\{([^{}]*)\}", line):
            if name not in places:
                return _unknown(number, name, places)
        rest = PLACE.sub("", line)
        if "{" in rest or "}" in rest:
            return _("第%(line)s行的花括号没有成对，填写处要写在一对半角花括号里") % {"line": number}
    return None


def _unknown(number: int, name: str, places: Mapping[str, Place]) -> Text:
    near = difflib.get_close_matches(name, places, n=1)
    if near:
        return _("第%(line)s行的 {%(name)s} 不是这种文书的填写处，是不是 {%(near)s}？") % {
            "line": number, "name": name[:40], "near": near[0],
        }  # fmt: skip
    return _("第%(line)s行的 {%(name)s} 不是这种文书的填写处，请从填写处列表中选用") % {
        "line": number,
        "name": name[:40],
    }


def _body_fault(body: str, places: Mapping[str, Place], required: Iterable[str]) -> Text | None:
    lines = body.split("\n")
    if len(lines) > MOST_LINES:
        return _("段落太多，最多%(most)s行，请合并或者删减") % {"most": MOST_LINES}
    for number, line in enumerate(lines, 1):
        for name in PLACE.findall(line):
            if places[name].is_list and line.strip() != "{" + name + "}":
                return _("第%(line)s行：{%(name)s} 会展开成多段，必须单独占一行") % {"line": number, "name": name}
    used = set(PLACE.findall(body))
    if missing := [name for name in required if name not in used]:
        named = "、".join(f"{{{name}}}（{places[name].meaning}）" for name in missing)
        return _("缺少法律要求写明的内容：%(names)s，请加上") % {"names": named}
    return None


def fill(
    body: str,
    values: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    *,
    required: Iterable[str] = (),
    numbered: Collection[str] = (),
    notes: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, str]]:
    """The paragraphs, each {"text", "mark"}; `mark` is the number of a list's item, else empty.

    `notes`: {place: text} for what must stand beside a place; each text once, after the first paragraph that asks it.
    Raises Incomplete where a required place is empty, KeyError for a place that has no value at all.
    """
    if empty := [n for n in required if not (lists[n] if n in lists else values[n])]:
        raise Incomplete(", ".join(empty))
    filled: list[dict[str, str]] = []
    noted: dict[str, None] = {}
    for line in body.split("\n"):
        names = PLACE.findall(line)
        if len(names) == 1 and names[0] in lists:
            marked = names[0] in numbered and len(lists[names[0]]) > 1
            for n, text in enumerate(lists[names[0]], 1):
                filled.append({"text": text, "mark": f"{n}." if marked else ""})
        elif line.strip() and not (names and not any(values[n] for n in names)):
            text = PLACE.sub(lambda found: values[found[1]], line)
            filled += [{"text": part.strip(), "mark": ""} for part in text.split("\n") if part.strip()]
            owed = dict.fromkeys(notes[name] for name in names if name in notes)
            filled += [{"text": note, "mark": ""} for note in owed if note not in noted]
            noted |= owed
    return filled


def fill_line(text: str, values: Mapping[str, str]) -> str:
    """A title with its places filled."""
    return PLACE.sub(lambda found: values[found[1]], text)


def digest(title: str, body: str) -> str:
    """What names this text: SHA-256 of title, newline, body."""
    return hashlib.sha256(f"{title}\n{body}".encode()).hexdigest()


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """(sign, line) for each line of both: `-` only in the old, `+` only in the new, a space in both."""
    pairs = difflib.ndiff(old.split("\n"), new.split("\n"))
    return [(pair[0], pair[2:]) for pair in pairs if pair[0] in "-+ "]
