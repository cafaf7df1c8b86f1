"""What records holds of a person: licences, papers, files handed in, e-archives; and the file of a copy of his data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.identity import holders
from tongqu.kernel.identity.holders import Datum, HeldFile, Hindrance, Record, Records, Section, Subject
from tongqu.kernel.identity.ports import CopyKeeper
from tongqu.kernel.law.words import said
from tongqu.kernel.records import catalogue, queries, store
from tongqu.kernel.records.models import Archive, Blob, Document, ELicence
from tongqu.kernel.records.operations.files import keep
from tongqu.kernel.records.rules import KINDS

COPY = "data_copy"
OTHERS = ("consultation",)  # purposes of files that others wrote about a case: kept under the holder's key, not his

_SECTIONS = (
    Section(
        "licences",
        _("证照"),
        _("发给您的电子证照，供您出示和供他人核验。"),
        _("有效期内由发证机关保存；失效后可以申请删除。"),
        basis=("D18", "L22"),
    ),
    Section(
        "papers", _("文书"), _("向您作出的通知和决定。"), _("随办件归档保存。"), basis=("D18", "B9"), kept_rule="B9"
    ),
    Section(
        "files",
        _("交来的文件"),
        _("您在申请中提交的材料。用您自己的密钥加密保存。"),
        _("随办件归档保存。"),
        kept_rule="B9",
    ),
    Section(
        "archives",
        _("电子档案"),
        _("办结的事项依法归档，单独加密保存。"),
        _("按档案保管期限，期满经鉴定处置。"),
        basis=("B9", "B7"),
        kept_rule="B9",
    ),
)


class Papers(holders.Holder):
    code, order = "records", 60
    models = frozenset({"records.Blob", "records.BlobUse", "records.Document", "records.ELicence", "records.Archive"})
    sections = _SECTIONS

    def count(self, subject: Subject, section: str) -> int:
        return self._rows(subject, section).count()

    def records(
        self, subject: Subject, section: str, *, after: str | None = None, size: int = 20, full: bool = False
    ) -> Records:
        draw: dict[str, Callable[[Any], Record]] = {
            "licences": _licence, "papers": _paper, "files": _file, "archives": _archive,
        }  # fmt: skip
        return holders.paged(self._rows(subject, section), draw[section], after=after, size=size)

    def _rows(self, subject: Subject, section: str) -> QuerySet[Any]:
        mine = {"tenant_id": subject.tenant_id, "holder_id__in": list(subject.parties)}
        match section:
            case "licences":
                return ELicence.objects.select_related("document").filter(**mine)
            case "papers":
                return _theirs(mine).select_related("blob")
            case "files":
                return _handed_in(mine)
        return Archive.objects.filter(tenant_id=subject.tenant_id, blob__holder_id__in=list(subject.parties))

    def files(self, subject: Subject) -> Iterator[HeldFile]:
        """Papers, then what was handed in. An archive repeats both and is for the archive to read."""
        mine = {"tenant_id": subject.tenant_id, "holder_id__in": list(subject.parties)}
        for paper in _theirs(mine).order_by("id").iterator():
            yield HeldFile("paper.pdf", paper.title["zh-Hans"], _reading(paper.tenant_id, paper.blob_id))
        for blob in _handed_in(mine).order_by("id").iterator():
            extension = KINDS.get(blob.media_type, ("bin",))[0]
            yield HeldFile(f"file.{extension}", blob.filename, _reading(blob.tenant_id, blob.id))

    # --- erasing -----------------------------------------------------------------------------------------------------

    def hindrances(self, subject: Subject, at: datetime) -> list[Hindrance]:
        day = at.astimezone(SHANGHAI).date()
        found = []
        for row in self._rows(subject, "licences").filter(state="valid"):
            if queries.status_on(row, day) == "valid":
                what = _("证照%(number)s仍然有效") % {"number": row.number}
                found.append(Hindrance("keep.licence_valid", what, True, row.valid_to, ref=str(row.id)))
        for kept in self._rows(subject, "archives").filter(destroyed_at=None):
            what = _("档案%(number)s") % {"number": kept.archive_no}
            found.append(Hindrance("keep.archive", what, False, kept.retain_until, ref=str(kept.id)))
        if set(subject.headed) - set(subject.leads):
            found.append(Hindrance("keep.business_record", _("曾任负责人的经营主体的登记资料"), False))
        return found

    def erase(self, act: Act, subject: Subject) -> None:
        mine = {"tenant_id": subject.tenant_id, "holder_id__in": list(subject.parties)}
        for blob_id in Blob.objects.filter(**mine, sealed_under="holder", erased_at=None).values_list("id", flat=True):
            erase_blob(act, blob_id)
        Document.objects.filter(**mine, erased_at=None).update(holder_name="", holder_salt=None, erased_at=act.at)
        ELicence.objects.filter(**mine).update(holder_name="", lines=[])
        for licence in ELicence.objects.filter(tenant_id=subject.tenant_id, holder_id__in=list(subject.headed)):
            if queries.status_on(licence, act.at.astimezone(SHANGHAI).date()) != "valid":
                ELicence.objects.filter(id=licence.id).update(lines=subject.redacted(licence.lines))
        kept = Archive.objects.filter(tenant_id=subject.tenant_id, blob__holder_id__in=list(subject.parties))
        for archive in kept.filter(destroy_after=None).exclude(retain_until=None):
            Archive.objects.filter(id=archive.id).update(destroy_after=archive.retain_until)


def erase_blob(act: Act, blob_id: UUID) -> None:
    """Empty a file's key, forget how it was called, and remove its bytes once the transaction has committed."""
    row = Blob.objects.get(id=blob_id)
    Blob.objects.filter(id=blob_id).update(wrapped_key=b"", filename="", erased_at=act.at)
    transaction.on_commit(lambda: store.remove(row.store_path))


class KeptCopies:
    """Port CopyKeeper: a copy is a file of its person's like any other, until it is dropped."""

    def keep(self, act: Act, *, data: bytes, filename: str, holder_party_id: UUID) -> UUID:
        blob = keep(
            act, data=data, filename=filename, media_type="application/zip", holder_party_id=holder_party_id,
            purpose=COPY,
        )  # fmt: skip
        return blob.id

    def read(self, tenant_id: UUID, file_id: UUID) -> bytes:
        return queries.blob(tenant_id, file_id)[1]

    def drop(self, act: Act, file_id: UUID) -> None:
        erase_blob(act, file_id)


def _handed_in(mine: dict[str, Any]) -> QuerySet[Blob]:
    """Files of theirs that are neither papers of ours, nor archives, nor copies of all this."""
    rows = Blob.objects.filter(**mine, sealed_under="holder", erased_at=None, document=None)
    return rows.exclude(uses__purpose__in=[COPY, *OTHERS])


def _theirs(mine: dict[str, Any]) -> QuerySet[Document]:
    """The papers that address them; letters to somebody else about their case are not theirs to read."""
    return Document.objects.filter(**mine, erased_at=None).exclude(kind__in={k.kind for k in catalogue.kinds() if k.to})


def _reading(tenant_id: UUID, blob_id: UUID) -> Callable[[], bytes]:
    return lambda: queries.blob(tenant_id, blob_id)[1]


# --- drawing ---------------------------------------------------------------------------------------------------------


def _licence(row: ELicence) -> Record:
    lines = [Datum(line.get("name") or f"line_{n}", line["label"], line["value"]) for n, line in enumerate(row.lines)]
    title = said(row.document.title) if row.document else row.licence_type
    return Record(
        str(row.id), title, row.created_at,
        (Datum("number", _("编号"), row.number), Datum("holder", _("持有人"), row.holder_name), *lines,
         Datum("state", _("状态"), str(_STATES.get(row.state, row.state)), row.state)),
        url=f"/v/{row.token}", kept_until=row.valid_to,
    )  # fmt: skip


_STATES = {"valid": _("有效"), "revoked": _("已撤销"), "cancelled": _("已注销")}


def _paper(row: Document) -> Record:
    return Record(
        str(row.id), said(row.title), row.created_at,
        (Datum("issuer", _("制发机关"), row.issuer), Datum("recipient", _("送达对象"), row.holder_name),
         Datum("sha256", _("文件指纹"), row.payload["sha256"])),
        url=f"/v/{row.token}",
    )  # fmt: skip


def _file(row: Blob) -> Record:
    return Record(
        str(row.id), row.filename, row.created_at,
        (Datum("size", _("大小"), _("%(n)d KB") % {"n": -(-row.size // 1024)}, row.size, source="typed"),
         Datum("sha256", _("文件指纹"), row.sha256)),
    )  # fmt: skip


def _archive(row: Archive) -> Record:
    return Record(
        str(row.id), row.archive_no, row.created_at,
        (Datum("files", _("文件数"), str(len(row.manifest.get("files", {})))),),
        kept_until=row.retain_until, note=_("已销毁") if row.destroyed_at else "", rule="B9",
    )  # fmt: skip


def register() -> None:
    holders.register(Papers())
    holders.excuse({"records.DocumentTemplate": "who worked on the text of a paper: an act of office"})
    ports.register(CopyKeeper, KeptCopies())  # type: ignore[type-abstract]
