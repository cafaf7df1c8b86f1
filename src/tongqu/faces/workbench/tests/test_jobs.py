"""The page of background work: what failed and why, trying again, laying aside, and whether anything goes on at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils.translation import override

from tests.rig.queries import Visit
from tongqu.faces.workbench import job_words
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.actor import Actor
from tongqu.kernel.acts.models import Event
from tongqu.kernel.acts.operations import AT_ONCE
from tongqu.kernel.acts.rows import default_tenant
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.operations import grant_role
from tongqu.kernel.jobs import moments, registry
from tongqu.kernel.jobs.models import Job, Schedule, State
from tongqu.kernel.jobs.registry import job
from tongqu.kernel.jobs.worker import run_pending

WHERE = "/desk/jobs"
pytestmark = pytest.mark.django_db
SCHEDULES = registry.all_schedules()
cured: list[int] = []


@job("test.deliver", attempts=1)
def deliver(*, number: int) -> None:
    if number not in cured:
        raise ConnectionError("平台没有回应 13800000000")


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    cured.clear()
    monkeypatch.setattr(registry, "_schedules", {"law.sweep": SCHEDULES["law.sweep"]})


def signed_in(role: str) -> Client:
    account = Account.objects.create(username=f"t-{role}", name="管理员", kind="staff", password=make_password(None))
    grant_role(Actor.system(default_tenant()), account_id=account.id, role=role)
    client = Client()
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def admin() -> Client:
    return signed_in("system_admin")


def failed(*numbers: int) -> list[UUID]:
    ids = deliver.enqueue_many({"number": n} for n in numbers)
    run_pending()
    assert Job.objects.filter(id__in=ids, state=State.FAILED).count() == len(numbers)
    return ids


def body(response: Any) -> str:
    assert response.status_code == 200
    return str(response.content.decode())


def settle(client: Client, what: str, **given: object) -> Any:
    return client.post(f"{WHERE}/settle", {"_do": what, "_key": uuid7().hex, **given}, follow=True)


def test_nothing_failed_and_nobody_works(admin: Client, visit: Visit) -> None:
    admin.get(WHERE)
    page = body(visit(admin, WHERE))
    assert "没有失败的任务" in page and "没有后台程序在运行" in page and "./tq worker" in page
    Schedule.objects.create(name="law.sweep", lease_until=moments.real() + timedelta(minutes=1))
    page = body(admin.get(WHERE))
    assert "没有后台程序在运行" not in page and "处理到期的期限" in page and "每5秒" in page
    Schedule.objects.update(lease_until=moments.real() - timedelta(seconds=1), failures=3)
    page = body(admin.get(WHERE))
    assert "没有后台程序在运行" in page and "连续失败3次" in page


def test_what_failed_is_told_without_anybodys_number(admin: Client) -> None:
    failed(1)
    page = body(admin.get(WHERE))
    assert "ConnectionError" in page and "number 1" in page and "执行了1次" in page
    assert "13800000000" not in page


def test_one_is_run_again_and_a_second_press_does_no_harm(admin: Client) -> None:
    (job_id,) = failed(1)
    cured.append(1)
    key = uuid7().hex
    for _press in range(2):
        page = body(settle(admin, "rerun", job=job_id, _key=key))
        assert "任务已重新排队" in page
    run_pending()
    assert Job.objects.get(id=job_id).state == State.DONE
    assert Event.objects.filter(kind="jobs.rerun").count() == 1
    late = settle(admin, "rerun", job=job_id)
    assert late.status_code == 409 and "已不在失败状态" in late.content.decode()


def test_after_an_outage_all_of_a_kind_are_run_again(admin: Client) -> None:
    failed(1, 2, 3)
    assert "这一类都重新执行" in body(admin.get(WHERE))
    cured.extend([1, 2, 3])
    assert "已重新排队3个任务" in body(settle(admin, "rerun_all", kind="test.deliver"))
    run_pending()
    assert not Job.objects.exclude(state=State.DONE).exists()
    event = Event.objects.get(kind="jobs.rerun_all")
    assert event.body["kind"] == "test.deliver" and len(event.body["jobs"]) == 3 <= AT_ONCE
    assert settle(admin, "rerun_all", kind="test.deliver").status_code == 409


def test_one_is_laid_aside(admin: Client) -> None:
    (job_id,) = failed(1)
    assert "没有失败的任务" in body(settle(admin, "abandon", job=job_id))
    assert Job.objects.get(id=job_id).state == State.ABANDONED


@pytest.mark.parametrize(
    "given", [{}, {"_do": "rerun"}, {"_do": "rerun", "job": "一"}, {"_do": "drop", "job": uuid7()}]
)
def test_nonsense_is_refused(admin: Client, given: dict[str, object]) -> None:
    assert admin.post(f"{WHERE}/settle", {"_key": uuid7().hex, **given}).status_code == 422
    assert admin.get(WHERE, {"before": "一"}).status_code == 422
    assert admin.get(f"{WHERE}/settle").status_code == 405


def test_a_long_list_is_read_page_by_page(admin: Client) -> None:
    failed(*range(53))
    first = body(admin.get(WHERE))
    assert first.count("number ") == 50
    oldest_shown = Job.objects.order_by("-id")[49].id
    assert f"before={oldest_shown}" in first
    assert body(admin.get(WHERE, {"before": oldest_shown})).count("number ") == 3


def test_it_is_the_system_administrators_alone() -> None:
    (job_id,) = failed(1)
    auditor = signed_in("audit_admin")
    assert auditor.get(WHERE).status_code == 403
    assert settle(auditor, "rerun", job=job_id).status_code == 403
    assert Client().get(WHERE).status_code == 302
    assert Job.objects.get(id=job_id).state == State.FAILED


def test_whatever_the_platform_does_in_the_background_has_a_name_in_each_language() -> None:
    ours = {name for name in {*registry._jobs, *SCHEDULES} if not name.startswith(("test.", "kill."))}
    assert ours and ours == set(job_words.NAMES)
    for language in ("zh-hans", "en", "zh-hant"):
        with override(language):
            names = [job_words.name(kind) for kind in ours]
        assert len(set(names)) == len(names) and not ours & set(names)
