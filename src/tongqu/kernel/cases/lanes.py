"""Which stretches of which index hold the cases that somebody may list: the reader's places, as lanes.

A lane is a filter that an index of `CaseUnit` answers in the order of the work list (`due_at`, `id`). Lists merge the
first rows of each lane (`acts.paging.merged_page`), so that neither the size of the database nor the width of the
reader's rights decides what a page costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet, Value

from tongqu.kernel.acts.paging import Lane
from tongqu.kernel.cases.models import CaseUnit
from tongqu.kernel.cases.procedure import states_of_all

Place = tuple[UUID | None, str]  # a unit (None: any) and the beginning of a region code ("": anywhere)

LEVELS = (("town", 9), ("county", 6), ("city", 4))  # columns of CaseUnit that hold the beginning of its place's code
MOST_LANES = 240  # of one statement; SQLite takes 500 parts, and planning them costs more than they save before that


def lanes_of(
    places: Iterable[Place], rows: QuerySet[CaseUnit], *, is_open: bool, state: str = "", by_state: bool = False
) -> list[Lane[CaseUnit]]:
    """The lanes of these places among `rows`; none without a place. `by_state`: one a state for units too.

    Only units have an index that is in order across states; elsewhere each state is a lane. With more than `MOST_LANES`
    the answer is one lane that no index has in order: still the right rows.
    """
    kept = _without_covered(set(places))
    # as a value: Django writes a bare bool as a term that SQLite's indexes ignore
    rows = rows.filter(is_open=Value(is_open), **({"state": state} if state else {}))
    states = None if state else ("state", states_of_all())
    lanes = [Lane(rows.filter(_where(place)), states) for place in kept if by_state or not _whole(place)]
    if units := [unit for unit, region in kept if not by_state and _whole((unit, region))]:
        lanes.append(Lane(rows, ("unit_id", units)))
    if sum(len(lane.each[1]) if lane.each else 1 for lane in lanes) <= MOST_LANES:
        return lanes
    return [Lane(rows.filter(readable(kept)), None)]


def _whole(place: Place) -> bool:
    return place[0] is not None and not place[1]


def apart(places: Iterable[Place]) -> bool:
    """Whether no row can lie in two of the lanes: all are units, or all are regions none of which holds another."""
    return len({unit is None for unit, _region in _without_covered(set(places))}) < 2


def readable(places: Iterable[Place]) -> Q:
    """The same rows as one condition, for questions that another index answers first (a number, say)."""
    found = Q(pk__in=[])
    for place in _without_covered(set(places)):
        found |= _where(place)
    return found


def _where(place: Place) -> Q:
    """One place as a condition; everywhere is a condition that always holds."""
    unit, region = place
    here = Q(unit_id=unit) if unit else Q()
    level, digits = next((one for one in LEVELS if unit is None and one[1] <= len(region)), ("", 0))
    if level:
        here &= Q(**{level: region[:digits]})
    if len(region) > digits:
        here &= Q(region_code__startswith=region)
    return here or Q(id__isnull=False)


def _without_covered(places: set[Place]) -> list[Place]:
    """The places without those that lie inside another one, in a fixed order."""

    def inside(one: Place, other: Place) -> bool:
        return one != other and other[0] in {None, one[0]} and one[1].startswith(other[1])

    kept = [one for one in places if not any(inside(one, other) for other in places)]
    return sorted(kept, key=lambda place: (str(place[0] or ""), place[1]))
