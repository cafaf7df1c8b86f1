"""Rules set otherwise in one region, for administrators: what is on record, a form, ending one sooner."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.clock import today
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, NotPermitted
from tongqu.kernel.law import calendars, overlay_form, overlays, register, words
from tongqu.kernel.law.models import Clock, RuleOverlay
from tongqu.kernel.law.rules import Rule
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import flash, idempotency_key, page

MOST = 100
RANKS = (
    "normative_document", "local_regulation", "local_rule", "departmental_rule", "administrative_regulation", "law",
)  # fmt: skip


@page(overlays.VERB, login=PASSWORD, restores=True)
def overlay_list(request: HttpRequest) -> HttpResponse:
    """What is on record, and a form for one more. One query."""
    typed: Mapping[str, Any] = request.POST
    errors: dict[str, Any] = {}
    found = None
    if request.method == "POST":
        try:
            values = {name: str(typed.get(name, "")).strip() for name in overlay_form.FIELDS}
            document, found = overlay_form.written(values)
            if typed.get("do") == "load":
                overlays.load_overlay(request.actor, key=idempotency_key(request), document=document)  # type: ignore[attr-defined]
                flash(request, _("已记录，自%(day)s起生效") % {"day": document["effective_from"]})
                return redirect("law:overlays")
        except (Invalid, Conflict, NotPermitted) as error:
            errors, found = dict(getattr(error, "fields", None) or {}) or {"": error.message}, None
    context = {
        "sections": _sections(typed, errors), "errors": errors, "preview": _preview(found),
        "rows": [_shown(row) for row in _own(request).order_by("-id")[:MOST]],
    }  # fmt: skip
    return render(request, "law/overlays.html", context, status=422 if errors else 200)


@page(overlays.VERB, login=PASSWORD, restores=True)
def end(request: HttpRequest, overlay_id: UUID) -> HttpResponse:
    """Ask for the last day and the document that ends it, then end it. Two queries."""
    row = _own(request).filter(id=overlay_id).first()
    if row is None:
        raise NotFound()
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            overlays.end_overlay(
                request.actor, key=idempotency_key(request), overlay_id=overlay_id,  # type: ignore[attr-defined]
                last_day=_day(request.POST.get("last_day", "")), reason=request.POST.get("reason", ""),
            )  # fmt: skip
            flash(request, _("已记录；正在计算的期限不变"))
            return redirect("law:overlays")
        except (Invalid, Conflict) as error:
            errors = dict(error.fields) or {"": error.message}
    shown = _shown(row)
    context = {"row": shown, "errors": errors, "fields": _of_ending(request, shown, errors), **_consequences(row)}
    return render(request, "law/end_overlay.html", context, status=422 if errors else 200)


def _of_ending(request: HttpRequest, shown: Mapping[str, Any], errors: Mapping[str, Any]) -> list[forms.Field]:
    helped = _("填%(day)s即为撤回，不再生效") % {"day": shown["earliest"]} if shown["coming"] else ""
    day = request.POST.get("last_day") or shown["earliest"].isoformat()
    return [
        forms.single("last_day", _("最后一天"), "date", value=day, help=helped, error=errors.get("last_day", "")),
        forms.single("reason", _("依据的文件和理由"), "textarea", value=request.POST.get("reason", ""),
                     error=errors.get("reason", "")),
    ]  # fmt: skip


def _consequences(row: RuleOverlay) -> dict[str, Any]:
    """What ending it would bring: how many clocks keep it, and the rule that is in force there from then on."""
    keep = Clock.objects.filter(
        tenant_id=row.tenant_id, rule_id=row.rule_id, rule_version=row.rule_version, state__in=calendars.OPEN
    )
    rule = overlays.rule_of(row)
    then = overlays.instead_of(rule, overlays.earliest_end(rule.effective_from) + timedelta(days=1))
    return {"keep": keep.count(), "then": {"cite": then.cite, "rule_id": then.rule_id, "version": then.version,
            "amount": words.amount(then)}}  # fmt: skip


def _own(request: HttpRequest) -> QuerySet[RuleOverlay]:
    return RuleOverlay.objects.filter(tenant_id=request.actor.tenant_id)  # type: ignore[attr-defined]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(fields={"last_day": _("请按2027-01-31的样子填写日期")}) from None


def _preview(found: overlays.Preview | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "rule": found.rule, "narrower": _("、").join(found.narrower), "source": words.source(found.base),
        "otherwise": words.otherwise(found.rule), "same": _terms(found.base) == _terms(found.rule),
        "lines": [
            {"label": label, "was": was, "will": will, "changes": was != will}
            for (label, was), (_label, will) in zip(_terms(found.base), _terms(found.rule), strict=True)
        ],
    }  # fmt: skip


def _terms(rule: Rule) -> list[tuple[str, str]]:
    """What an overlay may set, in words: (label, value)."""
    more = rule.extension
    facts = {"amount": words.amount(rule, more.quantity), "n": more.times} if more else {}
    return [
        (_("期限"), words.amount(rule)),
        (_("延长"), (_("可以延长%(amount)s，最多%(n)d次") % facts) if more else _("不得延长")),
        (_("延长由谁批准"), words.word(words.NEEDS, more.needs) if more else "—"),
    ]  # fmt: skip


def _shown(row: RuleOverlay) -> dict[str, Any]:
    """A row of the list; without its amount where the rule's package was published a moment ago, by another process."""
    said, now = row.document, today().date()
    begins, ends = date.fromisoformat(said["effective_from"]), row.effective_to
    over, withdrawn = bool(ends and ends < now), bool(ends and ends < begins)
    try:
        amount = words.amount(overlays.rule_of(row))
    except register.UnknownRule:
        amount = ""
    return {
        "id": row.id, "rule_id": row.rule_id, "version": row.rule_version, "place": said["place"], "amount": amount,
        "basis": words.word(words.BASES, said["basis"]), "instrument": said["authority"]["instrument"],
        "organ": said["authority"]["organ"], "from": begins, "to": ends or "", "withdrawn": withdrawn, "over": over,
        "coming": begins > now, "open": not (over or withdrawn), "earliest": overlays.earliest_end(begins),
        "reason": row.ended_reason, "summary": words.said(said["summary"]),
    }  # fmt: skip


def _sections(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> list[tuple[str, list[forms.Field]]]:
    def one(name: str, label: str, widget: str = "text", **more: Any) -> forms.Field:
        return forms.single(name, label, widget, value=typed.get(name, ""), error=errors.get(name, ""), **more)

    bases = [{"value": code, "label": words.word(words.BASES, code)} for code in words.BASES]
    ranks = [{"value": code, "label": words.word(words.RANKS, code)} for code in RANKS]
    same = {"value": "", "label": _("与原规则相同")}
    units = [
        same, {"value": "hour", "label": _("小时")}, {"value": "day", "label": _("日")},
        {"value": "month", "label": _("月")}, {"value": "year", "label": _("年")},
    ]  # fmt: skip
    kinds = [
        same, {"value": "working", "label": _("工作日")}, {"value": "calendar", "label": _("自然日")},
        {"value": "hour", "label": _("连续计算的小时")},
    ]  # fmt: skip
    longer = [same, {"value": "none", "label": _("不得延长")}, {"value": "set", "label": _("另行设定")}]
    needs = [{"value": "", "label": "—"}, *({"value": code, "label": said} for code, said in words.NEEDS.items())]
    seen = [{"value": code, "label": words.TRUST[code].label} for code in ("P", "V", "M")]
    return [
        (_("哪一条，在哪里"), [
            one("rule_id", _("规则编号"), width="short", help=_("见“办事规则”，例如 L7")),
            one("version", _("名称"), help=_("例如 明川试点-2027；记录以后不能更改")),
            one("region", _("区划代码"), width="short", help=_("其下各级地方都适用")),
            one("place", _("地方")),
        ]),
        (_("依据"), [
            one("basis", _("凭什么另行设定"), "radio", options=bases),
            one("instrument", _("授权文件或者本地规定")),
            forms.single("rank", _("文件的种类"), "select", value=typed.get("rank") or RANKS[0], options=ranks,
                         error=errors.get("rank", "")),
            one("article", _("条款"), optional=True),
            one("organ", _("发布机关")),
            one("issued", _("文件日期"), "date"),
            one("trust", _("与文件核对到什么程度"), "select", optional=True, options=seen),
        ]),
        (_("从哪一天到哪一天"), [
            one("effective_from", _("从哪一天起"), "date",
                help=_("最早明天；按起算当天的规则计算，正在计算的期限不变")),
            one("effective_to", _("到哪一天止"), "date", optional=True, help=_("试点必须填写")),
        ]),
        (_("期限与原规则有什么不同"), [
            one("quantity", _("期限的数量"), width="short", optional=True,
                help=_("不填则与原规则相同，或者照样板采用")),
            one("unit", _("单位"), "select", optional=True, options=units),
            one("day_type", _("怎样计日"), "select", optional=True, options=kinds),
            one("extension", _("能不能延长"), "select", optional=True, options=longer),
            one("extension_quantity", _("可以延长多少"), width="short", optional=True, help=_("单位与期限相同")),
            one("extension_needs", _("延长由谁批准"), "select", optional=True, options=needs),
            one("extension_times", _("最多延长次数"), width="short", optional=True, help=_("不填是1次")),
        ]),
        (_("给公众看的说明"), [
            one("summary", _("有什么不同"), "textarea"),
            one("summary_en", _("英文说明"), "textarea"),
        ]),
    ]  # fmt: skip
