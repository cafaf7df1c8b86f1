"""Papers, licences and archives for the tests, made inside acts of their own as cases makes them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import SHANGHAI
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity import vault
from tongqu.kernel.identity.models import Party
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.models import Archive, Blob, Document, ELicence

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
SYSTEM = Actor.system(default_tenant())
HOLDER, ISSUER = uuid7(), uuid7()
BUREAU = "明川市清溪区市场监督管理局"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

NOTICE: dict[str, Any] = {
    "title": "行政许可申请受理通知书", "issuer": BUREAU, "recipient": "清溪区秋实小馆",
    "paragraphs": [{"text": "你（单位）提出的食品经营许可（新办）申请，现决定予以受理。", "mark": ""}],
    "seal": "acceptance", "seal_words": "行政许可受理专用章", "receipt_line": True,
    "date": "2026年3月2日", "case_no": "99010220260302000001", "table": {}, "number": "",
}  # fmt: skip
LINES = [{"label": "经营者名称", "value": "清溪区秋实小馆"}, {"label": "许可证编号", "value": "JY29901020000017"}]


@operation("tests.call")
def _inside(act: Act, *, verb: Any, inputs: dict[str, Any]) -> Any:
    act.allow(True)
    return verb(act, **inputs)


def inside(verb: Any, **inputs: Any) -> Any:
    """Call an operation as part of a larger act that has checked permission."""
    return _inside(SYSTEM, verb=verb, inputs=inputs)


def holder_of(party_id: UUID) -> UUID:
    """A party of this id, with a key: files are sealed under it."""
    if not Party.objects.filter(id=party_id).exists():
        Party.objects.create(id=party_id, kind="sole_trader", name="清溪区秋实小馆")
        vault.new_key_row(party_id)[0].save(force_insert=True)
    return party_id


def store(data: bytes, name: str = "图纸.pdf", *, holder: UUID = HOLDER, purpose: str = "material:layout") -> Blob:
    blob: Blob = inside(
        records.store_file, data=data, filename=name, holder_party_id=holder_of(holder), purpose=purpose
    )
    return blob


def paper(recipient: str = "清溪区秋实小馆", *, holder_kind: str = "sole_trader", **more: Any) -> Document:
    document: Document = inside(
        records.make_document, kind="accept_notice", title={"zh-Hans": NOTICE["title"], "en": "Notice of acceptance"},
        subject=("case", uuid7()), holder_party_id=HOLDER, holder_kind=holder_kind, template="notice",
        data={**NOTICE, "recipient": recipient, **more},
    )  # fmt: skip
    return document


def licence(
    *, number: str = "JY29901020000017", valid_to: date | None = date(2031, 3, 1), holder_kind: str = "sole_trader"
) -> ELicence:
    issued: ELicence = inside(
        records.issue_licence, licence_type="food_business",
        title={"zh-Hans": "食品经营许可证", "en": "Food business licence"}, holder_party_id=HOLDER,
        holder_name="清溪区秋实小馆", holder_kind=holder_kind, issuer_unit_id=ISSUER,
        issuer_name={"zh-Hans": BUREAU, "en": "Qingxi Market Regulation Bureau"}, number=number,
        valid_from=date(2026, 3, 2), valid_to=valid_to, case_id=uuid7(), lines=LINES,
    )  # fmt: skip
    return issued


def archive(**files: bytes) -> Archive:
    made: Archive = inside(
        records.archive_case, subject=("case", uuid7()), archive_no=f"food-{uuid7().hex[-8:]}", holder_party_id=HOLDER,
        kind="licensing_granted", metadata={"item": "food-business-licence"},
        files={"case.json": b"{}", "documents/1.pdf": PDF, **files},
    )  # fmt: skip
    return made
