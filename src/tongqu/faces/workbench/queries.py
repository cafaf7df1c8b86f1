"""What the pages of the desk draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services import queries as services
from tongqu.domains.services.counter.queries import who_is_here
from tongqu.faces.workbench import card_words
from tongqu.faces.workbench.listing import CHANNELS
from tongqu.kernel.acts.clock import now
from tongqu.kernel.cases import definition, rules, supervision
from tongqu.kernel.cases.context import scope_of
from tongqu.kernel.cases.models import Case, CaseUnit, CheckOfficer, Opinion, SiteCheck
from tongqu.kernel.cases.operations import consulting
from tongqu.kernel.cases.operations.serving import SERVE
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.identity.capacity import UNDER_14_RULE
from tongqu.kernel.identity.queries import account_names, party_names, under_14
from tongqu.kernel.identity.rules import PERSON
from tongqu.kernel.law import register
from tongqu.kernel.law.dating import if_extended
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.pages.why import why
from tongqu.kernel.law.queries import clocks_of_many, running, standing
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.packages import table_words
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.templatetags.ui import day, render_due

words = forms.text


def check_card(row: CheckOfficer) -> dict[str, Any]:
    check, case = row.check_row, row.check_row.case
    states = {"assigned": _("待核查"), "recorded": _("待签署"), "signed": _("已完成")}
    return {
        "title": f"{case.applicant_name}",
        "text": f"{words(case.title)} {case.case_no}",
        "url": reverse("workbench:check" if check.state == "assigned" else "workbench:case", args=[case.id]),
        "icon": "pin",
        "tag": states[check.state],
        "tone": "warning",
        "foot": [_("约定日期 %(day)s") % {"day": check.planned_on} if check.planned_on else _("未约定日期")],
    }


def extended_by(view: CaseView, action: str) -> list[dict[str, Any]]:
    """What an extension would do to each period it reaches: from which last day to which. No query."""
    found: list[dict[str, Any]] = []
    wanted = view.procedure.actions.get(action)
    for name in wanted.clocks.get("extend", ()) if wanted else ():
        clock = running(view.clocks, name)
        declared = clock.declared_extension if clock else None
        if clock is None or declared is None or len(clock.extensions) >= declared["times"]:
            continue
        then = if_extended(clock, declared["quantity"], clock.unit, now())
        found += [
            {"label": _("现在的最后一天"), "value": day(clock.due_at)},
            {"label": _("延长以后的最后一天"), "value": day(then.due_at)},
        ]
        if declared["times"] == 1:
            found.append({"label": _("次数"), "value": _("只能延长一次，请确认需要")})
    return found


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
        "child": _child_rule(case),
        "came": _came(case),
        "groups": services.answers_of(view, reveal="workbench:reveal"),
        "offers": [_offer(o, view, first=n == 0) for n, o in enumerate(_in_order(view))],
        "blocked": [o for o in view.offers if not o.open],
        "taking": _taking(view, names),
        "clocks": [
            {"clock": c, "title": services.CLOCKS[c.name](), "why": why(c), "due": _due(c)} for c in view.running
        ],
        "files": [
            {
                "name": row.filename,
                "size": row.size,
                "at": row.created_at,
                "note": titles.get(row.code) or FILES.get(row.code, FILES[""])(),
                "url": reverse("workbench:file", args=[case.id, row.id]),
            }
            for row in view.facts.materials
        ],
        "papers": services.papers_of(view, "workbench:paper"),
        "to_serve": view.actor.may(SERVE, scope_of(case)) and (bool(view.documents) or case.state == "issued"),
        "decisions": [
            table_words.shown_decided(view.package, one, link=services.rule_link) for one in view.facts.decisions
        ],
        "material_gaps": [words(m.title) for m in view.facts.wanted if not m.optional and m.code not in have],
        "renewed": _renewed(view.facts.renewed_licence),
        "cards": _cards(view),
        "opinions": [_opinion(view, row) for row in view.facts.opinions],
        "consultations": _consultations(view),
        "check": _check(view, view.facts.check_row),
        "timeline": _timeline(view, names),
    }


FILES = {
    "": lambda: _("其他材料"),
    "site_check": lambda: _("现场核查照片"),
    "declaration": lambda: _("申请人签名的确认单"),
    "in_person": lambda: _("申请人在窗口签名的书面材料"),
    "hearing": lambda: _("听证笔录"),
    "consultation": lambda: _("对征求意见的书面答复"),
    "disclosed": lambda: _("提供的政府信息"),
}


def _came(case: Case) -> list[dict[str, Any]]:
    """How the application came, and who acts: a visitor, an agent, a firm's head. One query where somebody does."""
    rows = [{"label": _("怎么提出的"), "value": CHANNELS[case.channel]()}]
    if case.help:
        here = who_is_here(case)
        rows.append({"label": _("办理人"), "value": " · ".join((here["name"], here["capacity"], here["identity"]))})
    elif case.agent_id:
        name = party_names([case.agent_id]).get(case.agent_id, "")
        rows.append({"label": _("办理人"), "value": f"{name} · {_('代理人')}" if case.mandate_is_proxy else name})
    return rows


def _opinion(view: CaseView, row: Opinion) -> dict[str, Any]:
    """Who proposed what, in the words of the procedure's own form."""
    inputs = view.procedure.actions["give_opinion"].inputs
    choices = next(f for f in inputs if not isinstance(f, str) and f["name"] == "recommendation")["options"]
    label = next((words(o["label"]) for o in choices if o["value"] == row.recommendation), row.recommendation)
    tone = "danger" if row.recommendation in {"refuse", "withhold"} else "success"
    return {"name": row.account_name, "label": label, "tone": tone, "reason": row.reason}


def _consultations(view: CaseView) -> list[dict[str, Any]]:
    """Who was asked, how it stands, until when. No query where nobody was; one where somebody may still answer."""
    rows = view.facts.consultations
    waiting = [row.id for row in rows if not row.outcome]
    clocks = clocks_of_many(consulting.SUBJECT, waiting) if waiting else {}
    return [
        {
            "row": row,
            "kind": words(view.procedure.consultations[row.kind].name),
            "label": CONSULTED[row.outcome or ("received" if row.received_on else "sent")]()[0],
            "tone": CONSULTED[row.outcome or ("received" if row.received_on else "sent")]()[1],
            "due": [_due(clock) for clock in clocks.get(row.id, ())],
        }
        for row in rows
    ]


CONSULTED = {
    "sent": lambda: (_("已发出，待签收"), "info"),
    "received": lambda: (_("已签收，待答复"), "info"),
    "agrees": lambda: (_("同意公开"), "success"),
    "objects": lambda: (_("不同意公开，有合理理由"), "danger"),
    "objects_without": lambda: (_("不同意公开，理由不成立"), "warning"),
    "silent": lambda: (_("逾期没有提出意见"), "warning"),
    "called_off": lambda: (_("不再征求"), ""),
}


def _cards(view: CaseView) -> list[dict[str, Any]]:
    """The open cards, whoever has the case by now. One query where the history tells of any, else none."""
    ever = any(line.kind in supervision.BROUGHT for line in view.history)
    found = supervision.open_cards(view.case.id) if ever else []
    return [
        {
            "level": card_words.level(card), "clock": card_words.clock(card), "late": card_words.late(card),
            "url": reverse("workbench:card", args=[card.id]),
        }
        for card in found
    ]  # fmt: skip


def _renewed(licence: ELicence | None) -> dict[str, Any] | None:
    """What the licence to be renewed says, with where it can be checked."""
    if licence is None:
        return None
    rows = [{"label": one["label"], "value": one["value"]} for one in licence.lines]
    return {"rows": rows, "card": services.licence_card(licence), "token": licence.token}


def _child_rule(case: Case) -> Rule | None:
    """The rule by which all data of this applicant are sensitive for his age; None for everybody else. One query for a
    natural person."""
    child = case.applicant_kind == PERSON and under_14(case.applicant_id, now())
    return register.rule(UNDER_14_RULE) if child else None


# What usually comes next, most usual first; what ends a case badly and what stops its clock come last.
_RANK = {"primary": 0, "": 1, "danger": 3}
_SELDOM = {
    "extend", "pause", "request_supplement", "remind_supplement", "tell_hearing", "retract", "annul", "deregister",
    "consult_third_party", "consult_co_maker", "call_off_consultation", "disclose_part", "answer_otherwise",
}  # fmt: skip


def in_order(offers: Iterable[rules.Offer]) -> list[rules.Offer]:
    """Open acts with the usual next one first: what carries the case on, then what holds it up, then what ends it."""

    def rank(offer: rules.Offer) -> int:
        return 2 if offer.action.code in _SELDOM else _RANK.get(offer.action.tone, 1)

    return sorted(offers, key=rank)


def _in_order(view: CaseView) -> list[rules.Offer]:
    """With the answer that was proposed before all others."""
    found = in_order(o for o in view.offers if o.open)
    proposed = view.facts.opinions[-1].recommendation if view.facts.opinions else ""
    return sorted(found, key=lambda o: o.action.code != proposed)


def _offer(offer: rules.Offer, view: CaseView, *, first: bool) -> dict[str, Any]:
    """The first is the one to press, unless it is one that is seldom meant or ends the case."""
    action = offer.action
    kind = (
        action.tone if action.tone == "danger" else "primary" if first and action.code not in _SELDOM else "secondary"
    )
    where = reverse("workbench:do", args=[view.case.id, action.code])
    if action.code == "record_check":
        where = reverse("workbench:check", args=[view.case.id])
    if action.code == "deliver":
        where = reverse("workbench:service", args=[view.case.id])
    return {"action": action, "url": where, "kind": kind}


def _taking(view: CaseView, names: Mapping[str, str]) -> dict[str, Any] | None:
    """Who has the case on his desk; None once it has ended. One query, two when somebody has it."""
    row = CaseUnit.objects.filter(case_id=view.case.id, until=None).first()
    if row is None or not row.is_open:
        return None
    actor, scope = view.actor, scope_of(view.case)
    mine = row.assignee_id is not None and row.assignee_id == actor.account_id
    name = names.get(str(row.assignee_id)) or name_of(row.assignee_id, {})
    may_take, may_reassign = actor.may("cases.take", scope), actor.may("cases.reassign", scope)
    return {
        "name": name,
        "mine": mine,
        "may_take": row.assignee_id is None and may_take,
        "may_give_back": (mine and may_take) or (row.assignee_id is not None and may_reassign),
        "may_hand_over": may_take and (mine or may_reassign),
    }


def name_of(account: UUID | None, names: Mapping[UUID, str]) -> str:
    """How an account is called, from `names` or asked for; empty for nobody."""
    if account is None:
        return ""
    return names.get(account) or account_names([account]).get(account, "—")


def _due(clock: Clock) -> str:
    """The badge of a clock in its own kind of days, as the rule counts them."""
    left = standing(clock).days_left if clock.day_type == "working" else None
    state = "paused" if clock.state == Clock.State.PAUSED else "running"
    return render_due(clock.due_at, state=state, left=left, provisional=clock.provisional)


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
