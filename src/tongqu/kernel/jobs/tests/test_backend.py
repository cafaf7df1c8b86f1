"""The Django Tasks interface on the job table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks import TaskContext, TaskResultStatus, default_task_backend, task
from django_tasks.exceptions import TaskResultDoesNotExist

from tongqu.kernel.jobs import registry
from tongqu.kernel.jobs.models import Job
from tongqu.kernel.jobs.worker import run_pending

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_schedules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_schedules", {})


@task()
def add(a: int, b: int) -> int:
    return a + b


@task(takes_context=True)
def which_attempt(context: TaskContext) -> int:
    return context.attempt


@task()
def breaks(word: str) -> None:
    raise ValueError(f"'{word}'")


@task()
async def later(word: str) -> str:
    return word * 2


def test_a_task_runs_and_its_value_is_kept() -> None:
    result = add.enqueue(1, b=2)
    assert result.status == TaskResultStatus.READY
    with pytest.raises(ValueError, match="finished"):
        _ = result.return_value
    run_pending()
    result.refresh()
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, 3, 1)
    assert add.get_result(result.id).return_value == 3
    assert result.started_at and result.finished_at and result.enqueued_at


def test_context_and_coroutines() -> None:
    first, second = which_attempt.enqueue(), later.enqueue("ab")
    run_pending()
    assert which_attempt.get_result(first.id).return_value == 1
    assert later.get_result(second.id).return_value == "abab"


def test_a_failed_task_says_what_class_and_not_what_value() -> None:
    result = breaks.enqueue("张三")
    for hour in range(5):
        run_pending(until=timezone.now() + timedelta(hours=2 * hour + 1))
    result.refresh()
    assert (result.status, result.attempts) == (TaskResultStatus.FAILED, 5)
    assert result.errors[0].exception_class is ValueError
    assert "张三" not in result.errors[0].traceback


def test_priority_and_defer() -> None:
    add.enqueue(1, 1)
    high = add.using(priority=10).enqueue(2, 2)
    late = add.using(run_after=timezone.now() + timedelta(days=1)).enqueue(3, 3)
    assert run_pending(limit=1) == 1
    high.refresh()
    assert high.is_finished
    run_pending()
    late.refresh()
    assert not late.is_finished


def test_an_unknown_result_and_a_name_that_is_no_task() -> None:
    with pytest.raises(TaskResultDoesNotExist):
        default_task_backend.get_result("not-an-id")
    result = add.enqueue(1, 1)
    Job.objects.update(kind="task:os.getcwd")
    run_pending()
    row = Job.objects.get(id=result.id)
    assert row.error_class == "builtins.TypeError"
