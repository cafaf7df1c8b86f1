"""What follows on a case's events: papers, the licence, the archive, and telling those concerned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.clock import now
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.acts.statements import fetch, fetch_values
from tongqu.kernel.cases import supervision, work
from tongqu.kernel.cases.card_messages import tell_of_card
from tongqu.kernel.cases.documents import calling, papers_for
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.operations import serving, upper
from tongqu.kernel.cases.operations.merging import follow_merge
from tongqu.kernel.identity.actors import mandate_in_force
from tongqu.kernel.identity.operations.rights import note_consent
from tongqu.kernel.identity.queries import consenting_guardian
from tongqu.kernel.notices.operations import Channel, Telling, tell_each

# Which event is told to the applicant, by which template. Everything else is seen on the case page.
TOLD = {
    "cases.submit": "case_received",
    "cases.allow_correction": "case_correction",
    "cases.correct_in_person": "case_corrected",
    "cases.supply_in_person": "case_supplied",
    "cases.request_supplement": "case_supplement",
    "cases.remind_supplement": "case_supplement",
    "cases.accept": "case_accepted",
    "cases.deem_accepted": "case_deemed_accepted",
    "cases.deem_given_up": "case_given_up",
    "cases.deem_renewed": "case_deemed_renewed",
    "cases.not_accept": "case_not_accepted",
    "cases.assign_check": "case_check_assigned",
    "cases.order_rectification": "case_rectification",
    "cases.pause": "case_paused",
    "cases.resume": "case_resumed",
    "cases.extend": "case_extended",
    "cases.grant": "case_granted",
    "cases.refuse": "case_refused",
    "cases.retract": "case_retracted",
    "cases.annul": "case_annulled",
    "cases.deregister": "case_deregistered",
    "cases.tell_hearing": "case_hearing_told",
    "cases.set_hearing": "case_hearing_set",
    "cases.deliver": "case_delivered",
    "cases.withdraw": "case_withdrawn",
    "cases.withdraw_in_person": "case_withdrawn",
    "cases.confirm_receipt": "disclosure_registered",
    "cases.allow_more_time": "case_supplement",
    "cases.consult_third_party": "disclosure_consulting",
    "cases.consult_co_maker": "disclosure_consulting",
    "cases.disclose": "disclosure_answered",
    "cases.disclose_overriding": "disclosure_answered",
    "cases.disclose_part": "disclosure_answered",
    "cases.withhold": "disclosure_answered",
    "cases.answer_otherwise": "disclosure_answered",
    "cases.comply": "rights_answered",
    "cases.decline": "rights_answered",
    "cases.approve_erasure": "rights_erasure_agreed",
}


@subscribe("cases.papers", ["cases.*"])
def make_papers(events: Sequence[Event]) -> None:
    """Ask for the papers that the procedure of each event's case has for it. One query where any may."""
    called = [event for event in events if event.kind in calling()]
    under = dict(fetch_values(Case, ("id", "procedure_code"), id__in=_subjects(called))) if called else {}
    for event in called:
        for paper in papers_for(under[event.subject_id], event):
            work.make_paper.enqueue(event_id=str(event.id), kind=paper.kind)


def _cases_of(events: Sequence[Event]) -> dict[UUID, Case]:
    """The cases that these events are about. One query."""
    return {case.id: case for case in fetch(Case, id__in=_subjects(events))}


def _subjects(events: Sequence[Event]) -> list[UUID]:
    return list(dict.fromkeys(event.subject_id for event in events))


@subscribe("cases.results", ["cases.grant", "cases.deem_renewed", "cases.issue", "cases.rate"])
def follow_on(events: Sequence[Event]) -> None:
    for event in events:
        case_id = str(event.subject_id)
        if event.kind == "cases.rate":
            work.archive_case.using(unique_key=f"archive:{case_id}").enqueue(case_id=case_id)
        elif event.kind != "cases.issue" or event.actor["kind"] != "system":  # the job that issues delivers as well
            work.issue_licence.using(unique_key=f"issue:{case_id}").enqueue(case_id=case_id)


@subscribe("cases.consents", ["cases.submit"])
def note_consents(events: Sequence[Event]) -> None:
    """Who agreed to electronic service, of the papers or of the licence, can see and withdraw it (D19); so can a
    guardian who agreed to the handling of a child's data (D20)."""
    cases = _cases_of(events)
    for event in events:
        case = cases[event.subject_id]
        if event.body.get("child_consent"):
            note_consent(
                Actor.system(case.tenant_id), cause=event.id, party_id=case.applicant_id, kind="child_data",
                about=("case", case.id), given_by=_account_of(event),
                guardian_id=consenting_guardian(case.mandate_id, case.applicant_id, event.recorded_at),
            )  # fmt: skip
        if serving.agreed_to(case) or serving.agreed_to(case, licence=True):
            note_consent(
                Actor.system(case.tenant_id), cause=event.id, party_id=case.applicant_id, kind=serving.CONSENT,
                about=("case", case.id), given_by=_account_of(event),
            )  # fmt: skip


def _account_of(event: Event) -> UUID | None:
    return UUID(event.actor["account"]) if event.actor.get("account") else None


@subscribe("cases.upper_numbers", ["cases.submit"])
def ask_again_above(events: Sequence[Event]) -> None:
    """What the upper platform did not number before receipt is asked for again by a job."""
    cases = _cases_of(events)
    for event in events:
        case = cases[event.subject_id]
        if case.upper_no is None and upper.wanted(case):
            upper.note_upper_silence(Actor.system(case.tenant_id), case_id=case.id, key=f"upper-silence:{case.id}")
            work.fetch_upper_number.using(unique_key=f"upper:{case.id}").enqueue(case_id=str(case.id))


@subscribe("cases.cards", ["law.clock_stopped", "law.clock_extended", "law.clock_paused", "law.clock_moved"])
def settle_cards(events: Sequence[Event]) -> None:
    """A card is closed when the act it waits for is done, and a yellow one lifted when its period moves away. One query
    where no card hangs on these clocks."""
    open_ones = supervision.open_cards_of([event.subject_id for event in events])
    for event in events:
        if event.subject_id in open_ones:
            supervision.settle_card(
                Actor.system(event.tenant_id), card_id=open_ones[event.subject_id], cause=event.id,
                key=f"card:{event.id}",
            )  # fmt: skip


@subscribe("cases.card_messages", supervision.BROUGHT)
def tell_staff_of_cards(events: Sequence[Event]) -> None:
    """One message to each member of staff concerned, once for each event by which a card came."""
    for event in events:
        if "card" in event.body:
            tell_of_card(
                Actor.system(event.tenant_id), cause=event.id, key=f"card-message:{event.id}",
                card_id=UUID(event.body["card"]), card_version=event.body["card_version"],
            )  # fmt: skip


@subscribe("cases.notices", list(TOLD))
def tell_parties(events: Sequence[Event]) -> None:
    """One notice to those concerned for each event of the list above, those of one tenant in one operation."""
    cases = _cases_of(events)
    tellings: dict[UUID, list[Telling]] = defaultdict(list)
    for event in events:
        case = cases[event.subject_id]
        params = {"case_no": case.case_no or "", "item": case.title, **_more(event)}
        tellings[case.tenant_id] += [
            Telling(party_id, TOLD[event.kind], params, ("case", case.id), channels, f"/my/cases/{case.id}", event.id)
            for party_id, channels in _concerned(case)
        ]
    for tenant_id, told in tellings.items():
        tell_each(Actor.system(tenant_id), tellings=told)


def _more(event: Event) -> dict[str, str]:
    """What a notice says besides: the day of a hearing."""
    return {"day": event.body["planned_on"]} if event.kind == "cases.set_hearing" else {}


@subscribe("cases.merged_parties", ["identity.parties_merged"])
def follow_merges(events: Sequence[Event]) -> None:
    """Whoever is one party by now finds all its cases in one list, without a query more."""
    for event in events:
        follow_merge(Actor.system(event.tenant_id), cause=event.id, party_id=event.subject_id)


def _concerned(case: Case) -> list[tuple[UUID, tuple[Channel, ...]]]:
    """The applicant, and the person who filed while his mandate runs, each with the channels. One query for the latter.

    The head of a firm has the firm's own number: he is told in the site only, not by a second message.
    """
    told: list[tuple[UUID, tuple[Channel, ...]]] = [(case.applicant_id, ("site", "sms"))]
    agent, mandate = case.agent_id, case.mandate_id
    if agent and mandate and agent != case.applicant_id and mandate_in_force(mandate, agent_id=agent, at=now()):
        told.append((agent, ("site", "sms") if case.mandate_is_proxy else ("site",)))
    return told
