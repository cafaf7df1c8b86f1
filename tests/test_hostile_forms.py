"""Every field of every form that a page draws, one hostile value at a time: answered, and never told by the log."""

from __future__ import annotations

import logging
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client

from tests.test_strange_members import filled
from tests.test_strange_requests import routes
from tongqu.kernel.cases.queries import access_case
from tongqu.kernel.cases.tests.conftest import built, world  # noqa: F401
from tongqu.kernel.cases.tests.world import World
from tongqu.kernel.identity.models import Account
from tongqu.kernel.ui.logs import RoutesOnly

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
MOST_PAGES = 30
NUMBER, PHONE, NAME = "990102198509150029", "19900000001", "陈立秋"  # of somebody in this world
HOSTILE = [
    b"a\x00b", b"\xed\xa0\x80", "\u202egnp.exe\U000e0001\ufdd0".encode(), b"x" * 40_000, b"9" * 5000,
    "²".encode(), b"-1", b"1e309", b"9999-12-31", b"0001-01-01T00:00", "𪚥".encode() * 120, b"{{7*7}}'\"--",
    f"{NUMBER} {PHONE} {NAME}".encode(),
]  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
Form = tuple[str, str, dict[str, str]]  # method, address, what it sends as it stands


class Page(HTMLParser):
    """Its links and forms; `fields` as a browser would send them, empty ones filled in with something plausible."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: list[dict[str, Any]] = []
        self._fields: dict[str, str] | None = None
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "a" and said.get("href", "").startswith("/"):
            self.links.add(said["href"].partition("#")[0])
        elif tag == "form":
            self._fields = {}
            self.forms.append(
                {"method": said.get("method", "get"), "to": said.get("action", ""), "fields": self._fields}
            )
        elif self._fields is None:
            return
        elif tag == "input" and name and said.get("type") != "file":
            if said.get("type") not in {"radio", "checkbox"} or "checked" in said or name not in self._fields:
                self._fields[name] = value or _plausible(name, said.get("type", "text"))
        elif tag in {"select", "textarea"} and name:
            self._open, self._fields[name] = name, "" if tag == "select" else "测试"
        elif tag == "option" and self._open and ("selected" in said or not self._fields[self._open]):
            self._fields[self._open] = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None


def _plausible(name: str, kind: str) -> str:
    if kind == "hidden":
        return ""
    return PHONE if "phone" in name else {"date": "2026-03-10", "number": "12"}.get(kind, "测试")


def forms_met(client: Client, starts: set[str]) -> list[Form]:
    """Each form once, going on from page to page."""
    todo, seen, found = sorted(starts), set[str](), dict[Any, Form]()
    while todo and len(seen) < len(starts) + MOST_PAGES:
        path = todo.pop(0)
        if path in seen or "logout" in path or path.startswith("/static"):
            continue
        seen.add(path)
        answer = client.get(path)
        if answer.status_code == 200 and "text/html" in answer.headers.get("Content-Type", ""):
            page = Page(answer.content.decode())
            todo += sorted(page.links - seen)
            for form in page.forms:
                to = urljoin(path, form["to"] or path)
                key = (form["method"], _UUID.sub("*", urlsplit(to).path), *sorted(form["fields"]))
                found.setdefault(key, (form["method"], to, form["fields"]))
    return list(found.values())


@pytest.mark.parametrize("who", ["owner", "clerk"])
def test_no_field_of_any_form_breaks_a_page_or_is_told_by_the_log(
    world: World,  # noqa: F811
    who: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cases = (world.draft(), world.submitted(), world.reviewed())
    actor = world.owner if who == "owner" else world.staff[who]
    client = signed_in(Account.objects.get(id=actor.account_id))
    if who == "owner":
        client.post("/acting-for", {"mandate": str(world.owner.mandate_id)})
    caplog.handler.addFilter(RoutesOnly())
    caplog.set_level(logging.INFO)
    broken, tried = set(), 0
    for method, to, fields in forms_met(client, _starts(actor, cases if who == "owner" else cases[1:])):
        for name in fields.keys() - {"csrfmiddlewaretoken"}:
            for evil in HOSTILE:
                body = urlencode({**fields, "_key": str(uuid4())} | {name: evil})
                tried += 1
                with transaction.atomic():
                    status = _sent(client, method, to, body)
                    transaction.set_rollback(True)
                if status >= 500:
                    broken.add(f"{method} {to} {name} {evil[:20]!r}")
    assert not broken
    assert tried > 200
    assert not [told for told in (NUMBER, PHONE, NAME) if told in caplog.text]


def signed_in(account: Account) -> Client:
    account.password = make_password("a long enough one")
    account.save()
    client = Client(raise_request_exception=False)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def _starts(actor: Any, cases: Any) -> set[str]:
    pages = [route for route in routes() if not route.startswith("/api") and "logout" not in route]
    starts = {route for route in pages if "<" not in route}
    for case_id in cases:
        of_case = [route for route in pages if "case_id" in route]
        starts |= {filled(route, case_id, "") for route in of_case if route.count("<") == 1}
        for offer in access_case(actor, case_id=case_id, purpose="test").offers:
            starts |= {filled(route, case_id, offer.action.code) for route in of_case if "action" in route}
    return starts


def _sent(client: Client, method: str, to: str, body: str) -> int:
    if method == "post":
        return client.generic("POST", to, body, content_type="application/x-www-form-urlencoded").status_code
    return client.generic("GET", f"{urlsplit(to).path}?{body}").status_code
