"""Both networks for real: two web processes on one database, walked route by route, and two of one face counting."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.rig.live import Live, clean_environment, platform, wait_until
from tests.rig.networks import Answer, Route, Visitor, endpoints, routes
from tongqu.faces.cli import checks

PUBLIC, STAFF = "zwfw.mingchuan.example", "desk.mingchuan.example"
NONSENSE = "/no/such/page"
# Answers that are alike for everything: what is not there, and what is not asked for like this.
NOT_THERE = 404


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """Two processes under names of their own, on one data folder; in place of the suite's one for everybody."""
    urls = {"TQ_PUBLIC_URL": f"http://{PUBLIC}", "TQ_STAFF_URL": f"http://{STAFF}"}
    with platform("--two-networks", **urls) as running:
        yield running


@pytest.fixture
def public(live: Live) -> Visitor:
    return Visitor(live.url, PUBLIC)


@pytest.fixture
def staff(live: Live) -> Visitor:
    return Visitor(live.desk_url, STAFF)


def login(live: Live, name: str) -> tuple[str, str]:
    row = next(row for row in live.logins.values() if row["login"] == name)
    return row["login"], row["password"]


@pytest.fixture
def citizen(live: Live, public: Visitor) -> Visitor:
    assert public.sign_in(*login(live, "chenliqiu")).status == 302
    assert public.kind() == "person"
    return public


@pytest.fixture
def clerk(live: Live, staff: Visitor) -> Visitor:
    assert staff.sign_in(*login(live, "clerk1")).status == 302
    assert staff.kind() == "staff"
    return staff


def of_side(side: str) -> list[Route]:
    return [route for route in routes() + endpoints() if route.side == side and route.address]


def plain(answer: Answer) -> str:
    """The page without what differs by address: the way back, tokens, the address itself."""
    text = re.sub(r'(value|href|instance)(="|": *")[^"]*"', "", answer.text)
    return re.sub(r"/[\w/.-]{5,}", "", text)


def walked(visitor: Visitor, wanted: list[Route]) -> dict[str, int]:
    return {
        f"{method} {route.path}": visitor.ask(method, route.path, {} if method != "GET" else None).status
        for route in wanted
        for method in {*route.methods, "GET", "POST"}
    }


# --- what is not there -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["public", "citizen"])
def test_the_public_process_knows_no_route_of_the_staff(request: pytest.FixtureRequest, who: str) -> None:
    """Not 403, no way to a login: exactly what any nonsense gets, whoever asks, whatever the method."""
    visitor: Visitor = request.getfixturevalue(who)
    nowhere, api_nowhere = plain(visitor.get(NONSENSE)), plain(visitor.get(f"/api/v1{NONSENSE}"))
    wanted = of_side("staff")
    assert len(wanted) >= 9
    for route in wanted:
        answer = visitor.get(route.path)
        assert answer.status == NOT_THERE, route.address
        assert plain(answer) == (api_nowhere if route.path.startswith("/api/") else nowhere), route.address
        for method in {*route.methods, "POST"}:
            answer = visitor.post(route.path, {}) if method == "POST" else visitor.ask(method, route.path)
            assert answer.status == NOT_THERE and "Location" not in answer.headers, (method, route.address)


@pytest.mark.parametrize("who", ["staff", "clerk"])
def test_the_staff_process_knows_no_route_of_the_public(request: pytest.FixtureRequest, who: str) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    wanted = of_side("public")
    assert "account/signup" in {route.address for route in wanted}
    for route in wanted:
        for method in route.methods:
            answer = visitor.post(route.path, {}) if method == "POST" else visitor.ask(method, route.path)
            shared = route.address in {one.address for one in of_side("both")}  # another method of it is served
            assert answer.status == (405 if shared else NOT_THERE), (method, route.address)


def test_each_process_serves_its_own(public: Visitor, staff: Visitor) -> None:
    """No page falls over a link to the other side, and what either side needs is on both."""
    assert wait_until(lambda: public.get("/ledger/checkpoint").status == 200, 60), "the worker signs the first head"
    for visitor, side in ((public, "public"), (staff, "staff")):
        found = walked(visitor, of_side(side) + of_side("both"))
        assert not {address: status for address, status in found.items() if status >= 500}
        for route in routes():
            if route.side in (side, "both") and "<" not in route.address:
                assert visitor.get(route.path).status in {200, 302, 405}, route.address
    assert staff.get("/").headers["Location"] == "/desk"


@pytest.mark.parametrize("who", ["citizen", "public"])
def test_no_public_page_names_an_address_of_the_staff(request: pytest.FixtureRequest, who: str) -> None:
    visitor: Visitor = request.getfixturevalue(who)
    apart = ("account/logout", "ui/")  # the way out, and the gallery of components, which a real node does not serve
    pages = [r.path for r in routes() if r.side != "staff" and "<" not in r.address and not r.address.startswith(apart)]
    pages += ["/services/food-business-licence", "/law/rules/L7", "/api/v1/openapi.json", NONSENSE]
    for path in pages:
        text = visitor.get(path).text
        assert "/desk" not in text and STAFF not in text and "worklist" not in text, path


def test_pages_of_the_staff_open_and_lead_nowhere_that_is_not_there(clerk: Visitor) -> None:
    """What either side has is drawn with the staff's own menu; each address a page names is served here."""
    for path in ("/desk", "/account", "/law/rules", "/law/rules/L7", "/v", "/accessibility"):
        answer = clerk.get(path)
        assert answer.status == 200, path
        for address in set(re.findall(r'(?:href|action)="(/[^"#?]*)', answer.text)):
            assert clerk.get(address).status != NOT_THERE, f"{path} leads to {address}"
    assert "/account/signup" not in clerk.get("/account/login").text


def test_acts_of_the_other_side_are_not_there(citizen: Visitor, clerk: Visitor) -> None:
    """The same address takes acts of either side; one that only the other side takes is as unknown as nonsense."""
    choices = re.findall(r'name="mandate" value="([^"]+)"', citizen.get("/acting-for").text)
    assert citizen.post("/acting-for", {"mandate": choices[-1], "next": "/"}).status == 302
    begun = citizen.send("/services/food-business-licence/drafts", {"triage": {"what": "run_canteen"}})
    assert begun.status == 201, begun.text
    acts = f"/cases/{json.loads(begun.text)['case_id']}/acts"
    body: dict[str, Any] = {"inputs": {}, "expected_version": 1}
    assert citizen.send(f"{acts}/submit", body).status == 422  # his own to take, and not complete
    for visitor, action in ((citizen, "accept"), (citizen, "nonsense"), (clerk, "submit"), (clerk, "nonsense")):
        assert visitor.send(f"{acts}/{action}", body).status == NOT_THERE, action


# --- who may come in -------------------------------------------------------------------------------------------------
def test_an_account_of_the_other_network_is_as_unknown_as_a_misspelt_one(
    live: Live, public: Visitor, staff: Visitor
) -> None:
    for visitor, name in ((public, "clerk1"), (staff, "chenliqiu")):
        right = visitor.sign_in(*login(live, name))
        unknown = visitor.sign_in("nobody-of-this-name", "wrong-password-2026")
        assert right.status == unknown.status == 200 and "不正确" in right.text
        assert plain(right).replace(name, "") == plain(unknown).replace("nobody-of-this-name", "")
        assert visitor.kind() == "anonymous"


def test_a_session_of_one_network_is_worth_nothing_on_the_other(
    public: Visitor, staff: Visitor, citizen: Visitor, clerk: Visitor
) -> None:
    """Under the cookie's own name and under the other's; and the session it belongs to goes on."""
    for of_one, other in ((citizen, staff), (clerk, public)):
        session = next(v for n, v in of_one.cookies.items() if n.endswith("_session"))
        csrf = next(v for n, v in of_one.cookies.items() if n.endswith("_csrf"))
        face = "staff" if other.host == STAFF else "public"
        renamed = {f"tq_{face}_session": session, f"tq_{face}_csrf": csrf}
        for cookies in (dict(of_one.cookies), renamed, {"sessionid": session}):
            thief = Visitor(other.url, other.host, cookies)
            assert thief.kind() == "anonymous"
            page = "/desk" if face == "staff" else "/my/cases"
            assert thief.get(page).headers.get("Location", "").startswith("/account/login")
    assert citizen.kind() == "person" and clerk.kind() == "staff"


def test_a_name_of_the_other_network_is_refused(live: Live) -> None:
    """A proxy that sends the staff's host to the public process gets nothing, not even a stylesheet."""
    for url, host in ((live.url, STAFF), (live.desk_url, PUBLIC), (live.url, "127.0.0.1"), (live.url, "evil.example")):
        for path in ("/", "/desk", "/account/login", "/api/v1/session", "/static/ui/ui.css"):
            assert Visitor(url, host).get(path).status == 400, (host, path)


def test_forms_sent_from_the_other_network_are_refused(citizen: Visitor) -> None:
    sent = citizen.post("/acting-for", {"mandate": "", "next": "/"}, Origin=f"http://{STAFF}")
    assert sent.status == 403


def test_the_staff_process_is_not_for_search_engines(staff: Visitor, public: Visitor) -> None:
    assert staff.get("/account/login").headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "X-Robots-Tag" not in public.get("/").headers
    for visitor in (staff, public):
        assert "default-src 'self'" in visitor.get("/account/login").headers["Content-Security-Policy"]


# --- counting together -----------------------------------------------------------------------------------------------
@contextmanager
def another_process(live: Live, face: str) -> Iterator[str]:
    """One more web process of this face on the same data."""
    port = checks.usable_port("127.0.0.1", 0)
    process = subprocess.Popen(
        [sys.executable, "-m", "tongqu.faces.cli", "web", "--face", face, "--port", str(port)],
        env=clean_environment(
            TQ_DATA_DIR=str(live.data_dir), TQ_PUBLIC_URL=f"http://{PUBLIC}", TQ_STAFF_URL=f"http://{STAFF}"
        ),
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _try in range(200):
            try:
                Visitor(url, PUBLIC).get("/accessibility")
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def test_processes_of_one_face_count_tries_together(live: Live) -> None:
    """Verification: 60 a minute of one address, however many processes answer; the other network's count is apart.
    Failed logins: five for one name, some here and some there."""
    with another_process(live, "public") as second:
        first_door, second_door = Visitor(live.url, PUBLIC), Visitor(second, PUBLIC)
        if (late := time.time() % 60) > 45:
            time.sleep(60 - late)  # so that the minute does not turn over while we count
        statuses = [(first_door, second_door)[number % 2].get("/v").status for number in range(64)]
        assert statuses == sorted(statuses) and 50 < statuses.index(429) <= 60  # earlier tests have asked a few times
        assert Visitor(live.desk_url, STAFF).get("/v").status == 200

        shut = [door.sign_in("guyunfan", "wrong-password-2026") for door in (first_door, second_door) * 4]
        refused = ["尝试次数过多" in answer.text for answer in shut]
        assert refused.index(True) == 5 and refused[5:] == [True, True, True]
        assert "尝试次数过多" in second_door.sign_in(*login(live, "guyunfan")).text
