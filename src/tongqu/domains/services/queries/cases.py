"""What the pages of a case draw: the list, the case, its history, licences and decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.domains.services.queries.applying import answers_of, file_of
from tongqu.domains.services.queries.papers import contestable, papers_of
from tongqu.kernel.acts.clock import today
from tongqu.kernel.cases import definition
from tongqu.kernel.cases.models import DISCLOSED, Case, Decision
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.cases.progress import Progress
from tongqu.kernel.cases.queries import CaseView, HistoryLine
from tongqu.kernel.cases.supervision import explanations_of
from tongqu.kernel.law import register
from tongqu.kernel.law.grounds import ground, remedies
from tongqu.kernel.law.pages.why import url_of, why
from tongqu.kernel.law.words import ON_MISS, cited, word
from tongqu.kernel.records.models import ELicence
from tongqu.kernel.records.queries import status_on
from tongqu.kernel.records.rules import public_name
from tongqu.kernel.ui import forms, languages
from tongqu.kernel.ui.templatetags.ui import day

words = forms.text


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
        "act": _("继续填写") if draft else "",
        "foot": [_("最近修改 %(day)s") % {"day": day(case.updated_at)} if draft else case.case_no or ""],
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
        "carried_out": [
            {"title": word(ON_MISS, c.on_miss), "rule": c.consequence_cite, "why": why(c)} for c in view.carried_out
        ],
        "overruns": [
            {"title": CLOCKS.get(card.clock_name, lambda: "")(), "card": card} for card in explanations_of(view.case)
        ],
        "path": path_of(view),
        "groups": answers_of(view),
        "files": [
            {**file_of(case, row), "note": titles.get(row.code, _("现场核查照片"))}
            for row in view.facts.materials
            if row.code in titles
        ],
        "received_label": RECEIVED["confirm_receipt" in view.procedure.actions](),
        "given": [file_of(case, row) for row in view.facts.materials if row.code == DISCLOSED],
        "after_supply": AFTER_SUPPLY["accept" if "accept" in view.procedure.actions else ""](),
        "papers": papers_of(view, "services:paper"),
        "contestable": contestable(view),
        "timeline": timeline_of(view.history),
        "offers": [o for o in view.offers if o.open and o.action.code not in {"rate"}],
        "rate": next((o for o in view.offers if o.action.code == "rate" and o.open), None),
        "demands": [
            {"title": words(definition.title_of(view.package, d["code"])), "note": d["note"], "met": d["met"]}
            for d in case.demands
            if not d.get("spot")
        ],
        "corrections": [
            {"title": words(definition.title_of(view.package, d["code"])), "note": d["note"], "met": d["met"]}
            for d in case.demands
            if d.get("spot") and not d.get("lapsed_at")
        ],
        **_outcome_of(view),
    }


# Where the law counts from the day both sides confirm (I12), the day it was sent is not the day of receipt.
RECEIVED = {True: lambda: _("提交时间"), False: lambda: _("收到时间")}
AFTER_SUPPLY = {
    "accept": lambda: _("以上是一次性告知的全部内容，补齐后即受理。"),
    "": lambda: _("以上是一次性告知的全部内容。收到补正以后重新计算办理期限；逾期不补正的，视为放弃申请。"),
}


def _outcome_of(view: CaseView) -> dict[str, Any]:
    """What was decided; nothing to be shown yet while a granted licence is being made."""
    if view.case.outcome == "granted" and not view.case.tally.get("issue"):
        return {}
    decision = view.decision
    told = {"refusal": refusal_of(decision), "answer": answer_of(decision)}
    return {"decision": decision, "ending": ending_of(view.ending), **told}


ENDINGS = {
    "retract": lambda: (_("许可已被撤回"), _("已撤回")),
    "annul": lambda: (_("许可已被撤销"), _("已撤销")),
    "deregister": lambda: (_("许可已经注销"), _("已注销")),
}


def ending_of(decision: Decision | None) -> dict[str, Any] | None:
    """How the licence ended, on which ground, and what can be done about it."""
    if decision is None:
        return None
    why = ground(decision.ground)
    return {
        "title": ENDINGS[decision.kind]()[0],
        "ground": words(why.text),
        "source": languages.ours(why.source),
        "reason": decision.reason,
        "remedies": remedies(decision.kind, languages.tag()),
    }


def refusal_of(decision: Decision | None) -> dict[str, Any] | None:
    """Why not, and what can be done about it (L12), where it was decided against the applicant."""
    return _told(decision, REFUSALS)


REFUSALS = {
    "refuse": lambda: _("不予许可的理由"),
    "not_accept": lambda: _("不予受理的理由"),
    "decline": lambda: _("不予办理的理由"),
    "withhold": lambda: _("不予公开的理由"),
}


def answer_of(decision: Decision | None) -> dict[str, Any] | None:
    """What was answered to a request, on which ground, and what can be done about it."""
    return _told(decision, ANSWERS)


def _told(decision: Decision | None, titles: Mapping[str, Callable[[], str]]) -> dict[str, Any] | None:
    """The title of the decision, its ground and reason, the remedies; None for one that has no title here."""
    if decision is None or decision.kind not in titles:
        return None
    found = ground(decision.ground)
    return {
        "title": titles[decision.kind](),
        "ground": words(found.text),
        "source": languages.ours(found.source),
        "rule": decision.rule,
        "reason": decision.reason,
        "remedies": remedies(decision.kind, languages.tag()),
    }


ANSWERS = {
    "comply": lambda: _("已按请求办理"),
    "approve_erasure": lambda: _("同意删除，等待另一名工作人员执行"),
    "disclose": lambda: _("予以公开"),
    "disclose_overriding": lambda: _("因公共利益决定公开"),
    "disclose_part": lambda: _("部分公开；其余部分不予公开的理由"),
    "answer_otherwise": lambda: _("答复"),
}


YOURS = {"supply", "ask_hearing"}  # periods in which the applicant has to act
CLOCKS = {
    "notice": lambda: _("最迟告知是否受理或者需要补正"),
    "supply": lambda: _("请您最迟在这一天补正（含当天）"),
    "decide": lambda: _("最迟作出决定"),
    "check": lambda: _("最迟完成现场核查"),
    "renewal": lambda: _("到这一天还没有决定的，视为准予延续"),
    "deliver": lambda: _("最迟颁发、送达许可证"),
    "ask_hearing": lambda: _("可以申请听证，最迟"),
    "hold_hearing": lambda: _("最迟举行听证"),
    "answer": lambda: _("最迟答复"),
    "confirm": lambda: _("最迟与申请人确认收到"),
    "clarify": lambda: _("申请内容不明确的，最迟告知补正"),
}


def periods_met(view: CaseView, action: str) -> list[dict[str, Any]]:
    """The applicant's own periods that run out unless he does this: {label, value, rule}. No query but for those acts
    that may end one, which need the clocks."""
    wanted = view.procedure.actions.get(action)
    ended = YOURS & {stop["name"] for stop in wanted.clocks.get("stop", ())} if wanted else set()
    if not ended:
        return []
    return [
        {"label": CLOCKS[one.name](), "value": day(one.due_at), "rule": one.rule_id}
        for one in view.running
        if one.name in ended
    ]


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
        if line.rule:
            row |= _cited(line.rule)
        if line.effective_at != line.at:
            row["text"] = _("效力自 %(day)s 起") % {"day": line.effective_at.astimezone().strftime("%Y-%m-%d")}
        rows.append(row)
    return rows[::-1]


def _cited(cite: str) -> dict[str, str]:
    """The rule's number and what it is taken from, with its page; the number alone where the register lacks it."""
    rule, rule_id = register.cited(cite), cite.partition("@")[0]
    if rule is None:
        return {"rule": rule_id, "rule_url": reverse("law:rule", args=[rule_id])}
    return {"rule": f"{rule_id} {cited(rule)}", "rule_url": url_of(rule)}


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
    "renewed": lambda: (_("已延续换证"), "neutral"),
    "retracted": lambda: (_("已撤回"), "danger"),
    "revoked": lambda: (_("已撤销"), "danger"),
    "cancelled": lambda: (_("已注销"), "danger"),
}


def decision_card(decision: Decision) -> dict[str, Any]:
    case = decision.case
    return {
        "title": words(case.title),
        "text": public_name(case.applicant_name, case.applicant_kind),
        "url": reverse("services:decision", args=[case.case_no]),
        "foot": [decision.licence_no or case.case_no or "", day(decision.decided_at)],
        "tag": ENDINGS[decision.ended_by]()[1] if decision.ended_by else _("准予许可"),
        "tone": "danger" if decision.ended_by else "success",
    }


def progress_context(found: Progress) -> dict[str, Any]:
    """What the page of a query by number draws."""
    public = found.outcome == "granted"
    return {
        "found": found,
        "received_label": RECEIVED[found.confirms](),
        "state_name": words(found.state.name),
        "tone": TONES[found.state.tone],
        "dates": [{"title": CLOCKS[c.name](), "why": why(c)} for c in found.clocks if c.name in CLOCKS],
        "timeline": timeline_of(found.history),
        "decision_url": reverse("services:decision", args=[found.case_no]) if public else "",
    }
