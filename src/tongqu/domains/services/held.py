"""What the counter holds of a person for a while: the queue of filings, what is handed over, originals kept."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.domains.services.counter.models import Filing, Handover, HandoverLine, HeldOriginal
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.erasing import cases_of
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import ERASED, Datum, Hindrance, Record, Records, Section, Subject
from tongqu.kernel.law.words import said


class Counter(holders.Holder):
    code, order = "services", 150
    models = frozenset(
        {
            "services.Filing", "services.HeldOriginal", "services.Handover", "services.HandoverLine", "services.Shift",
            "services.DayLine",
        }
    )  # fmt: skip
    sections = (
        Section(
            "filings",
            _("窗口代办记录"),
            _("您到窗口或者打电话办事时，工作人员代您填写的记录。"),
            _("随办件保存。"),
        ),
    )

    def count(self, subject: Subject, section: str) -> int:
        return _filings(subject).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        return holders.paged(_filings(subject), _filing, after=after, size=size)

    def hindrances(self, subject: Subject, at: datetime) -> list[Hindrance]:
        """An original of theirs still lies at the window: it goes back first."""
        waiting = HeldOriginal.objects.filter(filing_id__in=_filings(subject).values("id"), returned_at=None)
        return [
            Hindrance("keep.case_running", _("窗口还保管着您的原件，先领回"), True, ref=str(row.id)) for row in waiting
        ]

    def erase(self, act: Act, subject: Subject) -> None:
        """The queue's copy of the name, and the lines of a hand-over that spell it."""
        filings = _filings(subject)
        originals = HeldOriginal.objects.filter(filing_id__in=filings.values("id"))
        about = [*filings.values_list("id", flat=True), *filings.values_list("case_id", flat=True)]
        about += list(originals.values_list("id", flat=True))
        HandoverLine.objects.filter(ref_id__in=about).update(text="", remark="")
        originals.update(what="")
        filings.update(applicant_name=ERASED, code_hash="")
        for name in subject.names:
            for handover in Handover.objects.filter(tenant_id=subject.tenant_id, note__contains=name):
                Handover.objects.filter(id=handover.id).update(note=subject.redacted(handover.note))
        for line in HandoverLine.objects.filter(tenant_id=subject.tenant_id, ref_id__in=_of_businesses(subject)):
            told = {"text": subject.redacted(line.text), "remark": subject.redacted(line.remark)}
            HandoverLine.objects.filter(id=line.id).update(**told)


def _filings(subject: Subject) -> QuerySet[Filing]:
    own = cases_of(subject, subject.parties).values("id")
    return Filing.objects.filter(tenant_id=subject.tenant_id, case_id__in=own)


def _of_businesses(subject: Subject) -> list[UUID]:
    theirs = cases_of(subject, subject.headed).values("id")
    rows = Filing.objects.filter(tenant_id=subject.tenant_id, case_id__in=theirs)
    return [one for pair in rows.values_list("id", "case_id") for one in pair]


def _filing(row: Filing) -> Record:
    return Record(
        str(row.id), said(row.item_title), row.created_at,
        (Datum("queue_no", _("排队号"), row.queue_no),
         Datum("channel", _("渠道"), str(_CHANNELS.get(row.channel, "")), row.channel)),
        url=f"/my/cases/{row.case_id}" if row.state == "submitted" else "",
    )  # fmt: skip


_CHANNELS = {"counter": _("窗口"), "phone": _("电话")}


def register() -> None:
    holders.register(Counter())
