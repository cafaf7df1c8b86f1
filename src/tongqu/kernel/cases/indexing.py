"""Making cases findable for those who may read them, and unfindable again.

The index holds the applicant's names, the words of addresses and the numbers: what a clerk asks by. It is derived: it
can be made anew at any time, and `forget_party` takes everything about a person out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from tongqu.kernel.acts.actor import Actor, Scope
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operation import Act
from tongqu.kernel.acts.relay import subscribe
from tongqu.kernel.acts.statements import fetch
from tongqu.kernel.cases import finding
from tongqu.kernel.cases.models import Case, CaseParty
from tongqu.kernel.identity.queries import every_name_of
from tongqu.kernel.search import operations as search

# After these, what the index says of a case may have changed.
CHANGES = ["cases.submit", "cases.supply", "cases.supply_in_person", "cases.correct", "cases.correct_in_person"]


@subscribe("cases.search", CHANGES)
def make_findable(events: Sequence[Event]) -> None:
    for case in fetch(Case, id__in=sorted({event.subject_id for event in events})):
        index_case(case)


def index_case(case: Case, *, numbers: Iterable[str] = ()) -> None:
    """Put one case into the index, or renew it. `numbers`: further ones, such as an upper platform's.

    A case without a unit has nobody to find it. Nothing is written about a party that has been erased.
    """
    if case.unit_id is None:
        return
    names = every_name_of(case.applicant_id)
    if names is None:
        return
    words = [case.applicant_name, *names]
    search.index(
        Actor.system(case.tenant_id), kind=finding.KIND, ref=str(case.id), url=f"/desk/cases/{case.id}",
        title=case.applicant_name, keywords=sorted(set(words) - {case.applicant_name}),
        body=" ".join(_addresses(case)), terms=finding.number_terms(case.case_no, case.receipt_no, *numbers),
        audience=Scope(unit_id=case.unit_id, region_code=case.region_code), verb=finding.VERB,
    )  # fmt: skip


def _addresses(case: Case) -> list[str]:
    """What the form says about places, in words. Personal values lie sealed elsewhere and stay out of the index."""
    entries = (e for e in case.values.values() if e["element"].endswith(("address", "domicile")))
    return [str(e["value"]) for e in entries if isinstance(e["value"], str)]


def forget_party(act: Act, *, party_id: UUID) -> int:
    """Take every case of a party out of the index; for lawful erasure, inside its operation. Returns how many."""
    related = CaseParty.objects.filter(tenant_id=act.actor.tenant_id, party_id=party_id)
    refs = [str(case_id) for case_id in related.values_list("case_id", flat=True)]
    return search.remove_many(act, kind=finding.KIND, refs=refs)
