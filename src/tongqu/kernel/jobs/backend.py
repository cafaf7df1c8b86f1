"""The Django Tasks interface on the job table, for code that is written against it (`@task`, `enqueue`, `get_result`).

A task runs as an outside job: at least once, and again after a crash or an error up to OPTIONS["attempts"] (5).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued, task_finished, task_started
from django_tasks.utils import normalize_json

from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.jobs import moments, queue
from tongqu.kernel.jobs.models import Job, State
from tongqu.kernel.jobs.rules import Lane

PREFIX = "task:"

_STATUS = {
    State.READY: TaskResultStatus.READY,
    State.RUNNING: TaskResultStatus.RUNNING,
    State.DONE: TaskResultStatus.SUCCESSFUL,
    State.FAILED: TaskResultStatus.FAILED,
    State.ABANDONED: TaskResultStatus.FAILED,
}


class TableBackend(BaseTaskBackend):
    """Settings: TASKS = {"default": {"BACKEND": "tongqu.kernel.jobs.backend.TableBackend"}}."""

    supports_defer = True
    supports_get_result = True
    supports_priority = True
    supports_async_task = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Write the task in the caller's transaction."""
        self.validate_task(task)
        row_id = uuid7()
        row = queue.put_row(
            Job(
                id=row_id,
                message_id=row_id,
                kind=PREFIX + task.module_path,
                queue=task.queue_name,
                args={"backend": self.alias, "args": normalize_json(args), "kwargs": normalize_json(kwargs)},
                priority=task.priority,
                run_after=task.run_after or moments.business(),
                max_attempts=int(self.options.get("attempts", 5)),
                lease_seconds=int(self.options.get("lease_seconds", 60)),
                lane=Lane.CALLING.value,
            )
        )
        result = _result(row, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """One query. Raises TaskResultDoesNotExist."""
        try:
            row = Job.objects.get(id=UUID(str(result_id)), kind__startswith=PREFIX)
        except (Job.DoesNotExist, ValueError):
            raise TaskResultDoesNotExist(result_id) from None
        return _result(row, _task_of(row))


def is_task(row: Job) -> bool:
    return row.kind.startswith(PREFIX)


def call(row: Job) -> Any:
    """Run the task of this row and return its value as JSON."""
    task = _task_of(row)
    result = _result(row, task)
    sender = type(task.get_backend())
    task_started.send(sender, task_result=result)
    context = [TaskContext(task_result=result)] if task.takes_context else []
    try:
        value = normalize_json(task.call(*context, *result.args, **result.kwargs))
    except Exception as error:
        if row.attempts >= row.max_attempts:
            object.__setattr__(result, "status", TaskResultStatus.FAILED)
            result.errors.append(_error(*queue.describe(error)))
            task_finished.send(sender, task_result=result)
        raise
    object.__setattr__(result, "status", TaskResultStatus.SUCCESSFUL)
    object.__setattr__(result, "_return_value", value)
    task_finished.send(sender, task_result=result)
    return value


def _task_of(row: Job) -> Task[Any, Any]:
    """The task that the row names, as it was asked for. Raises TypeError when the name is not a task's."""
    task = import_string(row.kind.removeprefix(PREFIX))
    if not isinstance(task, Task):
        raise TypeError(f"{row.kind} is not a task")
    return task.using(priority=row.priority, queue_name=row.queue, run_after=row.run_after, backend=row.args["backend"])


def _result(row: Job, task: Task[Any, Any]) -> TaskResult[Any]:
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(row.id),
        status=_STATUS[State(row.state)],
        enqueued_at=row.created_at,
        started_at=row.first_started_at,
        finished_at=row.finished_at,
        last_attempted_at=row.started_at,
        args=row.args["args"],
        kwargs=row.args["kwargs"],
        backend=row.args["backend"],
        errors=[_error(row.error_class, row.error_message, row.error_where)] if row.error_class else [],
        worker_ids=list(row.workers),
    )
    object.__setattr__(result, "_return_value", row.answer)
    return result


def _error(kind: str, message: str, where: str) -> TaskError:
    """The traceback is its last place and the redacted message: values of the frames may be personal."""
    return TaskError(exception_class_path=kind, traceback=f"{where}: {message}")
