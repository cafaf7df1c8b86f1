"""What an operator does with failed jobs. The verbs live here because jobs is the earlier room and knows no actors."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import events
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.jobs import queue

MANAGE = "jobs.manage"
AT_ONCE = 200


@operation("jobs.rerun")
def rerun_job(act: Act, *, job_id: UUID) -> None:
    """Give a failed or abandoned job all its attempts again. Raises Conflict when it is not one any more."""
    act.require(MANAGE)
    if not queue.run_again(job_id):
        raise Conflict(_("这个后台任务已不在失败状态，或已有相同的任务在执行"))
    act.emit(events.JOB_RERUN, subject=("job", job_id))


@operation("jobs.rerun_all")
def rerun_jobs(act: Act, *, kind: str) -> int:
    """Give up to AT_ONCE failed jobs of a kind all their attempts again: after an outage there are many. How many.

    Raises Conflict when none is failed any more.
    """
    act.require(MANAGE)
    again = queue.run_all_again(kind, most=AT_ONCE)
    if not again:
        raise Conflict(_("这一类后台任务已没有失败的，或已有相同的任务在执行"))
    act.emit(events.JOBS_RERUN, subject=("job", again[0]), body={"kind": kind, "jobs": again})
    return len(again)


@operation("jobs.abandon")
def abandon_job(act: Act, *, job_id: UUID) -> None:
    """Lay a failed job aside for good. Raises Conflict when it is not failed."""
    act.require(MANAGE)
    if not queue.abandon(job_id):
        raise Conflict(_("这个后台任务已不在失败状态"))
    act.emit(events.JOB_ABANDONED, subject=("job", job_id))
