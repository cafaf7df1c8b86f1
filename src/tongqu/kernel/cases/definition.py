"""The one place where the case engine reads a package and a case's form values.

Values are kept as {field: {value, element, source, source_ref, as_of, confirmed_by}}. Those of personal data elements
lie sealed under the applicant's own key (`Case.personal`), the rest in `Case.values`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tongqu.foundation.identifiers import mod_11_10_check
from tongqu.kernel.acts import ports
from tongqu.kernel.acts.errors import Text
from tongqu.kernel.acts.operation import Sealer
from tongqu.kernel.cases import counter
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.procedure import Procedure, latest
from tongqu.kernel.identity.vault import open_sealed
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import (
    Material,
    Situation,
    check_points,
    check_values,
    effective,
    prefilled,
    site_check_needed,
    visible_fields,
)
from tongqu.kernel.packages.rules import materials as materials_of
from tongqu.kernel.packages.tables import Decided
from tongqu.kernel.standards.register import code_set, element
from tongqu.kernel.ui import languages

Values = dict[str, dict[str, Any]]

RESULTS: list[dict[str, Any]] = [
    {"value": "passed", "label": {"zh-Hans": "符合", "en": "Meets"}},
    {"value": "failed", "label": {"zh-Hans": "不符合", "en": "Does not meet"}},
    {"value": "not_applicable", "label": {"zh-Hans": "不适用", "en": "Does not apply"}},
]


def package_by_id(version_id: UUID) -> Package:
    return packages.version(version_id)


def package_of(case: Case) -> Package:
    """The version frozen into the case, whatever has been published since."""
    return packages.version(case.package_version_id)


def procedure_of(package: Package) -> Procedure:
    return latest(str(package.procedure["procedure"]))


def parameters(package: Package) -> dict[str, str]:
    """{name in the procedure: rule id} as the item binds them."""
    spec = package.procedure
    bound = {name: clock["rule"] for name, clock in spec.get("clocks", {}).items()}
    if clock := spec.get("site_check", {}).get("clock"):
        bound["check"] = clock["rule"]
    if validity := spec.get("validity"):
        bound["validity"] = validity["rule"]
    return bound


def promise(package: Package, clock: str) -> tuple[int, str] | None:
    """The time that the item promises in public, shorter than the rule's own (L27): (quantity, unit) or None."""
    promised = package.procedure.get("clocks", {}).get(clock, {}).get("promise")
    return (promised["quantity"], promised["unit"]) if promised else None


# --- values ----------------------------------------------------------------------------------------------------------


def facts_about(case: Case) -> dict[str, str]:
    """What the case itself knows beside its form."""
    return {"filed_by": "agent" if case.mandate_is_proxy else "self", "applicant_kind": case.applicant_kind}


def all_values(case: Case) -> Values:
    """Every field with its provenance; one query when personal ones are sealed."""
    opened = open_sealed(UUID(case.personal["party"]), case.personal) if case.personal else {}
    return {**case.values, **opened}


def plain_values(case: Case) -> dict[str, Any]:
    """{field: value} alone."""
    return {name: entry["value"] for name, entry in all_values(case).items()}


def store_values(case: Case, values: Values) -> None:
    """Put the values on the (unsaved) case: personal ones sealed, the rest open."""
    personal = {n: v for n, v in values.items() if element(v["element"]).personal}
    case.values = {n: v for n, v in values.items() if n not in personal}
    case.personal = _sealer().seal(case.applicant_id, personal) if personal else None


def _sealer() -> Sealer:
    return ports.adapter(Sealer)  # type: ignore[type-abstract]


def from_facts(package: Package, facts: Sequence[Mapping[str, Any]]) -> Values:
    """The pre-filled fields that these facts answer."""
    by_element = {fact["element"]: fact for fact in facts}
    return {
        name: {
            "value": fact["value"], "element": wanted, "source": "prefilled", "register": fact["source"],
            "source_ref": fact["source_ref"], "as_of": fact["as_of"],
        }
        for name, wanted in prefilled(package).items()
        if (fact := by_element.get(wanted))
    }  # fmt: skip


def standing_wanted(package: Package) -> list[Mapping[str, Any]]:
    """The facts on which acceptance rests: {element, in, rule, text}."""
    return list(package.procedure.get("acceptance", {}).get("facts", ()))


def bans(package: Package) -> set[str]:
    """The rules under which a finding bars a new application for this item."""
    return {ban["rule"] for ban in package.procedure.get("acceptance", {}).get("bans", ())}


def standing(package: Package, facts: Sequence[Mapping[str, Any]]) -> Values:
    """Those facts, as the registers gave them."""
    by_element = {fact["element"]: dict(fact) for fact in facts}
    return {w["element"]: by_element[w["element"]] for w in standing_wanted(package) if w["element"] in by_element}


def elements_to_fetch(package: Package) -> list[str]:
    """What to ask the registers for before a draft is opened."""
    wanted = [*prefilled(package).values(), *(w["element"] for w in standing_wanted(package))]
    return list(dict.fromkeys(wanted))


def standing_fault(
    package: Package, case: Case, values: Callable[[], Mapping[str, Any]]
) -> tuple[str, str] | None:  # fmt: skip
    """(why, rule) when a fact that acceptance rests on is missing or has another value, or when what must hold by the
    answers and the package's tables does not hold for certain. `values` are read only where the package says so."""
    for wanted in standing_wanted(package):
        if case.standing.get(wanted["element"], {}).get("value") not in wanted["in"]:
            return languages.said(wanted["text"]), wanted["rule"]
    if conditions := package.procedure.get("acceptance", {}).get("conditions", ()):
        known = situation(package, values(), case)
        for one in conditions:
            if not known.holds(one["when"]):
                return languages.said(one["text"]), one["rule"]
    return None


def typed(case: Case, package: Package, posted: Mapping[str, Any], *, by: Mapping[str, str] | None = None) -> Values:
    """The case's values with these typed over them. Pre-filled fields stay as the register said; unknown names go.

    `by` is the provenance of what is typed, where it was not the applicant: {"source": "helper", "helper": account}.
    """
    values, fixed = all_values(case), prefilled(package)
    for name, value in posted.items():
        field = package.fields.get(name)
        if field is None or name in fixed:
            continue
        if value in (None, "", []):
            values.pop(name, None)
        elif values.get(name, {}).get("value") != value:
            values[name] = {"value": value, "element": field["element"], **(by or {"source": "typed"})}
    return values


def confirm(case: Case, *, by: UUID | None, package: Package, values: Values, fresh: Collection[str]) -> None:
    """Put on the case what counts of these values (shown fields), the fresh ones confirmed by whoever sends them."""
    shown = set(visible_fields(package, {n: v["value"] for n, v in values.items()}))
    mark = {"confirmed_by": str(by)}
    store_values(case, {n: v | mark if n in fresh else v for n, v in values.items() if n in shown})


def form_errors(package: Package, values: Mapping[str, Any]) -> dict[str, Text]:
    """{field: what is wrong and how to mend it} for submission."""
    return {name: problem.message for name, problem in check_values(package, values).items()}


# --- materials, supplement, site check -------------------------------------------------------------------------------


def situation(package: Package, values: Mapping[str, Any], case: Case) -> Situation:
    """All that is known of a case, with what its package's tables make of it, each worked out once. It may stand for
    the values in all that is asked of a package here."""
    return Situation.of(package, values, facts_about(case))


def materials(package: Package, values: Mapping[str, Any], case: Case) -> list[Material]:
    """What the applicant hands in, in this situation."""
    taken = sources(case)
    return [m for m in materials_of(package, values, facts=facts_about(case)) if m.source in taken]


def sources(case: Case) -> frozenset[str]:
    """Of which sources a material is handed in as a file: a letter of authority only where there is none online."""
    return frozenset({"upload", "authority"} if counter.brings_a_letter(case) else {"upload"})


DECLARATION = "declaration"  # the applicant's signature at a counter: of every item, named by none
DECLARATION_TITLE = {"zh-Hans": "申请人签名的声明", "en": "Declaration signed by the applicant"}


def material_codes(package: Package, case: Case) -> set[str]:
    """What may be handed in."""
    taken = sources(case)
    return {m["code"] for m in package.content["materials"]["materials"] if m["source"] in taken}


def material_spec(package: Package, code: str) -> Mapping[str, Any]:
    return next(m for m in package.content["materials"]["materials"] if m["code"] == code)


def check_called_for(package: Package, values: Mapping[str, Any], case: Case) -> bool:
    return site_check_needed(package, values, facts=facts_about(case))


def decisions(package: Package, values: Mapping[str, Any], case: Case) -> list[Decided]:
    """What each of the package's tables comes to for this case, with the rules that fired."""
    return situation(package, values, case).decisions()


def askable_fields(package: Package, values: Mapping[str, Any]) -> list[str]:
    """`field:name` of every shown field that the applicant, not a register, answers."""
    fixed = prefilled(package)
    return [f"field:{name}" for name in visible_fields(package, values) if name not in fixed]


def form_field(package: Package, name: str) -> dict[str, Any]:
    return dict(package.fields[name])


def title_of(package: Package, code: str) -> dict[str, str]:
    """The name of a demanded thing, `material:…` or `field:…`."""
    kind, _sep, name = code.partition(":")
    return dict(material_spec(package, name)["title"] if kind == "material" else package.fields[name]["label"])


def check_sheet(package: Package, values: Mapping[str, Any], case: Case) -> list[dict[str, Any]]:
    """The fields of the site-check record: the item's points, then conclusion, signature and photos."""
    fields: list[dict[str, Any]] = []
    for group in check_points(package, values, facts=facts_about(case)):
        for point in group["points"]:
            options = RESULTS[:2] if point.get("always_applies") else RESULTS
            field = {"name": f"point_{point['code']}", "element": "case.check_result", "widget": "radio",
                     "label": dict(point["title"]), "required": True, "options": options,
                     "group": dict(group["title"])}  # fmt: skip
            fields.append(field | ({"help": dict(point["help"])} if point.get("help") else {}))
    return fields + [dict(f) for f in _CLOSING]


_CLOSING: list[dict[str, Any]] = [
    {"name": "findings", "element": "case.note", "widget": "textarea", "max_length": 1000,
     "label": {"zh-Hans": "现场情况说明（有不符合项的须写明）", "en": "Findings (required where a point is not met)"}},
    {"name": "photos", "element": "case.file", "widget": "file", "multiple": True, "max_files": 20,
     "label": {"zh-Hans": "现场照片", "en": "Photos"}},
    {"name": "conclusion", "element": "case.check_result", "widget": "radio", "required": True, "options": RESULTS[:2],
     "label": {"zh-Hans": "核查结论", "en": "Conclusion"}},
    {"name": "applicant_signature", "element": "case.signature", "widget": "radio", "required": True,
     "label": {"zh-Hans": "申请人签字", "en": "Signature of the applicant"},
     "options": [{"value": "signed", "label": {"zh-Hans": "已阅记录并签字", "en": "Read and signed"}},
                 {"value": "refused", "label": {"zh-Hans": "拒绝签字（须注明）", "en": "Refused to sign (noted)"}}]},
    {"name": "signature_note", "element": "case.note", "widget": "text", "max_length": 200,
     "show": {"field": "applicant_signature", "equals": "refused"},
     "required": {"when": {"field": "applicant_signature", "equals": "refused"}},
     "label": {"zh-Hans": "拒签情况说明", "en": "How the refusal came about"}},
]  # fmt: skip


# --- the licence -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LicenceNumber:
    """How the item numbers its licences; the check digit's algorithm is a setting of the package."""

    prefix: str
    kind_digit: str
    region_digits: int
    serial_digits: int
    check: str

    @property
    def series(self) -> str:
        return f"{self.prefix}{self.kind_digit}"

    def make(self, region_code: str, serial: int) -> str:
        """Raises ValueError when the series has no number left: a longer one would be another number."""
        if serial >= 10**self.serial_digits:
            raise ValueError(f"the series {self.series} of {region_code} is used up")
        digits = f"{self.kind_digit}{region_code[: self.region_digits]}{serial:0{self.serial_digits}d}"
        return f"{self.prefix}{digits}{mod_11_10_check(digits) if self.check == 'mod_11_10' else ''}"


def licence_number(package: Package, values: Mapping[str, Any]) -> LicenceNumber:
    spec = package.procedure["licence_number"]
    chosen = str(effective(package, values).get(spec["kind_from"], ""))
    kinds = code_set(element(package.fields[spec["kind_from"]]["element"]).code_set)
    return LicenceNumber(
        spec["prefix"], kinds.item(chosen).export, spec["region_digits"], spec["serial_digits"], spec["check"]
    )


def licence_type(package: Package) -> str:
    return str(package.item["result"]["licence_type"])


def licence_lines(
    package: Package, values: Mapping[str, Any], case: Case, decision: Decision, number: str
) -> list[dict[str, str]]:
    """What is printed on the licence, line by line: {name, from, label, label_en, value}."""
    known = {**effective(package, values), **platform_names(case, decision, number)}
    lines = []
    for line in package.texts.get("licence", ()):
        value = shown_value(package, line["from"], known.get(line["from"]))
        marks = [shown_value(package, m, known[m]) for m in line.get("marks", ()) if known.get(m)]
        value = f"{value}（{'，'.join(marks)}）" if marks else value
        lines.append(
            {
                "name": line["name"],
                "from": line["from"],
                "label": line["label"]["zh-Hans"],
                "label_en": line["label"]["en"],
                "value": value,
            }
        )
    return lines


def licensed_matter(package: Package, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) of what is licensed: the lines of the licence so marked. Known before there is a licence."""
    known = effective(package, values)
    found = []
    for line in package.texts.get("licence", ()):
        if line.get("licensed_matter"):
            value = shown_value(package, line["from"], known.get(line["from"]))
            marks = [shown_value(package, m, known[m]) for m in line.get("marks", ()) if known.get(m)]
            found.append((line["label"]["zh-Hans"], f"{value}（{'，'.join(marks)}）" if marks else value))
    return found


def platform_names(case: Case, decision: Decision, number: str) -> dict[str, str]:
    """What the platform itself writes on a licence, by the name that a package's lines take it from."""
    return {
        "licence_no": number, "issuer": case.unit_name.get("zh-Hans", ""), "issued_on": _day(decision.valid_from),
        "valid_from": _day(decision.valid_from), "valid_to": _day(decision.valid_to), "case_no": case.case_no or "",
        "validity": f"{_day(decision.valid_from)}至{_day(decision.valid_to)}",
    }  # fmt: skip


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else "长期"


def shown_value(package: Package, name: str, value: Any, language: str = "zh-Hans") -> str:
    """A value in words: names of chosen options, not their codes."""
    if value in (None, "", []):
        return ""
    field = package.fields.get(name, {})
    names = {o["value"]: o["label"] for o in field.get("options", ())}
    chosen = list(value) if isinstance(value, list | tuple) else [value]
    if not names:
        derived = next((d for d in package.form.get("derived", ()) if d["name"] == name), None)
        coded = element(derived["element"]).code_set if derived else None
        names = {i.value: i.name for i in code_set(coded).items} if coded else {}
    words = [languages.said(names[v], language) if v in names else str(v) for v in chosen]
    text = ("；" if language.startswith("zh") else "; ").join(words)
    unit = field.get("unit")
    return f"{text} {languages.said(unit, language)}" if unit and text else text
