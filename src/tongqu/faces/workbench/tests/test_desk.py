"""The desk: what a clerk sees and does, through the browser's requests."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.law.models import Clock

pytestmark = pytest.mark.django_db


def signed_in(world: World, who: str) -> Client:
    from tongqu.kernel.identity.models import Account

    client = Client()
    client.force_login(
        Account.objects.get(id=world.staff[who].account_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def clerk(world: World) -> Client:
    return signed_in(world, "clerk")


def body(response: Any) -> str:
    return str(response.content.decode())


def test_a_phone_number_is_masked_until_one_says_why_and_is_then_logged(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    page = clerk.get(f"/desk/cases/{case_id}")
    assert page.status_code == 200
    assert "19900000001" not in body(page) and "199****0001" in body(page)
    asked = clerk.get(f"/desk/cases/{case_id}/reveal/contact_phone")
    assert "19900000001" not in body(asked)
    shown = clerk.post(f"/desk/cases/{case_id}/reveal/contact_phone")
    assert "19900000001" in body(shown)
    assert ReadLog.objects.filter(purpose="reveal:contact_phone", subject_id=case_id).count() == 1
    assert clerk.post(f"/desk/cases/{case_id}/reveal/no_such_field").status_code == 404


def test_the_desk_is_empty_for_another_department(world: World) -> None:
    case_id = world.submitted()
    outsider = signed_in(world, "outsider")
    assert "秋实小馆" not in body(outsider.get("/desk"))
    assert outsider.get(f"/desk/cases/{case_id}").status_code == 404
    assert outsider.post(f"/desk/cases/{case_id}/reveal/contact_phone").status_code == 404
    assert outsider.get(f"/desk/cases/{case_id}/do/accept").status_code == 404


def test_what_cannot_be_done_says_why_with_its_rule(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    world.act("owner", case_id, "supply", inputs={"area": "90"})
    page = body(clerk.get(f"/desk/cases/{case_id}"))
    assert "不得再提出新的补正要求" in page and "/law/rules/L1" in page


def test_who_extends_a_period_reads_from_which_day_to_which(world: World) -> None:
    case_id = world.accepted()
    page = body(signed_in(world, "head").get(f"/desk/cases/{case_id}/do/extend"))
    before = Clock.objects.get(subject_id=case_id, name="decide").last_day
    assert Clock.objects.get(subject_id=case_id, name="decide").extensions == [], "looking extends nothing"
    world.act("head", case_id, "extend", inputs={"ground": "extend.complex", "reason": "需要核实经营场所"})
    after = Clock.objects.get(subject_id=case_id, name="decide").last_day
    assert after > before
    for day in (before, after):
        assert f"{day.year}年{day.month}月{day.day}日" in page
    assert "只能延长一次" in page
    assert signed_in(world, "head").get(f"/desk/cases/{case_id}/do/nothing-of-the-kind").status_code == 404


def test_the_second_of_two_clerks_gets_a_conflict_page(world: World, clerk: Client) -> None:
    case_id = world.submitted()
    second = signed_in(world, "clerk2")
    seen = second.get(f"/desk/cases/{case_id}/do/accept").context["view"].case.version
    key = _key_name(clerk, f"/desk/cases/{case_id}/do/accept")
    assert clerk.post(f"/desk/cases/{case_id}/do/accept", {key: "k" * 20, "_version": str(seen)}).status_code == 302
    late = second.post(f"/desk/cases/{case_id}/do/accept", {key: "q" * 20, "_version": str(seen)})
    assert late.status_code == 409 and "刷新" in body(late)


def _key_name(client: Client, url: str) -> str:
    from tongqu.kernel.ui import kept

    client.get(url)
    return str(kept.KEY)


def test_the_audit_administrator_sees_who_read_and_who_was_turned_away(world: World, clerk: Client) -> None:
    from tongqu.kernel.cases.tests.world import SYSTEM
    from tongqu.kernel.directory.models import Post
    from tongqu.kernel.directory.operations import appoint
    from tongqu.kernel.identity.models import Account

    case_id = world.submitted()
    outsider = signed_in(world, "outsider")
    outsider.get(f"/desk/cases/{case_id}")
    auditor = Account.objects.create(username="t-auditor", name="审计某", kind="staff")
    post = next(p for p in Post.objects.all() if "audit_admin" in p.roles)
    appoint(SYSTEM, account_id=auditor.id, post_id=post.id)
    client = Client()
    client.force_login(auditor, "allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/desk/audit?refused=1")
    assert page.status_code == 200 and "outsider某" in body(page) and str(case_id) in body(page)
    assert client.get("/desk/audit").status_code == 200
    assert client.get("/desk").headers["Location"] == "/desk/audit"
    assert clerk.get("/desk/audit").status_code == 403


def test_staff_without_cases_are_told_so_and_residents_have_no_desk(world: World) -> None:
    from tongqu.kernel.identity.models import Account

    admin = Account.objects.create(username="t-admin", name="管理某", kind="staff")
    client = Client()
    client.force_login(admin, "allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/desk")
    assert page.status_code == 200 and "您的岗位不经办事项" in body(page)
    client.force_login(
        Account.objects.get(id=world.owner.account_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get("/desk").status_code == 403


def test_the_case_shows_which_rule_of_a_table_fired_and_links_its_basis(world: World, clerk: Client) -> None:
    page = body(clerk.get(f"/desk/cases/{world.submitted()}"))
    assert page.count('class="is-fired"') == 1 and "这条规则命中" in page
    assert "要不要上门核查" in page
    assert 'href="/law/rules/L5"' in page.split("按规则表判断")[1]
    clerk.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    with translation.override("zh-hans"):  # whatever the page leaves in force
        english = body(clerk.get(f"/desk/cases/{world.submitted()}"))
    assert "Whether the premises are visited" in english and "this rule fired" in english
    assert "要不要上门核查" not in english
