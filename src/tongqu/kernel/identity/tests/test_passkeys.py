"""Passkeys, with the browser's own virtual authenticator: set up, sign in, confirm, take away; and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity.tests import people

KEYS = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def _fresh_limits(db: None) -> None:
    """For the tests that sign in here; those in a browser do it at a server of their own."""
    cache.clear()


def with_keys(page: Any, **more: Any) -> tuple[Any, str]:
    """(developer session, authenticator id): the page's computer has a place for passkeys."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": {**KEYS, **more}})
    return session, made["authenticatorId"]


def enter(page: Any, base: str, login: str) -> None:
    page.goto(f"{base}/account/login")
    page.get_by_label("登录名或手机号码").fill(login)
    page.get_by_label("密码", exact=True).fill("mingchuan-2026")
    page.get_by_role("button", name="登录", exact=True).click()


@pytest.mark.browser
def test_a_passkey_is_set_up_signs_in_confirms_and_is_taken_away(live: Any, page: Any) -> None:
    """At localhost: browsers give passkeys to no bare address."""
    base = live.url.replace("127.0.0.1", "localhost")
    session, place = with_keys(page)
    enter(page, base, "zhoumingyuan")
    page.goto(f"{base}/account/2fa/keys/add")
    if page.get_by_label("密码", exact=True).count():  # asked once more for the password
        page.get_by_label("密码", exact=True).fill("mingchuan-2026")
        page.get_by_role("button", name="继续").click()
    page.get_by_label("给它起个名字").fill("测试手机")
    page.get_by_role("button", name="在这台设备上添加").click()
    page.wait_for_url("**/account/2fa/codes")  # with the first factor come codes for an emergency
    page.goto(f"{base}/account/2fa/keys")
    assert page.get_by_text("测试手机").count() == 1
    kept = session.send("WebAuthn.getCredentials", {"authenticatorId": place})["credentials"]
    assert [(one["isResidentCredential"], one["rpId"]) for one in kept] == [(True, "localhost")]

    page.goto(f"{base}/account/logout")
    page.get_by_role("button", name="退出").last.click()
    page.goto(f"{base}/account/login?next=/account")
    page.get_by_role("button", name="用通行密钥登录").click()
    page.wait_for_url(f"{base}/account")
    assert "双重验证登录" in page.content()

    page.goto(f"{base}/account/2fa/keys")
    page.get_by_role("link", name="删除").click()
    page.wait_for_url("**/account/reauthenticate?**")
    page.get_by_role("link", name="改用通行密钥").click()
    page.get_by_role("button", name="用通行密钥确认").click()
    page.wait_for_url("**/remove")
    page.get_by_role("button", name="删除").click()
    page.wait_for_url("**/account/2fa/keys")
    assert "还没有通行密钥" in page.content()
    page.goto(f"{base}/account/logout")
    page.get_by_role("button", name="退出").last.click()
    page.goto(f"{base}/account/login")
    page.get_by_role("button", name="用通行密钥登录").click()  # the device still has it; the server does not
    page.wait_for_selector("text=通行密钥没有通过核验")
    assert page.url.endswith("/account/login")


@pytest.mark.browser
def test_a_device_that_does_not_ask_who_holds_it_sets_up_no_passkey(live: Any, page: Any) -> None:
    base = live.url.replace("127.0.0.1", "localhost")
    with_keys(page, isUserVerified=False)
    enter(page, base, "heshouyi")
    page.goto(f"{base}/account/2fa/keys/add")
    if page.get_by_label("密码", exact=True).count():
        page.get_by_label("密码", exact=True).fill("mingchuan-2026")
        page.get_by_role("button", name="继续").click()
    page.get_by_role("button", name="在这台设备上添加").click()
    page.wait_for_selector("[data-passkey-said]:not([hidden])")
    page.goto(f"{base}/account/2fa/keys")
    assert "还没有通行密钥" in page.content()


@pytest.mark.usefixtures("_fresh_limits")
@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", '"x"', "{", json.dumps({"id": "x", "response": {"userHandle": "///"}}),
     json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"userHandle": "YWJj"}}),
     json.dumps({"id": "AA", "response": "x"}), "9" * 5000, "[" * 15000, "{" * 50000],
)  # fmt: skip
def test_forged_passkeys_are_refused(client: Client, credential: str) -> None:
    people.citizen("chen")
    client.get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"})
    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("account_login"))
    assert "_auth_user_id" not in client.session
    assert not Event.objects.filter(kind="identity.signed_in").exists()


@pytest.mark.usefixtures("_fresh_limits")
def test_nobody_sees_or_removes_anothers_passkey(client: Client) -> None:
    chen, zhou = people.citizen("chen"), people.citizen("zhou", "周明远")
    key = Authenticator.objects.create(user=chen, type="webauthn", data={"name": "陈的手机"})
    client.post(reverse("account_login"), {"login": "zhou", "password": people.PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD})
    assert "陈的手机" not in client.get(reverse("mfa_list_webauthn")).content.decode()
    for name in ("mfa_remove_webauthn", "mfa_edit_webauthn"):
        assert client.post(reverse(name, args=[key.pk]), {"name": "x"}).status_code == 404
    assert Authenticator.objects.filter(user=chen).count() == 1
    assert zhou.pk != chen.pk
