"""Signing in by telephone: both sides, and every way to abuse it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tongqu.kernel.acts import clock
from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity.actors import actor_of
from tongqu.kernel.identity.models import Account, QrSignIn
from tongqu.kernel.identity.pages.qr import _picture
from tongqu.kernel.identity.tests import people
from tongqu.kernel.identity.work import purge_qr_sign_ins

pytestmark = pytest.mark.django_db
PC = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def asking(onto: str = "") -> tuple[Client, str, str]:
    """(the computer, its code, the number it shows)."""
    computer = Client(headers={"user-agent": PC})
    assert computer.post(reverse("qr_ask"), {"next": onto}).status_code == 302
    page = computer.get(reverse("qr_wait")).content.decode()
    code = computer.session["qr_sign_in"]["code"]
    url = f"{settings.TQ_PUBLIC_URL}{reverse('qr_scanned', args=[code])}"
    assert escape(_picture(url)) in page
    assert code not in page  # in the picture alone
    shown = re.search(r'<strong class="num">(\d\d)</strong>', page)
    assert shown is not None
    return computer, code, shown.group(1)


def telephone(account: Account) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": account.username, "password": people.PASSWORD})
    return client


def confirm(client: Client, code: str, number: str) -> Any:
    return client.post(reverse("qr_scanned", args=[code]), {"number": number})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_the_telephone_lets_the_computer_in() -> None:
    account = people.citizen("chen")
    phone, (computer, code, number) = telephone(account), asking("/my/cases")
    page = phone.get(reverse("qr_scanned", args=[code])).content.decode()
    assert "Windows · Chrome" in page and "127.0.0.*" in page and f">{number}<" in page
    assert not signed_in(computer)
    assert computer.get(reverse("qr_state")).json() == {"state": "asked"}
    before = computer.session.session_key
    assert "已确认" in confirm(phone, code, number).content.decode()
    assert computer.get(reverse("qr_state")).json() == {"state": "confirmed"}
    assert "手机已经确认" in computer.get(reverse("qr_wait")).content.decode()
    done = computer.post(reverse("qr_finish"))
    assert (done.status_code, done.headers["Location"]) == (302, "/my/cases")
    assert signed_in(computer) and computer.session.session_key != before  # no session planted before lives on
    actor = actor_of(computer.get(reverse("my_account")).wsgi_request)
    assert (actor.account_id, actor.login_strength) == (account.id, REAL_NAME)
    kinds = list(Event.objects.filter(subject_id=account.id).order_by("id").values_list("kind", flat=True))
    assert kinds[-3:] == ["identity.qr_confirmed", "identity.qr_used", "identity.signed_in"]
    assert Event.objects.filter(kind="identity.signed_in").latest("id").body["ways"] == ["qr"]
    stored = str(list(QrSignIn.objects.values()))
    assert code not in stored and code not in str(list(Event.objects.values_list("body", flat=True)))


def test_it_is_as_strong_as_the_account_without_a_second_factor() -> None:
    weak = people.citizen("weak", verified=False)
    phone, (computer, code, number) = telephone(weak), asking()
    confirm(phone, code, number)
    computer.post(reverse("qr_finish"))
    assert actor_of(computer.get(reverse("my_account")).wsgi_request).login_strength == PASSWORD


def test_a_picture_is_used_once_and_by_the_browser_that_asked() -> None:
    chen, zhou = people.citizen("chen"), people.citizen("zhou", "周明远")
    phone, other, (computer, code, number) = telephone(chen), telephone(zhou), asking()
    thief = Client()
    confirm(phone, code, number)
    assert (
        confirm(other, code, number).status_code == 409 or "已经用过" in confirm(other, code, number).content.decode()
    )
    for stranger in (thief, asking()[0]):
        stranger.post(reverse("qr_finish"))
        assert not signed_in(stranger)
    kept = dict(computer.session["qr_sign_in"])
    computer.post(reverse("qr_finish"))
    assert signed_in(computer)
    replay = Client()
    session = replay.session
    session["qr_sign_in"] = kept
    session.save()
    replay.cookies["sessionid"] = session.session_key
    assert replay.post(reverse("qr_finish")).status_code in {404, 409, 422}
    assert not signed_in(replay)
    assert Event.objects.filter(kind="identity.qr_used").count() == 1


def test_a_wrong_number_refuses_for_good() -> None:
    phone, (computer, code, number) = telephone(people.citizen("chen")), asking()
    wrong = "10" if number != "10" else "11"
    assert "数字不对" in confirm(phone, code, wrong).content.decode()
    assert confirm(phone, code, number).status_code != 200
    assert computer.get(reverse("qr_state")).json() == {"state": "refused"}
    computer.post(reverse("qr_finish"))
    assert not signed_in(computer)
    assert Event.objects.get(kind="identity.qr_refused").body["wrong_number"] is True


def test_the_holder_may_refuse() -> None:
    phone, (computer, code, _number) = telephone(people.citizen("chen")), asking()
    page = phone.post(reverse("qr_scanned", args=[code]), {"choice": "refuse"}).content.decode()
    assert "已拒绝" in page
    assert "手机上没有同意" in computer.get(reverse("qr_wait")).content.decode()


@pytest.mark.parametrize("late", ["scan", "confirm", "finish"])
def test_after_two_minutes_nothing_works(late: str) -> None:
    phone, (computer, code, number) = telephone(people.citizen("chen")), asking()
    if late == "finish":
        confirm(phone, code, number)
    with clock.at(clock.now() + timedelta(seconds=121)):
        if late == "scan":
            assert phone.get(reverse("qr_scanned", args=[code])).status_code == 404
        elif late == "confirm":
            assert confirm(phone, code, number).status_code == 404
        assert "已经失效" in computer.get(reverse("qr_wait")).content.decode()
        computer.post(reverse("qr_finish"))
        assert not signed_in(computer)


def test_following_the_link_alone_lets_nobody_in() -> None:
    phone, (computer, code, _number) = telephone(people.citizen("chen")), asking()
    for _ in range(3):
        phone.get(reverse("qr_scanned", args=[code]))
    computer.post(reverse("qr_finish"))
    assert not signed_in(computer)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = phone.cookies
    assert confirm(strict, code, _number).status_code == 403


def test_who_is_not_signed_in_is_asked_to_and_staff_are_refused() -> None:
    people.officer("clerk")
    _computer, code, number = asking()
    answer = Client().get(reverse("qr_scanned", args=[code]))
    assert answer.status_code == 302 and reverse("account_login") in answer.headers["Location"]
    staff = telephone(Account.objects.get(username="clerk"))
    assert "工作人员账号不能扫码登录" in staff.get(reverse("qr_scanned", args=[code])).content.decode()
    confirm(staff, code, number)
    assert QrSignIn.objects.get().state == "asked"


def test_a_closed_account_is_not_signed_in() -> None:
    account = people.citizen("chen")
    phone, (computer, code, number) = telephone(account), asking()
    confirm(phone, code, number)
    Account.objects.filter(id=account.id).update(is_active=False)
    computer.post(reverse("qr_finish"))
    assert not signed_in(computer)


def test_pictures_and_scans_are_limited() -> None:
    client = Client()
    assert [client.post(reverse("qr_ask")).status_code for _ in range(21)][-2:] == [302, 429]
    phone = telephone(people.citizen("chen"))
    answers = [phone.get(reverse("qr_scanned", args=["guess"])).status_code for _ in range(31)]
    assert answers[0] == 404 and answers[-1] == 429


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(code=st.text(min_size=1, max_size=300).filter(lambda t: "/" not in t), number=st.text(max_size=10))
def test_forged_codes_let_nobody_in(code: str, number: str) -> None:
    cache.clear()
    account = Account.objects.filter(username="forger").first() or people.citizen("forger")
    phone = Client()
    phone.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    try:
        path = reverse("qr_scanned", args=[code])
    except UnicodeEncodeError:
        return
    assert phone.post(path, {"number": number.encode("utf-8", "ignore").decode()}).status_code in {400, 404}
    assert not Event.objects.filter(kind="identity.qr_confirmed").exists()


def test_old_pictures_are_purged() -> None:
    asking()
    purge_qr_sign_ins()
    assert QrSignIn.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=2)):
        purge_qr_sign_ins()
    assert not QrSignIn.objects.exists()
