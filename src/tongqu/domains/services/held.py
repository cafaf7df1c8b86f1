"""What the counter holds of a person: what was filed for him there, and originals he left."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.domains.services.counter.models import Filing, HandoverLine, HeldOriginal
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.models import Case
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import ERASED, Datum, Record, Records, Section, Subject
from tongqu.kernel.ui import forms


class AtTheCounter(holders.Holder):
    code, order = "services", 190
    models = frozenset({"services.Filing", "services.HeldOriginal", "services.HandoverLine"})
    sections = (
        Section(
            "counter", _("窗口代办"), _("记明窗口什么时候、以哪个排队号为您代办过什么。"), _("与有关办件一同保存。")
        ),
        Section("originals", _("留在窗口的原件"), _("记明您留下的原件和归还的时间。"), _("与有关办件一同保存。")),
    )

    def count(self, subject: Subject, section: str) -> int:
        return self._rows(subject, section).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        draw = _filing if section == "counter" else _original
        return holders.paged(self._rows(subject, section), draw, after=after, size=size)

    def erase(self, act: Act, subject: Subject) -> None:
        """Names and codes go; that something was filed, by whom and when, stays."""
        theirs = Case.objects.filter(tenant_id=subject.tenant_id, applicant_id__in=list(subject.parties))
        filings = Filing.objects.filter(
            Q(person_id__in=list(subject.parties)) | Q(case_id__in=theirs.values("id")), tenant_id=subject.tenant_id
        )
        originals = self._rows(subject, "originals")
        about = [*filings.values_list("id", "case_id"), *originals.values_list("id", "filing_id")]
        HandoverLine.objects.filter(ref_id__in=[one for pair in about for one in pair]).update(text=ERASED, remark="")
        originals.update(what=ERASED)
        filings.update(applicant_name=ERASED, code_hash="")

    def _rows(self, subject: Subject, section: str) -> QuerySet[Any]:
        mine = {"tenant_id": subject.tenant_id}
        if section == "counter":
            return Filing.objects.filter(person_id__in=list(subject.parties), **mine)
        return HeldOriginal.objects.filter(holder_id__in=list(subject.parties), **mine)


def _filing(row: Filing) -> Record:
    return Record(
        str(row.id), forms.text(row.item_title), row.created_at,
        (Datum("queue_no", _("排队号"), row.queue_no), Datum("applicant", _("申请人"), row.applicant_name)),
    )  # fmt: skip


def _original(row: HeldOriginal) -> Record:
    back = row.returned_at.isoformat() if row.returned_at else ""
    return Record(
        str(row.id), row.what, row.taken_at, (Datum("returned_at", _("归还时间"), back),) if back else (),
    )  # fmt: skip


def register() -> None:
    holders.register(AtTheCounter())
    holders.excuse(
        {
            "services.Shift": "who was on duty at a window: an act of office",
            "services.Handover": "one clerk gave over to another: an act of office",
            "services.DayLine": "points at events by their ids; no party",
        }
    )
