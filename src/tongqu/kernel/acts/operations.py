"""What an operator does with failed jobs. The verbs live here because jobs is the earlier room and knows no actors."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts import events
from tongqu.kernel.acts.errors import Conflict
from tongqu.kernel.acts.operation import Act, operation
from tongqu.kernel.jobs import queue

MANAGE = "jobs.manage"


@operation("jobs.rerun")
def rerun_job(act: Act, *, job_id: UUID) -> None:
    """Give a failed or abandoned job all its attempts again. Raises Conflict when it is not one any more."""
    act.require(MANAGE)
    if not queue.run_again(job_id):
        raise Conflict(_("这个后台任务已不在失败状态，或已有相同的任务在执行"))
    act.emit(events.JOB_RERUN, subject=("job", job_id))


@operation("jobs.abandon")
def abandon_job(act: Act, *, job_id: UUID) -> None:
    """Lay a failed job aside for good. Raises Conflict when it is not failed."""
    act.require(MANAGE)
    if not queue.abandon(job_id):
        raise Conflict(_("这个后台任务已不在失败状态"))
    act.emit(events.JOB_ABANDONED, subject=("job", job_id))
