"""The page of messages for staff: one's own, unread first, marked as read by opening or by a button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tests.rig.queries import Visit
from tongqu.faces.workbench.tests.test_desk import signed_in
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import clock as clocks
from tongqu.kernel.acts import relay
from tongqu.kernel.cases.models import Case, SupervisionCard
from tongqu.kernel.cases.tests.world import SYSTEM, World
from tongqu.kernel.identity.models import Account
from tongqu.kernel.law import misses
from tongqu.kernel.law.models import Clock
from tongqu.kernel.notices import operations
from tongqu.kernel.notices.models import Notice

WHERE = "/desk/messages"
pytestmark = pytest.mark.django_db


def body(response: Any) -> str:
    return str(response.content.decode())


def overdue(world: World) -> UUID:
    """A case that nobody has taken, its decision owed since yesterday, and the head told of it."""
    case_id = world.reviewed()
    with clocks.at(Clock.objects.get(subject_id=case_id, name="decide").due_at + timedelta(hours=9)):
        misses.sweep()
        relay.drain()
    return case_id


def unread(world: World) -> int:
    return Notice.objects.filter(account_id=world.staff["head"].account_id, read_at=None).count()


def test_an_empty_box_says_what_will_come(world: World) -> None:
    page = body(signed_in(world, "clerk").get(WHERE))
    assert "还没有消息" in page and "黄牌" in page and "/desk/supervision" in page and "全部标为已读" not in page


def test_reading_a_message_leads_to_the_case(world: World, visit: Visit) -> None:
    case_id = overdue(world)
    case = Case.objects.get(id=case_id)
    head = signed_in(world, "head")
    menu = '<span class="count">1</span>'
    assert menu in body(head.get("/desk?all=1"))
    page = body(visit(head, WHERE))
    assert "红牌：作出决定已经超期" in page and str(case.case_no) in page and "未读" in page and menu in page
    assert case.applicant_name not in page
    message = Notice.objects.get(template="card_red")
    opened = visit(head, f"{WHERE}/{message.id}", status=302, label="first reading")
    assert opened.url == f"/desk/cases/{case_id}" and unread(world) == 0
    assert visit(head, f"{WHERE}/{message.id}", status=302, label="again").url == opened.url
    page = body(head.get(WHERE))
    assert "没有未读消息" in page and "标为已读" not in page and menu not in page and "红牌：" in page


def test_the_card_stands_on_the_case_for_whoever_has_it_now(world: World) -> None:
    case_id = overdue(world)
    card = SupervisionCard.objects.get(case_id=case_id, clock_name="decide")
    page = body(signed_in(world, "reviewer").get(f"/desk/cases/{case_id}"))
    assert f"/desk/supervision/{card.id}" in page and "红牌" in page
    with clocks.at(card.due_at + timedelta(days=1)):
        world.act("head", case_id, "grant")
        relay.drain()
    page = body(signed_in(world, "reviewer").get(f"/desk/cases/{case_id}"))
    assert f"/desk/supervision/{card.id}" not in page


def test_marking_one_and_all_as_read_and_coming_back_to_the_same_page(world: World) -> None:
    told = [_told(world) for _ in range(25)]
    head = signed_in(world, "head")
    first = head.get(WHERE)
    after = first.context["page"].next
    assert after and len(first.context["page"].rows) == 20
    second = head.get(WHERE, {"after": after})
    assert [row.id for row in second.context["page"].rows] == list(reversed(told[:5]))
    back = head.post(f"{WHERE}/read", {"id": str(told[0]), "after": after})
    assert back.status_code == 302 and "after=" in back.url and unread(world) == 24  # type: ignore[attr-defined]
    assert head.get(back.url).status_code == 200  # type: ignore[attr-defined]
    assert head.get(WHERE).context["page"].rows[0].id == told[24]
    assert head.post(f"{WHERE}/read").status_code == 302 and unread(world) == 0
    assert "已全部标为已读" in body(head.get(WHERE))


def test_nobody_reads_or_marks_anothers(world: World) -> None:
    (message,) = [_told(world)]
    other = signed_in(world, "reviewer")
    assert str(message) not in body(other.get(WHERE))
    assert other.get(f"{WHERE}/{message}").status_code == 404
    for wrong in (str(message), "nonsense", str(uuid7())):
        assert other.post(f"{WHERE}/read", {"id": wrong}).status_code == 404
    other.post(f"{WHERE}/read")
    assert unread(world) == 1
    head = signed_in(world, "head")
    assert head.get(f"{WHERE}/read").status_code == 405 and head.post(WHERE).status_code == 405
    assert head.get(WHERE, {"after": "nonsense"}).status_code == 422


def test_it_is_for_staff(world: World) -> None:
    message = _told(world)
    citizen = Client()
    citizen.force_login(
        Account.objects.get(id=world.owner.account_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    for answer in (
        citizen.get(WHERE), citizen.get(f"{WHERE}/{message}"), citizen.post(f"{WHERE}/read", {"id": str(message)})
    ):  # fmt: skip
        assert answer.status_code == 403
    for guest in (Client().get(WHERE), Client().get(f"{WHERE}/{message}"), Client().post(f"{WHERE}/read")):
        assert guest.status_code == 302 and "/account/login" in guest.url  # type: ignore[attr-defined]
    assert unread(world) == 1


def _told(world: World) -> UUID:
    (made,) = operations.tell_staff(
        SYSTEM, account_ids=[world.staff["head"].account_id], template="case_received", subject=("case", uuid7()),
        params={"case_no": "1", "item": "食品经营许可（新办）"}, url="/desk",
    )  # fmt: skip
    return UUID(str(made))
