"""The verbs of templates and numbering: draft, save, publish from a time, discard; how a unit numbers its papers.

Two pairs of eyes: nobody who worked on a draft may publish it, whatever their roles. A published version never changes;
going back is publishing an older text as a new version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.actor import Scope
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused, Text
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.records import catalogue, events, numbering, wording
from tongqu.kernel.records.models import DocumentNumbering, DocumentTemplate
from tongqu.kernel.records.templates_in_force import SHIPPED, published, style_of, text_of_version
from tongqu.kernel.ui.forms import cleaning

EDIT, PUBLISH = "documents.edit_templates", "documents.publish_template"
MOST_WHY = 300
MOST_SERIAL = 999_999
GIVEN = ("published", "cancelled")  # what has a version number


@operation("records.draft_template")
def draft_template(
    act: Act, *, procedure: str, kind: str, unit_id: UUID | None, based_on: int | None = None
) -> dict[str, Any]:
    """Begin a new version of a text, from the one in force or from an older version of the same unit.

    `unit_id` None is the text for every unit without its own. Raises NotFound for an unknown kind or version, Conflict
    where a draft exists already.
    """
    act.require(EDIT, Scope(unit_id=unit_id))
    spec = _kind(procedure, kind)
    if based_on is None:
        start = text_of_version(act.actor.tenant_id, spec, unit_id, at=act.at)
    else:
        start = published(act.actor.tenant_id, spec, unit_id, based_on)
    row = DocumentTemplate(
        tenant_id=act.actor.tenant_id, procedure=procedure, kind=kind, unit_id=unit_id, scope=_scope(unit_id),
        title=start.title, body=start.body, based_on=start.reference, edited_by=act.actor.account_id,
        edited_at=act.at, editors=[str(act.actor.account_id)], created_at=act.at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            _("这种文书已经有一份正在修改的草稿"), remedy=_("请打开那份草稿继续修改，或者先放弃它")
        ) from None
    act.emit(
        events.TEMPLATE_DRAFTED, subject=("document_template", row.id),
        body={"procedure": procedure, "kind": kind, "unit": unit_id, "based_on": start.reference},
    )  # fmt: skip
    return {"template_id": str(row.id), "version": row.version}


@operation("records.save_template")
def save_template(
    act: Act, *, template_id: UUID, title: str, body: str, why: str, expected_version: int | None = None
) -> dict[str, Any]:
    """Change a draft. Raises Invalid with the fields at fault: a text that could not be published is not saved."""
    row = _draft(act, template_id, EDIT, expected_version)
    spec = _kind(row.procedure, row.kind)
    title, body, why = checked(spec, title=title, body=body, why=why)
    row.title, row.body, row.why = title, body, why
    row.edited_by, row.edited_at = act.actor.account_id, act.at
    row.editors = sorted({*row.editors, str(act.actor.account_id)})
    row.version += 1
    row.save(update_fields=["title", "body", "why", "edited_by", "edited_at", "editors", "version"])
    act.emit(
        events.TEMPLATE_SAVED, subject=("document_template", row.id), version=row.version,
        body={"sha256": wording.digest(title, body)},
    )  # fmt: skip
    return {"template_id": str(row.id), "version": row.version}


def checked(spec: catalogue.Kind, *, title: str, body: str, why: str = "") -> tuple[str, str, str]:
    """The text as it is stored. Raises Invalid naming each field at fault; used by the preview too."""
    clean_title, clean_body, faults = wording.clean(title, body)
    faults = faults or wording.faults_of(clean_title, clean_body, spec.places, spec.required)
    try:
        why = cleaning.one_line(why)
    except cleaning.Unreadable:
        faults["why"] = _("含有无法显示的字符，请删除后重新输入")
    if len(why) > MOST_WHY:
        faults["why"] = _("太长，最多%(most)s字") % {"most": MOST_WHY}
    if faults:
        raise Invalid(fields=faults)
    return clean_title, clean_body, why


@operation("records.publish_template")
def publish_template(
    act: Act, *, template_id: UUID, effective_from: datetime | None = None, expected_version: int | None = None
) -> dict[str, Any]:
    """Put a draft in force from a time (now, if none is given). It gets the next version number and never changes.

    Refused to everyone who worked on it. Raises Invalid for a time in the past, a missing reason or a text that lost
    what the law asks for since it was saved.
    """
    row = _draft(act, template_id, PUBLISH, expected_version)
    if str(act.actor.account_id) in row.editors:
        raise Refused(
            _("起草人不能发布自己修改的文本"), code="own-draft", remedy=_("请交由另一名有发布权限的人员核对后发布")
        )
    start = effective_from or act.at
    if start < act.at:
        raise Invalid(fields={"effective_from": _("生效时间不能早于现在")})
    if not row.why:
        raise Invalid(fields={"why": _("请写明修改的原因")})
    spec = _kind(row.procedure, row.kind)
    checked(spec, title=row.title, body=row.body)
    same = DocumentTemplate.objects.filter(
        tenant_id=row.tenant_id, procedure=row.procedure, kind=row.kind, scope=row.scope, state__in=GIVEN
    )
    row.number = (same.order_by("-number").values_list("number", flat=True).first() or SHIPPED) + 1
    row.state, row.published_by, row.published_at = "published", act.actor.account_id, act.at
    row.effective_from, row.sha256 = start, wording.digest(row.title, row.body)
    row.version += 1
    row.save()
    act.emit(
        events.TEMPLATE_PUBLISHED, subject=("document_template", row.id), version=row.version, effective_at=start,
        body={"procedure": row.procedure, "kind": row.kind, "unit": row.unit_id, "number": row.number,
              "sha256": row.sha256},
    )  # fmt: skip
    return {"template_id": str(row.id), "number": row.number}


@operation("records.discard_template")
def discard_template(act: Act, *, template_id: UUID, expected_version: int | None = None) -> dict[str, Any]:
    """Give a draft up. What was published stays."""
    row = _draft(act, template_id, EDIT, expected_version)
    DocumentTemplate.objects.filter(id=row.id, state="draft").delete()
    act.emit(
        events.TEMPLATE_DISCARDED, subject=("document_template", row.id), version=row.version + 1,
        body={"procedure": row.procedure, "kind": row.kind, "unit": row.unit_id},
    )  # fmt: skip
    return {"template_id": str(row.id)}


@operation("records.cancel_template")
def cancel_template(act: Act, *, template_id: UUID) -> dict[str, Any]:
    """Take a published text back before it comes into force. Its number stays used. Raises NotFound, Conflict."""
    row = DocumentTemplate.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=template_id).first()
    if row is None:
        raise NotFound()
    act.require(PUBLISH, Scope(unit_id=row.unit_id))
    if row.state != "published" or row.effective_from is None or row.effective_from <= act.at:
        raise Conflict(
            _("这一版本已经生效，不能取消"), remedy=_("需要改回去的，请以原来的版本为基础起草并发布新的版本")
        )  # fmt: skip
    row.state = "cancelled"
    row.version += 1
    row.save(update_fields=["state", "version"])
    act.emit(
        events.TEMPLATE_CANCELLED, subject=("document_template", row.id), version=row.version,
        body={"procedure": row.procedure, "kind": row.kind, "unit": row.unit_id, "number": row.number},
    )  # fmt: skip
    return {"template_id": str(row.id), "number": row.number}


@operation("records.start_series")
def start_series(act: Act, *, unit_id: UUID, procedure: str, kind: str, agency: str, next_no: int) -> dict[str, Any]:
    """Let this year's numbers of one kind go on where another system stopped. Never back over numbers given out.

    `agency` is the unit's name, for a unit that has set no word of its own. Returns {"number": the next one}. Raises
    Invalid.
    """
    act.require(PUBLISH, Scope(unit_id=unit_id))
    spec, year = _known(procedure, kind), act.at.astimezone(SHANGHAI).year
    style = style_of(act.actor.tenant_id, unit_id, spec, agency=agency)
    if not 1 <= next_no <= MOST_SERIAL:
        raise Invalid(fields={"next_no": _("请填写 1 到 %(most)s 之间的整数") % {"most": MOST_SERIAL}})
    if not numbering.begin_at(act.actor.tenant_id, unit_id, style, year, next_no):
        reached = numbering.next_of(act.actor.tenant_id, unit_id, style, year)
        raise Invalid(
            fields={"next_no": _("下一个已经是 %(reached)s 号，不能往回编，否则会重号") % {"reached": reached}}
        )  # fmt: skip
    act.emit(
        events.SERIES_STARTED, subject=("unit", unit_id),
        body={"procedure": procedure, "kind": kind, "series": style.number(year, next_no), "next": next_no},
    )  # fmt: skip
    return {"number": style.number(year, next_no)}


@operation("records.set_numbering")
def set_numbering(
    act: Act,
    *,
    unit_id: UUID,
    procedure: str = "",
    kind: str = "",
    agency: str = "",
    word: str = "",
    pattern: str = "",
    seal: str = "",
) -> dict[str, Any]:
    """How a unit numbers and seals all its papers, or one kind. What is left empty is as for all kinds, or as shipped.

    Raises Invalid for a word or pattern that cannot be, and for an organ's word that another unit has.
    """
    act.require(PUBLISH, Scope(unit_id=unit_id))
    if kind or procedure:
        _known(procedure, kind)
    faults: dict[str, Text] = {}
    for name, value, fault in (
        ("agency", agency, numbering.word_fault), ("word", word, numbering.word_fault),
        ("pattern", pattern, numbering.pattern_fault), ("seal", seal, numbering.seal_fault),
    ):  # fmt: skip
        if value and (found := fault(value)):
            faults[name] = found
    others = DocumentNumbering.objects.filter(tenant_id=act.actor.tenant_id, agency=agency).exclude(unit_id=unit_id)
    if agency and "agency" not in faults and others.exists():
        faults["agency"] = _("另一个单位已经使用这个机关代字，请换一个，文号才不会重复")
    if faults:
        raise Invalid(fields=faults)
    row, _made = DocumentNumbering.objects.get_or_create(
        tenant_id=act.actor.tenant_id, unit_id=unit_id, procedure=procedure, kind=kind,
        defaults={"created_at": act.at},
    )  # fmt: skip
    row.agency, row.word, row.pattern, row.seal = agency, word, pattern, seal
    row.version += 1
    row.save()
    act.emit(
        events.NUMBERING_SET, subject=("unit", unit_id), version=row.version,
        body={"procedure": procedure, "kind": kind, "agency": agency, "word": word, "pattern": pattern,
              "seal": seal},
    )  # fmt: skip
    return {"unit_id": str(unit_id)}


def _draft(act: Act, template_id: UUID, verb: str, expected_version: int | None) -> DocumentTemplate:
    row = DocumentTemplate.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=template_id).first()
    if row is None:
        raise NotFound()
    act.require(verb, Scope(unit_id=row.unit_id))
    if row.state != "draft":
        raise Conflict(_("这一版本已经发布，不能再修改"), remedy=_("请在它的基础上新建一个版本"))
    if expected_version is not None and expected_version != row.version:
        raise Conflict()
    return row


def _known(procedure: str, code: str) -> catalogue.Kind:
    try:
        return catalogue.kind(procedure, code)
    except catalogue.UnknownKind:
        raise NotFound(_("没有这种文书")) from None


def _kind(procedure: str, code: str) -> catalogue.Kind:
    found = _known(procedure, code)
    if not found.editable:
        raise NotFound(_("这种记录按固定表格制作，没有可以修改的文本"))
    return found


def _scope(unit_id: UUID | None) -> str:
    return str(unit_id) if unit_id else "all"
