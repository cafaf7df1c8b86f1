"""What the pages of service draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services.queries import mode_name
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.cases import service_form
from tongqu.kernel.cases.operations.serving import TITLE, consent_of
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.notices import serving
from tongqu.kernel.notices.models import Service, ServiceAttempt
from tongqu.kernel.notices.serving import Tried
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.templatetags.ui import day, moment, render_tag

DONE = {
    "served": lambda: _("已登记送达"),
    "sent": lambda: _("已登记，签收后请回来登记结果"),
    "failed": lambda: _("已登记没有送达，下面列出可以采用的其他方式"),
    "announced": lambda: _("已发布送达公告，期满视为送达"),
}
STATES = {
    "due": lambda: (_("待送达"), "warning"),
    "under_way": lambda: (_("等待签收"), "civic"),
    "announced": lambda: (_("公告中"), "civic"),
    "served": lambda: (_("已送达"), "success"),
}
SAID = ("receiver", "tracking_no", "entrusted_to", "place", "witness", "refusal", "why", "note")
words = forms.text


def waiting_context(found: Page[Service], state: str) -> dict[str, Any]:
    """A row a paper that waits, with a link to where it is served."""
    tabs = [{"key": "", "label": _("全部"), "url": "?"}]
    tabs += [
        {"key": key, "label": STATES[key]()[0], "url": f"?state={key}"} for key in ("due", "under_way", "announced")
    ]
    columns = [{"label": label} for label in (_("文书"), _("受送达人"), _("状态"), _("落款日期"), _("电子送达"))]
    rows = [
        {
            "url": reverse("workbench:service", args=[row.subject_id]) + f"?document={row.document_id}",
            "cells": [
                f"{words(row.title)} {row.number}", row.recipient, render_tag(*STATES[row.state]()),
                day(row.issued_on), _("已同意") if row.consent else "—",
            ],
        }
        for row in found.rows
    ]  # fmt: skip
    return {"page": found, "tabs": tabs, "tab": state, "columns": columns, "rows": rows}


def case_context(
    view: CaseView, rows: Sequence[Service], *, data: Any, chosen: Sequence[str], errors: Mapping[str, Any]
) -> dict[str, Any]:
    """Each paper with its tries; the form for those still to be served, with what the law opens now."""
    waiting = [row for row in rows if row.state in {"due", "under_way"}]
    picked = [row for row in waiting if str(row.document_id) in chosen] or waiting
    closed = _closed(picked)
    usual = {"mode": "in_person", "result": "served", "happened_on": today().date().isoformat()}
    if view.case.applicant_kind == PERSON:  # for a unit somebody signs, and he has a name of his own
        usual["receiver"] = view.case.applicant_name
    first = usual if data is None else {}
    drawn = service_form.form(service_form.marked(service_form.fields(closed, first=first)), TITLE)
    fields = forms.all_fields(drawn)
    initial = {name: field["initial"] for name, field in fields.items() if "initial" in field}
    values = forms.typed(drawn, data) if data is not None else initial | _last(picked)
    return {
        "view": view,
        "case": view.case,
        "papers": [_paper(view, row) for row in rows],
        "waiting": bool(waiting),
        "agreed": consent_of(view.case) is not None,
        "errors": errors,
        "sections": forms.build(drawn, values, errors),
        "documents_field": _documents_field(waiting, picked, errors),
        "closed": [{"name": words(serving.modes()[code].name), "why": c} for code, c in closed.items() if c],
        "offered": _offered(picked),
    }


def _documents_field(waiting: Sequence[Service], picked: Sequence[Service], errors: Mapping[str, Any]) -> Any:
    return forms.single(
        "documents", _("要送达的文书"), "checkboxes", value=[str(row.document_id) for row in picked],
        options=[
            {"value": str(row.document_id), "label": words(row.title), "hint": row.number} for row in waiting
        ],
        help=_("一起送达的文书一次登记"), error=errors.get("documents", ""),
    )  # fmt: skip


def _tried(row: Service) -> list[Tried]:
    return [Tried(one.mode, one.result, one.failure) for one in row.tries]  # type: ignore[attr-defined]


def _closed(picked: Sequence[Service]) -> dict[str, serving.Closed | None]:
    """A mode is open when it is for every paper chosen."""
    found: dict[str, serving.Closed | None] = dict.fromkeys(serving.modes())
    for row in picked:
        for code, why in serving.modes_open(_tried(row), consent=row.consent is not None).items():
            found[code] = found[code] or why
    return found


def _offered(picked: Sequence[Service]) -> list[str]:
    """The modes that the law offers after a failure, by name."""
    codes = dict.fromkeys(
        code for row in picked for code in serving.next_after(_tried(row), consent=row.consent is not None)
    )
    return [words(serving.modes()[code].name) for code in codes]


def _last(picked: Sequence[Service]) -> dict[str, Any]:
    """For a paper on its way: the mode and number it was sent under."""
    row = next((r for r in picked if r.state == "under_way"), None)
    if row is None:
        return {}
    tries: list[ServiceAttempt] = row.tries  # type: ignore[attr-defined]
    details = tries[-1].details if tries else {}
    kept = {name: details[name] for name in ("tracking_no", "entrusted_to") if name in details}
    return {"mode": row.mode, "result": "served", **kept}


def _paper(view: CaseView, row: Service) -> dict[str, Any]:
    word, tone = STATES[row.state]()
    facts = [{"label": _("状态"), "value": word, "tone": tone}]
    if row.served_on:
        how = f"{day(row.served_on)} {mode_name(row.mode)}"
        facts.append({"label": _("送达"), "value": how})
    if row.entered_at:
        facts.append({"label": _("进入账号"), "value": moment(row.entered_at)})
    if row.opened_at:
        facts.append({"label": _("首次查看"), "value": moment(row.opened_at)})
    if row.announced_until:
        facts.append({"label": _("公告期满"), "value": day(row.announced_until)})
    return {
        "title": words(row.title),
        "number": row.number,
        "tag": word,
        "tone": tone,
        "facts": facts[1:],
        "url": reverse("workbench:paper", args=[view.case.id, row.document_id]),
        "receipt": reverse("workbench:service_receipt", args=[view.case.id, row.document_id]),
        "receipt_made": bool(row.receipt_id),
        "tries": [_try(one) for one in row.tries],  # type: ignore[attr-defined]
        "sha256": row.sha256,
    }


def _try(one: ServiceAttempt) -> dict[str, Any]:
    results = {
        "served": _("已送达"),
        "sent": _("已寄出或者已委托"),
        "failed": _("没有送达"),
        "announced": _("发布公告"),
    }
    why = words(serving.failures()[one.failure].name) if one.failure else ""
    said = one.details
    more = [
        words(serving.relations()[said["relation"]]) if said.get("relation") else "",
        *(said.get(name, "") for name in SAID),
    ]  # fmt: skip
    return {
        "day": one.happened_on,
        "what": " ".join(filter(None, [mode_name(one.mode), results[one.result], why])),
        "by": one.by_name or _("平台依规则自动执行"),
        "more": " · ".join(filter(None, more)),
        "proof": one.proof_sha256,
    }
