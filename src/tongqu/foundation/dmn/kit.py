"""The cases of the DMN Technology Compatibility Kit: read, run, judged. Any folder of its format, at any depth."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from tongqu.foundation.dmn.graph import Models
from tongqu.foundation.dmn.model import Definitions
from tongqu.foundation.dmn.reading_xml import ModelError, parsed, read_xml
from tongqu.foundation.feel import operators as op
from tongqu.foundation.feel import reading_temporal as reading
from tongqu.foundation.feel.diagnostics import LimitExceeded
from tongqu.foundation.feel.temporal import DateTime, DaysTime, Time
from tongqu.foundation.feel.values import EXACT, number

CASES = "http://www.omg.org/spec/DMN/20160719/testcase"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
TOLERANCE = Decimal("1e-8")
Node = ElementTree.Element


@dataclass(frozen=True, slots=True)
class Verdict:
    """One expected result. `outcome`: passed, failed, error; `expects_error`: the kit wants null with an error."""

    folder: str
    file: str
    case: str
    result: str
    outcome: str
    expects_error: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """By case, as the kit counts: a case passes when each of its results does."""

    passed: int
    failed: int
    errors: int
    passed_plain: int
    plain: int

    @property
    def cases(self) -> int:
        return self.passed + self.failed + self.errors


def run_folder(folder: Path) -> Iterator[Verdict]:
    """Every case below the folder. Raises FileNotFoundError where there is none."""
    files = sorted(path for path in folder.rglob("*.xml") if _is_cases(path))
    if not files:
        raise FileNotFoundError(folder)
    for path in files:
        yield from run_file(path, folder)


def _is_cases(path: Path) -> bool:
    with path.open("rb") as stream:
        return b"dmn/20160719/testcase" in stream.read(4000).lower()


def run_file(path: Path, base: Path) -> Iterator[Verdict]:
    root = parsed(path.read_bytes())
    folder = str(path.parent.relative_to(base))
    models = _models(path.parent, _text(root, "modelName").strip())
    for case in _all(root, "testCase"):
        yield from _run_case(folder, path.name, models, case)


def _models(folder: Path, name: str) -> Models | str:
    """The model that the cases name with all others beside it that it may import; else why there is none."""
    found: dict[str, Definitions] = {}
    broken: dict[str, str] = {}
    for path in sorted(folder.glob("*.dmn")):
        try:
            found[path.name] = read_xml(path.read_bytes())
        except ModelError as error:
            broken[path.name] = str(error)
    if name not in found:
        return broken.get(name, f"没有找到“{name}” “{name}” was not found")
    return Models(found[name], [one for key, one in found.items() if key != name])


def _run_case(folder: str, file: str, models: Models | str, case: Node) -> Iterator[Verdict]:
    facts = {node.get("name", ""): value_of(node) for node in _all(case, "inputNode")}
    for result in _all(case, "resultNode"):
        wants_error = result.get("errorResult") in ("true", "1")
        expected = value_of(_first(result, "expected"))
        outcome, detail = "error", str(models)
        if isinstance(models, Models):
            outcome, detail = _judged(models, case, result.get("name", ""), facts, expected)
        yield Verdict(folder, file, case.get("id", ""), result.get("name", ""), outcome, wants_error, detail)


def _judged(models: Models, case: Node, name: str, facts: dict[str, Any], expected: Any) -> tuple[str, str]:
    try:
        if case.get("type") == "decisionService":
            answer = models.serve(case.get("invocableName", name), facts)
        elif case.get("type") == "bkm":
            answer = models.apply(case.get("invocableName", name), facts)
        else:
            answer = models.decide(name, facts)
    except Exception as error:  # whatever a model makes the engine raise is this case's outcome, not the run's
        known = isinstance(error, ModelError | LimitExceeded)
        return "error", str(error) if known else f"{type(error).__name__}: {error}"
    value = answer.value
    if case.get("type") == "decisionService" and isinstance(value, dict) and name in value:
        value = value[name]
    if same(value, expected):
        return "passed", ""
    why = "; ".join(str(note) for note in answer.notes[:3])
    return "failed", f"expected {expected!r}, got {value!r} {why}"


def same(value: Any, expected: Any) -> bool:
    """As the kit compares: numbers to eight digits, contexts and lists part by part."""
    if type(value) is Decimal and type(expected) is Decimal:
        return value == expected or abs(EXACT.subtract(value, expected)) <= TOLERANCE * max(abs(expected), Decimal(1))
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(same(value[k], expected[k]) for k in value)
    if isinstance(value, Time | DateTime) or isinstance(expected, Time | DateTime):
        return type(value) is type(expected) and str(value) == str(expected)
    return op.equal(value, expected) is True


# --- the kit's values ------------------------------------------------------------------------------------------------


def value_of(node: Node | None) -> Any:
    """The value of an input or an expected result."""
    if node is None or node.get(f"{{{XSI}}}nil") in ("true", "1"):
        return None
    listed = _first(node, "list")
    if listed is not None:
        nil = listed.get(f"{{{XSI}}}nil") in ("true", "1")
        return None if nil else [value_of(item) for item in _all(listed, "item")]
    parts = list(_all(node, "component"))
    if parts:
        return {part.get("name", ""): value_of(part) for part in parts}
    single = _first(node, "value")
    return None if single is None else _simple(single)


def _simple(node: Node) -> Any:
    if node.get(f"{{{XSI}}}nil") in ("true", "1"):
        return None
    text = node.text or ""
    kind = (node.get(f"{{{XSI}}}type") or "xsd:string").rpartition(":")[2]
    if kind in ("decimal", "double", "float", "integer", "int", "long"):
        try:
            return number(text.strip())
        except InvalidOperation:
            return None
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind == "date":
        return reading.read_date(text.strip())
    if kind == "time":
        return reading.read_time(text.strip())
    if kind == "dateTime":
        return reading.read_datetime(text.strip())
    if kind in ("duration", "dayTimeDuration", "yearMonthDuration"):
        return reading.read_duration(text.strip()) or DaysTime(0)
    return text


def _all(node: Node, name: str) -> Iterator[Node]:
    return node.iterfind(f"{{{CASES}}}{name}")


def _first(node: Node, name: str) -> Node | None:
    return node.find(f"{{{CASES}}}{name}")


def _text(node: Node, name: str) -> str:
    return node.findtext(f"{{{CASES}}}{name}") or ""


# --- counting --------------------------------------------------------------------------------------------------------


def totals(verdicts: list[Verdict]) -> Totals:
    cases: dict[tuple[str, str, str], list[Verdict]] = {}
    for one in verdicts:
        cases.setdefault((one.folder, one.file, one.case), []).append(one)
    outcomes = {key: _worst(rows) for key, rows in cases.items()}
    plain = {key for key, rows in cases.items() if not any(r.expects_error for r in rows)}
    count = list(outcomes.values()).count
    return Totals(
        count("passed"), count("failed"), count("error"),
        sum(outcomes[key] == "passed" for key in plain), len(plain),
    )  # fmt: skip


def _worst(rows: list[Verdict]) -> str:
    found = {row.outcome for row in rows}
    return "error" if "error" in found else "failed" if "failed" in found else "passed"


def write_csv(verdicts: list[Verdict], stream: TextIO) -> None:
    """One line for each expected result."""
    rows = csv.writer(stream)
    rows.writerow(["folder", "file", "case", "result", "outcome", "expects error", "detail"])
    for one in verdicts:
        rows.writerow([one.folder, one.file, one.case, one.result, one.outcome, one.expects_error, one.detail])
