"""What follows on a case's events: papers, the licence, the archive, and telling those concerned."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.cases import work
from tongqu.kernel.cases.documents import paper_for
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import upper
from tongqu.kernel.identity.actors import mandate_in_force
from tongqu.kernel.notices.operations import Channel, tell

# Which event is told to the applicant, by which template. Everything else is seen on the case page.
TOLD = {
    "cases.submit": "case_received",
    "cases.allow_correction": "case_correction",
    "cases.correct_in_person": "case_corrected",
    "cases.request_supplement": "case_supplement",
    "cases.remind_supplement": "case_supplement",
    "cases.accept": "case_accepted",
    "cases.deem_accepted": "case_deemed_accepted",
    "cases.deem_given_up": "case_given_up",
    "cases.not_accept": "case_not_accepted",
    "cases.assign_check": "case_check_assigned",
    "cases.order_rectification": "case_rectification",
    "cases.pause": "case_paused",
    "cases.resume": "case_resumed",
    "cases.extend": "case_extended",
    "cases.grant": "case_granted",
    "cases.refuse": "case_refused",
    "cases.annul": "case_annulled",
    "cases.deliver": "case_delivered",
    "cases.withdraw": "case_withdrawn",
}


@subscribe("cases.papers", ["cases.*"])
def make_papers(events: Sequence[Event]) -> None:
    for event in events:
        if paper := paper_for(event.kind):
            work.make_paper.enqueue(event_id=str(event.id), kind=paper.kind)


@subscribe("cases.results", ["cases.grant", "cases.issue", "cases.rate"])
def follow_on(events: Sequence[Event]) -> None:
    for event in events:
        case_id = str(event.subject_id)
        if event.kind == "cases.rate":
            work.archive_case.using(unique_key=f"archive:{case_id}").enqueue(case_id=case_id)
        else:
            work.issue_licence.using(unique_key=f"issue:{case_id}").enqueue(case_id=case_id)


@subscribe("cases.upper_numbers", ["cases.submit"])
def ask_again_above(events: Sequence[Event]) -> None:
    """What the upper platform did not number before receipt is asked for again by a job."""
    cases: dict[UUID, Case] = Case.objects.in_bulk([e.subject_id for e in events])
    for event in events:
        case = cases[event.subject_id]
        if case.upper_no is None and upper.wanted(case):
            upper.note_upper_silence(Actor.system(case.tenant_id), case_id=case.id, key=f"upper-silence:{case.id}")
            work.fetch_upper_number.using(unique_key=f"upper:{case.id}").enqueue(case_id=str(case.id))


@subscribe("cases.notices", list(TOLD))
def tell_parties(events: Sequence[Event]) -> None:
    """One notice to those concerned for each event of the list above."""
    cases: dict[UUID, Case] = Case.objects.in_bulk([e.subject_id for e in events])
    for event in events:
        case = cases[event.subject_id]
        for party_id, channels in _concerned(case):
            tell(
                Actor.system(case.tenant_id), cause=event.id, party_ids=[party_id], template=TOLD[event.kind],
                subject=("case", case.id), params={"case_no": case.case_no or "", "item": case.title},
                url=f"/my/cases/{case.id}", channels=channels,
            )  # fmt: skip


def _concerned(case: Case) -> list[tuple[UUID, tuple[Channel, ...]]]:
    """The applicant, and the person who filed while his mandate runs, each with the channels. One query for the latter.

    The head of a firm has the firm's own number: he is told in the site only, not by a second message.
    """
    told: list[tuple[UUID, tuple[Channel, ...]]] = [(case.applicant_id, ("site", "sms"))]
    agent, mandate = case.agent_id, case.mandate_id
    if agent and mandate and agent != case.applicant_id and mandate_in_force(mandate, agent_id=agent, at=now()):
        told.append((agent, ("site", "sms") if case.mandate_is_proxy else ("site",)))
    return told
