"""What the pages of the walk ask of the database: the marks, lists that do not grow with their rows, and the baseline.

Caches that are filled once a process (definitions, rules) are warm: each page is asked for twice, the second counts.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.rig.queries import Visit, count_queries
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts import relay
from tongqu.kernel.cases.models import Case, CaseMaterial, Decision
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import PDF, World
from tongqu.kernel.identity.models import Account

pytestmark = pytest.mark.django_db

GUIDE = "/services/food-business-licence"
A_CASE = 12  # queries to file one: the case, its clock, its numbers, the event and what lists are served from
ITS_PAGE = 8  # queries of the page that tells a citizen everything about it


def signed_in(username: str) -> Client:
    client = Client()
    client.force_login(
        Account.objects.get(username=f"t-{username}"), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


@pytest.fixture
def owner(world: World) -> Client:  # noqa: F811
    return signed_in("owner")


def with_key(**fields: Any) -> dict[str, Any]:
    return {"_key": str(uuid7()), **fields}


def delivered(world: World) -> UUID:  # noqa: F811
    case_id = world.granted()
    world.act("system", case_id, "issue")
    world.act("system", case_id, "deliver", inputs={"mode": "electronic"})
    relay.drain()
    return case_id


# --- the marks -------------------------------------------------------------------------------------------------------


def test_filing_a_case(world: World, owner: Client, visit: Visit) -> None:  # noqa: F811
    for _ in range(2):
        case_id = world.draft()
        with count_queries() as count:
            world.act("owner", case_id, "submit", inputs={"declaration": ["yes"]}, key=str(uuid7()))
    assert count <= A_CASE, str(count)


@pytest.mark.parametrize("at", ["submitted", "asked", "accepted", "checked", "refused", "granted", "delivered"])
def test_the_page_of_ones_case(at: str, world: World, owner: Client, visit: Visit) -> None:  # noqa: F811
    if at == "asked":
        case_id = world.submitted()
        world.act("clerk", case_id, "request_supplement", inputs={"field__area": "请核对"})
    elif at == "refused":
        case_id = world.reviewed()
        world.act("head", case_id, "refuse", inputs={"ground": "refuse.conditions_not_met", "reason": "没有洗消设施"})
    else:
        case_id = delivered(world) if at == "delivered" else getattr(world, at)()
    relay.drain()
    owner.get(f"/my/cases/{case_id}")
    with count_queries() as count:
        visit(owner, f"/my/cases/{case_id}", label=at)
    assert count <= ITS_PAGE, str(count)


def test_lists_do_not_grow_with_their_rows(world: World, owner: Client) -> None:  # noqa: F811
    clerk, officer, anybody = signed_in("clerk"), signed_in("officer"), Client()
    lists = [
        (owner, "/"), (owner, "/my/cases"), (owner, "/my/licences"), (owner, "/my/notices"), (clerk, "/desk"),
        (clerk, "/desk?ended=1"), (officer, "/desk/checks"), (anybody, "/decisions"), (anybody, "/services"),
    ]  # fmt: skip
    delivered(world)
    assign(world)
    few = {path: ask(client, path) for client, path in lists}
    for _ in range(19):
        world.submitted()
    for _ in range(4):
        assign(world)
        delivered(world)
    many = {path: ask(client, path) for client, path in lists}
    grown = {path: f"{int(few[path])} → {many[path]}" for path in few if int(few[path]) != int(many[path])}
    assert not grown, "\n".join(f"{path}: {how}" for path, how in grown.items())


def assign(world: World) -> None:  # noqa: F811
    officers = [str(world.staff[n].account_id) for n in ("officer", "officer2")]
    world.act("reviewer", world.accepted(), "assign_check", inputs={"officers": officers})


def ask(client: Client, path: str) -> Any:
    assert client.get(path).status_code == 200, path
    with count_queries() as count:
        client.get(path)
    return count


# --- the baseline ----------------------------------------------------------------------------------------------------


def test_what_anybody_may_see(world: World, visit: Visit) -> None:  # noqa: F811
    case_id = delivered(world)
    anybody = Client()
    token = Decision.objects.get(case_id=case_id).licence_token
    for path, label in {
        "/": "visitor", "/search?q=spjyxk": "", "/services": "", GUIDE: "", f"{GUIDE}/triage": "question",
        f"{GUIDE}/triage?what=run_canteen": "outcome", "/decisions": "",
        f"/decisions/{Case.objects.get(id=case_id).case_no}": "", f"/v/{token}": "licence", "/law/rules": "",
        "/law/calendar": "", "/law/rules/L1": "", "/accessibility": "", "/account/login": "",
    }.items():  # fmt: skip
        anybody.get(path)
        visit(anybody, path, label=label)


def test_what_the_applicant_sees_and_sends(world: World, owner: Client, visit: Visit) -> None:  # noqa: F811
    case_id, draft = delivered(world), world.draft()
    page, mine = f"/my/cases/{case_id}", f"/my/cases/{draft}"
    material = CaseMaterial.objects.filter(case_id=case_id).values_list("id", flat=True)[0]
    licence = owner.get(page).context["view"].licence_document_id
    for path, label in {
        "/": "applicant", "/my/cases": "", "/my/licences": "", "/my/notices": "applicant", f"{mine}/form/place": "",
        f"{mine}/materials": "", f"{mine}/check": "", f"{mine}/drop": "", f"{page}/do/rate": "rate",
        f"{page}/files/{material}": "", f"{page}/papers/{licence}": "", f"{GUIDE}/triage?what=run_canteen": "applicant",
        "/account": "", "/acting-for": "", "/acting-for/agents": "",
    }.items():  # fmt: skip
        owner.get(path)
        visit(owner, path, label=label)

    answers = {"premises_same": "same", "area": "90", "online_trade": "no"}
    drawing = SimpleUploadedFile("补充.pdf", PDF + b"%more", "application/pdf")
    for path, data, label in [
        (f"{mine}/form/place", answers, ""),
        (f"{mine}/autosave", {**answers, "area": "91", "_page": "place"}, ""),
        (f"{mine}/materials", {"premises_plan": drawing}, "one file"),
        (f"{mine}/check", with_key(declaration="yes"), "submit"),
        (f"{mine}/do/withdraw", with_key(), "withdraw"),
        (f"{page}/do/rate", with_key(level="5"), "rate"),
    ]:
        visit(owner, path, data, method="post", label=label, status=200 if "autosave" in path else 302)


def test_what_the_staff_see_and_send(world: World, visit: Visit) -> None:  # noqa: F811
    clerk, reviewer, officer, head = (signed_in(name) for name in ("clerk", "reviewer", "officer", "head"))
    case_id = world.submitted()
    done = delivered(world)
    desk = f"/desk/cases/{case_id}"
    steps: list[tuple[Client, str, dict[str, Any]]] = [
        (clerk, "accept", {}),
        (reviewer, "assign_check", {"officers": [str(world.staff[n].account_id) for n in ("officer", "officer2")]}),
    ]
    pages = {"/desk": "", "/desk?ended=1": "ended", desk: "received", f"/desk/cases/{done}": "delivered"}
    for path, label in pages.items():
        clerk.get(path)
        visit(clerk, path, label=label)
    for client, action, data in steps:
        client.get(f"{desk}/do/{action}")
        visit(client, f"{desk}/do/{action}", label=action)
        visit(client, f"{desk}/do/{action}", with_key(**data), method="post", label=action, status=302)
    officer.get("/desk/checks")
    visit(officer, "/desk/checks")
    visit(officer, f"{desk}/do/record_check", label="record_check")
    world.record_check(case_id)
    visit(officer, f"{desk}/do/sign_check", with_key(), method="post", label="sign_check", status=302)
    world.act("officer2", case_id, "sign_check")
    opinion = {"recommendation": "grant", "reason": "符合条件"}
    visit(reviewer, f"{desk}/do/give_opinion", with_key(**opinion), method="post", label="give_opinion", status=302)
    visit(head, desk, label="reviewed")
    visit(head, f"{desk}/do/grant", label="grant")
    visit(head, f"{desk}/do/grant", with_key(), method="post", label="grant", status=302)
    material = CaseMaterial.objects.filter(case_id=case_id).values_list("id", flat=True)[0]
    visit(clerk, f"{desk}/files/{material}")


def test_another_supplement(world: World, owner: Client, visit: Visit) -> None:  # noqa: F811
    case_id, clerk = world.submitted(), signed_in("clerk")
    asking = f"/desk/cases/{case_id}/do/request_supplement"
    clerk.get(asking)
    visit(clerk, asking, label="request_supplement")
    visit(clerk, asking, with_key(field__area="请核对"), method="post", label="request_supplement", status=302)
    answering = f"/my/cases/{case_id}/do/supply"
    visit(owner, answering, label="supply")
    visit(owner, answering, with_key(area="90"), method="post", label="supply", status=302)
