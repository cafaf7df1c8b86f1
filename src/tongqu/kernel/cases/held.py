"""What the case engine holds of a person: what he applied for, every value with where it came from, what was decided,
what the platform did by itself, his ratings, bans on applying again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.foundation.identifiers import mask
from tongqu.kernel.acts import kinds
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases import definition, erasing
from tongqu.kernel.cases.models import Case, Decision, Rating, ReapplicationBan
from tongqu.kernel.cases.procedure import procedure
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import Datum, Hindrance, Record, Records, Section, Subject
from tongqu.kernel.law import register as rules
from tongqu.kernel.law.grounds import ground
from tongqu.kernel.law.words import said
from tongqu.kernel.law.words import source as cited
from tongqu.kernel.packages.package import Package
from tongqu.kernel.standards.register import element, source

# Whose they are where the person is the applicant; other personal elements of a form describe somebody else.
OWN = {"person.name", "party.holder", "party.name", "contact.phone", "contact.address"}
SOURCES = {"typed", "prefilled", "licence", "helper", "register"}

_SECTIONS = (
    Section(
        "cases",
        _("办理的事项"),
        _("您申请的事项：填写的内容、每一项的来源、作出的决定。"),
        _("办结归档以后按档案保管期限保存。"),
        basis=("D18", "B9"),
        kept_rule="B9",
    ),
    Section(
        "business_cases",
        _("以经营主体名义办理的事项"),
        _("您任负责人的经营主体的办件，其中有您的姓名和电话。"),
        _("属于经营主体的登记资料，随主体保存。"),
        basis=("D18", "B9"),
    ),
    Section("acted", _("代他人办理的事项"), _("您作为代理人办过的事项，只记录您是代理人。"), _("随办件保存。")),
    Section(
        "automatic",
        _("平台自动作出的处理"),
        _("没有人工判断、由平台依据规则自动完成的处理。您可以要求说明，也可以要求由工作人员重新处理。"),
        _("随办件保存。"),
        basis=("D22",),
    ),
    Section(
        "ratings",
        _("评价"),
        _("您对服务的评价，自愿作出。"),
        _("用于改进服务；依法删除后只留等级，不留文字。"),
        basis=("G2",),
    ),
    Section(
        "bans",
        _("再次申请限制"),
        _("法律规定的一定期限内不得再次申请的记录。"),
        _("期限届满后不再使用。"),
        basis=("L20",),
    ),
)


class Handled(holders.Holder):
    code, order = "cases", 70
    models = frozenset(
        {
            "cases.Case", "cases.CaseParty", "cases.CaseMaterial", "cases.Opinion", "cases.SiteCheck",
            "cases.CheckOfficer", "cases.Decision", "cases.CaseDocument", "cases.Rating", "cases.ReapplicationBan",
            "cases.Hearing", "cases.Consultation", "law.Clock",
        }
    )  # fmt: skip
    sections = _SECTIONS

    def count(self, subject: Subject, section: str) -> int:
        return self._rows(subject, section).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        rows = self._rows(subject, section)
        if section in {"cases", "business_cases"}:
            rows = rows.prefetch_related("decisions")
        draw: dict[str, Callable[[Any], Record]] = {
            "cases": _case, "business_cases": _case, "acted": _acted, "automatic": _automatic, "ratings": _rating,
            "bans": _ban,
        }  # fmt: skip
        return holders.paged(rows, draw[section], after=after, size=size)

    def _rows(self, subject: Subject, section: str) -> QuerySet[Any]:
        mine = {"tenant_id": subject.tenant_id}
        match section:
            case "cases":
                return erasing.cases_of(subject, subject.parties)
            case "business_cases":
                return erasing.cases_of(subject, subject.leads)
            case "acted":
                acted = Case.objects.filter(**mine, parties__party_id__in=list(subject.parties), parties__role="agent")
                return acted.exclude(applicant_id__in=[*subject.parties, *subject.leads])
            case "automatic":
                own = erasing.cases_of(subject, (*subject.parties, *subject.leads)).values("id")
                return Event.objects.filter(
                    **mine, subject_kind="case", subject_id__in=own, actor__kind="system", rule__isnull=False,
                    kind__startswith="cases.",
                )  # fmt: skip
            case "ratings":
                return Rating.objects.select_related("case").filter(
                    **mine, case__applicant_id__in=list(subject.parties)
                )
        return ReapplicationBan.objects.filter(**mine, party_id__in=list(subject.parties))

    def find(self, subject: Subject, mark: str) -> Datum | None:
        room, _sep, rest = mark.partition(":")
        case_id, _sep, name = rest.partition(":")
        try:
            wanted = UUID(case_id)
        except ValueError:
            return None
        if room == "event":
            return self._event(subject, wanted)
        rows = erasing.cases_of(subject, (*subject.parties, *subject.leads)) if room == "case" else Case.objects.none()
        case = rows.filter(id=wanted).first()
        if case is None:
            return None
        package, entries = definition.package_of(case), definition.all_values(case)
        return _value(case, package, name, entries[name]) if name in entries and name in package.fields else None

    def _event(self, subject: Subject, event_id: UUID) -> Datum | None:
        row = self._rows(subject, "automatic").filter(id=event_id).first()
        if row is None:
            return None
        number = Case.objects.values_list("case_no", flat=True).get(id=row.subject_id)
        return Datum(
            "event", kinds.kind(row.kind).sentence, f"{number} {row.recorded_at.astimezone(SHANGHAI):%Y-%m-%d}"
        )

    # --- erasing -----------------------------------------------------------------------------------------------------

    def hindrances(self, subject: Subject, at: datetime) -> list[Hindrance]:
        found = []
        for case in erasing.cases_of(subject, subject.parties).exclude(state="draft"):
            what = {"number": case.case_no}
            if case.legal_hold:
                found.append(
                    Hindrance("keep.legal_hold", _("办件%(number)s依法暂停处置") % what, True, ref=str(case.id))
                )
            elif case.ended_at is None:
                found.append(Hindrance("keep.case_running", _("办件%(number)s正在办理") % what, True, ref=str(case.id)))
            elif erasing.awaits_archive(case):
                until = (case.ended_at + timedelta(days=settings.TQ_ARCHIVE_AFTER_DAYS)).astimezone(SHANGHAI).date()
                found.append(
                    Hindrance("keep.case_unarchived", _("办件%(number)s尚未归档") % what, True, until, ref=str(case.id))
                )
        day = at.astimezone(SHANGHAI).date()
        for ban in self._rows(subject, "bans"):
            if ban.until is None or ban.until >= day:
                found.append(Hindrance("keep.ban_running", _("再次申请限制尚未届满"), True, ban.until, ref=str(ban.id)))
        return found

    def erase(self, act: Act, subject: Subject) -> None:
        erasing.erase(act, subject)


# --- drawing ---------------------------------------------------------------------------------------------------------


def _case(case: Case) -> Record:
    package = definition.package_of(case)
    state = procedure(case.procedure_code, case.procedure_version).states[case.state]
    entries = definition.all_values(case)
    data = [_value(case, package, name, entries[name]) for name in package.fields if name in entries]
    decisions = [_decision(row) for row in case.decisions.all()]
    return Record(
        str(case.id), said(case.title), case.created_at,
        (Datum("case_no", _("办件编号"), case.case_no or str(_("草稿，尚未提交"))),
         Datum("unit", _("办理单位"), said(case.unit_name) or str(_("尚未提交"))), *data),
        url=f"/my/cases/{case.id}", kept_until=case.retain_until, note=said(state.name), children=tuple(decisions),
    )  # fmt: skip


def _value(case: Case, package: Package, name: str, entry: dict[str, Any]) -> Datum:
    """One field with where it came from; a phone number masked on the page; another person's value not in the copy."""
    known = element(entry["element"])
    text = definition.shown_value(package, name, entry["value"])
    shown = mask("mobile", text) if known.check == "phone" and text else text
    register = entry.get("register", "")
    origin = entry.get("source", "typed")
    if origin == "typed" and case.channel == "counter":
        origin = "helper"
    return Datum(
        name, said(package.fields[name]["label"]), shown, entry["value"], element=known.code,
        source=origin if origin in SOURCES else "typed", source_name=said(source(register).name) if register else "",
        as_of=entry.get("as_of", ""), corrects=f"case:{case.id}:{name}",
        others=known.personal and known.code not in OWN,
    )  # fmt: skip


_DECISIONS = {
    "disclose": _("予以公开"), "disclose_overriding": _("予以公开"), "disclose_part": _("部分公开"),
    "withhold": _("不予公开"), "answer_otherwise": _("已答复"),
    "comply": _("按请求办理"),
    "decline": _("不予办理"),
    "approve_erasure": _("同意删除"),
    "grant": _("准予"), "refuse": _("不予许可"), "not_accept": _("不予受理"), "annul": _("撤销"),
}  # fmt: skip


def _decision(row: Decision) -> Record:
    data = [Datum("kind", _("决定"), str(_DECISIONS.get(row.kind, row.kind)), row.kind)]
    if row.ground:
        data.append(Datum("ground", _("依据"), said(ground(row.ground).text), row.ground))
    if row.reason:
        data.append(Datum("reason", _("理由"), row.reason))
    return Record(str(row.id), _("决定"), row.decided_at, tuple(data), rule=row.rule.partition("@")[0])


def _acted(case: Case) -> Record:
    return Record(
        str(case.id), said(case.title), case.created_at, (Datum("case_no", _("办件编号"), case.case_no or ""),)
    )


def _automatic(event: Event) -> Record:
    rule_id = (event.rule or "").partition("@")[0]
    rule = rules.latest(rule_id)
    return Record(
        str(event.id), kinds.kind(event.kind).sentence, event.recorded_at,
        (Datum("how", _("方式"), str(_("平台依据规则自动完成，没有人工判断")), "automatic"),
         Datum("rule", _("规则"), cited(rule) if rule else event.rule or "", event.rule),
         Datum("says", _("规则内容"), said(rule.summary) if rule else "")),
        url=f"/my/cases/{event.subject_id}", rule=rule_id,
    )  # fmt: skip


def _rating(row: Rating) -> Record:
    return Record(
        str(row.id), said(row.case.title), row.created_at,
        (Datum("level", _("等级"), str(row.level), row.level, element="review.level", source="typed"),
         Datum("comment", _("意见"), row.comment, source="typed")),
    )  # fmt: skip


def _ban(row: ReapplicationBan) -> Record:
    until = row.until.isoformat() if row.until else str(_("终身"))
    return Record(
        str(row.id), row.item_code, row.created_at, (Datum("until", _("至"), until, until),), kept_until=row.until,
        rule=row.rule.partition("@")[0],
    )  # fmt: skip


def register() -> None:
    holders.register(Handled())
    holders.excuse(
        {
            "cases.SupervisionCard": "the standing of a deadline; its explanation is written to be public",
            "cases.WarningDays": "a setting of a unit; no party, no account",
            "cases.CaseUnit": "which units work on a case; no party, no account",
            "packages.PackageVersion": "who published a definition: an act of office",
            "packages.Adoption": "who adopted local law: an act of office",
        }
    )
