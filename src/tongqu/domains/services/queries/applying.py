"""What the pages of an application draw: the form, the materials, the last look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.foundation.identifiers import mask
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.packages import table_words
from tongqu.kernel.packages.rules import visible_fields
from tongqu.kernel.standards.register import element, source
from tongqu.kernel.ui import forms, languages
from tongqu.kernel.ui.templatetags.ui import render_masked

words = forms.text


def form_context(view: CaseView, page_id: str, values: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    pages = forms.page_ids(view.package.form)
    at = pages.index(page_id)
    this = view.package.form["pages"][at]
    return {
        "view": view,
        "page_id": page_id,
        "title": words(this["title"]),
        "intro": words(this.get("intro")),
        "sections": forms.build(view.package.form, values, errors, entries_provenance(view), page=page_id),
        "errors": errors,
        "steps": steps_of(view),
        "current": at + 1,
        "previous": reverse("services:form", args=[view.case.id, pages[at - 1]]) if at else "",
    }


def entries_provenance(view: CaseView) -> dict[str, Any]:
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
        have.setdefault(row.code, []).append(file_of(view.case, row, removable=True))
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
            max_bytes=settings.TQ_UPLOAD_LIMIT,
            help=_("可以拍照上传；PDF、JPG、PNG，每个不超过 %(n)s MB") % {"n": settings.TQ_UPLOAD_LIMIT // 2**20},
        )
        when = definition.material_spec(view.package, material.code).get("when")
        why = table_words.reasons(view.package, view.facts.decisions, when)
        groups.append({"material": material, "field": field, "files": have.get(material.code, []), "why": why})
    total = len(view.package.form["pages"]) + 1
    return {
        "view": view,
        "groups": groups,
        "errors": errors,
        "steps": steps_of(view),
        "current": total,
        "missing": view.facts.missing_materials,
        "not_needed": [words(one["title"]) for one in view.package.guide["not_needed"]],
        "previous": reverse("services:form", args=[view.case.id, forms.page_ids(view.package.form)[-1]]),
    }


def file_of(case: Case, row: Any, *, removable: bool = False) -> dict[str, Any]:
    card = {
        "name": row.filename,
        "size": row.size,
        "at": row.created_at,
        "url": reverse("services:file", args=[case.id, row.id]),
    }
    if removable:
        card["remove_url"] = reverse("services:remove_material", args=[case.id, row.id])
    return card


PLEDGE = {
    "deem_accepted": lambda: _("提交后，政府从收到之日起依法计算期限；逾期不告知的，视为受理。"),
    "": lambda: _("提交后，可以在“我的办件”里看到每一步最迟在哪一天办完。"),
}


def check_context(view: CaseView, errors: Mapping[str, Any]) -> dict[str, Any]:
    action = view.procedure.actions["submit"]
    faults = view.facts.faults_at_fields
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
        "files": [file_of(view.case, row) for row in view.facts.materials],
        "sections": forms.build(view.form(action), {}, {n: str(t) for n, t in errors.items()}),
        "pledge": PLEDGE["deem_accepted" if "deem_accepted" in view.procedure.actions else ""](),
        "steps": steps_of(view),
        "current": len(steps_of(view)),
    }


def _page_url(view: CaseView, name: str) -> str:
    for one in view.package.form["pages"]:
        if any(f["name"] == name for s in one["sections"] for f in s["fields"]):
            return reverse("services:form", args=[view.case.id, one["id"]]) + f"#f-{name}"
    raise LookupError(name)


def answers_of(view: CaseView, *, links: bool = False, reveal: str = "", whole: bool = False) -> list[dict[str, Any]]:
    """The form as filled in, a group for each page: rows for `{% facts %}`.

    Phone numbers are masked except where the applicant checks them (`links`, `whole`); `reveal` names the page that
    shows one and writes down who looked.
    """
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
                if text and not (links or whole) and element(field["element"]).check == "phone":
                    url = reverse(reveal, args=[view.case.id, name]) if reveal else ""
                    text = render_masked(mask("mobile", text), url, words(field["label"]))
                row: dict[str, Any] = {"label": words(field["label"]), "value": text or _nothing(field)}
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


def _nothing(field: Mapping[str, Any]) -> str:
    """What an empty answer says: boxes of which none was ticked are an answer, too."""
    return _("没有") if field["widget"] == "checkboxes" and not field.get("required") else _("未填写")


def _tag() -> str:
    return languages.tag()
