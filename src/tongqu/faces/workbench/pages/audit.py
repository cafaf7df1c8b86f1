"""The audit administrator's page: who read whose content, when, why, and who was turned away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.reading import read_log
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.ui.pages import page
from tongqu.kernel.ui.templatetags.ui import moment, render_tag


@page("audit.read", login=PASSWORD)
def log(request: HttpRequest) -> HttpResponse:
    """Two queries, whatever the length of the log."""
    only_refused = request.GET.get("refused") == "1"
    found = read_log(
        request.actor,  # type: ignore[attr-defined]
        refused=True if only_refused else None,
        after=request.GET.get("after"),
    )
    names = account_names({row.account_id for row in found.rows if row.account_id})
    rows = [
        {
            "cells": [
                moment(row.created_at),
                names.get(row.account_id, "—") if row.account_id else "—",
                _subject(row.subject_kind, row.subject_id, row.subject_text),
                row.purpose,
                render_tag(_("已拒绝"), "danger") if row.refused else render_tag(_("已读取"), ""),
            ]
        }
        for row in found.rows
    ]
    columns = [
        {"label": _("时间")},
        {"label": _("账号")},
        {"label": _("对象")},
        {"label": _("事由")},
        {"label": _("结果")},
    ]
    tabs = [
        {"key": "all", "label": _("全部"), "url": "?"},
        {"key": "refused", "label": _("被拒绝的"), "url": "?refused=1"},
    ]
    context = {
        "page": found,
        "columns": columns,
        "rows": rows,
        "tabs": tabs,
        "tab": "refused" if only_refused else "all",
    }
    return render(request, "workbench/audit.html", context)


def _subject(kind: str, subject_id: UUID | None, text: str) -> str:
    return f"{kind} {text or subject_id or ''}".strip()
