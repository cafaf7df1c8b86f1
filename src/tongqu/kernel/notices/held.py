"""What notices holds of a person: what he was told, and what became of each message."""

from __future__ import annotations

from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import Datum, Record, Records, Section, Subject
from tongqu.kernel.notices.models import Delivery, DeliveryState, Notice, Service, ServiceAttempt
from tongqu.kernel.notices.queries import words_of


class Told(holders.Holder):
    code, order = "notices", 30
    models = frozenset(
        {"notices.Notice", "notices.Delivery", "notices.DemoMessage", "notices.Service", "notices.ServiceAttempt"}
    )
    sections = (
        Section(
            "notices",
            _("消息"),
            _("告诉您办理进度，并证明告知过您。"),
            _("与有关办件一同保存。"),
            basis=("D18",),
        ),
    )

    def count(self, subject: Subject, section: str) -> int:
        return _of(subject).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        return holders.paged(_of(subject).prefetch_related("deliveries"), _notice, after=after, size=size)

    def erase(self, act: Act, subject: Subject) -> None:
        """Words go; that a message was sent, when and about what, stays as proof of the office's own duty."""
        _of(subject).update(params={}, url="")
        Delivery.objects.filter(notice__in=_of(subject)).update(receipt="", failure="")
        served = Service.objects.filter(tenant_id=subject.tenant_id, party_id__in=list(subject.parties))
        ServiceAttempt.objects.filter(service__in=served).update(details={})
        served.update(recipient=holders.ERASED)
        theirs = ServiceAttempt.objects.filter(
            service__tenant_id=subject.tenant_id, service__party_id__in=list(subject.headed)
        )
        for attempt in theirs:  # as receiver of the papers of a business
            if (told := subject.redacted(attempt.details)) != attempt.details:
                ServiceAttempt.objects.filter(id=attempt.id).update(details=told)
                Service.objects.filter(id=attempt.service_id).update(version=F("version") + 1)  # to be read anew


def _of(subject: Subject) -> QuerySet[Notice]:
    return Notice.objects.filter(tenant_id=subject.tenant_id, party_id__in=list(subject.parties))


def _notice(row: Notice) -> Record:
    words = words_of(row)
    sent = [
        Datum(
            f"sent_{one.channel}",
            _CHANNELS.get(one.channel, one.channel),
            str(DeliveryState(one.state).label),
            one.state,
        )
        for one in row.deliveries.all()
    ]
    return Record(str(row.id), words.title, row.created_at, (Datum("text", _("内容"), words.body), *sent), url=row.url)


_CHANNELS = {"sms": _("短信"), "email": _("电子邮件")}


def register() -> None:
    holders.register(Told())
