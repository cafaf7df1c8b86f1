"""Taking a person out of the case rows: what names him goes, what the office did, when and on which rule stays.

What an ended case said in full lies in its archive, under the archives' own key, as long as the law orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.finding import KIND
from tongqu.kernel.cases.models import Case, CaseMaterial, Consultation, Decision, Hearing, Opinion, Rating, SiteCheck
from tongqu.kernel.identity.holders import ERASED, Subject
from tongqu.kernel.law.models import Clock
from tongqu.kernel.search.held import forget

SETTLED = {"archived", "erased"}  # nothing more to file: the archive has it, or the erasure's event is the record


def cases_of(subject: Subject, parties: Iterable[UUID]) -> QuerySet[Case]:
    """Cases in which these parties are the applicant, drafts among them, those thrown away left out."""
    rows = Case.objects.filter(
        tenant_id=subject.tenant_id, parties__party_id__in=list(parties), parties__role="applicant"
    )
    return rows.exclude(state="draft", ended_at__isnull=False)


def awaits_archive(case: Case) -> bool:
    return case.state not in SETTLED


def blank(case: Case) -> dict[str, Any]:
    """Empty on the (unsaved) case all that names its applicant; answers what changed, for an update."""
    changed: dict[str, Any] = {
        "applicant_name": ERASED, "values": {}, "personal": None, "standing": {}, "triage": {}, "demands": [],
    }  # fmt: skip
    for name, value in changed.items():
        setattr(case, name, value)
    return changed


def erase(act: Act, subject: Subject) -> None:
    """The person's own cases wholly, cases of businesses he once headed by his names."""
    own = list(Case.objects.filter(tenant_id=subject.tenant_id, applicant_id__in=list(subject.parties)).order_by("id"))
    for case in own:
        Case.objects.filter(id=case.id).update(**blank(case))
    ids = [case.id for case in own]
    for n in range(0, len(ids), 500):
        _wipe(ids[n : n + 500])
    forget(subject.tenant_id, KIND, map(str, ids))
    business = Case.objects.filter(tenant_id=subject.tenant_id, applicant_id__in=list(subject.headed))
    for name in subject.names:
        _take_out(subject, business, name)


def _wipe(case_ids: list[UUID]) -> None:
    CaseMaterial.objects.filter(case_id__in=case_ids).update(filename="")
    Opinion.objects.filter(case_id__in=case_ids).update(reason="")
    Decision.objects.filter(case_id__in=case_ids).update(reason="")
    Rating.objects.filter(case_id__in=case_ids).update(comment="")
    SiteCheck.objects.filter(case_id__in=case_ids).update(sheet={}, signature_note="", rectification_note="")
    Hearing.objects.filter(case_id__in=case_ids).update(summary="", place="")
    Consultation.objects.filter(case_id__in=case_ids).update(name="", address="", about="", reason="")
    for clock in Clock.objects.filter(subject_kind="case", subject_id__in=case_ids).exclude(extensions=[]):
        kept = [{**one, "reason": ""} for one in clock.extensions]
        Clock.objects.filter(id=clock.id).update(extensions=kept)


_TEXTS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (Opinion, ("reason",)), (Decision, ("reason",)), (Rating, ("comment",)),
    (SiteCheck, ("signature_note", "rectification_note")), (CaseMaterial, ("filename",)),
    (Hearing, ("summary", "place")), (Consultation, ("name", "address", "about", "reason")),
)  # fmt: skip


def _take_out(subject: Subject, business: QuerySet[Case], name: str) -> None:
    """Free text of others' cases that spells the name: the name goes, the sentence stays.

    Their versions count up, so that what was read of them before goes into no archive and no paper any more.
    """
    touched: set[UUID] = set()
    for model, columns in _TEXTS:
        for column in columns:
            rows = model.objects.filter(Q(case__in=business), **{f"{column}__contains": name})
            for row in rows:
                model.objects.filter(id=row.id).update(**{column: subject.redacted(getattr(row, column))})
                touched.add(row.case_id)
    for row in SiteCheck.objects.filter(case__in=business):
        if (sheet := subject.redacted(row.sheet)) != row.sheet:
            SiteCheck.objects.filter(id=row.id).update(sheet=sheet)
            touched.add(row.case_id)
    Case.objects.filter(id__in=touched).update(version=F("version") + 1)
    for case in business:
        values, demands = subject.redacted(case.values), subject.redacted(case.demands)
        standing = subject.redacted(case.standing)
        if (values, demands, standing) != (case.values, case.demands, case.standing):
            Case.objects.filter(id=case.id).update(values=values, demands=demands, standing=standing)
