"""Background work, for whoever looks after the platform: whether it goes on, what failed and why, and trying again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tongqu.faces.workbench import job_words
from tongqu.kernel.acts.actor import PASSWORD
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.acts.operations import AT_ONCE, MANAGE, abandon_job, rerun_job, rerun_jobs
from tongqu.kernel.jobs import queries, registry
from tongqu.kernel.jobs.models import Job, Schedule
from tongqu.kernel.ui.pages import flash, idempotency_key, page
from tongqu.kernel.ui.templatetags.ui import moment, render_tag

SIZE = 50


@page(MANAGE, login=PASSWORD)
def overview(request: HttpRequest) -> HttpResponse:
    """How the queue stands, what failed, the schedules. Five queries, whatever their number."""
    failed = queries.failed_jobs(before=_cursor(request), size=SIZE + 1)
    state, known = queries.queue_state(), queries.schedules()
    more = failed[SIZE - 1] if len(failed) > SIZE else None
    context = {
        "works": queries.somebody_works(known),
        "facts": _facts(state),
        "kinds": [
            {"kind": kind, "name": job_words.name(kind), "count": count}
            for kind, count in queries.failed_by_kind().items()
            if count > 1
        ],
        "at_once": AT_ONCE,
        "failed": [_failed(row) for row in failed[:SIZE]],
        "page": SimpleNamespace(next=str(more.id) if more else ""),
        "columns": [{"label": one} for one in (_("名称"), _("多久一次"), _("上次完成"), _("情况"))],
        "rows": list(_schedules(known)),
    }
    return render(request, "workbench/jobs.html", context)


@require_POST
@page(MANAGE, login=PASSWORD)
def settle(request: HttpRequest) -> HttpResponse:
    """Run again, or lay aside, one failed job; or run again those of a kind."""
    actor, key = request.actor, idempotency_key(request)  # type: ignore[attr-defined]
    what, given = request.POST.get("_do", ""), request.POST.get("job", "")
    if what == "rerun_all":
        count = rerun_jobs(actor, key=key, kind=request.POST.get("kind", "")[:200])
        done = ngettext("已重新排队%(count)d个任务", "已重新排队%(count)d个任务", count) % {"count": count}
    elif what == "rerun":
        rerun_job(actor, key=key, job_id=_id(given))
        done = _("任务已重新排队")
    elif what == "abandon":
        abandon_job(actor, key=key, job_id=_id(given))
        done = _("任务已放弃，不再执行")
    else:
        raise Invalid(_("没有这样的操作"))
    flash(request, done)
    return redirect("workbench:jobs")


def _cursor(request: HttpRequest) -> UUID | None:
    given = request.GET.get("before", "")
    return _id(given) if given else None


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid(_("没有这个后台任务")) from None


def _facts(state: queries.QueueState) -> list[dict[str, Any]]:
    waits = _("最早的从%(since)s等到现在") % {"since": moment(state.oldest_due)} if state.oldest_due else ""
    return [
        {"label": _("等待执行"), "value": str(state.counts.get("ready", 0)), "note": waits},
        {"label": _("正在执行"), "value": str(state.counts.get("running", 0))},
        {"label": _("执行失败"), "value": str(state.counts.get("failed", 0))},
    ]


def _failed(row: Job) -> dict[str, Any]:
    return {
        "id": row.id, "name": job_words.name(row.kind), "kind": row.kind, "asked_at": row.created_at,
        "failed_at": row.finished_at, "attempts": row.attempts, "error": row.error_class.rpartition(".")[2],
        "message": row.error_message, "where": row.error_where,
        "about": [f"{name} {value}" for name, value in sorted(row.args.items())],
    }  # fmt: skip


def _schedules(known: Sequence[Schedule]) -> Iterable[dict[str, Any]]:
    rows = {row.name: row for row in known}
    for name, declared in sorted(registry.all_schedules().items()):
        row = rows.get(name)
        done = row.last_finished_at if row is not None else None
        if row is not None and row.failures:
            how = render_tag(_("连续失败%(count)d次") % {"count": row.failures}, "danger")
        else:
            how = render_tag(_("正常"), "success") if done else render_tag(_("还没有执行过"), "")
        last = moment(done) if done else "—"
        yield {"cells": [job_words.name(name), job_words.how_often(declared), last, how]}
