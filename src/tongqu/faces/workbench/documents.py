"""What the pages of document texts draw, and the preview with a real case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.clock import SHANGHAI, now
from tongqu.kernel.acts.errors import Invalid, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.cases.paper_content import content_for
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.directory.queries import unit as unit_of
from tongqu.kernel.identity.queries import account_names
from tongqu.kernel.records import catalogue, wording
from tongqu.kernel.records import templates_in_force as texts
from tongqu.kernel.records.catalogue import SEALS, Kind
from tongqu.kernel.records.content import preview as typeset_preview
from tongqu.kernel.records.content import sample_of
from tongqu.kernel.records.models import DocumentTemplate
from tongqu.kernel.records.numbering import Style
from tongqu.kernel.records.operations.templates import EDIT, PUBLISH
from tongqu.kernel.ui import forms
from tongqu.kernel.ui.pages import whole_number
from tongqu.kernel.ui.templatetags.ui import moment, render_tag

words = forms.text


def admit(actor: Actor) -> None:
    """For those who may edit or publish somewhere. Raises NotPermitted."""
    if not actor.places_for(EDIT) and not actor.places_for(PUBLISH):
        raise NotPermitted()


def scope_of(actor: Actor) -> UUID | None:
    """Whose text the reader works on: the own unit's; for whoever has the right everywhere, the text for all units."""
    places = actor.places_for(EDIT) | actor.places_for(PUBLISH)
    return None if (None, "") in places else next((unit for unit, _region in sorted(places, key=str) if unit), None)


def publishing_unit(actor: Actor) -> UUID:
    """The unit whose numbers the reader sets. Raises NotPermitted for one who belongs to none."""
    found = scope_of(actor) or actor.unit_id
    if found is None:
        raise NotPermitted()
    return found


def issuer_of(unit_id: UUID | None) -> str:
    return unit_of(unit_id).name if unit_id else _("某某市市场监督管理局")


def kinds_context(actor: Actor) -> dict[str, Any]:
    unit_id = scope_of(actor)
    force = texts.in_force(actor.tenant_id, unit_id, at=now())
    drafts = texts.open_drafts(actor.tenant_id, unit_id)
    columns = [{"label": label} for label in (_("文书"), _("字"), _("现用文本"), _("草稿"))]
    rows = []
    for kind in catalogue.kinds():
        if not kind.editable:
            continue
        row = force.get((kind.procedure, kind.kind))
        draft = drafts.get((kind.procedure, kind.kind))
        rows.append(
            {
                "url": reverse("workbench:document_versions", args=[kind.procedure, kind.kind]),
                "cells": [
                    words(kind.name), kind.word, _version_name(row),
                    render_tag(_("有草稿"), "warning") if draft else "—",
                ],
            }
        )  # fmt: skip
    return {"columns": columns, "rows": rows, "for_all": unit_id is None, "may_number": bool(actor.places_for(PUBLISH))}


def _version_name(row: DocumentTemplate | None) -> str:
    if row is None:
        return _("第1版（随平台提供）")
    whose = _("全平台") if row.scope == "all" else _("本单位")
    return _("第%(number)s版（%(whose)s）") % {"number": row.number, "whose": whose}


def versions_context(actor: Actor, spec: Kind, unit_id: UUID | None, compare: str) -> dict[str, Any]:
    rows = texts.versions_of(actor.tenant_id, spec, unit_id)
    names = account_names({a for r in rows for a in (r.edited_by, r.published_by) if a})
    by_number = {r.number: (r.title, r.body) for r in rows if r.state == "published"}
    by_number[texts.SHIPPED] = (spec.title, spec.body)
    shown = [
        {
            "number": r.number,
            "draft": r.state == "draft",
            "url": reverse("workbench:template", args=[r.id]),
            "why": r.why,
            "edited": f"{names.get(r.edited_by, '—') if r.edited_by else '—'} {moment(r.edited_at)}",
            "published": f"{names.get(r.published_by, '—')} {moment(r.published_at)}" if r.published_by else "",
            "from": r.effective_from,
            "cancelled": r.state == "cancelled",
            "cancel_url": reverse("workbench:template_cancel", args=[r.id]) if _to_come(actor, r) else "",
        }
        for r in rows
    ]
    wanted = whole_number(compare) or 0
    newer = by_number.get(wanted)
    older = by_number.get(max((n for n in by_number if n < wanted), default=0))
    return {
        "spec": spec,
        "name": words(spec.name),
        "rows": shown,
        "draft": next((one for one in shown if one["draft"]), None),
        "may_edit": actor.may(EDIT, Scope(unit_id=unit_id)),
        "shipped": texts.SHIPPED,
        "shipped_text": spec.body,
        "compared": wanted if newer and older else 0,
        "changes": _changes(older, newer) if newer and older else [],
    }


def _to_come(actor: Actor, row: DocumentTemplate) -> bool:
    """Whether the reader may still take this version back."""
    waits = row.state == "published" and row.effective_from is not None and row.effective_from > now()
    return waits and actor.may(PUBLISH, Scope(unit_id=row.unit_id))


def _changes(old: tuple[str, str], new: tuple[str, str]) -> list[dict[str, str]]:
    lines = wording.differences("\n".join(old), "\n".join(new))
    return [{"sign": sign, "text": text} for sign, text in lines if text.strip()]


def editor_context(
    actor: Actor, row: DocumentTemplate, spec: Kind, *, data: Any, errors: Mapping[str, Any]
) -> dict[str, Any]:
    """The draft's fields, the places that its text may have, and what the reader may do with it."""
    scope = Scope(unit_id=row.unit_id)
    may_edit = actor.may(EDIT, scope) and row.state == "draft"
    title, body, why = (
        (row.title, row.body, row.why)
        if data is None or "body" not in data
        else (data.get("title", ""), data.get("body", ""), data.get("why", ""))
    )
    current = texts.text_of_version(row.tenant_id, spec, row.unit_id, at=now())
    return {
        "row": row,
        "name": words(spec.name),
        "spec": spec,
        "errors": errors,
        "may_edit": may_edit,
        "may_publish": actor.may(PUBLISH, scope) and row.state == "draft" and str(actor.account_id) not in row.editors,
        "own_draft": actor.may(PUBLISH, scope) and str(actor.account_id) in row.editors,
        "title_field": forms.single("title", _("标题"), value=title, error=errors.get("title", "")),
        "body_field": forms.single(
            "body", _("正文"), "textarea", value=body, error=errors.get("body", ""),
            help=_("一行一段。花括号里是填写处；一行里的填写处都没有内容时，这一行不印"),
        ),
        "why_field": forms.single(
            "why", _("修改的原因"), value=why, error=errors.get("why", ""), help=_("发布时必须写明，以后可以查到")
        ),
        "case_field": forms.single(
            "case_no", _("用一件真实办件预览"), value=data.get("case_no", "") if data else "",
            error=errors.get("case_no", ""), help=_("填写您有权查看的办件编号，查看会记录"), optional=True,
        ),
        "from_field": forms.single(
            "effective_from", _("从什么时候起使用"), value=data.get("effective_from", "") if data else "",
            error=errors.get("effective_from", ""), help=_("例如 2026-03-02 09:00；不填就是立即"), optional=True,
        ),
        "places": [
            {"name": "{" + p.name + "}", "meaning": p.meaning, "needed": p.name in spec.required, "list": p.is_list}
            for p in spec.places.values()
        ],
        "changes": _changes((current.title, current.body), (row.title, row.body)),
        "changed": (current.title, current.body) != (row.title, row.body),
    }  # fmt: skip


def preview(actor: Actor, spec: Kind, *, title: str, body: str, case_no: str, at: datetime) -> bytes:
    """The text typeset with samples, or with a case of this procedure that the reader may read. Raises Invalid."""
    day = at.astimezone(SHANGHAI).date()
    if not case_no:
        content = sample_of(spec, issuer=issuer_of(scope_of(actor)))
    else:
        view = access_case(actor, case_no=case_no, purpose="template_preview")
        event = _event_for(view.case.id, spec)
        if view.case.procedure_code != spec.procedure or event is None or view.case.unit_id is None:
            raise Invalid(fields={"case_no": _("这件办件没有走到会制作这种文书的一步，请换一件")})
        content = content_for(spec, view.case, event, unit_of(view.case.unit_id))
    number = Style(_("某机关"), spec.word).number(day.year, 0).replace("0号", "×号")
    try:
        return typeset_preview(spec, content, title=title, body=body, number=number, day=day)
    except wording.Incomplete as error:
        raise Invalid(fields={"case_no": _("这件办件缺少：%(names)s") % {"names": str(error)}}) from None


def _event_for(case_id: UUID, spec: Kind) -> Event | None:
    rows = Event.objects.filter(subject_kind="case", subject_id=case_id, kind__in=spec.on)
    return rows.order_by("-id").first()


def numbering_context(unit_id: UUID, *, data: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """What is set for the unit, kind by kind, with an example of the next shape; the form to change it."""
    rows = {(r.procedure, r.kind): r for r in texts.numbering_of(unit_id)}
    own, name = rows.get(("", "")), issuer_of(unit_id)
    year = now().astimezone(SHANGHAI).year
    reached = texts.reached_by(unit_id)
    table = []
    for kind in catalogue.kinds():
        said = [r for r in (rows.get((kind.procedure, kind.kind)), own) if r]
        style = texts.style_from(said, kind, agency=name)
        serial = reached.get(style.shared(year), 1)
        seal = (style.seal or SEALS[kind.seal]) if SEALS.get(kind.seal) else ""
        table.append({"cells": [words(kind.name), style.word, style.number(year, serial), seal]})
    options = [{"value": f"{k.procedure}/{k.kind}", "label": words(k.name)} for k in catalogue.kinds()]
    return {
        "columns": [{"label": label} for label in (_("文书"), _("字"), _("下一个文号"), _("专用章"))],
        "rows": table,
        "errors": errors,
        "unit_name": name,
        "no_agency": own is None or not own.agency,
        "kind_field": forms.single(
            "kind", _("哪种文书"), "select", options=options, value=data.get("kind", ""), optional=True,
            help=_("不选就是本单位的全部文书"), error=errors.get("kind", ""),
        ),
        "agency_field": forms.single(
            "agency", _("机关代字"), value=data.get("agency", own.agency if own else ""), optional=True,
            help=_("例如 清市监；没有设定时用单位全称"), error=errors.get("agency", ""),
        ),
        "word_field": forms.single(
            "word", _("文书种类的字"), value=data.get("word", ""), optional=True, error=errors.get("word", ""),
            help=_("例如 许受；不填用随平台提供的"),
        ),
        "pattern_field": forms.single(
            "pattern", _("样式"), value=data.get("pattern", own.pattern if own else ""), optional=True,
            help=_("例如 {agency}{word}〔{year}〕{serial}号；{serial4} 补足四位"), error=errors.get("pattern", ""),
        ),
        "seal_field": forms.single(
            "seal", _("专用章上的字"), value=data.get("seal", own.seal if own else ""), optional=True,
            help=_("例如 行政审批专用章（2）；不填用随平台提供的"), error=errors.get("seal", ""),
        ),
        "series_field": forms.single(
            "series", _("哪种文书"), "select", options=options, value=data.get("series", ""),
            error=errors.get("series", ""),
        ),
        "next_field": forms.single(
            "next_no", _("下一个顺序号"), "number", value=data.get("next_no", ""), error=errors.get("next_no", ""),
            help=_("原来的系统今年已经编到 128 号的，填 129"),
        ),
    }  # fmt: skip
