"""Every route of the house with its side, and a plain client for walking over them on real processes."""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from django.conf import settings

from tongqu.assembly.api import api
from tongqu.assembly.routes import ROOMS
from tongqu.kernel.acts import networks

_VALUES = {"uuid": str(UUID(int=7)), "uuidstr": str(UUID(int=7)), "int": "7", "slug": "x", "str": "x", "path": "x"}
_PART = re.compile(r"<(?:(\w+):)?\w+>|\{(?:(\w+):)?\w+\}")


@dataclass(frozen=True, slots=True)
class Route:
    """`address` as it is declared, without a slash before it; `methods` as far as they are known."""

    address: str
    side: networks.Side
    methods: tuple[str, ...] = ("GET", "POST")

    @property
    def path(self) -> str:
        """An address it answers to, with plausible values for its parts."""
        return "/" + _PART.sub(lambda part: _VALUES[part[1] or part[2] or "str"], self.address)


def routes() -> list[Route]:
    """The pages of all rooms. Raises ImproperlyConfigured for one without a side."""
    return [
        Route(str(entry.pattern), networks.side_of(entry, str(entry.pattern)))
        for room in ROOMS
        if find_spec(f"{room}.urls")
        for entry in import_module(f"{room}.urls").urlpatterns
    ]


def endpoints() -> list[Route]:
    """The JSON interface of all rooms, as a process that serves everybody has it."""
    found = []
    for name in ("", *(a for a in settings.INSTALLED_APPS if a.startswith("tongqu.") and find_spec(f"{a}.api"))):
        router = getattr(import_module(f"{name}.api"), "router", None) if name else api.default_router
        for address, view in router.path_operations.items() if router else ():
            for operation in view.operations:
                side = networks.side_of(operation.view_func, address)
                found.append(Route(f"api/v1/{address.lstrip('/')}", side, tuple(operation.methods)))
    return found


@dataclass(slots=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


@dataclass(slots=True)
class Visitor:
    """Keeps cookies, follows nothing. `host` is the name asked for, when it is another than where we connect."""

    url: str
    host: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, data: dict[str, str] | str | None = None, **headers: str) -> Answer:
        """One request; `data` is a form, or JSON as text."""
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
        sent = {"Host": self.host or place.netloc, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if data is not None:
            kind = "application/json" if isinstance(data, str) else "application/x-www-form-urlencoded"
            sent.setdefault("Content-Type", kind)
        try:
            connection.request(method, path, urlencode(data) if isinstance(data, dict) else data, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode("utf-8", errors="replace"))
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, data: dict[str, str], **headers: str) -> Answer:
        """With the CSRF token of the cookie, as a form of ours has it."""
        token = next((v for n, v in self.cookies.items() if "csrf" in n), "")
        return self.ask("POST", path, {"csrfmiddlewaretoken": token, **data}, **headers)

    def send(self, path: str, body: dict[str, Any], method: str = "POST") -> Answer:
        """JSON to the interface, with its token and a key of its own."""
        token = next((v for n, v in self.cookies.items() if "csrf" in n), "")
        return self.ask(method, f"/api/v1{path}", json.dumps(body), X_CSRFToken=token, Idempotency_Key=str(uuid4()))

    def sign_in(self, login: str, password: str) -> Answer:
        self.get("/account/login")
        return self.post("/account/login", {"login": login, "password": password})

    def kind(self) -> str:
        """`anonymous`, `person` or `staff`, as the interface says it."""
        found = re.search(r'"kind": *"(\w+)"', self.get("/api/v1/session").text)
        assert found
        return found[1]
