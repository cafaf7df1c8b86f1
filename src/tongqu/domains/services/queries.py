"""What the pages of the services room draw: plain values made from packages, rules and cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import Case, Decision
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.queries import CaseView, HistoryLine
from tongqu.kernel.directory.queries import lead
from tongqu.kernel.identity.queries import parties_of
from tongqu.kernel.law import register
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.packages.rules import NextQuestion, all_materials, next_step, visible_fields
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.queries import status_on
from tongqu.kernel.standards.register import code_set, source
from tongqu.kernel.ui import forms

words = forms.text


# --- guides ----------------------------------------------------------------------------------------------------------


def items() -> list[dict[str, Any]]:
    """A card for each published item. One query, and one more for each version new to this process."""
    cards = []
    for row in packages.published():
        package = packages.version(row.id)
        cards.append(
            {
                "title": words(package.title),
                "url": reverse("services:guide", args=[package.code]),
                "icon": "apply",
                "text": words(package.content["package"]["summary"]),
                "foot": [_("不收费")] if not package.item["fee"]["charged"] else [],
            }
        )
    return cards


def guide_of(package: Package, *, region_code: str) -> dict[str, Any]:
    """Everything the guide page shows. Two queries: the counter, local settings."""
    limit = register.rule(package.item["statutory_limit"]["rule"])
    promise = register.rule(package.item["committed_limit"]["rule"]) if "committed_limit" in package.item else None
    return {
        "package": package,
        "guide": package.guide,
        "steps": [_step(s) for s in package.guide["steps"]],
        "limit": span(limit),
        "limit_rule": limit,
        "promise": span(promise) if promise else "",
        "promise_rule": promise,
        "needed": [m for m, _when in all_materials(package) if m.asked and not m.optional and _when is None],
        "sometimes": [m for m, _when in all_materials(package) if m.asked and (m.optional or _when is not None)],
        "bases": [_basis(package, b) for b in package.item["legal_basis"]],
        "counter": _counter(package, region_code),
    }


def _counter(package: Package, region_code: str) -> Any:
    try:
        return lead(package.item["matter"], region_code)
    except NotFound:
        return None


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    rule = register.rule(step["rule"]) if step.get("rule") else None
    return {
        "title": words(step["title"]),
        "text": words(step["text"]),
        "time": span(rule) if rule and rule.quantity else "",
    }


def span(rule: Rule) -> str:
    """A rule's number in words: 10 个工作日."""
    if rule.quantity is None:
        return ""
    units = {
        ("day", "working"): _("%(n)s 个工作日"),
        ("day", "calendar"): _("%(n)s 日"),
        ("month", "calendar"): _("%(n)s 个月"),
        ("year", "calendar"): _("%(n)s 年"),
        ("hour", "hour"): _("%(n)s 小时"),
    }
    return str(units.get((rule.unit, rule.day_type or "calendar"), "%(n)s")) % {"n": rule.quantity}


def _basis(package: Package, basis: Mapping[str, Any]) -> dict[str, str]:
    name = words(package.instrument(basis["instrument"]))
    return {
        "text": f"{name} {basis.get('article', '')}".strip(),
        "trust": basis["trust"],
        "rule": basis.get("rule", ""),
    }


def basis_of(package: Package, bases: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [_basis(package, b) for b in bases]


def answered(package: Package, answers: Mapping[str, str], asked: Iterable[str], adopted: Any) -> list[dict[str, str]]:
    """The questions answered so far, as they were asked (local numbers filled in), each with the way back to it."""
    rows: list[dict[str, str]] = []
    before: dict[str, str] = {}
    for name in asked:
        step = next_step(package, before, adopted=adopted)
        if not isinstance(step, NextQuestion):
            break
        label = next((words(a.label) for a in step.answers if a.value == answers.get(name)), "")
        rows.append(
            {
                "label": words(step.title),
                "value": label,
                "action_url": f"?{urlencode(before)}",
                "action_label": _("更改"),
            }
        )
        before[name] = answers[name]
    return rows


def party_field(actor: Actor, package: Package) -> Any:
    """Whose licence is it? The parties the actor may file for, of the kinds this item serves; None for none."""
    standings = [s for s in parties_of(actor) if s.kind in package.item["served"]]
    if not standings:
        return None
    names = {m.value: words(m.name) for m in code_set("party_kind").items}
    options = [{"value": str(s.mandate_id or ""), "label": s.name, "hint": names.get(s.kind, "")} for s in standings]
    chosen = str(actor.mandate_id or "") if actor.on_behalf_of else options[0]["value"]
    return forms.single("party", _("为谁办理"), "radio", value=chosen, options=options)


# --- applying ------------------------------------------------------------------------------------------------------


def form_context(view: CaseView, page_id: str, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    pages = forms.page_ids(view.package.form)
    at = pages.index(page_id)
    this = view.package.form["pages"][at]
    return {
        "view": view,
        "page_id": page_id,
        "title": words(this["title"]),
        "intro": words(this.get("intro")),
        "sections": forms.build(view.package.form, values, errors, _entries_provenance(view), page=page_id),
        "errors": errors,
        "steps": steps_of(view),
        "current": at + 1,
        "previous": reverse("services:form", args=[view.case.id, pages[at - 1]]) if at else "",
    }


def _entries_provenance(view: CaseView) -> dict[str, Any]:
    entries = view.facts.entries
    return {
        name: {"label": words(source(e["register"]).name), "as_of": date.fromisoformat(e["as_of"])}
        for name, e in entries.items()
        if e["source"] == "prefilled"
    }


def steps_of(view: CaseView) -> list[str]:
    return [*forms.page_titles(view.package.form), _("上传材料"), _("核对提交")]


def materials_context(view: CaseView, errors: Mapping[str, str]) -> dict[str, Any]:
    have: dict[str, list[dict[str, Any]]] = {}
    for row in view.facts.materials:
        have.setdefault(row.code, []).append(_file(view.case, row, removable=True))
    groups = []
    for material in view.facts.wanted:
        field = forms.single(
            material.code,
            _("选择文件"),
            "file",
            optional=material.optional,
            error=errors.get(material.code, ""),
            accept=",".join(f".{kind}" for kind in material.accept),
            multiple=material.max_files > 1,
            help=_("可以拍照上传；PDF、JPG、PNG，每个不超过 20 MB"),
        )
        groups.append({"material": material, "field": field, "files": have.get(material.code, [])})
    total = len(view.package.form["pages"]) + 1
    return {
        "view": view,
        "groups": groups,
        "errors": errors,
        "steps": steps_of(view),
        "current": total,
        "missing": view.facts.missing_materials,
        "previous": reverse("services:form", args=[view.case.id, forms.page_ids(view.package.form)[-1]]),
    }


def _file(case: Case, row: Any, *, removable: bool = False) -> dict[str, Any]:
    card = {
        "name": row.filename,
        "size": row.size,
        "at": row.created_at,
        "url": reverse("services:file", args=[case.id, row.id]),
    }
    if removable:
        card["remove_url"] = reverse("services:remove_material", args=[case.id, row.id])
    return card


def check_context(view: CaseView, errors: Mapping[str, Any]) -> dict[str, Any]:
    action = view.procedure.actions["submit"]
    faults = dict(view.facts.form_errors)
    titles = {m.code: words(m.title) for m in view.facts.wanted}
    return {
        "view": view,
        "groups": answers_of(view, links=True),
        "errors": {**errors},
        "faults": {
            n: {"label": words(view.package.fields[n]["label"]), "text": t, "url": _page_url(view, n)}
            for n, t in faults.items()
        },
        "missing": [titles[code] for code in view.facts.missing_materials],
        "files": [_file(view.case, row) for row in view.facts.materials],
        "sections": forms.build(view.form(action), {}, {n: str(t) for n, t in errors.items() if n == "declaration"}),
        "steps": steps_of(view),
        "current": len(steps_of(view)),
    }


def _page_url(view: CaseView, name: str) -> str:
    for one in view.package.form["pages"]:
        if any(f["name"] == name for s in one["sections"] for f in s["fields"]):
            return reverse("services:form", args=[view.case.id, one["id"]]) + f"#f-{name}"
    raise LookupError(name)


def answers_of(view: CaseView, *, links: bool = False) -> list[dict[str, Any]]:
    """The form as filled in, a group for each page: rows for `{% facts %}`."""
    values, entries = view.facts.values, view.facts.entries
    shown = set(visible_fields(view.package, values))
    groups = []
    for one in view.package.form["pages"]:
        rows = []
        for section in one["sections"]:
            for field in section["fields"]:
                name = field["name"]
                if name not in shown or (name not in values and "prefill" in field):
                    continue
                text = definition.shown_value(view.package, name, values.get(name), _tag())
                row: dict[str, Any] = {"label": words(field["label"]), "value": text or _("未填写")}
                entry = entries.get(name, {})
                if entry.get("source") == "prefilled":
                    row["provenance"] = {
                        "label": words(source(entry["register"]).name),
                        "as_of": date.fromisoformat(entry["as_of"]),
                    }
                rows.append(row)
        if rows:
            url = reverse("services:form", args=[view.case.id, one["id"]]) if links else ""
            groups.append({"title": words(one["title"]), "rows": rows, "url": url})
    return groups


def _tag() -> str:
    from django.utils.translation import get_language

    return "en" if (get_language() or "").startswith("en") else "zh-Hans"


# --- cases ---------------------------------------------------------------------------------------------------------


def card(case: Case) -> dict[str, Any]:
    """A case in a list."""
    state = procedure(case.procedure_code, case.procedure_version).states[case.state]
    draft = case.state == "draft"
    return {
        "title": words(case.title),
        "url": reverse("services:case", args=[case.id]),
        "icon": "apply",
        "tag": words(state.name),
        "tone": TONES[state.tone],
        "text": case.applicant_name,
        "foot": [
            _("最近修改 %(day)s") % {"day": case.updated_at.astimezone().strftime("%Y-%m-%d")}
            if draft
            else case.case_no or ""
        ],
    }


TONES = {"neutral": "", "info": "civic", "success": "success", "warning": "warning", "danger": "danger"}


def case_context(view: CaseView) -> dict[str, Any]:
    case = view.case
    titles = {m["code"]: words(m["title"]) for m in view.package.content["materials"]["materials"]}
    running = view.running
    return {
        "view": view,
        "case": case,
        "state_name": words(view.state.name),
        "tone": TONES[view.state.tone],
        "clocks": [{"clock": c, "title": CLOCKS[c.name](), "why": why(c)} for c in running],
        "path": path_of(view),
        "groups": answers_of(view),
        "files": [
            {**_file(case, row), "note": titles.get(row.code, _("现场核查照片"))}
            for row in view.facts.materials
            if row.code in titles
        ],
        "papers": [
            {
                "name": words(d.title),
                "at": d.created_at,
                "url": reverse("services:paper", args=[case.id, d.document_id]),
            }
            for d in view.documents
        ],
        "timeline": timeline_of(view.history),
        "offers": [o for o in view.offers if o.open and o.action.code not in {"rate"}],
        "rate": next((o for o in view.offers if o.action.code == "rate" and o.open), None),
        "demands": [
            {"title": words(definition.title_of(view.package, d["code"])), "note": d["note"], "met": d["met"]}
            for d in case.demands
        ],
        "decision": view.decision,
    }


CLOCKS = {
    "notice": lambda: _("最迟告知是否受理或者需要补正"),
    "supply": lambda: _("请您最迟在这一天前补正"),
    "decide": lambda: _("最迟作出决定"),
    "check": lambda: _("最迟完成现场核查"),
    "deliver": lambda: _("最迟颁发、送达许可证"),
}


def path_of(view: CaseView) -> list[dict[str, str]]:
    """The stages of the procedure with the case's position on them."""
    stages = list(view.procedure.stages)
    here = [s["code"] for s in stages].index(view.state.stage)
    closed = view.state.ended and view.case.outcome not in {"granted"}
    return [
        {
            "title": words(s["name"]),
            "state": "done" if n < here or (n == here and view.state.ended) else "now" if n == here else "ahead",
            "text": words(view.state.name) if n == here else "",
        }
        for n, s in enumerate(stages)
        if not (closed and n > here)
    ]


def timeline_of(lines: Iterable[HistoryLine]) -> list[dict[str, Any]]:
    """A history for `{% timeline %}`: newest first, each with its rule."""
    rows = []
    for line in lines:
        row: dict[str, Any] = {
            "at": line.at,
            "title": line.sentence,
            "by": ACTORS.get(line.actor.get("kind", ""), lambda: "")(),
        }
        if line.rule_id:
            row |= {"rule": line.rule_id, "rule_url": reverse("law:rule", args=[line.rule_id])}
        if line.effective_at != line.at:
            row["text"] = _("效力自 %(day)s 起") % {"day": line.effective_at.astimezone().strftime("%Y-%m-%d")}
        rows.append(row)
    return rows[::-1]


ACTORS = {
    "person": lambda: _("申请人"),
    "staff": lambda: _("经办单位"),
    "system": lambda: _("平台依规则自动执行"),
}


def licence_card(licence: ELicence) -> dict[str, Any]:
    status = status_on(licence, today().date())
    return {
        "licence": licence,
        "status": status,
        "label": STATUS[status]()[0],
        "tone": STATUS[status]()[1],
        "pdf": reverse("services:paper", args=[licence.case_id, licence.document_id]),
    }


STATUS = {
    "valid": lambda: (_("有效"), "success"),
    "expired": lambda: (_("已过有效期"), "warning"),
    "revoked": lambda: (_("已撤销"), "danger"),
    "cancelled": lambda: (_("已注销"), "danger"),
}


def decision_card(decision: Decision) -> dict[str, Any]:
    case = decision.case
    return {
        "title": words(case.title),
        "text": case.applicant_name,
        "url": reverse("services:decision", args=[case.case_no]),
        "foot": [decision.licence_no or case.case_no or "", decision.decided_at.astimezone().strftime("%Y-%m-%d")],
        "tag": _("准予许可"),
        "tone": "success",
    }
