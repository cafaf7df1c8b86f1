"""What the worker does for cases: make papers, make and deliver the licence, archive what has ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.acts.statements import fetch_one
from tongqu.kernel.cases import events, reminding, supervision
from tongqu.kernel.cases.archiving import PackedAhead, pack_ahead
from tongqu.kernel.cases.called_papers import CalledPaper, called_paper
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import results, serving, upper
from tongqu.kernel.cases.operations.engine import act as act_on_case
from tongqu.kernel.identity.vault import in_hand
from tongqu.kernel.jobs.registry import Afterwards, every, job
from tongqu.kernel.jobs.rules import Lane
from tongqu.kernel.records import operations as records
from tongqu.kernel.records.typeset import MissingGlyph


@job("cases.make_paper", attempts=6, lane=Lane.MAKING)
def make_paper(*, event_id: str, kind: str) -> Afterwards:
    """Typeset first, outside a transaction; then number, sign and file in the one that marks the job done, once
    for each event."""
    wanted = called_paper(UUID(event_id), kind)
    system = Actor.system(wanted.event.tenant_id)
    try:
        drawn = records.draw_paper(system.tenant_id, **wanted.paper)
    except MissingGlyph as error:
        failed = error
        return Afterwards(lambda: _note_failure(system, wanted, failed))
    return Afterwards(lambda: _put(system, wanted, drawn))


def _put(system: Actor, wanted: CalledPaper, drawn: records.Drawn) -> None:
    event, kind = wanted.event, wanted.spec.kind
    try:
        with records.filed_or_removed(drawn.file):
            put_paper(
                system, event_id=event.id, kind=kind, key=f"paper:{event.id}:{kind}",
                brought={"ahead": wanted, "drawn": drawn},
            )  # fmt: skip
    except MissingGlyph as error:
        _note_failure(system, wanted, error)


def _note_failure(system: Actor, wanted: CalledPaper, error: MissingGlyph) -> None:
    """Trying again draws no more characters: put it on the case's record, where the staff see it."""
    event, kind = wanted.event, wanted.spec.kind
    note_failure(
        system, case_id=wanted.case.id, kind=kind, code_points=error.code_points, cause=event.id,
        key=f"no-paper:{event.id}:{kind}",
    )  # fmt: skip


@operation("cases.note_failure")
def note_failure(act: Act, *, case_id: UUID, kind: str, code_points: Sequence[str]) -> None:
    """Record on a case that one of its papers cannot be typeset, and for which characters (as code points)."""
    act.allow(act.actor.kind == "system")
    act.emit(events.DOCUMENT_FAILED, subject=("case", case_id), body={"paper": kind, "characters": list(code_points)})


@operation("cases.put_paper")
def put_paper(
    act: Act, *, event_id: UUID, kind: str, ahead: CalledPaper | None = None, drawn: records.Drawn | None = None
) -> dict[str, str]:
    """Make, number and file the paper that an event of a case calls for, and see to its service.

    Its number and its date are of the event's day. The number is taken and the paper made in this one transaction; what
    was read and drawn `ahead` of it is used where it stands.
    """
    act.allow(act.actor.kind == "system")
    with in_hand():
        called = called_paper(event_id, kind, ahead)
        case, spec = called.case, called.spec
        document = records.make_paper(
            act, **called.paper, subject=("case", case.id), holder_party_id=case.applicant_id,
            holder_kind=case.applicant_kind, drawn=drawn,
        )  # fmt: skip
        serving.file_paper(act, case, spec, document, service="due" if spec.serve else "")
        if spec.serve:
            service = serving.owe(act, case, document, remedies=spec.remedies)
            if service.consent:
                serving.put_in_account(act, case, service)
    return {"document_id": str(document.id)}


@job("cases.issue", attempts=6, lane=Lane.MAKING)
def issue_licence(*, case_id: str) -> Afterwards:
    """Make the licence of a granted case, typeset before the transaction, and deliver it where the applicant agreed to
    electronic delivery."""
    case = _case(case_id)
    drawn = results.draw_ahead(case) if case.state == "approved" else None
    return Afterwards(lambda: _issue(case, drawn))


def _issue(case: Case, drawn: records.Drawn | None) -> None:
    system = Actor.system(case.tenant_id)
    if case.state == "approved":
        with records.filed_or_removed(drawn.file if drawn else None):
            act_on_case(system, case_id=case.id, action="issue", key=f"issue:{case.id}", brought={"ahead": drawn})
        case = _case(case.id)
    if case.state == "issued" and serving.consent_of(case, licence=True):
        act_on_case(system, case_id=case.id, action="deliver", inputs={"mode": "electronic"}, key=f"deliver:{case.id}")


@job("cases.fetch_upper_number", attempts=40, lane=Lane.CALLING)
def fetch_upper_number(*, case_id: str) -> None:
    """Ask the upper platform again for a case that was received without its number. Fails, and is tried again later."""
    case = _case(case_id)
    if case.upper_no is None and upper.wanted(case):
        number = upper.ask(case, timeout=20)
        upper.note_upper_number(Actor.system(case.tenant_id), case_id=case.id, number=number)


@job("cases.archive", attempts=6, lane=Lane.MAKING)
def archive_case(*, case_id: str) -> Afterwards | None:
    """Read and pack first, outside a transaction; then file the archive and close the case in the one that marks the
    job done."""
    case = _case(case_id)
    if case.state == "archived":
        return None
    packed = pack_ahead(case)
    return Afterwards(lambda: _archive(case, packed))


def _archive(case: Case, ahead: PackedAhead) -> None:
    system = Actor.system(case.tenant_id)
    with records.filed_or_removed(ahead.packed.file):
        act_on_case(system, case_id=case.id, action="archive", key=f"archive:{case.id}", brought={"ahead": ahead})


def _case(case_id: str | UUID) -> Case:
    case = fetch_one(Case, id=case_id)
    if case is None:
        raise LookupError(f"no case {case_id}")
    return case


@every("cases.warn", seconds=300)
def warn() -> None:
    """Yellow cards for what is nearly over."""
    supervision.warn_all()


@every("cases.remind_renewals", daily_at="09:00")
def remind_renewals() -> int:
    """Holders whose licence may be renewed from today on are told so, once; how many."""
    return reminding.remind_all()


@every("cases.archive_ended", seconds=3600)
def archive_ended() -> None:
    """Cases that ended some days ago, rated or not, go to the archive."""
    before = now() - timedelta(days=settings.TQ_ARCHIVE_AFTER_DAYS)
    waiting = Case.objects.filter(ended_at__lt=before).exclude(state__in=["archived", "draft", "erased"])
    for case_id in waiting.values_list("id", flat=True)[:500]:
        archive_case.using(unique_key=f"archive:{case_id}").enqueue(case_id=str(case_id))
