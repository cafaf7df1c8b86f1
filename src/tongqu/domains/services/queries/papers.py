"""The papers of a case as pages list them: number, how and when each was served, and until when it may be contested."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.kernel.acts.clock import today
from tongqu.kernel.cases.models import CaseDocument
from tongqu.kernel.cases.operations.serving import agreed_to, consent_of
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.notices import serving
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.templatetags.ui import day


def mode_name(code: str) -> str:
    """The statute's own word for a mode of service, wherever it is read."""
    return forms.text(serving.modes()[code].name)


def papers_of(view: CaseView, route: str) -> list[dict[str, Any]]:
    """A line a paper for `{% file_list %}`. No query beyond the case's own list."""
    return [
        {
            "name": forms.text(row.title),
            "note": row.number,
            "at": row.created_at,
            "url": reverse(route, args=[view.case.id, row.document_id]),
            "state": state_of(row),
            "tone": "success" if row.service == "served" else "",
        }
        for row in view.documents
    ]


def state_of(row: CaseDocument) -> str:
    """How it stands with the service of a paper, in a few words; empty where none is owed."""
    match row.service:
        case "served":
            return _("%(day)s %(mode)s") % {"day": day(row.served_on), "mode": mode_name(row.service_mode)}
        case "announced":
            return _("公告送达中")
        case "under_way":
            return _("已寄出，待签收") if row.service_mode == "post" else _("已委托送达")
        case "due":
            return _("待送达")
    return ""


def contestable(view: CaseView) -> list[dict[str, Any]]:
    """Served decisions that may still be contested: until when, by what. No query."""
    this_day = today().date()
    found = []
    for row in view.documents:
        lines = [_line(one) for one in row.remedies if date.fromisoformat(one["until"]) >= this_day]
        if lines:
            found.append({"title": forms.text(row.title), "lines": lines})
    return found


def _line(one: dict[str, Any]) -> dict[str, Any]:
    until = day(date.fromisoformat(one["until"]))
    words = {
        "RM1": _("您可以在%(day)s前（含当天）申请行政复议") % {"day": until},
        "RM2": _("您可以在%(day)s前（含当天）向人民法院提起行政诉讼") % {"day": until},
    }
    return {"text": words[one["rule"].partition("@")[0]], "rule": one["rule"], "provisional": one["provisional"]}


__all__ = ["contestable", "mode_name", "papers_of", "state_of"]


def agreement_of(view: CaseView) -> dict[str, Any] | None:
    """Whether the papers of a case are served electronically, and since when; None where that is past changing. One
    query where it was agreed to."""
    case = view.case
    if case.received_at is None or case.state == "archived":
        return None
    agreed, holds = agreed_to(case), consent_of(case)
    since = datetime.fromisoformat(agreed["at"]) if holds and agreed else None
    return {"holds": holds is not None, "since": since, "withdrawn": agreed is not None and holds is None}
