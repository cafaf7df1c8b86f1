"""What the pages of the counter draw: the queue, who stands there, the one screen, what is still missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from tongqu.domains.services.counter import settings, visitors
from tongqu.domains.services.counter.models import Filing, HeldOriginal
from tongqu.domains.services.queries.applying import entries_provenance
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.paging import Page, page_of
from tongqu.kernel.cases import counter, definition, patterns
from tongqu.kernel.cases.documents import calls
from tongqu.kernel.cases.events import SUBMITTED
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.progress import shown_code
from tongqu.kernel.cases.queries import CaseView
from tongqu.kernel.directory.queries import matters_of
from tongqu.kernel.identity import numbers, rules
from tongqu.kernel.identity.pages.labels import GUARDIAN_PROOFS
from tongqu.kernel.identity.queries import account_names, party_names
from tongqu.kernel.packages import queries as packages
from tongqu.kernel.packages.package import Package
from tongqu.kernel.ui import forms

words = forms.text


def unit_of(actor: Actor) -> UUID | None:
    """The unit whose counter the actor sits at: his own where he receives there, else the first he may receive in."""
    units = sorted(unit for unit, _region in actor.places_for(counter.RECEIVE) if unit)
    return actor.unit_id if actor.unit_id in units else units[0] if units else None


def queue(actor: Actor, *, q: str = "", after: str | None = None, size: int = 50) -> Page[Filing]:
    """Unfinished filings of the counters where the actor receives, latest first, by number or name. One query."""
    units = {unit for unit, _region in actor.places_for(counter.RECEIVE)}
    rows = Filing.objects.filter(tenant_id=actor.tenant_id, state="open")
    if None not in units:
        rows = rows.filter(unit_id__in=sorted(u for u in units if u))
    if wanted := q.strip()[:100]:
        number = patterns.fold(wanted)
        by_number = rows.filter(queue_no__endswith=wanted) if not number.isdigit() else _by_number(rows, number)
        rows = by_number | rows.filter(applicant_name__contains=wanted)
    return page_of(rows, order=("-touched_at", "-id"), after=after, size=size)


def _by_number(rows: Any, digits: str) -> Any:
    """0302007, 302-007 and 7 alike: day and number, or the number alone."""
    if len(digits) > 3:
        return rows.filter(queue_no=f"{digits[:-3]:0>4}-{digits[-3:]}")
    return rows.filter(queue_no__endswith=f"-{digits:0>3}")


def home_context(actor: Actor, found: Page[Filing], q: str) -> dict[str, Any]:
    """The queue with who has each in hand, and what the actor.s counters may take in. Three queries."""
    names = account_names({row.clerk_id for row in found.rows})
    columns = [{"label": text} for text in (_("收件序号"), _("申请人"), _("事项"), _("在谁手上"), _("最后修改"))]
    rows = [
        {
            "url": reverse("services:counter_filing", args=[row.id]),
            "cells": [
                row.queue_no, row.applicant_name,
                words(row.item_title) + (_("（电话）") if row.channel == "phone" else ""),
                _("我") if row.clerk_id == actor.account_id else names.get(row.clerk_id, ""),
                row.touched_at.astimezone().strftime("%m-%d %H:%M"),
            ],
        }
        for row in found.rows
    ]  # fmt: skip
    units = {unit for unit, _region in actor.places_for(counter.RECEIVE)}
    led = None if None in units else matters_of(sorted(u for u in units if u), tenant_id=actor.tenant_id)
    items = [
        {
            "title": words(package.title), "url": reverse("services:counter_new", args=[package.code]),
            "phone": "phone" in package.item["channels"],
        }
        for package in (packages.version(row.id) for row in packages.published())
        if "counter" in package.item["channels"] and (led is None or package.item["matter"] in led)
    ]  # fmt: skip
    return {"page": found, "columns": columns, "rows": rows, "items": items, "q": q}


# --- who stands there ------------------------------------------------------------------------------------------------


def who_context(package: Package, posted: Mapping[str, Any], errors: Mapping[str, Any]) -> dict[str, Any]:
    """The identity form. No query."""
    served = set(package.item["served"])
    by_phone = posted.get("channel") == "phone"
    firms = bool(served - {rules.PERSON})
    single = forms.single
    people = rules.PERSON in served

    def value(name: str) -> str:
        return str(posted.get(name, "") or "")

    person = [
        *_papers("", value, errors, {}),
        single("phone", _("手机号码"), "phone", value=value("phone"), optional=True, error=errors.get("phone"),
               autocomplete="off"),
    ]  # fmt: skip
    places = {
        "self": _("申请人本人"), "guardian": _("申请人的监护人"), "person_agent": _("持个人授权委托书的代理人"),
        "head": _("经营者（法定代表人、负责人）本人"), "agent": _("持单位授权委托书的代理人"),
        "bearer": _("只是来送材料的人（由负责人签名）"),
    }  # fmt: skip
    offered = visitors.offered(sorted(served), by_phone=by_phone)
    options = [{"value": code, "label": places[code]} for code in offered]
    place = [
        single("capacity", _("来人的身份"), "radio", value=value("capacity") or offered[0], options=options,
               error=errors.get("capacity"))
    ]  # fmt: skip
    chosen = value("capacity") or offered[0]

    def only(capacities: Sequence[str], words_: str, field: forms.Field) -> forms.Field:
        if field.condition:
            return field  # hangs on a field that is itself shown to these only
        condition = forms.Condition.any_of("capacity", capacities, words_)
        return replace(field, condition=condition, shown=chosen in capacities)

    if firms:
        of_firms = [
            single("credit_code", _("统一社会信用代码"), value=value("credit_code"), width="middle",
                   error=errors.get("credit_code"), autocomplete="off"),
            single("firm_name", _("名称"), value=value("firm_name"), optional=True, error=errors.get("firm_name"),
                   help=_("登记机关查得到的不用填"), autocomplete="off"),
        ]  # fmt: skip
        place += [only(counter.FOR_A_FIRM, _("为单位办理的填写"), f) for f in of_firms] if people else of_firms
    if people:
        of_people = _papers(
            "for_", value, errors,
            {"id_kind": _("申请人的证件类型"), "id_no": _("申请人的证件号码"), "name": _("申请人的姓名")},
        )  # fmt: skip
        of_people.append(
            single("for_born", _("申请人的出生日期"), "date", value=value("for_born"), optional=True,
                   error=errors.get("for_born"), help=_("只有证件号码看不出出生日期的需要填写"))
        )  # fmt: skip
        place += [only(("guardian", "person_agent"), _("替申请人来的填写"), f) for f in of_people]
        if not by_phone:
            proofs = [{"value": k, "label": v} for k, v in GUARDIAN_PROOFS.items()]
            place.append(only(("guardian",), _("监护人填写"), single(
                "proof", _("监护关系的证明"), "radio", value=value("proof"), options=proofs, error=errors.get("proof"),
                help=_("被监护人已经成年的，凭人民法院的裁判文书"),
            )))  # fmt: skip
    place.append(only(("agent", "person_agent"), _("代理人填写"), single(
        "letter_until", _("授权委托书截止日期"), "date", value=value("letter_until"), error=errors.get("letter_until")
    )))  # fmt: skip
    asked = settings.phone()
    questions = single(
        "questions", _("答对的问题"), "checkboxes",
        options=[{"value": q.code, "label": words(q.text)} for q in asked.questions],
        value=posted.getlist("questions") if hasattr(posted, "getlist") else (), error=errors.get("questions"),
        help=_("至少答对 %(n)s 个") % {"n": asked.least_right},
    )  # fmt: skip
    return {
        "package": package, "person": person, "place": place, "by_phone": by_phone, "questions": questions,
        "errors": errors,
    }  # fmt: skip


def _papers(
    before: str, value: Callable[[str], str], errors: Mapping[str, Any], labels: Mapping[str, str]
) -> list[forms.Field]:
    """Kind, number and name of a person's paper, under field names that begin with `before`."""
    single = forms.single
    kind, no, country, name = f"{before}id_kind", f"{before}id_no", f"{before}country", f"{before}name"
    kinds = [{"value": k, "label": numbers.LABELS[k]} for k in numbers.OF_PERSONS]
    chosen = value(kind) or "citizen_id"
    passports = sorted(numbers.OF_A_COUNTRY)
    return [
        single(kind, labels.get("id_kind") or _("证件类型"), "select", value=chosen, options=kinds,
               error=errors.get(kind)),
        single(no, labels.get("id_no") or _("证件号码"), value=value(no), width="middle", error=errors.get(no),
               autocomplete="off"),
        replace(
            single(country, _("护照的签发国家或地区"), value=value(country), optional=True, width="short",
                   error=errors.get(country), help=_("护照上的三位字母代码，例如 USA"), autocomplete="off"),
            condition=forms.Condition.any_of(kind, passports, _("持外国护照的填写")), shown=chosen in passports,
        ),
        single(name, labels.get("name") or _("姓名"), value=value(name), width="middle", error=errors.get(name),
               autocomplete="off"),
    ]  # fmt: skip


# --- the one screen --------------------------------------------------------------------------------------------------


def missing_of(view: CaseView) -> list[dict[str, str]]:
    """What still stands in the way of receipt, each with the id of the field it belongs to."""
    fields = view.package.fields
    found = [
        {"id": forms.field_id(name), "text": words(fields[name]["label"])} for name in view.facts.faults_at_fields
    ]  # fmt: skip
    titles = {m.code: words(m.title) for m in view.facts.wanted}
    found += [
        {"id": forms.field_id(code), "text": _("材料：%(name)s") % {"name": titles[code]}}
        for code in view.facts.missing_materials
    ]
    if counter.confirmation_owed(view.case):
        found.append({"id": forms.field_id(definition.DECLARATION), "text": _("申请人签名或凭验证码确认")})
    return found


def files_of(view: CaseView, filing: Filing) -> dict[str, list[dict[str, Any]]]:
    """{material: its files now}."""
    have: dict[str, list[dict[str, Any]]] = {}
    for row in view.facts.materials:
        have.setdefault(row.code, []).append(
            {"id": str(row.id), "name": row.filename, "size": row.size,
             "remove_url": reverse("services:counter_remove", args=[filing.id, row.id])}
        )  # fmt: skip
    return have


def screen_context(
    view: CaseView, filing: Filing, values: Mapping[str, Any], errors: Mapping[str, Any]
) -> dict[str, Any]:
    """Everything of the form on one page, the materials, the confirmation, what is missing."""
    have = files_of(view, filing)
    tips = _("PDF、JPG、PNG，每个不超过 %(n)s MB") % {"n": django_settings.TQ_UPLOAD_LIMIT // 2**20}
    materials = [
        {
            "title": words(m.title), "optional": m.optional, "files": have.get(m.code, []),
            "help": words(m.help) if m.asked else "",  # of other sources it says that nothing is to be handed in
            "field": forms.single(
                m.code, words(m.title), "file", optional=m.optional, error=errors.get(m.code, ""),
                accept=",".join(f".{kind}" for kind in m.accept or ("pdf", "jpg", "png")), multiple=m.max_files > 1,
                max_bytes=django_settings.TQ_UPLOAD_LIMIT, help=tips,
            ),
        }
        for m in view.facts.wanted
    ]  # fmt: skip
    declaration = forms.single(
        definition.DECLARATION, _("签名的声明"), "file", error=errors.get(definition.DECLARATION, ""),
        accept=".pdf,.jpg,.png", max_bytes=django_settings.TQ_UPLOAD_LIMIT,
        help=_("打印确认单请申请人签名后扫描或拍照；有签字板的直接在签字板上签"),
    )  # fmt: skip
    return {
        "view": view, "filing": filing, "case": view.case, "errors": errors, "materials": materials,
        "sections": forms.build(view.package.form, values, errors, entries_provenance(view)),
        "declaration": declaration, "signed": have.get(definition.DECLARATION, []),
        "confirmed": not counter.confirmation_owed(view.case), "missing": missing_of(view),
        "here": who_is_here(view.case),
        "code_field": forms.single("c_code", _("来电人报出的验证码"), error=errors.get("c_code", ""), width="short",
                                   autocomplete="off", optional=True),
        "originals": HeldOriginal.objects.filter(filing_id=filing.id, returned_at=None).order_by("id"),
    }  # fmt: skip


def who_is_here(case: Case) -> dict[str, str]:
    """Who stands there or calls: the name, in which capacity, by which paper. One query."""
    person, identity = case.help["person"], case.help["identity"]
    return {
        "name": party_names([UUID(person)]).get(UUID(person), ""),
        "capacity": CAPACITY[case.help["capacity"]](),
        "identity": _identity_words(identity),
    }


CAPACITY = {
    "self": lambda: _("本人"), "guardian": lambda: _("监护人"), "person_agent": lambda: _("代理人"),
    "head": lambda: _("负责人本人"), "agent": lambda: _("代理人"),
    "bearer": lambda: _("送件人"),
}  # fmt: skip


def _identity_words(said: Mapping[str, Any]) -> str:
    if not said:
        return ""
    document = str(numbers.LABELS[said["kind"]])
    if said["how"] == "phone":
        return _("电话核对 %(n)s 个问题") % {"n": len(said["questions"])}
    if said["how"] == "reader":
        signed = {"good": _("签名有效"), "unchecked": _("签名未核对")}.get(said.get("signed", ""), "")
        return _("%(document)s，读卡器 %(device)s %(signed)s") % {
            "document": document, "device": said.get("device", ""), "signed": signed,
        }  # fmt: skip
    return _("%(document)s，人工核对") % {"document": document}


def statement_rows(view: CaseView) -> list[dict[str, Any]]:
    """What the person confirms, in words, page by page."""
    from tongqu.domains.services.queries.applying import answers_of

    return answers_of(view, whole=True)


def done_context(filing: Filing, view: CaseView) -> dict[str, Any]:
    """The numbers, and where everything can be printed at once, if anything has been made yet. One query."""
    papers = f"/desk/cases/{view.case.id}/papers.pdf"
    there = papers if view.documents and _served(papers) else ""
    return {
        "filing": filing, "case": view.case, "papers_url": there, "same": view.case.item_code,
        "awaited": calls(view.case.procedure_code, SUBMITTED), "query_code": shown_code(view.case.id),
    }  # fmt: skip


def served_at(case_id: UUID) -> str:
    """Where the papers of a case are served, if some room does that."""
    path = f"/desk/cases/{case_id}/service"
    return path if _served(path) else ""


def _served(path: str) -> bool:
    """Whether some room serves this address: the desk's merged papers may or may not be there."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def with_bridge(request: HttpRequest) -> dict[str, Any]:
    """What every page with devices needs to know."""
    return {"bridge": settings.bridge_origin()}
