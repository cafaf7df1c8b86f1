"""Lists merged from lanes are what a plain filter finds, in order, whatever the rights and the size of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongqu.kernel.acts.actor import Actor, Grant
from tongqu.kernel.cases import lanes
from tongqu.kernel.cases import worklist as lists
from tongqu.kernel.cases.models import Case, CaseUnit
from tongqu.kernel.cases.procedure import states_of_all
from tongqu.kernel.cases.worklist import Worklist, state_counts, worklist

pytestmark = pytest.mark.django_db
TENANT = UUID(django_settings.TQ_TENANT_ID)
START = datetime(2026, 8, 3, tzinfo=UTC)
UNITS = [UUID(int=n) for n in (1, 2, 3)]
REGIONS = ["990102000000", "990102001000", "990102001007", "990103002001", "980000000000"]
PREFIXES = ["", "99", "9901", "990102", "9901020", "990102001", "990102001007", "98"]
STATES = ["received", "accepted", "under_review", "refused"]

rows = st.lists(
    st.tuples(
        st.sampled_from(UNITS), st.sampled_from(REGIONS), st.sampled_from(STATES), st.integers(0, 3), st.booleans()
    ),
    max_size=14,
)
grants = st.lists(
    st.builds(
        Grant, st.sampled_from(["cases.read", "cases.*", "cases.accept"]), st.sampled_from([None, *UNITS]),
        st.sampled_from(PREFIXES),
    ),
    max_size=4,
)  # fmt: skip
repeated = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def fill(made: list[tuple[UUID, str, str, int, bool]]) -> None:
    CaseUnit.objects.all().delete()
    Case.objects.all().delete()
    for n, (unit, region, state, due, is_open) in enumerate(made):
        case = Case.objects.create(
            item_code="item", title={"zh-Hans": "事项"}, package_version_id=UNITS[0], procedure_code="licensing",
            procedure_version=1, applicant_id=UNITS[0], applicant_name="某", applicant_kind="person",
            region_code=region, updated_at=START, case_no=f"N{n}", state=state,
        )  # fmt: skip
        CaseUnit.objects.create(
            case=case,
            unit_id=unit,
            state=state,
            is_open=is_open,
            region_code=region,
            due_at=START + timedelta(days=due),
            received_at=START,
            changed_at=START,
        )


def expected(actor: Actor, wanted: Worklist) -> list[UUID]:
    """By the plainest reading of the rights: each row asked one by one."""
    from tongqu.kernel.acts.actor import Scope

    found = [
        row
        for row in CaseUnit.objects.order_by("due_at", "id")
        if actor.may("cases.read", Scope(unit_id=row.unit_id, region_code=row.region_code))
        and row.is_open != wanted.ended
        and wanted.state in {"", row.state}
    ]
    return [row.id for row in found]


def walked(actor: Actor, wanted: Worklist, size: int) -> list[UUID]:
    found, after = [], None
    for _ in range(30):
        page = worklist(actor, wanted, after=after, size=size)
        found += [row.id for row in page.rows]
        after = page.next
        if after is None:
            return found
    raise AssertionError("the pages do not end")


@repeated
@given(rows, grants, st.sampled_from(["", *STATES]), st.booleans(), st.integers(1, 6))
def test_pages_are_what_the_rights_say(
    made: list[Any], given_: list[Grant], state: str, ended: bool, size: int
) -> None:
    fill(made)
    actor = Actor(TENANT, "staff", grants=tuple(given_))
    wanted = Worklist(state=state, ended=ended)
    assert walked(actor, wanted, size) == expected(actor, wanted)
    counts: dict[str, int] = {}
    for row in CaseUnit.objects.filter(id__in=expected(actor, Worklist())):
        counts[row.state] = counts.get(row.state, 0) + 1
    assert state_counts(actor) == counts


@repeated
@given(rows, grants)
def test_too_many_lanes_are_read_as_one(made: list[Any], given_: list[Grant]) -> None:
    fill(made)
    actor = Actor(TENANT, "staff", grants=tuple(given_))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lanes, "MOST_LANES", 1)
        assert walked(actor, Worklist(), 3) == expected(actor, Worklist())
        assert sum(state_counts(actor).values()) == len(expected(actor, Worklist()))


def test_counting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    fill([(UNITS[0], REGIONS[0], "received", 0, True)] * 5)
    monkeypatch.setattr(lists, "COUNTED", 3)
    assert state_counts(Actor(TENANT, "staff", grants=(Grant("cases.read"),))) == {"received": 3}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="the words of SQLite's plan")
@pytest.mark.parametrize("grant", [
    Grant("cases.read"), Grant("cases.read", UNITS[0]), Grant("cases.read", None, "9901"),
    Grant("cases.read", None, "990102"), Grant("cases.read", None, "990102001"),
])  # fmt: skip
@pytest.mark.parametrize("wanted", [Worklist(), Worklist(state="received"), Worklist(ended=True)])
def test_an_index_alone_answers(grant: Grant, wanted: Worklist) -> None:
    """The plan of a later page: every lane goes straight to its place in an index, and none sorts or reads rows."""
    fill([(UNITS[0], "990102001007", "received", n, not wanted.ended) for n in range(3)])
    actor = Actor(TENANT, "staff", grants=(grant,))
    after = worklist(actor, wanted, size=1).next
    with CaptureQueriesContext(connection) as caught:
        worklist(actor, wanted, after=after, size=1)
    assert len(caught) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + caught[0]["sql"].replace("%", "%%"))
        plan = [str(row[3]) for row in cursor.fetchall()]
    into = [line for line in plan if " INDEX case_" in line]
    whole_scans = [line for line in plan if line.startswith("SCAN cases_")]
    assert into and not whole_scans, plan
    assert all("(due_at,id)>(?,?)" in line for line in into), "\n".join(into)
    if len(into) > 1:
        assert len(into) == len(states_of_all())
        assert all("COVERING" in line for line in into), plan
