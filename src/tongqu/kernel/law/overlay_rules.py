"""A rule set otherwise in one region: from its document to a rule, and what the law lets a region do. Pure.

L35: a law may be set otherwise for a pilot only where the competent organ authorised it, and for a time; a region's own
text may only fill what the rule leaves open (a template of trust L, a row not yet checked, what `adjustable` names),
or bind its organs more strictly than the rule does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tongqu.foundation.canonical import digest
from tongqu.kernel.law import datafiles
from tongqu.kernel.law.checking import beyond, period_problems
from tongqu.kernel.law.datafiles import BadFile, Problem
from tongqu.kernel.law.rules import Authority, DeclaredExtension, Rule

NAME = "overlay.yaml"
PILOT = "L35"
LEVELS = (2, 4, 6, 9, 12)


def covering(region: str) -> str:
    """The digits with which the codes of all places in a region begin: 990102000000 → 990102."""
    for length in LEVELS:
        if not region[length:].strip("0"):
            return region[:length]
    return region


def region_of(rule: Rule) -> str:
    """The twelve digits of the region where it holds; empty for a rule that holds everywhere."""
    return rule.authority.region if rule.authority else ""


def overlaid(document: Any, base: Rule | None, others: Iterable[Rule], ceilings: Mapping[str, Rule]) -> Rule:
    """The rule as it will be in the region.

    `base`: the rule in force on the first day, None where there is none. `others`: every other version of the same
    rule, set otherwise or not. `ceilings`: the rules that it specialises, by id. Raises BadFile with all that is wrong.
    """
    if problems := datafiles.check(document, "overlay", NAME, rows="", name=""):
        raise BadFile(problems)
    if base is None:
        raise BadFile([_problem(document, "rule_id", _("生效那一天没有这条规则"))])
    found = made(document, base)
    problems = [
        *_of_dates(document), *_of_names(document, others), *_of_time(found, others),
        *_of_substance(document, found, base, ceilings),
    ]  # fmt: skip
    if problems:
        raise BadFile(problems)
    return found


def made(document: Mapping[str, Any], base: Rule) -> Rule:
    """What a document says, checked or not, on top of the rule that it names."""
    sets = dict(document.get("sets") or {})
    if sets.get("extension"):
        sets["extension"] = DeclaredExtension(**sets["extension"])
    said, ends = document["authority"], document.get("effective_to")
    return replace(
        base,
        version=document["version"],
        effective_from=date.fromisoformat(document["effective_from"]),
        effective_to=date.fromisoformat(ends) if ends else None,
        place=document["place"],
        trust=document["trust"],
        trust_note=None,
        summary=document["summary"],
        parts=(),
        digest=digest(document),
        authority=Authority(
            basis=document["basis"], region=document["region"].ljust(12, "0"), base=base.cite,
            instrument=said["instrument"], article=said.get("article", ""), organ=said["organ"],
            issued=date.fromisoformat(said["issued"]), rank=said.get("rank", "normative_document"),
        ),
        **sets,
    )  # fmt: skip


def _problem(document: Mapping[str, Any], field: str, message: str) -> Problem:
    return Problem(NAME, str(document["rule_id"]), field, message)


def _of_dates(document: Mapping[str, Any]) -> Iterable[Problem]:
    begins, ends = document["effective_from"], document.get("effective_to")
    if document["basis"] == "pilot" and not ends:
        yield _problem(document, "effective_to", _("试点要写明截止日期（规则%(rule)s）") % {"rule": PILOT})
    if ends and ends < begins:
        yield _problem(document, "effective_to", _("失效日期早于生效日期"))
    if document["authority"]["issued"] > begins:
        yield _problem(document, "effective_from", _("不能早于授权文件的日期"))


def _of_names(document: Mapping[str, Any], others: Iterable[Rule]) -> Iterable[Problem]:
    if document["version"] in {one.version for one in others}:
        yield _problem(document, "version", _("这条规则已有同名的版本，请另取名称"))


def _of_time(found: Rule, others: Iterable[Rule]) -> Iterable[Problem]:
    for one in others:
        if one.authority and region_of(one) == region_of(found) and _meet(one, found):
            message = _("与%(other)s的有效期重叠，请先写明前一个的截止日期") % {"other": one.version}
            yield Problem(NAME, found.rule_id, "effective_from", message)


def _meet(a: Rule, b: Rule) -> bool:
    """Whether both are in force on some day; one that was withdrawn before it began never is."""
    if a.withdrawn or b.withdrawn:
        return False
    first, last = date.min, date.max
    return (a.effective_from or first) <= (b.effective_to or last) and (b.effective_from or first) <= (
        a.effective_to or last
    )


def _of_substance(
    document: Mapping[str, Any], found: Rule, base: Rule, ceilings: Mapping[str, Rule]
) -> Iterable[Problem]:
    sets = document.get("sets") or {}
    template = base.trust == "L"
    if not sets and not template:
        yield _problem(document, "sets", _("没有写明哪一项与原规则不同"))
    if sets and not base.is_period:
        yield _problem(document, "sets", _("这条规则没有期限，没有可以调整的数字"))
        return
    yield from (Problem(NAME, found.rule_id, f"sets.{field}", message) for field, message in period_problems(found))
    if base.extension and "extension" not in sets and (found.unit, found.day_type) != (base.unit, base.day_type):
        message = _("换了计算的单位或者日的种类，还要写明能延长多少，或者不得延长")
        yield _problem(document, "sets.extension", message)
    if document["basis"] == "pilot":
        if template:
            yield _problem(document, "basis", _("地方样板由本地自行采用，请写local"))
        return
    assert found.authority is not None
    ranked = replace(found, rank=found.authority.rank)  # some rules give way to texts of some rank
    if not template and base.trust != "M" and not set(sets) <= set(base.adjustable):
        for field, message in beyond(ranked, base):
            why = _("%(why)s；超出本地权限，须有有权机关的试点授权（规则%(rule)s）") % {"why": message, "rule": PILOT}
            yield Problem(NAME, found.rule_id, f"sets.{field}", why)
    for other in base.specialises:
        if other in ceilings:
            yield from (
                Problem(NAME, found.rule_id, f"sets.{f}", message) for f, message in beyond(ranked, ceilings[other])
            )
