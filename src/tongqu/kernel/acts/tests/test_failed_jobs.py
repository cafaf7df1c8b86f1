"""Poison jobs: visible, run again or laid aside by an operator, each time on record."""

from __future__ import annotations

from uuid import UUID

import pytest

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import PASSWORD, Actor, Grant
from tongqu.kernel.acts.errors import Conflict, NotPermitted
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operations import abandon_job, rerun_job
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.jobs import queries
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.registry import job
from tongqu.kernel.jobs.worker import run_pending

pytestmark = pytest.mark.django_db
OPERATOR = Actor(
    tenant_id=default_tenant(),
    kind="staff",
    account_id=uuid7(),
    login_strength=PASSWORD,
    grants=(Grant("jobs.manage"),),
)
CLERK = Actor(tenant_id=default_tenant(), kind="staff", account_id=uuid7(), grants=(Grant("cases.accept"),))
cured = False


@job("test.poison", attempts=1)
def poison() -> None:
    if not cured:
        raise ValueError


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> UUID:
    monkeypatch.setattr("tongqu.kernel.jobs.registry._schedules", {})
    job_id = poison.enqueue()
    run_pending()
    assert [row.id for row in queries.failed_jobs()] == [job_id]
    return job_id


def state(job_id: UUID) -> str:
    return Job.objects.get(id=job_id).state


def test_run_again(failed: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "cured", True)
    rerun_job(OPERATOR, job_id=failed)
    run_pending()
    assert state(failed) == State.DONE
    assert Event.objects.get().kind == "jobs.rerun"
    with pytest.raises(Conflict):
        rerun_job(OPERATOR, job_id=failed)


def test_lay_aside(failed: UUID) -> None:
    abandon_job(OPERATOR, job_id=failed)
    assert state(failed) == State.ABANDONED
    with pytest.raises(Conflict):
        abandon_job(OPERATOR, job_id=failed)


def test_others_may_not(failed: UUID) -> None:
    for verb in (rerun_job, abandon_job):
        with pytest.raises(NotPermitted):
            verb(CLERK, job_id=failed)
    assert state(failed) == State.FAILED
    assert not Event.objects.exists()
