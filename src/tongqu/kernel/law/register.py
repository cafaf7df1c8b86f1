"""The register of rules, in memory: read once from `data/rules/`, joined by the files that packages ship.

    rule("L7")                     the version in force today
    rule("L7", on=date(2020, 1, 1))
    rules("L")                     all of a family, in order
    load_rules(path)               take a file, all of it or nothing

A (rule_id, version) that has been taken never changes; the table RuleVersion keeps that promise between runs.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import today
from tongqu.kernel.law import checking, datafiles, office_hours
from tongqu.kernel.law.calendar import Calendar, CalendarYear, Holiday
from tongqu.kernel.law.datafiles import BadFile, Problem
from tongqu.kernel.law.overlay_rules import covering, region_of
from tongqu.kernel.law.rules import Rule

__all__ = [
    "BadFile",
    "Problem",
    "UnknownRule",
    "all_versions",
    "calendar",
    "check_rules",
    "cited",
    "latest",
    "load_rules",
    "load_rules_document",
    "order_of",
    "overlays_at",
    "overlays_of",
    "read_year",
    "rule",
    "rule_version",
    "rules",
    "take_overlays",
    "take_year",
    "with_year",
    "year_from",
]


class UnknownRule(LookupError):
    """No such rule, no such version, or none in force on that day."""


@dataclass(frozen=True, slots=True)
class _Books:
    """One state of the register; replaced whole, never changed, so that readers need no lock."""

    by_version: Mapping[tuple[str, str], Rule] = field(default_factory=dict)
    by_id: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)  # latest first
    overlays: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)  # set otherwise somewhere, narrowest first

    def latest(self) -> dict[str, Rule]:
        return {rule_id: versions[0] for rule_id, versions in self.by_id.items()}

    def joined_by(self, new: Iterable[Rule]) -> _Books:
        by_version = {**self.by_version, **{(r.rule_id, r.version): r for r in new}}
        grouped: dict[str, list[Rule]] = {}
        for one in by_version.values():
            grouped.setdefault(one.rule_id, []).insert(0, one)
        by_id = {
            rule_id: tuple(sorted(found, key=lambda r: r.effective_from or date.min, reverse=True))
            for rule_id, found in grouped.items()
        }
        return _Books(by_version, by_id, self.overlays)

    def overlaid_by(self, rules: Iterable[Rule]) -> _Books:
        """With just these set otherwise in a region."""
        grouped: dict[str, list[Rule]] = {}
        for one in rules:
            grouped.setdefault(one.rule_id, []).append(one)
        narrowest = {
            rule_id: tuple(sorted(found, key=lambda one: len(covering(region_of(one))), reverse=True))
            for rule_id, found in grouped.items()
        }
        return _Books(self.by_version, self.by_id, narrowest)


_lock = threading.RLock()
_books: _Books | None = None
_calendar: Calendar | None = None


def rule(rule_id: str, on: date | None = None, *, region: str = "") -> Rule:
    """The rule as in force on a day (today if none is given), in a region if one is given (twelve digits): what is set
    otherwise for the nearest place goes before the register. Raises UnknownRule."""
    books, day = _open(), on or today().date()
    if region:
        for one in overlays_at(rule_id, day, region):
            return one
    for one in books.by_id.get(rule_id, ()):
        if one.in_force(day):
            return one
    raise UnknownRule(rule_id)


def rule_version(rule_id: str, version: str) -> Rule:
    """One version, in force or not, also one set otherwise for a region. Raises UnknownRule."""
    books = _open()
    found = books.by_version.get((rule_id, version))
    found = found or next((one for one in books.overlays.get(rule_id, ()) if one.version == version), None)
    if found is None:
        raise UnknownRule(f"{rule_id}@{version}")
    return found


def cited(cite: str) -> Rule | None:
    """What `L7`, `N1@网络安全法-2016` or `L7@明川试点-2027` names: the very version, also one of a region alone.

    The newest where none is named or the one named is not known any more; None for a rule that nobody knows.
    """
    rule_id, _at, version = cite.partition("@")
    try:
        return rule_version(rule_id, version)
    except UnknownRule:
        return latest(rule_id)


def overlays_of(rule_id: str = "") -> list[Rule]:
    """What is set otherwise somewhere, over or not, of one rule or of all; narrowest place first in each."""
    everything = _open().overlays
    ids = [rule_id] if rule_id else sorted(everything)
    return [one for name in ids for one in everything.get(name, ())]


def overlays_at(rule_id: str, on: date, region: str) -> Iterator[Rule]:
    """What is set otherwise and in force at a place (twelve digits) on a day, the nearest first."""
    for one in _open().overlays.get(rule_id, ()):
        if one.in_force(on) and region.startswith(covering(region_of(one))):
            yield one


def take_overlays(rules: Iterable[Rule]) -> None:
    """Hold just these as set otherwise, in place of those held before."""
    global _books
    with _lock:
        _books = _open().overlaid_by(rules)


def latest(rule_id: str) -> Rule | None:
    """The newest version that has been taken, in force or not; None for a rule that nobody knows."""
    return next(iter(_open().by_id.get(rule_id, ())), None)


def rules(prefix: str = "", *, on: date | None = None) -> list[Rule]:
    """The rules in force whose id begins so, in order of family and number, each followed by its parts."""
    day = on or today().date()
    found = [
        next((one for one in versions if one.in_force(day)), None)
        for rule_id, versions in _open().by_id.items()
        if rule_id.startswith(prefix)
    ]
    return sorted((one for one in found if one), key=order_of)


def all_versions() -> list[Rule]:
    """Every version of every row (parts left out), oldest first."""
    found = [one for one in _open().by_version.values() if one.part_of is None]
    return sorted(found, key=lambda one: (order_of(one), one.effective_from or date.min))


_FAMILIES = ("T", "L", "FB", "RM", "SV", "G", "O", "S", "D", "I", "X", "H", "J", "A", "B", "C", "N", "K")


def order_of(one: Rule) -> tuple[int, str, int, int, str]:
    """For sorting: counting rules, licensing, then the others by name; L9 before L10; parts behind their row."""
    base, _dot, part = one.rule_id.partition(".")
    match = re.fullmatch(r"([A-Z]+)(\d+)", base)
    family, number = (match[1], int(match[2])) if match else (base, 0)
    place = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
    return (place, family, number, 1 if part else 0, part)


def check_rules(document: Any, file: str) -> list[Problem]:
    """What is wrong with a parsed rules file, by itself and beside the register; takes nothing into it."""
    return _checked(_open(), document, file)[1]


def load_rules(path: Path | str) -> list[Rule]:
    """Take a rules file into the register, all of it or nothing, and return its rules. Raises BadFile.

    Taking the same file again changes nothing. To record its versions for ever, call `operations.publish_rules`.
    """
    path = Path(path)
    return load_rules_document(datafiles.read(path), path.name)


def load_rules_document(document: Any, file: str) -> list[Rule]:
    """As `load_rules`, for a file already parsed (a stored package). `file` is its name in messages. Raises BadFile."""
    global _books
    with _lock:
        books = _open()
        new, problems = _checked(books, document, file)
        if problems:
            raise BadFile(problems)
        _books = books.joined_by(new)
    return new


def calendar() -> Calendar:
    """The working calendar of all years loaded."""
    global _calendar
    if _calendar is None:
        with _lock:
            if _calendar is None:
                _calendar = Calendar(
                    (read_year(path) for path in sorted((datafiles.DATA / "calendars").glob("*.yaml"))),
                    office_hours.read(settings.TQ_OFFICE_HOURS),
                )
    return _calendar


def take_year(year: CalendarYear) -> None:
    """Take the notice of one year, in place of what was known of that year.

    Clocks that are already running keep their date until they are worked out again (`recounting`).
    """
    global _calendar
    with _lock:
        _calendar = with_year(year)


def with_year(year: CalendarYear) -> Calendar:
    """The calendar as it would be with this notice."""
    return Calendar({**calendar().years, year.year: year}.values(), calendar().hours)


def _open() -> _Books:
    global _books
    if _books is None:
        with _lock:
            if _books is None:
                _books = _shipped()
    return _books


def _shipped() -> _Books:
    """The rows in `data/rules/`, which may refer to each other across files."""
    files = [(path.name, datafiles.read(path)) for path in sorted((datafiles.DATA / "rules").glob("*.yaml"))]
    problems = [p for name, document in files for p in _fits(document, name)]
    if problems:
        raise BadFile(problems)
    parsed = [(name, checking.rules_from(document)) for name, document in files]
    everything = {one.rule_id: one for _name, found in parsed for one in found}
    problems = [p for name, found in parsed for p in checking.problems_in(found, everything, name)]
    problems += _held_twice(parsed)
    books = _Books().joined_by(one for _name, found in parsed for one in found)
    problems += [p for versions in books.by_id.values() for p in checking.range_problems(versions, "data/rules")]
    if problems:
        raise BadFile(problems)
    return books


def _held_twice(parsed: Iterable[tuple[str, list[Rule]]]) -> Iterable[Problem]:
    """Rows that two files hold: neither may silently win."""
    held: dict[tuple[str, str], str] = {}
    for name, found in parsed:
        for one in found:
            if held.setdefault((one.rule_id, one.version), name) != name:
                yield Problem(name, one.rule_id, "rule_id", _("同一规则的同一版本出现两次"))


def _checked(books: _Books, document: Any, file: str) -> tuple[list[Rule], list[Problem]]:
    if problems := _fits(document, file):
        return [], problems
    new = checking.rules_from(document)
    problems = checking.problems_in(new, books.latest(), file)
    for one in new:
        known = books.by_version.get((one.rule_id, one.version))
        if known and known.digest != one.digest and one.part_of is None:
            message = _("版本%(version)s已经载入，内容不能更改，请另立新版本") % {"version": one.version}
            problems.append(Problem(file, one.rule_id, "version", message))
    joined = books.joined_by(new)
    for rule_id in sorted({one.rule_id for one in new if one.part_of is None}):
        problems += checking.range_problems(joined.by_id[rule_id], file)
    return new, problems


def _fits(document: Any, file: str) -> list[Problem]:
    return datafiles.check(document, "rules", file, rows="rules", name="rule_id")


def read_year(path: Path | str) -> CalendarYear:
    """The notice in a file. Raises BadFile."""
    path = Path(path)
    return year_from(datafiles.read(path), path.name)


def year_from(document: Any, file: str) -> CalendarYear:
    """The notice that a parsed file holds. Raises BadFile."""
    problems = datafiles.check(document, "calendar", file, rows="holidays", name="from")
    if problems:
        raise BadFile(problems)
    holidays = tuple(
        Holiday(h["name"], date.fromisoformat(h["from"]), date.fromisoformat(h["to"])) for h in document["holidays"]
    )
    workdays = frozenset(date.fromisoformat(day) for day in document["workdays"])
    year = CalendarYear(
        document["year"], document["notice"], _day_or_none(document["issued"]), document["trust"],
        holidays, workdays, document.get("trust_note"),
    )  # fmt: skip
    if problems := list(_year_problems(year, file)):
        raise BadFile(problems)
    return year


def _day_or_none(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _year_problems(year: CalendarYear, file: str) -> Iterable[Problem]:
    first, last = date(year.year - 1, 12, 1), date(year.year, 12, 31)

    def outside() -> str:
        return _("不在%(year)d年之内，也不在上一年12月") % {"year": year.year}

    for holiday in year.holidays:
        if holiday.end < holiday.start:
            yield Problem(file, str(holiday.start), "to", _("节假日的结束早于开始"))
        if holiday.start < first or holiday.end > last:
            yield Problem(file, str(holiday.start), "from", outside())
    for day in sorted(year.workdays):
        if not first <= day <= last:
            yield Problem(file, str(day), "workdays", outside())
        if day.weekday() < 5:
            yield Problem(file, str(day), "workdays", _("调休上班的日子应当是周六或者周日"))
        if any(h.start <= day <= h.end for h in year.holidays):
            yield Problem(file, str(day), "workdays", _("同一天既放假又上班"))
