"""Errors as pages and as problem details; input kept over a lost session; the CSRF page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as conf
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.db import OperationalError
from django.test import Client, RequestFactory

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD, Actor, Grant
from tongqu.kernel.acts.errors import Invalid
from tongqu.kernel.ui import kept, pages
from tongqu.kernel.ui.tests import urls

TENANT = uuid4()
ANYONE = Actor(tenant_id=TENANT)
PERSON = Actor(tenant_id=TENANT, kind="person", account_id=uuid4(), login_strength=PASSWORD)
OTHER = replace(PERSON, account_id=uuid4())


def ask(method="get", path="/members", actor=ANYONE, session=None, **data):
    """A request as the middleware hands it over, with the actor we like."""
    request = getattr(RequestFactory(), method)(path, data)
    request.session = SessionStore() if session is None else session
    request.actor, request.user = actor, AnonymousUser()
    request._messages = CookieStorage(request)
    return request


def text(response):
    return response.content.decode()


# --- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("conflict", 409, "内容已被他人更改"),
        ("refused", 409, "按规定不能进行这一操作"),
        ("missing", 404, "找不到这一内容"),
        ("forbidden", 403, "您没有权限进行这一操作"),
        ("invalid", 422, "请填写面积"),
        ("unavailable", 503, "服务暂时不可用"),
    ],
)
def test_each_error_has_its_page(client, kind, status, words):
    answer = client.get(f"/wrong/{kind}")
    assert answer.status_code == status
    assert words in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_refusal_leads_to_its_rule(client):
    page = text(client.get("/wrong/refused"))
    assert 'href="/law/rules/L7"' in page and "行政许可法-2019" in page


def test_a_conflict_gives_back_what_was_typed_and_says_nothing_changed(client):
    page = text(client.post("/wrong/conflict", {"opinion": "<b>同意</b>", "_key": "k" * 12, "password": "hunter2"}))
    assert "&lt;b&gt;同意&lt;/b&gt;" in page
    assert "没有生效" in page
    assert "hunter2" not in page and "k" * 12 not in page


def test_invalid_on_post_draws_the_same_form(client):
    answer = client.post("/form", {"name": "x"})
    assert (answer.status_code, text(answer)) == (422, "again 请填写名称 x")


def test_django_errors_have_our_pages(client):
    assert "找不到这个页面" in text(client.get("/nowhere"))
    client.raise_request_exception = False
    crashed = client.get("/crash")
    assert crashed.status_code == 500
    assert "系统出错了" in text(crashed) and "a secret detail" not in text(crashed)


def test_a_crash_is_told_although_the_page_for_it_cannot_be_drawn(client, monkeypatch):
    def gone(*_args, **_more):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("tongqu.kernel.ui.pages.back", gone)
    client.raise_request_exception = False
    crashed = client.get("/crash")
    assert crashed.status_code == 500
    assert "系统出错了" in text(crashed) and "编号" in text(crashed) and "gone" not in text(crashed)


def test_error_pages_keep_the_language(client):
    client.cookies["django_language"] = "en"
    assert '<html lang="en"' in text(client.get("/nowhere"))


def test_the_way_back_is_ours(client):
    page = text(client.get("/nowhere", headers={"Referer": "https://evil.example/x"}))
    assert "evil.example" not in page
    page = text(client.get("/nowhere", headers={"Referer": "http://testserver/services"}))
    assert "http://testserver/services" in page


# --- problem details -------------------------------------------------------------------------------------------------


def test_api_errors_are_problem_details(client):
    answer = client.get("/api/invalid", headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert body["code"] == "invalid" and body["status"] == 422 and body["instance"] == "/api/invalid"
    assert body["errors"] == [{"field": "area", "message": "请填写面积"}]
    assert json.loads(client.get("/api/refused").content)["rule"] == "L7@行政许可法-2019"


def test_api_answers_of_django_are_problem_details_too(client):
    client.raise_request_exception = False
    for url, status, code in [("/api/no/where", 404, "not-found"), ("/api/crash", 500, "unavailable")]:
        answer = client.get(url)
        assert answer.status_code == status
        assert json.loads(answer.content)["code"] == code
        assert b"secret" not in answer.content


def test_a_script_gets_json_not_a_redirect():
    request = RequestFactory().post("/members", {"a": "b"}, headers={"Accept": "application/json"})
    request.actor = ANYONE
    assert urls.members(request).status_code == 401


# --- who may see a page --------------------------------------------------------------------------------------------


def test_admission_by_right_and_login_strength():
    @pages.page("cases.accept")
    def accept(request):
        return pages.HttpResponse("in")

    assert accept(ask()).status_code == 302
    assert accept(ask(actor=PERSON)).status_code == 403
    clerk = replace(PERSON, kind="staff", grants=(Grant("cases.*", unit_id=uuid4()),))
    assert accept(ask(actor=clerk)).status_code == 200
    assert accept(ask(actor=Actor.system(TENANT))).status_code == 200


def test_a_stronger_login_is_asked_for_and_the_input_kept(monkeypatch):
    monkeypatch.setattr(pages, "STRONGER_LOGIN", "account_login")

    @pages.page(login=PASSWORD + 1)
    def strong(request):
        return pages.HttpResponse("in")

    session = SessionStore(session_key="a-fresh-session")
    answer = strong(ask("post", "/strong", PERSON, session, name="周记"))
    assert answer.status_code == 302 and answer.headers["Location"] == "/account/login?next=%2Fstrong"
    assert kept.take(ask(path="/strong", actor=PERSON, session=session))["name"] == "周记"


# --- input kept ------------------------------------------------------------------------------------------------------


def lose_session(path="/members", owner=PERSON, **data):
    """Post a form drawn for `owner` after the session has ended; returns the new session."""
    session = SessionStore(session_key="a-fresh-session")
    drawn = {"_owner": kept.owner_tag(ask(actor=owner)), "_key": "0192-abcd-0192", **data}
    view = urls.members if path == "/members" else urls.restoring
    answer = view(ask("post", path, ANYONE, session, **drawn))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/account/login?next=")
    return session


def test_after_login_the_visitor_sees_the_input_and_can_send_it():
    session = lose_session(name="周记<小面馆>")
    page = text(urls.members(ask(actor=PERSON, session=session)))
    assert "周记&lt;小面馆&gt;" in page
    assert 'name="_key" value="0192-abcd-0192"' in page
    sent = urls.members(ask("post", actor=PERSON, session=session, _key="0192-abcd-0192"))
    assert text(sent) == "members 0192-abcd-0192"
    assert text(urls.members(ask(actor=PERSON, session=session))).startswith("members")


def test_a_view_may_fill_its_own_form():
    session = lose_session("/restoring", name="周记")
    assert text(urls.restoring(ask(path="/restoring", actor=PERSON, session=session))) == "restored 周记"


def test_the_next_person_at_this_computer_does_not_see_it():
    session = lose_session(name="周记")
    assert text(urls.members(ask(actor=OTHER, session=session))).startswith("members")
    assert kept.take(ask(actor=PERSON, session=session)) is None


def test_kept_input_is_for_its_own_address_and_half_an_hour():
    session = lose_session(name="周记")
    assert kept.take(ask(path="/elsewhere", actor=PERSON, session=session)) is None
    with clock.at(clock.now() + timedelta(minutes=31)):
        assert kept.take(ask(actor=PERSON, session=session)) is None


def test_secrets_and_great_heaps_are_not_kept():
    assert not kept.keep(ask("post", password="hunter2", name="x"))
    assert not kept.keep(ask("post", name="x" * (kept.MOST + 1)))
    assert not kept.keep(ask("post"))


# --- idempotency keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "short", "<script>alert(1)</script>", "x" * 65, "键键键键键键键键键"])
def test_a_bad_key_is_refused(key):
    with pytest.raises(Invalid):
        pages.idempotency_key(ask("post", _key=key))


def test_a_good_key_is_read():
    assert pages.idempotency_key(ask("post", _key="01939f3c-0000-7000-8000-000000000001")).startswith("01939f3c")


# --- CSRF ------------------------------------------------------------------------------------------------------------


@pytest.fixture()
def strict():
    return Client(enforce_csrf_checks=True)


def test_an_old_token_from_our_own_page_loses_nothing(strict):
    answer = strict.post("/form", {"name": "周记", "_key": "0192-abcd-0192"}, headers={"Origin": "http://testserver"})
    page = text(answer)
    assert answer.status_code == 403
    assert 'name="name" value="周记"' in page and 'name="_key" value="0192-abcd-0192"' in page
    assert "csrfmiddlewaretoken" in page


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {}])
def test_a_strangers_form_is_not_offered_again(strict, headers):
    page = text(strict.post("/form", {"name": "害人的内容"}, headers=headers))
    assert "害人的内容" not in page


def test_passwords_are_not_offered_again(strict):
    page = text(strict.post("/form", {"name": "a", "password": "hunter2"}, headers={"Origin": "http://testserver"}))
    assert "hunter2" not in page and 'name="name"' not in page


def test_messages_travel_without_a_session():
    assert conf.MESSAGE_STORAGE.endswith("CookieStorage")
