"""What the index may hold of a person: entries made for him alone, and entries about what is his."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import Datum, Record, Records, Section, Subject
from tongqu.kernel.search.models import Document


class Findable(holders.Holder):
    code, order = "search", 40
    models = frozenset({"search.Document", "search.Posting"})
    sections = (
        Section(
            "search", _("检索条目"), _("让您和经办单位找得到您的事项。"), _("随原内容增减；只是索引，不另存信息。")
        ),
    )

    def count(self, subject: Subject, section: str) -> int:
        return Document.objects.filter(**_own(subject)).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        return holders.paged(Document.objects.filter(**_own(subject)), _entry, after=after, size=size)

    def erase(self, act: Act, subject: Subject) -> None:
        Document.objects.filter(**_own(subject)).delete()


def forget(tenant_id: UUID, kind: str, refs: Iterable[str]) -> None:
    """For rooms that erase: take their entries out of the index, whoever could find them."""
    Document.objects.filter(tenant_id=tenant_id, kind=kind, ref__in=list(refs)).delete()


def _own(subject: Subject) -> dict[str, object]:
    return {"tenant_id": subject.tenant_id, "audience__in": [f"party:{party}" for party in subject.parties]}


def _entry(row: Document) -> Record:
    title = row.title.get("zh-Hans", "")
    return Record(str(row.id), title, row.created_at, (Datum("title", _("标题"), title),), url=row.url)


def register() -> None:
    holders.register(Findable())
