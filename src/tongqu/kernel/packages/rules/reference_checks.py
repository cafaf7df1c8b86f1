"""Checks of what a package names beyond the form: rules, instruments, actions, clocks, conditions, wordings, tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tongqu.kernel.law import register as law_register
from tongqu.kernel.packages.content import LAW_FILES, Content
from tongqu.kernel.packages.names import kinds_in, values_of
from tongqu.kernel.packages.ports import procedures
from tongqu.kernel.packages.rules import table_checks
from tongqu.kernel.packages.rules.fields import fields_of
from tongqu.kernel.packages.rules.form_checks import condition_problems
from tongqu.kernel.packages.rules.graph_checks import NAME_IN_TEXT
from tongqu.kernel.packages.tables import PackageTables
from tongqu.kernel.packages.wording import Problem, problem
from tongqu.kernel.standards.register import UnknownStandard, code_set, element

# Names that the platform itself can put on a licence, beside fields and derived values.
PLATFORM_NAMES = frozenset({"licence_no", "issuer", "issued_on", "valid_from", "valid_to", "validity", "case_no"})


def problems(content: Content, tables: PackageTables | None) -> Iterator[Problem]:
    """`tables`: those of the package; None where they cannot be read."""
    known = values_of(content["form"])
    yield from _rule_problems(content, tables)
    yield from _instrument_problems(content)
    yield from _item_problems(content["package"])
    yield from _procedure_problems(content)
    yield from _when_problems(content, known, tables)
    yield from _wording_problems(content, known)
    yield from _test_problems(content, known)


def _rule_problems(content: Content, tables: PackageTables | None) -> Iterator[Problem]:
    shipped = set(_shipped_rules(content.get("rules")))
    absent = _absent(content["package"].get("rules_of", ()))
    for code in absent:
        yield problem("package.yaml", "$.rules_of", "publish-first", name=code)
    for stem, data in content.items():
        for path, name in _named(data, {"rule", "rule_id", "ban_rule"}) if not absent else ():
            if name not in shipped and not _in_register(name):
                yield problem(f"{stem}.yaml", path, "unknown-rule", name=name)
    for file, name in table_checks.cited(tables) if not absent else ():
        if name not in shipped and not _in_register(name):
            yield problem(file, "$", "unknown-rule", name=name)
    code = content["package"]["code"]
    for stem in LAW_FILES:
        if stem in content and content[stem].get("package") != code:
            yield problem(f"{stem}.yaml", "$.package", "must-be", wanted=code)
    if "rules" in content:
        for found in law_register.check_rules(content["rules"], "rules.yaml"):
            yield Problem("rules.yaml", f"{found.row} {found.field}".strip(), str(found.message), code="law")


def _absent(codes: Iterable[str]) -> list[str]:
    """Those of the packages whose rules are not in the register: names cannot be told right from wrong without."""
    if not codes:
        return []
    there = {rule.package for rule in law_register.all_versions()}
    return [code for code in codes if code not in there]


def _in_register(rule_id: str) -> bool:
    try:
        law_register.rule(rule_id)
    except law_register.UnknownRule:
        return False
    return True


def _shipped_rules(file: Mapping[str, Any] | None) -> Iterator[str]:
    for rule in (file or {}).get("rules", ()):
        yield rule["rule_id"]
        for part in rule.get("parts", ()):
            yield f"{rule['rule_id']}.{part['part']}"


def _instrument_problems(content: Content) -> Iterator[Problem]:
    known = content["package"]["instruments"]
    for stem, data in content.items():
        if stem in {*LAW_FILES, "templates"}:
            continue
        for path, name in _named(data, {"instrument"}):
            if name not in known:
                yield problem(f"{stem}.yaml", path, "unknown-instrument", name=name)


def _item_problems(package: Mapping[str, Any]) -> Iterator[Problem]:
    item = package["item"]
    for key, of in (("type", "service_item_type"), ("case_kind", "case_kind"), ("served", "party_kind")):
        values = item[key] if isinstance(item[key], list) else [item[key]]
        for value in values:
            if value not in code_set(of).values:
                yield problem("package.yaml", f"$.item.{key}", "not-in-code-set", set=of, values=value)
    for index, setting in enumerate(package.get("settings", ())):
        for one in setting["parameters"]:
            if "default" in one and isinstance(one["default"], int) != (one["type"] == "integer"):
                yield problem("package.yaml", f"$.settings[{index}]", "default-type", name=one["name"])


def _procedure_problems(content: Content) -> Iterator[Problem]:
    procedure = content["procedure"]
    for one in (procedure.get("acceptance") or {}).get("facts", ()):
        try:
            what = element(one["element"])
        except UnknownStandard:
            yield problem("procedure.yaml", "$.acceptance.facts", "unknown-element", name=one["element"])
            continue
        strange = set(one["in"]) - code_set(what.code_set).values if what.code_set else set()
        for value in sorted(strange):
            yield problem("procedure.yaml", "$.acceptance.facts", "never", name=what.code, value=value)
    engine = procedures()
    if engine is None:
        return
    try:
        actions, clocks = engine.actions(procedure["procedure"]), engine.clocks(procedure["procedure"])
    except LookupError:
        yield problem("procedure.yaml", "$.procedure", "unknown-procedure", name=procedure["procedure"])
        return
    for name in sorted(set(procedure.get("actions", ())) - actions):
        yield problem("procedure.yaml", "$.actions", "unknown-action", name=name)
    for name in sorted(set(procedure.get("clocks", ())) - clocks):
        yield problem("procedure.yaml", "$.clocks", "unknown-clock", name=name)
    yield from _promise_problems(content)
    for index, step in enumerate(content["guide"]["steps"]):
        for name in sorted(set(step.get("actions", ())) - actions):
            yield problem("guide.yaml", f"$.steps[{index}].actions", "unknown-action", name=name)


def _promise_problems(content: Content) -> Iterator[Problem]:
    """L27: what is promised is shorter than what the law allows, in the same unit."""
    own = {row["rule_id"]: row for row in (content.get("rules") or {}).get("rules", ())}
    for name, clock in content["procedure"].get("clocks", {}).items():
        if (promised := clock.get("promise")) is None:
            continue
        row, known = own.get(clock["rule"]), law_register.latest(clock["rule"])
        unit, most = (row.get("unit"), row.get("quantity")) if row else (known and known.unit, known and known.quantity)
        if promised["unit"] != unit or promised["quantity"] >= (most or 0):
            yield problem(
                "procedure.yaml", f"$.clocks.{name}.promise", "promise-longer", rule="L27", name=clock["rule"]
            )


def _when_problems(
    content: Content, known: Mapping[str, frozenset[str] | None], tables: PackageTables | None
) -> Iterator[Problem]:
    kinds = kinds_in(content["form"])
    yield from _number_problems(content["procedure"], known)
    if tables:
        known = {**known, **{name: one.values for name, one in tables.given.items()}}
        kinds |= tables.kinds
    for index, one in enumerate(content["materials"]["materials"]):
        yield from condition_problems("materials.yaml", f"$.materials[{index}].when", one.get("when"), known, kinds)
    procedure = content["procedure"]
    if site_check := procedure.get("site_check"):
        path = "$.site_check.needed_when"
        yield from condition_problems("procedure.yaml", path, site_check["needed_when"], known, kinds)
    for index, one in enumerate((procedure.get("acceptance") or {}).get("conditions", ())):
        path = f"$.acceptance.conditions[{index}].when"
        yield from condition_problems("procedure.yaml", path, one["when"], known, kinds)
    for g, group in enumerate((content.get("site_check") or {}).get("groups", ())):
        for p, point in enumerate(group["points"]):
            path = f"$.groups[{g}].points[{p}].when"
            yield from condition_problems("site_check.yaml", path, point.get("when"), known, kinds)


def _number_problems(procedure: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Problem]:
    if (number := procedure.get("licence_number")) and number["kind_from"] not in known:
        yield problem("procedure.yaml", "$.licence_number.kind_from", "unknown-field", name=number["kind_from"])
    if (renews := procedure.get("renews")) and renews["number_from"] not in known:
        yield problem("procedure.yaml", "$.renews.number_from", "unknown-field", name=renews["number_from"])


def _wording_problems(content: Content, known: Mapping[str, Any]) -> Iterator[Problem]:
    texts = content.get("texts")
    if texts is None:
        return
    names = set(texts["names"])
    materials = {one["code"] for one in content["materials"]["materials"]}
    for index, one in enumerate(texts.get("supplement", ())):
        path = f"$.supplement[{index}]"
        if "material" in one and one["material"] not in materials:
            yield problem("texts.yaml", path, "unknown-material", name=one["material"])
        if "field" in one and one["field"] not in known:
            yield problem("texts.yaml", path, "unknown-field", name=one["field"])
    for index, one in enumerate(texts.get("supplement", ())):
        for name in sorted(set(NAME_IN_TEXT.findall(str(one))) - names):
            yield problem("texts.yaml", f"$.supplement[{index}]", "unknown-name", name=name)
    for index, one in enumerate(texts.get("licence", ())):
        for name in (one["from"], *one.get("marks", ())):
            if name not in known and name not in PLATFORM_NAMES:
                yield problem("texts.yaml", f"$.licence[{index}]", "unknown-source", name=name)


def _test_problems(content: Content, known: Mapping[str, Any]) -> Iterator[Problem]:
    fields = {field["name"] for field in fields_of(content["form"])}
    for kind in ("materials", "form"):
        for index, case in enumerate(content["tests"].get(kind, ())):
            for name in sorted(set(case["values"]) - fields):
                yield problem("tests.yaml", f"$.{kind}[{index}]", "unknown-field", name=name)
            for name, value in case.get("facts", {}).items():
                if value not in (known.get(name) or ()):
                    yield problem("tests.yaml", f"$.{kind}[{index}]", "never", name=name, value=value)


def _named(data: Any, keys: set[str], path: str = "$") -> Iterator[tuple[str, str]]:
    """(path, value) of every string, or string of a list, under one of these keys."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            here = f"{path}.{key}"
            if key in keys and isinstance(value, str):
                yield here, value
            elif key in keys and isinstance(value, list):
                yield from ((here, one) for one in value if isinstance(one, str))
            else:
                yield from _named(value, keys, here)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _named(value, keys, f"{path}[{index}]")
