"""The events of the queue: what people did with work that failed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tongqu.kernel.acts.kinds import declare

JOB_RERUN = declare("jobs.rerun", _("重新执行了失败的后台任务"))
JOBS_RERUN = declare("jobs.rerun_all", _("重新执行了一类失败的后台任务"))
JOB_ABANDONED = declare("jobs.abandoned", _("放弃了失败的后台任务"))
