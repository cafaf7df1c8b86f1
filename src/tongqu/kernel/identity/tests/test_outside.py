"""Signing in with a province's login: against a real provider in a process of its own, and against forged answers."""

from __future__ import annotations

import html
import http.cookiejar
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from tongqu.kernel.acts import ports
from tongqu.kernel.acts.actor import PASSWORD, REAL_NAME, TWO_FACTOR
from tongqu.kernel.acts.models import Event
from tongqu.kernel.identity import operations
from tongqu.kernel.identity.models import Account, OutsideLogin, Party
from tongqu.kernel.identity.pages.outside import OutsideRealName
from tongqu.kernel.identity.ports import RealNameProvider
from tongqu.kernel.identity.tests import people, provincial
from tongqu.kernel.identity.tests.conftest import OURS, SECRET

pytestmark = pytest.mark.django_db
CHEN = provincial.PEOPLE["chen"]


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("province")
    back = [f"{OURS}/account/outside/province/back", f"{OURS}/real-name/return"]
    command = [sys.executable, provincial.__file__, str(folder), "tongqu", SECRET["TQ_OIDC_PROVINCE"], *back]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    yield running.stdout.readline().strip()
    running.terminate()
    running.wait(10)


class Person:
    """A browser: ours through Django's client, the province's over the wire, each with its own cookies."""

    def __init__(self, login: str) -> None:
        self.login, self.client, self._token = login, Client(), ""
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._province = urllib.request.build_opener(jar, _Stop)

    def leaves(self, path: str = "/account/outside/province", **sent: str) -> str:
        """Press the button here; the province's address."""
        page = self.client.post(path, sent)
        assert page.status_code == 200, page.content.decode()
        return onward_of(page)

    def signs_in_there(self, address: str) -> str:
        """What the province sends the browser back to."""
        where = self._get(address)
        if "/login" in where:
            sent = {"username": self.login, "password": provincial.PASSWORD, "csrfmiddlewaretoken": self._token}
            where = self._get(where, urllib.parse.urlencode(sent).encode())
        return where

    def comes_back(self, address: str, **more: Any) -> Any:
        return self.client.get(address.removeprefix(OURS), **more)

    def signs_in(self, **sent: str) -> Any:
        return self.comes_back(self.signs_in_there(self.leaves(**sent)))

    def _get(self, address: str, body: bytes | None = None) -> str:
        """Follow the province's redirects up to its form or back to us; that address."""
        for _ in range(8):
            try:
                with self._province.open(urllib.request.Request(address, data=body)) as answer:
                    self._token = answer.read().decode().partition('value="')[2].partition('"')[0]
                    return str(answer.url)
            except urllib.error.HTTPError as error:
                assert error.code in (301, 302, 303), error.read()[:300]
                address = urllib.parse.urljoin(address, error.headers["Location"])
                body = None
            if address.startswith(OURS):
                return address
        raise AssertionError(address)


def onward_of(page: Any) -> str:
    """Where a page that leaves for another site goes."""
    return html.unescape(page.content.decode().split('content="0;url=')[1].split('"')[0])


class _Stop(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def strength(client: Client) -> int:
    return int(client.get("/account").wsgi_request.actor.login_strength)  # type: ignore[attr-defined]


def body(answer: Any) -> str:
    return str(answer.content.decode())


# --- with a real provider --------------------------------------------------------------------------------------------


def test_who_is_registered_here_comes_into_his_own_account(issuer: str, trust: Any) -> None:
    trust(issuer)
    account = people.citizen("chenliqiu", verified=False)
    number = CHEN["certificate_no"]
    operations.register_person(
        people.system(), name="陈立秋", id_kind="citizen_id", id_no=number, account_id=account.id
    )
    chen = Person("chen")
    assert "用省统一身份认证登录" in body(chen.client.get("/account/login"))
    answer = chen.signs_in(next="/my/cases")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/my/cases")
    assert chen.client.session["_auth_user_id"] == str(account.id)
    assert strength(chen.client) == REAL_NAME
    assert OutsideLogin.objects.get().account_id == account.id
    said = list(Event.objects.filter(kind__in=["identity.signed_in", "identity.outside_linked"]).values_list("body"))
    assert "outside" in str(said) and number not in str(list(Event.objects.values_list("body", "actor")))
    again = Person("chen")
    again.signs_in()
    assert again.client.session["_auth_user_id"] == str(account.id) and OutsideLogin.objects.count() == 1


def test_a_newcomer_gets_an_account_that_is_his_and_can_be_reached_otherwise_too(issuer: str, trust: Any) -> None:
    trust(issuer)
    twofold = Person("twofold")
    assert twofold.signs_in().status_code == 302
    account = Account.objects.get(id=twofold.client.session["_auth_user_id"])
    assert account.party is not None and account.name == "阿依古丽·买买提"
    assert account.real_name_by == "province" and not account.has_usable_password()
    assert strength(twofold.client) == TWO_FACTOR
    tie = OutsideLogin.objects.get()
    refused = twofold.client.post(f"/account/outside/logins/{tie.id}/unlink")
    assert refused.status_code == 409 and "唯一的登录方式" in body(refused)
    assert "省统一身份认证" in body(twofold.client.get("/account"))
    account.password = make_password("a long enough one")
    account.save()
    stranger = Client()
    stranger.force_login(people.citizen("zhou", "周明远"))
    assert stranger.post(f"/account/outside/logins/{tie.id}/unlink").status_code == 404
    owner = Client()
    owner.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    assert owner.post(f"/account/outside/logins/{tie.id}/unlink").status_code == 302
    assert not OutsideLogin.objects.exists() and Event.objects.filter(kind="identity.outside_unlinked").count() == 1


def test_a_weak_sign_in_stays_weak_even_in_a_strong_account(issuer: str, trust: Any) -> None:
    trust(issuer)
    weak = Person("weak")
    weak.signs_in()
    account = Account.objects.get(id=weak.client.session["_auth_user_id"])
    assert account.party is None and strength(weak.client) == PASSWORD
    operations.register_person(
        people.system(), name="罗小满", id_kind="citizen_id", id_no=people.citizen_no(), account_id=account.id
    )
    assert strength(weak.client) == PASSWORD, "the account is a person's by now; this sign-in did not show who it is"


@pytest.mark.parametrize(("login", "said"), [("odd", "强度"), ("silent", "强度"), ("broken", "不完整")])
def test_an_assurance_or_claims_that_mean_nothing_here_let_nobody_in(
    login: str, said: str, issuer: str, trust: Any
) -> None:
    trust(issuer)
    person = Person(login)
    answer = person.signs_in(next="/my/cases")
    assert answer.status_code == 422 and said in body(answer) and "next=/my/cases" in body(answer)
    assert "_auth_user_id" not in person.client.session and not Account.objects.exists() and not Party.objects.exists()


def test_an_unknown_assurance_may_count_as_the_weakest_by_settings(issuer: str, trust: Any) -> None:
    trust(issuer, unknown_assurance="password")
    odd = Person("odd")
    assert odd.signs_in().status_code == 302 and strength(odd.client) == PASSWORD


def test_another_name_under_the_same_number_is_refused(issuer: str, trust: Any) -> None:
    trust(issuer)
    people.person("陈大秋", id_no=CHEN["certificate_no"])
    answer = Person("chen").signs_in()
    assert answer.status_code == 409 and "政务服务窗口" in body(answer)
    assert not OutsideLogin.objects.exists() and not Account.objects.exists()


def test_a_tie_to_another_persons_account_is_refused(issuer: str, trust: Any) -> None:
    trust(issuer)
    chen = Person("chen")
    chen.signs_in()
    other = people.citizen("zhou", "周明远")
    OutsideLogin.objects.update(account=other)
    answer = Person("chen").signs_in()
    assert answer.status_code == 409 and "另一个人" in body(answer)


def test_a_closed_account_stays_closed(issuer: str, trust: Any) -> None:
    trust(issuer)
    Person("chen").signs_in()
    Account.objects.update(is_active=False)
    chen = Person("chen")
    answer = chen.signs_in()
    assert answer.headers["Location"] == "/account/inactive" and "_auth_user_id" not in chen.client.session


def test_an_answer_is_used_once_and_by_the_browser_that_asked(issuer: str, trust: Any) -> None:
    trust(issuer)
    chen = Person("chen")
    address = chen.signs_in_there(chen.leaves())
    thief = Client()
    stolen = thief.get(address.removeprefix(OURS))
    assert stolen.status_code == 422 and "_auth_user_id" not in thief.session
    other = Person("chen")
    other.leaves()
    mixed = other.comes_back(address)
    assert mixed.status_code == 422 and "过期或者用过" in body(mixed)
    assert chen.comes_back(address).status_code == 302
    chen.client.logout()
    assert chen.comes_back(address).status_code == 422, "the same answer once more"
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)["code"][0]
    chen.leaves()
    kept = chen.client.session["outside_asked"]["asked"]
    replayed = chen.client.get("/account/outside/province/back", {"code": code, "state": kept["state"]})
    assert replayed.status_code == 422, "the provider gives nothing for a code it has seen"


def test_signing_out_here_signs_out_there(issuer: str, trust: Any) -> None:
    trust(issuer)
    chen = Person("chen")
    chen.signs_in()
    assert chen.client.post("/account/logout").headers["Location"] == "/account/outside/out"
    assert "_auth_user_id" not in chen.client.session
    away = onward_of(chen.client.get("/account/outside/out"))
    assert away.startswith(f"{issuer}/logout/?") and "id_token_hint=" in away
    assert chen.client.get("/account/outside/out").headers["Location"] == "/", "once"
    assert chen._get(away) == f"{OURS}/"
    assert "/login" in chen._get(chen.leaves()), "the province asks again who it is"


def test_confirming_once_more_asks_the_province_anew(issuer: str, trust: Any) -> None:
    trust(issuer)
    chen = Person("chen")
    chen.signs_in()
    asked = chen.client.get("/account/reauthenticate?next=/account/data/copy")
    assert asked.status_code == 302 and asked.headers["Location"].startswith("/account/outside/province")
    assert "确认是您本人" in body(chen.client.get(asked.headers["Location"]))
    address = chen.leaves(next="/account/data/copy")
    assert "prompt=login" in address
    answer = chen.comes_back(chen.signs_in_there(address))
    assert answer.headers["Location"] == "/account/data/copy"
    other = Person("twofold")
    other.client = chen.client
    wrong = other.comes_back(other.signs_in_there(other.leaves()))
    assert wrong.status_code == 422 and "不是与当前账号关联" in body(wrong)


def test_the_real_name_check_goes_to_the_province(issuer: str, trust: Any) -> None:
    one = trust(issuer)
    before = ports.adapter(RealNameProvider)  # type: ignore[type-abstract]
    ports.register(RealNameProvider, OutsideRealName(one))  # type: ignore[type-abstract]
    try:
        account = people.citizen("chenliqiu", verified=False)
        chen, weak = Person("chen"), Person("weak")
        for person in (weak, chen):
            person.client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
            answer = person.comes_back(person.signs_in_there(person.leaves("/real-name", next="/my/cases")))
            assert answer.status_code == (302 if person is chen else 422), body(answer)
        account.refresh_from_db()
        assert account.real_name_by == "province" and account.party is not None and account.party.name == "陈立秋"
    finally:
        ports.register(RealNameProvider, before)  # type: ignore[type-abstract]


def test_a_provider_that_is_away_leaves_the_other_ways(trust: Any) -> None:
    trust("http://127.0.0.1:9")
    answer = Client().post("/account/outside/province", {"next": "/my/cases"})
    assert answer.status_code == 503 and "暂时没有响应" in body(answer)
    assert Client().get("/account/outside/nobody").status_code == 404
    assert Client().post("/account/outside/province/back").status_code == 405


def test_who_declines_there_is_told_so(issuer: str, trust: Any) -> None:
    trust(issuer)
    chen = Person("chen")
    chen.leaves(next="//evil.example/")
    state = chen.client.session["outside_asked"]["asked"]["state"]
    answer = chen.client.get("/account/outside/province/back", {"error": "access_denied", "state": state})
    assert answer.status_code == 422 and "您没有在省统一身份认证完成登录" in body(answer)
    assert "evil" not in body(answer)
