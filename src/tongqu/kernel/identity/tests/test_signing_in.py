"""Signing in, up and out through the login library: next, limits, what nobody may learn, the second factor."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR, Actor
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity import queries
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import Account
from tongqu.kernel.identity.ports import CodeSender
from tongqu.kernel.identity.tests import people

pytestmark = pytest.mark.django_db
LOGIN, SIGNUP = "account_login", "account_signup"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def sign_in(client: Client, login: str, password: str = people.PASSWORD, **more: Any) -> Any:
    return client.post(reverse(LOGIN), {"login": login, "password": password, **more})


def actor_in(client: Client) -> Actor:
    """The actor that the session's next request would have."""
    return actor_of(client.get(reverse("my_account")).wsgi_request)


# --- signing in ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "login", ["chen", "CHEN", " chen ", "13912345678", "+86 139-1234-5678", "１３９１２３４５６７８"]
)
def test_by_name_or_phone(client: Client, login: str) -> None:
    account = people.citizen("chen", phone="13912345678")
    assert sign_in(client, login).status_code == 302
    actor = actor_in(client)
    assert (actor.account_id, actor.party_id, actor.login_strength) == (account.id, account.party_id, REAL_NAME)
    assert Event.objects.filter(kind="identity.signed_in", subject_id=account.id).count() == 1


def test_strength_by_password_alone(client: Client) -> None:
    people.citizen("new", verified=False)
    sign_in(client, "new")
    assert actor_in(client).login_strength == PASSWORD
    client.logout()
    people.officer("clerk")
    sign_in(client, "clerk")
    assert (actor_in(client).kind, actor_in(client).login_strength) == ("staff", PASSWORD)


def test_staff_and_citizens_arrive_where_they_work(client: Client) -> None:
    people.citizen("chen")
    people.officer("clerk")
    assert sign_in(client, "chen")["Location"] == "/"
    client.logout()
    assert sign_in(client, "clerk")["Location"] == settings.TQ_STAFF_HOME


def test_it_goes_on_to_a_safe_next_only(client: Client) -> None:
    people.citizen("chen")
    page = client.get(reverse(LOGIN), {"next": "/apply/1?step=2"})
    assert 'name="next" value="/apply/1?step=2"' in page.content.decode()
    for wanted, reached in [
        ("/apply/1?step=2", "/apply/1?step=2"),
        ("//evil.example/x", "/"),
        ("https://evil.example/", "/"),
        ("http:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\evil.example", "/"),
        ("\t//evil.example", "/"),
    ]:
        assert sign_in(client, "chen", next=wanted)["Location"] == reached
        client.logout()


@pytest.mark.parametrize(
    ("login", "password"),
    [("chen", "wrong"), ("nobody", "wrong"), ("13912345678", "wrong"), ("13999999999", "wrong"),
     ("chen' OR 1=1--", "x"), ("\u0000chen", "x"), ("𬭎" * 50, "x"), ("closed", people.PASSWORD[:-1])],
)  # fmt: skip
def test_a_failure_tells_nothing(client: Client, login: str, password: str) -> None:
    people.citizen("chen", phone="13912345678")
    page = sign_in(client, login, password)
    assert page.status_code == 200
    told = page.context["form"].non_field_errors()
    if "\u0000" not in login:
        assert told == ["登录名、手机号码或密码不正确"]
    assert people.PASSWORD not in page.content.decode()
    assert not Event.objects.filter(kind="identity.signed_in").exists()


def test_five_wrong_tries_lock_a_login_name_but_not_others(client: Client) -> None:
    people.citizen("chen", phone="13912345678")
    people.citizen("zhou", "周明远", phone="13912345679")
    for _ in range(5):
        sign_in(client, "13912345678", "wrong")
    page = sign_in(client, "13912345678")
    assert page.context["form"].non_field_errors() == ["尝试次数过多，请稍后再试"]
    assert sign_in(client, "13912345679").status_code == 302  # every number has a count of its own


def test_one_address_may_not_try_many_names(client: Client) -> None:
    people.citizen("chen")
    for n in range(10):
        sign_in(client, f"guess{n}", "wrong")
    assert "尝试次数过多" in sign_in(client, "chen").content.decode()


def test_a_closed_account_is_told_so_only_with_its_password(client: Client) -> None:
    account = people.citizen("chen")
    Account.objects.filter(id=account.id).update(is_active=False)
    assert sign_in(client, "chen", "wrong").context["form"].non_field_errors() == ["登录名、手机号码或密码不正确"]
    assert sign_in(client, "chen")["Location"] == reverse("account_inactive")
    assert "已停用" in client.get(reverse("account_inactive")).content.decode()


def test_closing_ends_the_session_in_use(client: Client) -> None:
    account = people.citizen("chen")
    sign_in(client, "chen")
    Account.objects.filter(id=account.id).update(is_active=False)
    assert client.get(reverse("my_account")).status_code == 302


def test_signing_out(client: Client) -> None:
    people.citizen("chen")
    sign_in(client, "chen")
    assert client.get(reverse("account_logout")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert actor_of(client.get("/").wsgi_request).kind == "anonymous"


def test_sessions_are_sealed(client: Client) -> None:
    people.citizen("chen", phone="13912345678")
    sign_in(client, "13912345678")
    stored = Session.objects.get().session_data
    assert "13912345678" not in str(Session.objects.get().get_decoded()), "the library noted the number as a login name"
    Session.objects.update(session_data=stored[:-4] + "AAAA")
    assert client.get(reverse("my_account")).status_code == 302  # one that was altered counts as none


# --- signing up ----------------------------------------------------------------------------------------------------


def fill(**changes: str) -> dict[str, str]:
    password = "correct horse 1"
    return {"name": "独孤𬭎", "phone": "139 1234 5678", "password1": password, "password2": password, **changes}


def code_in(page: Any) -> str:
    found = re.search(r"验证码是 (\d{6})", page.content.decode())
    assert found, "the demonstration shows the message"
    return found.group(1)


def test_from_name_and_phone_to_a_real_name(client: Client) -> None:
    number = people.citizen_no()
    response = client.post(reverse(SIGNUP), fill(next="/apply/1"))
    assert response["Location"] == reverse("account_verify_phone")
    assert "_auth_user_id" not in client.session
    page = client.get(reverse("account_verify_phone"))
    assert "尾号 5678" in page.content.decode()
    assert client.post(reverse("account_verify_phone"), {"code": "000000x", "action": "verify"}).status_code == 200
    response = client.post(reverse("account_verify_phone"), {"code": code_in(page), "action": "verify"})
    assert response["Location"].startswith(reverse("real_name") + "?next=")

    account = Account.objects.get()
    assert (account.name, account.phone_verified, account.party_id) == ("独孤𬭎", True, None)
    assert actor_in(client).login_strength == PASSWORD

    page = client.get(response["Location"])
    assert page.status_code == 200
    response = client.post(reverse("real_name"), {"next": "/apply/1"})
    assert response["Location"] == reverse("demo_real_name")
    page = client.get(reverse("demo_real_name"))
    assert "演示" in page.content.decode()
    bad = client.post(
        reverse("demo_real_name"), {"name": "独孤𬭎", "id_kind": "citizen_id", "id_no": number[:17] + "Q"}
    )
    assert bad.status_code == 422
    response = client.post(reverse("demo_real_name"), {"name": "独孤𬭎", "id_kind": "citizen_id", "id_no": number})
    assert response["Location"] == reverse("real_name_return")
    assert client.get(reverse("real_name_return"))["Location"] == "/apply/1"
    assert actor_in(client).login_strength == REAL_NAME
    shown = client.get(reverse("my_account")).content.decode()
    assert number not in shown
    assert number[:3] + "*" * 13 + number[16:] in shown
    assert "139****5678" in shown
    kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [
        "identity.account_registered", "identity.phone_verified", "identity.signed_in", "identity.party_registered",
        "identity.real_name_verified",
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_data FROM django_session")
        assert number not in str(cursor.fetchall())


def test_a_registered_number_cannot_be_told_from_a_new_one(client: Client) -> None:
    people.citizen("chen", phone="13912345678")
    known = client.post(reverse(SIGNUP), fill())
    first = client.get(reverse("account_verify_phone")).content.decode()
    other = Client()
    fresh = other.post(reverse(SIGNUP), fill(phone="13912345679"))
    second = other.get(reverse("account_verify_phone")).content.decode()
    assert (known.status_code, known["Location"]) == (fresh.status_code, fresh["Location"])
    strip = re.compile(
        r'【演示短信】[^<]*|value="[^"]*"|尾号 \d{4}'
    )  # the message itself goes to the phone, not the page
    assert strip.sub("", first) == strip.sub("", second)
    assert Account.objects.count() == 2
    assert client.post(reverse("account_verify_phone"), {"code": "123456", "action": "verify"}).status_code == 200
    assert "_auth_user_id" not in client.session


def test_three_wrong_codes_end_it(client: Client) -> None:
    client.post(reverse(SIGNUP), fill())
    for _ in range(3):
        response = client.post(reverse("account_verify_phone"), {"code": "abcdef", "action": "verify"})
    assert response.status_code == 302
    assert client.get(reverse("account_verify_phone"))["Location"] == reverse(LOGIN)
    assert not Account.objects.get().phone_verified


def test_without_somebody_who_sends_codes_registering_is_closed(client: Client, monkeypatch: Any) -> None:
    people.citizen("chen", phone="13912345678")
    monkeypatch.delitem(ports._adapters, CodeSender)
    assert "暂不能在线注册" in client.get(reverse(SIGNUP)).content.decode()
    assert "暂不能在线注册" in client.post(reverse(SIGNUP), fill()).content.decode()
    sign_in(client, "chen")
    assert client.post(reverse("account_change_phone"), {"phone": "13912345670"}).status_code == 503
    assert Account.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"), ({"name": "陈\u202e秋"}, "name"), ({"name": "名" * 101}, "name"),
        ({"phone": "12345"}, "phone"), ({"phone": ""}, "phone"), ({"phone": "+1 202 555 0100"}, "phone"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "password123", "password2": "password123"}, "password1"),
        ({"password2": "another one 2"}, "password2"),
    ],
)  # fmt: skip
def test_mistakes_are_named_by_field(client: Client, change: dict[str, str], field: str) -> None:
    page = client.post(reverse(SIGNUP), fill(**change))
    assert list(page.context["form"].errors) == [field]
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{ 7*7 }}", "阿依·%(x)s"]
)
def test_hostile_names_stay_text(client: Client, name: str) -> None:
    people.citizen("hostile", name)
    sign_in(client, "hostile")
    shown = client.get(reverse("my_account")).content.decode()
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "49" not in shown.split("<main")[1].split("</dl>")[0]
    assert queries.account_names([Account.objects.get().id]).popitem()[1] == name


# --- the second factor -----------------------------------------------------------------------------------------------


def totp(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def enrol(client: Client) -> str:
    """Set up a one-time code for whoever is signed in; returns the secret."""
    response = client.get(reverse("mfa_activate_totp"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert client.get(response["Location"]).status_code == 200
    client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD, "next": reverse("mfa_activate_totp")})
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200
    secret = page.context["form"].secret
    assert 'xmlns="http://www.w3.org/2000/svg"' in page.context["totp_svg"]  # without it no <img> draws it
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "nonsense"})
    assert "动态口令不正确" in wrong.content.decode()
    response = client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    return str(secret)


def test_a_one_time_code_makes_the_strongest_login(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    people.officer("secadmin")
    sign_in(client, "secadmin")
    with django_capture_on_commit_callbacks(execute=True):
        secret = enrol(client)
    assert actor_in(client).login_strength == PASSWORD  # this session has not used it yet
    page = client.get(reverse("mfa_view_recovery_codes"))
    codes = page.context["unused_codes"]
    client.post(reverse("account_logout"))

    response = sign_in(client, "secadmin", next="/desk?tab=1")
    assert response["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    cache.clear()
    assert "动态口令不正确" in client.post(reverse("mfa_authenticate"), {"code": "123"}).content.decode()
    response = client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert response["Location"] == "/desk?tab=1"
    assert actor_in(client).login_strength == TWO_FACTOR
    assert Event.objects.filter(kind="identity.second_factor_added").count() == 1
    assert Event.objects.filter(kind="identity.signed_in").latest("id").actor["login_strength"] == TWO_FACTOR
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored


def test_a_session_in_use_can_be_made_stronger(client: Client) -> None:
    people.citizen("chen")
    sign_in(client, "chen")
    secret = enrol(client)
    assert (
        client.get(reverse("stronger_login"), {"next": "/x"})["Location"]
        == reverse("mfa_reauthenticate") + "?next=%2Fx"
    )
    cache.clear()
    assert client.get(reverse("mfa_reauthenticate")).status_code == 200
    response = client.post(reverse("mfa_reauthenticate"), {"code": totp(secret), "next": "/x"})
    assert response["Location"] == "/x"
    assert actor_in(client).login_strength == TWO_FACTOR
    for name in ("mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_deactivate_totp"):
        assert client.get(reverse(name)).status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert Event.objects.filter(kind="identity.second_factor_removed").count() == 1


def test_a_one_time_code_does_not_stand_in_for_a_real_name(client: Client) -> None:
    people.citizen("new", verified=False)
    sign_in(client, "new")
    secret = enrol(client)
    client.post(reverse("mfa_reauthenticate"), {"code": totp(secret), "next": "/x"})
    assert actor_in(client).login_strength == PASSWORD
    assert client.get(reverse("stronger_login"))["Location"].startswith(reverse("real_name"))


# --- passwords and phones ------------------------------------------------------------------------------------------


def test_a_new_password_ends_other_sessions(client: Client) -> None:
    people.citizen("chen")
    elsewhere = Client()
    sign_in(client, "chen")
    sign_in(elsewhere, "chen")
    new = {"oldpassword": people.PASSWORD, "password1": "another long one", "password2": "another long one"}
    assert "当前密码不正确" in client.post(
        reverse("account_change_password"), {**new, "oldpassword": "wrong"}
    ).content.decode()  # fmt: skip
    assert client.post(reverse("account_change_password"), new).status_code == 302
    assert client.get(reverse("my_account")).status_code == 200
    assert elsewhere.get(reverse("my_account")).status_code == 302
    assert Event.objects.filter(kind="identity.password_changed").count() == 1
    assert sign_in(elsewhere, "chen").status_code == 200
    assert sign_in(elsewhere, "chen", "another long one").status_code == 302


def test_a_new_phone_counts_once_its_code_came_back(client: Client) -> None:
    people.citizen("chen", phone="13912345678")
    sign_in(client, "chen")
    assert client.get(reverse("account_change_phone")).status_code == 200
    client.post(reverse("account_change_phone"), {"phone": "13912345670"})
    page = client.get(reverse("account_verify_phone"))
    other = Client()
    assert sign_in(other, "13912345670").status_code == 200
    client.post(reverse("account_verify_phone"), {"code": code_in(page), "action": "verify"})
    cache.clear()
    assert sign_in(other, "13912345670").status_code == 302
    assert sign_in(Client(), "13912345678").status_code == 200
