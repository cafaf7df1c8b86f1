"""What the pages of the desk draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services import queries as services
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import CaseUnit, CheckOfficer, SiteCheck
from tongqu.kernel.cases.operations.timing import FAR
from tongqu.kernel.cases.procedure import latest
from tongqu.kernel.cases.queries import CaseView, Worklist
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.templatetags.ui import render_due, render_tag

words = forms.text


def worklist_context(found: Page[CaseUnit], wanted: Worklist, counts: Mapping[str, int]) -> dict[str, Any]:
    """Tabs by state with counts, and a row a case, most urgent first."""
    states = latest("licensing").states
    tabs = [{"key": "", "label": _("全部"), "url": "?", "count": sum(counts.values())}]
    tabs += [
        {"key": code, "label": words(state.name), "url": f"?state={code}", "count": counts[code]}
        for code, state in states.items()
        if counts.get(code)
    ]
    tabs.append({"key": "ended", "label": _("已办结"), "url": "?ended=1"})
    columns = [
        {"label": _("办件")},
        {"label": _("申请人")},
        {"label": _("状态")},
        {"label": _("期限")},
        {"label": _("收到")},
    ]
    rows = [
        {
            "url": reverse("workbench:case", args=[row.case_id]),
            "cells": [
                f"{words(row.case.title)} {row.case.case_no}",
                row.case.applicant_name,
                render_tag(words(states[row.state].name), services.TONES[states[row.state].tone]),
                render_due(row.due_at) if row.due_at < FAR else "—",
                row.case.received_at.astimezone().strftime("%m-%d %H:%M") if row.case.received_at else "",
            ],
        }
        for row in found.rows
    ]
    return {
        "page": found,
        "columns": columns,
        "rows": rows,
        "tabs": tabs,
        "wanted": wanted,
        "tab": "ended" if wanted.ended else wanted.state,
    }


def check_card(row: CheckOfficer) -> dict[str, Any]:
    check, case = row.check_row, row.check_row.case
    states = {"assigned": _("待核查"), "recorded": _("待签署"), "signed": _("已完成")}
    return {
        "title": f"{case.applicant_name}",
        "text": f"{words(case.title)} {case.case_no}",
        "url": reverse("workbench:case", args=[case.id]),
        "icon": "pin",
        "tag": states[check.state],
        "tone": "warning",
        "foot": [_("约定日期 %(day)s") % {"day": check.planned_on} if check.planned_on else _("未约定日期")],
    }


def summary_of(view: CaseView) -> list[dict[str, Any]]:
    """The head of a case in a few lines."""
    case = view.case
    return [
        {"label": _("申请人"), "value": case.applicant_name},
        {"label": _("办件编号"), "value": case.case_no},
        {"label": _("状态"), "value": words(view.state.name)},
    ]


def case_context(view: CaseView) -> dict[str, Any]:
    """The whole case as the clerk works on it."""
    base = services.case_context(view)
    case = view.case
    titles = {m["code"]: words(m["title"]) for m in view.package.content["materials"]["materials"]}
    have = {m.code for m in view.facts.materials}
    names = _names(view)
    return base | {
        "summary": summary_of(view),
        "groups": services.answers_of(view, reveal="workbench:reveal"),
        "offers": [o for o in view.offers if o.open],
        "blocked": [o for o in view.offers if not o.open],
        "clocks": [
            {"clock": c, "title": services.CLOCKS[c.name](), "why": why(c), "due": render_due(c.due_at)}
            for c in view.running
        ],
        "files": [
            {
                "name": row.filename,
                "size": row.size,
                "at": row.created_at,
                "note": titles.get(row.code, _("现场核查照片")),
                "url": reverse("workbench:file", args=[case.id, row.id]),
            }
            for row in view.facts.materials
        ],
        "papers": [
            {
                "name": words(d.title),
                "at": d.created_at,
                "url": reverse("workbench:paper", args=[case.id, d.document_id]),
            }
            for d in view.documents
        ],
        "material_gaps": [words(m.title) for m in view.facts.wanted if not m.optional and m.code not in have],
        "opinions": view.facts.opinions,
        "check": _check(view, view.facts.check_row),
        "timeline": _timeline(view, names),
    }


def _names(view: CaseView) -> dict[str, str]:
    wanted = {line.actor["account"] for line in view.history if line.actor.get("account")}
    return {str(key): name for key, name in account_names(wanted).items()}


def _timeline(view: CaseView, names: Mapping[str, str]) -> list[dict[str, Any]]:
    rows = services.timeline_of(view.history)
    for row, line in zip(rows, reversed(view.history), strict=True):
        if name := names.get(line.actor.get("account", "")):
            row["by"] = name
    return rows


def _check(view: CaseView, row: SiteCheck | None) -> dict[str, Any] | None:
    if row is None:
        return None
    labels = {f["name"]: words(f["label"]) for f in definition.check_sheet(view.package, view.facts.values, view.case)}
    results = {o["value"]: words(o["label"]) for o in definition.RESULTS}
    points = [
        {"label": labels[name], "value": results.get(value, value)}
        for name, value in row.sheet.items()
        if name.startswith("point_") and name in labels
    ]
    signatures = {"signed": _("已签字"), "refused": _("拒绝签字")}
    facts = [
        {"label": _("核查人员"), "value": _("、").join(_officer(o) for o in row.officers)},
        {"label": _("结论"), "value": results.get(row.conclusion, _("尚未填写"))},
        {
            "label": _("申请人签字"),
            "value": " ".join(filter(None, [signatures.get(row.applicant_signature, "—"), row.signature_note])),
        },
    ]
    if findings := row.sheet.get("findings"):
        facts.append({"label": _("现场情况"), "value": findings})
    if row.rectification:
        states = {
            "ordered": _("整改中，期限 %(day)s") % {"day": row.rectify_by},
            "passed": _("已整改到位"),
            "failed": _("整改不到位"),
        }
        facts.append({"label": _("整改"), "value": states[row.rectification]})
    return {"facts": facts, "points": points}


def _officer(officer: Mapping[str, Any]) -> str:
    return _("%(name)s（已签署）") % {"name": officer["name"]} if officer.get("signed_at") else str(officer["name"])
