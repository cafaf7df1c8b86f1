"""Coded grounds: the reasons an act must pick from, and what the person may do against a "no".

Read once from `data/grounds/`; a package adds its own with `load_grounds(path)`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.acts.errors import Invalid, Refused
from tongqu.kernel.law import datafiles, register
from tongqu.kernel.law.datafiles import BadFile, Problem
from tongqu.kernel.law.rules import Rule, titled
from tongqu.kernel.ui import languages


class UnknownGround(LookupError):
    """No ground has this code."""


@dataclass(frozen=True, slots=True)
class Ground:
    """`applies_to` are acts (refuse, not_accept, pause, extend, withdraw, annul, deregister, retract, withhold,
    not_share).

    `rule_id` is None where the applicant alone decides. `items` empty: any item. `needs_text`: the officer must also
    write down the facts. `ban_rule`: for how long a finding on this ground bars a new application, in matters of public
    safety, health, life or property (L20). `needs_act`: an act of the procedure that must have come before.
    """

    code: str
    applies_to: tuple[str, ...]
    rule_id: str | None
    instrument: str
    article: str
    text: Mapping[str, str]
    items: tuple[str, ...] = ()
    needs_text: bool = False
    ban_rule: str | None = None
    package: str = ""
    needs_act: str = ""

    @property
    def source(self) -> str:
        """Instrument and article as one writes them: 《中华人民共和国行政许可法》第45条; empty where none is cited."""
        return titled(self.instrument, self.article) if self.article else ""

    @property
    def rule(self) -> Rule | None:
        return register.rule(self.rule_id) if self.rule_id else None

    @property
    def cite(self) -> str | None:
        """For events: `L10@行政许可法-2019`."""
        rule = self.rule
        return rule.cite if rule else None


@dataclass(frozen=True, slots=True)
class Remedy:
    """What may be done against a decision, within which time; the number comes from the rule."""

    code: str
    applies_to: tuple[str, ...]
    rule_id: str
    templates: Mapping[str, str]

    @property
    def rule(self) -> Rule:
        return register.rule(self.rule_id)

    def text(self, language: str, *, review_body: str = "", court: str = "") -> str:
        """The sentence for a decision. Name the body and the court where they are known."""
        said = languages.said({"zh-Hans": self.templates["zh-Hans"], "en": self.templates["en"]}, language)
        body = languages.said({"zh-Hans": "行政复议机关", "en": "the reconsideration body"}, language)
        court_of_law = languages.said({"zh-Hans": "人民法院", "en": "the people's court"}, language)
        return said.format(quantity=self.rule.quantity, review_body=review_body or body, court=court or court_of_law)


@dataclass(frozen=True, slots=True)
class _Lists:
    grounds: Mapping[str, Ground]
    remedies: Mapping[str, Remedy]


_lock = threading.RLock()
_lists: _Lists | None = None


def ground(code: str) -> Ground:
    """Raises UnknownGround."""
    try:
        return _open().grounds[code]
    except KeyError:
        raise UnknownGround(code) from None


def names(codes: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """What each of these is called, by code; one that a withdrawn package once brought is left out."""
    known = _open().grounds
    return {code: known[code].text for code in codes if code in known}


def grounds_for(act_code: str, item_code: str | None = None) -> list[Ground]:
    """The grounds that this act may rest on, for this item, in the order of the files."""
    return [
        g for g in _open().grounds.values() if act_code in g.applies_to and (not g.items or item_code in g.items)
    ]  # fmt: skip


def choose(act_code: str, code: object, *, item_code: str | None = None, text: str | None = None) -> Ground:
    """The ground on which an act rests, from its list; `text`: the facts the officer wrote down, None where the
    act asks for them elsewhere.

    Raises Invalid at `ground` where none is given or none has this code, at `text` where the ground needs the facts and
    there are none, and Refused where the ground is not one of this act or this item.
    """
    if not code:
        raise Invalid(_("请从列表中选择依据，没有依据不能办理"), code="ground-missing", field="ground")
    found = _open().grounds.get(code) if isinstance(code, str) else None
    if found is None:
        raise Invalid(_("请从列表中选择依据，列表中没有所选的这一项"), code="ground-unknown", field="ground")
    if act_code not in found.applies_to or (found.items and item_code not in found.items):
        raise Refused(_("所选的依据不适用于这一办理"), code="ground-not-applicable", rule=found.cite)
    if found.needs_text and text is not None and not text.strip():
        raise Invalid(_("请写明事实和理由"), code="ground-needs-facts", field="text", rule=found.cite)
    return found


def remedies_for(act_code: str) -> list[Remedy]:
    """What a decision of this kind must tell the person (L12), in order."""
    return [r for r in _open().remedies.values() if act_code in r.applies_to]


def remedies(
    act_code: str = "refuse", language: str = "zh-hans", *, review_body: str = "", court: str = ""
) -> list[str]:
    """Those sentences, ready for the decision."""
    return [r.text(language, review_body=review_body, court=court) for r in remedies_for(act_code)]


def load_grounds(path: Path | str) -> list[Ground]:
    """Take a file of grounds, all of it or nothing. Raises BadFile; a code already taken keeps its meaning."""
    path = Path(path)
    return load_grounds_document(datafiles.read(path), path.name)


def load_grounds_document(document: Any, file: str) -> list[Ground]:
    """As `load_grounds`, for a file already parsed."""
    global _lists
    with _lock:
        lists = _open()
        new, problems = _taken(document, file, lists)
        if problems:
            raise BadFile(problems)
        _lists = _joined(lists, new)
    return list(new.grounds.values())


def check_grounds(document: Any, file: str) -> list[Problem]:
    """What is wrong with a parsed file of grounds. Takes nothing."""
    return _taken(document, file, _open())[1]


def _open() -> _Lists:
    global _lists
    if _lists is None:
        with _lock:
            lists = _Lists({}, {})
            for path in sorted((datafiles.DATA / "grounds").glob("*.yaml")):
                new, problems = _taken(datafiles.read(path), path.name, lists)
                if problems:
                    raise BadFile(problems)
                lists = _joined(lists, new)
            _lists = lists
    return _lists


def _joined(lists: _Lists, new: _Lists) -> _Lists:
    return _Lists({**lists.grounds, **new.grounds}, {**lists.remedies, **new.remedies})


def _taken(document: Any, file: str, lists: _Lists) -> tuple[_Lists, list[Problem]]:
    if problems := datafiles.check(document, "grounds", file, rows="grounds", name="code"):
        return _Lists({}, {}), problems
    grounds: dict[str, Ground] = {}
    for row in document["grounds"]:
        code, rule_id = row["code"], row["rule_id"]
        if code in grounds:
            problems.append(Problem(file, code, "code", _("同一代码出现两次")))
        rule = register.latest(rule_id) if rule_id else None
        for field in ("rule_id", "ban_rule"):
            if row.get(field) and register.latest(row[field]) is None:
                problems.append(Problem(file, code, field, _("找不到规则%(rule)s") % {"rule": row[field]}))
        made = Ground(
            code=code,
            applies_to=tuple(row["applies_to"]),
            rule_id=rule_id,
            instrument=row.get("instrument") or (rule.instrument if rule else ""),
            article=row["article"],
            text=row["text"],
            items=tuple(row.get("items", ())),
            needs_text=row.get("needs_text", False),
            ban_rule=row.get("ban_rule"),
            package=document.get("package", ""),
            needs_act=row.get("needs_act", ""),
        )
        if code in lists.grounds and lists.grounds[code] != made:
            problems.append(Problem(file, code, "code", _("这一代码已有另一含义，请另取代码")))
        grounds[code] = made
    found: dict[str, Remedy] = {}
    for row in document.get("remedies", ()):
        if register.latest(row["rule_id"]) is None:
            problems.append(Problem(file, row["code"], "rule_id", _("找不到规则%(rule)s") % {"rule": row["rule_id"]}))
        found[row["code"]] = Remedy(row["code"], tuple(row["applies_to"]), row["rule_id"], row["text"])
    return _Lists(grounds, found), problems
