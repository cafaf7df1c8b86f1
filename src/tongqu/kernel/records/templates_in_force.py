"""Which text a paper is made from: the unit's own published version, else the one for all units, else the shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.statements import fetch, fetch_values
from tongqu.kernel.records import wording
from tongqu.kernel.records.catalogue import Kind
from tongqu.kernel.records.models import DocumentNumbering, DocumentSeries, DocumentTemplate
from tongqu.kernel.records.numbering import PATTERN, Style

SHIPPED = 1  # the number of the shipped text, everywhere


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with what names it. `scope`: the unit's id, "all", or "shipped"."""

    title: str
    body: str
    number: int
    scope: str

    @property
    def reference(self) -> str:
        return f"{self.scope}@{self.number}"

    def named(self, spec: Kind) -> dict[str, object]:
        """What a document keeps of it."""
        return {
            "procedure": spec.procedure, "kind": spec.kind, "version": self.number, "scope": self.scope,
            "sha256": wording.digest(self.title, self.body),
        }  # fmt: skip


def shipped(spec: Kind) -> Wording:
    return Wording(spec.title, spec.body, SHIPPED, "shipped")


def text_of_version(tenant_id: UUID, spec: Kind, unit_id: UUID | None, *, at: datetime) -> Wording:
    """The text in force for a unit at a moment. One query."""
    rows = fetch_values(
        DocumentTemplate, ("title", "body", "number", "scope"), order=("-effective_from", "-number"), most=50,
        tenant_id=tenant_id, procedure=spec.procedure, kind=spec.kind, state="published", effective_from__lte=at,
        scope__in=["all", str(unit_id)] if unit_id else ["all"],
    )  # fmt: skip
    found = [Wording(*row) for row in rows]
    return next((one for one in found if one.scope != "all"), None) or next(iter(found), shipped(spec))


def published(tenant_id: UUID, spec: Kind, unit_id: UUID | None, number: int) -> Wording:
    """One version of a unit's text, whenever it was in force. Raises NotFound. One query."""
    if number == SHIPPED:
        return shipped(spec)
    row = DocumentTemplate.objects.filter(
        tenant_id=tenant_id, procedure=spec.procedure, kind=spec.kind, scope=str(unit_id) if unit_id else "all",
        state="published", number=number,
    ).first()  # fmt: skip
    if row is None:
        raise NotFound()
    return _of(row)


def _of(row: DocumentTemplate) -> Wording:
    return Wording(row.title, row.body, row.number, row.scope)


def versions_of(tenant_id: UUID, spec: Kind, unit_id: UUID | None) -> list[DocumentTemplate]:
    """Draft and published versions of a unit's text (None: of the text for all), newest first. One query."""
    rows = DocumentTemplate.objects.filter(
        tenant_id=tenant_id, procedure=spec.procedure, kind=spec.kind, scope=str(unit_id) if unit_id else "all"
    )
    return sorted(rows, key=lambda row: (row.state == "draft", row.number), reverse=True)


def access_template(actor: Actor, template_id: UUID, verbs: Sequence[str]) -> DocumentTemplate:
    """A version, to those who may edit or publish there. Raises NotFound. One query."""
    row = DocumentTemplate.objects.filter(tenant_id=actor.tenant_id, id=template_id).first()
    places = {place for verb in verbs for place in actor.places_for(verb)}
    if row is None or not ({(None, ""), (row.unit_id, "")} & places):
        raise NotFound()
    return row


def open_drafts(tenant_id: UUID, unit_id: UUID | None) -> dict[tuple[str, str], DocumentTemplate]:
    """{(procedure, kind): draft} of a unit's texts. One query."""
    rows = DocumentTemplate.objects.filter(
        tenant_id=tenant_id, scope=str(unit_id) if unit_id else "all", state="draft"
    )  # fmt: skip
    return {(row.procedure, row.kind): row for row in rows}


def in_force(tenant_id: UUID, unit_id: UUID | None, *, at: datetime) -> dict[tuple[str, str], DocumentTemplate]:
    """{(procedure, kind): published version in force for the unit}; kinds on the shipped text are left out. One
    query."""
    scope = Q(scope="all") | Q(scope=str(unit_id)) if unit_id else Q(scope="all")
    rows = DocumentTemplate.objects.filter(scope, tenant_id=tenant_id, state="published", effective_from__lte=at)
    found: dict[tuple[str, str], DocumentTemplate] = {}
    for row in rows.order_by("effective_from", "number"):
        known = found.get((row.procedure, row.kind))
        if known is None or row.scope != "all" or known.scope == "all":
            found[row.procedure, row.kind] = row
    return found


def numbering_of(unit_id: UUID) -> list[DocumentNumbering]:
    """How a unit numbers its papers, as it has set it. One query."""
    return list(DocumentNumbering.objects.filter(unit_id=unit_id))


def reached_by(unit_id: UUID) -> dict[str, int]:
    """{series: the serial that comes next} of a unit. One query."""
    return dict(DocumentSeries.objects.filter(unit_id=unit_id).values_list("series", "next_no"))


def style_of(tenant_id: UUID, unit_id: UUID, spec: Kind, *, agency: str) -> Style:
    """How this unit numbers and seals this kind; `agency` where it has set no word of its own. One query."""
    rows = fetch(DocumentNumbering, tenant_id=tenant_id, unit_id=unit_id, kind__in=["", spec.kind])
    own = {bool(row.kind): row for row in rows if not row.kind or row.procedure == spec.procedure}
    return style_from([own[key] for key in (True, False) if key in own], spec, agency=agency)


def style_from(said: Sequence[DocumentNumbering], spec: Kind, *, agency: str) -> Style:
    """What rows say of a kind, the narrower first; what none says is as shipped."""
    return Style(
        agency=next((r.agency for r in said if r.agency), agency),
        word=next((r.word for r in said if r.word), spec.word),
        pattern=next((r.pattern for r in said if r.pattern), PATTERN),
        seal=next((r.seal for r in said if r.seal), ""),
    )
