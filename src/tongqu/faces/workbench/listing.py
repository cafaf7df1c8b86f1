"""What the work list draws: its rows, filters, chips, tabs and saved views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services import queries as services
from tongqu.faces.workbench import filters
from tongqu.faces.workbench.filters import Asked, Choices
from tongqu.faces.workbench.models import SavedView
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.paging import Page
from tongqu.kernel.cases.models import CaseUnit
from tongqu.kernel.cases.operations.timing import FAR
from tongqu.kernel.cases.procedure import all_states, procedure
from tongqu.kernel.cases.worklist import COUNTED, Worklist
from tongqu.kernel.directory import queries as directory
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.law import register
from tongqu.kernel.law.rules import china_date
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.ui import due as dues
from tongqu.kernel.ui import forms

words = forms.text
CHANNELS = {
    "web": lambda: _("网上"), "counter": lambda: _("窗口"), "phone": lambda: _("电话"), "api": lambda: _("接口"),
    "post": lambda: _("邮寄"),
}  # fmt: skip
DUES = {
    "overdue": lambda: _("已超期"), "today": lambda: _("今天到期"), "within": lambda: _("几个工作日内到期"),
    "provisional": lambda: _("期限暂定"), "none": lambda: _("没有在走的期限"),
}  # fmt: skip
HANDLERS = {
    "me": lambda: _("我认领的"), "nobody": lambda: _("待认领的"), "checks": lambda: _("由我现场核查的"),
}  # fmt: skip
SORTS = {"due": lambda: _("期限由近到远"), "received": lambda: _("最近收到"), "changed": lambda: _("最近有变化")}


# --- saved views -----------------------------------------------------------------------------------------------------


def views_of(actor: Actor) -> list[SavedView]:
    """The actor's own views in their order, then those shared with units in which he may read cases. One query."""
    units = sorted(unit for unit, _region in actor.places_for("cases.read") if unit)
    mine = Q(owner_id=actor.account_id)
    rows = SavedView.objects.filter(mine | Q(unit_id__in=units) if units else mine, tenant_id=actor.tenant_id)
    return sorted(rows[:300], key=lambda v: (v.owner_id != actor.account_id, v.place, v.id))


def default_of(views: Iterable[SavedView], actor: Actor) -> SavedView | None:
    return next((v for v in views if v.is_default and v.owner_id == actor.account_id), None)


# --- what may be chosen ----------------------------------------------------------------------------------------------


def choices_for(actor: Actor) -> Choices:
    """Two or three queries: items, and the units and regions in which the actor may read cases."""
    states = {code: words(s.name) for code, s in all_states().items() if code != "draft"}
    items = {row.code: words(packages.version(row.id).title) for row in packages.published(tenant_id=actor.tenant_id)}
    units, regions = _places(actor)
    return Choices(states, items, units, regions, {code: name() for code, name in CHANNELS.items()})


def _places(actor: Actor) -> tuple[dict[str, str], dict[str, str]]:
    """Units by id and regions by prefix; nothing where there is only one, since there is nothing to choose."""
    places = actor.places_for("cases.read")
    prefixes = sorted({region for _unit, region in places if region})
    named = [unit for unit, _region in places if unit]
    found = {str(u.id): u.local_name for u in directory.units(named).values()} if len(named) > 1 else {}
    regions: dict[str, str] = {}
    for prefix in prefixes:
        found |= {str(u.id): u.local_name for u in directory.units_in(prefix.ljust(12, "0"))[:200]}
        below = directory.children(prefix.ljust(12, "0"))[:200]
        regions |= {view.significant: view.name for view in below}
    return found, regions if len(regions) > 1 else {}


# --- the page --------------------------------------------------------------------------------------------------------


def context(
    actor: Actor, asked: Asked, found: Page[CaseUnit], counts: Mapping[str, int], choices: Choices,
    views: list[SavedView], *, select_all: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """One query: the names of those who have taken the cases shown."""
    wanted = asked.wanted
    query = filters.text_of(wanted)
    plain = replace(Worklist(), sort=wanted.sort)
    return {
        "page": found,
        "rows": rows_of(found.rows, actor),
        "asked": asked,
        "errors": asked.errors,
        "faults": _faults(asked, choices),
        "wanted": wanted,
        "tabs": _tabs(wanted, counts, choices),
        "tab": "ended" if wanted.ended else wanted.state,
        "chips": chips(wanted, choices),
        "sorts": [
            {"key": key, "label": name(), "url": "?" + (filters.text_of(replace(wanted, sort=key)) or "all=1")}
            for key, name in SORTS.items()
        ],
        "controls": _controls(asked, choices),
        "more_open": bool(asked.errors) or bool(set(asked.typed) - {"state", "ended", "number", "name", "sort"}),
        "query": query,
        "views": [_view_card(v, actor, query) for v in views],
        "may_save": bool(set(filters.parameters(wanted)) - {"sort"}) and not asked.errors,
        "filtered": wanted != plain,
        "select_all": select_all,
        "select_url": "?" + "&".join(filter(None, [query, "select=all"])),
        "may_take": actor.units_for("cases.take") != frozenset(),
        "legend": legend(),
    }


def rows_of(rows: Iterable[CaseUnit], actor: Actor) -> list[dict[str, Any]]:
    """One query where any of them has been taken by somebody."""
    rows = list(rows)
    takers = {row.assignee_id for row in rows if row.assignee_id}
    names = account_names(takers) if takers else {}
    moment = now()
    return [_row(row, moment, names, actor) for row in rows]


def _row(row: CaseUnit, moment: datetime, names: Mapping[UUID, str], actor: Actor) -> dict[str, Any]:
    state = procedure(row.case.procedure_code, row.case.procedure_version).states[row.state]
    due = due_of(row, moment)
    taken = "" if row.assignee_id is None else names.get(row.assignee_id, "—")
    return {
        "id": row.case_id,
        "url": reverse("workbench:case", args=[row.case_id]),
        "title": words(row.case.title),
        "case_no": row.case.case_no,
        "receipt_no": row.case.receipt_no,
        "applicant": row.case.applicant_name,
        "state": words(state.name),
        "tone": services.TONES[state.tone],
        "due": due,
        "edge": {"over": "is-late", "today": "is-late", "soon": "is-soon"}.get(due.level, "") if due else "",
        "received_at": row.received_at,
        "taken_by": taken,
        "mine": row.assignee_id is not None and row.assignee_id == actor.account_id,
    }


def due_of(row: CaseUnit, moment: datetime) -> dues.Due | None:
    """In working days; None when no date runs. A provisional date is never called overdue (T9)."""
    if row.due_at >= FAR or not row.is_open:
        return None
    left = days_left(row, moment)
    if row.provisional and row.due_at < moment:
        return dues.Due("fine", "", "due-fine", _("已过暂定日期"), True)
    return dues.due(row.due_at, moment, left=left, provisional=row.provisional)


def days_left(row: CaseUnit, moment: datetime) -> int | None:
    """Working days after today to the last day; negative when past; None when no date runs."""
    if row.due_at >= FAR:
        return None
    return register.calendar().working_between(china_date(moment), china_date(row.due_at))


def legend() -> list[dict[str, str]]:
    """The marks of the list in words, so that nobody depends on their colour."""
    return [
        {"tone": "solid-danger", "icon": "due-over", "text": _("超期"), "note": _("过了最后一天，事还没有做")},
        {"tone": "danger", "icon": "due-today", "text": _("今天到期"), "note": _("今天24点前要做")},
        {
            "tone": "warning", "icon": "due-soon", "text": _("快到期"),
            "note": _("剩%(n)s个工作日以内") % {"n": dues.SOON_DAYS},
        },
        {"tone": "", "icon": "due-fine", "text": _("还有时间"), "note": _("剩余天数都按工作日算，从明天数起")},
        {"tone": "provisional", "icon": "due-fine", "text": _("（暂定）"), "note": _("那一年的放假安排还没有公布")},
    ]  # fmt: skip


def _tabs(wanted: Worklist, counts: Mapping[str, int], choices: Choices) -> list[dict[str, Any]]:
    """By state, each with the other filters kept. Counts speak of the whole list, so they are shown only there."""
    counted = filters.is_plain(wanted)
    tabs = [{"key": "", "label": _("全部"), "url": "?" + filters.without(wanted, "state", "ended")}]
    if counted:
        tabs[0]["count"] = shown_count(sum(counts.values()), any(n >= COUNTED for n in counts.values()))
    for code in all_states():
        if counts.get(code) or code == wanted.state:
            tab = {"key": code, "label": choices.states[code]}
            tab["url"] = "?" + filters.text_of(replace(wanted, state=code, ended=False))
            if counted and code in counts:
                tab["count"] = shown_count(counts[code], counts[code] >= COUNTED)
            tabs.append(tab)
    ended = replace(wanted, state="", ended=True, due="", sort="changed" if wanted.sort == "due" else wanted.sort)
    tabs.append({"key": "ended", "label": _("已办结"), "url": "?" + filters.text_of(ended)})
    return tabs


def shown_count(count: int, capped: bool) -> str:
    return f"{min(count, COUNTED - 1)}+" if capped else str(count)


def chips(wanted: Worklist, choices: Choices) -> list[dict[str, str]]:
    """Each filter in words, with the address without it. State and order have their own places on the page."""
    made = [
        (("item",), _("事项"), choices.items.get(wanted.item, "")),
        (("due", "within"), _("期限"), _due_words(wanted)),
        (("unit",), _("单位"), choices.units.get(str(wanted.unit), "") if wanted.unit else ""),
        (("region",), _("地区"), choices.regions.get(wanted.region, "")),
        (("name",), _("申请人"), wanted.name),
        (("number",), _("编号"), wanted.number),
        (("channel",), _("渠道"), choices.channels.get(wanted.channel, "")),
        (("handler",), _("经办"), HANDLERS[wanted.handler]() if wanted.handler else ""),
        (("received_from", "received_to"), _("收到"), _span(wanted.received_from, wanted.received_to)),
        (("decided_from", "decided_to"), _("决定"), _span(wanted.decided_from, wanted.decided_to)),
    ]
    return [
        {"label": label, "value": value, "url": "?" + filters.without(wanted, *names)}
        for names, label, value in made
        if value
    ]


def _due_words(wanted: Worklist) -> str:
    if wanted.due == "within":
        return _("%(n)s个工作日内到期") % {"n": wanted.within}
    return DUES[wanted.due]() if wanted.due else ""


def _span(first: Any, last: Any) -> str:
    if not first and not last:
        return ""
    return f"{first or '…'} – {last or '…'}"


def _controls(asked: Asked, choices: Choices) -> list[dict[str, Any]]:
    """The filter form's fields in order: {name, label, kind, value, options, error}."""
    of = [
        ("name", _("申请人"), "text", {}, _("姓名、拼音、首字母、企业名称")),
        ("number", _("编号"), "text", {}, _("办件编号、收件编号或者末6位")),
        ("item", _("事项"), "select", choices.items, ""),
        ("due", _("期限"), "select", {key: name() for key, name in DUES.items()}, ""),
        ("within", _("工作日数"), "short", {}, _("期限选“几个工作日内到期”时用")),
        ("handler", _("经办"), "select", {key: name() for key, name in HANDLERS.items()}, ""),
        ("channel", _("渠道"), "select", choices.channels, ""),
        ("unit", _("单位"), "select", choices.units, ""),
        ("region", _("地区"), "select", choices.regions, ""),
        ("received_from", _("收到日期自"), "date", {}, ""),
        ("received_to", _("收到日期至"), "date", {}, ""),
        ("decided_from", _("决定日期自"), "date", {}, ""),
        ("decided_to", _("决定日期至"), "date", {}, ""),
    ]
    return [
        {
            "name": name, "label": label, "kind": kind, "hint": hint, "value": asked.typed.get(name, ""),
            "options": options, "error": asked.errors.get(name, ""),
        }
        for name, label, kind, options, hint in of
        if kind != "select" or len(options) > 1 or name in asked.errors
    ]  # fmt: skip


def _faults(asked: Asked, choices: Choices) -> list[dict[str, str]]:
    """What is wrong, each with the words of its field; one that the form does not have stays as it was written."""
    labels = {c["name"]: c["label"] for c in _controls(asked, choices)}
    return [
        {"field": name if name in labels else "", "label": labels.get(name, name), "text": text}
        for name, text in asked.errors.items()
    ]


def _view_card(view: SavedView, actor: Actor, query: str) -> dict[str, Any]:
    mine = view.owner_id == actor.account_id
    return {
        "view": view,
        "mine": mine,
        "url": f"/desk?{view.query or 'all=1'}",
        "current": view.query == query,
        "shared": view.unit_id is not None,
    }
