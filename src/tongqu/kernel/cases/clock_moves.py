"""What follows when the calendar moved the clocks of cases: the work lists sort by the new dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from tongqu.kernel.acts.operation import Act
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.cases.operations.timing import due_of
from tongqu.kernel.law.models import Clock
from tongqu.kernel.law.queries import clocks_of_many
from tongqu.kernel.law.recounting import on_moved


def lock_cases(case_ids: Iterable[UUID]) -> object:
    return list(Case.objects.select_for_update().filter(id__in=list(case_ids)).order_by("id").values_list("id"))


@on_moved("case", lock=lock_cases)
def copy_dates(act: Act, clocks: Sequence[Clock]) -> None:
    """One query, and one update for each date that cases move to."""
    standing = clocks_of_many("case", {clock.subject_id for clock in clocks}, tenant_id=act.actor.tenant_id)
    together: dict[tuple[datetime, bool], list[UUID]] = defaultdict(list)
    for case_id, its in standing.items():
        together[due_of(its)].append(case_id)
    for (due_at, provisional), case_ids in together.items():
        CaseUnit.objects.filter(case_id__in=case_ids).update(due_at=due_at, provisional=provisional)
