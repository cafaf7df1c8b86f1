"""A package's own tests: cases written beside the definition that must come out as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules.fields import check_values, derived_values, visible_fields
from tongqu.kernel.packages.rules.materials import materials, site_check_needed
from tongqu.kernel.packages.rules.situations import Situation
from tongqu.kernel.packages.rules.triage import Outcome, next_step


@dataclass(frozen=True, slots=True)
class TestResult:
    """`message` says what was expected and what came; empty when it passed."""

    __test__ = False

    name: str
    passed: bool
    message: str = ""


def run_tests(package: Package) -> list[TestResult]:
    """Every case of `tests.yaml`, in order. Never raises for a failing case."""
    tests = package.content["tests"]
    return [
        *(_result(f"triage: {case['name']}", _triage(package, case)) for case in tests.get("triage", ())),
        *(_result(f"materials: {case['name']}", _materials(package, case)) for case in tests.get("materials", ())),
        *(_result(f"form: {case['name']}", _form(package, case)) for case in tests.get("form", ())),
    ]


def _result(name: str, differences: Iterator[str]) -> TestResult:
    try:
        message = "; ".join(differences)
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        message = f"{type(error).__name__}: {error}"
    return TestResult(name, not message, message)


def _triage(package: Package, case: Mapping[str, Any]) -> Iterator[str]:
    step = next_step(package, case["answers"], adopted=case.get("adopted"))
    expect = case["expect"]
    kind = "outcome" if isinstance(step, Outcome) else "question"
    if expect.get(kind) != step.id:
        yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": _plain(expect), "got": f"{kind} {step.id}"}
    if "fills" in expect and isinstance(step, Outcome) and dict(step.fills) != dict(expect["fills"]):
        yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": _plain(expect["fills"]), "got": _plain(step.fills)}


def _materials(package: Package, case: Mapping[str, Any]) -> Iterator[str]:
    codes = [one.code for one in materials(package, case["values"], facts=case.get("facts"))]
    if sorted(codes) != sorted(case["expect"]):
        yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": sorted(case["expect"]), "got": sorted(codes)}


def _form(package: Package, case: Mapping[str, Any]) -> Iterator[str]:
    values, expect = case["values"], case["expect"]
    shown = set(visible_fields(package, values))
    if missing := set(expect.get("shown", ())) - shown:
        yield _("没有显示：%(names)s") % {"names": sorted(missing)}
    if extra := set(expect.get("hidden", ())) & shown:
        yield _("不该显示：%(names)s") % {"names": sorted(extra)}
    if "problems" in expect and (found := sorted(check_values(package, values))) != sorted(expect["problems"]):
        yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": sorted(expect["problems"]), "got": found}
    derived = derived_values(package, values)
    for name, value in expect.get("derived", {}).items():
        if derived.get(name) != value:
            wanted = f"{name}={value}"
            yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": wanted, "got": f"{name}={derived.get(name)}"}
    situation = Situation(package, values, case.get("facts")) if "tables" in expect else {}
    for name, value in expect.get("tables", {}).items():
        if situation.get(name) != value:
            wanted = f"{name}={value}"
            yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": wanted, "got": f"{name}={situation.get(name)}"}
    if "site_check" in expect:
        needed = site_check_needed(package, values, facts=case.get("facts"))
        if needed != expect["site_check"]:
            wanted = f"site_check={expect['site_check']}"
            yield _("应当是%(wanted)s，结果是%(got)s") % {"wanted": wanted, "got": f"site_check={needed}"}


def _plain(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(values.items()))
