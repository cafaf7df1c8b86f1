"""What goes into a paper besides its text, and how text and content become what a layout is given. Pure but for the
demonstration's marks, which are settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings

from tongqu.kernel.records import typeset, wording
from tongqu.kernel.records.catalogue import SEALS, Kind

DEMO_NOTE = "演示样本，不具法律效力"
PREVIEW_NOTE = "预览稿，不作文书使用"


@dataclass(frozen=True, slots=True)
class Content:
    """The facts of one paper: who issues it to whom, the values of the text's places, what a table layout shows.

    `table` goes to the layout as it is: lines for the site check and for the proof of service. `notes`: what the law
    wants beside a place wherever a text uses it, by place; it follows the paragraph.
    """

    issuer: str
    recipient: str
    case_no: str
    values: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    table: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def laid_out(self, spec: Kind, title: str, body: str, *, day: date) -> dict[str, Any]:
        """What the layout is given, without number, code and marks. Raises wording.Incomplete."""
        return {
            "title": wording.fill_line(title, self.values),
            "paragraphs": wording.fill(
                body, self.values, self.lists, required=spec.required,
                numbered=[p.name for p in spec.places.values() if p.numbered], notes=self.notes,
            ),
            "issuer": self.issuer, "recipient": self.recipient, "case_no": self.case_no,
            "seal": spec.seal, "seal_words": SEALS.get(spec.seal, ""), "receipt_line": spec.receipt_line,
            "date": chinese_day(day), "table": dict(self.table),
        }  # fmt: skip


def chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def seal_marks() -> dict[str, str]:
    """The note in the seal and, in a demonstration only, the words that say the paper is none."""
    if settings.TQ_DEMO:
        return {"seal_note": "电子印章（演示）", "demo_note": DEMO_NOTE}
    return {"seal_note": "电子印章", "demo_note": ""}


def sample_of(spec: Kind, *, issuer: str) -> Content:
    """Invented content for every place of a kind, for the preview."""
    return Content(
        issuer=issuer, recipient="样例食品店", case_no="99010020260101000001",
        values={p.name: p.sample for p in spec.places.values() if isinstance(p.sample, str)},
        lists={p.name: p.sample for p in spec.places.values() if isinstance(p.sample, tuple)},
    )  # fmt: skip


def preview(spec: Kind, content: Content, *, title: str, body: str, number: str, day: date) -> bytes:
    """The paper as PDF, marked as a preview, with no number taken and no code to verify. Raises MissingGlyph."""
    data = content.laid_out(spec, title, body, day=day)
    return typeset.render(
        spec.layout,
        {
            **data, "number": number, "date_iso": day.isoformat(), "token": "", "qr_svg": "", "verify_at": "",
            "seal_note": "印章样式", "demo_note": PREVIEW_NOTE,
        },
    )  # fmt: skip
