"""The queue of a counter, the statement, the bridge's place in the policy, and whatever somebody sends to a filing."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.test import Client, override_settings

from tests.test_strange_members import SENT
from tongqu.domains.services.counter import filing as filings
from tongqu.domains.services.tests.test_counter import (
    ITEM,
    OWNER_ID,
    SHOP,
    file,
    opened,
    papers,
    screen,
    signed_in,
    typed,
)
from tongqu.foundation.uuid7 import uuid7
from tongqu.kernel.acts.errors import NotFound
from tongqu.kernel.acts.models import ReadLog
from tongqu.kernel.cases import operations as cases
from tongqu.kernel.cases.models import Case
from tongqu.kernel.cases.tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


@pytest.mark.parametrize("q", ["0302-001", "302001", "１", "1", "禾和", "明川禾和餐饮管理有限公司"])
def test_an_unfinished_filing_is_found_by_number_or_name(q: str, world: World) -> None:
    clerk = signed_in("clerk")
    opened(clerk)
    opened(clerk, id_no=OWNER_ID, name="陈立秋", credit_code=SHOP)
    page = clerk.get("/desk/counter", {"q": q}).content.decode()
    assert "0302-001" in page and "0302-002" not in page


@pytest.mark.parametrize("q", ["\u0000", "%", "'; --", "９" * 300, "没有的人"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(q: str, world: World) -> None:
    clerk = signed_in("clerk")
    opened(clerk)
    reply = clerk.get("/desk/counter", {"q": q})
    assert reply.status_code in {200, 400} and "0302-001" not in reply.content.decode()


def test_the_statement_shows_what_is_signed(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    clerk.post(screen(row), typed(world, row, "check", premises_plan=file()))
    page = clerk.get(f"{screen(row)}/statement").content.decode()
    for text in ("86.5", "19900000001", "图.pdf", "签名", row.queue_no):
        assert text in page


def test_reading_a_draft_at_the_counter_is_logged(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    clerk.get(screen(row))
    assert ReadLog.objects.filter(subject_id=row.case_id, purpose="counter", refused=False).exists()


def test_pages_may_talk_to_the_bridge_and_other_pages_may_not(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    for path in ("/desk/counter", screen(row), f"/desk/counter/new/{ITEM}"):
        assert "connect-src 'self' http://127.0.0.1:17655" in clerk.get(path)["Content-Security-Policy"]
    for path in ("/desk", "/services", "/desk/counter/daybook"):
        assert "17655" not in clerk.get(path)["Content-Security-Policy"]


@pytest.mark.parametrize(
    "url", ["http://evil.example:80", "https://127.0.0.1:1", "http://127.0.0.1", "x", "http://10.0.0.1:99999"]
)
def test_a_bridge_elsewhere_is_no_bridge(url: str, world: World) -> None:
    with override_settings(TQ_BRIDGE_URL=url):
        reply = signed_in("clerk").get("/desk/counter")
    assert "connect-src" not in reply["Content-Security-Policy"] and url not in reply.content.decode().replace("x", "")


def test_the_actors_verbs_are_needed_in_the_verbs_too(world: World) -> None:
    row = opened(signed_in("clerk"))
    for who in ("reviewer", "head", "outsider"):
        actor = filings.helper_of(world.staff[who], Case.objects.get(id=row.case_id))
        for verb in (lambda a: filings.take_over(a, filing_id=row.id), lambda a: filings.finish(a, filing_id=row.id)):
            with pytest.raises(NotFound):
                verb(actor)
        with pytest.raises(NotFound):
            cases.save_draft(actor, case_id=row.case_id, values={"area": "1"})
    stranger = filings.helper_of(world.stranger, Case.objects.get(id=row.case_id))
    assert stranger.on_behalf_of and UUID(str(row.case_id))


STRANGE = SENT | {
    "id_no": "9" * 5000, "name": "\x00\u202e", "credit_code": "\ud7ff" * 30, "firm_name": "x" * 3000, "c_code": "\x00",
    "reading": "[" * 3000, "questions": "\x00", "letter_until": "9999-99-99", "capacity": "\x00", "window": "\x00",
    "what": "x" * 500,
    "taker": "\x00", "note": "\ufffe", "c_how": "pad", "c_device": "\x00" * 200, "phone": "²", "id_kind": "\x00",
}  # fmt: skip


def test_whatever_is_sent_to_the_counter_is_answered(world: World) -> None:
    clerk = Client(raise_request_exception=False)
    clerk.force_login(
        signed_in("clerk").get("/desk/counter").wsgi_request.user, "allauth.account.auth_backends.AuthenticationBackend"
    )
    row = opened(signed_in("clerk"))
    paths = [
        f"/desk/counter/new/{ITEM}", "/desk/counter/shift",
        *(f"{screen(row)}{end}" for end in ("", "/autosave", "/files", "/take", "/code", "/originals")),
    ]  # fmt: skip
    for path in paths:
        for sent in (STRANGE, {}, {"_version": "0"}, {**STRANGE, "_do": "receive"}, {**STRANGE, "_do": "open"}):
            reply = clerk.post(path, {**sent, "_key": str(uuid7())})
            assert reply.status_code < 500, (path, reply.status_code)
    assert Case.objects.get(id=row.case_id).state == "draft"


def test_a_body_too_large_is_refused_before_it_is_read(world: World) -> None:
    row = opened(signed_in("clerk"))
    with override_settings(TQ_REQUEST_LIMIT=1000):
        reply = signed_in("clerk").post(screen(row), {**papers(), "filler": "x" * 5000})
    assert reply.status_code == 413


def test_a_pads_name_that_cannot_be_shown_is_refused(world: World) -> None:
    clerk = signed_in("clerk")
    row = opened(clerk)
    signed = {"declaration": file(), "c_how": "pad", "c_device": "PAD\x00"}
    answer = clerk.post(f"{screen(row)}/files", signed)
    assert answer.status_code == 422 and answer.json()["error"]
    assert "confirmed" not in Case.objects.get(id=row.case_id).help
