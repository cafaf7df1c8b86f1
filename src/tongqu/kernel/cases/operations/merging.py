"""Two entries turned out to be one party: cases, places in lists and bans of the one follow to the other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.cases import events
from tongqu.kernel.cases.models import Case, CaseParty, ReapplicationBan
from tongqu.kernel.identity.queries import former_ids, present_id


@operation("cases.follow_merge")
def follow_merge(act: Act, *, party_id: UUID) -> dict[str, Any]:
    """Hand to a party what the entries merged into it had; for the platform, after `identity.merge_parties`.

    Names, numbers and sealed values stay as each case froze them. Safe to repeat, in any order of several merges.
    Returns {"cases": how many changed}.
    """
    act.allow(act.actor.kind == "system")
    keep = present_id(party_id)
    former = former_ids(keep)
    related = CaseParty.objects.filter(tenant_id=act.actor.tenant_id, party_id__in=former)
    cases = list(Case.objects.select_for_update().filter(id__in=related.values("case_id")).order_by("id"))
    for case in cases:
        moved = [role for role in ("applicant", "agent") if getattr(case, f"{role}_id") in former]
        for role in moved:
            setattr(case, f"{role}_id", keep)
        case.version += 1
        case.save(update_fields=["applicant_id", "agent_id", "version"])
        _move_places(case, former, keep)
        act.emit(
            events.PARTY_MERGED,
            subject=("case", case.id),
            version=case.version,
            body={"party": keep, "roles": moved},
        )
    bans = ReapplicationBan.objects.filter(tenant_id=act.actor.tenant_id, party_id__in=former).update(party_id=keep)
    if bans and not cases:
        act.emit(events.BANS_MERGED, subject=("party", keep), body={"bans": bans})
    elif not cases:
        act.unchanged()
    return {"cases": len(cases)}


def _move_places(case: Case, former: list[UUID], keep: UUID) -> None:
    """A place that both entries had in one role is one place."""
    for row in CaseParty.objects.filter(case=case, party_id__in=former):
        if CaseParty.objects.filter(case=case, party_id=keep, role=row.role).exists():
            row.delete()
        else:
            row.party_id = keep
            row.save(update_fields=["party_id"])
