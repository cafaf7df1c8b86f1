"""What comes in from outside is answered, never crashed on, whatever its shape."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver


@pytest.fixture
def outsider(db: None) -> Client:
    return Client(raise_request_exception=False)


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_a_name_that_is_not_ours_is_refused(db: None) -> None:
    response = Client().get("/", headers={"host": "elsewhere.example", "referer": "http://elsewhere.example/"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    "path",
    ["/%00", "/%ff%fe", "/a%2e%2e/b", "//evil.example/", "/?" + "x" * 4000, "/no/such/page", "/%E4%B8%AD%E6%96%87"],
)
def test_odd_addresses(outsider: Client, path: str) -> None:
    assert outsider.get(path).status_code < 500


def routes() -> list[str]:
    """Every address the house has, with plausible values for its parts."""
    found: list[str] = []

    def walk(prefix: str, patterns: list[URLPattern | URLResolver]) -> None:
        for entry in patterns:
            route = str(entry.pattern)
            if isinstance(entry, URLResolver):
                walk(prefix + route, entry.url_patterns)
            elif "^" not in route and "(?P" not in route:
                found.append("/" + prefix + route)

    walk("", get_resolver().url_patterns)
    return found


def filled(route: str, text: str) -> str:
    some = str(uuid.UUID(int=7))
    values = {"uuid": some, "uuidstr": some, "int": "7", "slug": "x", "str": text, "path": text}
    parts = []
    for piece in route.split("<")[1:]:
        inside, _, after = piece.partition(">")
        kind = inside.split(":")[0] if ":" in inside else "str"
        parts.append(values.get(kind, text) + after)
    return route.split("<")[0] + "".join(parts)


@pytest.mark.parametrize("text", ["x", "%00", "\u4e2d\u6587", "x" * 300, "7' OR 1=1 --"], ids=range(5))
def test_no_page_falls_over_what_a_stranger_puts_into_its_address(outsider: Client, text: str) -> None:
    odd = {"q": "\x00", "cursor": "%%%", "page": "-1", "next": "//evil.example/", "on": "2026-13-99"}
    broken = {
        f"{method} {path}": status
        for route in routes()
        for path in [filled(route, text)]
        for method, status in [
            ("GET", outsider.get(path, odd).status_code),
            ("POST", outsider.post(path, {**odd, "": "\x00"}).status_code),
        ]
        if status >= 500
    }
    assert not broken
