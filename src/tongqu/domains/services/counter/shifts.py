"""Shifts of a window and handing over: what is open, what waits to be given out, which originals lie here.

The giver signs off a list; the taker answers each line. A line confirmed is his from then on; one that is disputed or
not answered stays with the giver. Nothing is lost between two people, and there is never cash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from tongqu.domains.services.counter import events
from tongqu.domains.services.counter.filing import is_here, locked, take_over
from tongqu.domains.services.counter.models import Filing, Handover, HandoverLine, HeldOriginal, Shift
from tongqu.kernel.acts.actor import PASSWORD, Actor, Scope
from tongqu.kernel.acts.errors import Conflict, Invalid, NotFound, Refused
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases.counter import RECEIVE
from tongqu.kernel.directory.queries import staff_of
from tongqu.kernel.notices.models import Service
from tongqu.kernel.notices.service_queries import unserved
from tongqu.kernel.ui.forms import lone_text


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that somebody at the window answers for."""

    kind: str  # draft | paper | original
    ref_id: UUID
    text: str


def current_shift(actor: Actor) -> Shift | None:
    """The actor's open shift. One query."""
    return Shift.objects.filter(tenant_id=actor.tenant_id, clerk_id=actor.account_id, closed_at=None).first()


@operation("counter.open_shift")
def open_shift(act: Act, *, unit_id: UUID, window: str) -> dict[str, Any]:
    """Begin work at a window. Raises Invalid, Conflict when a shift of this clerk is open already."""
    act.require(RECEIVE, Scope(unit_id=unit_id), login=PASSWORD)
    name = lone_text.line(window, field="window", most=40, missing=_("请填写这一项"))
    name = name.removesuffix("窗口").removesuffix("号") or name  # it is drawn as “3号窗口”, however it was typed
    row = Shift(
        tenant_id=act.actor.tenant_id, unit_id=unit_id, clerk_id=act.actor.account_id, window=name, opened_at=act.at,
        created_at=act.at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Conflict(_("您已经在班上"), code="shift-open", remedy=_("请先交班")) from None
    act.emit(events.SHIFT_OPENED, subject=("shift", row.id), body={"unit": unit_id, "window": name})
    return {"shift_id": str(row.id)}


def open_things(actor: Actor, unit_id: UUID) -> list[Open]:
    """What this clerk answers for now: his unfinished filings, papers of the unit that wait to be served or are on
    their way, originals in his hands. Three queries."""
    drafts = Filing.objects.filter(
        tenant_id=actor.tenant_id, clerk_id=actor.account_id, unit_id=unit_id, state="open"
    ).order_by("id")  # fmt: skip
    originals = HeldOriginal.objects.filter(
        tenant_id=actor.tenant_id, unit_id=unit_id, holder_id=actor.account_id, returned_at=None
    ).order_by("id")
    return [
        *(Open("draft", row.id, f"{row.queue_no} {row.applicant_name} {row.item_title['zh-Hans']}") for row in drafts),
        *_papers_to_serve(actor.tenant_id, unit_id),
        *(Open("original", row.id, row.what) for row in originals),
    ]


def _papers_to_serve(tenant_id: UUID, unit_id: UUID) -> list[Open]:
    """A line for each matter, with its papers: what belongs together is handed over together."""
    of_matter: dict[UUID, list[Service]] = {}
    for row in unserved(tenant_id, unit_id):
        of_matter.setdefault(row.subject_id, []).append(row)
    return [
        Open("paper", ref, f"{rows[0].case_no} {rows[0].recipient} {'、'.join(row.title['zh-Hans'] for row in rows)}")
        for ref, rows in of_matter.items()
    ]


@operation("counter.close_shift")
def close_shift(act: Act, *, shift_id: UUID, taker_id: UUID | None = None, note: str = "") -> dict[str, Any]:
    """End the shift and sign the list off to a colleague of the same counter: {"handover_id" or None}.

    What is open at this moment is what the list holds, not what a page showed. Raises Invalid (nobody to take it),
    NotFound, Conflict.
    """
    row = Shift.objects.select_for_update().filter(
        tenant_id=act.actor.tenant_id, id=shift_id, clerk_id=act.actor.account_id
    ).first()  # fmt: skip
    if row is None:
        act.allow(act.actor.kind != "anonymous")
        raise NotFound()
    act.require(RECEIVE, Scope(unit_id=row.unit_id), login=PASSWORD)
    if row.closed_at is not None:
        raise Conflict(_("这一班已经交过"), code="shift-closed", remedy="")
    things = open_things(act.actor, row.unit_id)
    made = None
    if things:
        if taker_id is None or taker_id == act.actor.account_id or taker_id not in _colleagues(row.unit_id):
            raise Invalid(_("还有未了的事项，请选择接班的同事"), code="no-taker", field="taker")
        made = _hand_over(act, row, taker_id, note, things)
    row.closed_at, row.version = act.at, row.version + 1
    row.save(update_fields=["closed_at", "version"])
    act.emit(events.SHIFT_CLOSED, subject=("shift", row.id), version=row.version, body={"unit": row.unit_id})
    return {"handover_id": str(made.id) if made else None}


def _hand_over(act: Act, shift: Shift, taker_id: UUID, note: str, things: list[Open]) -> Handover:
    made = Handover.objects.create(
        tenant_id=act.actor.tenant_id, shift_id=shift.id, unit_id=shift.unit_id, giver_id=shift.clerk_id,
        taker_id=taker_id, window=shift.window, note=lone_text.line(note, field="note", most=500),
        signed_at=act.at, created_at=act.at,
    )  # fmt: skip
    HandoverLine.objects.bulk_create(
        HandoverLine(
            tenant_id=act.actor.tenant_id, handover=made, kind=t.kind, ref_id=t.ref_id, text=t.text[:300],
            created_at=act.at,
        )
        for t in things
    )  # fmt: skip
    counted = {kind: sum(t.kind == kind for t in things) for kind in ("draft", "paper", "original")}
    act.emit(
        events.HANDOVER_SIGNED, subject=("handover", made.id),
        body={"unit": shift.unit_id, "giver": shift.clerk_id, "taker": taker_id, **counted},
    )  # fmt: skip
    return made


def _colleagues(unit_id: UUID) -> set[UUID]:
    return {held.account_id for held in staff_of(unit_id, "window_clerk")}


def access_handover(actor: Actor, handover_id: UUID) -> Handover:
    """One hand-over, for those of its counter. Raises NotFound. Two queries with its lines."""
    row = Handover.objects.filter(tenant_id=actor.tenant_id, id=handover_id).first()
    if row is None or not is_here(actor, row.unit_id):
        raise NotFound()
    return row


@operation("counter.answer_lines")
def answer_lines(act: Act, *, handover_id: UUID, answers: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The taker answers lines: {line id: {"state": confirmed | disputed, "remark"}}. Each line once.

    A confirmed draft or original goes into his hands. Raises NotFound for anybody but the taker, Invalid, Conflict.
    """
    row = Handover.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=handover_id).first()
    if row is None or row.taker_id != act.actor.account_id:
        act.allow(act.actor.kind != "anonymous")
        raise NotFound()
    act.require(RECEIVE, Scope(unit_id=row.unit_id), login=PASSWORD)
    lines = {str(line.id): line for line in row.lines.select_for_update().order_by("id")}
    if unknown := set(answers) - set(lines):
        raise Invalid(_("没有这一项"), fields={name: _("没有这一项") for name in unknown})
    wanting = {n: _("请写明异议") for n, a in answers.items() if a["state"] == "disputed" and not a["remark"].strip()}
    if wanting:
        raise Invalid(code="remark-missing", fields={f"remark_{name}": text for name, text in wanting.items()})
    for name, answer in answers.items():
        _answer(act, row, lines[name], answer)
    if not any(line.state == "waiting" for line in lines.values()) and row.answered_at is None:
        row.answered_at, row.version = act.at, row.version + 1
        row.save(update_fields=["answered_at", "version"])
    if not answers:
        act.unchanged()
    return {"waiting": sum(line.state == "waiting" for line in lines.values())}


def _answer(act: Act, row: Handover, line: HandoverLine, answer: Mapping[str, str]) -> None:
    if line.state != "waiting":
        raise Conflict(_("这一项已经答复过"), code="line-answered", remedy="")
    if answer["state"] not in {"confirmed", "disputed"}:
        raise Invalid(_("请选择确认或者有异议"), field=str(line.id))
    line.state, line.remark = answer["state"], lone_text.line(answer["remark"], field="remark", most=300)
    line.save(update_fields=["state", "remark"])
    if line.state == "confirmed":
        _take(act, row, line)
    kind = events.LINE_CONFIRMED if line.state == "confirmed" else events.LINE_DISPUTED
    act.emit(
        kind, subject=("handover", row.id), version=row.version,
        body={"unit": row.unit_id, "line": line.id, "of": line.kind, "ref": line.ref_id},
    )  # fmt: skip


def _take(act: Act, row: Handover, line: HandoverLine) -> None:
    """What is confirmed is the taker's now; what was finished meanwhile needs nobody."""
    if line.kind == "draft" and Filing.objects.filter(id=line.ref_id, state="open", clerk_id=row.giver_id).exists():
        take_over(act, filing_id=line.ref_id)
    elif line.kind == "original":
        held = HeldOriginal.objects.filter(id=line.ref_id, returned_at=None, holder_id=row.giver_id)
        held.update(holder_id=row.taker_id)


# --- originals -------------------------------------------------------------------------------------------------------


@operation("counter.hold_original")
def hold_original(act: Act, *, filing_id: UUID, what: str) -> dict[str, Any]:
    """Put on record that an original stays at the window for a while. Raises Invalid, NotFound."""
    filing = locked(act, filing_id)
    row = HeldOriginal.objects.create(
        tenant_id=act.actor.tenant_id, unit_id=filing.unit_id, holder_id=act.actor.account_id, filing_id=filing.id,
        what=lone_text.line(what, field="what", most=100, missing=_("请填写这一项")), taken_at=act.at,
        created_at=act.at,
    )  # fmt: skip
    act.emit(
        events.ORIGINAL_HELD, subject=("original", row.id), body={"unit": filing.unit_id, "case": filing.case_id}
    )  # fmt: skip
    return {"original_id": str(row.id)}


@operation("counter.return_original")
def return_original(act: Act, *, original_id: UUID) -> dict[str, Any]:
    """It went back. Only whoever has it in hand can say so. Raises NotFound, Refused, Conflict."""
    row = HeldOriginal.objects.select_for_update().filter(tenant_id=act.actor.tenant_id, id=original_id).first()
    if row is None or not is_here(act.actor, row.unit_id):
        act.allow(act.actor.kind != "anonymous")
        raise NotFound()
    act.require(RECEIVE, Scope(unit_id=row.unit_id), login=PASSWORD)
    if row.holder_id != act.actor.account_id:
        raise Refused(_("这件原件不在您手上"), code="not-the-holder", remedy=_("请由经手的同事退还，或者先交接"))
    if row.returned_at is not None:
        raise Conflict(_("这件原件已经退还"), code="returned", remedy="")
    row.returned_at, row.version = act.at, row.version + 1
    row.save(update_fields=["returned_at", "version"])
    case_id = Filing.objects.filter(id=row.filing_id).values_list("case_id", flat=True).first()
    act.emit(
        events.ORIGINAL_RETURNED, subject=("original", row.id), version=row.version,
        body={"unit": row.unit_id, "case": case_id},
    )  # fmt: skip
    return {"original_id": str(row.id)}
